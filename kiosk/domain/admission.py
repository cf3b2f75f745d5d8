"""Whether somebody is let in: facts in, verdict out. The rules of the desk, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.domain.people import Attendee, Status, Ticket, TicketCode, TicketState
from kiosk.domain.verdicts import Admission, Outcome, Reason, RecordId, Verdict

DESK = "desk"
"""The place where people arrive. Every other place is a session, called by its id."""

REPEAT_WINDOW = timedelta(seconds=5)
"""A second read of one code at one place within this time is the scanner stuttering, not a person coming back."""


@dataclass(frozen=True, slots=True)
class Presented:
    """The last time this code was presented here, and how it was answered."""

    record: RecordId
    at: datetime
    outcome: Outcome
    reason: Reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What a station knows when a code is presented."""

    place: str
    code: TicketCode | None = None
    attendee: Attendee | None = None
    ticket: Ticket | None = None
    """The ticket presented; None when the attendee was picked from the search."""
    admitted: Admission | None = None
    """That this attendee has been let in here and it was not undone."""
    hub_silent: bool = False
    """The desk lets nobody in without the hub's answer, and there was none."""
    last: Presented | None = None
    wrong_conference: bool = False
    looks_like: str = ""
    newer_at: str | None = None
    """The station that wrote something critical about this person, or this code, that this program cannot read."""


def decide(facts: Facts, now: datetime) -> Verdict:
    """Answer a scan. The questions come in the order staff expect to hear the answers."""
    last = facts.last
    if last is not None and abs(now - last.at) <= REPEAT_WINDOW and last.reason is not Reason.HUB_SILENT:
        return _repeated(facts, last)
    return _answer(facts, now)


def _answer(facts: Facts, now: datetime) -> Verdict:
    attendee, ticket = facts.attendee, facts.ticket
    if facts.newer_at is not None:
        return _verdict(facts, now, Outcome.REFUSED, Reason.UPDATE_FIRST)
    if attendee is None:
        if facts.wrong_conference:
            return _verdict(facts, now, Outcome.REFUSED, Reason.WRONG_CONFERENCE)
        return _verdict(facts, now, Outcome.UNKNOWN, Reason.UNKNOWN_CODE)
    if ticket is not None and ticket.state in NOT_LIVE:
        return _verdict(facts, now, Outcome.REFUSED, NOT_LIVE[ticket.state])
    if facts.admitted is not None:
        return _verdict(facts, now, Outcome.ALREADY, Reason.ALREADY_IN)
    if attendee.status is not Status.COMING:
        return _verdict(facts, now, Outcome.REFUSED, NOT_COMING[attendee.status])
    if facts.hub_silent:
        return _verdict(facts, now, Outcome.REDIRECT, Reason.HUB_SILENT)
    return welcome(facts, now)


def welcome(facts: Facts, now: datetime) -> Verdict:
    """Let in, with whatever else the desk should know. An override answers with this too."""
    if facts.attendee is None:
        raise ValueError("only an attendee can be let in")
    things = one_more_thing(facts.attendee)
    if things:
        return _verdict(facts, now, Outcome.ATTENTION, things[0], things[1:])
    return _verdict(facts, now, Outcome.ADMITTED, Reason.OK)


def one_more_thing(attendee: Attendee) -> tuple[Reason, ...]:
    """What keeps this attendee a moment longer, the most pressing first."""
    asked = (
        (attendee.placeholder, Reason.PLACEHOLDER),
        (attendee.unpaid, Reason.UNPAID),
        (attendee.to_sign, Reason.TO_SIGN),
        (attendee.access_need, Reason.ACCESS_NEED),
        (attendee.attention, Reason.ATTENTION),
        (attendee.note, Reason.NOTE),
    )
    return tuple(reason for present, reason in asked if present)


NOT_LIVE = {TicketState.BLOCKED: Reason.BLOCKED, TicketState.REPLACED: Reason.REPLACED}
"""Why a code does not open a door any more."""

NOT_COMING = {
    Status.PENDING: Reason.PENDING,
    Status.WAITLISTED: Reason.WAITLISTED,
    Status.CANCELLED: Reason.CANCELLED,
}
"""Why somebody on the roster has no place here."""


def _repeated(facts: Facts, last: Presented) -> Verdict:
    """The same answer as a moment ago. What it says about the person is read afresh: a note may have come since."""
    things = one_more_thing(facts.attendee) if facts.attendee and last.outcome is Outcome.ATTENTION else ()
    more = tuple(thing for thing in things if thing is not last.reason)
    return _verdict(facts, last.at, last.outcome, last.reason, more, record=last.record, repeat=True)


def _verdict(
    facts: Facts,
    at: datetime,
    outcome: Outcome,
    reason: Reason,
    more: tuple[Reason, ...] = (),
    *,
    record: RecordId | None = None,
    repeat: bool = False,
) -> Verdict:
    return Verdict(
        outcome=outcome,
        reason=reason,
        at=at,
        place=facts.place,
        attendee=facts.attendee,
        code=facts.code,
        more=more,
        first=facts.admitted if outcome is not Outcome.UNKNOWN else None,
        replaced_by=facts.ticket.replaced_by if facts.ticket else None,
        looks_like=facts.looks_like if outcome is Outcome.UNKNOWN else "",
        record=record,
        repeat=repeat,
        newer_at=facts.newer_at or "",
    )
