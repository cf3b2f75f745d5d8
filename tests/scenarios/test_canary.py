"""A day with unmistakable people: nothing of them lies in the data folder in the clear, nor in a record."""

from __future__ import annotations

import contextlib
import csv
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import log
from kiosk.config import Settings
from kiosk.errors import BadInput
from kiosk.services.badges import Badges
from kiosk.services.check_in import CheckIn
from kiosk.services.doors import Door, Doors
from kiosk.services.edit import Edit
from kiosk.services.find import Find
from kiosk.services.import_roster import ImportRoster
from kiosk.services.monitor import Monitor
from kiosk.services.station import Station
from kiosk.services.walk_in import WalkIn
from kiosk.storage.keys import data_key
from kiosk.storage.store import Store, open_store
from tests.builders import Clock, a_session, hold

pytestmark = pytest.mark.expect_log

CANARIES = (
    "Zebulonia", "Quaggaworth", "Okapishire", "okapi.quagga@example.org", "+1 404 555 0199", "QUAGGA-TICKET-77",
    "allergic to axolotls", "Vaquitason", "Pangolina", "Numbatford", "knows her by sight", "Kakapomarta",
    "AYEAYE-VCARD",
)  # fmt: skip
PASSPHRASE = "the aardvark walks at midnight"


def spellings(text: str) -> Iterator[bytes]:
    for form in (text, text.lower(), text.upper()):
        yield form.encode()
        yield form.encode("utf-16-le")
        yield form.encode("utf-16-be")


def at_a_door(store: Store, station: Station, attendee_id: str, walker_id: str) -> None:
    """Both come to a session, one of them by the kindness of a supervisor."""
    hold(store, a_session(start=station.clock()))
    door, doors, monitor = Door("Salon A"), Doors(store, station), Monitor(store, station)
    doors.present("QUAGGA-TICKET-77", door)
    monitor.join(walker_id, "id-HP1A")
    doors.let_in(attendee_id, door)
    doors.override(walker_id, door, "knows her by sight", "Kakapomarta")
    doors.present("QUAGGA-TICKET-77", door, out=True)
    monitor.count_seats("id-HP1A", 3, by="Kakapomarta")


@pytest.fixture
def day(lived: Station) -> Path:
    """The data folder while the day is on: write-ahead logs and all."""
    return lived.store.folder


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Station]:
    """A station that has such a day behind it."""
    folder = tmp_path / "data"
    folder.mkdir()
    roster = tmp_path / "roster.csv"
    with roster.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["First Name", "Last Name", "Agency", "Email", "Phone", "Ticket Code", "Notes"])
        writer.writerow(["Zebulonia", "Quaggaworth", "Okapishire", *CANARIES[3:6], "allergic to axolotls"])
        writer.writerows([f"F{n}", f"L{n}", "Agency", "", "", f"T{n}", ""] for n in range(50))
    end_log = log.start(Settings(data=folder))
    store = open_store(folder, data_key(folder, lambda new: PASSPHRASE))
    clock = Clock()
    station = Station(store, clock)
    station.set_operator("Kakapomarta")
    importer, find, badges = ImportRoster(store, station), Find(store), Badges(store, station)
    importer.write(importer.plan(roster))
    check_in = CheckIn(store, station, badges.on_first_admission)
    verdict = check_in.present("QUAGGA-TICKET-77")
    assert verdict is not None
    assert verdict.admitted
    assert verdict.attendee is not None
    clock.forward(60)
    check_in.present("QUAGGA-TICKET-77")
    check_in.present("BEGIN:VCARD\nN:AYEAYE-VCARD;X\nEND:VCARD")
    walker = WalkIn(store, station, find).add({"first": "Vaquitason", "last": "Pangolina", "agency": "Numbatford"})
    Edit(store, station).set(walker.id, {"badge_name": "Pangolina", "status": "cancelled"})
    check_in.override(walker.id, "knows her by sight", "Kakapomarta")
    at_a_door(store, station, verdict.attendee.id, walker.id)
    badges.ask(walker.id)
    badges.ask(walker.id, "Pangolina lost hers")
    find.find("quaggaworth")
    station.store.rebuild_view()
    with contextlib.suppress(BadInput):
        Edit(store, station).set(walker.id, {"status": "Quaggaworth"})
    with contextlib.suppress(RuntimeError), store.write():
        raise RuntimeError("stopped at 'Zebulonia'")
    logging.getLogger("kiosk.desk").error("could not greet %s", "Zebulonia Quaggaworth")
    try:
        raise ValueError("no such person: 'Zebulonia Quaggaworth'")
    except ValueError:
        logging.getLogger("kiosk.desk").exception("odd")
    yield station
    store.close()
    end_log()


def test_no_file_of_the_data_folder_holds_anything_personal_in_the_clear(day: Path) -> None:
    files = [path for path in day.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"journal.db", "journal.db-wal", "view.db", "view.db-wal", "key.json", log.LOG_NAME} <= names
    found = [
        f"{text} in {path.name}"
        for path in files
        for content in [path.read_bytes() + path.name.encode()]
        for text in (*CANARIES, PASSPHRASE)
        for spelling in spellings(text)
        if spelling in content
    ]
    assert found == []


def test_no_record_holds_anything_personal_even_when_it_is_read(day: Path) -> None:
    copy = day.parent / "copy"
    copy.mkdir()
    for path in day.iterdir():
        if path.name != "station.lock":
            (copy / path.name).write_bytes(path.read_bytes())
    store = open_store(copy, data_key(copy, lambda new: PASSPHRASE))
    data = b"\n".join(row[0] for row in store.connection.execute("select bytes from record"))
    values = b"\n".join(row[0] for row in store.connection.execute("select value from value"))
    store.close()
    assert [text for text in CANARIES for spelling in spellings(text) if spelling in data] == []
    beside = ("Zebulonia", "Vaquitason", "knows her by sight", "Kakapomarta")
    assert all(text.encode() in values for text in beside), "the day did not bring the canaries in"
