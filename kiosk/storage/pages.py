"""Reading a damaged journal page by page, without SQLite: whatever rows are intact, wherever they lie.

A page that SQLite cannot reach (because the one that leads to it is gone) or will not read (because its code does not
fit) still holds rows. Those of `record` and `value` prove themselves by their own digests, so nothing false comes back.

A page of SQLCipher 4 is 4,096 bytes: AES-256-CBC, then 16 bytes of initialisation vector and 32 of HMAC-SHA256
(`database.PAGE_MAC`). The first 16 bytes of the file are a salt (https://www.zetetic.net/sqlcipher/design/). What is
inside a page: https://sqlite.org/fileformat2.html, 1.6 and 2.1; the write-ahead log: 4.1.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE_BYTES = 4096
_SEALED = PAGE_BYTES - 48
"""Bytes that are encrypted; behind them the initialisation vector and the code."""
_USABLE = PAGE_BYTES - 80
"""Bytes SQLite fills: SQLCipher reserves room for its longest code before it is told to use a shorter one."""
_IV = slice(_SEALED, _SEALED + 16)
_MAC = slice(_SEALED + 16, PAGE_BYTES)
_SALT_BYTES = 16
_WAL_HEADER = 32
_FRAME_HEADER = 24

_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR = 13, 10, 2
_TABLE_LIMIT = _USABLE - 35
_INDEX_LIMIT = (_USABLE - 12) * 64 // 255 - 23
_LEAST = (_USABLE - 12) * 32 // 255 - 23
_LONGEST_ROW = 1 << 24
"""Bytes; a longer one is a damaged length."""

Row = tuple[Any, ...]


def rows(path: Path, key: bytes) -> Iterator[tuple[int | None, Row]]:
    """Every row that can be made out in the file and its write-ahead log: (row number or None, columns).

    Newer copies of a row come before older ones; beyond that there is no order. Some are nonsense: let them prove
    themselves.
    """
    pages = _Pages(path, key)
    for number, sealed in pages.all():
        content = pages.open(number, sealed)
        try:
            yield from _rows_on(content, pages)
        except (IndexError, ValueError, struct.error):
            continue


def fits(path: Path, key: bytes) -> bool:
    """Whether the key is this file's: the code of at least one page fits. No, too, where all of the file is damaged."""
    return any(_mac_fits(path, key))


def _mac_fits(path: Path, key: bytes) -> Iterator[bool]:
    with path.open("rb") as file:
        salt = file.read(_SALT_BYTES)
        file.seek(0)
        mac_key = hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)
        number = 0
        while len(page := file.read(PAGE_BYTES)) == PAGE_BYTES:
            number += 1
            sealed = page[_SALT_BYTES if number == 1 else 0 : _MAC.start] + struct.pack("<I", number)
            if hmac.digest(mac_key, sealed, "sha256") == page[_MAC]:
                yield True


class _Pages:
    """The pages of one database and of its write-ahead log."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._file = path.read_bytes() if path.exists() else b""
        wal = path.with_name(path.name + "-wal")
        self._wal = wal.read_bytes() if wal.exists() else b""
        self._key = algorithms.AES(key)
        self._newest = dict(self._frames())

    def all(self) -> Iterator[tuple[int, bytes]]:
        """Every copy of every page with its number, newest first."""
        yield from reversed(list(self._frames()))
        for start in range(0, len(self._file) - PAGE_BYTES + 1, PAGE_BYTES):
            yield start // PAGE_BYTES + 1, self._file[start : start + PAGE_BYTES]

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """Pages of the write-ahead log up to its last commit; what follows was never promised to anybody."""
        size, salts = _FRAME_HEADER + PAGE_BYTES, self._wal[16:24]
        frames = []
        committed = 0
        for start in range(_WAL_HEADER, len(self._wal) - size + 1, size):
            number, database_pages = struct.unpack_from(">II", self._wal, start)
            if self._wal[start + 8 : start + 16] != salts:
                break
            frames.append((number, self._wal[start + _FRAME_HEADER : start + size]))
            committed = len(frames) if database_pages else committed
        yield from frames[:committed]

    def open(self, number: int, sealed: bytes) -> bytes:
        """Decrypt a page. Where bits have flipped, some sixteen bytes come out wrong and the rest as they were."""
        start = _SALT_BYTES if number == 1 else 0
        decryptor = Cipher(self._key, modes.CBC(sealed[_IV])).decryptor()
        return bytes(start) + decryptor.update(sealed[start:_SEALED]) + decryptor.finalize()

    def page(self, number: int) -> bytes:
        """The newest copy of a page, decrypted. Raises IndexError when there is none."""
        start = (number - 1) * PAGE_BYTES
        sealed = self._newest.get(number) or self._file[start : start + PAGE_BYTES]
        if number < 1 or len(sealed) != PAGE_BYTES:
            raise IndexError(number)
        return self.open(number, sealed)


def _rows_on(content: bytes, pages: _Pages) -> Iterator[tuple[int | None, Row]]:
    kind = content[0]
    if kind not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR):
        return
    pointers, skip = (12, 4) if kind == _INDEX_INTERIOR else (8, 0)
    (count,) = struct.unpack_from(">H", content, 3)
    for cell in range(min(count, _USABLE // 4)):
        try:
            (at,) = struct.unpack_from(">H", content, pointers + 2 * cell)
            length, at = _varint(content, at + skip)
            number = None
            if kind == _TABLE_LEAF:
                number, at = _varint(content, at)
            yield number, _columns(_payload(content, at, length, kind == _TABLE_LEAF, pages))
        except (IndexError, ValueError, struct.error):
            continue  # this row is gone; the next may be whole


def _payload(content: bytes, at: int, length: int, table: bool, pages: _Pages) -> bytes:
    """A row's bytes, with what spilled over to other pages."""
    if length > _LONGEST_ROW:
        raise ValueError("too long for a row")
    if length <= (_TABLE_LIMIT if table else _INDEX_LIMIT):
        return content[at : at + length]
    local = _LEAST + (length - _LEAST) % (_USABLE - 4)
    if local > (_TABLE_LIMIT if table else _INDEX_LIMIT):
        local = _LEAST
    data = bytearray(content[at : at + local])
    (following,) = struct.unpack_from(">I", content, at + local)
    while following and len(data) < length:
        page = pages.page(following)
        (following,) = struct.unpack_from(">I", page)
        data += page[4 : 4 + length - len(data)]
    return bytes(data)


_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _columns(payload: bytes) -> Row:
    header, at = _varint(payload, 0)
    kinds = []
    while at < header:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Any] = []
    for kind in kinds:
        value, at = _value(kind, payload, at)
        values.append(value)
    return tuple(values)


def _value(kind: int, payload: bytes, at: int) -> tuple[Any, int]:
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], at
    if kind == 7:
        raise ValueError("a float, of which the journal has none")
    size = _INTEGER_BYTES[kind] if kind in _INTEGER_BYTES else (kind - 12) // 2
    part = payload[at : at + size]
    if size < 0 or len(part) != size:
        raise ValueError("cut short")
    if kind in _INTEGER_BYTES:
        return int.from_bytes(part, "big", signed=True), at + size
    return (part.decode() if kind % 2 else part), at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """SQLite's variable-length number, and where it ends."""
    number = 0
    for index in range(8):
        byte = data[at + index]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at + index + 1
    return number << 8 | data[at + 8], at + 9
