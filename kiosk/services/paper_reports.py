"""Reports that are papers: certificates, transcripts, affidavits and rosters, from templates that are data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.config import asset
from kiosk.domain.credit import Line, full_credit
from kiosk.domain.credit_words import hours_words
from kiosk.domain.paper_template import LARGEST_BYTES, SETTABLE, Template, check_words, fill, read_template
from kiosk.domain.papers import Sheet, Table
from kiosk.domain.people import Attendee
from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.typed import one_line
from kiosk.errors import BadInput
from kiosk.i18n import _, ngettext
from kiosk.services.attendance import PersonHours, SheetRow
from kiosk.services.certificates import Certificates
from kiosk.services.credit_reports import category_words, slots_of, transcript_lines
from kiosk.services.report_source import Source
from kiosk.services.session_reports import ends_of, rosters
from kiosk.storage import programme

TEMPLATES = {
    "certificates": "certificate",
    "transcripts": "transcript",
    "affidavits": "affidavit",
    "roster": "roster",
}
"""Reports that are papers, and the template each comes with."""


@dataclass(frozen=True, slots=True)
class Form:
    """Which template, and what is given for all its sheets."""

    template: Path | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def load_template(name: str, form: Form) -> Template:
    """The template of a report. Raises BadInput for one that cannot be used, and for values it may not be given."""
    path = form.template or asset(f"papers/{TEMPLATES[name]}.json")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        words = _("The template {path} cannot be read: {detail}.")
        raise BadInput(words.format(path=path, detail=error.strerror)) from error
    check_values(form.values)
    return read_template(data, path.name)


def check_values(values: Mapping[str, str]) -> None:
    """Raises BadInput for a value that may not be given for all papers."""
    for wanted, value in values.items():
        check_words(wanted, f"{wanted} {value}")
        if wanted not in SETTABLE:
            words = _("There is no value called {name}. There are: {list}.")
            raise BadInput(words.format(name=wanted[:40], list=", ".join(sorted(SETTABLE))))


def chosen_people(name: str, source: Source) -> list[PersonHours]:
    """Whom a report has sheets of: a certificate or an affidavit is for those who earned something."""
    return [person for person in source.hours() if name == "transcripts" or person.result.total]


def personal_sheets(
    name: str, source: Source, form: Form, people: Sequence[PersonHours], certificates: Certificates
) -> Iterator[Sheet]:
    """A sheet for each of these people, made one after the other as they are drawn."""
    template = load_template(name, form)
    common = {**_common(source), **_clean(form.values)}
    count = slots_of(source)
    for person in people:
        values = {**common, **_person(person.attendee, template), **_earned(source, person)}
        if name == "certificates":
            values["code"] = certificates.code_of(person)
        courses = _courses(source, person, count, counting_only=name != "transcripts")
        yield fill(template, values, {"courses": courses}, file_name=_file_name(person.attendee))


def _clean(values: Mapping[str, str]) -> dict[str, str]:
    return {name: one_line(value, 200) for name, value in values.items()}


def _common(source: Source) -> dict[str, str]:
    held = [session for session in programme.all_sessions(source.view) if session.kind != "service"]
    dates = ""
    if held:
        first, last = (source.day(moment) for moment in (min(s.start for s in held), max(s.end for s in held)))
        dates = first if first == last else f"{first} – {last}"
    title = source.station.conference.title
    return {"conference": title, "dates": dates, "made": source.moment(source.station.now())}


def _person(attendee: Attendee, template: Template) -> dict[str, str]:
    values = {
        "name": attendee.full_name,
        "first": attendee.first,
        "last": attendee.last,
        "rank": attendee.title,
        "agency": attendee.agency,
        "agency_type": attendee.agency_type,
        "number": attendee.number,
    }
    extras = {header.strip().casefold(): text for header, text in attendee.extras.items()}
    for wanted, headers in template.columns.items():
        found = (extras.get(header.strip().casefold(), "") for header in headers)
        values[wanted] = next((text for text in found if text), values.get(wanted, ""))
    return values


def _earned(source: Source, person: PersonHours) -> dict[str, str]:
    courses = len(person.result.counting)
    return {
        "hours": hours_words(person.result.total),
        "courses": ngettext("{n} course", "{n} courses", courses).format(n=courses),
        "categories": category_words(person),
    }


def _courses(source: Source, person: PersonHours, count: int, *, counting_only: bool) -> Table:
    """What counts; for a transcript every slot, whatever there is to say of it."""
    lines = transcript_lines(person, count)
    if counting_only:
        rows = [_course(source, slot, line) for slot, line in lines if line.credit]
    else:
        said = {slot for slot, _line in lines}
        empty = [
            (str(slot), _("no course"), "", "", hours_words(0)) for slot in range(1, count + 1) if slot not in said
        ]
        in_slots = [_course(source, slot, line) for slot, line in lines if slot]
        others = [_course(source, slot, line) for slot, line in lines if not slot]
        rows = [*sorted([*in_slots, *empty], key=lambda row: int(row[0])), *others]
    headers = (_("Slot"), _("Course"), _("Date"), _("Minutes"), _("Hours"))
    return Table("", headers, tuple(rows), numbers=frozenset({3, 4}))


def _course(source: Source, slot: int, line: Line) -> tuple[str, ...]:
    return (
        str(slot) if slot else "–",
        f"{line.session.code} · {line.session.title}",
        source.day(line.session.start),
        _("{n} of {full}").format(n=line.counted_min, full=line.full_min),
        hours_words(line.credit),
    )


def _file_name(attendee: Attendee) -> str:
    """The conference's own number, which says nothing about the person; else the id."""
    number = "".join(c for c in attendee.number if c.isascii() and c.isalnum())
    return number or attendee.id


# Rosters


def roster_sheets(source: Source, form: Form) -> list[Sheet]:
    """A sheet for each session that was chosen."""
    template = load_template("roster", form)
    common = _common(source)
    made = []
    for session, people in rosters(source):
        values = {**common, **_session(source, session), **_clean(form.values)}
        table = _attendees(source, template, people)
        made.append(fill(template, values, {"attendees": table}, file_name=session.code))
    return made


def _session(source: Source, session: ProgrammeSession) -> dict[str, str]:
    zone = session.end.astimezone(source.station.conference.zone_info).tzname() or ""
    return {
        "course": session.title,
        "course_number": session.code,
        "instructor": ", ".join(session.speakers),
        "room": session.room,
        "date": source.day(session.start),
        "start": source.clock(session.start),
        "end": f"{source.clock(session.end)} {zone}",
        "minutes": str(session.minutes),
        "course_hours": hours_words(full_credit(session)),
    }


def _attendees(source: Source, template: Template, people: Sequence[SheetRow]) -> Table:
    """Who signs; a column for an officer's certificate only where anybody has one."""
    numbers = [_person(row.attendee, template).get("certificate_id", "") for row in people]
    rows = []
    for row, number in zip(people, numbers, strict=True):
        who = (row.attendee.full_name, row.attendee.agency)
        rows.append((*who, *([number] if any(numbers) else []), *ends_of(source, row), hours_words(row.line.worth)))
    officer = (_("Officer certificate"),) if any(numbers) else ()
    headers = (_("Name"), _("Agency"), *officer, _("In"), _("Out"), _("Hours"))
    return Table("", headers, tuple(rows), numbers=frozenset({len(headers) - 1}), to_write=(_("Signature"),))
