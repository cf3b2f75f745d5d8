from __future__ import annotations

import pytest

from kiosk.domain.badge import BADGE_FIELDS, MAX_TEXT, Badge, badge_of, plain
from kiosk.domain.people import Attendee, AttendeeId, TicketCode
from kiosk.errors import BadInput

CODE = TicketCode("0123456789ABCDEF")


def badge(**fields: object) -> Badge:
    return badge_of(Attendee(AttendeeId("A" * 26), **fields), CODE, "PLECET 2023")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "first, last, badge_name, big, rest",
    [
        ("Mary-Kate", "O’Sullivan", "", "Mary-Kate", "O’Sullivan"),
        ("Mary-Kate", "O’Sullivan", "M.K.", "M.K.", "O’Sullivan"),
        ("Min-jun", "Kim", "MJ Kim", "MJ", "Kim"),
        ("Min-jun", "KIM", "MJ Kim", "MJ", "Kim"),
        ("Cherilyn", "Cher", "Cher", "Cher", ""),
        ("Suharto", "", "", "Suharto", ""),
        ("", "Teller", "", "Teller", ""),
        ("April", "May", "April May", "April", "May"),
        ("John", "Smith", "Locksmith", "Locksmith", "Smith"),
        ("Bobby'; DROP TABLE", "x", "Bobby", "Bobby", "x"),
    ],
)
def test_a_name_stands_once_on_its_badge(first: str, last: str, badge_name: str, big: str, rest: str) -> None:
    made = badge(first=first, last=last, badge_name=badge_name)
    assert (made.big, made.rest) == (big, rest)


def test_a_seat_without_a_person_has_no_badge() -> None:
    with pytest.raises(BadInput, match="Ask for the name"):
        badge(first="TBD", last="TBD", placeholder=True)


@pytest.mark.parametrize("first", ["", "  ", "\u202e\u200b"])
def test_nobody_gets_an_empty_badge(first: str) -> None:
    with pytest.raises(BadInput, match="no name to print"):
        badge(first=first)


@pytest.mark.parametrize("sworn, word", [(True, "SWORN"), (False, "NON-SWORN"), (None, "")])
def test_sworn_is_a_word_and_not_asked_is_none(sworn: bool | None, word: str) -> None:
    assert badge(first="Ada", sworn=sworn).sworn == word


@pytest.mark.parametrize(
    "text, line",
    [
        ("  Ada\t\n Lovelace ", "Ada Lovelace"),
        ("evil\u202eemaN", "evilemaN"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("Jo\u200bhn\ufeff", "John"),
        ("Anna\u200dLena", "AnnaLena"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\x00\x1b[31mred\ud800", "[31mred"),
        ("<img src=x>", "<img src=x>"),
    ],
)
def test_a_text_becomes_one_printable_line(text: str, line: str) -> None:
    assert plain(text) == line


def test_no_text_is_too_long_to_draw() -> None:
    assert len(plain("x" * 1_000_000)) == MAX_TEXT
    assert plain("a" * MAX_TEXT) == "a" * MAX_TEXT


def test_a_layout_may_use_every_text_but_no_id() -> None:
    made = badge(first="Ada")
    assert all(isinstance(made.text(field), str) for field in BADGE_FIELDS)
    assert "attendee_id" not in BADGE_FIELDS
