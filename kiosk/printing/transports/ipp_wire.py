"""IPP messages (RFC 8010): groups of named values as bytes, and back. What is not well made raises ValueError."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

VERSION = b"\x02\x00"

OPERATION_GROUP, JOB_GROUP, END, PRINTER_GROUP, UNSUPPORTED_GROUP = 0x01, 0x02, 0x03, 0x04, 0x05
_FIRST_VALUE_TAG = 0x10
_BEGIN_COLLECTION, _END_COLLECTION, _MEMBER = 0x34, 0x37, 0x4A
_DEEPEST = 8


class Operation(IntEnum):
    """What is asked of a printer."""

    PRINT_JOB = 0x0002
    VALIDATE_JOB = 0x0004
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B
    CUPS_GET_PRINTERS = 0x4002


class Tag(IntEnum):
    """What kind a value is of."""

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    RESOLUTION = 0x32
    RANGE = 0x33
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49


@dataclass(frozen=True, slots=True)
class Value:
    """A value and its kind: a number, a text, or a collection of further ones."""

    tag: int
    value: int | bool | str | Mapping[str, Value]


def collection(members: Mapping[str, Value]) -> Value:
    """A value made of named values."""
    return Value(_BEGIN_COLLECTION, members)


Attributes = Mapping[str, Value | list[Value]]
Read = dict[str, list[Any]]
"""Attributes of an answer: each has a list of values; collections are dictionaries of the same kind."""


@dataclass(slots=True)
class Message:
    """An answer: its status, and its groups in order."""

    status: int
    groups: list[tuple[int, Read]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether it was done, if perhaps not to the letter."""
        return self.status < 0x0100

    def group(self, tag: int) -> Read:
        """The first group of this kind, empty where there is none."""
        return next((attributes for kind, attributes in self.groups if kind == tag), {})

    def all(self, tag: int) -> list[Read]:
        """Every group of this kind."""
        return [attributes for kind, attributes in self.groups if kind == tag]


def request(operation: Operation, number: int, operation_group: Attributes, job_group: Attributes) -> bytes:
    """A request, up to where its document begins."""
    parts = [VERSION, struct.pack(">HI", operation, number), bytes([OPERATION_GROUP]), *_attributes(operation_group)]
    if job_group:
        parts += [bytes([JOB_GROUP]), *_attributes(job_group)]
    return b"".join((*parts, bytes([END])))


def _attributes(attributes: Attributes) -> Iterator[bytes]:
    for name, values in attributes.items():
        for nth, value in enumerate(values if isinstance(values, list) else [values]):
            yield from _value(name if nth == 0 else "", value)


def _value(name: str, value: Value) -> Iterator[bytes]:
    if isinstance(value.value, Mapping):
        yield _field(_BEGIN_COLLECTION, name, b"")
        for member, inner in value.value.items():
            yield _field(_MEMBER, "", member.encode())
            yield from _value("", inner)
        yield _field(_END_COLLECTION, "", b"")
        return
    yield _field(value.tag, name, _body(value.value))


def _body(value: int | bool | str) -> bytes:
    if isinstance(value, bool):
        return bytes([value])
    return struct.pack(">i", value) if isinstance(value, int) else value.encode()


def _field(tag: int, name: str, body: bytes) -> bytes:
    encoded = name.encode()
    return bytes([tag]) + struct.pack(">H", len(encoded)) + encoded + struct.pack(">H", len(body)) + body


def parse(data: bytes) -> Message:
    """An answer. Raises ValueError."""
    try:
        return _Reader(data).message()
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError("not an IPP answer") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 8

    def message(self) -> Message:
        message = Message(struct.unpack_from(">H", self._data, 2)[0])
        values: list[Any] = []
        while (tag := self._data[self._at]) != END:
            self._at += 1
            if tag < _FIRST_VALUE_TAG:
                message.groups.append((tag, {}))
                continue
            name, body = self._text(), self._piece()
            if name:
                values = []
                message.groups[-1][1][name] = values
            values.append(self._read(tag, body, 0))
        return message

    def _read(self, tag: int, body: bytes, depth: int) -> Any:
        if tag == _BEGIN_COLLECTION:
            return self._collection(depth + 1)
        return _meaning(tag, body)

    def _collection(self, depth: int) -> Read:
        if depth > _DEEPEST:
            raise ValueError("collections without end")
        members: Read = {}
        values: list[Any] = []
        while True:
            tag = self._data[self._at]
            self._at += 1
            _name, body = self._text(), self._piece()
            if tag == _END_COLLECTION:
                return members
            if tag == _MEMBER:
                values = []
                members[body.decode()] = values
            else:
                values.append(self._read(tag, body, depth))

    def _piece(self) -> bytes:
        (size,) = struct.unpack_from(">H", self._data, self._at)
        start = self._at + 2
        self._at = start + size
        if self._at > len(self._data):
            raise ValueError("a value runs over the end")
        return self._data[start : self._at]

    def _text(self) -> str:
        return self._piece().decode()


def _meaning(tag: int, body: bytes) -> Any:
    match tag:
        case Tag.INTEGER | Tag.ENUM:
            return struct.unpack(">i", body)[0]
        case Tag.BOOLEAN:
            return body != b"\x00"
        case Tag.RANGE:
            return struct.unpack(">ii", body)
        case Tag.RESOLUTION:
            return struct.unpack(">iiB", body)
        case _ if tag >= Tag.TEXT:
            return body.decode(errors="replace")
        case _:
            return body
