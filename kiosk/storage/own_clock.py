"""This computer's clock, and the time that nobody can set, which goes on while the computer sleeps."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from kiosk.domain.clocks import AGREES_MS, Anchor, Boot, LogClock, hub_ms
from kiosk.domain.journal import from_ms, to_ms

JUMP_MS = 2_000
"""A clock that goes by so much more or less than time does was set, and that is noted."""
_COUNTS_SLEEP = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""Linux has a clock of its own for it; on macOS it is the monotonic one, which is not the one Python takes there."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def utc_now() -> datetime:
    """The station's clock: aware UTC. Services take it as a parameter, tests hand in another."""
    return datetime.now(UTC)


def running_ms() -> int:
    """Milliseconds since this computer was started (or since some moment that stays the same until then)."""
    if _COUNTS_SLEEP is None:
        return time.monotonic_ns() // 1_000_000  # Windows counts sleep in this one
    return time.clock_gettime_ns(_COUNTS_SLEEP) // 1_000_000


def boot_id(device: str) -> str:
    """What stands in the records of this device for this start of the computer; empty where the system names none."""
    with suppress(OSError):
        return hashlib.blake2b(_BOOT_ID.read_bytes(), key=device.encode()[:64], digest_size=8).hexdigest()
    return ""


class OwnClock:
    """What the records of this process are dated by."""

    def __init__(self, device: str) -> None:
        self._device = device
        self.clock: Callable[[], datetime] = utc_now
        self.running_ms: Callable[[], int] = running_ms
        self._boot_id = boot_id(device)
        self._started_ms = running_ms()
        self._hub: tuple[int, int] | None = None
        """What the hub's clock has more than `running_ms`, and how wrong that may be; milliseconds."""

    def follow(self, clock: Callable[[], datetime], running: Callable[[], int] | None, *, writing: bool) -> bool:
        """Go by this clock and this time; without the latter, by what the clock says. Answers whether that is another
        beginning of time: one log is `writing` by one.
        """
        was_own = self.running_ms is running_ms
        self.clock, self.running_ms = clock, running or (lambda: to_ms(clock()))
        is_own = self.running_ms is running_ms
        if is_own == was_own and (is_own or writing):
            return False
        self._boot_id = boot_id(self._device) if running else ""
        self._started_ms = self.running_ms()
        return True

    def of_log(self, log: str) -> LogClock:
        """What there is to know of the clock of a log that begins."""
        return LogClock(log, self._device, Boot(self._boot_id, self._started_ms) if self._boot_id else None)

    @property
    def gap_ms(self) -> int:
        """What this computer's clock said when it was started, as it looks now: the same unless somebody sets it."""
        return to_ms(self.clock()) - self.running_ms()

    @property
    def offset_ms(self) -> int | None:
        """What has to be added to this computer's clock to have the hub's; None where nobody has compared them."""
        return None if self._hub is None else self._hub[0] - self.gap_ms

    def compared(self, more_ms: int, error_ms: int) -> None:
        """What the hub's clock has more than `running_ms`, and how wrong that may be."""
        self._hub = (more_ms, error_ms)

    def dates(self, at: datetime) -> tuple[int, tuple[int, int] | None]:
        """What a record of this moment says of time besides `at`: `mono` and `clk`."""
        running = self.running_ms()
        more = None if self._hub is None else (self._hub[0] + running - to_ms(at), self._hub[1])
        return running - self._started_ms, more

    def order_ms(self) -> int:
        """What the order of records goes by: the hub's time where it is known."""
        return time.time_ns() // 1_000_000 if self._hub is None else self._hub[0] + self.running_ms()

    def anchor(self, seq: int = 0) -> Anchor | None:
        """The comparison as a record of this moment would carry it."""
        if self._hub is None:
            return None
        agrees = abs(self._hub[0] - self.gap_ms) <= AGREES_MS
        return Anchor(seq, self._hub[0] + self._started_ms, self._hub[1], agrees)

    def hub_time(self, at: datetime, known: LogClock) -> datetime:
        """What the hub's clock says while this computer's says `at`, as records that say so will be read."""
        anchors = known.after(self.anchor()).anchors
        return from_ms(hub_ms(to_ms(at), self.running_ms() - self._started_ms, anchors[-1])) if anchors else at
