"""The code on a certificate: always the same for the same, made up by nobody, and true to the records of today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.domain.attendance import Way
from kiosk.domain.journal import Kind
from kiosk.errors import BadInput
from kiosk.services.attendance import Attendance
from kiosk.services.certificates import Certificates
from kiosk.services.edit import Edit
from kiosk.storage.journal import read_after
from tests.builders import Desk, a_station, an_attendee, enrol, hold
from tests.doors import a_course, attend

ADA, BOB = ("0" * 25 + mark for mark in "AB")
ONE, TWO = a_course("A1", course_slot=1), a_course("A2", 90, course_slot=2)


@dataclass
class Office:
    desk: Desk
    attendance: Attendance
    certificates: Certificates

    def issue(self, *people: str) -> list[str]:
        return self.certificates.issue([self.attendance.of(each) for each in people])

    def records(self) -> int:
        return sum(each.record.kind == Kind.CERTIFICATE for each in read_after(self.desk.store.connection, 0))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with a_station(tmp_path) as desk:
        enrol(
            desk.store,
            an_attendee("Ada", "Lovelace", id=ADA, agency="Riverford PD"),
            an_attendee("Bob", "Young", id=BOB),
        )
        hold(desk.store, ONE, TWO)
        attend(desk.store, ADA, ONE)
        attend(desk.store, BOB, TWO)
        attendance = Attendance(desk.store, desk.station)
        yield Office(desk, attendance, Certificates(desk.store, desk.station, attendance))


def test_a_code_says_what_was_certified_and_that_it_still_holds(office: Office) -> None:
    code, other = office.issue(ADA, BOB)
    assert code != other
    found = office.certificates.verify(code.lower().replace("-", " "))
    assert found.differences == ()
    certified = found.certified
    assert (certified.name, certified.agency, certified.total) == ("Ada Lovelace", "Riverford PD", 125)
    assert certified.courses == ((ONE.id, "About A1", 125),)
    assert (certified.at, certified.station) == (office.desk.clock.now, "Desk 1")


def test_the_same_certificate_has_the_same_code_and_one_record(office: Office) -> None:
    assert office.issue(ADA) == office.issue(ADA)
    assert office.records() == 1


def test_records_that_say_otherwise_today_are_named(office: Office) -> None:
    (code,) = office.issue(ADA)
    (stay,) = office.attendance.of(ADA).stays
    assert stay.left is not None
    office.attendance.repair(ADA, ONE.id, Way.OUT, ONE.start.replace(minute=30), "left early", "Deb", stay.left.record)
    assert office.certificates.verify(code).differences == (
        "The total was 1.25 h; the records now give 0.00 h.",
        "“About A1” no longer counts 1.25 h.",
    )
    (again,) = office.issue(BOB)
    assert again != code


def test_more_courses_and_another_name_are_named_too(office: Office) -> None:
    (code,) = office.issue(ADA)
    attend(office.desk.store, ADA, TWO)
    Edit(office.desk.store, office.desk.station).set(ADA, {"last": "King"})
    assert office.certificates.verify(code).differences == (
        "The name was Ada Lovelace; the roster says Ada King.",
        "The total was 1.25 h; the records now give 2.50 h.",
        "Courses count now that did not count then.",
    )


def test_what_is_no_code_and_what_nobody_issued_are_refused_in_words(office: Office) -> None:
    with pytest.raises(BadInput, match="16 letters and figures"):
        office.certificates.verify("hello")
    with pytest.raises(BadInput, match="No certificate with the code 0000-0000-0000-0000 is known"):
        office.certificates.verify("0000000000000000")


def test_no_name_stands_in_the_record_of_a_certificate(office: Office) -> None:
    office.issue(ADA)
    for each in read_after(office.desk.store.connection, 0):
        if each.record.kind == Kind.CERTIFICATE:
            assert b"Lovelace" not in each.data
            assert b"Riverford" not in each.data
