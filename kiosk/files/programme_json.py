"""Programmes in JSON: our own form, and the schedule c3voc, frab and pretalx agree on (https://c3voc.de/schedule)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kiosk.domain.programme_faults import Fault, Finding
from kiosk.domain.programme_source import SourceItem, SourceProgramme, SourceRoom
from kiosk.errors import BadInput
from kiosk.files import limits
from kiosk.i18n import _

_OURS = (
    "code", "title", "kind", "track", "room", "capacity", "start", "end", "course_slot", "clock_hours", "audience",
    "guid", "opens_before_min",
)  # fmt: skip
_PRETALX_CODE = re.compile(r"/talk/([A-Z0-9]{6})/?$")


def read_json(name: str, text: str) -> SourceProgramme:
    """The programme in this JSON. Raises BadInput where it is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = getattr(error, "lineno", 0)
        raise BadInput(
            _("“{name}” is not valid JSON (line {line}). Ask for it again, or export it as CSV.").format(
                name=name, line=where or "?"
            )
        ) from error
    if isinstance(content, list):
        content = {"sessions": content}
    if not isinstance(content, dict):
        raise _no_programme(name)
    if isinstance(conference := _mapping(content.get("schedule")).get("conference"), dict):
        return _schedule(name, conference)
    if isinstance(content.get("sessions"), list):
        return _own(name, content)
    raise _no_programme(name)


def _no_programme(name: str) -> BadInput:
    return BadInput(
        _(
            "“{name}” is JSON but holds no programme. From frab and pretalx, export schedule.json; our own form has "
            "a list called sessions."
        ).format(name=name)
    )


# Our own


def _own(name: str, content: Mapping[str, Any]) -> SourceProgramme:
    limits.check_sessions(name, len(content["sessions"]))
    items, findings = [], []
    for number, session in enumerate(content["sessions"], 1):
        place = _("session {n}").format(n=number)
        if not isinstance(session, dict):
            findings.append(Finding(Fault.UNREADABLE, place, value=text_of(session)[:80]))
            continue
        values = {key: text_of(session[key]) for key in _OURS if key in session}
        if "minutes" in session:
            values["duration"] = text_of(session["minutes"])
        if "cancelled" in session:
            values["cancelled"] = text_of(session["cancelled"])
        items.append(SourceItem(place, values, _speakers(session.get("speakers"))))
    rooms = tuple(_rooms(content.get("rooms"), "directions"))
    zone = text_of(_mapping(content.get("event")).get("time_zone"))
    return SourceProgramme(name, "JSON", tuple(items), rooms, zone, tuple(findings))


# c3voc, frab, pretalx


def _schedule(name: str, conference: Mapping[str, Any]) -> SourceProgramme:
    events = list(_events(conference))
    limits.check_sessions(name, len(events))
    items, findings = [], []
    for number, (room, event) in enumerate(events, 1):
        place = _("session {n}").format(n=number)
        if not isinstance(event, dict):
            findings.append(Finding(Fault.UNREADABLE, place, value=text_of(event)[:80]))
            continue
        items.append(_event(place, room, event))
    rooms = tuple(_rooms(conference.get("rooms"), "description"))
    zone = text_of(conference.get("time_zone_name"))
    return SourceProgramme(name, _("c3voc JSON"), tuple(items), rooms, zone, tuple(findings))


def _events(conference: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for day in _list(conference.get("days")):
        for room, events in _mapping(_mapping(day).get("rooms")).items():
            for event in _list(events):
                yield str(room), event


def _event(place: str, room: str, event: Mapping[str, Any]) -> SourceItem:
    code = text_of(event.get("code"))
    if not code and (found := _PRETALX_CODE.search(text_of(event.get("url")))):
        code = found[1]
    values = {
        "code": code or text_of(event.get("id")),
        "title": text_of(event.get("title")),
        "kind": text_of(event.get("type")),
        "track": text_of(event.get("track")),
        "room": text_of(event.get("room")) or room,
        "start": text_of(event.get("date")),
        "end": text_of(event.get("end")),
        "duration": text_of(event.get("duration")),
        "guid": text_of(event.get("guid")),
    }
    return SourceItem(place, values, _speakers(event.get("persons")))


# Both


def _rooms(rooms: Any, directions: str) -> Iterator[SourceRoom]:
    for number, room in enumerate(_list(rooms)[: limits.MAX_SESSIONS], 1):
        place = _("room {n}").format(n=number)
        if isinstance(room, dict):
            yield SourceRoom(
                place, text_of(room.get("name")), text_of(room.get("capacity")), text_of(room.get(directions))
            )
        else:
            yield SourceRoom(place, text_of(room))


def _speakers(people: Any) -> tuple[str, ...]:
    names = (
        text_of(person.get("public_name") or person.get("name")) if isinstance(person, dict) else text_of(person)
        for person in _list(people)
    )
    return tuple(name for name in names if name)


def text_of(value: Any) -> str:
    """A value as a cell would show it; a text in several languages in English, else in its first."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # half a character, written as an escape, is none
    if isinstance(value, dict):
        return text_of(value.get("en") or next(iter(value.values()), ""))
    if value is True:
        return "true"
    return str(value) if isinstance(value, int | float) and value is not False else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
