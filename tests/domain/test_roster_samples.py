"""The sample rosters, line by line: every planted fault is found where it was planted, every line is counted once."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import asset
from kiosk.domain.people import Attendee, Status, TicketKind
from kiosk.domain.roster import NewAttendee
from kiosk.domain.roster_faults import DECIDABLE, Fault
from kiosk.domain.roster_known import KnownRoster
from kiosk.domain.roster_plan import Count, Plan
from kiosk.domain.roster_reading import ImportOptions, plan_book
from kiosk.files.reader import read_book

EXPECTED = {
    entry["file"]: entry
    for entry in json.loads((Path(__file__).parent.parent / "data" / "expected.json").read_text(encoding="utf-8"))[
        "files"
    ]
}
CLEAN = "clean_50.csv"
EVENTBRITE = "eventbrite_attendees_1200.csv"
CVENT = "cvent_like_registrants_850.csv"
FORMS = "google_forms_responses_140.csv"
PRETIX = "pretix_positions_300_semicolon.csv"
WORKBOOK = "vip_staff_walkins_220.xlsx"


def plan(name: str, known: KnownRoster | None = None, **options: Any) -> Plan:
    book = read_book(asset(f"sample/rosters/{name}"))
    return plan_book(book, known or KnownRoster(), ImportOptions(**options), secrets.token_bytes)


@cache
def first_import(name: str) -> Plan:
    return plan(name)


@cache
def everything_accepted(name: str) -> Plan:
    return plan(name, accept=frozenset(DECIDABLE))


def place(sheet: str, row: int, name: str) -> str:
    return f"{sheet}!{row}" if name == WORKBOOK else str(row)


def attendees(of: Plan) -> dict[int, Attendee]:
    """Whoever a plan adds, by line."""
    return {line.row: line.change.attendee for line in of.lines if isinstance(line.change, NewAttendee)}


# docs/roster-import.md says why.
DECIDED_OTHERWISE = {
    (
        EVENTBRITE,
        "444",
        "email_case_and_space",
    ),  # the cell holds a `mailto:` address without capitals
    (EVENTBRITE, "368", "leading_plus_is_a_phone"),  # nothing is odd about it, so nothing is said
    (CVENT, "", "changed_since_other_file"),  # shows only when the other file is in: see the test below
}
WRITTEN_DIFFERENTLY = {
    (WORKBOOK, "Attendees!B4:B"): "Attendees!4",
    (WORKBOOK, "old list 2022"): "old list 2022!0",
}


def planted() -> list[Any]:
    cases = []
    for name, entry in EXPECTED.items():
        by_kind: dict[str, set[str]] = {}
        for issue in entry["issues"]:
            kind, record = issue["kind"], str(issue["record"])
            if not {(name, record, kind), (name, "", kind)} & DECIDED_OTHERWISE:
                by_kind.setdefault(kind, set()).add(WRITTEN_DIFFERENTLY.get((name, record), record))
        cases += [pytest.param(name, kind, records, id=f"{name[:6]}-{kind}") for kind, records in by_kind.items()]
    return cases


@pytest.mark.parametrize("name, kind, records", planted())
def test_every_planted_fault_is_found_where_it_is(name: str, kind: str, records: set[str]) -> None:
    found = {place(one.sheet, one.row, name) for one in first_import(name).findings if one.kind == kind}
    assert records <= found


ALSO_THERE = {
    (EVENTBRITE, "rank_in_first_name"): 1,  # "Rev. Dr. Emmanuel" is called so
    (FORMS, "superseded_answer"): 8,  # the earlier of each two answers
    (FORMS, "not_eight_courses"): 1,  # an answer given twice has its faults twice
    (FORMS, "last_comma_first"): 1,
    (WORKBOOK, "last_comma_first"): 15,  # every second walk-in
    (WORKBOOK, "invisible_characters"): 2,  # zero-width and bidi marks inside names
    (WORKBOOK, "no_people"): 1,  # the sheet READ ME
}


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_is_found_that_is_not_there(name: str) -> None:
    wanted = {
        (WRITTEN_DIFFERENTLY.get((name, str(issue["record"])), str(issue["record"])), issue["kind"])
        for issue in EXPECTED[name]["issues"]
    }
    found = {(place(one.sheet, one.row, name), one.kind.value) for one in first_import(name).findings}
    assert Counter(kind for _place, kind in found - wanted) == {
        kind: count for (file, kind), count in ALSO_THERE.items() if file == name
    }


COUNTS = {  # new, changed, same, not coming, to decide, skipped
    CLEAN: (50, 0, 0, 0, 0, 0),
    EVENTBRITE: (1154, 0, 0, 41, 21, 6),
    CVENT: (782, 0, 0, 67, 1, 1),
    FORMS: (138, 0, 0, 0, 2, 8),
    PRETIX: (281, 0, 0, 14, 5, 12),
    WORKBOOK: (214, 0, 0, 0, 6, 8),
}


@pytest.mark.parametrize("name", COUNTS)
def test_the_counts(name: str) -> None:
    counts = first_import(name).counts
    assert tuple(counts[count] for count in Count) == COUNTS[name]
    assert sum(counts.values()) == len(first_import(name).lines)


def outcome(records: list[dict[str, Any]]) -> Count:
    """What becomes of a line by its planted faults: not coming comes first, whatever else is odd."""
    kinds = {record["kind"] for record in records}
    outcomes = {record["outcome"] for record in records}
    if kinds & {"not_coming_status", "not_paid_status"} and "skip" in outcomes:
        return Count.NOT_COMING
    if "needs decision" in outcomes:
        return Count.NEEDS_DECISION
    return Count.SKIPPED if "skip" in outcomes else Count.NEW


@pytest.mark.parametrize("name", COUNTS)
def test_every_line_with_a_fault_has_the_proposed_outcome(name: str) -> None:
    by_record: dict[str, list[dict[str, Any]]] = {}
    for issue in EXPECTED[name]["issues"]:
        by_record.setdefault(str(issue["record"]), []).append(issue)
    lines = {place(line.sheet, line.row, name): line.count for line in first_import(name).lines}
    for file, record in WRITTEN_DIFFERENTLY:
        if file == name:
            del by_record[record]  # a range and a sheet are no lines
    wanted = {record: outcome(issues) for record, issues in by_record.items()}
    for record, issues in by_record.items():
        if any(issue["kind"] == "answered_twice" for issue in issues) and str(int(record) - 1) in wanted:
            wanted[str(int(record) - 1)] = Count.SKIPPED  # the earlier answer is nobody any more
    assert {record: lines[record] for record in by_record} == wanted


def test_the_people_add_up() -> None:
    assert first_import(EVENTBRITE).people + 4 + 2 == EXPECTED[EVENTBRITE]["attending_people"] + 1  # and Long Row
    assert first_import(CVENT).people + 1 == EXPECTED[CVENT]["accepted_records"]
    assert first_import(FORMS).people + 2 == EXPECTED[FORMS]["people"]
    assert (
        first_import(PRETIX).people + 5 == EXPECTED[PRETIX]["paid_people"] + 13
    )  # pending is coming, to be asked at the desk
    assert first_import(WORKBOOK).people + 6 == EXPECTED[WORKBOOK]["people_visible"]


@pytest.mark.parametrize("name", COUNTS)
def test_accepting_everything_leaves_nothing_waiting(name: str) -> None:
    before, after = first_import(name), everything_accepted(name)
    assert after.counts[Count.NEEDS_DECISION] == 0
    gained = (
        after.counts[Count.NEW]
        + after.counts[Count.NOT_COMING]
        - before.counts[Count.NEW]
        - before.counts[Count.NOT_COMING]
    )
    assert gained == before.counts[Count.NEEDS_DECISION]


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("accept", [frozenset(), frozenset(DECIDABLE)], ids=["undecided", "accepted"])
def test_the_same_file_again_changes_nothing(name: str, accept: frozenset[Fault]) -> None:
    once = plan(name, accept=accept)
    again = plan(name, KnownRoster().after(once.changes))
    assert again.changes == ()
    assert again.counts[Count.SAME] == once.counts[Count.NEW]
    assert again.counts[Count.NEW] == again.counts[Count.CHANGED] == 0
    assert again.counts[Count.NOT_COMING] == once.counts[Count.NOT_COMING]
    assert again.vanished == ()


def test_the_top_line_knows_each_file() -> None:
    for name, entry in EXPECTED.items():
        found = first_import(name)
        if name != WORKBOOK:
            assert (found.encoding, found.delimiter) == (entry["encoding"], entry["delimiter"])
            assert found.sheets[0].header_row == entry["header_record"]
    systems = {name: [sheet.system for sheet in first_import(name).sheets if sheet.left_out is None] for name in COUNTS}
    assert systems == {
        CLEAN: ["generic"], EVENTBRITE: ["eventbrite"], CVENT: ["cvent"], FORMS: ["google_forms"], PRETIX: ["pretix"],
        WORKBOOK: ["generic"] * 3,
    }  # fmt: skip
    assert [sheet.header_row for sheet in first_import(WORKBOOK).sheets if sheet.left_out is None] == [4, 3, 1]


def test_cvent_after_eventbrite_shows_who_was_promoted() -> None:
    known = KnownRoster().after(first_import(EVENTBRITE).changes)
    second = plan(CVENT, known)
    changed = {line.row: line.differences for line in second.lines if line.count is Count.CHANGED}
    assert {str(row) for row in changed} == {
        str(issue["record"]) for issue in EXPECTED[CVENT]["issues"] if issue["kind"] == "changed_since_other_file"
    }
    assert all(
        [(one.field, one.new) for one in differences] == [("Job Title", "Promoted – Deputy Director")]
        for differences in changed.values()
    )
    assert all(differences[0].old not in ("", differences[0].new) for differences in changed.values())
    again = plan(CVENT, known.after(second.changes))
    assert again.changes == ()


def test_whoever_is_cancelled_in_one_list_and_coming_in_another_is_asked_about() -> None:
    known = KnownRoster().after(first_import(EVENTBRITE).changes)
    second = plan(CVENT, known)
    conflicts = [found for found in second.waiting if found.kind is Fault.STATUS_CONFLICT]
    assert len(conflicts) == 18
    accepted = plan(CVENT, known, accept=frozenset({Fault.STATUS_CONFLICT}))
    back = [line for line in accepted.lines if any(one.new == Status.COMING for one in line.differences)]
    assert len(back) == 18


def test_answering_a_form_is_no_place() -> None:
    known = KnownRoster().after(first_import(EVENTBRITE).changes)
    assert Fault.STATUS_CONFLICT not in plan(FORMS, known).kinds()


def test_a_list_takes_away_only_a_place_that_nobody_else_gave() -> None:
    known = KnownRoster().after(first_import(EVENTBRITE).changes)
    second = plan(CVENT, known)
    after = {person.attendee.id: person.attendee.status for person in known.after(second.changes).people}
    before = {person.attendee.id: person.attendee.status for person in known.people}
    assert {attendee_id: after[attendee_id] for attendee_id in before} == before
    by_row = {line.row: line for line in second.lines}
    known_names = {person.attendee.full_name for person in known.people}
    cancelled = [line for line in by_row.values() if line.count is Count.NOT_COMING and line.name in known_names]
    assert len(cancelled) > 10
    assert all(line.change is None for line in cancelled)  # nor does the other list's code open the door


def test_shared_addresses_merge_nobody() -> None:
    people = attendees(first_import(EVENTBRITE))
    assert {people[row].full_name for row in (22, 23, 24, 25)} == {
        people[row].full_name for row in (22, 23, 24, 25) if people[row].email == "training0@agency-group.example"
    }
    assert len({people[row].full_name for row in (22, 23, 24, 25)}) == 4


def test_codes_phones_and_formulas_are_left_as_they_are() -> None:
    first = first_import(EVENTBRITE)
    tickets = {line.row: line.change.tickets for line in first.lines if isinstance(line.change, NewAttendee)}
    assert [ticket.code for ticket in tickets[2] if ticket.kind is TicketKind.VENDOR] == ["610000000011880000000001"]
    assert sum(ticket.kind is TicketKind.OWN and len(ticket.code) == 16 for ticket in tickets[2]) == 1
    people = attendees(first)
    assert people[368].phone == "+1-404-555-0134"
    assert people[307].badge_name == '=HYPERLINK("http://evil.example","Click me")'
    assert people[154].extras["Company"] == "=cmd|' /C calc'!A0"
    assert people[409].agency == "Office of the Sheriff, Community Engagement Division (second line)"
    cvent = attendees(first_import(CVENT))
    assert (cvent[6].number, cvent[47].number) == ("000601", "000642")


def test_a_ruined_code_is_not_kept() -> None:
    codes = {ticket.code for change in everything_accepted(EVENTBRITE).changes for ticket in change.tickets}
    assert not any("E+" in code for code in codes)
    [found] = [one for one in first_import(EVENTBRITE).waiting if one.row == 920]
    assert (found.kind, found.column, found.value) == (Fault.BARCODE_IN_SCIENTIFIC_NOTATION, "Barcode #", "6.10357E+23")


def test_statuses() -> None:
    eventbrite, cvent, pretix = (attendees(first_import(name)) for name in (EVENTBRITE, CVENT, PRETIX))
    assert eventbrite[16].status is Status.CANCELLED  # Refunded
    assert eventbrite[46].status is Status.CANCELLED  # Not Attending
    assert cvent[71].status is Status.WAITLISTED
    assert cvent[100].status is Status.PENDING  # No Response: neither coming nor cancelled
    assert pretix[34].status is Status.PENDING
    assert pretix[6].status is Status.CANCELLED


def test_the_buyer_is_not_the_attendee() -> None:
    people = attendees(first_import(PRETIX))
    assert people[5].email == ""
    assert people[5].extras["Email"] == "devin.ryan300@maplemere-county-sheriff-s-o.example"
    assert people[3].email == "brittney.bartlett@silvergate-county-sheriff-s.example"


def test_a_placeholder_seat_stays_one() -> None:
    people = attendees(everything_accepted(EVENTBRITE))
    assert people[228].placeholder
    assert not people[2].placeholder
    assert attendees(everything_accepted(PRETIX))[77].placeholder


def test_the_last_answer_counts() -> None:
    assert attendees(first_import(FORMS))[18].phone == "404-555-0199"


def test_names_are_split_but_not_corrected() -> None:
    forms, eventbrite = (attendees(first_import(name)) for name in (FORMS, EVENTBRITE))
    assert (forms[2].title, forms[2].first, forms[2].last) == ("Trooper", "Heather", "Flores")
    assert (forms[4].first, forms[4].last) == ("David", "Nelson")
    assert (eventbrite[5].first, eventbrite[5].last) == ("LAUREN", "WHEELER")
    assert eventbrite[8].first == "Chief Eric"
    assert "Null Null" in {person.full_name.removeprefix("Lt. Col. ") for person in eventbrite.values()}


def test_the_workbook() -> None:
    first = first_import(WORKBOOK)
    by_place = {(line.sheet, line.row): line.change for line in first.lines if isinstance(line.change, NewAttendee)}
    vip = by_place["VIP & Speakers", 5]
    assert (vip.attendee.number, vip.attendee.first, vip.attendee.last) == ("001201", "Julia", "Burgos")
    assert [ticket.code for ticket in vip.tickets if ticket.kind is TicketKind.NUMBER] == ["001201"]
    attendee = by_place["Attendees", 4].attendee
    assert (attendee.first, attendee.last, attendee.number, attendee.sworn) == ("Gary", "Cisneros", "001241", False)
    assert attendee.agency_type == "Local"
    assert by_place["Attendees", 38].attendee.email == ""
    assert by_place["Walk-ins", 2].attendee.unpaid
    assert not by_place["Walk-ins", 3].attendee.unpaid
    struck = [line for line in everything_accepted(WORKBOOK).lines if (line.sheet, line.row) == ("VIP & Speakers", 6)]
    assert [line.count for line in struck] == [Count.NOT_COMING]


def test_a_hidden_sheet_is_read_only_when_somebody_names_it() -> None:
    assert {sheet.name: sheet.left_out for sheet in first_import(WORKBOOK).sheets}[
        "old list 2022"
    ] is Fault.HIDDEN_SHEET
    assert plan(WORKBOOK, sheets=frozenset({"old list 2022"})).counts[Count.NEW] == 25


def test_all_lists_together_keep_everybody_once() -> None:
    known = KnownRoster()
    for name in (CLEAN, EVENTBRITE, CVENT, PRETIX, FORMS, WORKBOOK):
        known = known.after(plan(name, known).changes)
    people = [person.attendee for person in known.people]
    assert (
        Counter((one.first.casefold(), one.last.casefold(), one.email) for one in people if one.email).most_common(1)[
            0
        ][1]
        == 1
    )
    codes = Counter(code for person in known.people for code in person.codes)
    assert codes.most_common(1)[0][1] == 1
    for name in (WORKBOOK, FORMS, PRETIX, CVENT):
        assert plan(name, known).counts[Count.NEW] == 0
