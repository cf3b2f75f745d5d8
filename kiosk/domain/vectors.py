"""Vectors told by what changed: most of a vector is what both sides have seen before.

A vector has a *mark*. Whoever tells one to somebody who remembers another says the mark of that one, what differs, and
the mark that must come of it. Whoever does not remember it, or to whom another mark comes out, has understood nothing
and asks for the whole vector: a hub that started anew or came back from a backup, a second hub process, an answer that
was lost need no case of their own.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from kiosk.domain.exchange import Head, Vector

MOST_CHANGES = 50_000
"""So many ends of logs are remembered as they were; some ten megabytes."""
NOWHERE = Head()
"""In place of the end of a log that is not held."""
EMPTY = "0" * 16
"""The mark of the vector of nobody who holds anything."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A vector, told by what differs from one that the other remembers."""

    base: str
    """The mark of that one."""
    mark: str
    """The mark that must come of it."""
    heads: Mapping[str, Head]
    """Where logs end that end elsewhere there."""


def mark_of(vector: Vector) -> str:
    """Sixteen characters that stand for a vector, with what is kept aside. It follows from that of another and what
    differs, so that telling a change costs what the change costs.
    """
    return _moved(EMPTY, {}, vector)


def _moved(mark: str, base: Vector, heads: Vector) -> str:
    """The mark once these logs end there instead of where they end in `base`: XOR undoes itself."""
    bits = int(mark, 16)
    for log, head in heads.items():
        bits ^= _part(log, base.get(log, NOWHERE)) ^ _part(log, head)
    return f"{bits:016x}"


def _part(log: str, head: Head) -> int:
    if head == NOWHERE:
        return 0
    text = f"{log}:{head.seq}:{head.hash}:{head.parked}"
    if head.kept or head.holes:
        text += f":{head.kept}:{head.holes}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def difference(base: Vector, base_mark: str, vector: Vector) -> Difference:
    """What to tell somebody who remembers `base`."""
    heads = _changes(base, vector)
    return Difference(base_mark, _moved(base_mark, base, heads), heads)


def _changes(base: Vector, vector: Vector) -> dict[str, Head]:
    heads = {log: head for log, head in vector.items() if base.get(log, NOWHERE) != head}
    return heads | dict.fromkeys(base.keys() - vector.keys(), NOWHERE)


def understood(base: Vector, told: Difference) -> dict[str, Head] | None:
    """The vector that was told; None where another one comes of it. `base` has the mark `told.base`."""
    if _moved(told.base, base, told.heads) != told.mark:
        return None
    return _put(dict(base), told.heads)


def _put(vector: dict[str, Head], heads: Vector) -> dict[str, Head]:
    for log, head in heads.items():
        if head == NOWHERE:
            vector.pop(log, None)
        else:
            vector[log] = head
    return vector


class Past:
    """The vectors somebody had lately: the present one, and what has to be put back to have those before it."""

    def __init__(self, most_changes: int = MOST_CHANGES) -> None:
        self._most = most_changes
        self._lock = Lock()
        self._now: dict[str, Head] = {}
        self._mark = EMPTY
        self._steps: deque[tuple[str, dict[str, Head]]] = deque()
        """The mark before, and what differed then; the last step last."""
        self._size = 0

    def keep(self, vector: Vector) -> str:
        """Remember this one as the present one; answers its mark."""
        with self._lock:
            heads = _changes(self._now, vector)
            if heads:
                before = {log: self._now.get(log, NOWHERE) for log in heads}
                self._steps.append((self._mark, before))
                self._mark = _moved(self._mark, self._now, heads)
                _put(self._now, heads)
                self._size += len(before)
                while self._size > self._most:
                    self._size -= len(self._steps.popleft()[1])
            return self._mark

    def find(self, mark: str) -> dict[str, Head] | None:
        """The vector of this mark; None where it is not remembered."""
        with self._lock:
            if mark == EMPTY:
                return {}
            steps = [] if mark == self._mark else self._steps_to(mark)
            if steps is None:
                return None
            found = dict(self._now)
            for heads in steps:
                _put(found, heads)
            return found

    def _steps_to(self, mark: str) -> list[dict[str, Head]] | None:
        steps = []
        for before, heads in reversed(self._steps):
            steps.append(heads)
            if before == mark:
                return steps
        return None
