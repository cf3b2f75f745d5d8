"""What a verdict says: the large word, the reason, and one plain sentence for the volunteer to say.

Pure, and in the language chosen in `kiosk.i18n`. Times are shown in the zone that is passed in, which is the
conference's.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, tzinfo

from kiosk.domain.incidents import IncidentKind
from kiosk.domain.people import Attendee, Status
from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.seats import Lease
from kiosk.domain.verdicts import Admission, Doorway, Outcome, Reason, Verdict
from kiosk.i18n import _, ngettext

LONGEST_SPOKEN = 48
"""Letters of a name that is said in full."""

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def headline(verdict: Verdict) -> str:
    """The word that is read from three metres."""
    if verdict.doorway is not None and (word := _door_word(verdict, verdict.doorway)):
        return word
    if verdict.reason is Reason.HUB_SILENT:
        return _("ASK A SUPERVISOR")
    return {
        Outcome.ADMITTED: _("CHECKED IN"),
        Outcome.ATTENTION: _("ONE MORE THING"),
        Outcome.ALREADY: _("ALREADY IN"),
        Outcome.REDIRECT: _("ANOTHER PLACE"),
        Outcome.REFUSED: _("STOP"),
        Outcome.UNKNOWN: _("NOT A BADGE WE KNOW"),
        Outcome.NOT_SAVED: _("NOT SAVED – DO NOT LET GO"),
    }[verdict.outcome]


def _door_word(verdict: Verdict, doorway: Doorway) -> str:
    """The word of a session's door, where it is not the desk's."""
    if verdict.outcome is Outcome.ADMITTED:
        return _("OUT") if doorway.out else _("IN")
    if verdict.reason is Reason.ROOM_FULL and doorway.lacks_lease:
        return _("NO SEAT TO GIVE")
    if verdict.outcome is Outcome.ATTENTION:
        return _("OUT, NO ENTRY") if doorway.out else _("IN, DESK LATER")
    return {
        Reason.ALREADY_OUT: _("ALREADY OUT"),
        Reason.NOT_CHECKED_IN: _("DESK FIRST"),
        Reason.WRONG_ROOM: _("OTHER ROOM"),
        Reason.STILL_ELSEWHERE: _("IN ANOTHER ROOM"),
        Reason.ROOM_FULL: _("ROOM FULL"),
        Reason.NOT_ENROLLED: _("NOT ON THE LIST"),
        Reason.WRONG_TYPE: _("ANOTHER SESSION"),
        Reason.TOO_EARLY: _("TOO EARLY"),
        Reason.OVER: _("IT IS OVER"),
        Reason.NO_SESSION: _("NOTHING HERE NOW"),
    }.get(verdict.reason, "")


def reason_line(verdict: Verdict, zone: tzinfo | None = None) -> str:
    """Why, in a few words under the headline; empty where the headline says it all."""
    if verdict.reason is Reason.UPDATE_FIRST and verdict.newer_at:
        words = _("This station's program is older than the one at {station}: update it, or the desk looks")
        return words.format(station=isolated(verdict.newer_at))
    if verdict.doorway is not None and (line := _door_line(verdict, verdict.doorway, zone)):
        return line
    if verdict.doorway is not None and verdict.reason in _SAID_BY_THE_WORD:
        return ""
    if verdict.outcome is Outcome.UNKNOWN and verdict.looks_like:
        return _("It looks like {what}").format(what=verdict.looks_like)
    if verdict.reason is Reason.OK or verdict.outcome in (Outcome.ALREADY, Outcome.NOT_SAVED):
        return ""
    return reason_words(verdict.reason)


_SAID_BY_THE_WORD = frozenset({Reason.ROOM_FULL, Reason.NOT_ENROLLED, Reason.NO_SESSION, Reason.ALREADY_OUT})
"""Reasons that are the headline of a door."""


def _door_line(verdict: Verdict, doorway: Doorway, zone: tzinfo | None) -> str:
    right, left = doorway.right, doorway.left
    match verdict.reason:
        case Reason.ROOM_FULL if doorway.lacks_lease and doorway.lease is not None:
            return _("At this door: {lease}").format(lease=lease_words(doorway.lease))
        case Reason.WRONG_ROOM if right is not None:
            parts = (right.room, doorway.directions.strip().rstrip("."))
            return " · ".join(isolated(part) for part in parts if part)
        case Reason.TOO_EARLY if doorway.opens is not None:
            return _("The door opens at {when}").format(when=clock_words(doorway.opens, zone))
        case Reason.MOVED | Reason.STILL_ELSEWHERE if left is not None and doorway.left_since is not None:
            return _("In {room} since {when}").format(
                room=isolated(left.room), when=clock_words(doorway.left_since, zone)
            )
        case Reason.OUT if verdict.first is not None:
            return _("Came in at {when}").format(when=since_words(verdict.first, zone))
    return ""


def reason_words(reason: Reason) -> str:
    """The reason alone, as it stands in a history line."""
    return {
        Reason.OK: _("Checked in"),
        Reason.OVERRIDE: _("Let in by staff"),
        Reason.PLACEHOLDER: _("Name missing"),
        Reason.UNPAID: _("Not paid yet"),
        Reason.TO_SIGN: _("Something to sign"),
        Reason.ACCESS_NEED: _("Access need"),
        Reason.ATTENTION: _("Call somebody over"),
        Reason.NOTE: _("Note for the desk"),
        Reason.ALREADY_IN: _("Already in"),
        Reason.PENDING: _("Waiting for approval"),
        Reason.WAITLISTED: _("On the waiting list"),
        Reason.CANCELLED: _("Registration cancelled"),
        Reason.BLOCKED: _("Badge blocked"),
        Reason.REPLACED: _("Badge replaced by a newer one"),
        Reason.WRONG_CONFERENCE: _("Badge of another conference"),
        Reason.UNKNOWN_CODE: _("Unknown code"),
        Reason.NOT_SAVED: _("Not saved"),
        Reason.ADDED: _("Added to the list"),
        Reason.MOVED: _("Came from another room"),
        Reason.NOT_CHECKED_IN: _("Not been at the desk yet"),
        Reason.WRONG_ROOM: _("Expected in another room"),
        Reason.STILL_ELSEWHERE: _("In another room"),
        Reason.ROOM_FULL: _("The room is full"),
        Reason.NOT_ENROLLED: _("Not on the list of this session"),
        Reason.WRONG_TYPE: _("Set aside for a group"),
        Reason.TOO_EARLY: _("Too early"),
        Reason.OVER: _("The session is over"),
        Reason.NO_SESSION: _("Nothing is held here now"),
        Reason.OUT: _("Out"),
        Reason.OUT_WITHOUT_IN: _("Nobody saw them come in"),
        Reason.ALREADY_OUT: _("Already out"),
        Reason.UPDATE_FIRST: _("This station's program is too old: update it, or the desk looks"),
        Reason.HUB_SILENT: _("The hub does not answer"),
    }[reason]


def incident_words(kind: IncidentKind) -> str:
    """What is the matter with two records that cannot both be right."""
    return {
        IncidentKind.TWICE: _("Let in at two stations that had not heard of each other"),
        IncidentKind.FORK: _("A station's records go two ways: it was copied while it ran, or they were altered"),
        IncidentKind.CLONE: _("A station's disk was copied, or came back from an older copy"),
        IncidentKind.UNREAD: _("Another station wrote something this program cannot read: update it"),
        IncidentKind.HUB: _(
            "The hub holds less than it confirmed, or altered records: was it restored from a backup? Is its disk bad?"
        ),
        IncidentKind.LOST: _("Records of a station are lost for ever; what it wrote after them counts without them"),
        IncidentKind.DISPUTE: _("Two stations gave one field different values at the same time"),
    }[kind]


def state_words(outcome: Outcome, reason: Reason) -> str:
    """What became of a scan, in two or three words, for lists."""
    short = {
        Reason.TO_SIGN: _("To sign"),
        Reason.ATTENTION: _("To greet"),
        Reason.NOTE: _("Note"),
        Reason.PENDING: _("Pending"),
        Reason.WAITLISTED: _("Waiting list"),
        Reason.CANCELLED: _("Cancelled"),
        Reason.REPLACED: _("Old badge"),
        Reason.WRONG_CONFERENCE: _("Other conference"),
        Reason.ADDED: _("In, added"),
        Reason.MOVED: _("In, moved"),
        Reason.NOT_CHECKED_IN: _("Desk"),
        Reason.WRONG_ROOM: _("Other room"),
        Reason.ROOM_FULL: _("Full"),
        Reason.NOT_ENROLLED: _("Not on the list"),
        Reason.WRONG_TYPE: _("Other session"),
        Reason.OVER: _("Over"),
        Reason.NO_SESSION: _("Nothing here"),
        Reason.OUT_WITHOUT_IN: _("Out, no entry"),
        Reason.UPDATE_FIRST: _("Program too old"),
        Reason.HUB_SILENT: _("No hub"),
    }.get(reason) or reason_words(reason)
    if outcome is Outcome.ATTENTION and reason is not Reason.OUT_WITHOUT_IN:
        return _("In – {reason}").format(reason=short.lower())
    return short


def what_to_say(verdict: Verdict, zone: tzinfo | None = None) -> str:
    """One sentence a volunteer can say or do now."""
    person = spoken_name(verdict.attendee) if verdict.attendee else _("this person")
    if verdict.doorway is not None and (said := _at_door(verdict, verdict.doorway, person, zone)):
        return said
    match verdict.reason:
        case Reason.ALREADY_IN if verdict.first is not None:
            return _("{name} checked in at {when}. Lost the badge? Print it again.").format(
                name=person, when=admission_words(verdict.first, zone, verdict.at).removesuffix(".")
            )
        case Reason.TO_SIGN if verdict.attendee is not None and verdict.attendee.to_sign:
            return _("Please sign this first: {document}.").format(document=isolated(verdict.attendee.to_sign))
        case Reason.REPLACED if verdict.replaced_by is not None:
            return _("There is a newer badge, {code}. Please ask for that one.").format(code=verdict.replaced_by)
    return _sentence(verdict.reason).format(name=person)


def _at_door(verdict: Verdict, doorway: Doorway, person: str, zone: tzinfo | None) -> str:
    """What a room monitor says, where the facts of the session make it a better sentence."""
    right, session = doorway.right, doorway.session
    match verdict.reason:
        case Reason.ALREADY_IN if verdict.first is not None:
            return _("{name} has been inside since {when}. Nothing more to do.").format(
                name=person, when=since_words(verdict.first, zone)
            )
        case Reason.WRONG_ROOM if right is not None:
            words = _("{name}, yours is {session} in {room}, {when}.").format(
                name=person, session=titled(right), room=isolated(right.room), when=_from_to(right, zone)
            )
            return f"{words} {_sentence_of(doorway.directions)}".strip()
        case Reason.NOT_CHECKED_IN if verdict.admitted:
            return _("Welcome, {name}! Please see the registration desk in the next break.").format(name=person)
        case Reason.TOO_EARLY if doorway.opens is not None:
            return _("You are early, {name}: we open at {when}.").format(
                name=person, when=clock_words(doorway.opens, zone)
            )
        case Reason.OVER if session is not None:
            return _("This session ended at {when}. The programme says what comes next.").format(
                when=clock_words(session.end, zone)
            )
        case Reason.HUB_SILENT:
            return _("{name}, please see the registration desk: I cannot ask the other doors now.").format(name=person)
        case Reason.ROOM_FULL if doorway.lacks_lease:
            words = _("This door has no seat to give, {name}. Another door may have one, or a supervisor decides.")
            return words.format(name=person)
        case Reason.ROOM_FULL if doorway.capacity is not None:
            return _("All {seats} seats are taken, {name}. Shall I put you on the waiting list?").format(
                seats=doorway.capacity, name=person
            )
    return ""


def seat_count_words(doorway: Doorway) -> str:
    """Which one this is to come in, and how many seats are left: `143 in the room · 37 seats left`."""
    inside = _("{count} in the room").format(count=f"{doorway.inside:,}")
    if doorway.free is None:
        return inside
    if doorway.lease is not None:
        return f"{inside} · {lease_words(doorway.lease)}"
    left = ngettext("{count} seat left", "{count} seats left", doorway.free).format(count=f"{doorway.free:,}")
    return f"{inside} · {left}"


def lease_words(lease: Lease) -> str:
    """What a door holds of the seats that are handed out: `12 of your 20 seats left`."""
    if not lease.granted:
        return _("no seats handed to this door yet")
    return _("{left} of your {granted} seats left").format(left=max(0, lease.left), granted=lease.granted)


def time_words(session: ProgrammeSession, zone: tzinfo | None) -> str:
    """From when to when, as the programme prints it: `1:30–2:45 PM`."""
    start, end = clock_words(session.start, zone), clock_words(session.end, zone)
    same_half = start.rsplit(" ", 1)[-1] == end.rsplit(" ", 1)[-1]
    return f"{start.rsplit(' ', 1)[0] if same_half else start}–{end}"


def titled(session: ProgrammeSession) -> str:
    """A session as it is said in a sentence."""
    title = session.title if len(session.title) <= LONGEST_SPOKEN else session.title[: LONGEST_SPOKEN - 1] + "…"
    return _("“{title}”").format(title=isolated(title))


def _from_to(session: ProgrammeSession, zone: tzinfo | None) -> str:
    return _("{start} to {end}").format(start=clock_words(session.start, zone), end=clock_words(session.end, zone))


def _sentence_of(directions: str) -> str:
    """Directions as somebody wrote them down, as a sentence of its own."""
    text = isolated(directions.strip().rstrip("."))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _sentence(reason: Reason) -> str:
    return {
        Reason.OK: _("Welcome, {name}!"),
        Reason.OVERRIDE: _("Welcome, {name}! A supervisor has let you in."),
        Reason.PLACEHOLDER: _("Which name goes on this badge?"),
        Reason.UNPAID: _("Welcome! There is still a payment open. Would you like to pay now?"),
        Reason.TO_SIGN: _("Welcome! There is one paper to sign."),
        Reason.ACCESS_NEED: _("Welcome, {name}! Let me tell the room lead what you need."),
        Reason.ATTENTION: _("Welcome, {name}! One moment, somebody is coming to greet you."),
        Reason.NOTE: _("Welcome, {name}! There is a note for you."),
        Reason.ALREADY_IN: _("{name} is checked in already. Lost the badge? Print it again."),
        Reason.PENDING: _("Your registration is still waiting for approval. The help desk will sort it out."),
        Reason.WAITLISTED: _("You are on the waiting list. The help desk can see whether there is a place."),
        Reason.CANCELLED: _("Your registration shows as cancelled. The help desk will look into it."),
        Reason.BLOCKED: _("This badge does not open the door any more. Please see the help desk."),
        Reason.REPLACED: _("There is a newer badge for you. Do you have it with you?"),
        Reason.WRONG_CONFERENCE: _("This badge is from another conference. Do you have the one for here?"),
        Reason.UNKNOWN_CODE: _("I will look you up by name."),
        Reason.NOT_SAVED: _("Please wait here. I am getting a supervisor."),
        Reason.ADDED: _("Welcome, {name}! You are on the list now."),
        Reason.MOVED: _("Welcome, {name}! You are here now, not in the other room."),
        Reason.NOT_CHECKED_IN: _("{name}, please see the registration desk, they have not met you yet."),
        Reason.WRONG_ROOM: _("{name}, you are expected in another room."),
        Reason.STILL_ELSEWHERE: _("{name}, please scan out of the other room first."),
        Reason.ROOM_FULL: _("All seats are taken, {name}. Shall I put you on the waiting list?"),
        Reason.NOT_ENROLLED: _("{name}, I do not find you on this list. The help desk can see where you are expected."),
        Reason.WRONG_TYPE: _("{name}, this hour is set aside for one group. The help desk has your session for you."),
        Reason.TOO_EARLY: _("You are early, {name}. Please come back in a while."),
        Reason.OVER: _("This session is over. The programme says what comes next."),
        Reason.NO_SESSION: _("Nothing is held in this room now. The programme says where to go."),
        Reason.OUT: _("Goodbye, {name}!"),
        Reason.OUT_WITHOUT_IN: _("Goodbye, {name}! I have noted that you were here."),
        Reason.ALREADY_OUT: _("{name} is out already."),
        Reason.UPDATE_FIRST: _("One moment, {name}. The help desk has news about you that I cannot see here."),
        Reason.HUB_SILENT: _("One moment, {name}: I cannot ask the other desks now. A supervisor decides."),
    }[reason]


def admission_words(first: Admission, zone: tzinfo | None = None, now: datetime | None = None) -> str:
    """`3:12 PM, Desk 1, by Deb`; with the weekday where `now` is on another day of the zone."""
    when = since_words(first, zone)
    local = first.at.astimezone(zone or UTC)
    if now is not None and now.astimezone(zone or UTC).date() != local.date():
        when = f"{weekday_words(first.at, zone)} {when}"
    parts = [when, first.station or first.place]
    if first.by:
        parts.append(_("by {who}").format(who=isolated(first.by)))
    return ", ".join(parts)


def since_words(admission: Admission, zone: tzinfo | None = None) -> str:
    """`3:42 PM`; `~3:42 PM` where nobody compared the clock it was written by with the hub's."""
    return vouched(clock_words(admission.at, zone), sure=admission.sure)


def vouched(when: str, *, sure: bool) -> str:
    """A time in words, marked where nobody vouches for the clock that said so."""
    return when if sure else "~" + when


def unsure_words() -> str:
    """What the mark means."""
    return _("~ About that time: the clock of that computer has not been compared with the hub's.")


def clock_words(at: datetime, zone: tzinfo | None = None, with_zone: bool = False) -> str:
    """`3:42 PM`, or `3:42 PM EDT`; without a zone it is UTC and says so."""
    local = at.astimezone(zone or UTC)
    half = _("AM") if local.hour < 12 else _("PM")
    text = f"{local.hour % 12 or 12}:{local.minute:02d} {half}"
    return f"{text} {local.tzname()}" if with_zone or zone is None else text


def weekday_words(at: datetime, zone: tzinfo | None = None) -> str:
    """The day of the week, in the conference's zone: `Thu`."""
    day = at.astimezone(zone or UTC).weekday()
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[day]


def seat_words(attendee: Attendee) -> str:
    """Agency type, sworn or not, registration type: `LOCAL · SWORN · Attendee`."""
    sworn = {True: _("SWORN"), False: _("NON-SWORN"), None: ""}[attendee.sworn]
    return " · ".join(part for part in (attendee.agency_type.upper(), sworn, attendee.registration_type) if part)


def spoken_name(attendee: Attendee) -> str:
    """The name inside a sentence: the first name alone where all of it would be a sentence of its own."""
    name = attendee.name if len(attendee.name) <= LONGEST_SPOKEN else attendee.first or attendee.name
    return isolated(name if len(name) <= LONGEST_SPOKEN else name[: LONGEST_SPOKEN - 1] + "…")


def isolated(text: str) -> str:
    """Text from outside, safe inside a sentence: its direction cannot turn the words around it."""
    if not any(
        character in _BIDI_CONTROLS or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text
    ):
        return text
    plain = "".join(character for character in text if character not in _BIDI_CONTROLS)
    return f"{_FIRST_STRONG_ISOLATE}{plain}{_POP_ISOLATE}"


def standing_words(attendee: Attendee, admission: Admission | None, zone: tzinfo | None = None) -> str:
    """Where somebody stands, for a search result: `In since 3:12 PM`, `Not here yet`, `Cancelled`."""
    if admission is not None:
        return _("In since {when}").format(when=since_words(admission, zone))
    return {
        Status.COMING: _("Not here yet"),
        Status.PENDING: _("Pending"),
        Status.CANCELLED: _("Cancelled"),
        Status.WAITLISTED: _("Waiting list"),
    }[attendee.status]
