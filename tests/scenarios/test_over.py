"""The conference is over: nothing of anybody is left in any file, whoever can read them, and what happened still is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.admission import DESK
from kiosk.services.attendance import Attendance
from kiosk.services.reports import make_report
from kiosk.services.retention import Retention
from kiosk.services.station import Station
from kiosk.services.verify import verify
from kiosk.storage import roster
from kiosk.storage.keys import data_key
from kiosk.storage.pages import PAGE_BYTES, _Pages
from kiosk.storage.purge import holds_names
from kiosk.storage.store import open_store
from tests.scenarios.test_canary import CANARIES, PASSPHRASE, lived, spellings

__all__ = ["lived"]

pytestmark = pytest.mark.expect_log

_WAL_HEADER, _FRAME_HEADER = 32, 24


def decrypted(path: Path, key: bytes) -> Iterator[bytes]:
    """Every page there is in a database or its write-ahead log: those in use, free ones, those written over later."""
    data = path.read_bytes()
    pages = _Pages(Path("none"), key)
    wal = path.name.endswith("-wal")
    header, step = (_WAL_HEADER, _FRAME_HEADER) if wal else (0, 0)
    for start in range(header, len(data) - PAGE_BYTES - step + 1, PAGE_BYTES + step):
        page = data[start + step : start + step + PAGE_BYTES]
        yield pages.open(1 if start == 0 else 2, page)


def everything_in(folder: Path) -> dict[str, bytes]:
    """All that whoever holds the key can read there."""
    key = data_key(folder, lambda new: PASSPHRASE)
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            plain = path.name.encode() + path.read_bytes()
            database = path.name.endswith((".db", ".db-wal"))
            found[path.name] = plain + b"".join(decrypted(path, key) if database else ())
    return found


def canaries_in(folder: Path) -> set[str]:
    return {
        f"{text} in {name}"
        for name, content in everything_in(folder).items()
        for text in CANARIES
        for spelling in spellings(text)
        if spelling in content
    }


def test_no_byte_of_anybody_is_left_for_whoever_has_the_key(lived: Station, tmp_path: Path) -> None:
    store, folder = lived.store, lived.store.folder
    for place in ("badges/Quaggaworth.pdf", "imports/decide.csv", "report.csv", "journal.damaged-1.db", "kiosk.log.1"):
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_text("Quaggaworth")
    store.checkpoint()
    before = canaries_in(folder)
    assert {line.rpartition(" in ")[2] for line in before} >= {
        *("journal.db", "journal.db-wal", "view.db", "Quaggaworth.pdf", "decide.csv", "report.csv"),
        *("journal.damaged-1.db", "kiosk.log.1"),
    }
    assert {line.partition(" in ")[0] for line in before} >= set(CANARIES) - {"AYEAYE-VCARD"}
    retention = Retention(store, lived)
    assert retention.told() == ""
    retention.purge(lambda: 0)
    assert canaries_in(folder) == set()
    assert "personal data was removed" in retention.told()
    assert not holds_names(store)
    assert verify(store).problems == ()
    store.close()
    assert canaries_in(folder) == set()
    again = open_store(folder, data_key(folder, lambda new: PASSPHRASE))
    assert canaries_in(folder) == set()
    again.close()


def test_who_came_and_how_long_can_still_be_told_without_a_name(lived: Station) -> None:
    store = lived.store
    hours = {person.attendee.id: person.result.total for person in Attendance(store, lived).everyone()}
    came = {row[6] for row in make_report(lived, "attendance").rows if row[6]}
    arrivals = make_report(lived, "arrivals").rows
    scanned = {person for person in hours if hours[person]}
    in_before = roster.counts(store.view.connection, DESK).checked_in
    Retention(store, lived).purge(lambda: 0)
    after = {person.attendee.id: person.result.total for person in Attendance(store, lived).everyone()}
    assert len(after) == 2  # who came; the fifty who did not are forgotten
    assert scanned <= set(after)
    assert all(hours[person] == total for person, total in after.items())
    table = make_report(lived, "attendance")
    assert {row[6] for row in table.rows if row[6]} == came
    assert {row[0] for row in table.rows} == set(after)
    assert all(not any(row[1:4]) for row in table.rows)
    assert make_report(lived, "arrivals").rows == arrivals
    assert roster.counts(store.view.connection, DESK).checked_in == in_before
