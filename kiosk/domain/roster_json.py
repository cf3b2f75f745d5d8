"""Roster changes as the bytes of a side value, and back. Only what differs from a blank attendee is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from kiosk.domain.people import Attendee, AttendeeId, Status, Ticket, TicketCode, TicketKind, TicketState
from kiosk.domain.roster import ChangedAttendee, NewAttendee, RosterChange

_BLANK = Attendee(id=AttendeeId(""))
_FIELDS = {name: getattr(_BLANK, name) for name in Attendee.__dataclass_fields__ if name != "id"}
_TEXTS = frozenset(name for name, value in _FIELDS.items() if type(value) is str)
_STATUSES = {status.value: status for status in Status}
_KINDS = {kind.value: kind for kind in TicketKind}
_STATES = {state.value: state for state in TicketState}
"""Looking these up is ten times as fast as calling the class: an import does it half a million times."""
_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def write_change(change: RosterChange) -> bytes:
    """The change as JSON."""
    if isinstance(change, NewAttendee):
        values = ((name, getattr(change.attendee, name)) for name in _FIELDS)
        content: dict[str, Any] = {
            "new": change.attendee.id,
            "fields": {name: value for name, value in values if value != _FIELDS[name]},
        }
    else:
        content = {"id": change.attendee_id, "fields": dict(change.fields), "was": dict(change.was)}
        content |= {"replaces": dict(change.replaces), "blocks": change.blocks, "lifts": change.lifts}
        content["bases"] = {name: list(by) for name, by in change.bases.items()}
    content["tickets"] = [_write_ticket(ticket) for ticket in change.tickets]
    content["source_ids"] = change.source_ids
    return _encoder.encode({key: value for key, value in content.items() if value}).encode()


def read_change(data: bytes) -> RosterChange:
    """The change from JSON. Raises ValueError when it is not one. Fields of a newer version are left out, not
    refused.
    """
    try:
        content = json.loads(data)
        fields = _read_fields(content.get("fields", {}))
        source_ids = _texts(content.get("source_ids", ()))
        if "new" in content:
            attendee_id = AttendeeId(_text(content["new"]))
            attendee = Attendee(id=attendee_id, **{**fields, "status": _STATUSES[fields.get("status", Status.COMING)]})
            return NewAttendee(attendee, _read_tickets(content, attendee_id), source_ids)
        attendee_id = AttendeeId(_text(content["id"]))
        return ChangedAttendee(
            attendee_id,
            fields,
            _read_fields(content.get("was", {})),
            _read_tickets(content, attendee_id),
            source_ids,
            {_text(old): _text(new) for old, new in content.get("replaces", {}).items()},
            _texts(content.get("blocks", ())),
            _texts(content.get("lifts", ())),
            {name: list(_texts(by)) for name, by in content.get("bases", {}).items()},
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a roster change: {error}") from error


def _read_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields we know, each with a value of its kind: what another station wrote must not surprise the roster."""
    known = {name: value for name, value in fields.items() if name in _FIELDS}
    for name, value in known.items():
        if name in _TEXTS and type(value) is str:
            continue  # nearly all of them, of everybody
        blank = _FIELDS[name]
        if name == "sworn":
            fits = value is None or isinstance(value, bool)
        elif name == "extras":
            fits = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
        elif isinstance(blank, bool):
            fits = isinstance(value, bool)
        else:
            fits = isinstance(value, str)
        if not fits:
            raise ValueError(f"not a value of the field {name}")
        if name == "status":
            Status(value)
    return known


def _texts(items: Iterable[object]) -> tuple[str, ...]:
    return tuple(map(_text, items))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _write_ticket(ticket: Ticket) -> dict[str, str]:
    content = {"code": ticket.code, "kind": ticket.kind.value, "state": ticket.state.value}
    if ticket.replaced_by:
        content["replaced_by"] = ticket.replaced_by
    return content


def _read_tickets(content: Mapping[str, Any], attendee_id: AttendeeId) -> tuple[Ticket, ...]:
    return tuple(
        Ticket(
            TicketCode(_text(item["code"])),
            attendee_id,
            _KINDS[item["kind"]],
            _STATES[item["state"]],
            TicketCode(_text(item["replaced_by"])) if item.get("replaced_by") else None,
        )
        for item in content.get("tickets", ())
    )
