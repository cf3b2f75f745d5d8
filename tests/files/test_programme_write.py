"""What is written for others is read by their programs and ours, and is what we know."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from kiosk.domain.programme import Audience, ProgrammeSession, Room
from kiosk.domain.programme_plan import Count, KnownSession, plan_programme
from kiosk.files.programme import read_programme
from kiosk.files.programme_write import About, calendar_bytes, schedule_bytes
from kiosk.services.agenda import agenda_text
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.programme import Programme
from kiosk.services.programme_export import ExportProgramme
from kiosk.services.report_source import Choice
from kiosk.services.reports import make_report
from kiosk.services.roster import Roster
from tests.builders import a_session, a_station, enrol, some_attendees
from tests.files.test_programme import SAMPLES, sample

ATLANTA = ZoneInfo("America/New_York")
ABOUT = About(
    "PLECET National Conference", "PLECET 2023", "America/New_York", ATLANTA, datetime(2023, 4, 1, tzinfo=UTC)
)
MIDNIGHT = datetime(2023, 5, 5, 3, 30, tzinfo=UTC)
SECOND_HALF_PAST_ONE = datetime(2023, 11, 5, 6, 30, tzinfo=UTC)
ODD = [
    a_session("HP1A", track="Course", capacity=40, audience=Audience("Sworn only", sworn=True), course_slot=1),
    a_session("MID", start=MIDNIGHT, room="Salon, the; “second”"),
    a_session("DST", start=SECOND_HALF_PAST_ONE),
    a_session("LEAP", start=datetime(2024, 2, 29, 23, 0, tzinfo=UTC), speakers=("Ana", "李")),
]


def same_again(path: Path, sessions: list[ProgrammeSession]) -> bool:
    plan = plan_programme(read_programme(path), [KnownSession(session, {}) for session in sessions], [], ATLANTA)
    return plan.counts[Count.SAME] == len(sessions)


def test_a_calendar_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "p.ics"
    path.write_bytes(calendar_bytes(ODD, ABOUT))
    assert same_again(path, ODD)


def test_a_calendar_holds_what_rfc_5545_asks_for() -> None:
    data = calendar_bytes([*ODD, a_session("X" * 30, cancelled=True, track="Long " * 30)], ABOUT)
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    assert b"\n" not in data.replace(b"\r\n", b"")
    calendar = Calendar.from_ical(data)
    assert calendar["PRODID"]
    assert calendar["VERSION"] == "2.0"
    events = calendar.walk("VEVENT")
    assert all({"UID", "DTSTAMP", "DTSTART", "DTEND"} <= set(event) for event in events)
    assert len({event["UID"] for event in events}) == len(events)
    assert events[2]["DTSTART"].dt == SECOND_HALF_PAST_ONE
    assert events[4]["STATUS"] == "CANCELLED"


def schedule(sessions: list[ProgrammeSession]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(schedule_bytes(sessions, [Room("Salon A", 200), Room("Foyer")], ABOUT))
    return content


REQUIRED = {
    "abstract", "date", "duration", "guid", "id", "language", "links", "persons", "room", "slug", "start", "subtitle",
    "title", "track", "type", "url",
}  # fmt: skip
ALLOWED = REQUIRED | {"code", "end"}


def test_a_schedule_has_the_shape_c3voc_asks_for() -> None:
    # After https://c3voc.de/schedule/schema.json of 2026-06-27: what is required, what is allowed, which patterns.
    content = schedule(ODD)
    assert set(content) == {"$schema", "generator", "schedule"}
    assert set(content["schedule"]) == {"version", "conference"}
    conference = content["schedule"]["conference"]
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9_]{3,}", conference["acronym"])
    assert conference["daysCount"] == len(conference["days"]) == 3
    assert all(set(room) == {"name", "guid", "description", "capacity"} for room in conference["rooms"])
    talks = [
        talk
        for day in conference["days"]
        for room, talks in day["rooms"].items()
        for talk in talks
        if talk["room"] == room
    ]
    assert len(talks) == len(ODD)
    for talk in talks:
        assert set(talk) >= REQUIRED
        assert set(talk) <= ALLOWED
        assert UUID(talk["guid"])
        assert re.fullmatch(r"[a-z0-9_-]+[a-z0-9]", talk["slug"])
        assert re.fullmatch(r"\d+:\d\d", talk["duration"])
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", talk["start"])
        assert re.fullmatch(r"[A-Z0-9]+", talk.get("code", "A"))
        assert datetime.fromisoformat(talk["date"]).tzinfo is not None
    assert len({talk["id"] for talk in talks}) == len({talk["slug"] for talk in talks}) == len(talks)


def test_midnight_and_the_night_of_two_half_past_ones_in_a_schedule(tmp_path: Path) -> None:
    days = {day["date"]: day for day in schedule(ODD)["schedule"]["conference"]["days"]}
    (talk,) = days["2023-05-04"]["rooms"]["Salon, the; “second”"]
    assert (talk["start"], talk["date"]) == ("23:30", "2023-05-04T23:30:00-04:00")
    night = days["2023-11-05"]
    assert (night["day_start"], night["day_end"]) == ("2023-11-05T00:00:00-04:00", "2023-11-06T00:00:00-05:00")
    (talk,) = night["rooms"]["Salon A"]
    assert talk["date"] == "2023-11-05T01:30:00-05:00"
    path = tmp_path / "p.json"
    path.write_bytes(schedule_bytes(ODD, [], ABOUT))
    assert same_again(path, ODD)


def test_a_schedule_cannot_say_cancelled_so_it_leaves_it_out() -> None:
    days = schedule([a_session("A"), a_session("B", cancelled=True)])["schedule"]["conference"]["days"]
    assert [talk["code"] for talk in days[0]["rooms"]["Salon A"]] == ["A"]
    assert schedule([])["schedule"]["conference"]["days"] == []


@pytest.mark.parametrize("ending", [".ics", ".json"])
def test_the_sample_goes_out_and_comes_in_the_same(tmp_path: Path, ending: str) -> None:
    with a_station(tmp_path / "data") as desk:
        imports, programme = ImportProgramme(desk.store, desk.station), Programme(desk.store, desk.station)
        imports.write(imports.plan(sample(SAMPLES[0])))
        file = tmp_path / f"out{ending}"
        assert ExportProgramme(desk.station, programme).write(file) == 87
        assert imports.plan(file).counts[Count.SAME] == 87


def test_one_person_s_agenda(tmp_path: Path) -> None:
    with a_station(tmp_path / "data") as desk:
        imports, programme = ImportProgramme(desk.store, desk.station), Programme(desk.store, desk.station)
        imports.write(imports.plan(sample(SAMPLES[0])))
        enrol(desk.store, some_attendees(1))
        export, zone = ExportProgramme(desk.station, programme), desk.station.conference.zone_info
        row = desk.store.view.connection.execute("select id from attendee").fetchone()
        person = Roster(desk.store, desk.station).attendee(row[0])
        assert person is not None
        assert "No place" in agenda_text(person, programme.enrolments_of(person.id), zone)
        for code in ("CC2A", "HP1A"):
            session = programme.session(code)
            assert session is not None
            programme.enrol(person.id, session.id)
        lines = agenda_text(person, programme.enrolments_of(person.id), zone).splitlines()
        assert lines[2:4] == [
            "Thu May 4",
            "  8:30 – 9:45 AM  Ballroom Salon A  HP1A  Harnessing the Power of Community-Police Partnership",
        ]
        assert lines[4].startswith("  10:15 – 11:30 AM  Ballroom Salon A  CC2A")
        table = make_report(desk.station, "agenda", Choice(people=(person.id,)))
        assert [row[1:5] for row in table.rows] == [
            ("Thu May 4", "8:30 – 9:45 AM", "Ballroom Salon A", "HP1A"),
            ("Thu May 4", "10:15 – 11:30 AM", "Ballroom Salon A", "CC2A"),
        ]
        assert table.rows[0][0].startswith(person.full_name)
        assert export.write(tmp_path / "me.ics", person.id) == 2
        assert len(read_programme(tmp_path / "me.ics").items) == 2
