"""From a verdict to the words on the card. Pure: the screen only shows what comes out of here."""

from __future__ import annotations

from datetime import tzinfo

from kiosk.domain.masking import mask_email, mask_phone
from kiosk.domain.people import Attendee
from kiosk.domain.verdicts import Doorway, Outcome, Reason, Verdict
from kiosk.domain.words import (
    admission_words,
    headline,
    isolated,
    reason_line,
    seat_count_words,
    seat_words,
    spoken_name,
    what_to_say,
)
from kiosk.i18n import _
from kiosk.ui.widgets.verdict_card import Answer

ASKED = (
    Reason.PLACEHOLDER,
    Reason.UNPAID,
    Reason.TO_SIGN,
    Reason.ACCESS_NEED,
    Reason.ATTENTION,
    Reason.NOTE,
)
"""Reasons that put a question under the answer."""


def answer_for(verdict: Verdict, zone: tzinfo) -> Answer:
    """Every line of the card."""
    attendee = verdict.attendee
    reason = reason_line(verdict, zone)
    if verdict.first is not None and verdict.outcome is Outcome.ALREADY:
        reason = admission_words(verdict.first, zone, verdict.at)
    answer = Answer(verdict.outcome, headline(verdict), reason=reason, say=what_to_say(verdict, zone))
    if attendee is not None and verdict.doorway is not None:
        return _at_door(answer, attendee, verdict.doorway)
    if attendee is not None:
        return _with_person(answer, attendee)
    if verdict.code:
        return answer._replace(agency=_("Read: {code}").format(code=isolated(verdict.code)))
    return answer


def settled(answer: Answer, attendee: Attendee) -> Answer:
    """The same person after the one more thing is done."""
    done = answer._replace(outcome=Outcome.ADMITTED, word=_("CHECKED IN"), reason="")
    return _with_person(done, attendee)._replace(say=_("Welcome, {name}!").format(name=spoken_name(attendee)))


def _with_person(answer: Answer, attendee: Attendee) -> Answer:
    number = _("Badge {number}").format(number=attendee.number) if attendee.number else ""
    return answer._replace(
        name=attendee.full_name or attendee.badge_name,
        agency=attendee.agency,
        seat=seat_words(attendee),
        badge=number,
        remarks=remarks(attendee),
    )


def _at_door(answer: Answer, attendee: Attendee, doorway: Doorway) -> Answer:
    """Who it is and how full the room is now; notes for the desk stay at the desk."""
    need = ((_("Access need"), isolated(attendee.access_need)),) if attendee.access_need else ()
    return _with_person(answer, attendee)._replace(badge=seat_count_words(doorway), remarks=need)


def remarks(attendee: Attendee) -> tuple[tuple[str, str], ...]:
    """What the desk has to see without a click."""
    lines = (
        (_("Access need"), attendee.access_need),
        (_("Note"), attendee.note),
        (_("To sign"), attendee.to_sign),
    )
    return tuple((kind, isolated(text)) for kind, text in lines if text)


def contact(attendee: Attendee, in_full: bool) -> str:
    """How to reach somebody; masked unless asked for in full."""
    email = attendee.email if in_full else mask_email(attendee.email)
    phone = attendee.phone if in_full else mask_phone(attendee.phone)
    return "   ".join(part for part in (email, phone) if part)


def questions(verdict: Verdict) -> list[Reason]:
    """The things to settle with this person, in order."""
    if verdict.outcome is not Outcome.ATTENTION:
        return []
    return [reason for reason in (verdict.reason, *verdict.more) if reason in ASKED]
