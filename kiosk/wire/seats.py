"""What a door asks when its seats run low, and what the hub answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

Session = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Count = Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]


class SeatsRequest(msgspec.Struct, frozen=True):
    """A door asks for seats of a session."""

    session: Session
    granted: Count
    """What was handed to it so far, as it knows: an answer that was lost is not given twice."""
    left: Count


class SeatsAnswer(msgspec.Struct, frozen=True):
    """What was handed to it now; the record comes with the next round."""

    handed: int
    given: int
    """Of all seats, how many doors hold."""
    capacity: int
    waits_for: tuple[str, ...] = ()
    """Stations that have to be heard before any are handed out: the hub came back from a backup."""
