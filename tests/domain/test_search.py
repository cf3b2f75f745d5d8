"""How typed texts are compared with names, and which answer is the better one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.nicknames import close_names, other_names
from kiosk.domain.people import Attendee, AttendeeId
from kiosk.domain.search import (
    LETTER_LIMIT,
    SLIP,
    WORD_LIMIT,
    NameForm,
    Person,
    code_form,
    fit,
    fold,
    name_forms,
    one_slip_cost,
    rank,
    read_forms,
    respaced,
    rotations,
    slips,
    words,
    write_forms,
)


@pytest.mark.parametrize(
    "text, folded",
    [
        ("José", "jose"),
        ("Łukasz Żółkowski", "lukasz zolkowski"),
        ("Þóra Jónsdóttir", "thora jonsdottir"),
        ("Nguyễn Thị Đức", "nguyen thi duc"),
        ("Straße Ærø Œuvre", "strasse aero oeuvre"),
        ("IŞIK ışık İpek", "isik isik ipek"),
        ("O'Sullivan", "osullivan"),
        ("O’Sullivan", "osullivan"),
        ("O´Sullivan", "osullivan"),
        ("ʻOkina", "okina"),
        ("García-Huidobro", "garcia huidobro"),
        ("  Smith,  John ", "smith john"),
        ("Zoe\u0308", "zoe"),
        ("J\u200bo\u200dh\ufeffn", "john"),
        ("\u202eJohn\u202c \u2067Smith\u2069", "john smith"),
        ("ＪＯＨＮ", "john"),
        ("陈小明", "陈 小 明"),
        ("مُحَمَّد", "محمد"),
        ("أحمد على", "احمد علي"),
        ("שָׁלוֹם כהן", "שלומ כהנ"),
        ("ꮳꮃꭹ", "ᏣᎳᎩ"),
        ("Ἀλέξανδρος", "αλεξανδροσ"),
        ("😀 (TBD)", "tbd"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_korean_is_found_by_the_syllable_that_is_being_composed() -> None:
    assert fold("김민수").startswith(fold("기"))


@given(st.text())
def test_folding_is_done_at_once_and_leaves_only_letters_and_digits(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert all(word.isalnum() for word in fold(text).split())
    assert fold(text) == fold(text).strip()


def test_endless_texts_are_cut() -> None:
    found = words("x" * 10_000 + " ") + words("ab " * 10_000)
    assert len(found) == 1 + WORD_LIMIT
    assert max(map(len, found)) == LETTER_LIMIT


@pytest.mark.parametrize(
    "text, form",
    [("000-123", "000123"), ("Axq3x", "axq3x"), ("J.Smith@City.example", "jsmithcityexample"), ("!", "")],
)
def test_code_form(text: str, form: str) -> None:
    assert code_form(text) == form


def forms_of(**fields: str) -> list[str]:
    found = name_forms(
        Attendee(AttendeeId("A"), **fields), lambda text: text.replace("陈", "Chen").replace("明", "Ming")
    )
    return [" ".join(form.words) for form in found]


def test_a_name_is_known_as_people_write_it() -> None:
    assert forms_of(first="Mary-Kate", last="O’Sullivan") == [
        "mary kate osullivan",
        "marykate osullivan",
        "mary kate o sullivan",
    ]
    assert forms_of(first="Juan", last="de la Cruz") == ["juan de la cruz", "juan delacruz"]
    assert forms_of(first="Robert", last="Smith") == ["robert smith"]


def test_a_name_is_known_by_badge_name_and_transliteration() -> None:
    assert forms_of(first="Robert", last="Smith", badge_name="Bob Smith") == ["robert smith", "bob smith"]
    assert forms_of(first="明", last="陈") == ["明 陈", "ming chen"]
    assert "ming" in forms_of(first="Mike", last="Chen", badge_name="明")


def test_a_badge_name_is_parted_where_the_surname_begins() -> None:
    forms = name_forms(Attendee(AttendeeId("A"), first="Robert", last="de Vries", badge_name="Bob de Vries"), str)
    assert NameForm(("bob",), ("de", "vries")) in forms


def test_forms_are_read_as_they_were_written() -> None:
    forms = [NameForm(("mary", "kate"), ("osullivan",)), NameForm(("madonna",), ()), NameForm((), ("li",))]
    assert read_forms(write_forms(forms)) == forms


def test_rotations_begin_at_each_word_and_know_the_surname() -> None:
    assert rotations(NameForm(("sofia",), ("pena", "garcia"))) == [
        (False, "sofia pena garcia"),
        (True, "pena garcia sofia"),
        (True, "garcia sofia pena"),
    ]


@pytest.mark.parametrize("typed", ["gonalez", "gonzzalez", "gpnzalez", "ognzalez"])
def test_words_one_slip_apart_share_a_key(typed: str) -> None:
    assert slips(typed) & slips("gonzalez")


def test_words_far_apart_share_none() -> None:
    assert not slips("gonzalez") & slips("martinez")


@pytest.mark.parametrize("typed", ["smiht", "smith", "smth", "smitth", "amith"])
def test_what_fingers_do_costs_one_slip(typed: str) -> None:
    assert one_slip_cost(typed, "smith") <= SLIP


@pytest.mark.parametrize("typed", ["smipth", "pmith"])
def test_what_they_seldom_do_costs_more(typed: str) -> None:
    assert one_slip_cost(typed, "smith") > SLIP


@pytest.mark.parametrize("typed", ["johnsmith", "jo hn smith", "johns mith"])
def test_a_space_in_the_wrong_place(typed: str) -> None:
    assert "john smith" in respaced(typed.split())


@pytest.mark.parametrize(
    "typed, name",
    [
        ("bob", "robert"),
        ("bill", "william"),
        ("peggy", "margaret"),
        ("liz", "elizabeth"),
        ("pepe", "jose"),
        ("bob", "bobby"),
    ],
)
def test_nicknames_go_both_ways(typed: str, name: str) -> None:
    assert name in other_names(typed)
    assert typed in other_names(name)


def test_one_nickname_for_another_is_the_lesser_guess() -> None:
    assert "robert" in close_names("bob")
    assert "bobby" not in close_names("bob")


def test_nobody_is_called_by_another_name() -> None:
    assert "robert" not in other_names("william")
    assert other_names("zzyzx") == frozenset()


def test_every_nickname_is_folded() -> None:
    for name in other_names("robert") | other_names("elizabeth"):
        assert re.fullmatch("[a-z]+", name)


def person(n: int, name: str, others: str = "") -> Person:
    given, family = name.split()
    return Person(n, f"{family} {given}", f"{given}|{family}", others)


def in_order(typed: str, *people: Person) -> list[int]:
    ranked = []
    for someone in people:
        found = fit(typed.split(), someone, lambda typed, word: SLIP if slips(typed) & slips(word) else None)
        if found is not None:
            ranked.append(rank(typed.split(), someone, found[0]))
    return [key[-1] for key in sorted(ranked)]


def test_a_name_beats_its_beginning_beats_a_nickname_beats_the_agency_beats_a_slip() -> None:
    people = (
        person(5, "jane boob"),
        person(4, "ann hill", "bob jones university"),
        person(3, "robert adams"),
        person(2, "jane bobson"),
        person(1, "bob young"),
    )
    assert in_order("bob", *people) == [1, 2, 3, 4, 5]


def test_of_equals_the_surname_goes_first_then_the_alphabet() -> None:
    assert in_order("james", person(3, "james young"), person(2, "james adams"), person(1, "zoe james")) == [1, 2, 3]


def test_every_typed_word_has_to_fit() -> None:
    assert in_order("smith xavier", person(1, "john smith")) == []


def test_an_agency_alone_is_not_a_name() -> None:
    assert fit(("police",), person(1, "john smith", "police")) == (5, False)
