"""The rules of the desk, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.domain.admission import REPEAT_WINDOW, Facts, Presented, decide, one_more_thing, welcome
from kiosk.domain.people import Attendee, AttendeeId, Status, Ticket, TicketCode, TicketState
from kiosk.domain.verdicts import Admission, Outcome, Reason, RecordId

NOON = datetime(2023, 5, 3, 16, 0, tzinfo=UTC)
ADA = Attendee(AttendeeId("A" * 26), "Ada", "Lovelace")
TICKET = Ticket(TicketCode("000001"), ADA.id)
RECORD = RecordId("L" * 26, 7)
IN = Admission(RECORD, NOON - timedelta(hours=1), "desk", "Desk 1", "Deb")


def facts(attendee: Attendee | None = ADA, ticket: Ticket | None = TICKET, **more: object) -> Facts:
    return Facts(place="desk", code=TicketCode("000001"), attendee=attendee, ticket=ticket, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "case, outcome, reason",
    [
        (facts(), Outcome.ADMITTED, Reason.OK),
        (facts(ticket=None), Outcome.ADMITTED, Reason.OK),
        (facts(None, None), Outcome.UNKNOWN, Reason.UNKNOWN_CODE),
        (facts(None, None, wrong_conference=True), Outcome.REFUSED, Reason.WRONG_CONFERENCE),
        (facts(ticket=replace(TICKET, state=TicketState.BLOCKED)), Outcome.REFUSED, Reason.BLOCKED),
        (facts(ticket=replace(TICKET, state=TicketState.REPLACED)), Outcome.REFUSED, Reason.REPLACED),
        (facts(replace(ADA, status=Status.CANCELLED)), Outcome.REFUSED, Reason.CANCELLED),
        (facts(replace(ADA, status=Status.PENDING)), Outcome.REFUSED, Reason.PENDING),
        (facts(replace(ADA, status=Status.WAITLISTED)), Outcome.REFUSED, Reason.WAITLISTED),
        (facts(replace(ADA, placeholder=True)), Outcome.ATTENTION, Reason.PLACEHOLDER),
        (facts(replace(ADA, unpaid=True)), Outcome.ATTENTION, Reason.UNPAID),
        (facts(replace(ADA, to_sign="waiver")), Outcome.ATTENTION, Reason.TO_SIGN),
        (facts(replace(ADA, access_need="ASL")), Outcome.ATTENTION, Reason.ACCESS_NEED),
        (facts(replace(ADA, attention=True)), Outcome.ATTENTION, Reason.ATTENTION),
        (facts(replace(ADA, note="bag")), Outcome.ATTENTION, Reason.NOTE),
        (facts(admitted=IN), Outcome.ALREADY, Reason.ALREADY_IN),
        # Somebody who is in and was cancelled afterwards is in; the office settles the rest.
        (facts(replace(ADA, status=Status.CANCELLED), admitted=IN), Outcome.ALREADY, Reason.ALREADY_IN),
        # A blocked badge is stopped even when its owner is in: it may be in other hands.
        (facts(ticket=replace(TICKET, state=TicketState.BLOCKED), admitted=IN), Outcome.REFUSED, Reason.BLOCKED),
    ],
)
def test_the_desk_answers(case: Facts, outcome: Outcome, reason: Reason) -> None:
    verdict = decide(case, NOON)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    assert verdict.admitted == (outcome in (Outcome.ADMITTED, Outcome.ATTENTION))


def test_every_further_thing_is_said_the_most_pressing_first() -> None:
    busy = replace(ADA, unpaid=True, access_need="ramp", note="bag")
    verdict = decide(facts(busy), NOON)
    assert (verdict.reason, *verdict.more) == (Reason.UNPAID, Reason.ACCESS_NEED, Reason.NOTE)
    assert one_more_thing(busy) == (Reason.UNPAID, Reason.ACCESS_NEED, Reason.NOTE)


def test_already_names_the_first_admission() -> None:
    assert decide(facts(admitted=IN), NOON).first == IN


def test_a_replaced_badge_names_the_badge_that_counts() -> None:
    ticket = replace(TICKET, state=TicketState.REPLACED, replaced_by=TicketCode("NEW"))
    assert decide(facts(ticket=ticket), NOON).replaced_by == "NEW"


@pytest.mark.parametrize("later, repeat", [(timedelta(0), True), (REPEAT_WINDOW, True), (timedelta(seconds=6), False)])
def test_the_same_code_within_five_seconds_is_the_same_answer(later: timedelta, repeat: bool) -> None:
    last = Presented(RECORD, NOON, Outcome.ADMITTED, Reason.OK)
    verdict = decide(facts(admitted=IN, last=last), NOON + later)
    assert verdict.repeat == repeat
    assert verdict.outcome is (Outcome.ADMITTED if repeat else Outcome.ALREADY)
    if repeat:
        assert (verdict.record, verdict.at) == (RECORD, NOON)


def test_a_clock_set_back_does_not_make_a_repeat_of_an_old_answer() -> None:
    last = Presented(RECORD, NOON, Outcome.ADMITTED, Reason.OK)
    assert not decide(facts(admitted=IN, last=last), NOON - timedelta(hours=1)).repeat


def test_a_repeated_attention_still_says_everything() -> None:
    last = Presented(RECORD, NOON, Outcome.ATTENTION, Reason.UNPAID)
    verdict = decide(facts(replace(ADA, unpaid=True, note="bag"), admitted=IN, last=last), NOON)
    assert (verdict.reason, *verdict.more) == (Reason.UNPAID, Reason.NOTE)


def test_what_an_unknown_code_looks_like_is_passed_on_and_only_then() -> None:
    assert decide(facts(None, None, looks_like="a web address"), NOON).looks_like == "a web address"
    assert decide(facts(looks_like="a web address"), NOON).looks_like == ""


def test_nobody_can_be_welcomed_without_being_somebody() -> None:
    with pytest.raises(ValueError, match="attendee"):
        welcome(facts(None, None), NOON)
