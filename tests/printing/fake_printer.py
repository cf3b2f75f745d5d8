"""A printer that does as it is told and keeps what came out, and a way to wait for what becomes of a job."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from kiosk.domain.print_jobs import JobState, PrintJob
from kiosk.domain.printers import Media, PrinterProfile, PrinterState, PrinterStatus
from kiosk.printing.bitmap import Bitmap, Page
from kiosk.printing.printer import Outcome, Sent, Stopped
from kiosk.printing.render import Drawn
from kiosk.services.badges import Badges

PATIENCE_S = 20.0
"""How long a test waits for what must come."""

READY = PrinterStatus(PrinterState.READY)
BLANK = Drawn(Page(Bitmap(8, 1, 150, b"\x00"), 1, 1), ())


def a_profile(printer_id: str = "fake", *, order: int = 0, **more: object) -> PrinterProfile:
    name = printer_id.replace("-", " ").capitalize()
    values: dict[str, object] = {"media": Media(62), "dpi": 150, "order": order, **more}
    return PrinterProfile(printer_id, name, "zpl", "tcp", **values)  # type: ignore[arg-type]


class FakePrinter:
    """Answers `send` with the outcomes it was given, then prints; `follow` with `later`."""

    can_confirm = True

    def __init__(self, *outcomes: Outcome | Exception, profile: PrinterProfile | None = None) -> None:
        self.profile = profile or a_profile()
        self.name = self.profile.name
        self.dpi = self.profile.dpi
        self.outcomes = list(outcomes)
        self.later = Outcome(Sent.PRINTED)
        self.cancels = False
        self.now = READY
        self.out: list[str] = []
        self.looked = 0
        self.closed = False
        self.hang = threading.Event()
        self.hang.set()
        self.busy = threading.Event()

    def status(self) -> PrinterStatus:
        self.looked += 1
        return self.now

    def send(self, page: Page, job_id: str, stopped: Stopped) -> Outcome:
        self.busy.set()
        self.hang.wait(20)
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome(Sent.PRINTED)
        if isinstance(outcome, Exception):
            raise outcome
        if outcome.sent is not Sent.NOT_STARTED:
            self.out.append(job_id)
        return outcome

    def follow(self, job_id: str, stopped: Stopped) -> Outcome:
        return self.later if job_id in self.out else Outcome(Sent.UNKNOWN)

    def cancel(self) -> bool:
        return self.cancels

    def close(self) -> None:
        self.closed = True


def wait_for(true: Callable[[], object], what: str = "it") -> None:
    """Return once it is true; fail when it does not become so."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"{what} never came"
        time.sleep(0.005)


def until(badges: Badges, who: str, *states: JobState) -> PrintJob:
    """The newest job of this person, once it is in one of these states."""
    seen: list[PrintJob | None] = [None]

    def there() -> bool:
        seen[0] = badges.latest(who)
        return seen[0] is not None and seen[0].state in states

    wait_for(there, f"{states}, it is {seen[0]}")
    assert seen[0] is not None
    return seen[0]
