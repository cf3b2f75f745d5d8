"""Every answer has a word, a reason and a sentence, and times are the conference's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk.domain.people import Attendee, AttendeeId, Status
from kiosk.domain.verdicts import Admission, Outcome, Reason, RecordId, Verdict
from kiosk.domain.words import (
    admission_words,
    clock_words,
    headline,
    isolated,
    reason_line,
    reason_words,
    seat_words,
    standing_words,
    state_words,
    what_to_say,
)

ATLANTA = ZoneInfo("America/New_York")
NOW = datetime(2023, 5, 3, 19, 42, tzinfo=UTC)
ADA = Attendee(AttendeeId("a"), first="Ada", last="L.", agency_type="Local", sworn=True, registration_type="Attendee")
FIRST = Admission(RecordId("L", 1), datetime(2023, 5, 3, 19, 12, tzinfo=UTC), "desk", "Desk 1", "Deb")


def verdict(outcome: Outcome, reason: Reason, **more: object) -> Verdict:
    return Verdict(outcome, reason, NOW, "desk", ADA, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "outcome, word",
    [
        (Outcome.ADMITTED, "CHECKED IN"),
        (Outcome.ATTENTION, "ONE MORE THING"),
        (Outcome.ALREADY, "ALREADY IN"),
        (Outcome.REFUSED, "STOP"),
        (Outcome.UNKNOWN, "NOT A BADGE WE KNOW"),
        (Outcome.NOT_SAVED, "NOT SAVED – DO NOT LET GO"),
    ],
)
def test_each_outcome_has_its_word(outcome: Outcome, word: str) -> None:
    assert headline(verdict(outcome, Reason.OK)) == word


def test_no_outcome_shares_its_word_with_another() -> None:
    assert len({headline(verdict(outcome, Reason.OK)) for outcome in Outcome}) == len(Outcome)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words_and_a_sentence_without_loose_ends(reason: Reason) -> None:
    for attendee in (ADA, None):
        said = what_to_say(replace(verdict(Outcome.REFUSED, reason), attendee=attendee))
        assert said.endswith((".", "!", "?"))
        assert "{" not in said
    assert reason_words(reason)
    for outcome in Outcome:
        assert 0 < len(state_words(outcome, reason)) <= 22, "it stands beside a time in a narrow column"


def test_no_two_reasons_share_their_words() -> None:
    assert len({reason_words(reason) for reason in Reason}) == len(Reason)


def test_already_in_says_when_where_and_by_whom() -> None:
    said = what_to_say(verdict(Outcome.ALREADY, Reason.ALREADY_IN, first=FIRST), ATLANTA)
    assert "3:12 PM, Desk 1, by Deb. Lost" in said
    maria = replace(FIRST, by="Maria R.")
    assert "by Maria R. Lost" in what_to_say(verdict(Outcome.ALREADY, Reason.ALREADY_IN, first=maria), ATLANTA)
    assert admission_words(FIRST, ATLANTA, datetime(2023, 5, 4, 19, 0, tzinfo=UTC)) == "Wed 3:12 PM, Desk 1, by Deb"


def test_an_unknown_code_says_what_it_looks_like() -> None:
    assert (
        reason_line(verdict(Outcome.UNKNOWN, Reason.UNKNOWN_CODE, looks_like="a web address"))
        == "It looks like a web address"
    )


@pytest.mark.parametrize(
    "at, words",
    [
        (datetime(2023, 5, 3, 4, 0, tzinfo=UTC), "12:00 AM"),
        (datetime(2023, 5, 3, 16, 5, tzinfo=UTC), "12:05 PM"),
        (datetime(2024, 2, 29, 18, 9, tzinfo=UTC), "1:09 PM"),
        (datetime(2023, 11, 5, 5, 30, tzinfo=UTC), "1:30 AM"),
        (datetime(2023, 11, 5, 6, 30, tzinfo=UTC), "1:30 AM"),
    ],
)
def test_times_are_those_of_the_conference(at: datetime, words: str) -> None:
    assert clock_words(at, ATLANTA) == words


def test_a_time_says_its_zone_where_it_matters() -> None:
    assert clock_words(NOW, ATLANTA, with_zone=True) == "3:42 PM EDT"
    assert clock_words(NOW) == "7:42 PM UTC"


def test_a_name_cannot_turn_the_words_around_it() -> None:
    assert isolated("Ada") == "Ada"
    assert isolated("\u202eada") == "\u2068ada\u2069"
    assert isolated("محمد") == "\u2068محمد\u2069"
    assert "{name}" in what_to_say(replace(verdict(Outcome.ADMITTED, Reason.OK), attendee=replace(ADA, first="{name}")))


def test_an_endless_name_does_not_make_an_endless_sentence() -> None:
    long = replace(ADA, last="x" * 5000)
    assert "Ada" in what_to_say(replace(verdict(Outcome.ADMITTED, Reason.OK), attendee=long))
    assert (
        len(what_to_say(replace(verdict(Outcome.ADMITTED, Reason.OK), attendee=replace(long, first="y" * 5000)))) < 200
    )


def test_seat_and_standing() -> None:
    assert seat_words(ADA) == "LOCAL · SWORN · Attendee"
    assert seat_words(replace(ADA, sworn=None, agency_type="")) == "Attendee"
    assert standing_words(ADA, None) == "Not here yet"
    assert standing_words(ADA, FIRST, ATLANTA) == "In since 3:12 PM"
    assert standing_words(replace(ADA, status=Status.CANCELLED), None) == "Cancelled"
