"""Telling a scanner that types from a person who types.

A keyboard wedge presses keys as a keyboard does, only faster. At the first key nobody can know which it is. So every
key is held back for a moment: followed by others at a scanner's pace it becomes part of a scan and reaches no widget;
otherwise it is given back unchanged and in order, 50 ms late, which nobody feels. The other way, letting keys through
and taking them out again, was not chosen: a space or Enter that has pressed a button, a Ctrl+Z that has undone a
check-in cannot be taken out.

`WedgeReader` knows neither windows nor clocks: keys and times go in, decisions come out. Whoever feeds it holds the
events.
"""

from __future__ import annotations

from dataclasses import dataclass

ENDINGS = frozenset("\r\n\t")
"""Characters a scanner puts behind a code."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, in this order: deal with the keys held so far, then with the key just pressed.

    Neither `hold` nor `eat`: the key goes on to the window.
    """

    scan: str | None = None
    """The held keys were this scan: drop them."""
    release: bool = False
    """The held keys were somebody typing: give them back."""
    hold: bool = False
    """Keep the key that was just pressed."""
    eat: bool = False
    """Drop the key that was just pressed; it belongs to a scan."""


class WedgeReader:
    """Finds scans in a stream of key presses.

    A scan is at least `least` characters with an average gap of at most `gap_ms` between keys, ended by Enter, Tab or
    `quiet_ms` without a key. 35 ms a key is 340 words a minute. Two or three characters count too where they and the
    key that ends them come within `sure_gap_ms` of each other, which fingers do not do, and any number does directly
    behind another scan: a card typed line by line has short lines.

    Times are milliseconds on any clock that only goes forward.
    """

    def __init__(
        self,
        gap_ms: float = 35,
        quiet_ms: float = 80,
        least: int = 4,
        first_ms: float = 50,
        sure_gap_ms: float = 15,
        most: int = 4096,
    ) -> None:
        """`first_ms` is how long a single key waits for the next. `most` keys are held at once; what goes beyond is
        dropped.
        """
        self._gap_ms = gap_ms
        self._quiet_ms = quiet_ms
        self._least = least
        self._first_ms = first_ms
        self._sure_gap_ms = sure_gap_ms
        self._most = most
        self._characters: list[str] = []
        self._keys = 0
        self._began_ms = 0.0
        self._last_ms = 0.0
        self._behind_scan = False

    @property
    def wait_ms(self) -> float | None:
        """How long after the last key `quiet` wants to be called; None where nothing is held."""
        if self._keys == 1 and not self._behind_scan:
            return self._first_ms
        return self._quiet_ms if self._keys or self._behind_scan else None

    def press(self, character: str | None, at_ms: float) -> Decision:
        """Take a key press.

        `character` is what the key stands for; control characters as such, the empty text for a key that belongs to a
        scan without a character of its own (a function key as prefix, the digits of an Alt code), None for a key no
        scanner sends or that repeats by being held down. Such a key goes straight on, behind what was held.
        """
        before = self._settle() if self._is_late(at_ms) else Decision()
        if character is None:
            before = self._settle() if self._keys else before
            self._behind_scan = False
            return before
        if character in ENDINGS and character:
            return self._end(before, at_ms)
        self._add(character, at_ms)
        full = self._keys > self._most
        return Decision(before.scan, before.release, hold=not full, eat=full)

    def quiet(self) -> Decision:
        """Take that no key came for `wait_ms`."""
        decision = self._settle()
        self._behind_scan = False
        return decision

    def _add(self, character: str, at_ms: float) -> None:
        if not self._keys:
            self._began_ms = at_ms
        self._keys += 1
        self._last_ms = at_ms
        if self._keys <= self._most:
            self._characters.append(character)

    def _end(self, before: Decision, at_ms: float) -> Decision:
        """An Enter or Tab: the end of a scan, the second half of CR LF behind one, or somebody's own."""
        if not self._keys:
            if self._behind_scan:
                self._last_ms = at_ms
                return Decision(before.scan, before.release, eat=True)
            self._add("\r", at_ms)
            return Decision(before.scan, before.release, hold=True)
        # Something is held, so nothing was settled just now and `before` is empty.
        if self._is_scan(ended_at_ms=at_ms):
            scan = self._take()
            self._last_ms = at_ms
            self._behind_scan = True
            return Decision(scan, eat=True)
        self._take()
        self._add("\r", at_ms)
        return Decision(release=True, hold=True)

    def _is_late(self, at_ms: float) -> bool:
        """Whether this key comes too late to belong to what was before it, or from before it: a clock that began
        anew.
        """
        wait_ms = self.wait_ms
        return wait_ms is not None and not 0 <= at_ms - self._last_ms <= wait_ms

    def _settle(self) -> Decision:
        """Decide about the held keys, as nothing more will join them."""
        if not self._keys:
            self._behind_scan = False
            return Decision()
        is_scan = self._is_scan(ended_at_ms=None)
        text = self._take()
        self._behind_scan = False
        return Decision(scan=text) if is_scan else Decision(release=True)

    def _is_scan(self, ended_at_ms: float | None) -> bool:
        count = sum(1 for character in self._characters if character and character not in ENDINGS)
        gaps = self._keys - 1 + (ended_at_ms is not None)
        last_ms = self._last_ms if ended_at_ms is None else ended_at_ms
        average_ms = (last_ms - self._began_ms) / gaps if gaps else 0.0
        if count == 0 or average_ms > self._gap_ms:
            return False
        if count >= self._least or self._behind_scan:
            return True
        return ended_at_ms is not None and count >= 2 and average_ms <= self._sure_gap_ms

    def _take(self) -> str:
        text = "".join(self._characters)
        self._characters, self._keys = [], 0
        return text
