"""A wiped station: nothing of anybody is left, and nothing was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.errors import KeyUnavailable, StillUnsent
from kiosk.services.wipe import wipe
from kiosk.storage.keys import data_key
from kiosk.storage.store import open_store
from tests.builders import an_attendee, enrol

PASSPHRASE = "correct horse battery"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_PASSPHRASE", PASSPHRASE)
    return tmp_path / "station"


def test_nothing_is_destroyed_while_a_record_is_here_only(folder: Path) -> None:
    folder.mkdir()
    store = open_store(folder, data_key(folder))
    enrol(store, an_attendee("Ada", "Lovelace", code="000001"))
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(StillUnsent, match="3 records"):
        wipe(store, lambda: 3)
    assert sorted(path.name for path in folder.iterdir()) == before
    store.close()
    open_store(folder, data_key(folder)).close()


def test_key_and_files_are_gone_for_ever(folder: Path) -> None:
    folder.mkdir()
    store = open_store(folder, data_key(folder))
    enrol(store, an_attendee("Ada", "Lovelace", code="000001"))
    (folder / "badges").mkdir()
    (folder / "badges" / "Lovelace.pdf").write_text("Ada Lovelace")
    journal = (folder / "journal.db").read_bytes()
    wipe(store, lambda: 0)
    assert [path.name for path in folder.iterdir() if path.name != "station.lock"] == []
    (folder / "journal.db").write_bytes(journal)  # somebody undeletes the file
    with pytest.raises(KeyUnavailable):
        data_key(folder)


def test_a_key_in_the_keyring_is_taken_out_of_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}

    class Ring:
        def set_password(self, service: str, name: str, word: str) -> None:
            kept[service, name] = word

        def get_password(self, service: str, name: str) -> str | None:
            return kept.get((service, name))

        def delete_password(self, service: str, name: str) -> None:
            del kept[service, name]

    monkeypatch.delenv("KIOSK_PASSPHRASE")
    monkeypatch.setattr("kiosk.storage.keys._keyring", Ring)
    folder.mkdir()
    store = open_store(folder, data_key(folder))
    assert kept
    wipe(store, lambda: 0)
    assert kept == {}
