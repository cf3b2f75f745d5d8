"""Headers, columns and lines of foreign tables."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.people import Attendee, Status
from kiosk.domain.roster import NewAttendee
from kiosk.domain.roster_faults import Fault
from kiosk.domain.roster_known import KnownRoster
from kiosk.domain.roster_lines import find_header
from kiosk.domain.roster_plan import Count, Plan
from kiosk.domain.roster_presets import PRESETS
from kiosk.domain.roster_reading import ImportOptions, plan_book
from kiosk.domain.roster_sheet import Book, Sheet
from kiosk.errors import BadInput


def plan(*rows: str, known: KnownRoster | None = None, **options: object) -> Plan:
    """A list given as lines with bars between the cells."""
    sheet = Sheet("list", [[cell.strip() for cell in row.split("|")] if row else [] for row in rows])
    book = Book("list.csv", "csv", (sheet,))
    return plan_book(book, known or KnownRoster(), ImportOptions(**options), secrets.token_bytes)  # type: ignore[arg-type]


def people(of: Plan) -> list[Attendee]:
    return [line.change.attendee for line in of.lines if isinstance(line.change, NewAttendee)]


def kinds(of: Plan) -> set[Fault]:
    return {found.kind for found in of.findings}


def targets(of: Plan) -> dict[str, str]:
    columns = of.sheets[0].columns
    assert columns is not None
    return {column.header: column.target for column in columns.columns}


def test_the_header_is_found_under_titles() -> None:
    rows = [
        ["Attendees of the conference"],
        ["Name", "", "Organization"],
        ["First", "Last", "Agency", "E-mail"],
        ["Ann", "Ng", "PD", "a@b.example"],
    ]
    header = find_header(rows)
    assert header is not None
    assert (header.row, header.cells) == (3, ("First", "Last", "Agency", "E-mail"))


def test_what_stands_above_tells_columns_of_the_same_name_apart() -> None:
    found = plan(
        "Buyer|||Attendee||",
        "First name|Last name|Email|First name|Last name|Email",
        "Bo|Li|b@b.example|Ann|Ng|a@b.example",
    )
    assert [(one.first, one.last, one.email) for one in people(found)] == [("Ann", "Ng", "a@b.example")]


def test_a_sellers_export_may_have_columns_of_its_own() -> None:
    found = plan(
        HEADERS["indico"] + "|VIP|Spoken language", "7|Ann Ng|a@b.example|PD|Chief|1|2023|Completed|yes|Spanish"
    )
    assert (people(found)[0].attention, people(found)[0].language) == (True, "Spanish")


def test_headers_that_occur_twice_are_numbered() -> None:
    found = plan("Name|Email|Email", "Ann Ng|a@b.example|c@d.example")
    assert list(targets(found)) == ["Name", "Email (1)", "Email (2)"]
    assert people(found)[0].email == "a@b.example"
    assert people(found)[0].extras == {"Email (2)": "c@d.example"}


def test_lines_that_are_nobody() -> None:
    found = plan(
        "First|Last|Email|Agency|Phone", "Ann|Ng|a@b.example|PD|1", "", "— Saturday only —||||",
        "First|Last|Email|Agency|Phone",
        "Bo|Li|b@b.example|PD|2", "", "Total|2|||", "printed by J.D.||||",
    )  # fmt: skip
    assert [(one.row, one.kind.value) for one in found.findings if one.kind in _NOBODY] == [
        (3, "blank_record"), (4, "section_label_row"), (5, "header_repeated"), (8, "total_line"), (9, "stray_note_row"),
    ]  # fmt: skip
    assert found.counts[Count.NEW] == 2


_NOBODY = (
    Fault.BLANK_RECORD, Fault.SECTION_LABEL_ROW, Fault.HEADER_REPEATED, Fault.TOTAL_LINE, Fault.STRAY_NOTE_ROW,
)  # fmt: skip


def test_a_person_of_whom_only_the_name_is_known_is_a_person() -> None:
    assert [one.full_name for one in people(plan("Name|Agency|Email|Phone", "Ann Ng|||", "Suharto|||"))] == [
        "Ann Ng",
        "Suharto",
    ]


def test_a_single_column_of_names() -> None:
    assert [one.full_name for one in people(plan("Name", "Ann Ng", "Bo Li"))] == ["Ann Ng", "Bo Li"]


def test_a_list_without_a_header() -> None:
    found = plan("Ann Ng|a@b.example|PD", "Bo Li|b@b.example|PD", "Cy Young|c@b.example|PD")
    assert found.sheets[0].header_row == 0
    assert [(one.first, one.last, one.email) for one in people(found)] == [
        ("Ann", "Ng", "a@b.example"),
        ("Bo", "Li", "b@b.example"),
        ("Cy", "Young", "c@b.example"),
    ]


@pytest.mark.parametrize("rows", [("hello",), ("1|2|3", "4|5|6"), ("",), ()])
def test_what_is_no_list_of_people_is_said(rows: tuple[str, ...]) -> None:
    with pytest.raises(BadInput):
        plan(*rows)


HEADERS = {
    "eventbrite": (
        "Order #|Order Date|First Name|Last Name|Email|Quantity|Ticket Type|Attendee #|Barcode #|Attendee Status"
    ),
    "pretix": (
        "Order code|Position ID|Status|Email|Product|Attendee name|Attendee email|Pseudonymization ID|Ticket secret"
    ),
    "cvent": (
        "Confirmation Number|First Name|Last Name|Email Address|Company Name|Registration Type|Invitee Status"
        "|Admission Item"
    ),
    "google_forms": "Timestamp|Email Address|Full name|Agency",
    "luma": (
        "api_id|name|first_name|last_name|email|phone_number|created_at|approval_status|checked_in_at|qr_code_url"
        "|ticket_name"
    ),
    "tito": (
        "Order Reference|Order Name|Order Email|Ticket|Ticket Full Name|Ticket First Name|Ticket Last Name|Ticket Email"
        "|Ticket Company Name|Ticket Reference|Void Status"
    ),
    "meetup": "Name|User ID|Title|Event Host|RSVP|Guests|RSVPed on|Joined Group on|URL of Member Profile",
    "indico": "ID|Name|Email Address|Affiliation|Position|Phone|Registration date|Registration state",
    "whova": (
        "Registration ID|First Name|Last Name|Email|Affiliation|Position|Ticket Type|Ticket Code|Registration Status"
    ),
}


def test_every_preset_is_recognised_and_only_by_its_own_headers() -> None:
    assert {preset.name for preset in PRESETS} == set(HEADERS)
    for name, headers in HEADERS.items():
        row = "|".join("Ann" if "ame" in cell else "" for cell in headers.split("|"))
        assert plan(headers, row).sheets[0].system == name
    assert plan("First Name|Last Name|Email|Agency", "Ann|Ng||").sheets[0].system == "generic"


def test_luma() -> None:
    [ann, bo] = plan(
        HEADERS["luma"], "gst-1|Ann Ng|Ann|Ng|a@b.example|+1 404 555 0101|2023|approved||https://lu.example/check-in/1?pk=g-1|VIP",
        "gst-2|Bo Li|Bo|Li|b@b.example||2023|waitlist||https://lu.example/check-in/1?pk=g-2|VIP",
    ).lines  # fmt: skip
    assert isinstance(ann.change, NewAttendee)
    assert ann.change.source_ids == ("luma:gst-1",)
    assert ann.change.tickets[1].code == "https://lu.example/check-in/1?pk=g-1"
    assert (bo.count, bo.change.attendee.status) == (Count.NOT_COMING, Status.WAITLISTED)  # type: ignore[union-attr]


def test_tito_and_its_buyer() -> None:
    found = plan(
        HEADERS["tito"],
        "O1|Pat Buyer|pat@b.example|Full|Ann Ng|Ann|Ng|a@b.example|PD|TKT-1|",
        "O1|Pat Buyer|pat@b.example|Full|||||PD|TKT-2|",
    )
    assert [one.email for one in people(found)] == ["a@b.example"]
    assert [one.kind for one in found.waiting] == [Fault.UNASSIGNED_TICKET]


def test_meetup_brings_guests() -> None:
    found = plan(HEADERS["meetup"], "Ann Ng|123|||Yes|2|||", "Bo Li|124|||No|0|||")
    assert Fault.SEVERAL_SEATS in kinds(found)
    assert [line.count for line in found.lines] == [Count.NEW, Count.NOT_COMING]


def test_a_column_may_be_mapped_by_hand() -> None:
    found = plan(
        "First|Last|Wappen|Email", "Ann|Ng|Riverbend|a@b.example", columns={"wappen": "agency", "Email": "ignore"}
    )
    assert (people(found)[0].agency, people(found)[0].email) == ("Riverbend", "")
    with pytest.raises(BadInput, match="no field"):
        plan("First|Last", "Ann|Ng", columns={"First": "colour"})
    with pytest.raises(BadInput, match="No column"):
        plan("First|Last", "Ann|Ng", columns={"Colour": "first"})
    with pytest.raises(BadInput, match="no preset"):
        plan("First|Last", "Ann|Ng", preset="frobnicate")


def test_home_addresses_are_left_out_and_other_unknown_columns_kept() -> None:
    found = plan("First|Last|Home Address|ZIP code|Shirt size", "Ann|Ng|1 Elm St|30303|M")
    assert people(found)[0].extras == {"Shirt size": "M"}
    assert targets(found)["Home Address"] == "ignore"


def test_two_people_may_share_an_address() -> None:
    found = plan("Name|Email", "Ann Ng|office@pd.example", "Bo Li|office@pd.example", "Cy Young|cy@pd.example")
    assert found.counts[Count.NEW] == 3
    assert [one.row for one in found.findings if one.kind is Fault.ONE_EMAIL_MANY_PEOPLE] == [2, 3]


@pytest.mark.parametrize(
    "old, new, is_change",
    [
        ("ANN|NG|a@b.example|Attendee|PD", "Ann|Ng|a@b.example|Attendee|PD", False),
        ("Ann|Ng|a@b.example|Speaker|PD", "Ann|Ng|a@b.example|Attendee|PD", False),
        ("Ann|Ng|a@b.example|Attendee|PD", "Ann|Ng|a@b.example|Speaker|PD", True),
        ("José|Ng|a@b.example|Attendee|PD", "Jos?|Ng|a@b.example|Attendee|PD", False),
        ("Jos?|Ng|a@b.example|Attendee|PD", "José|Ng|a@b.example|Attendee|PD", True),
        ("Ann|Ng|a@b.example|Attendee|PD", "Ann|Ng|a@b.example|Attendee|=cmd!A0", False),
        ("Ann|Ng|a@b.example|Attendee|PD", "Ann|Ng|a@b.example|Attendee|", False),
        ("Ann|Ng|a@b.example|Attendee|PD", "Ann|Ng|a@b.example|Attendee|Police Dept.", True),
    ],
)
def test_another_list_changes_only_what_it_knows_better(old: str, new: str, is_change: bool) -> None:
    first = plan("First|Last|Email|Registration type|Agency", old)
    second = plan("First name|Last name|E-mail|Type of registration|Organization|Registration type",
                  "|".join([*new.split("|")[:3], "", new.split("|")[4], new.split("|")[3]]),
                  known=KnownRoster().after(first.changes))  # fmt: skip
    assert second.lines[0].count is (Count.CHANGED if is_change else Count.SAME)


def test_the_only_list_somebody_comes_from_may_correct_them() -> None:
    first = plan("First|Last|Email|Badge #", "ANN|NG|a@b.example|000001")
    second = plan("First|Last|Email|Badge #", "Ann|Ng|a@b.example|000001", known=KnownRoster().after(first.changes))
    assert [(one.old, one.new) for one in second.lines[0].differences] == [("ANN", "Ann"), ("NG", "Ng")]


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=12))
def test_no_table_breaks_the_plan(rows: list[list[str]]) -> None:
    header = ["Name", "Email", "Badge #", "Status", "Sworn?", "Which two courses?"]
    book = Book("list.csv", "csv", (Sheet("list", [header, ["Ann Ng"], *rows]),))
    found = plan_book(book, KnownRoster(), ImportOptions(), secrets.token_bytes)
    assert sum(found.counts.values()) == len(found.lines)
    again = plan_book(book, KnownRoster().after(found.changes), ImportOptions(), secrets.token_bytes)
    assert again.counts[Count.NEW] == again.counts[Count.CHANGED] == 0
    assert again.changes == ()
