"""What changes the programme, and sessions as the JSON of its records and back.

A session is a set of registers, one a field; start and end are one register (`when`), because half a move makes no
sense. Only what differs from an empty session is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from kiosk.domain.journal import from_ms, to_ms
from kiosk.domain.programme import (
    Audience,
    ClaimPolicy,
    CreditKind,
    CreditRule,
    DoorPolicy,
    ProgrammeSession,
    Room,
    SessionId,
)

WHEN = "when"
"""The register that holds both start and end."""

_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Subject(StrEnum):
    """What a change is about. Kept on disk: add, never rename."""

    ROOM = "room"
    SESSION = "session"
    CONFERENCE = "conference"
    """What the conference is called, where its clock stands, what its codes look like; there is one."""


@dataclass(frozen=True, slots=True)
class ProgrammeChange:
    """A new room or session, or new values for one that is known. Values are those of the JSON."""

    subject: Subject
    id: str
    """The session's id, or the room's name; `CONFERENCE_ID`."""
    fields: Mapping[str, Any]
    new: bool = False
    was: Mapping[str, Any] = field(default_factory=dict)
    """The values the change was planned in knowledge of; not written, but compared before it is."""
    bases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Per field, the records (as text) whose value this change knew of and replaces. Storage fills it in."""


_EPOCH = from_ms(0)
_BLANK = ProgrammeSession(SessionId(""), "", "", "", _EPOCH, _EPOCH)
_PLAIN: Mapping[str, type] = {
    "code": str,
    "title": str,
    "room": str,
    "kind": str,
    "track": str,
    "course_slot": int,
    "opens_before_min": int,
    "cancelled": bool,
}
SESSION_FIELDS = (*_PLAIN, WHEN, "capacity", "audience", "door", "credit", "speakers")
ROOM_FIELDS = ("capacity", "directions", "claim", "handed_out")
CONFERENCE_FIELDS = ("title", "short_name", "zone", "code_prefix", "year", "url_hosts", "claim")
CONFERENCE_ID = "conference"
_FIELDS_OF: Mapping[Subject, Sequence[str]] = {
    Subject.ROOM: ROOM_FIELDS,
    Subject.SESSION: SESSION_FIELDS,
    Subject.CONFERENCE: CONFERENCE_FIELDS,
}


def session_fields(session: ProgrammeSession) -> dict[str, Any]:
    """Every register of a session that is not empty."""
    content: dict[str, Any] = {name: getattr(session, name) for name in _PLAIN}
    content |= {
        WHEN: [to_ms(session.start), to_ms(session.end)],
        "capacity": session.capacity,
        "audience": _small(session.audience, Audience()),
        "door": session.door.value,
        "credit": _small(session.credit, CreditRule()),
        "speakers": list(session.speakers),
    }
    return {name: value for name, value in content.items() if name == WHEN or value != _EMPTY[name]}


def session_changes(session: ProgrammeSession, changed: ProgrammeSession) -> dict[str, Any]:
    """The registers in which the second differs from the first, with the second's values."""
    before, after = session_fields(session), session_fields(changed)
    return {
        name: after.get(name, _EMPTY[name])
        for name in SESSION_FIELDS
        if before.get(name, _EMPTY[name]) != after.get(name, _EMPTY[name])
    }


def register_values(session: ProgrammeSession, names: Sequence[str]) -> dict[str, Any]:
    """What stands in these registers of a session, empty ones too."""
    content = with_empty(session_fields(session))
    return {name: content[name] for name in names}


def register_of(field: str) -> str:
    """Which register holds this field of a session."""
    return WHEN if field in ("start", "end") else field


def with_empty(content: Mapping[str, Any]) -> dict[str, Any]:
    """These registers and, for each that is not among them, that it is empty."""
    return {**_EMPTY, **content}


def read_session(session_id: str, content: Mapping[str, Any]) -> ProgrammeSession:
    """The session of these registers. Raises ValueError where one holds what does not belong there."""
    try:
        start, end = content[WHEN]
        plain = {name: _plain(content[name], kind) for name, kind in _PLAIN.items() if name in content}
        return replace(
            _BLANK,
            id=SessionId(session_id),
            start=_time(start),
            end=_time(end),
            capacity=_count(content.get("capacity")),
            audience=_audience(content.get("audience", {})),
            door=DoorPolicy(content.get("door", _BLANK.door)),
            credit=_credit(content.get("credit", {})),
            speakers=_texts(content.get("speakers", ())),
            **plain,
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a session: {error}") from error


def room_fields(room: Room) -> dict[str, Any]:
    """The registers of a room."""
    return {
        "capacity": room.capacity,
        "directions": room.directions,
        "claim": room.claim.value,
        "handed_out": room.handed_out,
    }


def read_room(name: str, content: Mapping[str, Any]) -> Room:
    """The room of these registers. Raises ValueError where one holds what does not belong there."""
    try:
        return Room(
            name,
            _count(content.get("capacity")),
            _plain(content.get("directions", ""), str),
            ClaimPolicy(content.get("claim", "")),
            _plain(content.get("handed_out", False), bool),
        )
    except TypeError as error:
        raise ValueError(f"not a room: {error}") from error


def read_conference(content: Mapping[str, Any]) -> dict[str, Any]:
    """These registers of a conference as its fields. Raises ValueError where one holds what does not belong there."""
    try:
        told: dict[str, Any] = {
            name: _plain(content[name], str)
            for name in ("title", "short_name", "zone", "code_prefix")
            if name in content
        }
        return told | {
            "year": _count(content.get("year")),
            "url_hosts": _texts(content.get("url_hosts", ())),
            "claim": ClaimPolicy(content.get("claim", "")),
        }
    except TypeError as error:
        raise ValueError(f"not a conference: {error}") from error


def write_programme_change(change: ProgrammeChange) -> bytes:
    """The change as the bytes of a side value."""
    content: dict[str, Any] = {change.subject.value: change.id, "fields": dict(change.fields), "new": change.new}
    content["bases"] = {name: list(by) for name, by in change.bases.items()}
    return _encoder.encode({name: value for name, value in content.items() if value}).encode()


def read_programme_change(data: bytes) -> ProgrammeChange:
    """The change from its bytes. Raises ValueError when it is not one."""
    try:
        content = json.loads(data)
        subject = next(subject for subject in Subject if subject.value in content)
        told = content.get("fields", {}).items()
        values = {name: value for name, value in told if name in _FIELDS_OF[subject]}
        bases = {name: tuple(map(str, by)) for name, by in content.get("bases", {}).items()}
        name = _plain(content[subject.value], str)
        return ProgrammeChange(subject, name, values, bool(content.get("new")), bases=bases)
    except (StopIteration, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a change of the programme: {error}") from error


# One value


def _small(value: Audience | CreditRule, blank: Audience | CreditRule) -> dict[str, Any]:
    """What differs from the defaults."""
    named = {each.name: getattr(value, each.name) for each in fields(value)}
    return {name: _listed(held) for name, held in named.items() if held != getattr(blank, name)}


def _listed(value: object) -> object:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _plain(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _count(value: Any) -> int | None:
    return None if value is None else _plain(value, int)


def _time(value: Any) -> datetime:
    return from_ms(_plain(value, int))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_plain(item, str) for item in value)


def _audience(content: Mapping[str, Any]) -> Audience:
    sworn = content.get("sworn")
    return Audience(
        _plain(content.get("words", ""), str),
        _texts(content.get("registration_types", ())),
        _texts(content.get("agency_types", ())),
        None if sworn is None else _plain(sworn, bool),
    )


def _credit(content: Mapping[str, Any]) -> CreditRule:
    blank = CreditRule()
    return CreditRule(
        kind=CreditKind(content.get("kind", blank.kind)),
        credit_min=_plain(content.get("credit_min", 0), int),
        least_min=_count(content.get("least_min")),
        least_percent=_count(content.get("least_percent")),
        late_grace_min=_plain(content.get("late_grace_min", 0), int),
        hour_min=_plain(content.get("hour_min", blank.hour_min), int),
        in_proportion=_plain(content.get("in_proportion", False), bool),
        category=_plain(content.get("category", ""), str),
        breaks=tuple((_plain(after, int), _plain(length, int)) for after, length in content.get("breaks", ())),
    )


_EMPTY: Mapping[str, Any] = {
    **{name: getattr(_BLANK, name) for name in _PLAIN},
    WHEN: None,
    "capacity": None,
    "audience": {},
    "door": _BLANK.door.value,
    "credit": {},
    "speakers": [],
}
