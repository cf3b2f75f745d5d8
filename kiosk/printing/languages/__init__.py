"""What printers understand: pure functions from one page to the bytes that print it.

A language knows nothing of how its bytes travel and nothing of how a printer is asked; any of them goes with any
transport that carries bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.printers import PrinterProfile
from kiosk.printing import bitmap
from kiosk.printing.bitmap import Page
from kiosk.printing.languages import brother, dymo, escpos, pwg, zpl
from kiosk.printing.placing import on_paper

RAW = "application/vnd.cups-raw"
"""How a spooler is told to hand bytes on untouched."""


@dataclass(frozen=True, slots=True)
class Language:
    """One way to say a page."""

    name: str
    encode: Callable[[Page, PrinterProfile], bytes]
    """A page that is turned and shifted already, as bytes."""
    ending: str
    """Of files that hold it."""
    mime: str = RAW
    dpi: tuple[int, ...] = ()
    """The resolutions it can say; empty: any."""


LANGUAGES = {
    language.name: language
    for language in (
        Language("zpl", zpl.encode, ".zpl"),
        Language("brother", brother.encode, ".brother", dpi=(300,)),
        Language("dymo", dymo.encode, ".dymo"),
        Language("escpos", escpos.encode, ".escpos"),
        Language("pwg", pwg.encode, ".pwg", "image/pwg-raster"),
        Language("pdf", lambda page, _profile: bitmap.pdf(page), ".pdf", "application/pdf"),
        Language("png", lambda page, _profile: bitmap.png(page.bitmap), ".png", "image/png"),
    )
}


def encode(page: Page, profile: PrinterProfile) -> bytes:
    """The page in the printer's language, turned and shifted as its profile says.

    Raises BadInput for a page the language cannot say.
    """
    return LANGUAGES[profile.language].encode(on_paper(page, profile), profile)
