"""What is a reason to get up, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kiosk.domain.fleet import AlarmKind, FleetStation, Vitals, alarms
from kiosk.domain.printers import PrinterState
from kiosk.domain.trust import DeviceRole
from tests.builders import NOON

FINE = Vitals("1.0", 3, 400, 20, PrinterState.READY, 300)
DESK = FleetStation("D", "Desk 2", DeviceRole.DESK, NOON, last_contact=NOON, vitals=FINE)


def kinds(station: FleetStation) -> list[AlarmKind]:
    return [alarm.kind for alarm in alarms(station, NOON + timedelta(seconds=70), "1.0")]


def test_a_desk_at_work_is_no_alarm() -> None:
    assert kinds(DESK) == []
    assert kinds(replace(DESK, vitals=Vitals("1.0", 0))) == []


@pytest.mark.parametrize(
    "change, kind",
    [
        ({"unsent": 101}, AlarmKind.UNSENT),
        ({"clock_offset_ms": -121_000}, AlarmKind.CLOCK),
        ({"roster_age_s": 3600}, AlarmKind.ROSTER),
        ({"printer": PrinterState.PAPER_OUT}, AlarmKind.PRINTER),
        ({"printer": PrinterState.OFFLINE}, AlarmKind.PRINTER),
        ({"printer": PrinterState.COOLING}, None),
        ({"labels_left": 20}, AlarmKind.LABELS),
        ({"app": "0.9"}, AlarmKind.VERSION),
    ],
)
def test_each_trouble_is_its_own_alarm(change: dict[str, Any], kind: AlarmKind | None) -> None:
    assert kinds(replace(DESK, vitals=replace(FINE, **change))) == ([kind] if kind else [])


def test_silence_is_an_alarm_and_from_a_revoked_station_it_is_not() -> None:
    assert kinds(replace(DESK, last_contact=None, vitals=None)) == [AlarmKind.SILENT]
    silent = replace(DESK, last_contact=NOON - timedelta(minutes=2))
    assert kinds(silent) == [AlarmKind.SILENT]
    assert kinds(replace(silent, revoked=NOON)) == []


def test_a_stolen_laptop_is_an_alarm_until_it_is_wiped() -> None:
    stolen = replace(DESK, revoked=NOON, wipe_ordered=True)
    assert kinds(stolen) == [AlarmKind.WIPE]
    assert kinds(replace(stolen, wiped=NOON)) == []
