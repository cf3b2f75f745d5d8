"""What the view knows of other stations: whom somebody here accepted, and records that cannot both be right.

Like everything in the view it is a function of the set of records, whatever order they came in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kiosk.domain.gaps import gap_in
from kiosk.domain.incidents import IncidentKind, admitted_again
from kiosk.domain.journal import Kind, Record, from_ms, to_ms
from kiosk.domain.merging import Passage
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection, scalar

EXCHANGE_KINDS = frozenset({Kind.DEVICE_ADD, Kind.DEVICE_REVOKE, Kind.FORK, Kind.GAP, Kind.HUB_FAULT, Kind.SETTLE})

_SCHEMA = """
create table trust (
  log text not null, seq integer not null, hlc_ms integer not null, hlc_n integer not null, by_device text not null,
  kind text not null, device text not null, key text not null, name text not null, role text not null,
  ends text not null, primary key (log, seq)) without rowid;
create table origin (
  log text primary key, parent text not null, device text not null, at_ms integer not null) without rowid;
create index origin_parent on origin (parent);
create table incident (
  id text primary key, kind text not null, subject text not null, place text not null,
  one text not null, other text not null, at_ms integer not null) without rowid;
create index incident_subject on incident (subject, place);
create table settled (
  id text not null, log text not null, seq integer not null, at_ms integer not null, actor text not null,
  beside text not null, primary key (id, log, seq)) without rowid
"""


class ExchangeFold:
    """These tables on the view's writing connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def create(self) -> None:
        """Make the tables of an empty view."""
        for statement in _SCHEMA.strip().split(";\n"):
            self.connection.execute(statement)

    def apply(self, record: Record) -> None:
        """Fold one record in."""
        body = record.body
        if record.kind == Kind.SETTLE:
            self.connection.execute(
                "insert or ignore into settled values (?, ?, ?, ?, ?, ?)",
                (
                    str(body["incident"]), record.id.log, record.id.seq, to_ms(record.at), record.actor,
                    str(body.get("beside", "")),
                ),
            )  # fmt: skip
        elif record.kind == Kind.FORK:
            log, seq, (one, other) = str(body["log"]), int(body["seq"]), sorted(map(str, body["hashes"]))
            incident = f"{IncidentKind.FORK}:{log}:{seq}"
            self._add((incident, IncidentKind.FORK, log, "", one, other, to_ms(record.at)))
        elif record.kind == Kind.GAP:
            gap = gap_in(record)
            if gap is None:
                raise ValueError("says nothing of what is lost")
            at = str(record.id)
            self._add(
                (f"{IncidentKind.LOST}:{gap.log}:{gap.last}", IncidentKind.LOST, gap.log, "", at, at, to_ms(record.at))
            )
        elif record.kind == Kind.HUB_FAULT:
            int(body["n"])
            incident, at = hub_fault(str(body["boot"]), str(body["what"])), str(record.id)
            self._add((incident, IncidentKind.HUB, str(body["hub"]), "", at, at, to_ms(record.at)))
        else:
            self.connection.execute(
                "insert or ignore into trust values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.id.log, record.id.seq, record.hlc.wall_ms, record.hlc.count, record.device,
                    record.kind, str(body["device"]), str(body.get("key", "")), str(body.get("name", "")),
                    str(body.get("role", "")), _ends_in(body),
                ),
            )  # fmt: skip

    def opened(self, record: Record) -> None:
        """A log was opened. Two that name the same end of a log before were written by copies of one disk."""
        parent = record.body.get("parent")
        if not parent:
            return
        log, seq, _digest = parent
        name = f"{log}:{seq}"
        self.connection.execute(
            "insert or ignore into origin values (?, ?, ?, ?)", (record.id.log, name, record.device, to_ms(record.at))
        )
        logs = self.connection.execute(
            "select count(*), min(device), min(log), max(log), max(at_ms) from origin where parent = ?", (name,)
        )
        count, device, one, other, at_ms = logs.fetchone()
        if count > 1:
            incident = f"{IncidentKind.CLONE}:{name}"
            row = (incident, IncidentKind.CLONE, device, "", one, other, at_ms)
            self.connection.execute("insert or replace into incident values (?, ?, ?, ?, ?, ?, ?)", row)

    def passages(self, subject: str, place: str, passages: Sequence[Passage], times: dict[RecordId, int]) -> None:
        """Everything that is known of somebody at a place: were they let in twice by stations that did not know?"""
        self.connection.execute(
            "delete from incident where subject = ? and place = ? and kind = ?", (subject, place, IncidentKind.TWICE)
        )
        for first, again in admitted_again(passages):
            incident = f"{IncidentKind.TWICE}:{again.record}"
            row = (incident, IncidentKind.TWICE, subject, place, str(first.record), str(again.record))
            self._add((*row, times[again.record]))

    def not_understood(self, record: Record) -> None:
        """Keep that this record of another station says nothing to this program."""
        name = str(record.id)
        row = (f"{IncidentKind.UNREAD}:{name}", IncidentKind.UNREAD, record.device, "", name, name, to_ms(record.at))
        self._add(row)

    def _add(self, row: tuple[Any, ...]) -> None:
        """Of what several records tell of one incident, the order in which they come decides nothing."""
        self.connection.execute(
            "insert into incident values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set "
            "one = min(one, excluded.one), other = max(other, excluded.other), at_ms = min(at_ms, excluded.at_ms)",
            row,
        )


def hub_fault(boot: str, what: str) -> str:
    """The name of an incident: all that stations notice of one fault of one run of a hub."""
    return f"{IncidentKind.HUB}:{boot}:{what}"


def is_known(view: Connection, incident: str) -> bool:
    """Whether there is such an incident, settled or not."""
    return scalar(view, "select 1 from incident where id = ?", incident) is not None


def _ends_in(body: Mapping[str, Any]) -> str:
    ends = {str(log): int(seq) for log, seq in body.get("ends", {}).items()}
    return json.dumps(ends) if ends else ""


def gone_devices(view: Connection, hub: str) -> dict[tuple[str, str], int]:
    """The logs of devices that this hub sent away, and how far it held each by then: by log, and by who opened it."""
    rows = view.execute("select key, ends from trust where by_device = ? and ends <> '' order by log, seq", (hub,))
    gone: dict[tuple[str, str], int] = {}
    for key, ends in rows:
        for log, seq in json.loads(ends).items():
            gone[log, key] = max(seq, gone.get((log, key), 0))
    return gone


def accepted_devices(view: Connection, by: Sequence[str]) -> dict[str, str]:
    """The keys (hex) of the devices that these devices' people accepted, and did not revoke since."""
    marks = ",".join("?" * len(by))
    rows = view.execute(
        f"select kind, device, key from trust where by_device in ({marks}) order by hlc_ms, hlc_n, log, seq", tuple(by)
    )
    accepted: dict[str, str] = {}
    for kind, device, key in rows:
        if kind == Kind.DEVICE_ADD:
            accepted[device] = key
        else:
            accepted.pop(device, None)
    return accepted


def announced_roles(view: Connection, hub: str) -> dict[str, str]:
    """What each device is for that this hub's own log told of, and did not revoke since; empty where it did not say."""
    rows = view.execute(
        "select kind, device, role from trust where by_device = ? order by hlc_ms, hlc_n, log, seq", (hub,)
    )
    roles: dict[str, str] = {}
    for kind, device, role in rows:
        if kind == Kind.DEVICE_ADD:
            roles[device] = role
        else:
            roles.pop(device, None)
    return roles


def hubs(view: Connection) -> set[str]:
    """The hubs that ever told here what a device is for: nobody else does."""
    return {row[0] for row in view.execute("select distinct by_device from trust where role <> ''")}


def station_names(view: Connection) -> dict[str, str]:
    """What each device was called when it was accepted, and since, by the latest record."""
    named = view.execute("select device, name from trust where name <> '' order by hlc_ms, hlc_n, log, seq").fetchall()
    opened = view.execute("select l.device, l.station from log l where l.station <> '' order by l.log").fetchall()
    return {**dict(opened), **dict(named)}


def logs_of(view: Connection, device: str) -> list[str]:
    """The logs a device has written."""
    return [row[0] for row in view.execute("select log from log where device = ? order by log", (device,))]


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """Two records that cannot both be right; who settled it, empty while nobody has."""

    id: str
    kind: IncidentKind
    subject: str
    place: str
    one: str
    other: str
    at: datetime
    settled_by: str


def incidents(view: Connection) -> list[IncidentRow]:
    """Every incident, oldest first. What was settled stays so where clocks that were put right turn it round."""
    rows = view.execute(
        "select i.id, i.kind, i.subject, i.place, i.one, i.other, i.at_ms, coalesce("
        "(select coalesce(n.name, s.actor) from settled s left join staff n on n.id = s.actor where s.id = i.id "
        f"or (i.kind = '{IncidentKind.TWICE}' and s.id = '{IncidentKind.TWICE}:' || i.one "
        "and s.beside in ('', i.other)) "
        "order by s.at_ms, s.log, s.seq limit 1), '') from incident i order by i.at_ms, i.id"
    )
    return [
        IncidentRow(incident, IncidentKind(kind), subject, place, one, other, from_ms(at_ms), settled_by)
        for incident, kind, subject, place, one, other, at_ms, settled_by in rows
    ]


def count_incidents(view: Connection) -> int:
    """How many there are, settled ones too."""
    count: int = scalar(view, "select count(*) from incident")
    return count


def disputed(view: Connection) -> list[tuple[str, list[str]]]:
    """Attendees with fields that have two standing values, and which."""
    rows = view.execute("select id, disputed from attendee where disputed <> '' order by id")
    return [(attendee_id, names.split(",")) for attendee_id, names in rows]


def station_of(view: Connection, log: str) -> str:
    """The name of the station that wrote a log."""
    return scalar(view, "select station from log where log = ?", log) or ""
