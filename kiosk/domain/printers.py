"""Printers as the desk speaks of them: how they are, what is loaded, and how one is set up.

No bytes and no wires here: a language, a transport and a way to ask for the status are named, and `printing/` knows
how to speak them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PrinterState(StrEnum):
    """How a printer is, the worst first. A volunteer never reads these words."""

    OFFLINE = "offline"
    FORBIDDEN = "forbidden"
    """It is there, and the system does not let us use it."""
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    CUTTER_JAM = "cutter_jam"
    RIBBON_OUT = "ribbon_out"
    WRONG_MEDIA = "wrong_media"
    ERROR = "error"
    PAUSED = "paused"
    COOLING = "cooling"
    UNKNOWN = "unknown"
    """It does not say."""
    BUSY = "busy"
    PAPER_LOW = "paper_low"
    READY = "ready"

    @property
    def takes_jobs(self) -> bool:
        """Whether the next badge may be sent."""
        return self in (PrinterState.READY, PrinterState.PAPER_LOW, PrinterState.UNKNOWN)


class SelfPrinting(StrEnum):
    """What a station does about the badge of somebody let in for the first time. Kept on disk."""

    AUTOMATIC = "automatic"
    ASK = "ask"
    """A button beside the answer prints it."""
    OFF = "off"
    """Badges are printed elsewhere, or ahead of time; a reprint is still possible."""


@dataclass(frozen=True, slots=True)
class Media:
    """Labels or paper: millimetres; no length means a continuous roll."""

    width_mm: float
    length_mm: float | None = None
    name: str = ""

    def fits(self, other: Media, within_mm: float = 1.0) -> bool:
        """Whether the two are the same size. Names are not compared: drivers call one roll by many."""
        if abs(self.width_mm - other.width_mm) > within_mm:
            return False
        if self.length_mm is None or other.length_mm is None:
            return self.length_mm is other.length_mm
        return abs(self.length_mm - other.length_mm) <= within_mm


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What a printer says of itself."""

    state: PrinterState
    detail: str = ""
    """What else it says, in plain words, for whoever sets it up; never needed to act."""
    loaded: Media | None = None
    """What it says is loaded, where it can tell."""
    labels_left: int | None = None
    """What it says is left on the roll, where it can tell."""


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """One printer as set up on this station. Rotation and offsets belong to it, not to the layout."""

    id: str
    name: str
    """What people call it: Badge 1."""
    language: str
    """How a page becomes bytes: zpl, brother, dymo, escpos, pwg, pdf, png, system."""
    transport: str
    """How bytes get there: tcp, usb, serial, ipp, cups, winspool, system, file."""
    address: str = ""
    """Where: host:port, a device file, a URL, a queue's name, a folder."""
    status: str = ""
    """How it is asked: hqes, brother, brother-snmp (or brother-snmp:port), dle-eot, dymo, none. Empty: as is usual for
    the pair; a spooler is asked in its own way.
    """
    model: str = ""
    """The entry of the model table it was set up from; empty where typed by hand."""
    media: Media = Media(101.6, 76.2)
    dpi: int = 300
    head_dots: int | None = None
    """Width of the print head; None where the media decides."""
    rotate: int = 0
    """0, 90, 180 or 270 degrees clockwise."""
    offset_x_mm: float = 0.0
    offset_y_mm: float = 0.0
    darkness: int | None = None
    """In the printer's own scale; None leaves it as it is."""
    speed: int | None = None
    cut: bool = True
    group: str = ""
    """Printers of one group stand in for each other where their media is the same; empty: with every other."""
    order: int = 0
    """Which prints first. Those of the same number share the work, a higher one stands in for those before it."""
    labels_per_roll: int | None = None
    """What a new roll holds, for counting down; None where nobody counts."""
    ask: bool = True
    """Where it can never say whether a badge came out: ask a person about each. Otherwise it stays "sent"."""
    enabled: bool = True


PDF = PrinterProfile(id="pdf", name="PDF", language="pdf", transport="file")
"""The one that every station has while no other is at work: a file for each badge, in a folder of the station's."""
