"""Printers people bring to a conference, and the labels that go into them: where a set-up begins.

A model says what does not change from one piece to the next. What a person may still choose (address, labels, where the
badge lies) starts with what most have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.domain.printer_offers import Offer
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.i18n import _
from kiosk.printing.languages import zpl
from kiosk.printing.languages.brother import NARROW_HEAD, WIDE_HEAD

INCH_4X3 = Media(101.6, 76.2, "4 × 3 in")
INCH_4X6 = Media(101.6, 152.4, "4 × 6 in")
INCH_2X4 = Media(57.15, 101.6, "2.25 × 4 in")
DK_22205 = Media(62, None, "DK-22205")
DK_22251 = Media(62, None, "DK-22251")
DK_11202 = Media(62, 100, "DK-11202")
DK_11234 = Media(60, 87, "DK-11234")
DK_11201 = Media(29, 90, "DK-11201")
DK_11241 = Media(102, 153, "DK-11241")
DK_11247 = Media(104, 164, "DK-11247")
DYMO_30857 = Media(57.15, 101.6, "30857")
DYMO_30256 = Media(58.7, 101.6, "30256")
DYMO_4X6 = Media(101.6, 152.4, "1744907")
RECEIPT_80 = Media(80, None, "80 mm")
A6 = Media(105, 148, "A6")

LABELS_PER_ROLL: Mapping[str, int] = {
    "DK-11202": 300,
    "DK-11234": 260,
    "DK-11201": 400,
    "DK-11241": 200,
    "DK-11247": 180,
    "30857": 250,
    "30256": 300,
    "1744907": 220,
}
"""By the name of the labels, as their makers sell them; rolls without an end have none."""


@dataclass(frozen=True, slots=True)
class Model:
    """One kind of printer."""

    id: str
    name: str
    language: str
    transports: tuple[str, ...]
    """How it can be reached, the usual way first."""
    media: tuple[Media, ...]
    """What goes into it, the usual first."""
    dpi: int = 300
    head_dots: int | None = None
    rotate: int = 0
    """How badges lie on its usual labels."""
    cutter: bool = False
    usb: frozenset[tuple[int, int]] = field(default=frozenset())
    """Vendor and product it says over USB; product 0 stands for any other of the vendor."""

    def profile(self, name: str = "", transport: str = "", address: str = "") -> PrinterProfile:
        """A set-up to begin with; its id is given when it is kept."""
        media = self.media[0]
        return PrinterProfile(
            id="",
            name=name or self.name,
            language=self.language,
            transport=transport or self.transports[0],
            address=address,
            model=self.id,
            media=media,
            dpi=self.dpi,
            head_dots=self.head_dots,
            rotate=self.rotate,
            cut=self.cutter,
            labels_per_roll=LABELS_PER_ROLL.get(media.name),
        )


_ZEBRA, _BROTHER, _DYMO, _EPSON = 0x0A5F, 0x04F9, 0x0922, 0x04B8
_LINES = ("tcp", "usb", "serial")
_WITH_CUTTER_203, _WITH_CUTTER_300 = zpl.WITH_CUTTER
_ZEBRA_MEDIA = (INCH_4X3, INCH_4X6, INCH_2X4)
_NARROW_ROLLS = (DK_22205, DK_11202, DK_11234, DK_11201, DK_22251)

_ANY_MEDIA = (INCH_4X3, INCH_4X6, DK_11202, DYMO_30857, A6)

MODELS: tuple[Model, ...] = (
    Model("zebra-203", "Zebra, 203 dpi", "zpl", _LINES, _ZEBRA_MEDIA, 203, 832, usb=frozenset({(_ZEBRA, 0)})),
    Model("zebra-300", "Zebra, 300 dpi", "zpl", _LINES, _ZEBRA_MEDIA, 300, 1280),
    Model(_WITH_CUTTER_203, "Zebra, 203 dpi, cutter", "zpl", _LINES, _ZEBRA_MEDIA, 203, 832, cutter=True),
    Model(_WITH_CUTTER_300, "Zebra, 300 dpi, cutter", "zpl", _LINES, _ZEBRA_MEDIA, 300, 1280, cutter=True),
    Model(
        "brother-ql-700",
        "Brother QL-700, QL-800",
        "brother",
        ("usb",),
        _NARROW_ROLLS,
        head_dots=NARROW_HEAD,
        cutter=True,
        usb=frozenset({(_BROTHER, 0x2042), (_BROTHER, 0x2049), (_BROTHER, 0x209B)}),
    ),
    Model(
        "brother-ql-820",
        "Brother QL-720NW, QL-810W, QL-820NWB",
        "brother",
        ("tcp", "usb"),
        _NARROW_ROLLS,
        head_dots=NARROW_HEAD,
        cutter=True,
        usb=frozenset({(_BROTHER, 0x2043), (_BROTHER, 0x2044), (_BROTHER, 0x209C), (_BROTHER, 0x209D)}),
    ),
    Model(
        "brother-ql-1110",
        "Brother QL-1100, QL-1110NWB",
        "brother",
        ("tcp", "usb"),
        (DK_11241, DK_11247, *_NARROW_ROLLS),
        head_dots=WIDE_HEAD,
        cutter=True,
        usb=frozenset({(_BROTHER, 0x20A7), (_BROTHER, 0x20A8)}),
    ),
    Model(
        "dymo-450",
        "DYMO LabelWriter 400, 450",
        "dymo",
        ("usb",),
        (DYMO_30857, DYMO_30256),
        head_dots=672,
        rotate=90,
        usb=frozenset({(_DYMO, 0x0019), (_DYMO, 0x001A), (_DYMO, 0x0020), (_DYMO, 0x0021), (_DYMO, 0x0022)}),
    ),
    Model(
        "dymo-4xl",
        "DYMO LabelWriter 4XL",
        "dymo",
        ("usb",),
        (DYMO_4X6,),
        head_dots=1248,
        usb=frozenset({(_DYMO, 0x001F)}),
    ),
    Model("dymo-550", "DYMO LabelWriter 550, 5XL", "system", ("system",), (DYMO_30857, DYMO_4X6), rotate=90),
    Model(
        "epson-tm-203",
        "Epson TM-T20, TM-m30, 203 dpi",
        "escpos",
        _LINES,
        (RECEIPT_80,),
        203,
        576,
        cutter=True,
        usb=frozenset({(_EPSON, 0)}),
    ),
    Model("epson-tm-180", "Epson TM-T88, 180 dpi", "escpos", _LINES, (RECEIPT_80,), 180, 512, cutter=True),
    Model("ipp", "IPP Everywhere or AirPrint", "pdf", ("ipp",), (INCH_4X3, INCH_4X6, DK_11202, A6)),
    Model("ipp-raster", "IPP Everywhere, raster only", "pwg", ("ipp",), (INCH_4X3, INCH_4X6, DK_11202)),
    Model("cups", "A queue of CUPS", "pdf", ("cups",), _ANY_MEDIA),
    Model(
        "system", "A printer of this computer", "system", ("system",), (INCH_4X3, INCH_4X6, DK_11202, DYMO_30857, A6)
    ),
    Model("zebra-windows", "Zebra, 203 dpi, through Windows", "zpl", ("winspool",), _ZEBRA_MEDIA, 203, 832),
    Model("pdf", "PDF files in a folder", "pdf", ("file",), (INCH_4X3, INCH_4X6, DK_11202, A6)),
)


def model_by_usb(vendor: int, product: int) -> Model | None:
    """The model that says this of itself over USB, or the usual one of its maker where only that is known."""
    wanted = ((vendor, product), (vendor, 0))
    return next((model for key in wanted for model in MODELS if key in model.usb), None)


def model_by_id(model_id: str) -> Model | None:
    """The model of this id."""
    return next((model for model in MODELS if model.id == model_id), None)


def offers() -> list[Offer]:
    """The table, for whoever sets a printer up by hand."""
    return [Offer(model.profile(), _ways(model)) for model in MODELS]


def _ways(model: Model) -> str:
    names = {
        "tcp": _("network"),
        "usb": _("USB"),
        "serial": _("serial line"),
        "ipp": _("network"),
        "cups": _("CUPS"),
        "system": _("this computer's own driver"),
        "winspool": _("Windows' spooler; not tried yet"),
        "file": _("a folder"),
    }
    return ", ".join(names[transport] for transport in model.transports)
