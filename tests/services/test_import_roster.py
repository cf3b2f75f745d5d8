"""Importing on a real store: one batch, nothing twice, desk edits kept, and a way back until somebody is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.domain.people import Attendee, Status, TicketKind
from kiosk.domain.roster_faults import Fault
from kiosk.domain.roster_plan import Count, Plan, Vanished
from kiosk.domain.verdicts import Outcome, Reason
from kiosk.errors import BadInput
from kiosk.services.edit import Edit
from kiosk.services.import_report import in_words, write_decisions
from kiosk.services.import_roster import Batch, ImportOptions, ImportRoster
from kiosk.storage import roster
from tests.builders import Desk, a_station

HEADER = "Order #,First Name,Last Name,Email,Ticket Type,Attendee #,Barcode #,Attendee Status,Price Tier,Job Title"
ANN = "1,Ann,Ng,ann@pd.example,General Admission,11,610000000000000000000011,Attending,,Chief"
BO = "1,Bo,Li,bo@pd.example,General Admission,12,610000000000000000000012,Attending,,Outreach"
CY = "2,Cy,Young,cy@pd.example,General Admission,13,610000000000000000000013,Refunded,,PAL"


class Imports:
    """A desk and the folder its files lie in."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.service = ImportRoster(desk.store, desk.station)

    def plan(self, *lines: str, header: str = HEADER, **options: object) -> Plan:
        path = self.folder / "attendees.csv"
        path.write_text("\n".join((header, *lines)), encoding="utf-8")
        return self.service.plan(path, ImportOptions(**options))  # type: ignore[arg-type]

    def run(self, *lines: str, header: str = HEADER, **options: object) -> tuple[Plan, Batch]:
        plan = self.plan(*lines, header=header, **options)
        return plan, self.service.write(plan)

    def people(self) -> dict[str, Attendee]:
        with self.desk.store.reading():
            return {known.attendee.first: known.attendee for known in roster.everyone(self.desk.store.view.connection)}


@pytest.fixture
def imports(tmp_path: Path) -> object:
    with a_station(tmp_path / "station") as desk:
        yield Imports(desk, tmp_path)


def counts(plan: Plan) -> tuple[int, ...]:
    return tuple(plan.counts[count] for count in Count)


def test_people_are_in_and_their_codes_open_the_door(imports: Imports) -> None:
    plan, batch = imports.run(ANN, BO, CY)
    assert counts(plan) == (2, 0, 0, 1, 0, 0)
    assert batch.people == 3
    assert imports.desk.scan("610000000000000000000011").outcome is Outcome.ADMITTED
    cancelled = imports.desk.scan("610000000000000000000013")
    assert (cancelled.outcome, cancelled.reason) == (Outcome.REFUSED, Reason.CANCELLED)


def test_everybody_gets_a_code_of_our_own(imports: Imports) -> None:
    imports.run(ANN)
    with imports.desk.store.reading():
        [known] = roster.everyone(imports.desk.store.view.connection)
    assert {ticket.kind for ticket in known.tickets} == {TicketKind.OWN, TicketKind.VENDOR}
    own = next(ticket.code for ticket in known.tickets if ticket.kind is TicketKind.OWN)
    assert imports.desk.scan(own).admitted


def test_a_plan_writes_nothing(imports: Imports) -> None:
    plan = imports.plan(ANN, BO)
    assert counts(plan) == (2, 0, 0, 0, 0, 0)
    assert imports.people() == {}
    assert counts(imports.plan(ANN, BO)) == counts(plan)


def test_the_same_list_again_writes_nothing(imports: Imports) -> None:
    imports.run(ANN, BO, CY)
    plan, batch = imports.run(ANN, BO, CY)
    assert counts(plan) == (0, 0, 2, 1, 0, 0)
    assert batch.people == 0
    assert len(imports.service.batches()) == 1


def test_a_later_list_changes_people_and_keeps_their_attendance(imports: Imports) -> None:
    imports.run(ANN, BO)
    imports.desk.scan("610000000000000000000011")
    plan, _batch = imports.run(ANN.replace("Ng", "Ng-Li"), BO.replace("Attending", "Refunded"))
    [changed] = [line for line in plan.lines if line.count is Count.CHANGED]
    assert [(one.field, one.old, one.new) for one in changed.differences] == [("last", "Ng", "Ng-Li")]
    assert changed.after_check_in
    assert Fault.CHANGE_AFTER_CHECK_IN in plan.kinds()
    assert imports.people()["Ann"].last == "Ng-Li"
    assert imports.people()["Bo"].status is Status.CANCELLED
    assert imports.desk.scan("610000000000000000000011").outcome is Outcome.ALREADY


def test_what_the_desk_wrote_survives_the_same_list(imports: Imports) -> None:
    imports.run(ANN)
    Edit(imports.desk.store, imports.desk.station).set(imports.people()["Ann"].id, {"last": "Nguyen"})
    plan, batch = imports.run(ANN)
    assert counts(plan) == (0, 0, 1, 0, 0, 0)
    assert batch.people == 0
    assert imports.people()["Ann"].last == "Nguyen"
    plan, _batch = imports.run(ANN.replace(",Ng,", ",Ngo,"))
    assert [(one.old, one.new) for line in plan.lines for one in line.differences] == [("Nguyen", "Ngo")]


def test_a_seat_without_a_name_gets_one(imports: Imports) -> None:
    seat = ANN.replace("Ann,Ng,ann@pd.example", "TBD,TBD,")
    waiting, _batch = imports.run(seat)
    assert counts(waiting) == (0, 0, 0, 0, 1, 0)
    accepted, _batch = imports.run(seat, accept=frozenset({Fault.PLACEHOLDER_PERSON}))
    assert counts(accepted) == (1, 0, 0, 0, 0, 0)
    assert imports.desk.scan("610000000000000000000011").reason is Reason.PLACEHOLDER
    assert counts(imports.plan(seat)) == (0, 0, 1, 0, 0, 0)
    named, _batch = imports.run(ANN)
    assert counts(named) == (0, 1, 0, 0, 0, 0)
    assert not imports.people()["Ann"].placeholder


def test_a_code_of_somebody_else_waits_for_a_decision(imports: Imports) -> None:
    imports.run("000123,Ann,Ng,ann@pd.example", header="Badge #,First Name,Last Name,Email")
    other = "Number,First Name,Last Name,Email"
    plan = imports.plan("000123,Bo,Li,bo@pd.example", header=other)
    assert [found.kind for found in plan.waiting] == [Fault.CODE_TAKEN]
    taken = frozenset({Fault.CODE_TAKEN})
    accepted, _batch = imports.run("000123,Bo,Li,bo@pd.example", header=other, accept=taken)
    assert counts(accepted) == (1, 0, 0, 0, 0, 0)
    assert imports.people()["Bo"].number == ""
    assert imports.people()["Ann"].number == "000123"


def test_who_vanished_is_kept_unless_somebody_says_otherwise(imports: Imports) -> None:
    imports.run(ANN, BO, CY)  # Cy is not coming anyhow
    plan, _batch = imports.run(ANN)
    assert [person.attendee.first for person in plan.vanished] == ["Bo"]
    assert imports.people()["Bo"].status is Status.COMING
    imports.run(ANN, vanished=Vanished.CANCEL)
    assert imports.people()["Bo"].status is Status.CANCELLED
    back, _batch = imports.run(ANN, BO)
    assert counts(back) == (0, 1, 1, 0, 0, 0)
    assert imports.people()["Bo"].status is Status.COMING


def test_another_kind_of_list_makes_nobody_vanish(imports: Imports) -> None:
    imports.run(ANN, BO)
    plan = imports.plan("Cy,Young", header="First Name,Last Name")
    assert plan.vanished == ()


def test_a_batch_can_be_taken_back_until_somebody_is_in(imports: Imports) -> None:
    _plan, first = imports.run(ANN)
    _plan, second = imports.run(ANN.replace("Ng", "Ng-Li"), BO)
    assert imports.service.undo(second.id) == 2
    assert {name: one.last for name, one in imports.people().items()} == {"Ann": "Ng"}
    with pytest.raises(BadInput, match="already"):
        imports.service.undo(second.id)
    imports.desk.scan("610000000000000000000011")
    with pytest.raises(BadInput, match="checked in"):
        imports.service.undo(first.id)
    assert "Ann" in imports.people()
    with pytest.raises(BadInput, match="no import"):
        imports.service.undo("nonsense")


def test_a_list_taken_back_can_be_imported_again(imports: Imports) -> None:
    _plan, batch = imports.run(ANN, BO)
    imports.service.undo(batch.id)
    again, _batch = imports.run(ANN, BO)
    assert counts(again) == (2, 0, 0, 0, 0, 0)
    assert imports.desk.scan("610000000000000000000012").admitted


def test_a_stale_plan_is_refused_as_a_whole(imports: Imports) -> None:
    plan = imports.plan(ANN, BO)
    imports.run(BO)
    with pytest.raises(BadInput, match="changed since"):
        imports.service.write(plan)
    assert list(imports.people()) == ["Bo"]


def test_progress_ends_at_the_end(imports: Imports) -> None:
    path = imports.folder / "long.csv"
    lines = [f"{n},First{n},Last{n},p{n}@pd.example" for n in range(1600)]
    path.write_text("\n".join(["Badge #,First Name,Last Name,Email", *lines]), encoding="utf-8")
    told: list[tuple[int, int]] = []
    imports.service.plan(path, progress=lambda done, total: told.append((done, total)))
    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] == (1601, 1601)


def test_what_needs_a_decision_goes_to_a_file_no_spreadsheet_will_run(imports: Imports) -> None:
    evil = "=cmd|' /C calc'!A0"
    plan = imports.plan(ANN, f'2,"{evil}",Ng,ann2@pd.example,x,14,6.10040E+23,Attending,,')
    path = write_decisions(plan, imports.folder / "deep" / "decisions.csv")
    assert path is not None
    text = path.read_text(encoding="utf-8-sig")
    assert "6.10040E+23" in text
    assert f"'{evil}" in text
    assert f",{evil}" not in text
    assert write_decisions(imports.plan(ANN), imports.folder / "none.csv") is None


def test_the_summary_names_row_value_and_what_to_do(imports: Imports) -> None:
    plan = imports.plan(ANN, "2,Bo,Li,bo@pd.example,x,14,6.10040E+23,Attending,,")
    text = "\n".join(in_words(plan))
    assert "attendees.csv · CSV · looks like Eventbrite · UTF-8 · comma · header in row 1 · 2 rows · 10 columns" in text
    assert "+ 1 new  ~ 0 changed  = 0 same  – 0 not coming  ▲ 1 to decide  · 0 skipped" in text
    assert "Row 3: Barcode # “6.10040E+23” is not a code. Ask for the original file" in text


def test_markup_in_a_name_is_only_text(imports: Imports) -> None:
    name = "<b>" * 50 + "Ann"
    imports.run(ANN.replace("Ann", name))
    assert list(imports.people()) == [name]


def test_a_file_named_after_somebody_leaves_no_name_in_the_chain(tmp_path: Path) -> None:
    file = tmp_path / "walk-ins of Deborah Secret.csv"
    file.write_text("First Name,Last Name,Email\nAda,Lovelace,ada@example.org\n", encoding="utf-8")
    with a_station(tmp_path / "data") as desk:
        importer = ImportRoster(desk.store, desk.station)
        importer.write(importer.plan(file))
        assert [batch.source for batch in importer.batches()] == [file.name]
        chain = b"".join(row[0] for row in desk.store.connection.execute("select bytes from record"))
        assert b"Deborah" not in chain
        desk.store.rebuild_view()
        assert [batch.source for batch in importer.batches()] == [file.name]
