"""A certificate confirmed by the hub: by whoever holds its code, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.attendance import Way
from kiosk.services.attendance import Attendance
from kiosk.services.certificates import Certificates
from tests.builders import Desk, a_station, an_attendee, enrol, hold
from tests.doors import a_course, attend
from tests.hub.conftest import LiveHub
from tests.hub.test_pages import bring

ADA = "0" * 25 + "A"
ONE = a_course("A1", course_slot=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path / "desk") as desk:
        enrol(desk.store, an_attendee("<b>Ada</b>", "Lovelace", id=ADA, agency="Riverford @who@ PD"))
        hold(desk.store, ONE)
        attend(desk.store, ADA, ONE)
        yield desk


def issued(desk: Desk) -> str:
    attendance = Attendance(desk.store, desk.station)
    (code,) = Certificates(desk.store, desk.station, attendance).issue([attendance.of(ADA)])
    return code


def test_the_hub_says_what_was_certified_and_whether_it_still_holds(live: LiveHub, desk: Desk) -> None:
    code = issued(desk)
    bring(live, desk)
    told = live.ask("GET", f"/v1/certificates/{code.lower()}")
    assert told.status == 200
    assert (told.json["code"], told.json["name"], told.json["hours"]) == (code, "<b>Ada</b> Lovelace", "1.25")
    assert told.json["courses"] == [{"title": "About A1", "hours": "1.25"}]
    assert told.json["holds"] is True
    attendance = Attendance(desk.store, desk.station)
    left = attendance.of(ADA).stays[0].left
    assert left is not None
    attendance.repair(ADA, ONE.id, Way.OUT, ONE.start.replace(minute=30), "left early", "Deb", left.record)
    bring(live, desk)
    told = live.ask("GET", f"/v1/certificates/{code}")
    assert told.json["holds"] is False
    assert "The total was 1.25 h; the records now give 0.00 h." in told.json["differences"]


def test_a_browser_gets_a_page_on_which_words_are_words(live: LiveHub, desk: Desk) -> None:
    code = issued(desk)
    bring(live, desk)
    page = live.ask("GET", f"/certificate/{code}").body.decode()
    assert "<h1>Confirmed</h1>" in page
    assert "&lt;b&gt;Ada&lt;/b&gt; Lovelace · Riverford &#64;who&#64; PD" in page
    assert "The records still give the same." in page
    assert "<b>" not in page


@pytest.mark.parametrize("code", ["0000-0000-0000-0000", "hello", "%3Cscript%3E"])
def test_what_nobody_issued_is_not_confirmed(live: LiveHub, desk: Desk, code: str) -> None:
    issued(desk)
    bring(live, desk)
    told = live.ask("GET", f"/v1/certificates/{code}")
    assert (told.status, told.json["code"]) == (404, "no_such_certificate")
    page = live.ask("GET", f"/certificate/{code}").body.decode()
    assert "<h1>Not confirmed</h1>" in page
    assert "Lovelace" not in page
    assert "<script>" not in page
