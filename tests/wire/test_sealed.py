"""A sealed file comes back whole, or a sentence does: whatever byte is damaged, whatever is put into it."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import zstandard

from kiosk.errors import BadInput
from kiosk.wire import sealed
from kiosk.wire.sealed import MAGIC, MAX_FRAME_BYTES, SealedReader, SealedWriter

PASSPHRASE = "a passphrase for tests"
FRAMES = [b"first", b"x" * 5000, b"", b"last"]

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def _quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_ARGON2", {"time_cost": 1, "memory_cost": 64, "parallelism": 1})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some.bundle"
    with SealedWriter(path, PASSPHRASE) as writer:
        for frame in FRAMES:
            writer.write(frame)
    return path


def read(path: Path, passphrase: str = PASSPHRASE) -> list[bytes]:
    return list(SealedReader(path, passphrase).frames())


def test_what_was_sealed_comes_back_and_shows_nothing_of_itself(file: Path) -> None:
    assert read(file) == FRAMES
    assert b"first" not in file.read_bytes()
    assert b"xxxxx" not in file.read_bytes()


def test_the_wrong_passphrase_opens_nothing(file: Path) -> None:
    with pytest.raises(BadInput, match="not the passphrase"):
        read(file, PASSPHRASE + "!")


def test_a_short_passphrase_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too short"):
        SealedWriter(tmp_path / "x", "short")
    assert list(tmp_path.iterdir()) == []


def test_every_byte_counts(file: Path, tmp_path: Path) -> None:
    """Flip a bit in each byte of the file: never is anything but the whole handed out."""
    data = file.read_bytes()
    damaged = tmp_path / "damaged"
    for at in range(len(data)):
        damaged.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        with pytest.raises(BadInput):
            read(damaged)


def test_every_length_but_the_whole_is_refused(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    cut = tmp_path / "cut"
    for length in [*range(0, len(data), 3), len(data) - 1]:
        cut.write_bytes(data[:length])
        with pytest.raises(BadInput):
            read(cut)
    cut.write_bytes(data + b"\0")
    with pytest.raises(BadInput, match="damaged"):
        read(cut)


def frames_of(data: bytes) -> tuple[bytes, list[bytes]]:
    (length,) = struct.unpack(">H", data[len(MAGIC) : len(MAGIC) + 2])
    at = len(MAGIC) + 2 + length
    head, frames = data[:at], []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        frames.append(data[at : at + 4 + length])
        at += 4 + length
    return head, frames


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 0, 1, 2, 3], [0, 1, 3], [3], [0, 1, 2], []])
def test_frames_cannot_be_swapped_repeated_or_left_out(file: Path, order: list[int]) -> None:
    head, frames = frames_of(file.read_bytes())
    file.write_bytes(head + b"".join(frames[n] for n in order))
    with pytest.raises(BadInput):
        read(file)


HEADERS: list[object] = [
    {}, [], "x", 7, {"argon2id": {}, "salt": "", "nonce": ""}, None,
    {"argon2id": {"time_cost": 1, "memory_cost": 1 << 40, "parallelism": 1}, "salt": "AAAA", "nonce": "AAAAAAAAAA=="},
    {"argon2id": {"time_cost": 1 << 40, "memory_cost": 64, "parallelism": 1}, "salt": "AAAA", "nonce": "AAAAAAAAAA=="},
    {"argon2id": {"time_cost": -1, "memory_cost": 64, "parallelism": 1}, "salt": "AAAA", "nonce": "AAAAAAAAAA=="},
    {"argon2id": {"time_cost": 1, "memory_cost": 64, "parallelism": 1}, "salt": "AAAA", "nonce": "AAAA"},
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_that_asks_for_the_impossible_is_refused_at_once(tmp_path: Path, header: object) -> None:
    content = json.dumps(header).encode()
    path = tmp_path / "hostile"
    path.write_bytes(MAGIC + struct.pack(">H", len(content)) + content + b"\0" * 64)
    with pytest.raises(BadInput):
        read(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\0" * 100, b"KIOSKSEAL", MAGIC + b"\xff\xff"])
def test_another_file_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "another"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        read(path)


def test_a_frame_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever knows the passphrase may still mean harm: a few bytes that unpack to gigabytes."""
    bomb = zstandard.ZstdCompressor(level=3).compress(b"\0" * (MAX_FRAME_BYTES + 1))

    class Bomber:
        def __init__(self, level: int) -> None: ...

        def compress(self, content: bytes) -> bytes:
            return bomb

    monkeypatch.setattr(sealed.zstandard, "ZstdCompressor", Bomber)
    path = tmp_path / "bomb"
    with SealedWriter(path, PASSPHRASE) as writer:
        writer.write(b"x")
    with pytest.raises(BadInput, match="damaged"):
        read(path)


def test_a_file_that_was_there_survives_what_goes_wrong(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(ValueError), SealedWriter(file, PASSPHRASE) as writer:
        writer.write(bytes(MAX_FRAME_BYTES + 1))
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"), SealedWriter(tmp_path / "no" / "x", PASSPHRASE):
        pass
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "no")
