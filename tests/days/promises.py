"""What must be true at the end of every day, as a small model says that knows nothing but sets of records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kiosk.domain.clocks import Clocks
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.journal import Kind, Record
from kiosk.domain.verdicts import RecordId
from kiosk.services.incidents import Incidents
from kiosk.storage import exchange, roster
from kiosk.storage.proof import chains, fingerprints, view_against_fold
from tests.days.acts import PLACES
from tests.meeting import after

if TYPE_CHECKING:
    from tests.days.day import Day

Promise = Callable[["Day", Sequence[Record]], None]
"""Asked for when everybody holds the same; the records are those that all hold."""


class Broken(AssertionError):
    """A promise that was not kept."""


def model(records: Sequence[Record]) -> tuple[dict[tuple[str, str], RecordId], list[Record]]:
    """Which admission counts for each person and place, and which others stand beside it."""
    undone = {record.body["target"] for record in records if record.kind == Kind.UNDO}
    effective: dict[tuple[str, str], RecordId] = {}
    further = []
    clocks = Clocks()  # what follows from them is proved in tests/domain/test_clocks.py
    for record in sorted(records, key=lambda record: (record.id.log, record.id.seq)):
        clocks.learn(record)

    def order(record: Record) -> tuple[int, int, str, int]:
        _at_ms, order_ms = clocks.dated(record)
        return (order_ms, record.hlc.count, record.id.log, record.id.seq)

    for record in sorted(records, key=order):
        if record.kind != Kind.ADMIT or str(record.id) in undone:
            continue
        if effective.setdefault((record.body["subject"], record.place or ""), record.id) != record.id:
            further.append(record)
    return effective, further


def all_say_the_same(day: Day, _records: Sequence[Record]) -> None:
    """The same bytes, and the same made of them; what one of them proves of itself is then proved of all."""
    first, *others = day.nodes.values()
    content, tables = first.content(), fingerprints(first.store.view.connection)
    for node in others:
        if node.content() != content:
            raise Broken(f"{node.name} has the same vector and other records")
        found = fingerprints(node.store.view.connection)
        if found != tables:
            raise Broken(f"they hold the same and say other things: {[n for n in tables if tables[n] != found[n]]}")
    if problems := [*chains(first.store), *view_against_fold(first.store)]:
        raise Broken(f"{first.name}: {problems}")


def nothing_is_kept_aside(day: Day, _records: Sequence[Record]) -> None:
    for node in day.nodes.values():
        if exchange.waiting(node.store.connection):
            raise Broken(f"{node.name} keeps records aside")


def the_hub_holds_all(day: Day, _records: Sequence[Record]) -> None:
    """Byte for byte; and then, and only then, nothing is said to be unsent."""
    if day.hub is None:
        return
    (first, *_others) = day.nodes.values()
    if day.hub.content() != after(first.store, {}):
        raise Broken("the hub has the same vector and other records")
    for node in day.nodes.values():
        if node.round.unsent():
            raise Broken(f"{node.name} has a receipt for everything and says that {node.round.unsent()} are unsent")


def no_green_is_gone(day: Day, _records: Sequence[Record]) -> None:
    (first, *_others) = day.nodes.values()  # all hold the same
    for at, digest in day.green.items():
        if at not in day.gone and first.hash_at(at) != digest:
            raise Broken(f"{at} was shown green and is gone")


def one_admission_counts(day: Day, records: Sequence[Record]) -> None:
    """One admission counts for each person and place, and every other one is an incident."""
    (node, *_others) = day.nodes.values()
    effective, further = model(records)
    view = node.store.view.connection
    found = {(row[0], row[1]): RecordId(row[2], row[3]) for row in view.execute(
        "select attendee_id, place, log, seq from admission")}  # fmt: skip
    if found != effective:
        raise Broken("another admission counts than the model says")
    incidents = {
        incident.other.record
        for incident in Incidents(node.store, node.desk.station).all()
        if incident.kind is IncidentKind.TWICE
    }
    if incidents != {str(record.id) for record in further}:
        raise Broken("an admission is neither the one that counts nor an incident")
    day.incidents = len(further)


def people_are_counted_once(day: Day, records: Sequence[Record]) -> None:
    effective, _further = model(records)
    for node in day.nodes.values():
        for place in PLACES:
            count = roster.counts(node.store.view.connection, place).checked_in
            if count != sum(at_place == place for _subject, at_place in effective):
                raise Broken(f"{node.name} counts {count} people at the {place}")


def no_station_lets_somebody_in_twice(day: Day, records: Sequence[Record]) -> None:
    """But for one of which there were two disks, or whose disk forgot."""
    effective, further = model(records)
    devices = {node.store.journal.device.id: name.rstrip("'") for name, node in day.nodes.items()}
    excused = {name.rstrip("'") for name in day.copied}
    by_station: dict[tuple[str, str, str], int] = defaultdict(int)
    for record in [record for record in records if record.id in effective.values()] + further:
        by_station[record.device, str(record.body["subject"]), str(record.place)] += 1
    for (device, _subject, _place), count in by_station.items():
        if count > 1 and devices[device] not in excused:
            raise Broken("one station let somebody in twice")


def who_knows_wins(day: Day, records: Sequence[Record]) -> None:
    """An edit made in knowledge of another never loses to it, whatever the clocks say."""
    held = {record.id for record in records}
    (node, *_others) = day.nodes.values()
    for person, old, new in day.knowing:
        rows = node.store.view.connection.execute("select writers from attendee where id = ?", (person,)).fetchall()
        if new in held and any(f'"{old}"' in row[0].partition('"note"')[2].partition("]")[0] for row in rows):
            raise Broken("an edit made in knowledge of another lost to it")


def a_copied_disk_is_told(day: Day, records: Sequence[Record]) -> None:
    """Two logs that go on from the same record are two disks with one past; nothing else is."""
    (node, *_others) = day.nodes.values()
    parents = [tuple(r.body["parent"]) for r in records if r.kind == Kind.OPEN and r.body["parent"]]
    kinds = {incident.kind for incident in Incidents(node.store, node.desk.station).all()}
    if (len(parents) > len(set(parents))) != (IncidentKind.CLONE in kinds):
        raise Broken("a copied disk was not noticed")
    if IncidentKind.FORK in kinds:
        raise Broken("a log goes two ways")


PROMISES: tuple[Promise, ...] = (
    nothing_is_kept_aside,
    all_say_the_same,
    the_hub_holds_all,
    no_green_is_gone,
    one_admission_counts,
    people_are_counted_once,
    no_station_lets_somebody_in_twice,
    who_knows_wins,
    a_copied_disk_is_told,
)
