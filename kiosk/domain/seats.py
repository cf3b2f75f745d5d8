"""Seats that are handed out: a door that holds some keeps to them, whether or not it hears of the others.

The hub hands a room's seats to its doors in portions, never more together than there are. A seat belongs to the door
it was handed to for good: whoever that door lets in takes it, and when they leave it is that door's to give again. No
clock takes a seat back. So the doors together never let in more than the room holds, however long they do not hear
each other.
"""

from __future__ import annotations

from dataclasses import dataclass

PORTIONS = 8
"""A portion is at most an eighth of the room, and half of what is left: the last seats go out one by one."""
LOW = 5
"""When a fifth of its seats is left, a door asks for more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What one door holds of one session's seats, as it knows."""

    granted: int = 0
    """Handed to it, less what it gave back."""
    taken: int = 0
    """Of these, where somebody sits: whoever it let in and has not seen leave, and whom it counted without a badge."""

    @property
    def left(self) -> int:
        """What it may still give; below none where it gave more, by a supervisor's word or before seats were handed
        out.
        """
        return self.granted - self.taken

    @property
    def is_low(self) -> bool:
        """Whether it is time to ask for more."""
        return self.left * LOW <= self.granted


def portion(capacity: int, given: int, left: int) -> int:
    """How many seats a door is handed that has so many left, of a room of which so many were given; 0 for none."""
    free = max(0, capacity - given)
    usual = min(-(-capacity // PORTIONS), -(-free // 2))
    return min(free, usual + max(0, -left))
