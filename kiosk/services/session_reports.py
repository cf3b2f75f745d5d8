"""Reports about sessions: who was there, who is there now, who was not, and what does not fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from kiosk.domain.admission import DESK
from kiosk.domain.attendance import How, Stay, standing_closings
from kiosk.domain.credit_words import hours_words, line_words
from kiosk.domain.papers import Table
from kiosk.domain.programme import CreditKind, ProgrammeSession
from kiosk.domain.words import vouched
from kiosk.i18n import _
from kiosk.services.attendance import PersonHours, SheetRow, missing_exits
from kiosk.services.incidents import Incidents, Side
from kiosk.services.report_source import Source
from kiosk.storage import attendance as stored
from kiosk.storage import programme, roster

LINGER = timedelta(minutes=30)
"""So long after its end people may still be in a room, as far as a roll call is concerned."""


def sessions(source: Source) -> Table:
    """Every session with its figures."""
    hours = source.attendance.everyone(source.tell)
    figures: dict[str, list[int]] = {}
    for person in hours:
        for line in person.result.lines:
            row = figures.setdefault(line.session.id, [0, 0, 0, 0, 0])
            came = any(stay.came is not None for stay in line.stays)
            open_ended = any(stay.came is not None and stay.left is None for stay in line.stays)
            for n, counts in enumerate((line.enrolled, came, line.enrolled and not came, open_ended, line.credit > 0)):
                row[n] += counts
    rows = []
    for session in programme.all_sessions(source.view):
        counted = figures.get(session.id, [0, 0, 0, 0, 0])
        shown = (session.code, session.title, session.room, *source.span(session.start, session.end))
        seats = session.capacity
        state = _("cancelled") if session.cancelled else ""
        rows.append((*shown, "" if seats is None else str(seats), *map(str, counted), state))
    headers = (
        _("Code"), _("Title"), _("Room"), _("Date"), _("From"), _("To"), _("Seats"), _("Enrolled"), _("Came"),
        _("No-shows"), _("No exit"), _("Earned credit"), _("State"),
    )  # fmt: skip
    return Table(_("Sessions"), headers, tuple(rows), numbers=frozenset(range(6, 12)))


def attendance(source: Source) -> Table:
    """One session: everyone enrolled or scanned, with times, minutes and credit."""
    sheet = source.attendance.session(source.session().id)
    rows = tuple(
        (
            row.attendee.number,
            row.attendee.last,
            row.attendee.first,
            row.attendee.agency,
            _("yes") if row.line.enrolled else _("no"),
            *ends_of(source, row),
            str(row.line.counted_min),
            hours_words(row.line.worth),
            line_words(row.line, source.station.conference.zone_info),
        )
        for row in sheet.rows
    )
    headers = (
        _("Number"), _("Last name"), _("First name"), _("Agency"), _("Enrolled"), _("In"), _("Out"), _("Minutes"),
        _("Hours"), _("Explanation"),
    )  # fmt: skip
    facts = (*session_facts(source, sheet.session), (_("Came"), str(sum(bool(row.line.stays) for row in sheet.rows))))
    return Table(_("Attendance"), headers, rows, facts, numbers=frozenset({7, 8}))


def course_roster(source: Source) -> Table:
    """To be signed: everyone who came to a session, else everyone expected; of all sessions, one after the other."""
    rows = []
    for session, people in rosters(source):
        named = f"{session.code} · {session.title}"
        for row in people:
            who = (row.attendee.full_name, row.attendee.agency)
            rows.append((named, *who, *ends_of(source, row), hours_words(row.line.worth)))
    headers = (_("Session"), _("Name"), _("Agency"), _("In"), _("Out"), _("Hours"))
    facts = session_facts(source, source.session()) if source.choice.session else ()
    signed = (_("Signature"),)
    return Table(_("Course roster"), headers, tuple(rows), facts, numbers=frozenset({5}), group=0, to_write=signed)


def rosters(source: Source) -> list[tuple[ProgrammeSession, list[SheetRow]]]:
    """Each session that was chosen, with those who came, else those who have a place; sessions of nobody left out."""
    if source.choice.session:
        sheet = source.attendance.session(source.session().id)
        return [(sheet.session, _came_or_expected(sheet.rows))]
    rows: dict[str, list[SheetRow]] = {}
    for person in source.attendance.everyone(source.tell):
        for line in person.result.lines:
            rows.setdefault(line.session.id, []).append(SheetRow(person.attendee, line))
    sessions = (session for session in programme.all_sessions(source.view) if session.id in rows)
    return [(session, _came_or_expected(rows[session.id])) for session in sessions]


def _came_or_expected(rows: Sequence[SheetRow]) -> list[SheetRow]:
    return [row for row in rows if row.line.stays or row.line.credit] or list(rows)


def session_facts(source: Source, session: ProgrammeSession) -> tuple[tuple[str, str], ...]:
    """What stands above a list about one session."""
    zone = session.start.astimezone(source.station.conference.zone_info).tzname() or ""
    when = f"{source.day(session.start)}, {source.clock(session.start)} – {source.clock(session.end)} {zone}"
    named = f"{session.code} · {session.title}"
    pairs = ((_("Session"), named), (_("Room"), session.room), (_("Time"), when),
             (_("Instructor"), ", ".join(session.speakers)))  # fmt: skip
    return tuple(pair for pair in pairs if pair[1])


def ends_of(source: Source, row: SheetRow) -> tuple[str, str]:
    """When somebody first came and last left, as far as is known; what is assumed says so."""
    came = [stay.came for stay in row.line.stays if stay.came is not None]
    left = [stay.left for stay in row.line.stays if stay.left is not None]
    first = min(came, key=lambda moment: moment.at, default=None)
    said_in = vouched(source.clock(first.at), sure=first.sure) if first else ""
    last = max(left, key=lambda moment: moment.at, default=None)
    said_out = vouched(source.clock(last.at), sure=last.sure) if last else ""
    return said_in, said_out + (" " + _("(assumed)") if last is not None and last.how is How.ASSUMED else "")


def no_shows(source: Source) -> Table:
    """Who had a place in a session that is over, and was not scanned there."""
    now = source.station.now()
    chosen = source.session().id if source.choice.session else None
    rows = []
    for person in source.attendance.everyone(source.tell):
        for line in person.result.lines:
            over = line.session.end <= now and not line.session.cancelled
            if line.enrolled and not line.stays and over and chosen in (None, line.session.id):
                attendee = person.attendee
                here = roster.admission_of(source.view, attendee.id, DESK) is not None
                rows.append(
                    (
                        line.session.code,
                        line.session.title,
                        source.minute(line.session.start),
                        attendee.number,
                        attendee.last,
                        attendee.first,
                        attendee.agency,
                        _("yes") if here else _("no"),
                    )
                )
    rows.sort(key=lambda row: (row[2], row[0], row[4].casefold(), row[5].casefold()))
    headers = (
        _("Code"), _("Title"), _("From"), _("Number"), _("Last name"), _("First name"), _("Agency"),
        _("At the conference"),
    )  # fmt: skip
    return Table(_("No-shows"), headers, tuple(rows))


def roll_call(source: Source) -> Table:
    """Who is in which room now: scanned in, not scanned out, and not seen at another door since."""
    now = source.station.now()
    rows = []
    for person in source.attendance.everyone(source.tell):
        stay = _last_open(person)
        line = next((each for each in person.result.lines if stay and each.session.id == stay.session), None)
        if stay is None or stay.came is None or line is None:
            continue
        session = line.session
        if session.opens <= now <= session.end + LINGER:
            attendee = person.attendee
            row = (
                attendee.full_name,
                attendee.agency,
                vouched(source.clock(stay.came.at), sure=stay.came.sure),
                session.code,
            )
            rows.append((session.room, *row))
    rows.sort(key=lambda row: row[0].casefold())
    headers = (_("Room"), _("Name"), _("Agency"), _("In since"), _("Session"))
    zone = now.astimezone(source.station.conference.zone_info).tzname() or ""
    facts = (
        (_("In rooms now"), str(len(rows))),
        (_("As of"), f"{source.day(now)}, {source.clock(now)} {zone}"),
        (_("As known at"), source.station.name),
    )
    return Table(_("Roll call"), headers, tuple(rows), facts, group=0, to_write=(_("Seen"),))


def _last_open(person: PersonHours) -> Stay | None:
    """Where somebody is: the last stay they began, where it has not ended, or only by assumption."""
    begun = [(stay.came.at, stay.session, stay) for stay in person.stays if stay.came is not None]
    if not begun:
        return None
    _at, _session, last = max(begun, key=lambda each: each[:2])
    return last if last.left is None or last.left.how is How.ASSUMED else None


# What does not fit together, and what was set right


def conflicts(source: Source) -> Table:
    """What does not fit together, open until somebody settles it; then what was set right, and by whom."""
    everyone = source.attendance.everyone(source.tell)
    chosen = source.session().id if source.choice.session else None
    found = [*_incidents(source), *_overlaps(source, everyone), *_missing(source, everyone)]
    found += [*_loose_ends(source, everyone), *_decisions(source, everyone)]
    rows = tuple(row[1:] for row in found if chosen in (None, *row[0]))
    headers = (_("Settled by"), _("What"), _("Name"), _("Agency"), _("Place"), _("Details"), _("Incident"))
    return Table(_("Conflicts and repairs"), headers, rows)


_Found = tuple[tuple[str, ...], str, str, str, str, str, str, str]
"""The sessions it is about, then a row."""


def _incidents(source: Source) -> Iterator[_Found]:
    """Records of several stations that cannot both be right."""
    for incident in Incidents(source.station.store, source.station).all():
        sides = "; ".join(_side(source, side) for side in (incident.one, incident.other))
        state = incident.settled_by or _("open")
        place = source.place(incident.place)
        yield (incident.place,), state, incident.what, incident.who, "", place, sides, incident.id


def _side(source: Source, side: Side) -> str:
    parts = (side.station, source.second(side.at) if side.at else "", side.by, side.says or side.record)
    return ", ".join(part for part in parts if part)


def _about(person: PersonHours) -> tuple[str, str]:
    return person.attendee.full_name, person.attendee.agency


def _overlaps(source: Source, everyone: list[PersonHours]) -> Iterator[_Found]:
    for person in everyone:
        for overlap in person.overlaps:
            one, other = (source.place(stay.session) for stay in (overlap.one, overlap.other))
            words = _("Also in {other} from {start} to {end}: these minutes count once.").format(
                other=other, start=source.clock(overlap.start), end=source.clock(overlap.end)
            )
            yield (
                (overlap.one.session, overlap.other.session),
                _("open"),
                _("In two rooms"),
                *_about(person),
                one,
                words,
                "",
            )


def _missing(source: Source, everyone: list[PersonHours]) -> Iterator[_Found]:
    people = {person.attendee.id: person for person in everyone}
    for missing in missing_exits(everyone, source.station.now()):
        assert missing.stay.came is not None
        words = _("Came {when}, no exit.").format(when=source.clock(missing.stay.came.at))
        about = _about(people[missing.attendee.id])
        yield (missing.session.id,), _("open"), _("No exit"), *about, source.place(missing.session.id), words, ""


def _loose_ends(source: Source, everyone: list[PersonHours]) -> Iterator[_Found]:
    for person in everyone:
        for line in person.result.lines:
            for stay in line.stays:
                where = (line.session.id,)
                if stay.came is None and stay.left is not None and line.session.credit.kind is CreditKind.MINUTES:
                    words = _("Left {when}, no entry.").format(when=source.clock(stay.left.at))
                    yield where, _("open"), _("No entry"), *_about(person), source.place(line.session.id), words, ""
                for moment in stay.again:
                    words = _("Scanned again {when}; the first scan counts.").format(when=source.clock(moment.at))
                    yield (
                        where,
                        _("open"),
                        _("Scanned twice"),
                        *_about(person),
                        source.place(line.session.id),
                        words,
                        "",
                    )


def _decisions(source: Source, everyone: list[PersonHours]) -> Iterator[_Found]:
    """What people set right, as they wrote it; what was taken back is left out."""
    book = stored.read_book(source.view)
    for person in everyone:
        for decided in source.attendance.decided(book, person.attendee.id):
            place = source.place(decided.session)
            yield (decided.session,), decided.by, _("Set right"), *_about(person), place, decided.words, ""
    for closing in standing_closings(book.closings, book.undone).values():
        words = _("Everyone inside left at {when}.").format(when=source.clock(closing.end))
        place = source.place(closing.session)
        yield (closing.session,), closing.by, _("Session closed"), "", "", place, words, ""
    for fault in book.clocks:
        if str(fault.record) not in book.undone:
            words = _("A station's clock was {n} seconds ahead: {why}").format(n=fault.ahead_s, why=fault.why)
            yield (), fault.by, _("Clock"), "", "", "", words, ""
