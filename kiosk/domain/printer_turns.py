"""Whose turn it is: which of several printers may take a job of which nothing was sent yet.

A job has a home: the printer somebody wished for, else the first in order. Printers of the same labels stand in for it,
in their order: one whose number is higher waits until all before it have been in trouble for a while, those of the same
number share the work. What is printed ahead of time goes to whichever is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus

TAKE_OVER_S = 8.0
"""How long a printer is in trouble before the next takes over its jobs: a roll is changed in less."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A printer at work and how it is."""

    profile: PrinterProfile
    status: PrinterStatus | None = None
    """None before it was asked."""
    down_since_s: float | None = None
    """Since when it takes no jobs, by a clock that only goes forward; None while it does."""

    def is_down(self, now_s: float) -> bool:
        """Whether it has been in trouble for long enough that others take over."""
        return self.down_since_s is not None and now_s - self.down_since_s >= TAKE_OVER_S


def is_down(status: PrinterStatus) -> bool:
    """Whether somebody must help before it takes another job; one that is busy only needs a moment."""
    return not status.state.takes_jobs and status.state is not PrinterState.BUSY


def stands_in(one: PrinterProfile, other: PrinterProfile) -> bool:
    """Whether a badge meant for one may come out of the other: the same labels, and no group says otherwise."""
    same_group = not one.group or not other.group or one.group == other.group
    return same_group and one.media.fits(other.media)


def home_of(wish: str, standings: Sequence[Standing]) -> PrinterProfile | None:
    """Where a job belongs: the printer wished for if it is at work, else the first in order. None without printers."""
    profiles = [standing.profile for standing in standings]
    wished = next((profile for profile in profiles if profile.id == wish), None)
    return wished or min(profiles, key=_order, default=None)


def team(wish: str, standings: Sequence[Standing]) -> list[Standing]:
    """The printers that may print a job with this wish, the first choice first."""
    home = home_of(wish, standings)
    if home is None:
        return []
    able = [one for one in standings if one.profile.id == home.id or stands_in(one.profile, home)]
    return sorted(able, key=lambda one: (one.profile.id != home.id, *_order(one.profile)))


@dataclass(frozen=True, slots=True)
class Turn:
    """What one printer may take now: jobs by the wish they carry, "" for those without."""

    desk: frozenset[str] = frozenset()
    bulk: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    """The wishes that count; any other is for a printer that is gone, as good as none."""


def turn_of(printer_id: str, standings: Sequence[Standing], now_s: float) -> Turn:
    """Which jobs this printer may take, if it can."""
    known = frozenset(standing.profile.id for standing in standings)
    desk, bulk = set(), set()
    for wish in ("", *known):
        members = team(wish, standings)
        me = next((one for one in members if one.profile.id == printer_id), None)
        if me is not None:
            bulk.add(wish)
            before = [one for one in members if _rank(one, members, wish) < _rank(me, members, wish)]
            if all(one.is_down(now_s) for one in before):
                desk.add(wish)
    return Turn(frozenset(desk), frozenset(bulk), known)


def troubles_of(printer_id: str, standings: Sequence[Standing]) -> Turn:
    """Which jobs wait because this printer is in trouble: those whose home it is, while nobody else takes them now."""
    known = frozenset(standing.profile.id for standing in standings)
    desk, bulk = set(), set()
    for wish in ("", *known):
        members = team(wish, standings)
        if members and members[0].profile.id == printer_id:
            sharing = [one for one in members if _rank(one, members, wish) == _rank(members[0], members, wish)]
            if all(one.down_since_s is not None for one in sharing):
                desk.add(wish)
            if all(one.down_since_s is not None for one in members):
                bulk.add(wish)
    return Turn(frozenset(desk), frozenset(bulk), known)


def next_change_s(standings: Sequence[Standing], now_s: float) -> float | None:
    """In how many seconds a printer in trouble counts as down, so that somebody else looks again; None: no change."""
    waits = (one.down_since_s + TAKE_OVER_S - now_s for one in standings if one.down_since_s is not None)
    return min((wait for wait in waits if wait > 0), default=None)


def _rank(one: Standing, members: Sequence[Standing], wish: str) -> int:
    """Printers of the same rank share; a wish is for one printer alone, as long as that works."""
    is_wished = one is members[0] and one.profile.id == wish
    return -1 if is_wished else max(one.profile.order, 0)


def _order(profile: PrinterProfile) -> tuple[int, str]:
    return profile.order, profile.id
