"""What time it really was: records put right by a clock that was compared with the hub's; not a word of them changes.

A record says what its computer's clock said (`at`), how long the program had run by then (`mono`, which nobody can
set), and, once the station has met its hub, what the hub's clock had more (`clk`). One comparison so tells the hub's
time at the start of the program, and with that of every record of its log: earlier ones too, and whatever was done to
the clock in between. A log without a comparison takes that of another which the same computer wrote without having been
started anew; else its times are what its clock said, and nobody vouches for them.

Everything here follows from the set of records. Those of one log come in their order, so the first comparison of a log
stays the first, and a later one that says otherwise counts from there on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from kiosk.domain.journal import FURTHEST_AHEAD_MS, Kind, Record, to_ms

AGREES_MS = 1_000
"""A clock that is off by no more is right: what it said stands, and nothing is folded anew for some milliseconds."""
STANDS_MS = 2_000
"""How far a record of such a clock may lie from the hub's time: a scan may wait for the hub before it is written."""
MOVED_MS = 1_000
"""By so much more than both may be wrong, a later comparison has to say otherwise before it counts: crystals drift."""
CONTRADICTS_MS = 60_000
"""Two comparisons in a row that are so far apart cannot both be right: somebody set the hub's clock."""
_LAST_MS = 253_402_300_799_000
"""The end of the year 9999: what lies behind it is no time."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One comparison of a log's clock with the hub's."""

    seq: int
    """From which record on it counts; the first one of a log also for the records before."""
    base_ms: int
    """What the hub's clock said when the program that writes this log was started."""
    error_ms: int
    """How wrong that may be."""
    agrees: bool
    """Whether the computer's own clock was right."""


@dataclass(frozen=True, slots=True)
class Boot:
    """From when to when a computer ran without being started anew, asleep or not."""

    id: str
    ms: int
    """How long it had run when the program was started."""


@dataclass(frozen=True, slots=True)
class LogClock:
    """What is known of the clock that one log was written by."""

    log: str
    device: str
    boot: Boot | None = None
    anchors: tuple[Anchor, ...] = ()

    @property
    def contradicts(self) -> bool:
        """Whether what was measured cannot all be right."""
        return any(abs(next_.base_ms - last.base_ms) > CONTRADICTS_MS for last, next_ in pairwise(self.anchors))

    def at(self, seq: int) -> Anchor | None:
        """The comparison that counts for a record of this log."""
        reached = (anchor for anchor in reversed(self.anchors) if anchor.seq <= seq)
        return next(reached, self.anchors[0] if self.anchors else None)

    def after(self, found: Anchor | None) -> LogClock:
        """What is known once the log goes on with a record in which this stands."""
        if found is None:
            return self
        last = self.anchors[-1] if self.anchors else None
        if last and abs(found.base_ms - last.base_ms) <= MOVED_MS + found.error_ms + last.error_ms:
            return self
        return replace(self, anchors=(*self.anchors, found))

    def seen_from(self, other: LogClock) -> Anchor:
        """The first comparison of this log, for one that the same computer wrote in the same boot."""
        assert self.boot is not None
        assert other.boot is not None
        return replace(self.anchors[0], base_ms=self.anchors[0].base_ms + other.boot.ms - self.boot.ms)


def measured(record: Record) -> Anchor | None:
    """The comparison that stands in a record; not in one whose time somebody said."""
    if record.clk is None or record.mono is None or record.said:
        return None
    offset_ms, error_ms = record.clk
    base_ms = to_ms(record.at) + offset_ms - record.mono
    return Anchor(record.id.seq, base_ms, error_ms, abs(offset_ms) <= AGREES_MS) if 0 < base_ms < _LAST_MS else None


def time_ms(record: Record, anchor: Anchor | None) -> int:
    """When this record was written by the hub's clock, as far as that is known; what somebody said stands as said."""
    return hub_ms(to_ms(record.at), record.mono, None if record.said or "was" in record.body else anchor)


def hub_ms(wall_ms: int, mono_ms: int | None, anchor: Anchor | None) -> int:
    """The hub's time when a computer's clock said `wall_ms`, and its program had run for so long."""
    if anchor is None or mono_ms is None:
        return wall_ms
    hub = anchor.base_ms + mono_ms
    stands = (anchor.agrees and abs(hub - wall_ms) <= STANDS_MS) or not 0 < hub < _LAST_MS
    return wall_ms if stands else hub


def order_ms(record: Record, anchor: Anchor | None) -> int:
    """Where this record stands in time: its hybrid reading, moved by as much as its time. A reading that ran ahead
    because the computer's clock was set back gives way to the time.
    """
    at = time_ms(record, anchor)
    order = record.hlc.wall_ms + at - to_ms(record.at)
    return at if anchor is not None and not record.said and order - at > FURTHEST_AHEAD_MS else order


def boot_of(record: Record) -> Boot | None:
    """Since when the computer ran that opened this log."""
    said = record.body.get("boot")
    if not isinstance(said, dict) or type(said.get("ms")) is not int or not isinstance(said.get("id"), str):
        return None
    return Boot(said["id"], said["ms"]) if said["id"] and abs(said["ms"]) < _LAST_MS else None


class Clocks:
    """What is known of the clocks of many logs."""

    def __init__(self, known: Iterable[LogClock] = ()) -> None:
        self._of: dict[str, LogClock] = {}
        self._boots: dict[tuple[str, str], set[str]] = {}
        for clock in known:
            self.put(clock)

    def put(self, clock: LogClock) -> None:
        """Know this of a log."""
        self._of[clock.log] = clock
        if clock.boot is not None:
            self._boots.setdefault((clock.device, clock.boot.id), set()).add(clock.log)

    def of(self, log: str) -> LogClock | None:
        """What is known of the clock of a log."""
        return self._of.get(log)

    def learn(self, record: Record) -> set[str]:
        """Take in a record; answers the logs of which earlier records are at other times now."""
        log = record.id.log
        before = self._of.get(log) or LogClock(log, record.device)
        if before.boot is None and record.kind == Kind.OPEN:  # it may come after others of its log
            before = replace(before, boot=boot_of(record))
        if before is not self._of.get(log):
            self.put(before)
        after = before.after(measured(record))
        if after is before:
            return set()
        self.put(after)
        return set() if before.anchors else {log, *self._leaning_on(after)}

    def _leaning_on(self, clock: LogClock) -> set[str]:
        """Logs of the same boot that have no comparison of their own."""
        if clock.boot is None:
            return set()
        return {log for log in self._boots[clock.device, clock.boot.id] if not self._of[log].anchors}

    def anchor(self, log: str, seq: int) -> Anchor | None:
        """The comparison that counts for a record: its log's own, else that of the log the same computer wrote next (or
        before, where there is none after) in the same boot.
        """
        clock = self._of.get(log)
        if clock is None or clock.anchors or clock.boot is None:
            return clock.at(seq) if clock else None
        at_ms = clock.boot.ms
        near = [
            (other.boot.ms < at_ms, abs(other.boot.ms - at_ms), other.log, other)
            for other in (self._of[name] for name in self._boots[clock.device, clock.boot.id])
            if other.anchors and other.boot is not None
        ]
        return min(near)[-1].seen_from(clock) if near else None

    def time_ms(self, record: Record) -> int:
        """When this record was written, by the hub's clock as far as that is known."""
        return time_ms(record, self.anchor(record.id.log, record.id.seq))

    def dated(self, record: Record) -> tuple[int, int]:
        """When this record was written, and where it stands in time; milliseconds."""
        anchor = self.anchor(record.id.log, record.id.seq)
        return time_ms(record, anchor), order_ms(record, anchor)
