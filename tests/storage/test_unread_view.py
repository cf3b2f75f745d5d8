"""Records of a newer program: nothing is lost, nobody they must not be ignored for is let in, an update reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain import journal
from kiosk.domain.admission import DESK
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.journal import Kind
from kiosk.domain.verdicts import Outcome, Reason
from kiosk.domain.words import reason_line
from kiosk.services.incidents import Incidents
from kiosk.storage import roster, unread_view, view
from kiosk.storage.proof import view_against_fold
from kiosk.storage.unread_view import unread
from tests.builders import NOON, Desk, a_station, an_attendee, enrol
from tests.meeting import everything, hand, meet, some_desks

pytestmark = pytest.mark.expect_log


def a_newer_program_writes(
    desk: Desk, body: dict[str, Any], *, values: Sequence[bytes] = (), critical: bool = True, kind: str = "seize"
) -> None:
    """A record of a kind that will only be thought of."""
    with pytest.MonkeyPatch.context() as newer:
        known = {*journal.CRITICAL, kind} if critical else journal.CRITICAL
        newer.setattr("kiosk.storage.journal.CRITICAL", known)
        with desk.store.write() as writing:
            writing.append(kind, body, at=NOON, actor="station", values=values)


ADA = an_attendee("Ada", "Lovelace", code="000001")
BOB = an_attendee("Bob", "Barker", code="000002")


def two_who_know(desks: Sequence[Desk]) -> tuple[Desk, Desk]:
    one, two = desks
    enrol(one.store, ADA, BOB)
    meet(one, two)
    return one, two


@pytest.mark.parametrize(
    "body, values",
    [
        ({"subject": ADA.attendee.id}, []),
        ({"who": [{"attendee": ADA.attendee.id}]}, []),
        ({"code": "000001"}, []),
        ({}, [json.dumps({"id": ADA.attendee.id, "seized": True}).encode()]),
        ({}, [b"not JSON", json.dumps(["000001"]).encode()]),
    ],
)
def test_whom_a_critical_record_of_a_newer_program_names_is_sent_to_the_desk(
    tmp_path: Path, body: dict[str, Any], values: list[bytes]
) -> None:
    with some_desks(tmp_path) as desks:
        one, two = two_who_know(desks)
        a_newer_program_writes(one, body, values=values)
        meet(one, two)
        answer = two.scan("000001")
        assert (answer.outcome, answer.reason) == (Outcome.REFUSED, Reason.UPDATE_FIRST)
        assert "older than the one at Desk 1: update it, or the desk looks" in reason_line(answer)
        assert two.check_in.admit(ADA.attendee.id).reason is Reason.UPDATE_FIRST, "picked from the search, too"
        assert two.scan("000002").outcome is Outcome.ADMITTED
        assert roster.counts(two.store.view.connection, DESK).checked_in == 1
        two.clock.forward()
        assert two.check_in.override(ADA.attendee.id, "The organizer called", "Deb").admitted
        assert list(view_against_fold(two.store)) == []


def test_it_stops_them_whichever_came_first_the_record_or_the_person(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        a_newer_program_writes(one, {"subject": ADA.attendee.id})
        meet(one, two)
        assert two.scan("000001").reason is Reason.UNKNOWN_CODE
        enrol(two.store, ADA)
        assert two.scan("000001").reason is Reason.UPDATE_FIRST


def test_a_code_it_names_that_nobody_has_yet_is_stopped(tmp_path: Path) -> None:
    with some_desks(tmp_path) as desks:
        one, two = two_who_know(desks)
        a_newer_program_writes(one, {"code": "000077"})
        meet(one, two)
        assert two.scan("000077").reason is Reason.UPDATE_FIRST


def test_the_station_says_that_it_is_to_be_updated(tmp_path: Path) -> None:
    with some_desks(tmp_path) as desks:
        one, two = two_who_know(desks)
        a_newer_program_writes(one, {"subject": ADA.attendee.id})
        a_newer_program_writes(one, {"policy": "nobody after eight"})
        meet(one, two)
        incidents = Incidents(two.store, two.station).open()
        assert [(each.kind, each.who) for each in incidents] == [
            (IncidentKind.UNREAD, "Ada Lovelace"),
            (IncidentKind.UNREAD, "Desk 1"),
        ]
        assert "update" in incidents[0].what
        assert unread(two.store.view.connection) == unread_view.Unread(2, 2)


def test_what_need_not_be_understood_is_counted_and_passed_on_byte_for_byte(tmp_path: Path) -> None:
    with some_desks(tmp_path, 3) as desks:
        one, two, three = desks
        enrol(one.store, ADA)
        a_newer_program_writes(one, {"subject": ADA.attendee.id}, values=[b"\xff\x00"], critical=False, kind="smile")
        meet(one, two)
        hand(three, everything(two.store))
        assert two.scan("000001").admitted
        assert Incidents(two.store, two.station).open() == []
        assert unread(two.store.view.connection) == unread_view.Unread(1, 0)
        sent = [each for each in everything(one.store) if b'"smile"' in each.data]
        assert [each for each in everything(three.store) if b'"smile"' in each.data] == sent


def test_a_form_of_record_that_will_only_be_thought_of_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with some_desks(tmp_path) as desks:
        one, two = two_who_know(desks)
        with monkeypatch.context() as newer:
            newer.setattr("kiosk.storage.journal.FORMAT", 2)
            one.scan("000002")
        meet(one, two)
        assert two.scan("000002").outcome is Outcome.ADMITTED, "what it means is not guessed"
        assert unread(two.store.view.connection).records > 0


def test_a_known_critical_kind_that_makes_no_sense_here_stops_whom_it_names(tmp_path: Path) -> None:
    """A newer program blocks a badge in a way this one has no word for."""
    with some_desks(tmp_path) as desks:
        one, two = two_who_know(desks)
        ticket = {"code": "000001", "kind": "number", "state": "suspended"}
        value = json.dumps({"id": ADA.attendee.id, "tickets": [ticket]}).encode()
        with one.store.write() as writing:
            writing.append(Kind.REVOKE, {"subject": ADA.attendee.id}, at=NOON, actor="station", values=[value])
        meet(one, two)
        assert two.scan("000001").reason is Reason.UPDATE_FIRST
        assert [each.who for each in Incidents(two.store, two.station).open()] == ["Ada Lovelace"]


def test_an_updated_program_reads_what_it_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer one that knows the kind, by whatever name: its view has a new number and is folded anew."""
    with some_desks(tmp_path) as desks:
        one, two = two_who_know(desks)
        value = json.dumps({"id": ADA.attendee.id, "fields": {"note": "badge found"}}).encode()
        a_newer_program_writes(one, {"subject": ADA.attendee.id}, values=[value])
        meet(one, two)
        assert two.scan("000001").reason is Reason.UPDATE_FIRST
    monkeypatch.setattr(unread_view, "_KNOWN", unread_view._KNOWN | {"seize"})
    monkeypatch.setattr(view, "ROSTER_KINDS", view.ROSTER_KINDS | {"seize"})
    monkeypatch.setattr(view, "VIEW_VERSION", view.VIEW_VERSION + 1)
    monkeypatch.setattr("kiosk.storage.opening.VIEW_VERSION", view.VIEW_VERSION)
    with a_station(tmp_path / "desk2") as two:
        two.clock.forward(3600)
        answer = two.scan("000001")
        assert (answer.outcome, answer.reason) == (Outcome.ATTENTION, Reason.NOTE)
        assert Incidents(two.store, two.station).open() == []
        assert unread(two.store.view.connection) == unread_view.Unread()
