"""Faults done to a station on purpose, and what must be true afterwards. For the tests and for the long run (`soak`)."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.verdicts import Outcome
from kiosk.storage import roster
from kiosk.storage.store import Store
from tests.builders import Desk, a_station, an_attendee, enrol, some_attendees

PAGE = 4096


def _bit(data: bytearray, chance: random.Random) -> bytearray:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def _zeroed_sector(data: bytearray, chance: random.Random) -> bytearray:
    at = chance.randrange(max(1, len(data) // 512)) * 512
    data[at : at + 512] = bytes(len(data[at : at + 512]))
    return data


def _swapped_pages(data: bytearray, chance: random.Random) -> bytearray:
    one, other = chance.sample(range(len(data) // PAGE), 2)
    a, b = (slice(n * PAGE, (n + 1) * PAGE) for n in (one, other))
    data[a], data[b] = data[b], data[a]
    return data


def _cut_short(data: bytearray, chance: random.Random) -> bytearray:
    return data[: chance.randrange(1, len(data))]


def _empty(data: bytearray, chance: random.Random) -> bytearray:
    return bytearray()


def _first_page(data: bytearray, chance: random.Random) -> bytearray:
    data[:PAGE] = chance.randbytes(PAGE)
    return data


def _foreign(data: bytearray, chance: random.Random) -> bytearray:
    return bytearray(b"\xff\xd8\xff\xe0 a photograph " + chance.randbytes(len(data) // 2))


DAMAGES: dict[str, Callable[[bytearray, random.Random], bytearray]] = {
    "a bit": _bit,
    "a zeroed sector": _zeroed_sector,
    "swapped pages": _swapped_pages,
    "cut short": _cut_short,
    "empty": _empty,
    "first page": _first_page,
    "a foreign file": _foreign,
}


def damage(path: Path, kind: str, seed: int) -> bytes:
    """Damage a file; answers the bytes that are in it now."""
    data = bytes(DAMAGES[kind](bytearray(path.read_bytes()), random.Random(f"{kind} {seed}")))
    path.write_bytes(data)
    return data


def damage_unseen(path: Path, kind: str, seed: int) -> None:
    """Damage a file as a failing disk does: neither its size nor its time tell."""
    before = path.stat()
    damage(path, kind, seed)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


PEOPLE = 120
SCANNED = 40
UNDONE = 5
"""Of those scanned, so many were taken back."""


def a_morning(folder: Path) -> dict[str, object]:
    """A day's beginning: a roster, scans, a walk-in, an edit, a blocked and a replaced badge, undos, refused scans."""
    from kiosk.services.edit import Edit

    with a_station(folder) as desk:
        desk.station.set_operator("Marta Vieira")
        enrol(desk.store, some_attendees(PEOPLE))
        enrol(desk.store, an_attendee("Late", "Comer", code="LATE-1", note="n" * 3000, extras={"T-shirt": "XL"}))
        for n in range(1, SCANNED + 1):
            assert desk.scan(f"{n:06}").outcome is Outcome.ADMITTED
        for n in range(1, UNDONE + 1):
            admission = roster.admission_of(desk.store.view.connection, _id(desk, n), "desk")
            assert admission is not None
            desk.check_in.undo(admission.record)
        edit = Edit(desk.store, desk.station)
        edit.set(_id(desk, 10), {"badge_name": "Ten", "note": "Speaks at noon."})
        edit.block(_id(desk, 100), "000100")
        desk.scan("000100")
        desk.scan("SOMETHING ELSE")
        return knowledge(desk.store)


def _id(desk: Desk, number: int) -> str:
    found = roster.by_code(desk.store.view.connection, f"{number:06}")
    assert found is not None
    return found[0].id


def knowledge(store: Store) -> dict[str, object]:
    """All that a desk decides and shows by: the roster, the codes, who is in and since when, what happened."""
    view = store.view.connection
    people = {known.attendee.id: known for known in roster.everyone(view)}
    admitted = {}
    for attendee_id in people:
        admission = roster.admission_of(view, attendee_id, "desk")
        admitted[attendee_id] = (admission.at, admission.place, admission.by) if admission else None
    happened = view.execute(
        "select at_ms, kind, subject, place, outcome, reason, actor from passage order by at_ms, kind, subject"
    ).fetchall()
    return {"people": people, "admitted": admitted, "happened": [tuple(row) for row in happened]}


@dataclass(slots=True)
class Tally:
    """What came of a series of faults."""

    rounds: int = 0
    noticed: int = 0
    harmless: int = 0
    lost: int = 0
    failures: int = 0
