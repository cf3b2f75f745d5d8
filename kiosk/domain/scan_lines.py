"""One scan that arrives as several lines: a contact card typed with Enter after each of them."""

from __future__ import annotations

import re

_BEGIN = re.compile(r"(?:\][A-Za-z][0-9A-Za-z])?BEGIN:(?P<kind>VCARD|VCALENDAR|VEVENT)\s*", re.IGNORECASE)


class LineJoiner:
    """Joins the lines of a card into one text; any other line is a scan by itself.

    The caller keeps the time: where the next line does not come within a moment (`open` is true), it calls `flush`.
    """

    def __init__(self, most_lines: int = 100, most_characters: int = 2953) -> None:
        self._most_lines = most_lines
        self._most_characters = most_characters
        self._lines: list[str] = []
        self._characters = 0
        self._end = ""

    @property
    def open(self) -> bool:
        """Whether a card has begun and its end has not come."""
        return bool(self._end)

    def feed(self, line: str) -> str | None:
        """Take one line without its ending; returns a whole scan, or None while more is to come.

        A card beyond the limits is given up: its lines up to there come back as they are, and what follows counts by
        itself.
        """
        if self.open:
            return self._go_on(line)
        begin = _BEGIN.fullmatch(line)
        if begin is None:
            return line
        self._end = f"END:{begin['kind'].upper()}"
        self._keep(line)
        return None

    def flush(self) -> str | None:
        """What is there of a card whose end does not come; None where nothing is waiting."""
        text = "\n".join(self._lines) if self.open else None
        self._lines, self._characters, self._end = [], 0, ""
        return text

    def _go_on(self, line: str) -> str | None:
        begin = _BEGIN.fullmatch(line)
        if begin is not None and f"END:{begin['kind'].upper()}" == self._end:
            # The card before was cut off. It is answered, and this one begins.
            cut_off = self.flush()
            self.feed(line)
            return cut_off
        self._keep(line)
        ended = line.strip().upper() == self._end
        full = len(self._lines) >= self._most_lines or self._characters > self._most_characters
        return self.flush() if ended or full else None

    def _keep(self, line: str) -> None:
        self._lines.append(line)
        self._characters += len(line) + 1
