"""One scan, on a real store: what is answered is on the disk, and what is not on the disk is not answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.domain.people import Status, TicketState
from kiosk.domain.verdicts import Outcome, Reason, RecordId
from kiosk.errors import BadInput
from kiosk.services.check_in import CheckIn
from kiosk.services.edit import Edit
from kiosk.services.history import History
from kiosk.services.roster import Roster
from kiosk.services.station import Conference
from kiosk.storage.journal import check_chains
from tests.builders import Desk, a_station, an_attendee, enrol

PAYLOADS = json.loads((Path(__file__).parents[1] / "data" / "qr_payloads.json").read_text("utf-8"))
PLECET = Conference("PLECET National Conference", "PLECET 2023", "America/New_York", "PLC", 2023, ("plecet.example",))


def test_in_then_a_stutter_then_already_in(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        desk.station.set_operator("Deb")
        enrol(desk.store, an_attendee(code="000001"))
        first = desk.scan("000001")
        stutter = desk.scan("000001", later_s=3)
        back = desk.scan("000001", later_s=60)
        assert [v.outcome for v in (first, stutter, back)] == [Outcome.ADMITTED, Outcome.ADMITTED, Outcome.ALREADY]
        assert (stutter.repeat, stutter.record) == (True, first.record)
        assert back.first is not None
        assert (back.first.record, back.first.station, back.first.by) == (first.record, "Desk 1", "Deb")


def test_a_stutter_writes_nothing_and_a_refusal_is_kept(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="1", status=Status.CANCELLED))
        desk.scan("1")
        desk.scan("1", later_s=1)
        desk.scan("nobody")
        desk.scan("nobody", later_s=1)
        lines = History(desk.store).recent()
        assert [line.reason for line in lines] == [Reason.UNKNOWN_CODE, Reason.CANCELLED]


def test_an_answer_outlives_the_program(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="000001"))
        first = desk.scan("000001")
    with a_station(tmp_path) as desk:
        again = desk.scan("000001", later_s=600)
        assert again.outcome is Outcome.ALREADY
        assert again.first is not None
        assert again.first.record == first.record
        assert list(check_chains(desk.store.connection)) == []


def test_another_code_of_the_same_person_is_no_stutter(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        person = an_attendee(code="000001")
        copy = an_attendee(code="BARCODE", id=person.attendee.id).tickets
        enrol(desk.store, type(person)(person.attendee, person.tickets + copy))
        desk.scan("000001")
        assert desk.scan("BARCODE", later_s=2).outcome is Outcome.ALREADY


def test_undo_is_a_new_record_and_lets_the_person_in_again(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="1"))
        record = desk.scan("1").record
        assert record is not None
        desk.check_in.undo(record, by="Deb")
        written = desk.store.connection.execute("select count(*) from record").fetchone()
        desk.check_in.undo(record, by="Deb")
        assert desk.store.connection.execute("select count(*) from record").fetchone() == written
        line = History(desk.store).recent()[0]
        assert (line.undone, line.can_undo) == (True, False)
        assert Roster(desk.store, desk.station).counts().checked_in == 0
        again = desk.scan("1", later_s=1)
        assert (again.outcome, again.repeat) == (Outcome.ADMITTED, False)


def test_only_a_check_in_can_be_undone(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        refused = desk.scan("nobody").record
        assert refused is not None
        with pytest.raises(BadInput):
            desk.check_in.undo(refused)
        with pytest.raises(BadInput):
            desk.check_in.undo(RecordId("elsewhere", 1))


def test_an_override_names_who_and_why_and_lets_in(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        person = an_attendee(code="1", status=Status.CANCELLED, note="bag")
        enrol(desk.store, person)
        for why, by in (("", "Deb"), ("paid at the desk", " ")):
            with pytest.raises(BadInput):
                desk.check_in.override(person.attendee.id, why, by)
        verdict = desk.check_in.override(person.attendee.id, "paid at the desk", "Deb")
        assert (verdict.outcome, verdict.reason, verdict.more) == (Outcome.ATTENTION, Reason.OVERRIDE, (Reason.NOTE,))
        back = desk.scan("1")
        assert back.outcome is Outcome.ALREADY
        assert back.first is not None
        assert back.first.by == "Deb"
        record = desk.store.record_of(verdict.record)  # type: ignore[arg-type]
        assert record.body["override"] is True
        assert desk.store.values_of(record.id) == [b"paid at the desk"]


def test_a_placeholder_that_gets_a_name_is_a_person(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        seat = an_attendee("TBD", "TBD", code="1", placeholder=True)
        enrol(desk.store, seat)
        assert desk.scan("1").reason is Reason.PLACEHOLDER
        person = Edit(desk.store, desk.station).set(seat.attendee.id, {"first": "Ada", "last": "Lovelace"})
        assert (person.full_name, person.placeholder) == ("Ada Lovelace", False)
        assert desk.scan("1").outcome is Outcome.ALREADY


def test_blocked_and_replaced_codes_have_their_answers(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        person = an_attendee(code="1")
        enrol(desk.store, person, an_attendee(code="OLD", state=TicketState.REPLACED, replaced_by="NEW"))
        Edit(desk.store, desk.station).block(person.attendee.id, "1")
        assert desk.scan("1").reason is Reason.BLOCKED
        old = desk.scan("OLD")
        assert (old.reason, old.replaced_by) == (Reason.REPLACED, "NEW")


def test_a_picked_person_is_answered_like_a_scanned_one(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        person = an_attendee(code="1")
        enrol(desk.store, person)
        assert desk.check_in.admit(person.attendee.id).outcome is Outcome.ADMITTED
        assert desk.scan("1").outcome is Outcome.ALREADY
        with pytest.raises(BadInput):
            desk.check_in.admit("nobody")


def test_no_code_in_the_scan_is_no_answer(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        assert desk.check_in.present("\r\n") is None


def test_codes_and_reasons_leave_no_personal_word_in_the_chain(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        desk.station.set_operator("Deborah Secret")
        person = an_attendee("Ada", "Lovelace", code="CODE-4711", status=Status.CANCELLED)
        enrol(desk.store, person)
        desk.scan("CODE-4711")
        desk.scan("BEGIN:VCARD\nN:Stranger\nEND:VCARD")
        desk.check_in.override(person.attendee.id, "knows the mayor", "Deborah Secret")
        chain = b"".join(row[0] for row in desk.store.connection.execute("select bytes from record"))
        for word in (b"Lovelace", b"4711", b"Deborah", b"Stranger", b"mayor"):
            assert word not in chain


@dataclass
class _Full:
    """The writer's connection on a disk that is full at the moment of the commit."""

    real: object

    def execute(self, sql: str, *parameters: object) -> object:
        if sql == "commit":
            self.real.execute("rollback")  # type: ignore[attr-defined]
            from kiosk.storage.database import DriverError

            raise DriverError("database or disk is full")
        return self.real.execute(sql, *parameters)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


@pytest.mark.expect_log
def test_what_the_disk_refuses_is_never_green(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="1"))
        whole = desk.store.connection
        desk.store.connection = _Full(whole)  # type: ignore[assignment]
        refused = desk.scan("1")
        assert (refused.outcome, refused.admitted, refused.record) == (Outcome.NOT_SAVED, False, None)
        assert "disk is full" in refused.looks_like
        desk.store.connection = whole
        assert desk.scan("1").outcome is Outcome.ADMITTED
        assert list(check_chains(whole)) == []


def _plecet(desk: Desk, conference: Conference = PLECET) -> CheckIn:
    desk.station.set_conference(conference)
    enrol(
        desk.store,
        an_attendee("Jessica", "Mack", code="000001"),
        an_attendee("Eve", "Brite", code="610000000011880000000001"),
        an_attendee("Pre", "Tix", code="k2v5w9m3q7x8c4n6b2z5l9j3h7g8f4d6"),
        an_attendee("Ce", "Vent", code="VNNDLJ6DKVK"),
    )
    return desk.check_in


@pytest.mark.parametrize("conference", [PLECET, Conference()], ids=["set up", "not set up"])
@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload["id"])
def test_every_payload_of_the_sample_is_answered_as_expected(
    payload: dict[str, str], conference: Conference, tmp_path: Path
) -> None:
    with a_station(tmp_path) as desk:
        verdict = _plecet(desk, conference).present(payload["payload"])
        match payload["expect"]:
            case "ignore":
                assert verdict is None
            case "unknown":
                assert verdict is not None
                assert (verdict.outcome, bool(verdict.looks_like)) == (Outcome.UNKNOWN, True)
            case "wrong-event":
                assert verdict is not None
                assert verdict.reason is Reason.WRONG_CONFERENCE
            case _:
                assert verdict is not None
                assert verdict.outcome is Outcome.ADMITTED


def test_somebody_else_with_the_name_of_one_who_is_in_is_let_in_and_kept_as_such(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        person = an_attendee(code="1")
        enrol(desk.store, person)
        first = desk.scan("1")
        desk.clock.forward()
        again = desk.check_in.override(person.attendee.id, "that was someone else", "Deb")
        assert (again.admitted, again.reason, again.record == first.record) == (True, Reason.OVERRIDE, False)
        assert Roster(desk.store, desk.station).counts().checked_in == 1
        back = desk.scan("1")
        assert back.first is not None
        assert back.first.record == first.record
