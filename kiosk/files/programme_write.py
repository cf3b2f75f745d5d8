"""The programme as files for others: iCalendar (RFC 5545), and the schedule c3voc, frab and pretalx agree on.

Calendars are written in UTC: a moment is then the same in every program, on the night clocks are set back too.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from anyascii import anyascii
from icalendar import Calendar, Event

from kiosk import __version__
from kiosk.domain.programme import ProgrammeSession, Room
from kiosk.domain.programme_times import day_of, start_of

SCHEMA = "https://c3voc.de/schedule/schema.json"
NAME = "kiosk"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CODE = re.compile(r"[A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class About:
    """The conference, as a file's head says it."""

    title: str
    short_name: str
    zone_name: str
    zone: tzinfo
    made_at: datetime


def calendar_bytes(sessions: Iterable[ProgrammeSession], about: About) -> bytes:
    """The sessions as a calendar."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{NAME}//{NAME} {__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", about.title)
    calendar.add("x-wr-timezone", about.zone_name)
    for session in sessions:
        calendar.add_component(_event(session, about))
    return bytes(calendar.to_ical())


def _event(session: ProgrammeSession, about: About) -> Event:
    event = Event()
    event.add("uid", session.id)
    event.add("dtstamp", about.made_at.astimezone(UTC))
    event.add("dtstart", session.start.astimezone(UTC))
    event.add("dtend", session.end.astimezone(UTC))
    event.add("summary", session.title)
    if session.room:
        event.add("location", session.room)
    if session.track:
        event.add("categories", [session.track])
    if session.cancelled:
        event.add("status", "CANCELLED")
    named = {
        "x-session-code": session.code,
        "x-kind": session.kind,
        "x-capacity": "" if session.capacity is None else str(session.capacity),
        "x-course-slot": str(session.course_slot or ""),
        "x-audience": session.audience.words,
    }
    for name, value in named.items():
        if value:
            event.add(name, value)
    return event


def schedule_bytes(sessions: Sequence[ProgrammeSession], rooms: Sequence[Room], about: About) -> bytes:
    """The sessions as the JSON of https://c3voc.de/schedule; cancelled ones are not in it, for it cannot say so."""
    held = [session for session in sessions if not session.cancelled]
    days = sorted({day_of(session.start, about.zone) for session in held})
    conference = {
        "acronym": _acronym(about),
        "title": about.title,
        "start": days[0].isoformat() if days else about.made_at.date().isoformat(),
        "end": days[-1].isoformat() if days else about.made_at.date().isoformat(),
        "daysCount": len(days),
        "timeslot_duration": "00:15",
        "time_zone_name": about.zone_name,
        "rooms": [_room(room) for room in rooms],
        "days": [_day(number, day, held, about) for number, day in enumerate(days, 1)],
    }
    content = {
        "$schema": SCHEMA,
        "generator": {"name": NAME, "version": __version__},
        "schedule": {"version": about.made_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"), "conference": conference},
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _room(room: Room) -> dict[str, Any]:
    return {
        "name": room.name,
        "guid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAME}:room:{room.name}")),
        "description": room.directions or None,
        "capacity": room.capacity,
    }


def _day(number: int, day: date, sessions: Sequence[ProgrammeSession], about: About) -> dict[str, Any]:
    """A day from midnight to midnight; a session that goes on past it is the day's on which it starts."""
    numbers = {session.id: n for n, session in enumerate(sessions, 1)}
    rooms: dict[str, list[dict[str, Any]]] = {}
    for session in sessions:
        if day_of(session.start, about.zone) == day:
            rooms.setdefault(session.room, []).append(_talk(numbers[session.id], session, about))
    return {
        "index": number,
        "date": day.isoformat(),
        "day_start": _local(start_of(day, about.zone), about),
        "day_end": _local(start_of(day + timedelta(days=1), about.zone), about),
        "rooms": rooms,
    }


def _talk(number: int, session: ProgrammeSession, about: About) -> dict[str, Any]:
    guid = session.id if _UUID.fullmatch(session.id) else str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAME}:{session.id}"))
    talk = {
        "guid": guid,
        "id": number,
        "date": _local(session.start, about),
        "start": session.start.astimezone(about.zone).strftime("%H:%M"),
        "end": _local(session.end, about),
        "duration": f"{session.minutes // 60:02}:{session.minutes % 60:02}",
        "room": session.room,
        "slug": f"{_acronym(about)}-{number}-{_slug(session.title)}",
        "url": f"https://{_acronym(about).replace('_', '-')}.invalid/{guid}",
        "title": session.title,
        "subtitle": "",
        "track": session.track or None,
        "type": session.kind,
        "language": None,
        "abstract": None,
        "persons": [{"name": name} for name in session.speakers],
        "links": [],
    }
    if _CODE.fullmatch(session.code):
        talk["code"] = session.code
    return talk


def _local(at: datetime, about: About) -> str:
    return at.astimezone(about.zone).isoformat()


def _acronym(about: About) -> str:
    words = _slug(about.short_name or about.title).replace("-", "")
    return words if len(words) >= 4 else f"conf{words}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")[:60].strip("-") or "session"
