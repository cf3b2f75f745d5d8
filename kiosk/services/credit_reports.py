"""Reports about what people earned: hours, transcripts, certificates."""

from __future__ import annotations

from kiosk.domain.credit import Line
from kiosk.domain.credit_words import hours_words, line_words
from kiosk.domain.papers import Table
from kiosk.i18n import _
from kiosk.services.attendance import PersonHours
from kiosk.services.report_source import Source
from kiosk.storage import programme

COURSES = 8
"""Slots of a transcript, where the programme has no more."""


def slots_of(source: Source) -> int:
    """How many course slots there are."""
    return max([COURSES, *(session.course_slot for session in programme.all_sessions(source.view))])


def credits(source: Source) -> Table:  # noqa: A001  (what the report is called)
    """Everyone with what they earned: a column for each slot, other sessions together, the total."""
    count = slots_of(source)
    rows = []
    for person in source.hours():
        slots = person.result.slots(count)
        in_slots = sum(line.credit for line in slots if line)
        figures = [hours_words(line.credit) if line and line.credit else "" for line in slots]
        other = person.result.total - in_slots
        courses = sum(1 for line in slots if line and line.credit)
        rows.append(
            (
                *_who(person),
                str(courses),
                *figures,
                hours_words(other) if other else "",
                hours_words(person.result.total),
                category_words(person),
            )
        )
    slot_names = tuple(_("Course {n}").format(n=n) for n in range(1, count + 1))
    headers = (*_who_headers(), _("Courses"), *slot_names, _("Other"), _("Hours"), _("Kinds of credit"))
    figures_at = frozenset(range(4, 4 + 1 + count + 2))
    return Table(_("Training hours"), headers, tuple(rows), numbers=figures_at)


def transcripts(source: Source) -> Table:
    """A line for each course of each person, and each other session with credit, with its explanation."""
    count = slots_of(source)
    zone = source.station.conference.zone_info
    rows = tuple(
        (
            *_who(person),
            str(slot) if slot else "",
            line.session.code,
            line.session.title,
            source.day(line.session.start),
            str(line.counted_min),
            hours_words(line.credit),
            line_words(line, zone),
        )
        for person in source.hours()
        for slot, line in transcript_lines(person, count)
    )
    headers = (
        *_who_headers(), _("Slot"), _("Code"), _("Course"), _("Date"), _("Minutes"), _("Hours"), _("Explanation"),
    )  # fmt: skip
    return Table(_("Transcripts"), headers, rows, numbers=frozenset({4, 8, 9}))


def certificates(source: Source) -> Table:
    """Who has earned a certificate, and what it would say."""
    rows = tuple(
        (*_who(person), str(len(person.result.counting)), hours_words(person.result.total))
        for person in source.hours()
        if person.result.total
    )
    headers = (*_who_headers(), _("Courses"), _("Hours"))
    return Table(_("Certificates"), headers, rows, numbers=frozenset({4, 5}))


def transcript_lines(person: PersonHours, count: int) -> list[tuple[int, Line]]:
    """The course of each slot that there is something to say of, then what else earned credit: (slot or 0, line)."""
    slots = person.result.slots(count)
    courses = [(slot, line) for slot, line in enumerate(slots, 1) if line is not None]
    return courses + [(0, line) for line in person.result.counting if not line.session.course_slot]


def category_words(person: PersonHours) -> str:
    """`leadership 2.50, legal 1.25`; empty where there is one kind only."""
    kinds = {name: worth for name, worth in person.result.categories.items() if name}
    return ", ".join(f"{name} {hours_words(worth)}" for name, worth in kinds.items())


def _who(person: PersonHours) -> tuple[str, str, str, str]:
    attendee = person.attendee
    return attendee.number, attendee.last, attendee.first, attendee.agency


def _who_headers() -> tuple[str, str, str, str]:
    return _("Number"), _("Last name"), _("First name"), _("Agency")
