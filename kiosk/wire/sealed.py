"""A sealed file: compressed, encrypted under a passphrase, read whole or not at all.

    KIOSKSEAL1                       ten bytes
    length of the header, header     two bytes; JSON: how the key is made, and the nonce's beginning
    length, frame; length, frame; …  four bytes each; the last frame says that it is the last

The key comes from the passphrase through Argon2id. Each frame is compressed with Zstandard, then sealed with
AES-256-GCM; its nonce counts and marks the last frame, so that frames cannot be swapped, repeated or left out (the
STREAM construction, Hoang, Reyhanitabar, Rogaway, Vizár, 2015). The header is authenticated with each of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kiosk.errors import BadInput
from kiosk.i18n import _

MAGIC = b"KIOSKSEAL1"
MIN_PASSPHRASE = 10
MAX_FILE_BYTES = 2 << 30
MAX_FRAME_BYTES = 16 << 20
"""Of what is in a frame, before it is compressed."""
_MAX_SEALED = MAX_FRAME_BYTES + 64 * 1024
_MAX_HEADER = 1024
_ARGON2 = {"time_cost": 3, "memory_cost": 64 * 1024, "parallelism": 4}
_WORST_ARGON2 = {"time_cost": 10, "memory_cost": 256 * 1024, "parallelism": 16}
"""What a file may ask of the computer that opens it."""
_NONCE_BYTES = 7
_LEVEL = 6


class SealedWriter:
    """Writes a sealed file beside its final place and puts it there when it is complete and on the disk.

    with SealedWriter(path, passphrase) as sealed:
        sealed.write(first); sealed.write(second)
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        if len(passphrase) < MIN_PASSPHRASE:
            raise BadInput(_("The passphrase is too short: take at least {n} characters.").format(n=MIN_PASSPHRASE))
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._passphrase = passphrase
        self._waiting: bytes | None = None
        self._frames = 0

    def __enter__(self) -> SealedWriter:
        salt, self._nonce = secrets.token_bytes(16), secrets.token_bytes(_NONCE_BYTES)
        header = json.dumps({"argon2id": _ARGON2, "salt": _text(salt), "nonce": _text(self._nonce)}).encode()
        self._cipher = AESGCM(_stretch(self._passphrase, salt, _ARGON2))
        self._context = hashlib.sha256(MAGIC + header).digest()
        try:
            self._file = self._part.open("wb")
            self._file.write(MAGIC + struct.pack(">H", len(header)) + header)
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def write(self, content: bytes) -> None:
        """Add a frame. Raises BadInput where the disk does not take it."""
        if len(content) > MAX_FRAME_BYTES:
            raise ValueError("more than a frame holds")
        if self._waiting is not None:
            self._seal(self._waiting, last=False)
        self._waiting = content

    def _seal(self, content: bytes, *, last: bool) -> None:
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(content)
        sealed = self._cipher.encrypt(_nonce(self._nonce, self._frames, last=last), packed, self._context)
        self._frames += 1
        try:
            self._file.write(struct.pack(">I", len(sealed)) + sealed)
        except OSError as error:
            raise self._unwritable(error) from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            if kind is None:
                self._seal(self._waiting or b"", last=True)
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
            if kind is None:
                self._part.replace(self._path)
        except OSError as trouble:
            raise self._unwritable(trouble) from trouble
        finally:
            with suppress(OSError):
                self._file.close()
                self._part.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> BadInput:
        words = _("{file} cannot be written: {detail}.")
        return BadInput(words.format(file=self._path, detail=error.strerror or error))


class SealedReader:
    """Reads a sealed file. Every call of `frames` proves each frame before it is handed out; the first one through to
    the end proves that the file is whole.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        self._path = path
        try:
            self.size = path.stat().st_size
            if self.size > MAX_FILE_BYTES:
                raise self._damaged()
            with path.open("rb") as file:
                start, header = self._header(file)
        except OSError as error:
            words = _("{file} cannot be read: {detail}.")
            raise BadInput(words.format(file=path, detail=error.strerror or error)) from error
        try:
            content = json.loads(header)
            salt, self._nonce = (base64.b64decode(content[name], validate=True) for name in ("salt", "nonce"))
            cost = {name: int(content["argon2id"][name]) for name in _ARGON2}
            if len(self._nonce) != _NONCE_BYTES or any(not 0 < cost[name] <= _WORST_ARGON2[name] for name in cost):
                raise self._damaged()
            self._cipher = AESGCM(_stretch(passphrase, salt, cost))
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
            raise self._damaged() from error
        self._start = start
        self._context = hashlib.sha256(MAGIC + header).digest()

    def _header(self, file: BinaryIO) -> tuple[int, bytes]:
        beginning = file.read(len(MAGIC) + 2)
        if not beginning.startswith(MAGIC) or len(beginning) != len(MAGIC) + 2:
            raise BadInput(_("{file} is no bundle of this program.").format(file=self._path.name))
        (length,) = struct.unpack(">H", beginning[-2:])
        header = file.read(min(length, _MAX_HEADER))
        if len(header) != length:
            raise self._damaged()
        return file.tell(), header

    def frames(self) -> Iterator[bytes]:
        """Every frame in order. Raises BadInput, in words, where one is damaged, missing or too many."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._start)
                yield from self._frames(file)
        except OSError as error:
            words = _("{file} cannot be read: {detail}.")
            raise BadInput(words.format(file=self._path, detail=error.strerror or error)) from error

    def _frames(self, file: BinaryIO) -> Iterator[bytes]:
        number, last = 0, False
        while not last:
            length_bytes = file.read(4)
            if len(length_bytes) != 4 or not 16 <= (length := struct.unpack(">I", length_bytes)[0]) <= _MAX_SEALED:
                raise self._damaged()
            sealed = file.read(length)
            if len(sealed) != length:
                raise self._damaged()
            last = file.tell() == self.size
            try:
                packed = self._cipher.decrypt(_nonce(self._nonce, number, last=last), sealed, self._context)
            except InvalidTag as error:
                raise self._wrong() if number == 0 else self._damaged() from error
            yield self._unpack(packed)
            number += 1

    def _unpack(self, packed: bytes) -> bytes:
        try:
            if not 0 <= zstandard.frame_content_size(packed) <= MAX_FRAME_BYTES:
                raise self._damaged()
            return zstandard.ZstdDecompressor().decompress(packed)
        except zstandard.ZstdError as error:
            raise self._damaged() from error

    def _wrong(self) -> BadInput:
        words = _("This is not the passphrase of {file}, or the file is damaged. Nothing was taken from it.")
        return BadInput(words.format(file=self._path.name))

    def _damaged(self) -> BadInput:
        words = _("{file} is damaged or was cut short. Copy it again; nothing was taken from it.")
        return BadInput(words.format(file=self._path.name))


def _nonce(beginning: bytes, number: int, *, last: bool) -> bytes:
    return beginning + struct.pack(">IB", number, last)


def _stretch(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return Argon2id(
        salt=salt,
        length=32,
        iterations=cost["time_cost"],
        lanes=cost["parallelism"],
        memory_cost=cost["memory_cost"],
    ).derive(passphrase.encode())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
