"""Faults done to a station on purpose, and what must be true afterwards: for the tests and for the long run."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.domain.programme import ProgrammeSession, Room, SessionId
from kiosk.domain.programme_json import ProgrammeChange, Subject, session_fields
from kiosk.domain.programme_plan import ProgrammePlan
from kiosk.domain.verdicts import Outcome
from kiosk.errors import KeyUnavailable
from kiosk.services.edit import Edit
from kiosk.services.programme import Programme
from kiosk.storage import programme, roster
from kiosk.storage.proof import view_against_fold
from kiosk.storage.store import Store, open_store
from tests.builders import KEY, Desk, a_station, an_attendee, enrol, some_attendees

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


def a_morning(folder: Path, cut_off: Path | None = None) -> dict[str, object]:
    """A day's beginning: a roster, scans, an edit, a blocked badge, undos, refused scans. Answers what the desk knows.

    `cut_off` gets a copy of the folder as a power cut would leave it.
    """

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
        _a_programme(desk)
        desk.scan("000100")
        desk.scan("SOMETHING ELSE")
        if cut_off is not None:
            shutil.copytree(folder, cut_off)
        return knowledge(desk.store)


def _a_programme(desk: Desk) -> None:
    """Sessions, one of which moved; places, one of which was given up."""
    start = datetime(2023, 5, 4, 12, 30, tzinfo=UTC)
    programme = Programme(desk.store, desk.station)
    programme.change_room(Room("Salon B", 180))
    sessions = [
        ProgrammeSession(SessionId(code), code, code, "Salon A", start, start + timedelta(hours=1)) for code in "ABC"
    ]
    changes = [ProgrammeChange(Subject.SESSION, each.id, session_fields(each), new=True) for each in sessions]
    programme.write(ProgrammePlan("p.json", "JSON", (), tuple(changes), ()))
    programme.change("A", {"room": "Salon B"})
    for n in range(1, 5):
        programme.enrol(_id(desk, n), "A")
    programme.withdraw(_id(desk, 2), "A")


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
    rows = view.execute(
        "select at_ms, kind, subject, place, outcome, reason, actor from passage order by at_ms, kind, subject"
    ).fetchall()
    answers = [tuple(row) for row in rows if row[1] != "undo"]
    undos = {tuple(row) for row in rows if row[1] == "undo"}  # one that is said twice takes nothing more back
    return {
        "people": people,
        "admitted": admitted,
        "answers": answers,
        "undos": undos,
        "sessions": programme.all_sessions(view),
        "rooms": programme.rooms(view),
        "places": programme.pairs(view),
    }


@dataclass(slots=True)
class Damaged:
    """What became of a series of damaged files."""

    rounds: int = 0
    same: int = 0
    """The desk answers as before."""
    said: int = 0
    """The desk says that something is lost, or asks for the right key."""
    silent: int = 0
    """The desk answers otherwise and does not say why: must never be."""
    slowest_start_s: float = 0.0


def damage_often(day: Path, before: dict[str, object], name: str, kind: str, rounds: int, *, view: bool) -> Damaged:
    """Damage one file of a copy of this day each time, with the view beside it or gone, and start the station."""
    result = Damaged(rounds)
    for seed in range(rounds):
        data = Path(shutil.copytree(day, day.parent / "copy"))
        if not view:
            (data / "view.db").unlink()
        damage(data / name, kind, seed)
        began = time.monotonic()
        try:
            store = open_store(data, KEY)
        except KeyUnavailable:
            result.said += 1
        else:
            same = knowledge(store) == before
            result.same += same
            result.said += not same and bool(store.notices)
            result.silent += (not same and not store.notices) or any(view_against_fold(store))
            store.close()
        result.slowest_start_s = max(result.slowest_start_s, time.monotonic() - began)
        shutil.rmtree(data)
    return result
