"""How often somebody may be wrong: guessing is slow, and mistyping is not.

In memory only. What must outlast a restart (tries of one invitation) is in the database.
"""

from __future__ import annotations

import time
from collections import deque

FAILURES_PER_MINUTE = 20
"""From one address. Not in all: then a stranger could keep everybody from joining."""


class Failures:
    """Counts wrong tries of a minute."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}

    def too_many(self, address: str) -> bool:
        """Whether there were too many from there."""
        now = time.monotonic()
        for times in self._times.values():
            while times and now - times[0] > 60:
                times.popleft()
        self._times = {who: times for who, times in self._times.items() if times}
        return len(self._times.get(address, ())) >= FAILURES_PER_MINUTE

    def add(self, address: str) -> None:
        """One more."""
        self._times.setdefault(address, deque()).append(time.monotonic())
