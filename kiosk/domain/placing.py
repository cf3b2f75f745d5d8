"""Finding the place of each record that arrives, at a station and at the hub alike.

Where records lie is the *shelf's* business: a station's journal, or the hub's database. What may lie where is said
here, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from kiosk.domain.exchange import Arrived, Fate, Head, Opening, Signed, opening, place_of, read_arrived
from kiosk.domain.gaps import Gap, gap_in

IsSignedBy = Callable[[str, bytes, bytes], bool]
"""Whether a key (public, in hex) made this signature over these bytes."""


class Shelf(Protocol):
    """Where the records of logs lie, and those that do not fit yet; inside one transaction."""

    def opened(self, log: str) -> Opening | None:
        """Who opened this log, be it taken in or waiting for its device to be accepted."""

    def also_opened(self, log: str) -> list[Opening]:
        """Who else claims to have opened it."""

    def end(self, log: str) -> Head:
        """How far this log is held, with what waits for its device to be accepted."""

    def hash_at(self, log: str, seq: int) -> bytes | None:
        """The hash of the record that has this place."""

    def is_accepted(self, opened: Opening) -> bool:
        """Whether what this device signs counts here."""

    def counted_before(self, opened: Opening, item: Arrived) -> bool:
        """Whether this record was held by who sent its device away, when it was: what came before stands."""

    def gaps(self, log: str) -> Sequence[Gap]:
        """What was said to be lost of this log, by whoever."""

    def first_missing(self, gap: Gap) -> int:
        """The first record of a gap that is not here; beyond its last where all came back."""

    def may_write(self, opened: Opening, item: Arrived) -> bool:
        """Whether this device may write such a record, where that is known here."""

    def take(self, item: Arrived) -> None:
        """Put a record in its place."""

    def put_aside(self, item: Arrived, why: Fate) -> Fate:
        """Keep a record that does not fit: `why`, or KNOWN if it lies there already, or REFUSED if there is no room."""

    def waiting_for(self, log: str, seq: int) -> list[Signed]:
        """Take back from aside what waited for the record before this place."""

    def tell_fork(self, log: str, seq: int, hashes: list[str]) -> None:
        """This log goes two ways from here on: say so, once for each log."""


@dataclass(slots=True)
class Received:
    """What became of records that arrived."""

    fates: Counter[Fate] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    """Of the records taken in."""
    refusals: list[str] = field(default_factory=list)
    """Why records were refused: ids, nothing personal."""
    taken: list[Signed] = field(default_factory=list)
    """The records taken in."""
    unsound: int = 0
    """Records that were not whole, or not what they said of themselves."""
    gaps: set[str] = field(default_factory=set)
    """Logs of which something was said to be lost."""

    def add(self, other: Received) -> None:
        """Count further records."""
        self.count(other)
        self.taken += other.taken

    def count(self, other: Received) -> None:
        """Count further records without holding on to them: there may be hundreds of thousands."""
        self.fates += other.fates
        self.kinds += other.kinds
        self.refusals += other.refusals
        self.unsound += other.unsound
        self.gaps |= other.gaps

    def refuse(self, why: str) -> Fate:
        """Count a record that is not kept."""
        self.fates[Fate.REFUSED] += 1
        self.refusals.append(why)
        return Fate.REFUSED


def receive(shelf: Shelf, batch: Iterable[Signed], is_signed_by: IsSignedBy, by: str = "") -> Received:
    """Find the place of every record of a batch; `by` is the device that sent it, where that is proved.

    Whatever the order and however often: the same records are held at the end. A bad one stops its own log only.
    """
    received = Received()
    arrived = []
    for signed in batch:
        try:
            arrived.append(read_arrived(signed))
        except ValueError as error:
            received.refuse(f"a record {error}")
            received.unsound += 1
    for log, group in groupby(sorted(arrived, key=lambda item: (item.log, item.seq)), attrgetter("log")):
        placing = _Placing(shelf, log, received, is_signed_by)
        items = list(group)
        placing.prove(items, by)
        for item in items:
            placing.place(item)
        placing.go_on()
    for log in sorted(received.gaps):
        _Placing(shelf, log, received, is_signed_by).go_on()
    return received


class _Placing:
    """One log while records of it arrive."""

    def __init__(self, shelf: Shelf, log: str, received: Received, is_signed_by: IsSignedBy) -> None:
        self._shelf, self._log, self._received, self._is_signed_by = shelf, log, received, is_signed_by
        self._opened = shelf.opened(log)
        self._also_opened = shelf.also_opened(log)
        """Further records that claim to open this log: of two that do, at least one lies."""
        self._end = shelf.end(log)
        self._proved: set[bytes] = set()
        """Hashes of records that the signature of a later one proves."""

    def prove(self, items: Sequence[Arrived], by: str) -> None:
        """Of the caller's own log, the signature at the end of a run proves the run: each names the one before.

        Not of others' logs: a signature spoiled on the way, in the midst of a run, would be passed on and hold up
        somebody else's log where every signature is checked.
        """
        opened = self._opened
        if opened is None and items[0].seq == 1:
            with suppress(ValueError):
                opened = opening(items[0].record)
        if opened is None or opened.device != by:
            return
        run: list[Arrived] = []
        for item in items:
            if run and (item.seq != run[-1].seq + 1 or item.record.prev != run[-1].hash.hex()):
                self._prove_run(run, opened)
                run = []
            run.append(item)
        self._prove_run(run, opened)

    def _prove_run(self, run: Sequence[Arrived], opened: Opening) -> None:
        if len(run) > 1 and self._is_signed(run[-1], opened):
            self._proved.update(item.hash for item in run)

    def place(self, item: Arrived) -> None:
        """Find the place of one record, and put it there."""
        fate = self._fate(item)
        if fate is Fate.TAKEN:
            fate = self._take(item)
        elif fate in (Fate.GAP, Fate.FORK):
            fate = self._put_aside(item, fate)
        elif fate is Fate.REFUSED:
            self._received.refuse(f"the record {item.record.id} is not signed by who opened its log")
            self._received.unsound += 1
            return
        self._received.fates[fate] += fate is not Fate.REFUSED

    def go_on(self) -> None:
        """Place what waited for the records that have come."""
        before = None
        while before != (self._end, self._received.fates[Fate.TAKEN]):
            before = (self._end, self._received.fates[Fate.TAKEN])
            for seq in self._awaited():
                for signed in self._shelf.waiting_for(self._log, seq):
                    self.place(read_arrived(signed))

    def _awaited(self) -> list[int]:
        """The places where this log goes on: its end, and either side of what was said to be lost."""
        end = self._end.seq
        beyond = [gap.last + 1 for gap in self._gaps() if gap.first <= end + 1 <= gap.last]
        return [end + 1, *beyond, *(self._shelf.first_missing(gap) for gap in self._gaps() if gap.last < end)]

    def _gaps(self) -> list[Gap]:
        return [gap for gap in self._shelf.gaps(self._log) if self._opened is not None and gap.is_of(self._opened)]

    def _fate(self, item: Arrived) -> Fate:
        there = self._shelf.hash_at(self._log, item.seq)
        fate = place_of(item, self._end, there, self._opened)
        if fate is Fate.KNOWN:
            return fate
        if there is None and fate in (Fate.GAP, Fate.FORK):
            fate = self._about_a_gap(item, fate)
        if item.seq == 1:
            return self._fate_of_opening(item, fate)
        if self._opened is None or self._is_signed(item, self._opened):
            return fate
        return Fate.FORK if any(self._is_signed(item, opened) for opened in self._also_opened) else Fate.REFUSED

    def _about_a_gap(self, item: Arrived, fate: Fate) -> Fate:
        """Where a record belongs that goes on behind records said to be lost, or is one of them."""
        if fate is Fate.GAP:
            joins = any(gap.joins(self._end.seq, item.seq, item.hash.hex()) for gap in self._gaps())
            return Fate.TAKEN if joins else fate
        for gap in self._gaps():
            if gap.first <= item.seq <= gap.last < self._end.seq:
                before = self._shelf.hash_at(self._log, item.seq - 1)
                if before is None:
                    return Fate.GAP
                fits = item.record.prev == before.hex() and (item.seq < gap.last or item.hash.hex() == gap.end)
                return Fate.TAKEN if fits else Fate.FORK
        return fate

    def _fate_of_opening(self, item: Arrived, fate: Fate) -> Fate:
        try:
            opened = opening(item.record)
        except ValueError:
            return Fate.REFUSED
        if not self._is_signed(item, opened):
            return Fate.REFUSED
        if self._opened is None:
            self._opened = opened
        else:
            self._also_opened.append(opened)
        return fate

    def _is_signed(self, item: Arrived, opened: Opening) -> bool:
        if item.record.device != opened.device:
            return False
        return item.hash in self._proved or self._is_signed_by(opened.key, item.signed.signature, item.signed.data)

    def _take(self, item: Arrived) -> Fate:
        assert self._opened is not None
        fate = Fate.TAKEN
        if self._shelf.is_accepted(self._opened) or self._shelf.counted_before(self._opened, item):
            if not self._shelf.may_write(self._opened, item):
                return self._put_aside(item, Fate.FORBIDDEN)
            self._shelf.take(item)
            self._received.kinds[item.record.kind] += 1
            self._received.taken.append(item.signed)
            if (gap := gap_in(item.record)) is not None:
                self._received.gaps.add(gap.log)
        else:
            fate = self._put_aside(item, Fate.STRANGER)
        if fate in (Fate.TAKEN, Fate.STRANGER) and item.seq > self._end.seq:
            self._end = Head(item.seq, item.hash.hex())
        return fate

    def _put_aside(self, item: Arrived, why: Fate) -> Fate:
        fate = self._shelf.put_aside(item, why)
        if fate is Fate.REFUSED:
            return self._received.refuse("no more records are kept aside")
        if fate is Fate.FORK:
            held = self._shelf.hash_at(self._log, item.seq)
            if held:
                self._shelf.tell_fork(self._log, item.seq, sorted([held.hex(), item.hash.hex()]))
            else:
                self._shelf.tell_fork(self._log, item.seq - 1, sorted([self._end.hash, item.record.prev]))
        return fate
