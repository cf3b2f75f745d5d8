"""Every station and how it is, as a table: the same for the window and for the hub's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.domain.fleet import FleetStation, Vitals, ago, alarms, time_words
from kiosk.domain.hub_room import role_words
from kiosk.domain.papers import Table
from kiosk.domain.printer_words import state_word
from kiosk.i18n import _

_NOT_KNOWN = "–"
_RIGHT_MS = 1_000
"""A clock that is off by less is right, as far as anybody can see."""


def fleet_table(stations: Sequence[FleetStation], now: datetime, app: str, *, over: bool = False) -> Table:
    """How each station is, and what is the matter with it. `over`: personal data should be gone."""
    headers = (
        _("Station"), _("What is the matter"), _("Heard"), _("To send"), _("Clock"), _("News"), _("Printer"),
        _("Labels"), _("Version"), _("Kind"),
    )  # fmt: skip
    rows = tuple(_row(station, now, app, over) for station in stations)
    return Table("", headers, rows, numbers=frozenset({3, 7}))


def _row(station: FleetStation, now: datetime, app: str, over: bool) -> tuple[str, ...]:
    trouble = " · ".join(alarm.words for alarm in alarms(station, now, app, over=over))
    words = " · ".join(filter(None, (_("Sent away") if station.revoked else "", trouble)))
    heard = _("{ago} ago").format(ago=ago(station.last_contact, now)) if station.last_contact else _NOT_KNOWN
    matter = f"▲ {words}" if trouble else words or "✓"
    return (station.name, matter, heard, *_told(station.vitals), role_words(station.role))


def _told(vitals: Vitals | None) -> tuple[str, ...]:
    """What it says of itself."""
    if vitals is None:
        return (_NOT_KNOWN,) * 6
    return (
        str(vitals.unsent),
        _clock(vitals.clock_offset_ms),
        _NOT_KNOWN if vitals.roster_age_s is None else time_words(vitals.roster_age_s),
        _NOT_KNOWN if vitals.printer is None else state_word(vitals.printer),
        _NOT_KNOWN if vitals.labels_left is None else str(vitals.labels_left),
        vitals.app,
    )


def _clock(offset_ms: int | None) -> str:
    if offset_ms is None:
        return _NOT_KNOWN
    if abs(offset_ms) < _RIGHT_MS:
        return "✓"
    time = time_words(abs(offset_ms) // 1000)
    return _("{time} slow").format(time=time) if offset_ms > 0 else _("{time} fast").format(time=time)
