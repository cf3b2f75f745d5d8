"""Computers with clocks of their own, in tests: what is true moves on, what a clock says is another matter.

truth = Truth()
with a_desk_of(tmp_path, Computer(truth, behind_s=3600)) as desk:
    desk.scan("000001")             # an hour early, by this computer
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from kiosk.domain.journal import to_ms
from kiosk.services.check_in import CheckIn
from kiosk.services.station import Station
from tests.builders import NOON, Clock, Desk, a_store


class Truth(Clock):
    """What time it really is, and by the hub's clock."""


@dataclass(slots=True)
class Computer:
    """One whose clock is wrong by so much."""

    truth: Truth
    behind_s: float = 0.0
    started: datetime = field(default=NOON - timedelta(hours=1))

    def clock(self) -> datetime:
        """What it says the time is."""
        return self.truth() - timedelta(seconds=self.behind_s)

    def running_ms(self) -> int:
        """How long it has been running."""
        return to_ms(self.truth()) - to_ms(self.started)


@contextmanager
def a_desk_of(folder: Path, computer: Computer, name: str = "Desk 1") -> Iterator[Desk]:
    """A desk on this computer; its `clock` is the truth, so that time passes for everybody when somebody scans."""
    with a_store(folder) as store:
        station = Station(store, computer.clock, computer.running_ms)
        own = store.journal.own_clock
        own.order_ms = lambda: (  # type: ignore[method-assign]
            to_ms(own.clock()) if own.offset_ms is None else to_ms(own.clock()) + own.offset_ms
        )
        station.set_name(name)
        yield Desk(store, station, CheckIn(store, station), computer.truth)


def compare(desk: Desk, error_ms: int = 3) -> None:
    """What meeting the hub comes to for a clock."""
    own = desk.store.journal.own_clock
    if desk.store.journal.compared(to_ms(desk.clock()) - own.running_ms(), error_ms):
        with desk.store.write() as journal:
            journal.note_clock()
