"""The printers as window and shell meet them: how a badge is drawn for one, and what their threads may be asked.

What it takes (drivers, the search for printers) is loaded when somebody first asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future

    from kiosk.domain.badge import Badge
    from kiosk.domain.layout import Layout
    from kiosk.domain.print_jobs import PrintJob
    from kiosk.domain.printer_offers import Offer
    from kiosk.domain.printers import PrinterProfile
    from kiosk.printing.crew import Crew
    from kiosk.printing.render import Drawn
    from kiosk.printing.worker import Draw
    from kiosk.services.layouts import Layouts
    from kiosk.services.printers import Printers
    from kiosk.ui.services import PrintRoom


def drawing(layouts: Layouts, only: Layout | None = None) -> Draw:
    """How a badge is drawn for a printer: in the layout for its labels, or in `only` this one; a file may have any
    size.
    """
    from kiosk.domain.printers import PDF
    from kiosk.printing.render import draw

    def draw_for(badge: Badge, profile: PrinterProfile) -> Drawn:
        media = None if profile.id == PDF.id else profile.media
        return draw(only or layouts.layout_for(badge, media, profile.rotate), badge, profile.dpi)

    return draw_for


def print_room(crews: list[Crew], folder: Path, printers: Printers) -> PrintRoom:
    """What the window may ask of the printers' threads, before and after they were started."""
    from kiosk.ui.services import PrintRoom

    def take_back(job: PrintJob, wish: str | None, by: str) -> object:
        return crews[-1].take_back(job, wish, by)

    def test_page(printer_id: str) -> Future[str]:
        return crews[-1].print_test_page(printer_id)

    def can_confirm(printer_id: str) -> bool:
        return not crews or crews[-1].can_confirm(printer_id)

    def discover() -> Future[Sequence[Offer]]:
        from kiosk.printing.discover import looked_for

        return looked_for()

    def models() -> Sequence[Offer]:
        from kiosk.printing.models import offers

        return offers()

    def check(profile: PrinterProfile) -> object:
        from kiosk.printing.drivers import make_printer

        return make_printer(profile, folder)

    def print_sample(layout: Layout, badge: Badge) -> Future[str]:
        from kiosk.printing.sample_print import print_sample

        return print_sample(crews[-1], printers.at_work(), layout, badge)

    return PrintRoom(take_back, can_confirm, check, test_page, discover, models, print_sample)
