"""Opening the program: the demo without a display, the window on a data folder, and what a fresh machine is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest
from PySide6.QtGui import QImage

from kiosk.config import Settings
from kiosk.errors import BadInput
from kiosk.start import FACE_FILE, Face, _open
from kiosk.storage.keys import data_key
from kiosk.storage.store import open_store
from tests.builders import a_session, hold

PASSPHRASE = "a passphrase for tests"


def kiosk(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *words],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_demo_without_a_display_imports_scans_prints_and_names_its_files(tmp_path: Path) -> None:
    done = kiosk("demo", "--offscreen-check", "--to", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["people"] > 1_000
    assert said["verdicts"] == ["admitted", "admitted", "unknown", "refused"]
    page = pypdf.PdfReader(said["badge"]).pages[0]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (288, 216)
    assert QImage(said["screenshot"]).width() == 1280


def test_the_demo_leaves_nothing_of_its_data_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = kiosk("demo", "--offscreen-check", "--to", str(tmp_path / "out"), TMPDIR=str(scratch))
    assert done.returncode == 0, done.stderr
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("moment", ["1", "answer"])
def test_the_window_opens_on_a_station_and_says_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setenv("KIOSK_PASSPHRASE", PASSPHRASE)
    open_store(tmp_path, data_key(tmp_path)).close()
    done = kiosk(KIOSK_DATA=str(tmp_path), KIOSK_PASSPHRASE=PASSPHRASE, BENCH_EXIT_AFTER_PAINT=moment)
    assert (done.returncode, done.stdout.strip()) == (0, "FIRST_PAINT"), done.stderr


def test_without_a_display_the_window_says_what_can_be_done() -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    done = subprocess.run(
        [sys.executable, "-m", "kiosk"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "demo --offscreen-check" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_face_holds_nothing_personal_and_survives_being_damaged(tmp_path: Path) -> None:
    face = Face("PLECET", "PLECET 2023", "America/New_York", "Desk 2", demo=True)
    face.write(tmp_path)
    assert Face.read(tmp_path) == face
    assert set(json.loads((tmp_path / FACE_FILE).read_text())) == {
        "conference",
        "short_name",
        "zone",
        "station",
        "demo",
        "room",
    }
    for damage in (
        "",
        "[]",
        '{"zone": 7}',
        '{"conference":"","short_name":"","zone":"Nowhere/Else","station":"","demo":false}',
    ):
        (tmp_path / FACE_FILE).write_text(damage)
        assert Face.read(tmp_path) == Face()


def test_a_fresh_machine_begins_a_station_with_what_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    from kiosk import start
    from kiosk.services.station import Conference, Station
    from kiosk.ui.screens import set_up

    chosen = set_up.Chosen(False, Conference("PLECET", "PLECET", "America/New_York"), "Desk 2", PASSPHRASE)
    monkeypatch.setattr(set_up, "ask_set_up", lambda theme, needs: chosen)
    monkeypatch.setattr(start, "run_desk", lambda app, desk: 0)
    folder = tmp_path / "fresh"
    assert start.run_window(Settings(data=folder), demo=lambda: 5) == 0
    store = open_store(folder, data_key(folder, lambda new: PASSPHRASE))
    try:
        station = Station(store)
        assert (station.conference.title, station.name) == ("PLECET", "Desk 2")
    finally:
        store.close()
    monkeypatch.setattr(set_up, "ask_set_up", lambda theme, needs: set_up.Chosen(demo=True))
    assert start.run_window(Settings(data=tmp_path / "other"), demo=lambda: 5) == 5


def test_a_passphrase_is_asked_for_only_where_one_opens_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.errors import KeyUnavailable
    from kiosk.start import WrongPassphrase, _open

    data_key(tmp_path, lambda new: PASSPHRASE)
    settings = Settings(data=tmp_path)
    with pytest.raises(WrongPassphrase, match="Enter its passphrase"):
        _open(settings)
    with pytest.raises(WrongPassphrase, match="not the passphrase"):
        _open(settings, "something else")
    _open(settings, PASSPHRASE).close()
    (tmp_path / "key.json").write_text("not json")
    with pytest.raises(KeyUnavailable):
        _open(settings, PASSPHRASE)


def test_a_station_becomes_the_door_of_a_room_and_stays_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PASSPHRASE", PASSPHRASE)
    store = open_store(tmp_path, data_key(tmp_path))
    hold(store, a_session(room="Salon D"))
    store.close()
    secret = {"KIOSK_DATA": str(tmp_path), "KIOSK_PASSPHRASE": PASSPHRASE, "BENCH_EXIT_AFTER_PAINT": "answer"}
    done = kiosk("--door", "salon d", **secret)
    assert (done.returncode, done.stdout.strip()) == (0, "FIRST_PAINT"), done.stderr
    assert Face.read(tmp_path).room == "Salon D", "as the programme spells it"
    assert kiosk(**secret).returncode == 0
    assert Face.read(tmp_path).info().room == "Salon D"
    assert kiosk("--door", "", **secret).returncode == 0
    assert Face.read(tmp_path).room == ""


def test_a_face_of_an_older_program_is_still_one(tmp_path: Path) -> None:
    (tmp_path / FACE_FILE).write_text('{"conference": "PLECET", "zone": "America/New_York"}', "utf-8")
    assert (Face.read(tmp_path).conference, Face.read(tmp_path).room) == ("PLECET", "")


def test_a_room_nobody_knows_is_no_door_and_the_station_stays_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_PASSPHRASE", PASSPHRASE)
    store = open_store(tmp_path, data_key(tmp_path))
    hold(store, a_session(room="Salon D"))
    store.close()
    with pytest.raises(BadInput, match="It has: Salon D"):
        _open(Settings(data=tmp_path), PASSPHRASE, "Salon Z")
    desk = _open(Settings(data=tmp_path), PASSPHRASE)
    assert desk.station.room == ""
    desk.close()
