"""How things stand between this station and its hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kiosk.i18n import _

WRONG_CLOCK_MS = 60_000
"""A clock that is off by more is said to be."""


class SyncState(StrEnum):
    """Whether the hub answers."""

    ALONE = "alone"
    """This station belongs to no hub."""
    OFFLINE = "offline"
    ONLINE = "online"
    REFUSED = "refused"
    """The hub answers, and will not have this station: somebody has to do something."""
    WIPED = "wiped"
    """The organizer had this station's data destroyed."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """How far a new station is with fetching what the hub holds."""

    share: float
    """Of the hub's records, from 0 to 1."""
    people: int | None = None
    """Of those that have come, how many can be found by then; None while more are coming."""


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What the status strip says, and `kiosk sync --json`."""

    state: SyncState = SyncState.ALONE
    unsent: int = 0
    """Records of this station for which the hub has given no receipt."""
    confirmed_at: datetime | None = None
    """When everything was last known to be at the hub (aware UTC)."""
    says: str = ""
    """What is the matter, where something is."""
    clock_offset_ms: int | None = None
    """What has to be added to this computer's clock to have the hub's; None where that was not measured."""
    also_at: Sequence[str] = ()
    """Stations that have said, and signed, that they hold all that is to be sent; the hub holds none of it yet."""
    fetching: Fetched | None = None
    """While much is fetched: a code that is not known here may come with the rest."""


def sync_words(status: SyncStatus, now: datetime) -> str:
    """What the strip says, in a line: colour is not all there is to tell it by."""
    match status.state:
        case SyncState.ALONE:
            return _("This station only – saved here")
        case SyncState.OFFLINE:
            return "○ " + _("Offline – saving here, {n} to send").format(n=status.unsent) + _also_words(status)
        case SyncState.REFUSED:
            return "✕ " + _("The hub refuses this station – saving here, {n} to send").format(n=status.unsent)
        case SyncState.WIPED:
            return "✕ " + _("The organizer had the data on this computer destroyed")
    if status.fetching is not None:
        return "● " + fetching_words(status.fetching)
    if status.unsent or status.confirmed_at is None:
        words = _("Online · {n} to send").format(n=status.unsent)
    else:
        words = _("Online · all sent {ago} ago").format(ago=_ago(now - status.confirmed_at))
    return "● " + words + _clock_words(status.clock_offset_ms or 0)


def _also_words(status: SyncStatus) -> str:
    """Where else what is to be sent lies by now: it is not lost with this computer. To the hub it is still unsent."""
    if not status.unsent or not status.also_at:
        return ""
    if len(status.also_at) == 1:
        return " · " + _("also at {name}").format(name=status.also_at[0])
    return " · " + _("also at {n} stations").format(n=len(status.also_at))


def fetching_words(fetched: Fetched) -> str:
    """How far it is. Whoever is not known yet may be among the rest."""
    if fetched.people is None:
        return _("Fetching the roster: {percent} %").format(percent=int(fetched.share * 100))
    return _("Sorting the roster in: {people} people so far").format(people=f"{fetched.people:,}")


def _clock_words(offset_ms: int) -> str:
    """What there is to say of a clock that is wrong: people are let in by it."""
    if abs(offset_ms) < WRONG_CLOCK_MS:
        return ""
    ago = _ago(timedelta(milliseconds=abs(offset_ms)))
    words = _("this clock is {time} slow") if offset_ms > 0 else _("this clock is {time} fast")
    return " · " + words.format(time=ago)


def basis_words(status: SyncStatus, now: datetime) -> str:
    """On what numbers that are shown here stand, and how old the newest news of other stations is."""
    if status.state is SyncState.ALONE:
        return _("This station only: its own records")
    if status.confirmed_at is None:
        return _("This station’s own records; the hub has not been heard yet")
    ago = _ago(now - status.confirmed_at)
    if status.state is SyncState.ONLINE and not status.unsent:
        return _("With the hub, {ago} ago").format(ago=ago)
    return _("▲ This station’s own records, and the hub’s of {ago} ago").format(ago=ago)


def _ago(time: timedelta) -> str:
    seconds = max(0, int(time.total_seconds()))
    if seconds < 60:
        return _("{n} s").format(n=seconds)
    return _("{n} min").format(n=seconds // 60) if seconds < 3600 else _("{n} h").format(n=seconds // 3600)
