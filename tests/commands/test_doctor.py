"""The opening self-check: what it finds wrong, and that it says what to do."""

from __future__ import annotations

import json
import os
import socket
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from kiosk.commands.main import main
from kiosk.config import Settings
from kiosk.domain.printers import PrinterProfile
from kiosk.services import doctor, machine
from kiosk.services.doctor import State
from kiosk.services.printers import Printers
from kiosk.storage import health
from kiosk.storage.keys import data_key
from kiosk.storage.store import LOCK_FILE, Store, open_store

NOW = datetime(2027, 5, 3, 12, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "correct horse battery")
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path) -> Store:
    folder.mkdir()
    return open_store(folder, data_key(folder))


def run(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["doctor", "--data", str(folder), *arguments])
    return code, capsys.readouterr().out


def states(capsys: pytest.CaptureFixture[str], folder: Path) -> dict[str, Any]:
    _code, out = run(capsys, folder, "--json")
    return {check["name"]: check["state"] for check in json.loads(out)["checks"]}


def found(folder: Path, now: datetime = NOW) -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine_computer(Settings(data=folder), now)}


def test_a_fresh_computer_is_ready_and_stays_untouched(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, out = run(capsys, folder)
    assert code == 0
    assert out.rstrip().endswith("Ready.")
    assert "3.5" in out  # SQLite, past 3.51.3
    assert not folder.exists()


def test_json_says_the_same(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, out = run(capsys, folder, "--json")
    answer = json.loads(out)
    assert (code, answer["ready"]) == (0, True)
    assert {"python", "qt", "sqlite", "data_folder", "disk_space", "fonts", "clock", "time_zone", "data"} <= {
        check["name"] for check in answer["checks"]
    }
    assert all(check["fix"] for check in answer["checks"] if check["state"] != "ok")


def test_data_is_looked_at(capsys: pytest.CaptureFixture[str], folder: Path, store: Store) -> None:
    store.close()
    seen = states(capsys, folder)
    assert (seen["records"], seen["clock_records"], seen["roster"]) == ("ok", "ok", "look")
    assert "data" not in seen


def test_a_wrong_passphrase_is_said(
    capsys: pytest.CaptureFixture[str], folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    monkeypatch.setenv("KIOSK_PASSPHRASE", "something else entirely")
    code, out = run(capsys, folder)
    assert code == 1
    assert "✕ Data" in out
    assert "passphrase" in out.lower()


def test_a_running_program_is_left_alone(capsys: pytest.CaptureFixture[str], folder: Path, store: Store) -> None:
    store.close()
    with FileLock(folder / LOCK_FILE):
        code, out = run(capsys, folder)
    assert code == 0
    assert "in use by the running program" in out


def test_damage_is_found(folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "sound", lambda connection: connection is not store.view.connection)
    checks = {check.name: check for check in doctor.examine_data(store, NOW)}
    store.close()
    assert checks["records"].state is State.MEND
    assert checks["records"].fix


def test_a_clock_behind_the_records_is_found(folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "last_record_at", lambda _journal, _device: NOW + timedelta(minutes=3))
    checks = {check.name: check for check in doctor.examine_data(store, NOW)}
    store.close()
    assert checks["clock_records"].state is State.LOOK


@pytest.mark.parametrize("year, state", [(1970, State.MEND), (2027, State.OK), (2080, State.MEND)])
def test_a_clock_that_cannot_be_right(folder: Path, year: int, state: State) -> None:
    assert found(folder, datetime(year, 6, 1, tzinfo=UTC))["clock"].state is state


@pytest.mark.parametrize(
    "free_mb, state", [(500, State.OK), (499, State.LOOK), (100, State.LOOK), (99, State.MEND), (0, State.MEND)]
)
def test_disk_space(folder: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, state: State) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: Usage(10**12, 0, free_mb * 1_000_000))
    assert found(folder)["disk_space"].state is state


def test_an_old_engine_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "sqlite_version", lambda: ("3.40.1", False))
    assert found(folder)["sqlite"].state is State.MEND


@pytest.mark.parametrize(
    "name, state",
    [("plecet", State.OK), ("OneDrive - City of Atlanta", State.MEND), ("Dropbox", State.MEND)],
)
def test_a_folder_that_is_copied_away(tmp_path: Path, name: str, state: State) -> None:
    (tmp_path / name).mkdir()
    assert found(tmp_path / name / "data")["data_folder"].state is state


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert found(tmp_path / "file" / "data")["data_folder"].state is State.MEND


def test_a_network_drive_is_known_by_its_file_system(tmp_path: Path) -> None:
    (tmp_path / "share here" / "data").mkdir(parents=True)
    mounts = tmp_path / "mounts"
    share = str(tmp_path / "share here").replace(" ", "\\040")
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {share} nfs4 rw 0 0\n")
    assert machine.file_system(tmp_path / "share here" / "data", mounts) == "nfs4"
    assert machine.file_system(tmp_path, mounts) == "ext4"


@pytest.mark.parametrize("kind, answer", [("nfs4", True), ("fuse.sshfs", True), ("ext4", False), (None, None)])
def test_network_file_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str | None, answer: object
) -> None:
    monkeypatch.setattr(machine, "file_system", lambda _path: kind)
    assert machine.on_the_network(tmp_path) is answer


@pytest.mark.skipif(os.name == "nt", reason="reads Linux' view of its disks")
def test_encryption_is_found_below_a_volume(tmp_path: Path) -> None:
    number = tmp_path.stat().st_dev
    volume = tmp_path / f"{os.major(number)}:{os.minor(number)}"
    (volume / "slaves" / "dm-0" / "dm").mkdir(parents=True)
    assert machine.disk_encrypted(tmp_path, tmp_path) is False
    (volume / "slaves" / "dm-0" / "dm" / "uuid").write_text("CRYPT-LUKS2-abc")
    assert machine.disk_encrypted(tmp_path, tmp_path) is True
    assert machine.disk_encrypted(tmp_path, tmp_path / "nothing") is None


def test_a_printer_this_account_may_not_use(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "usb_printers", lambda: {"lp0": True, "lp1": False})
    check = found(folder)["usb_printers"]
    assert (check.state, check.value) == (State.LOOK, "lp1: no permission")
    assert "kiosk printers --udev" in check.fix


def test_printers_have_device_files(tmp_path: Path) -> None:
    assert machine.usb_printers(tmp_path / "usb") == {}
    (tmp_path / "usb").mkdir()
    (tmp_path / "usb" / "lp0").touch()
    (tmp_path / "usb" / "hiddev0").touch()
    assert machine.usb_printers(tmp_path / "usb") == {"lp0": True}


@pytest.mark.usefixtures("qapp")
def test_a_printer_that_is_not_there_is_named_with_what_to_do(
    capsys: pytest.CaptureFixture[str], folder: Path, store: Store
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    Printers(store).save(PrinterProfile("badge-1", "Badge 1", "zpl", "tcp", f"127.0.0.1:{port}"))
    store.close()
    code, out = run(capsys, folder)
    assert code == 1
    assert "Printer Badge 1" in out
    assert "does not answer. Is it switched on" in out
