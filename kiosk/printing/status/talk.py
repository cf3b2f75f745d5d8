"""How a printer is asked: before a page, while it is on its way, and whether it came out.

A family's way of talking knows nothing of its language for pages, and nothing of the line it talks over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kiosk.domain.printers import PrinterState, PrinterStatus
from kiosk.printing.transports.link import Ended, Link

ANSWER_S = 0.9
"""A printer that is going to answer answers within this time."""

SILENT = PrinterStatus(PrinterState.UNKNOWN)

LEAVE_TAKING_S = 2.0
"""How long to wait for the other end to close a line on which nothing is answered."""
_LISTEN_S = 0.05
_MOST_UNASKED = 64

FASTEST_MM_PER_S = 300
"""No label printer and few receipt printers move paper faster: what one says sooner than that is about its memory, not
about the paper."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look after the last byte saw."""

    status: PrinterStatus
    out: bool = False
    """The printer says that the page came out."""
    final: bool = False
    """It will never say more than this."""


class Watch(Protocol):
    """One page on its way, from its last byte on."""

    ending: bytes
    """A question sent behind the page, which the printer answers when it has come so far."""

    def look(self, link: Link, elapsed_s: float) -> Look:
        """Look once, so long after the last byte. Raises Broken."""
        ...


class Talk(Protocol):
    """One family's way of being asked."""

    confirms: bool
    """Whether it can ever say that a page came out."""

    def status(self, link: Link) -> PrinterStatus:
        """How the printer is, within a second. Raises Broken."""
        ...

    def watch(self, height_mm: float) -> Watch:
        """Watch one page of this length."""
        ...

    def cancel(self, link: Link) -> bool:
        """Forget every page; true only if the printer says that nothing more comes out. Raises Broken."""
        ...


class Silence:
    """A printer that is never asked: what it took is sent, and no more is known."""

    confirms = False

    def status(self, link: Link) -> PrinterStatus:
        return SILENT

    def watch(self, height_mm: float) -> _NothingComes:
        return _NothingComes()

    def cancel(self, link: Link) -> bool:
        return False


class Leave:
    """Takes leave of a printer that does not answer on its line: close our half, and wait for it to close its own."""

    def __init__(self) -> None:
        self._said = False
        self.taken = False
        """It has read to the end."""

    def look(self, link: Link) -> bool:
        """Look once; false where the line cannot tell. Raises Broken, also when the printer closes before we do."""
        if self.taken:
            return True
        if not self._said:
            link.read(_LISTEN_S)
            self._said = True
            return link.finish()
        try:
            link.read(_LISTEN_S)
        except Ended:
            self.taken = True
        return True


class _NothingComes:
    """Sent is what the printer has read to the end."""

    ending = b""

    def __init__(self) -> None:
        self._leave = Leave()

    def look(self, link: Link, elapsed_s: float) -> Look:
        tells = self._leave.look(link)
        return Look(SILENT, final=self._leave.taken or not tells or elapsed_s > LEAVE_TAKING_S)


def drained(link: Link) -> None:
    """Throw away what came unasked. Raises Broken."""
    for _ in range(_MOST_UNASKED):
        if not link.read(0):
            return
