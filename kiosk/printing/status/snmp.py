"""One SNMP question and its answer: as much of the protocol (RFC 1157, RFC 3416) as a printer's status needs.

Version 2c first, which answers what it knows and leaves out the rest; then version 1. Only GET, only integers and
strings, and an answer that is not well made is none.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator

PORT = 161
_COMMUNITY = b"public"
_V1, _V2C = 0, 1
_INTEGER, _OCTETS, _NULL, _OID, _SEQUENCE, _GET, _RESPONSE = 0x02, 0x04, 0x05, 0x06, 0x30, 0xA0, 0xA2
_LARGEST = 4096

Value = int | bytes


def get(host: str, oids: tuple[str, ...], port: int = PORT, one_try_s: float = 0.4) -> dict[str, Value] | None:
    """What the device says to these; None when it does not answer. Never raises."""
    try:
        if not host:
            return None
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as line:
            line.settimeout(one_try_s)
            line.connect(address)
            for version in (_V2C, _V1):
                answer = _ask(line, version, oids)
                if answer is not None:
                    return answer
    except OSError:
        pass
    return None


def _ask(line: socket.socket, version: int, oids: tuple[str, ...]) -> dict[str, Value] | None:
    request = secrets.randbelow(2**31)
    line.send(_question(version, request, oids))
    try:
        return _answer(line.recv(_LARGEST), request)
    except (TimeoutError, ValueError, IndexError):
        return None


def _question(version: int, request: int, oids: tuple[str, ...]) -> bytes:
    bindings = b"".join(_tlv(_SEQUENCE, _tlv(_OID, _oid(oid)) + _tlv(_NULL, b"")) for oid in oids)
    body = _number(request) + _number(0) + _number(0) + _tlv(_SEQUENCE, bindings)
    return _tlv(_SEQUENCE, _number(version) + _tlv(_OCTETS, _COMMUNITY) + _tlv(_GET, body))


def _answer(data: bytes, request: int) -> dict[str, Value] | None:
    """Raises ValueError or IndexError for what is no answer."""
    [(_kind, message)] = _parts(data)
    _version, _community, (kind, body) = _parts(message)
    number, error, _index, (_kind, bindings) = _parts(body)
    if kind != _RESPONSE or _int(number[1]) != request or _int(error[1]):
        return None
    found: dict[str, Value] = {}
    for _kind, binding in _parts(bindings):
        (_kind, name), (kind, value) = _parts(binding)
        if kind == _INTEGER:
            found[_oid_text(name)] = _int(value)
        elif kind == _OCTETS:
            found[_oid_text(name)] = value
    return found


def _tlv(kind: int, body: bytes) -> bytes:
    if len(body) < 0x80:
        return bytes([kind, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([kind, 0x80 | len(size)]) + size + body


def _number(value: int) -> bytes:
    return _tlv(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def _int(body: bytes) -> int:
    return int.from_bytes(body, "big", signed=True)


def _oid(text: str) -> bytes:
    first, second, *rest = (int(part) for part in text.split("."))
    return bytes([first * 40 + second]) + b"".join(_base128(part) for part in rest)


def _base128(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def _oid_text(body: bytes) -> str:
    parts, value = [body[0] // 40, body[0] % 40], 0
    for byte in body[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(value)
            value = 0
    return ".".join(str(part) for part in parts)


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements that fill these bytes, one after the other. Raises ValueError where they do not."""
    while data:
        kind, size, start = data[0], data[1], 2
        if size & 0x80:
            start = 2 + (size & 0x7F)
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            raise ValueError("an element runs over the end")
        yield kind, data[start : start + size]
        data = data[start + size :]
