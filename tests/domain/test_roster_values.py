"""What single cells mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.people import Status
from kiosk.domain.roster_choices import ChoiceCounter, asked_for
from kiosk.domain.roster_names import all_caps, lower_case, mixed_case, name_key, split_full_name
from kiosk.domain.roster_values import (
    clean,
    is_date,
    is_placeholder,
    is_plain,
    is_scientific,
    looks_like_formula,
    read_agency_type,
    read_email,
    read_flag,
    read_registration_type,
    read_status,
    read_sworn,
    repaired,
)


@pytest.mark.parametrize(
    "text, status, coming",
    [
        ("", Status.COMING, True),
        ("Attending", Status.COMING, True),
        ("paid", Status.COMING, True),
        ("Accepted", Status.COMING, True),
        ("approved", Status.COMING, True),
        ("Checked In", Status.COMING, True),
        ("Yes", Status.COMING, True),
        ("pending", Status.PENDING, True),
        ("pending_approval", Status.PENDING, True),
        ("Unpaid", Status.PENDING, True),
        ("No Response", Status.PENDING, False),
        ("invited", Status.PENDING, False),
        ("canceled", Status.CANCELLED, False),
        ("Cancelled", Status.CANCELLED, False),
        ("Refunded", Status.CANCELLED, False),
        ("Not Attending", Status.CANCELLED, False),
        ("Deleted", Status.CANCELLED, False),
        ("expired", Status.CANCELLED, False),
        ("declined", Status.CANCELLED, False),
        ("Withdrawn", Status.CANCELLED, False),
        ("void", Status.CANCELLED, False),
        ("Waitlisted", Status.WAITLISTED, False),
        ("waitlist", Status.WAITLISTED, False),
    ],
)
def test_status_words(text: str, status: Status, coming: bool) -> None:
    assert read_status(text) == (status, coming)


def test_a_status_nobody_knows_is_not_guessed() -> None:
    assert read_status("Frobnicated") is None


@pytest.mark.parametrize(
    "text, address, tidied, bad, proposal",
    [
        ("ann@agency.example", "ann@agency.example", False, False, ""),
        ("ANN@Agency.Example  ", "ann@agency.example", True, False, ""),
        ("mailto:ann@agency.example", "ann@agency.example", False, True, ""),
        ("ann@agency.example;b@home.example", "ann@agency.example", False, True, ""),
        ("Ann Ng <ann@agency.example>", "ann@agency.example", False, True, ""),
        ("ann at agency.example", "", False, True, "ann@agency.example"),
        ("none", "", False, True, ""),
        ("@", "", False, True, ""),
    ],
)
def test_addresses(text: str, address: str, tidied: bool, bad: bool, proposal: str) -> None:
    assert read_email(text) == (address, tidied, bad, proposal)


@pytest.mark.parametrize(
    "text, sworn",
    [
        ("Sworn", True),
        ("Non-sworn", False),
        ("non sworn", False),
        ("Civilian", False),
        ("TRUE", True),
        ("No", False),
        ("?", None),
    ],
)
def test_sworn(text: str, sworn: bool | None) -> None:
    assert read_sworn(text) is sworn


def test_words_for_kinds() -> None:
    words = ["City", "State Police", "University or College", "Choir", "Unknown"]
    assert [read_agency_type(word) for word in words] == ["Local", "State", "Campus", "Choir", ""]
    assert [read_registration_type(word) for word in ("General Admission", "Speaker (comp)", "Press", "Gold")] == [
        "Attendee", "Speaker", "Press", "Gold",
    ]  # fmt: skip
    assert [read_flag(word) for word in ("cash", "Y", "NO", "??")] == [True, True, False, None]


def test_only_codes_a_spreadsheet_ruined_are_scientific() -> None:
    ruined = ["6.10040E+23", "6.1E+23", "6,10040E+23", "1E+15"]
    fine = ["610000000011880000000001", "3E5", "12E7", "E+23", "000642", "3Q7ZX3Y9DG3"]
    assert [code for code in ruined + fine if is_scientific(code)] == ruined


def test_formulas_and_what_only_looks_like_them() -> None:
    formulas = [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "-2+3+cmd|' /C notepad'!A0",
        '=HYPERLINK("x","y")',
    ]
    fine = ["+1-404-555-0134", "-", "@ann", "=", "- none -", "+49 404 555"]
    assert [text for text in formulas + fine if looks_like_formula(text)] == formulas


def test_names_that_are_none() -> None:
    nobody = ["TBD", "TBD TBD", "tba", "n/a", "N/A", "to be announced", "Guest of Ann Ng", "-", "XXX"]
    somebody = ["Null Null", "Test True", "Ng Ng", "X Æ A-12 Musterfrau", "Guest Marie", "A B", "X"]
    assert [name for name in nobody + somebody if is_placeholder(name)] == nobody
    dates = ["05/03/2023", "May 3, 2023", "2023-05-03", "3-May", "May 3"]
    people = ["April May", "June March", "May", "X Æ A-12", "Mae 3"]
    assert [name for name in dates + people if is_date(name)] == dates


def test_a_long_name_is_refused_as_fast_as_a_short_one() -> None:
    assert not is_placeholder("x" * 30_000 + "!")
    assert not is_placeholder("guest of " * 3_000 + "\n")


@pytest.mark.parametrize(
    "raw, text, spaces, invisible, lines",
    [
        ("José", "José", False, False, False),
        ("Jose\u0301", "José", False, False, False),
        ("\u00a0Ann  ", "Ann", True, False, False),
        ("Ann\t", "Ann", True, False, False),
        ("Ann  Lee", "Ann Lee", True, False, False),
        ("Anne\u200bMarie", "AnneMarie", False, True, False),
        ("\u202eAnn\u202c", "Ann", False, True, False),
        ("Zero\u200dWidth", "ZeroWidth", False, True, False),
        ("می\u200cخواهم", "می\u200cخواهم", False, False, False),
        ("one,\r\ntwo", "one, two", False, False, True),
        ("a\x1b[2Jb", "a[2Jb", False, True, False),
    ],
)
def test_cells_are_tidied(raw: str, text: str, spaces: bool, invisible: bool, lines: bool) -> None:
    assert clean(raw) == (text, spaces, invisible, lines)


@given(st.text())
def test_tidying_twice_changes_nothing(text: str) -> None:
    once = clean(text).text
    assert clean(once).text == once
    assert "\n" not in once
    assert once == once.strip()


@given(st.text(alphabet="aB3 .=@?+#-\u00e9\t", max_size=12))
def test_plain_cells_have_nothing_to_tidy(text: str) -> None:
    if is_plain(text):
        assert clean(text).text == text
        assert not looks_like_formula(text)


def test_double_encoded_letters_are_put_right_in_the_proposal_only() -> None:
    assert repaired("PeÃ±a") == "Peña"
    assert repaired("Peña") == "Peña"
    assert repaired("São Paulo") == "São Paulo"


@pytest.mark.parametrize(
    "text, rank, first, last",
    [
        ("Ann Ng", "", "Ann", "Ng"),
        ("Ng, Ann", "", "Ann", "Ng"),
        ("Trooper Heather Flores", "Trooper", "Heather", "Flores"),
        ("Lt. Col. Ann Ng", "Lt. Col.", "Ann", "Ng"),
        ("Rosa, Officer Maria", "Officer", "Maria", "Rosa"),
        ("Maria de la Rosa", "", "Maria", "de la Rosa"),
        ("Nathan J. Green", "", "Nathan J.", "Green"),
        ("Jon Smyth Jr.", "", "Jon", "Smyth"),
        ("Smyth, Jon, Jr.", "", "Jon", "Smyth"),
        ("Chief Anderson", "", "Chief", "Anderson"),
        ("Po Chan", "", "Po", "Chan"),
        ("Suharto", "", "Suharto", ""),
        ("محمد الأحمدي", "", "محمد", "الأحمدي"),
        ('Robert "Bo" Hall', "", "Robert", "Hall"),
    ],
)
def test_full_names(text: str, rank: str, first: str, last: str) -> None:
    name = split_full_name(text)
    assert (name.rank, name.first, name.last) == (rank, first, last)


@given(st.text(max_size=60))
def test_no_name_is_lost_in_splitting(text: str) -> None:
    name = split_full_name(clean(text).text)
    letters = sorted(c for c in clean(text).text if c.isalnum())
    parts = name.rank + name.first + name.last + name.suffix + name.nickname
    assert sorted(c for c in parts if c.isalnum()) == letters


def test_who_is_the_same_by_name() -> None:
    assert name_key("JOSÉ", "Nuñez") == name_key("jose", "nunez")
    assert name_key("Chief Eric", "Anderson") == name_key("Eric", "Anderson")
    assert name_key("D’Andre", "St. Clair") == name_key("d'andre", "St Clair")
    assert name_key("Jon", "Smyth Jr.") == name_key("Jon", "Smyth")
    assert name_key("John", "Smith") != name_key("Jon", "Smith")
    assert name_key("Chief", "Major") != ""


def test_letter_case() -> None:
    assert all_caps("LAUREN", "WHEELER")
    assert lower_case("alexander", "powell")
    assert not any(
        test(*name)
        for test in (all_caps, lower_case)
        for name in [("성진 T.", "김"), ("A", "B"), ("de", "Rosa"), ("李", "小龍")]
    )
    assert mixed_case("MCKENNA O'NEIL-SMITH") == "McKenna O'Neil-Smith"


def test_choices_with_commas_in_their_titles_are_counted() -> None:
    titles = ["Before, During, and After", "Events", "Retention, and Wellness", "Strategy"]
    answers = [", ".join(titles[n] for n in (k % 4, (k + 1 + k // 4 % 3) % 4)) for k in range(24)]
    counter = ChoiceCounter(answers)
    assert {counter.count(answer) for answer in answers} == {2}
    assert counter.count(", ".join(titles)) == 4
    assert [asked_for(text) for text in ("Which eight courses?", "Pick 3", "Courses")] == [8, 3, 0]
