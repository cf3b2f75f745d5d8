"""The key to the data: never in the clear, never made twice, and a sentence wherever it is missing or does not fit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from kiosk.domain.verdicts import Outcome
from kiosk.errors import KeyUnavailable
from kiosk.storage import keys
from kiosk.storage.keys import KEY_FILE, data_key, has_key
from kiosk.storage.store import open_store
from tests.builders import a_station, an_attendee, enrol

PASSPHRASE = "a long enough passphrase"


@pytest.fixture(autouse=True)
def _cheap_argon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_ARGON2", {"time_cost": 1, "memory_cost": 64, "parallelism": 1})


def passphrase(new: bool) -> str:
    return PASSPHRASE


class Ring(KeyringBackend):
    """A keyring in memory, which may be locked or forgetful."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}
        self.locked = self.forgetful = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("locked")
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked("locked")
        if not self.forgetful:
            self.kept[username] = password


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    ring = Ring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    return ring


def test_the_passphrase_gives_the_same_key_again_and_the_file_holds_none_of_it(tmp_path: Path) -> None:
    assert not has_key(tmp_path)
    key = data_key(tmp_path, passphrase)
    assert has_key(tmp_path)
    assert data_key(tmp_path, passphrase) == key
    content = (tmp_path / KEY_FILE).read_bytes()
    assert key not in content
    assert key.hex().encode() not in content
    assert PASSPHRASE.encode() not in content


def test_the_wrong_passphrase_is_said_and_changes_nothing(tmp_path: Path) -> None:
    key = data_key(tmp_path, passphrase)
    with pytest.raises(KeyUnavailable, match="not the passphrase"):
        data_key(tmp_path, lambda new: "another one entirely")
    assert data_key(tmp_path, passphrase) == key


@pytest.mark.parametrize("given", [None, "", "short"])
def test_without_a_passphrase_worth_the_name_nothing_is_made(tmp_path: Path, given: str | None) -> None:
    with pytest.raises(KeyUnavailable):
        data_key(tmp_path, lambda new: given)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_key_file_locks_the_data_and_does_not_condemn_it(tmp_path: Path) -> None:
    key = data_key(tmp_path, passphrase)
    open_store(tmp_path, key).close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(KeyUnavailable, match="missing"):
        data_key(tmp_path, passphrase)
    del before[KEY_FILE]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.expect_log
def test_the_key_of_another_station_leaves_the_data_alone(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="1"))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix == ".db"}
    with pytest.raises(KeyUnavailable, match="does not fit"):
        open_store(tmp_path, b"\x01" * 32)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix == ".db"}
    assert {name: after[name] for name in before} == before
    with a_station(tmp_path) as desk:
        assert desk.store.notices == []
        assert desk.scan("1").outcome is Outcome.ADMITTED


def _wrapped(cost: dict[str, object], text: str) -> bytes:
    return json.dumps({"kind": "passphrase", "argon2id": cost, "salt": text, "nonce": text, "wrapped": text}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x00" * 500, b"[]", b"null", b"{}", b'{"kind": "passphrase"}', b'{"kind": "keyring"}', b"[" * 100_000,
        _wrapped({"time_cost": 0, "memory_cost": 0, "parallelism": 0}, ""),
        _wrapped({"time_cost": -1, "memory_cost": 9e99, "parallelism": "x"}, "AAAA"),
        _wrapped({"time_cost": 1, "memory_cost": 64, "parallelism": 1}, "AAAA"),
    ],
)  # fmt: skip
def test_a_damaged_key_file_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(KeyUnavailable):
        data_key(tmp_path, passphrase)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_a_bit_flipped_in_the_key_file_never_gives_another_key(tmp_path: Path) -> None:
    key = data_key(tmp_path, passphrase)
    content = (tmp_path / KEY_FILE).read_bytes()
    for at in range(len(content)):
        (tmp_path / KEY_FILE).write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
        try:
            assert data_key(tmp_path, passphrase) == key
        except KeyUnavailable:
            continue


def test_a_program_started_twice_at_once_has_one_key(tmp_path: Path) -> None:
    other: list[bytes] = []

    def slow_person(new: bool) -> str:
        if not other:
            other.append(data_key(tmp_path, passphrase))  # the second window was answered first
        return PASSPHRASE

    assert data_key(tmp_path, slow_person) == other[0]
    assert data_key(tmp_path, passphrase) == other[0]
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_the_keyring_keeps_the_key_and_the_file_only_its_name(tmp_path: Path, ring: Ring) -> None:
    key = data_key(tmp_path)
    content = json.loads((tmp_path / KEY_FILE).read_text())
    assert content == {"kind": "keyring", "name": content["name"]}
    assert ring.kept[content["name"]] == key.hex()
    assert data_key(tmp_path) == key


def test_a_locked_keyring_is_said(tmp_path: Path, ring: Ring) -> None:
    ring.locked = True
    with pytest.raises(KeyUnavailable, match="Unlock"):
        data_key(tmp_path)
    assert not has_key(tmp_path)
    ring.locked = False
    key = data_key(tmp_path)
    ring.locked = True
    with pytest.raises(KeyUnavailable, match="Unlock"):
        data_key(tmp_path)
    ring.locked = False
    assert data_key(tmp_path) == key


def test_a_keyring_that_keeps_nothing_is_not_trusted_with_the_only_key(tmp_path: Path, ring: Ring) -> None:
    ring.forgetful = True
    with pytest.raises(KeyUnavailable):
        data_key(tmp_path)
    assert not has_key(tmp_path)


def test_a_keyring_that_lost_the_key_is_said(tmp_path: Path, ring: Ring) -> None:
    data_key(tmp_path)
    ring.kept.clear()
    with pytest.raises(KeyUnavailable, match="does not give out"):
        data_key(tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    with pytest.raises(KeyUnavailable, match="cannot be written"):
        data_key(tmp_path, passphrase)
