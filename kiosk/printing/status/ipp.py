"""What IPP printers and CUPS say: `printer-state`, its reasons, and the sizes that are loaded (RFC 8011)."""

from __future__ import annotations

import re
from typing import Any

from kiosk.domain.printers import Media, PrinterState, PrinterStatus
from kiosk.printing.transports.ipp_wire import Read

IDLE, PROCESSING, STOPPED = 3, 4, 5

ASKED = (
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "media-col-ready",
    "media-size-supported",
    "media-source-supported",
    "device-uri",
)

_REASONS = {
    "shutdown": PrinterState.OFFLINE,
    "offline": PrinterState.OFFLINE,
    "timed-out": PrinterState.OFFLINE,
    "connecting-to-device": PrinterState.OFFLINE,
    "media-empty": PrinterState.PAPER_OUT,
    "media-needed": PrinterState.PAPER_OUT,
    "input-tray-missing": PrinterState.PAPER_OUT,
    "cover-open": PrinterState.COVER_OPEN,
    "door-open": PrinterState.COVER_OPEN,
    "interlock-open": PrinterState.COVER_OPEN,
    "media-jam": PrinterState.CUTTER_JAM,
    "cutter-jam": PrinterState.CUTTER_JAM,
    "trimmer-jam": PrinterState.CUTTER_JAM,
    "marker-supply-empty": PrinterState.RIBBON_OUT,
    "paused": PrinterState.PAUSED,
    "moving-to-paused": PrinterState.PAUSED,
    "fuser-over-temp": PrinterState.COOLING,
    "media-low": PrinterState.PAPER_LOW,
}
_UNREACHED = re.compile("may not exist|not responding|unreachable|not connected|unable to connect", re.IGNORECASE)
"""What CUPS' backends write, instead of a reason, while they try in vain to reach a printer."""
_SEVERITIES = ("-report", "-warning", "-error")
_WORST = list(PrinterState)


def parse(printer: Read) -> PrinterStatus:
    """How a printer is, from its attributes."""
    reasons = [reason for reason in printer.get("printer-state-reasons", []) if reason != "none"]
    one_source = len(printer.get("media-source-supported", [])) <= 1
    states = [state for reason in reasons if (state := _state_of(reason, one_source)) is not None]
    main = printer.get("printer-state", [IDLE])[0]
    if main == STOPPED and not any(_blocks(state) for state in states):
        states.append(PrinterState.ERROR)
    if printer.get("printer-is-accepting-jobs", [True])[0] is False:
        states.append(PrinterState.PAUSED)
    message = str(printer.get("printer-state-message", [""])[0])
    if main == PROCESSING:
        states.append(PrinterState.OFFLINE if _UNREACHED.search(message) else PrinterState.BUSY)
    state = min(states, key=_WORST.index, default=PrinterState.READY)
    return PrinterStatus(state, ", ".join(reasons) or ("" if state is PrinterState.READY else message))


def _state_of(reason: str, one_source: bool) -> PrinterState | None:
    """What one reason means. A warning keeps nobody from printing and a report means nothing to do, except that what
    is empty is empty where there is no other tray, and what is needed is needed.
    """
    severity = next((ending for ending in _SEVERITIES if reason.endswith(ending)), "")
    name = reason.removesuffix(severity)
    state = _REASONS.get(name)
    if name == "media-needed" or (name == "media-empty" and one_source):
        return PrinterState.PAPER_OUT
    if severity == "-report":
        return None
    if severity == "-warning":
        return PrinterState.PAPER_LOW if name.startswith("media-") else None
    return PrinterState.ERROR if state is None and severity == "-error" else state


def _blocks(state: PrinterState) -> bool:
    return not state.takes_jobs and state is not PrinterState.BUSY


def loaded(printer: Read, wanted: Media) -> Media | None:
    """What is loaded that the badge needs, else the first that is; None where the printer does not say."""
    sizes = [size for ready in printer.get("media-col-ready", []) for size in _sizes(ready.get("media-size", []))]
    fitting = (size for size in sizes if size.fits(wanted))
    return next(fitting, sizes[0] if sizes else None)


def size_for(printer: Read, paper: Media) -> tuple[int, int]:
    """The size the printer knows this paper by, in hundredths of a millimetre: drivers differ by a dot or two."""
    wanted = (round(paper.width_mm * 100), round((paper.length_mm or 0) * 100))
    known = [
        (size["x-dimension"][0], size["y-dimension"][0])
        for size in printer.get("media-size-supported", [])
        if _is_plain(size)
    ]
    near = [size for size in known if abs(size[0] - wanted[0]) <= 100 and abs(size[1] - wanted[1]) <= 100]
    return min(near, key=lambda size: abs(size[0] - wanted[0]) + abs(size[1] - wanted[1]), default=wanted)


def _is_plain(size: dict[str, Any]) -> bool:
    """A size, not a range of sizes."""
    return all(isinstance(size.get(name, [None])[0], int) for name in ("x-dimension", "y-dimension"))


def _sizes(sizes: list[dict[str, Any]]) -> list[Media]:
    """Each size both ways round: labels have no up."""
    plain = [(size["x-dimension"][0] / 100, size["y-dimension"][0] / 100) for size in sizes if _is_plain(size)]
    return [media for x, y in plain for media in (Media(x, y), Media(y, x))]
