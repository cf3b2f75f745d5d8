"""Statements of loss: records that are gone for ever from the midst of a log, and what goes on behind them.

Without such a statement what follows lost records waits for them for ever, everywhere else. It is made by the device
that wrote the log, or by the hub for an organizer, and names the record before which the gap ends, so that nothing else
can take its place. It takes nothing away: whoever finds the lost records later hands them on like any others, and then
they count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kiosk.domain.exchange import MAX_SEQ, MOST_HOLES, Opening, is_log
from kiosk.domain.journal import NO_PREDECESSOR, Kind, Record, Role

_MOST_OF_A_LOG = MOST_HOLES // 2
"""Statements about one log that are heeded. What comes back in pieces may leave more holes than statements."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Records `first` to `last` of a log are lost."""

    log: str
    first: int
    last: int
    end: str
    """The hash of the last one, which what follows names."""
    next: str
    """The hash of what follows."""
    said_by: str
    """The device that says so, or empty for the hub."""

    def is_of(self, opened: Opening) -> bool:
        """Whether it may be said by who said it: the writer of the log, or the hub."""
        return self.said_by in ("", opened.device)

    def joins(self, end: int, seq: int, digest: str) -> bool:
        """Whether this record goes on where the log ends."""
        return self.first <= end + 1 <= self.last and seq == self.last + 1 and digest == self.next


def gap_in(record: Record) -> Gap | None:
    """What a record says to be lost; None where it says nothing of that kind, or nothing that makes sense."""
    if record.kind != Kind.GAP:
        return None
    body = record.body
    log, first, last = (body.get(name) for name in ("log", "first", "last"))
    end, follows = body.get("end"), body.get("next")
    if not isinstance(log, str) or not is_log(log) or type(first) is not int or type(last) is not int:
        return None
    if not (2 <= first <= last <= MAX_SEQ) or not _is_hash(end) or not _is_hash(follows):
        return None
    return Gap(log, first, last, str(end), str(follows), "" if record.role == Role.HUB else record.device)


Said = dict[str, list[list[Any]]]
"""What was said to be lost, by log: as it is kept beside the records, at a station and at the hub."""


def said_of(said: Said, log: str) -> list[Gap]:
    """What was said to be lost of a log, by whoever."""
    return [Gap(log, *each) for each in said.get(log, [])]


def note(said: Said, gap: Gap) -> bool:
    """Add what somebody says to be lost; whether that was news."""
    of_log = said.setdefault(gap.log, [])
    row = [gap.first, gap.last, gap.end, gap.next, gap.said_by]
    if row in of_log or len(of_log) >= _MOST_OF_A_LOG:
        return False
    of_log.append(row)
    return True


def body_of(gap: Gap) -> dict[str, str | int]:
    """The body of the record that says it."""
    return {"log": gap.log, "first": gap.first, "last": gap.last, "end": gap.end, "next": gap.next}


def _is_hash(text: object) -> bool:
    return isinstance(text, str) and len(text) == len(NO_PREDECESSOR) and set(text) <= set("0123456789abcdef")


Holes = tuple[tuple[int, int], ...]


def contiguous(gaps: Iterable[Gap], rows: Iterable[tuple[int, bytes]]) -> tuple[int, bytes, Holes]:
    """How far a log is held whose records lie at these places (in order): the end, its hash, and the stated holes
    before it.
    """
    end, digest, holes = 0, b"", list[tuple[int, int]]()
    stated = list(gaps)
    for seq, here in rows:
        if seq != end + 1:
            if not any(gap.joins(end, seq, here.hex()) for gap in stated):
                break
            holes.append((end + 1, seq - 1))
        end, digest = seq, here
    return end, digest, tuple(holes[:MOST_HOLES])
