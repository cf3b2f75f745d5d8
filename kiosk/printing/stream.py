"""A printer at the end of a line that carries bytes: any language, any line, any way of asking.

One line a job, and one job at a time. Before the first byte the printer is asked how it is and what is loaded; after
the last one it is watched until the page is out. A printer that holds a page keeps its line: as long as that stands,
the printer was not switched off, and what it says is about this page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.bitmap import Page
from kiosk.printing.checks import not_fit, ready_for
from kiosk.printing.languages import encode
from kiosk.printing.placing import paper_of
from kiosk.printing.printer import Outcome, Sent, Stopped
from kiosk.printing.status.talk import SILENT, Look, Talk, Watch
from kiosk.printing.transports.link import CONNECT_S, Broken, Link, NotReached

CONFIRM_S = 10.0
"""So long one page is watched before the caller hears that it is not known yet."""
STATUS_CONNECT_S = 0.9
_PAUSE_S = 0.02

Open = Callable[[float], Link]
"""Opens a line within so many seconds. Raises NotReached."""


@dataclass(slots=True)
class _Under:
    """The page that is under way, and the line it went over."""

    job_id: str
    link: Link
    watch: Watch
    sent_at: float

    def look(self) -> Look:
        """Raises Broken."""
        return self.watch.look(self.link, time.monotonic() - self.sent_at)


class StreamPrinter:
    """One printer; used by one thread at a time."""

    def __init__(
        self,
        profile: PrinterProfile,
        open_link: Open,
        talk: Talk,
        aside: Callable[[], PrinterStatus | None] | None = None,
        head_dpi: Callable[[Link], int | None] | None = None,
    ) -> None:
        """`aside` asks the printer beside its line and `head_dpi` asks what head it has, where that can be done."""
        self.profile = profile
        self.name = profile.name
        self.dpi = profile.dpi
        self.can_confirm = talk.confirms
        self._open = open_link
        self._talk = talk
        self._aside = aside
        self._head_dpi = head_dpi
        """Asked once."""
        self._under: _Under | None = None
        self._last: tuple[str, Outcome] | None = None

    def status(self) -> PrinterStatus:
        """Of a printer that has a page of ours, what watching it shows; it is not disturbed by questions."""
        if self._under is not None:
            return self._look(self._under).status or SILENT
        if self._aside is None:
            return self._ask(STATUS_CONNECT_S)
        said = self._aside()
        return ready_for(self.profile, said) if said is not None else self._ask(STATUS_CONNECT_S / 2)

    def send(self, page: Page, job_id: str, stopped: Stopped) -> Outcome:
        """Nothing of the page is sent unless the printer says that it can take it."""
        self.close()
        unfit = not_fit(page, self.profile)
        if unfit:
            return Outcome(Sent.NOT_STARTED, words=unfit)
        try:
            data = encode(page, self.profile)
        except BadInput as error:
            return Outcome(Sent.NOT_STARTED, words=str(error))
        try:
            link = self._open(CONNECT_S)
        except NotReached as error:
            return Outcome(Sent.NOT_STARTED, error.status)
        outcome = self._hand_over(link, data, page, job_id, stopped)
        if outcome is not None:
            link.close()
            self._last = (job_id, outcome)
            return outcome
        return self._watch(stopped)

    def follow(self, job_id: str, stopped: Stopped) -> Outcome:
        """Look again at the page that is under way; of one that is not, what was known last."""
        if self._under is not None and self._under.job_id == job_id:
            return self._watch(stopped, wait_s=0)
        if self._last is not None and self._last[0] == job_id:
            return self._last[1]
        return Outcome(Sent.UNKNOWN)

    def cancel(self) -> bool:
        """Over the line the page went, or a new one. A page that is not given back is watched on."""
        under = self._under
        try:
            link = under.link if under else self._open(CONNECT_S)
        except NotReached:
            return False
        try:
            given_back = self._talk.cancel(link)
        except Broken:
            given_back = False
        if given_back or under is None:
            link.close()
            self._under = None
        return given_back

    def close(self) -> None:
        """Give the line back on which a page may still be held."""
        if self._under is not None:
            self._under.link.close()
            self._under = None

    def _ask(self, connect_s: float) -> PrinterStatus:
        try:
            link = self._open(connect_s)
        except NotReached as error:
            return error.status
        try:
            return ready_for(self.profile, self._talk.status(link))
        except Broken as error:
            return PrinterStatus(PrinterState.OFFLINE, str(error))
        finally:
            link.close()

    def _hand_over(self, link: Link, data: bytes, page: Page, job_id: str, stopped: Stopped) -> Outcome | None:
        """Ask, then send everything; an outcome if it ended there, None if the page is on its way."""
        try:
            status = ready_for(self.profile, self._talk.status(link))
            wrong_head = self._wrong_head(link) if status.state.takes_jobs else ""
        except Broken as error:
            return Outcome(Sent.NOT_STARTED, _gone(error))
        if not status.state.takes_jobs or wrong_head:
            return Outcome(Sent.NOT_STARTED, None if wrong_head else status, wrong_head)
        watch = self._talk.watch(paper_of(page, self.profile).length_mm or page.height_mm)
        try:
            link.write(data + watch.ending, stopped)
        except Broken as error:
            return self._broken(error) if error.sent else Outcome(Sent.NOT_STARTED, _gone(error))
        self._under = _Under(job_id, link, watch, time.monotonic())
        return None

    def _wrong_head(self, link: Link) -> str:
        """That the head is not the one it is set up for, in a sentence: every badge would come out too large or small.

        Raises Broken.
        """
        if self._head_dpi is None:
            return ""
        dpi = self._head_dpi(link)
        if dpi is None or dpi == self.dpi:
            self._head_dpi = None
            return ""
        words = _(
            "{name} prints {dpi} dots an inch and is set up for {other}. Choose its model in the printer's settings."
        )
        return words.format(name=self.name, dpi=dpi, other=self.dpi)

    def _watch(self, stopped: Stopped, wait_s: float | None = None) -> Outcome:
        under = self._under
        assert under is not None
        until = time.monotonic() + (CONFIRM_S if wait_s is None else wait_s)
        while True:
            outcome = self._look(under)
            settled = self._under is None or outcome.sent is Sent.HELD
            if settled or stopped() or time.monotonic() >= until:
                return outcome
            time.sleep(_PAUSE_S)

    def _look(self, under: _Under) -> Outcome:
        """Look once; what is known for good ends the watch and gives the line back."""
        try:
            look = under.look()
        except Broken as error:
            return self._settled(under, self._broken(error))
        if look.out:
            return self._settled(under, Outcome(Sent.PRINTED, look.status))
        if look.final:
            return self._settled(under, Outcome(Sent.SENT, look.status))
        needs_help = not look.status.state.takes_jobs and look.status.state is not PrinterState.BUSY
        return Outcome(Sent.HELD if needs_help else Sent.SENT, look.status)

    def _settled(self, under: _Under, outcome: Outcome) -> Outcome:
        self._last = (under.job_id, outcome)
        self.close()
        return outcome

    def _broken(self, error: Broken) -> Outcome:
        words = _("The connection to {name} broke while it was printing.")
        return Outcome(Sent.UNKNOWN, _gone(error), words.format(name=self.name))


def _gone(error: Broken) -> PrinterStatus:
    return PrinterStatus(PrinterState.OFFLINE, str(error))
