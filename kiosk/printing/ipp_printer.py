"""Printers that take jobs: IPP Everywhere and AirPrint printers, and every queue of CUPS.

A job carries our own id as its name, so that after a broken connection, or in another process, the printer can be asked
what became of it. "Completed" is proof where the printer itself says so. Of a plain CUPS queue it means only that the
bytes have left this computer: then a badge is sent, not printed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from kiosk.domain.printers import Media, PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.bitmap import Page
from kiosk.printing.checks import not_fit, ready_for
from kiosk.printing.languages import LANGUAGES, encode
from kiosk.printing.placing import paper_of
from kiosk.printing.printer import Outcome, Sent, Stopped
from kiosk.printing.status import ipp
from kiosk.printing.transports.ipp import IppLine
from kiosk.printing.transports.ipp_wire import (
    JOB_GROUP,
    OPERATION_GROUP,
    PRINTER_GROUP,
    UNSUPPORTED_GROUP,
    Attributes,
    Message,
    Operation,
    Read,
    Tag,
    Value,
    collection,
)
from kiosk.printing.transports.link import Broken, NotReached

CONFIRM_S = 10.0
STATUS_S = 0.9
HAND_OVER_S = 10.0
_PAUSE_S = 0.1
_ABORTED, _CANCELLED, _COMPLETED = 8, 7, 9
_KEPT_HERE = ("ipp", "ipps", "dnssd")
"""How CUPS reaches printers that tell it when a page is out."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What the printer says of one job."""

    number: int
    state: int
    reasons: tuple[str, ...]


class IppPrinter:
    """One printer; used by one thread at a time."""

    def __init__(self, profile: PrinterProfile, line: IppLine, confirm_s: float = CONFIRM_S) -> None:
        self.profile = profile
        self.name = profile.name
        self.dpi = profile.dpi
        self.can_confirm = True
        self._line = line
        self._confirm_s = confirm_s
        self._number: int | None = None
        self._job_id = ""

    def status(self) -> PrinterStatus:
        """How it is, and whether what is loaded is what it is set up for."""
        return self._attributes(STATUS_S)[0]

    def send(self, page: Page, job_id: str, stopped: Stopped) -> Outcome:
        """Ask whether the job would be taken as it is meant, then hand it over."""
        self._number, self._job_id = None, job_id
        unfit = not_fit(page, self.profile)
        if unfit:
            return Outcome(Sent.NOT_STARTED, words=unfit)
        try:
            document = encode(page, self.profile)
        except BadInput as error:
            return Outcome(Sent.NOT_STARTED, words=str(error))
        status, printer = self._attributes(STATUS_S)
        if not status.state.takes_jobs:
            return Outcome(Sent.NOT_STARTED, status)
        return self._hand_over(document, job_id, self._wishes(page, printer)) or self._watch(stopped, self._confirm_s)

    def follow(self, job_id: str, stopped: Stopped) -> Outcome:
        """Look for the job by its number, or by the name it was given in another life."""
        if job_id != self._job_id or self._number is None:
            self._job_id, self._number = job_id, self._find(job_id)
        if self._number is None:
            return Outcome(Sent.UNKNOWN, self.status())
        return self._watch(stopped, 0)

    def close(self) -> None:
        """Nothing is held between two questions."""

    def cancel(self) -> bool:
        """Take the job back; true if the printer says that it is cancelled and nothing was printed."""
        if self._number is None:
            return False
        try:
            self._line.ask(Operation.CANCEL_JOB, STATUS_S, {"job-id": Value(Tag.INTEGER, self._number)})
            job = self._job(self._number)
        except (NotReached, Broken):
            return False
        return job is not None and job.state in (_CANCELLED, _ABORTED)

    def _attributes(self, wait_s: float) -> tuple[PrinterStatus, Read]:
        wanted = [Value(Tag.KEYWORD, name) for name in ipp.ASKED]
        try:
            answer = self._line.ask(Operation.GET_PRINTER_ATTRIBUTES, wait_s, {"requested-attributes": wanted})
        except NotReached as error:
            return error.status, {}
        except Broken as error:
            return PrinterStatus(PrinterState.OFFLINE, str(error)), {}
        if not answer.ok:
            return PrinterStatus(PrinterState.OFFLINE, _reason(answer)), {}
        printer = answer.group(PRINTER_GROUP)
        device = str(printer.get("device-uri", [""])[0])
        self.can_confirm = not device or device.partition(":")[0] in _KEPT_HERE
        # A queue that hears nothing from its printer calls loaded what somebody chose as its usual paper.
        tells = self.can_confirm and self.profile.media.length_mm is not None
        loaded = ipp.loaded(printer, self.profile.media) if tells else None
        return ready_for(self.profile, replace(ipp.parse(printer), loaded=loaded)), printer

    def _wishes(self, page: Page, printer: Read) -> dict[str, Value]:
        paper = paper_of(page, self.profile)
        if self.profile.media.length_mm is not None:
            paper = self.profile.media
        x, y = ipp.size_for(printer, Media(paper.width_mm, paper.length_mm))
        size = {"x-dimension": Value(Tag.INTEGER, x), "y-dimension": Value(Tag.INTEGER, y)}
        return {
            "media-col": collection({"media-size": collection(size)}),
            "print-scaling": Value(Tag.KEYWORD, "none"),
        }

    def _hand_over(self, document: bytes, job_id: str, wishes: Attributes) -> Outcome | None:
        """An outcome if it ended there, None if the printer has the job."""
        about: dict[str, Value | list[Value]] = {
            "job-name": Value(Tag.NAME, job_id),
            "document-format": Value(Tag.MIME, LANGUAGES[self.profile.language].mime),
        }
        try:
            refused = self._refused(self._line.ask(Operation.VALIDATE_JOB, STATUS_S, about, wishes))
        except (NotReached, Broken) as error:
            return Outcome(Sent.NOT_STARTED, PrinterStatus(PrinterState.OFFLINE, str(error)))
        if refused is not None:
            return refused
        try:
            answer = self._line.ask(Operation.PRINT_JOB, HAND_OVER_S, about, wishes, document)
        except NotReached as error:
            return Outcome(Sent.NOT_STARTED, error.status)
        except Broken as error:
            words = _("The connection to {name} broke while it was printing.").format(name=self.name)
            return Outcome(Sent.UNKNOWN, PrinterStatus(PrinterState.OFFLINE, str(error)), words)
        if not answer.ok:
            return self._refused(answer)
        self._number = _number_of(answer)
        if self._number is None:
            return Outcome(Sent.UNKNOWN)
        return None

    def _refused(self, answer: Message) -> Outcome | None:
        """Why the printer would not print this, or not as it is meant; None if it would."""
        if answer.status == _BUSY:
            return Outcome(Sent.NOT_STARTED, PrinterStatus(PrinterState.BUSY))
        if not answer.ok:
            words = _("{name} does not take the badge ({reason}). Check its language in the printer's settings.")
            return Outcome(Sent.NOT_STARTED, words=words.format(name=self.name, reason=_reason(answer)))
        if "media-col" in answer.group(UNSUPPORTED_GROUP):
            return Outcome(Sent.NOT_STARTED, PrinterStatus(PrinterState.WRONG_MEDIA))
        return None

    def _watch(self, stopped: Stopped, wait_s: float) -> Outcome:
        until = time.monotonic() + wait_s
        while True:
            outcome = self._look()
            if outcome.sent is not Sent.SENT or not self.can_confirm or stopped() or time.monotonic() >= until:
                return outcome
            time.sleep(_PAUSE_S)

    def _look(self) -> Outcome:
        assert self._number is not None
        try:
            job = self._job(self._number)
        except (NotReached, Broken) as error:
            return Outcome(Sent.SENT, PrinterStatus(PrinterState.OFFLINE, str(error)))
        if job is None:
            return Outcome(Sent.UNKNOWN, self.status())
        if job.state == _COMPLETED:
            return self._completed(job)
        if job.state in (_ABORTED, _CANCELLED):
            words = _("{name} gave the badge up ({reason}).")
            return Outcome(Sent.UNKNOWN, words=words.format(name=self.name, reason=", ".join(job.reasons) or job.state))
        status = self.status()
        needs_help = not status.state.takes_jobs and status.state not in (PrinterState.BUSY, PrinterState.OFFLINE)
        return Outcome(Sent.HELD if needs_help else Sent.SENT, status)

    def _completed(self, job: _Job) -> Outcome:
        if "job-completed-with-errors" in job.reasons:
            return Outcome(Sent.UNKNOWN)
        return Outcome(Sent.PRINTED if self.can_confirm else Sent.SENT)

    def _job(self, number: int) -> _Job | None:
        """What the printer says of a job; None if it does not know it. Raises NotReached and Broken."""
        wanted = [Value(Tag.KEYWORD, name) for name in ("job-id", "job-state", "job-state-reasons")]
        more: Attributes = {"job-id": Value(Tag.INTEGER, number), "requested-attributes": wanted}
        answer = self._line.ask(Operation.GET_JOB_ATTRIBUTES, STATUS_S, more)
        state = answer.group(JOB_GROUP).get("job-state")
        if not answer.ok or not state:
            return None
        return _Job(number, state[0], tuple(answer.group(JOB_GROUP).get("job-state-reasons", [])))

    def _find(self, job_id: str) -> int | None:
        """The number of the job with our name, among those waiting and those done."""
        wanted = [Value(Tag.KEYWORD, name) for name in ("job-id", "job-name")]
        for which in ("not-completed", "completed"):
            more: Attributes = {"which-jobs": Value(Tag.KEYWORD, which), "requested-attributes": wanted}
            try:
                answer = self._line.ask(Operation.GET_JOBS, STATUS_S, more)
            except (NotReached, Broken):
                return None
            for job in answer.all(JOB_GROUP):
                if job.get("job-name") == [job_id] and job.get("job-id"):
                    return int(job["job-id"][0])
        return None


_BUSY = 0x0507


def _number_of(answer: Message) -> int | None:
    number = answer.group(JOB_GROUP).get("job-id", [None])[0]
    return int(number) if isinstance(number, int) else None


def _reason(answer: Message) -> str:
    said = answer.group(OPERATION_GROUP).get("status-message", [""])[0]
    return str(said) or f"{answer.status:#06x}"
