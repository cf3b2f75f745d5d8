"""Who is let into a session, and whose door a door is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk.domain.admission import Presented
from kiosk.domain.door import DoorFacts, House, at_this_time, decide_door, one_tap, tap, timetable
from kiosk.domain.people import Attendee, AttendeeId, Status, Ticket, TicketCode, TicketState
from kiosk.domain.programme import Audience, DoorPolicy, ProgrammeSession
from kiosk.domain.verdicts import Admission, Doorway, Outcome, Reason, RecordId
from kiosk.domain.words import headline, reason_line, reason_words, state_words, what_to_say
from tests.builders import START, a_session

ATLANTA = ZoneInfo("America/New_York")
ADA = Attendee(AttendeeId("a"), "Ada", "Lovelace", agency_type="Tribal", registration_type="Attendee", sworn=True)
HERE = a_session("HP1A", "Salon A")
THERE = a_session("BC2B", "Salon B", title="Building Connections")
RECORD = RecordId("L", 1)
STAY = Admission(RECORD, START, HERE.id, "Door A", "Rosa")
NOW = START + timedelta(minutes=1)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def facts(session: ProgrammeSession | None = HERE, doorway: dict[str, Any] | None = None, **more: Any) -> DoorFacts:
    door = Doorway("Salon A", session, capacity=180, opens=session.opens if session else None, **(doorway or {}))
    return DoorFacts(door, HERE.id, **{"attendee": ADA, "enrolled": True, **more})


def ticket(state: TicketState) -> Ticket:
    return Ticket(TicketCode("1"), ADA.id, state=state)


def policy(door: DoorPolicy) -> ProgrammeSession:
    return replace(HERE, door=door)


GOING = {"out": True}
CASES: list[tuple[str, DoorFacts, Outcome, Reason]] = [
    ("enrolled", facts(), Outcome.ADMITTED, Reason.OK),
    ("already in", facts(stay=STAY, been=True), Outcome.ALREADY, Reason.ALREADY_IN),
    ("back again", facts(been=True), Outcome.ADMITTED, Reason.OK),
    ("unknown", facts(attendee=None), Outcome.UNKNOWN, Reason.UNKNOWN_CODE),
    (
        "other conference",
        facts(attendee=None, wrong_conference=True),
        Outcome.REFUSED,
        Reason.WRONG_CONFERENCE,
    ),
    ("blocked", facts(ticket=ticket(TicketState.BLOCKED)), Outcome.REFUSED, Reason.BLOCKED),
    ("replaced", facts(ticket=ticket(TicketState.REPLACED)), Outcome.REFUSED, Reason.REPLACED),
    ("cancelled", facts(attendee=replace(ADA, status=Status.CANCELLED)), Outcome.REFUSED, Reason.CANCELLED),
    ("expected elsewhere", facts(enrolled=False, doorway={"right": THERE}), Outcome.REDIRECT, Reason.WRONG_ROOM),
    (
        "expected elsewhere, though anyone may come",
        facts(policy(DoorPolicy.ANYONE), {"right": THERE}, enrolled=False),
        Outcome.REDIRECT,
        Reason.WRONG_ROOM,
    ),
    (
        "expected here, in the next session",
        facts(enrolled=False, doorway={"right": replace(THERE, room="Salon A")}),
        Outcome.REDIRECT,
        Reason.TOO_EARLY,
    ),
    ("enrolled twice at this time", facts(doorway={"right": THERE}), Outcome.ADMITTED, Reason.OK),
    ("full", facts(doorway={"inside": 180}), Outcome.REFUSED, Reason.ROOM_FULL),
    ("one seat left", facts(doorway={"inside": 179}), Outcome.ADMITTED, Reason.OK),
    ("full, but already in", facts(doorway={"inside": 180}, stay=STAY), Outcome.ALREADY, Reason.ALREADY_IN),
    ("not on the list, ask", facts(enrolled=False), Outcome.REDIRECT, Reason.NOT_ENROLLED),
    (
        "not on the list, registered only",
        facts(policy(DoorPolicy.REGISTERED), enrolled=False),
        Outcome.REFUSED,
        Reason.NOT_ENROLLED,
    ),
    (
        "not on the list, anyone",
        facts(policy(DoorPolicy.ANYONE), enrolled=False),
        Outcome.ADMITTED,
        Reason.ADDED,
    ),
    ("not on the list, and full", facts(enrolled=False, doorway={"inside": 180}), Outcome.REFUSED, Reason.ROOM_FULL),
    ("not at the desk yet", facts(checked_in=False), Outcome.ATTENTION, Reason.NOT_CHECKED_IN),
    ("nothing here", facts(None), Outcome.REFUSED, Reason.NO_SESSION),
    ("nothing here, but elsewhere", facts(None, {"right": THERE}), Outcome.REDIRECT, Reason.WRONG_ROOM),
    ("not held after all", facts(replace(HERE, cancelled=True)), Outcome.REFUSED, Reason.NO_SESSION),
    (
        "sworn only",
        facts(replace(HERE, audience=Audience(sworn=True)), attendee=replace(ADA, sworn=False)),
        Outcome.REDIRECT,
        Reason.WRONG_TYPE,
    ),
    (
        "sworn only, and nobody knows",
        facts(replace(HERE, audience=Audience(sworn=True)), attendee=replace(ADA, sworn=None)),
        Outcome.REDIRECT,
        Reason.WRONG_TYPE,
    ),
    (
        "this kind of agency only",
        facts(replace(HERE, audience=Audience(agency_types=("State", "Campus")))),
        Outcome.REDIRECT,
        Reason.WRONG_TYPE,
    ),
    (
        "of this kind, written differently",
        facts(replace(HERE, audience=Audience(agency_types=("TRIBAL ",), sworn=True))),
        Outcome.ADMITTED,
        Reason.OK,
    ),
    (
        "still in another room",
        facts(doorway={"left": THERE, "left_since": START}),
        Outcome.ADMITTED,
        Reason.MOVED,
    ),
    ("out", facts(doorway=GOING, stay=STAY, been=True), Outcome.ADMITTED, Reason.OUT),
    ("out once more", facts(doorway=GOING, been=True), Outcome.ALREADY, Reason.ALREADY_OUT),
    ("out without in", facts(doorway=GOING), Outcome.ATTENTION, Reason.OUT_WITHOUT_IN),
    (
        "out with a blocked badge: nobody is kept from leaving",
        facts(doorway=GOING, ticket=ticket(TicketState.BLOCKED), stay=STAY),
        Outcome.ADMITTED,
        Reason.OUT,
    ),
    ("out, but who", facts(doorway=GOING, attendee=None), Outcome.UNKNOWN, Reason.UNKNOWN_CODE),
]


@pytest.mark.parametrize("_name, given, outcome, reason", CASES, ids=[case[0] for case in CASES])
def test_the_answers_of_a_door(_name: str, given: DoorFacts, outcome: Outcome, reason: Reason) -> None:
    verdict = decide_door(given, NOW, House())
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


@pytest.mark.parametrize("_name, given, outcome, reason", CASES, ids=[case[0] for case in CASES])
def test_every_answer_has_its_words(_name: str, given: DoorFacts, outcome: Outcome, reason: Reason) -> None:
    verdict = decide_door(given, NOW, House())
    assert headline(verdict).isupper()
    assert what_to_say(verdict, ATLANTA)[-1] in ".!?"
    for words in (what_to_say(verdict, ATLANTA), reason_line(verdict, ATLANTA), state_words(outcome, reason)):
        assert "{" not in words


@pytest.mark.parametrize(
    "when, reason",
    [
        (-30.1, Reason.TOO_EARLY),
        (-30, Reason.OK),
        (0, Reason.OK),
        (74.9, Reason.OK),
        (75, Reason.OVER),
    ],
)
def test_a_door_is_open_from_its_opening_time_to_its_end(when: float, reason: Reason) -> None:
    assert decide_door(facts(), START + minutes(when), House()).reason is reason


def test_a_supervisor_opens_it_whatever_the_time() -> None:
    opened = facts(doorway={"anyway": True})
    assert decide_door(opened, START + timedelta(days=2), House()).reason is Reason.OK


def test_the_organizer_may_send_who_was_not_at_the_desk_and_keep_who_is_elsewhere() -> None:
    strict = House(unchecked_may_enter=False, moving_ends_stay=False)
    assert decide_door(facts(checked_in=False), NOW, strict).outcome is Outcome.REDIRECT
    moving = facts(doorway={"left": THERE, "left_since": START})
    assert decide_door(moving, NOW, strict).reason is Reason.STILL_ELSEWHERE


@pytest.mark.parametrize(
    "last, after_s, out, repeat",
    [
        ((Outcome.ADMITTED, Reason.OK), 10, False, True),
        ((Outcome.ADMITTED, Reason.OK), 11, False, False),
        ((Outcome.ADMITTED, Reason.OK), 5, True, False),
        ((Outcome.ADMITTED, Reason.OUT), 5, True, True),
        ((Outcome.ADMITTED, Reason.OUT), 5, False, False),
    ],
)
def test_a_badge_held_up_twice_is_one_person_going_one_way(
    last: tuple[Outcome, Reason], after_s: int, out: bool, repeat: bool
) -> None:
    given = facts(last=Presented(RECORD, NOW, *last), stay=STAY, been=True, doorway={"out": out})
    verdict = decide_door(given, NOW + timedelta(seconds=after_s), House())
    assert verdict.repeat is repeat
    assert (verdict.record == RECORD) is repeat


@pytest.mark.parametrize(
    "given, granted",
    [
        (facts(enrolled=False), Reason.OVERRIDE),
        (facts(enrolled=False, doorway={"right": THERE}), Reason.OVERRIDE),
        (facts(enrolled=False, doorway={"right": THERE, "inside": 180}), Reason.ROOM_FULL),
        (facts(policy(DoorPolicy.REGISTERED), enrolled=False), Reason.NOT_ENROLLED),
        (facts(ticket=ticket(TicketState.BLOCKED)), Reason.BLOCKED),
        (facts(doorway={"inside": 180}), Reason.ROOM_FULL),
        (facts(replace(HERE, audience=Audience(sworn=False))), Reason.WRONG_TYPE),
    ],
)
def test_what_a_room_monitor_may_decide_with_one_tap(given: DoorFacts, granted: Reason) -> None:
    assert tap(given, NOW, House()).reason is granted


def test_one_tap_is_not_for_sessions_of_enrolled_people() -> None:
    assert one_tap(decide_door(facts(enrolled=False), NOW, House()))
    assert not one_tap(decide_door(facts(policy(DoorPolicy.REGISTERED), enrolled=False), NOW, House()))


def test_the_count_is_with_this_person() -> None:
    entered = decide_door(facts(doorway={"inside": 141}), NOW, House()).doorway
    left = decide_door(facts(doorway={"inside": 142, "out": True}, stay=STAY), NOW, House()).doorway
    again = decide_door(facts(doorway={"inside": 142}, stay=STAY), NOW, House()).doorway
    assert entered is not None
    assert left is not None
    assert again is not None
    assert (entered.inside, entered.free, left.inside, again.inside) == (142, 38, 141, 142)


def test_wrong_room_names_the_right_one_the_time_and_the_way() -> None:
    verdict = decide_door(
        facts(enrolled=False, doorway={"right": THERE, "directions": "same floor, left."}), NOW, House()
    )
    assert reason_line(verdict, ATLANTA) == "Salon B · same floor, left"
    assert what_to_say(verdict, ATLANTA) == (
        "Ada Lovelace, yours is “Building Connections” in Salon B, 8:30 AM to 9:45 AM. Same floor, left."
    )


@pytest.mark.parametrize("audience", [Audience(sworn=True), Audience("Tribal Agencies", agency_types=("Tribal",))])
def test_who_may_not_come_in_is_told_nothing_about_themselves(audience: Audience) -> None:
    verdict = decide_door(
        facts(replace(HERE, audience=audience), attendee=replace(ADA, sworn=False, agency_type="Campus")), NOW, House()
    )
    said = " ".join((headline(verdict), reason_line(verdict), what_to_say(verdict), reason_words(verdict.reason)))
    for word in ("sworn", "Tribal", "Campus", "agency", "type", "not allowed", "STOP"):
        assert word.casefold() not in said.casefold()


# Whose door it is

A = a_session("A", start=START)
B = a_session("B", start=START + minutes(75))
"""Begins the moment A ends, so its opening time lies in A."""


@pytest.mark.parametrize(
    "when, current, coming",
    [
        (-31, None, A),
        (-30, A, B),
        (0, A, B),
        (60, A, B),
        (75, B, None),
        (149, B, None),
        (150, None, None),
    ],
)
def test_a_running_session_keeps_its_door_until_its_end(
    when: float, current: ProgrammeSession | None, coming: ProgrammeSession | None
) -> None:
    table = timetable([B, A], START + minutes(when))
    assert (table.current, table.coming) == (current, coming)


def test_the_next_door_opens_when_the_room_is_free() -> None:
    table = timetable([A, B], START + minutes(50))
    assert table.opens == A.end
    later = replace(B, start=B.start + minutes(20), end=B.end)
    assert timetable([A, later], START).opens == A.end, "twenty minutes before, for the room is in use until then"
    assert timetable([later], START).opens == later.opens


def test_of_two_that_run_the_later_one_has_the_door_and_the_block_around_it_gets_it_back() -> None:
    block = a_session("REG", start=START - minutes(90), minutes=600)
    assert timetable([block, A], START + minutes(1)).current == A
    assert timetable([block, A], START - minutes(10)).current == block, "not before A begins"
    assert timetable([block, A], A.end).current == block
    same = replace(block, start=A.start)
    assert timetable([same, A], START + minutes(1)).current == A, "the shorter of two that begin together"


def test_cancelled_sessions_have_no_door() -> None:
    assert timetable([replace(A, cancelled=True)], START).current is None


def test_between_two_sessions_the_former_is_known() -> None:
    table = timetable([A, replace(B, start=B.start + minutes(120), end=B.end + minutes(120))], A.end + minutes(5))
    assert (table.current, table.former) == (None, A)


def test_somebody_expected_twice_is_expected_where_it_runs() -> None:
    assert at_this_time([B, A], START + minutes(60)) == A
    assert at_this_time([B, A], START + minutes(80)) == B
    assert at_this_time([replace(A, cancelled=True)], START) is None
    assert at_this_time([A], A.end) is None


# Times that are hard


def test_a_session_over_midnight_has_its_door_on_both_days() -> None:
    night = a_session("N", start=datetime(2023, 5, 5, 3, 30, tzinfo=UTC), minutes=60)  # 11:30 PM in Atlanta
    assert timetable([night], datetime(2023, 5, 5, 4, 15, tzinfo=UTC)).current == night
    early = decide_door(facts(night), night.opens - minutes(1), House())
    assert reason_line(early, ATLANTA) == "The door opens at 11:00 PM"


def test_the_night_clocks_go_back_an_hour_is_not_lived_twice() -> None:
    """1:30 AM comes twice on 5 November 2023; the session is an hour long and begins with the second one."""
    second = datetime(2023, 11, 5, 1, 30, tzinfo=ATLANTA, fold=1).astimezone(UTC)
    night = a_session("DST", start=second, minutes=60)
    first = datetime(2023, 11, 5, 1, 30, tzinfo=ATLANTA, fold=0).astimezone(UTC)
    assert night.minutes == 60
    assert timetable([night], first).current is None
    assert timetable([night], second).current == night


def test_the_night_clocks_go_forward_the_door_opens_thirty_minutes_before() -> None:
    start = datetime(2023, 3, 12, 3, 10, tzinfo=ATLANTA).astimezone(UTC)  # ten minutes after 1:59 AM
    night = a_session("DST", start=start)
    early = decide_door(facts(night), night.opens - minutes(1), House())
    assert reason_line(early, ATLANTA) == "The door opens at 1:40 AM"
    assert decide_door(facts(night), night.opens, House()).admitted


def test_on_the_29th_of_february_a_door_opens_like_on_any_day() -> None:
    leap = a_session("LEAP", start=datetime(2024, 3, 1, 4, 45, tzinfo=UTC), minutes=60)  # 11:45 PM on the 29th
    assert timetable([leap], datetime(2024, 2, 29, 23, 50, tzinfo=ATLANTA).astimezone(UTC)).current == leap
    assert decide_door(facts(leap), datetime(2024, 3, 1, 0, 30, tzinfo=ATLANTA), House()).admitted
