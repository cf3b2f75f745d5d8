"""Whether somebody is let into a session: facts in, verdict out. And whose door a room's door is at a given moment.

The clock chooses the session, not the room monitor. A session that is running keeps its door until its scheduled end;
of two that run in one room at once it is the one that began later (the other is a block the room was set aside for).
While nothing runs, the door is the next session's from its opening time on. So a door never opens into a room that is
still in use, and at the end it is the next session's without a tap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kiosk.domain.admission import NOT_COMING, NOT_LIVE, Presented
from kiosk.domain.people import Attendee, Status, Ticket, TicketCode
from kiosk.domain.programme import Audience, DoorPolicy, ProgrammeSession
from kiosk.domain.verdicts import Admission, Doorway, Outcome, Reason, RecordId, Verdict

REPEAT_WINDOW = timedelta(seconds=10)
"""A badge held up twice within this time is one person in a doorway, not two answers."""

GOING_OUT = frozenset({Reason.OUT, Reason.OUT_WITHOUT_IN, Reason.ALREADY_OUT})
"""Answers to somebody who leaves. All others are given to somebody who wants in, or to a code nobody knows."""

ONE_TAP = frozenset({Reason.WRONG_ROOM, Reason.NOT_ENROLLED, Reason.NOT_CHECKED_IN, Reason.STILL_ELSEWHERE})
"""What a room monitor may decide alone, unless the session is for enrolled people only."""


# Whose door it is


@dataclass(frozen=True, slots=True)
class Timetable:
    """What one room's door is for at one moment."""

    current: ProgrammeSession | None = None
    """Whose door it is."""
    coming: ProgrammeSession | None = None
    """Whose it will be next."""
    opens: datetime | None = None
    """When it will be."""
    former: ProgrammeSession | None = None
    """What was held here last."""


def timetable(sessions: Iterable[ProgrammeSession], now: datetime) -> Timetable:
    """Whose door the door of a room is, given what is held in it. Cancelled sessions are not held."""
    held = sorted((each for each in sessions if not each.cancelled), key=_by_start)
    running = [each for each in held if each.start <= now < each.end]
    waiting = [each for each in held if now < each.start]
    opened = [each for each in waiting if each.opens <= now and opens_here(each, held) <= now]
    current = running[-1] if running else opened[0] if opened else None
    coming = next((each for each in waiting if each is not current), None)
    former = max((each for each in held if each.end <= now), key=lambda each: each.end, default=None)
    return Timetable(current, coming, opens_here(coming, held) if coming else None, former)


def opens_here(session: ProgrammeSession, held: Iterable[ProgrammeSession]) -> datetime:
    """When a session's door opens in a room where all these are held: not before the ones ahead of it are over, and at
    its start in any case.
    """
    ahead = [each.end for each in held if each.start < session.start and each.end > session.opens]
    return min(session.start, max([session.opens, *ahead]))


def at_this_time(enrolled: Iterable[ProgrammeSession], now: datetime) -> ProgrammeSession | None:
    """Which of the sessions somebody is enrolled in is theirs now: one that runs before one whose door has opened."""
    theirs = [each for each in enrolled if not each.cancelled and each.opens <= now < each.end]
    return min(theirs, key=lambda each: (each.start > now, _by_start(each)), default=None)


def _by_start(session: ProgrammeSession) -> tuple[datetime, timedelta, str]:
    """Of two that begin together, the shorter one comes last: it is the one the longer block was cut for."""
    return (session.start, session.start - session.end, session.id)


# Who may come in


@dataclass(frozen=True, slots=True)
class House:
    """What the organizer has decided for all doors."""

    unchecked_may_enter: bool = True
    """Who has not been at the desk yet: let in and said so, or sent there."""
    moving_ends_stay: bool = True
    """Who is still in another room: let in, which ends the stay there; or asked to scan out first."""


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """What a door knows when a code is presented."""

    doorway: Doorway
    """With `inside` as it was before this answer."""
    place: str
    code: TicketCode | None = None
    attendee: Attendee | None = None
    ticket: Ticket | None = None
    checked_in: bool = True
    enrolled: bool = False
    stay: Admission | None = None
    """That this person is inside, and since when."""
    been: bool = False
    """Has been inside, now or earlier."""
    last: Presented | None = None
    hub_silent: bool = False
    """This room's doors let nobody in without the hub's answer, and there was none."""
    wrong_conference: bool = False
    looks_like: str = ""
    newer_at: str | None = None
    """The station that wrote something critical about this person, or this code, that this program cannot read."""


def decide_door(facts: DoorFacts, now: datetime, house: House) -> Verdict:
    """Answer a scan at a session's door. The questions come in the order a room monitor expects to hear the answers."""
    last = facts.last
    if last is not None and abs(now - last.at) <= REPEAT_WINDOW and _stands(last.reason, facts):
        return _verdict(facts, last.at, last.outcome, last.reason, record=last.record, repeat=True)
    if facts.attendee is None:
        if facts.newer_at is not None:
            return _verdict(facts, now, Outcome.REFUSED, Reason.UPDATE_FIRST)
        if facts.wrong_conference:
            return _verdict(facts, now, Outcome.REFUSED, Reason.WRONG_CONFERENCE)
        return _verdict(facts, now, Outcome.UNKNOWN, Reason.UNKNOWN_CODE)
    if facts.doorway.out:
        return _going_out(facts, now)
    refusal = _refusal(facts, facts.attendee, now, house)
    return enter(facts, now) if refusal is None else _verdict(facts, now, *refusal)


def enter(facts: DoorFacts, now: datetime, *, override: bool = False) -> Verdict:
    """Let in, with whatever else follows from it. An override answers with this too."""
    reason = Reason.OVERRIDE if override else _how_in(facts)
    outcome = Outcome.ADMITTED if facts.checked_in else Outcome.ATTENTION
    more = () if facts.checked_in or reason is Reason.NOT_CHECKED_IN else (Reason.NOT_CHECKED_IN,)
    return _verdict(facts, now, outcome, reason, more, step=0 if facts.stay else 1)


def tap(facts: DoorFacts, now: datetime, house: House) -> Verdict:
    """The room monitor says: let in anyway. Granted where it is theirs to say and there is a seat."""
    asked = decide_door(replace(facts, last=None), now, house)
    if not one_tap(asked):
        return asked
    if facts.doorway.free == 0:
        return _verdict(facts, now, Outcome.REFUSED, Reason.ROOM_FULL)
    if facts.hub_silent:
        return _verdict(facts, now, Outcome.REDIRECT, Reason.HUB_SILENT)
    return enter(facts, now, override=True)


def _how_in(facts: DoorFacts) -> Reason:
    if not facts.checked_in:
        return Reason.NOT_CHECKED_IN
    if not facts.enrolled:
        return Reason.ADDED
    return Reason.OK if facts.doorway.left is None else Reason.MOVED


def one_tap(verdict: Verdict) -> bool:
    """Whether the room monitor may let this person in anyway, without a supervisor's name and reason."""
    session = verdict.doorway.session if verdict.doorway else None
    return session is not None and session.door is not DoorPolicy.REGISTERED and verdict.reason in ONE_TAP


def _refusal(facts: DoorFacts, attendee: Attendee, now: datetime, house: House) -> tuple[Outcome, Reason] | None:
    """Why somebody is not let in, or not here; None where nothing stands in the way."""
    doorway, ticket = facts.doorway, facts.ticket
    if facts.newer_at is not None:
        return Outcome.REFUSED, Reason.UPDATE_FIRST
    if ticket is not None and ticket.state in NOT_LIVE:
        return Outcome.REFUSED, NOT_LIVE[ticket.state]
    if attendee.status is not Status.COMING:
        return Outcome.REFUSED, NOT_COMING[attendee.status]
    if facts.stay is not None:
        return Outcome.ALREADY, Reason.ALREADY_IN
    session = doorway.session
    if session is None or session.cancelled:
        return _elsewhere(doorway) or (Outcome.REFUSED, Reason.NO_SESSION)
    if not doorway.anyway and (closed := _closed(doorway, session, now)) is not None:
        return _elsewhere(doorway) or closed
    if not admits(session.audience, attendee):
        return Outcome.REDIRECT, Reason.WRONG_TYPE
    if not facts.checked_in and not house.unchecked_may_enter:
        return Outcome.REDIRECT, Reason.NOT_CHECKED_IN
    return _no_place(facts, session, house)


def _closed(doorway: Doorway, session: ProgrammeSession, now: datetime) -> tuple[Outcome, Reason] | None:
    if now >= session.end:
        return Outcome.REFUSED, Reason.OVER
    return (Outcome.REDIRECT, Reason.TOO_EARLY) if now < (doorway.opens or session.opens) else None


def _no_place(facts: DoorFacts, session: ProgrammeSession, house: House) -> tuple[Outcome, Reason] | None:
    """Why there is no place for this person in a session that is open to them."""
    doorway = facts.doorway
    if not facts.enrolled and (theirs := _elsewhere(doorway)) is not None:
        return theirs
    if doorway.free == 0:
        return Outcome.REFUSED, Reason.ROOM_FULL
    if not facts.enrolled and session.door is DoorPolicy.REGISTERED:
        return Outcome.REFUSED, Reason.NOT_ENROLLED
    if not facts.enrolled and session.door is DoorPolicy.ASK:
        return Outcome.REDIRECT, Reason.NOT_ENROLLED
    if doorway.left is not None and not house.moving_ends_stay:
        return Outcome.REDIRECT, Reason.STILL_ELSEWHERE
    return (Outcome.REDIRECT, Reason.HUB_SILENT) if facts.hub_silent else None


def _elsewhere(doorway: Doorway) -> tuple[Outcome, Reason] | None:
    """That this person is expected in another room; or here, only later."""
    if doorway.right is None:
        return None
    here = doorway.right.room == doorway.room
    return Outcome.REDIRECT, Reason.TOO_EARLY if here else Reason.WRONG_ROOM


def admits(audience: Audience, attendee: Attendee) -> bool:
    """Whether a session is meant for this person. What the roster does not know of somebody does not open a door."""
    kinds = (
        (audience.registration_types, attendee.registration_type),
        (audience.agency_types, attendee.agency_type),
    )
    named = all(not wanted or _folded(kind) in map(_folded, wanted) for wanted, kind in kinds)
    return named and (audience.sworn is None or attendee.sworn is audience.sworn)


def _folded(kind: str) -> str:
    return " ".join(kind.split()).casefold()


def _going_out(facts: DoorFacts, now: datetime) -> Verdict:
    """Nobody is kept from leaving, whatever their badge says."""
    if facts.stay is not None:
        return _verdict(facts, now, Outcome.ADMITTED, Reason.OUT, step=-1)
    if facts.been:
        return _verdict(facts, now, Outcome.ALREADY, Reason.ALREADY_OUT)
    return _verdict(facts, now, Outcome.ATTENTION, Reason.OUT_WITHOUT_IN)


def _stands(reason: Reason, facts: DoorFacts) -> bool:
    """Whether an answer was given to somebody going the way this one goes, and does not wait for the hub to answer."""
    if reason is Reason.HUB_SILENT:
        return False
    return facts.attendee is None or (reason in GOING_OUT) == facts.doorway.out


def _verdict(
    facts: DoorFacts,
    at: datetime,
    outcome: Outcome,
    reason: Reason,
    more: Sequence[Reason] = (),
    *,
    step: int = 0,
    record: RecordId | None = None,
    repeat: bool = False,
) -> Verdict:
    doorway = facts.doorway
    if step:
        doorway = replace(doorway, inside=max(0, doorway.inside + step))
    if step > 0 and doorway.lease is not None:
        doorway = replace(doorway, lease=replace(doorway.lease, taken=doorway.lease.taken + step))
    return Verdict(
        outcome=outcome,
        reason=reason,
        at=at,
        place=facts.place,
        attendee=facts.attendee,
        code=facts.code,
        more=tuple(more),
        first=facts.stay,
        replaced_by=facts.ticket.replaced_by if facts.ticket else None,
        looks_like=facts.looks_like if outcome is Outcome.UNKNOWN else "",
        record=record,
        repeat=repeat,
        doorway=doorway,
        newer_at=facts.newer_at or "",
    )
