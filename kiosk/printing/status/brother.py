"""Brother QL: 32 bytes that say everything, over USB by themselves as well, over the network by SNMP only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from kiosk.domain.printers import Media, PrinterState, PrinterStatus
from kiosk.i18n import _
from kiosk.printing.status import snmp
from kiosk.printing.status.talk import ANSWER_S, LEAVE_TAKING_S, SILENT, Leave, Look, drained
from kiosk.printing.transports.link import Link, ask

SIZE = 32
_START = b"\x80\x20"
_ASK = b"\x1biS"
_CONTINUOUS, _DIE_CUT = 0x0A, 0x0B

_FAULTS = (
    (8, 0x03, PrinterState.PAPER_OUT),
    (9, 0x10, PrinterState.COVER_OPEN),
    (8, 0x04, PrinterState.CUTTER_JAM),
    (9, 0x01, PrinterState.WRONG_MEDIA),
    (9, 0x40, PrinterState.PAPER_OUT),
    (8, 0x10, PrinterState.BUSY),
    (9, 0x04, PrinterState.ERROR),
    (9, 0x80, PrinterState.ERROR),
    (8, 0xE8, PrinterState.ERROR),
    (9, 0x2A, PrinterState.ERROR),
)
"""Byte, bits, meaning; the worst first."""


STATUS_OID = "1.3.6.1.4.1.2435.3.3.9.1.6.1.0"
HR_STATUS_OID = "1.3.6.1.2.1.25.3.5.1.1.1"
HR_ERRORS_OID = "1.3.6.1.2.1.25.3.5.1.2.1"
_HR_PRINTING = 4
_HR_ERRORS = (
    (0x40, PrinterState.PAPER_OUT),
    (0x08, PrinterState.COVER_OPEN),
    (0x04, PrinterState.CUTTER_JAM),
    (0x02, PrinterState.OFFLINE),
    (0x01, PrinterState.ERROR),
    (0x80, PrinterState.PAPER_LOW),
)
_ONE_TRY_S = 0.25
_LISTEN_S = 0.05
_ASK_AGAIN_S = 1.0
_FORGOTTEN_S = 10.0
_UNSEEN_S = 4.0
"""A printer that was not seen printing in this time will not be."""


class Kind(IntEnum):
    """Why the printer speaks."""

    REPLY = 0
    PRINTED = 1
    ERROR = 2
    SWITCHED_OFF = 4
    NOTIFICATION = 5
    PHASE = 6


@dataclass(frozen=True, slots=True)
class Packet:
    """32 bytes, read."""

    kind: int
    printing: bool
    status: PrinterStatus


def parse(packet: bytes) -> Packet | None:
    """What 32 bytes say; None where they are none."""
    if len(packet) != SIZE or not packet.startswith(_START):
        return None
    state = next((state for byte, bits, state in _FAULTS if packet[byte] & bits), None)
    printing = packet[19] == 1
    if state is None and packet[18] == Kind.NOTIFICATION and packet[22] == 3:
        state = PrinterState.COOLING
    if state is None and packet[18] == Kind.SWITCHED_OFF:
        state = PrinterState.OFFLINE
    if state is None and packet[18] == Kind.ERROR:
        state = PrinterState.ERROR
    state = state or (PrinterState.BUSY if printing else PrinterState.READY)
    detail = "" if state in (PrinterState.READY, PrinterState.BUSY) else f"{packet[8]:02X} {packet[9]:02X}"
    return Packet(packet[18], printing, PrinterStatus(state, detail, _loaded(packet)))


def _loaded(packet: bytes) -> Media | None:
    if not packet[10] or packet[11] not in (_CONTINUOUS, _DIE_CUT, 0x4A, 0x4B):
        return None
    return Media(packet[10], packet[17] or None)


def packets(data: bytes) -> tuple[list[Packet], bytes]:
    """The whole packets in what came, and what is left over."""
    found = []
    while (start := data.find(_START)) >= 0 and len(data) >= start + SIZE:
        packet = parse(data[start : start + SIZE])
        if packet is not None:
            found.append(packet)
        data = data[start + SIZE :]
    return found, data


class BrotherTalk:
    """Over USB. The printer is asked before a page; from then on it speaks by itself, and must not be asked."""

    confirms = True

    def status(self, link: Link) -> PrinterStatus:
        drained(link)
        answer = ask(link, _ASK, lambda got: bool(packets(got)[0]), ANSWER_S)
        found, _rest = packets(answer)
        return found[-1].status if found else PrinterStatus(PrinterState.ERROR, _("answers no questions"))

    def watch(self, height_mm: float) -> BrotherWatch:
        return BrotherWatch()

    def cancel(self, link: Link) -> bool:
        return False  # it says nothing about what it has thrown away


class BrotherWatch:
    """Listens for "printing completed". It is asked only while something is wrong, and after that."""

    ending = b""

    def __init__(self) -> None:
        self._rest = b""
        self._last = PrinterStatus(PrinterState.BUSY)
        self._stuck = False
        self._asked_s = self._well_s = 0.0

    def look(self, link: Link, elapsed_s: float) -> Look:
        if self._stuck and elapsed_s - self._asked_s >= _ASK_AGAIN_S:
            self._asked_s = elapsed_s
            link.write(_ASK)
        found, self._rest = packets(self._rest + link.read(_LISTEN_S))
        for packet in found:
            self._last = packet.status
            if packet.kind == Kind.PRINTED:
                return Look(packet.status, out=True)
        if not self._last.state.takes_jobs and self._last.state is not PrinterState.BUSY:
            self._stuck, self._well_s = True, elapsed_s
        # It is well again and idle: if it meant to print the label it had when it stopped, it would have by now.
        return Look(self._last, final=self._stuck and elapsed_s - self._well_s > _FORGOTTEN_S)


class BrotherSnmpTalk:
    """Over the network, where the job's own line is silent: SNMP answers beside it."""

    confirms = True

    def __init__(self, host: str, port: int = snmp.PORT) -> None:
        """`host` may be empty: then nobody answers."""
        self._host, self._port = host, port

    def aside(self) -> PrinterStatus | None:
        """How the printer is, asked beside the line; None when it does not answer."""
        answer = snmp.get(self._host, (STATUS_OID, HR_STATUS_OID, HR_ERRORS_OID), self._port, _ONE_TRY_S)
        return _meaning(answer) if answer is not None else None

    def status(self, link: Link) -> PrinterStatus:
        return self.aside() or SILENT

    def watch(self, height_mm: float) -> SnmpWatch:
        return SnmpWatch(self)

    def cancel(self, link: Link) -> bool:
        return False


def _meaning(answer: dict[str, snmp.Value]) -> PrinterStatus | None:
    own, host, errors = answer.get(STATUS_OID), answer.get(HR_STATUS_OID), answer.get(HR_ERRORS_OID)
    packet = parse(own) if isinstance(own, bytes) else None
    loaded = packet.status.loaded if packet else None
    if packet and packet.status.state not in (PrinterState.READY, PrinterState.BUSY):
        return packet.status
    bits = errors[0] if isinstance(errors, bytes) and errors else 0
    state = next((state for bit, state in _HR_ERRORS if bits & bit), PrinterState.READY)
    if state in (PrinterState.READY, PrinterState.PAPER_LOW):
        busy = host == _HR_PRINTING or (packet is not None and packet.printing)
        state = PrinterState.BUSY if busy else state
    return PrinterStatus(state, loaded=loaded) if packet or host is not None else None


class SnmpWatch:
    """Out is a page after whose last byte the printer was seen printing, and then idle without a fault."""

    ending = b""

    def __init__(self, talk: BrotherSnmpTalk) -> None:
        self._talk = talk
        self._leave = Leave()
        self._printing = False
        self._silent = 0

    def look(self, link: Link, elapsed_s: float) -> Look:
        self._leave.look(link)
        status = self._talk.aside()
        self._silent = self._silent + 1 if status is None else 0
        if status is None:
            return Look(SILENT, final=self._silent > 1 and (self._leave.taken or elapsed_s > LEAVE_TAKING_S))
        if status.state is PrinterState.BUSY:
            self._printing = True
            return Look(status)
        # A page begins to print once its last byte is there: printing and then idle is the whole of it.
        out = self._printing and status.state.takes_jobs
        return Look(status, out, final=status.state.takes_jobs and elapsed_s > _UNSEEN_S)
