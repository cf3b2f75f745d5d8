"""How this station is, for the organizer to see: beside what the sync knows, its printers and where it scans."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.admission import DESK
from kiosk.domain.fleet import Vitals
from kiosk.domain.printers import PrinterState
from kiosk.services.printers import Printers
from kiosk.services.station import Station

_WORST_FIRST = tuple(PrinterState)


def with_printers(vitals: Vitals, printers: Printers, station: Station) -> Vitals:
    """The same, with the worst printer and the roll that ends first."""
    now = printers.now()
    states = [printer.status.state for printer in now if printer.status is not None]
    left = [printer.labels_left for printer in now if printer.labels_left is not None]
    return replace(
        vitals,
        printer=min(states, key=_WORST_FIRST.index, default=None),
        labels_left=min(left, default=None),
        place=station.room or DESK,
    )
