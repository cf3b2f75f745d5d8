"""What the view knew and the journal has lost, written down anew.

The view is folded from the journal, so it can only know more when the journal was damaged, came back from an older
copy, or lost its last records because a disk said "saved" and had not. Then the roster and who is in must not be lost
with them: the difference becomes new records, marked as recovered. What was signed stays in the file set aside.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import Kind, Role, from_ms
from kiosk.domain.merging import field_values
from kiosk.domain.people import AttendeeId, Ticket, TicketState
from kiosk.domain.roster import ChangedAttendee, FieldValue, NewAttendee, RosterChange
from kiosk.storage import roster
from kiosk.storage.database import Connection, scalar
from kiosk.storage.exchange_view import accepted_devices
from kiosk.storage.journal import DEVICE_SETTING, Journal
from kiosk.storage.recover_decisions import LostDecision, lost_decisions
from kiosk.storage.recover_doors import lost_counts, restate_counts
from kiosk.storage.recover_programme import lost_programme
from kiosk.storage.roster import Known
from kiosk.storage.settings import COPY_PREFIX
from kiosk.storage.view import View, writers_of

HOW = "recovered"
"""In place of `search` or `code`, in the records made here."""


def shares_a_past(old: Connection, journal: Connection, device: str) -> bool:
    """Whether this view was folded from this journal at some time, or from one of which nothing is left.

    Stations that met know each other's logs, so it is this device's own that tell, and whose view it says it is.
    """
    copied = scalar(old, "select value from state where name = ?", COPY_PREFIX + DEVICE_SETTING)
    if copied and json.loads(copied)["id"] != device:
        return False
    logs = {row[0] for row in journal.execute("select distinct log from record")}
    known = {row[0] for row in old.execute("select log from log where device = ?", (device,))}
    return bool(known) and (not logs or bool(logs & known))


def recover(old: Connection, view: View, journal: Journal, at: datetime) -> dict[str, int]:
    """Append, inside a transaction of the store, what `old` knows and `view` (folded afresh) does not.

    Answers how many people, passages, members of staff, undone imports, accepted stations and parts of the programme
    that was.
    """
    staff = _staff(old, view.connection)
    undone = _undone_batches(old, view.connection)
    changes = _changes(old, view.connection, journal.connection)
    restated = {row[0] for row in journal.connection.execute(_WAS)}  # by an earlier start that was cut off
    decisions = lost_decisions(old, journal.connection, restated)
    passages = _passages(old, view.connection, journal.connection, restated, [each.was for each in decisions])
    devices = _devices(old, view.connection, journal.device.id)
    programme = lost_programme(old, view.connection, journal.connection)
    counts = {"people": len(changes), "passages": len(passages), "staff": len(staff), "batches": len(undone)}
    at_doors = lost_counts(old, journal.connection, restated)
    counts |= {"devices": len(devices), "programme": programme.count, "decisions": len(decisions)}
    counts |= {"doors": len(at_doors)}
    if not any(counts.values()):
        return counts
    journal.append(Kind.RECOVER, {"from": "view", **counts}, at=at, actor="station")
    for staff_id, name in staff:
        value = json.dumps({"staff": staff_id, "name": name}, ensure_ascii=False).encode()
        journal.append(Kind.STAFF, {"staff": staff_id}, at=at, actor="station", values=[value])
    for device, key in devices:
        journal.append(Kind.DEVICE_ADD, {"device": device, "key": key}, at=at, actor="station")
    for batch in undone:
        journal.append(Kind.IMPORT_UNDO, {"batch": batch}, at=at, actor="station", role=Role.ORGANIZER)
    batch = new_id(secrets.token_bytes(ID_BYTES))
    if changes:
        roster.write_changes(
            journal, view, Kind.IMPORT, changes, at=at, actor="station", body={"batch": batch}, role=Role.ORGANIZER
        )  # fmt: skip
    programme.restate(journal, view.connection, at, batch)
    _restate(journal, passages, decisions)
    restate_counts(journal, at_doors)
    return counts


def _staff(old: Connection, new: Connection) -> list[tuple[str, str]]:
    known = {row[0] for row in new.execute("select id from staff")}
    return [row for row in old.execute("select id, name from staff order by id") if row[0] not in known]


def _undone_batches(old: Connection, new: Connection) -> list[str]:
    known = {row[0] for row in new.execute("select batch from undone_batch")}
    return [row[0] for row in old.execute("select batch from undone_batch order by batch") if row[0] not in known]


def _devices(old: Connection, new: Connection, own: str) -> list[tuple[str, str]]:
    """Other stations that were accepted here."""
    return sorted(accepted_devices(old, [own]).items() - accepted_devices(new, [own]).items())


# The roster


def _changes(old: Connection, new: Connection, journal: Connection) -> list[RosterChange]:
    known = {person.attendee.id: person for person in roster.everyone(new)}
    changes: list[RosterChange] = []
    for person in roster.everyone(old):
        now = known.get(person.attendee.id)
        if person == now:
            continue
        lost = _lost_touches(old, journal, person.attendee.id)
        if not lost:
            continue  # the journal has all that the view was folded from, and knows better
        if now is None:
            changes.append(NewAttendee(person.attendee, person.tickets, person.source_ids))
            continue
        change = _difference(old, person, now, lost)
        if change.fields or change.tickets or change.source_ids or change.replaces or change.blocks:
            changes.append(change)
    return changes


def _lost_touches(old: Connection, journal: Connection, attendee_id: AttendeeId) -> set[str]:
    """The records (as text) that spoke of this person and are gone, or whose words are. What was purged is not lost."""
    rows = old.execute("select log, seq, n from touch where attendee_id = ?", (attendee_id,))
    stands = "select 1 from record join value using (log, seq) where log = ? and seq = ? and n = ?"
    return {f"{log}:{seq}" for log, seq, n in rows if scalar(journal, stands, log, seq, n) is None}


def _difference(old: Connection, person: Known, now: Known, lost: set[str]) -> ChangedAttendee:
    writers = scalar(old, "select writers from attendee where id = ?", person.attendee.id) or ""
    before, after = (field_values(NewAttendee(one.attendee)) for one in (person, now))
    fields: dict[str, FieldValue] = {}
    extras: dict[str, str] = {}
    for name in sorted({*before, *after}):
        value, value_now = _value(before, name, person), _value(after, name, now)
        wrote = writers_of(writers, [name]).get(name, [])
        if value == value_now or not lost.intersection(wrote):
            continue
        if name.startswith("extras."):
            extras[name.removeprefix("extras.")] = str(value or "")
        else:
            fields[name] = value
    if extras:
        fields["extras"] = extras
    return ChangedAttendee(person.attendee.id, fields, **_ticket_difference(person, now))


def _value(values: Mapping[str, FieldValue], name: str, person: Known) -> FieldValue:
    if name in values:
        return values[name]
    return "" if name.startswith("extras.") else getattr(person.attendee, name)


def _ticket_difference(person: Known, now: Known) -> dict[str, Any]:
    known: dict[str, Ticket] = {ticket.code: ticket for ticket in now.tickets}
    changed = [ticket for ticket in person.tickets if ticket.code in known and ticket != known[ticket.code]]
    return {
        "tickets": tuple(ticket for ticket in person.tickets if ticket.code not in known),
        "source_ids": tuple(source for source in person.source_ids if source not in now.source_ids),
        "replaces": {
            ticket.code: ticket.replaced_by
            for ticket in changed
            if ticket.state is TicketState.REPLACED and ticket.replaced_by
        },
        "blocks": tuple(ticket.code for ticket in changed if ticket.state is TicketState.BLOCKED),
    }


# Who went where


_COLUMNS = "log, seq, at_ms, kind, subject, place, outcome, reason, code, actor, target"


def _passages(
    old: Connection, new: Connection, journal: Connection, restated: set[str], decisions: Iterable[str]
) -> list[tuple[Any, ...]]:
    """What happened and is no longer recorded, in order. An undo that survived is said again of what it took back."""
    passages: list[tuple[Any, ...]] = []
    lost = list(decisions)
    for row in old.execute(f"select {_COLUMNS} from passage order by hlc_ms, hlc_n, log, seq"):
        name = f"{row[0]}:{row[1]}"
        if name in restated or scalar(journal, "select 1 from record where log = ? and seq = ?", *row[:2]) is not None:
            continue
        passages.append(tuple(row))
        lost.append(name)
    undos = f"select {_COLUMNS} from passage where kind = 'undo' and target in (select value from json_each(?))"
    return passages + [tuple(undo) for undo in new.execute(undos, (json.dumps(lost),))]


_WAS = "select json_extract(cast(bytes as text), '$.body.was') from record where instr(bytes, cast('\"was\":' as blob))"


def _restate(journal: Journal, passages: list[tuple[Any, ...]], decisions: list[LostDecision]) -> None:
    """Scans first, then what was decided about them, then what was taken back: each speaks of what comes before it."""
    now_called: dict[str, str] = {}
    undos = [row for row in passages if row[3] == Kind.UNDO]
    for row in passages:
        if row[3] != Kind.UNDO:
            _restate_one(journal, row, now_called)
    for decision in decisions:
        now_called[decision.was] = decision.restate(journal, now_called)
    for row in undos:
        _restate_one(journal, row, now_called)


def _restate_one(journal: Journal, row: tuple[Any, ...], now_called: dict[str, str]) -> None:
    log, seq, at_ms, kind, subject, place, outcome, reason, code, actor, target = row
    was = f"{log}:{seq}"
    body = {"subject": subject, "how": HOW, "was": was}
    told = {"outcome": outcome, "reason": reason, "code": code, "target": now_called.get(target, target)}
    body |= {name: value for name, value in told.items() if value}
    record = journal.append(kind, body, at=from_ms(at_ms), actor=actor, place=place or None, said=True)
    now_called[was] = str(record.id)
