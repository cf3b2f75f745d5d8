"""A badge that opens no door, printed to see how a layout comes out; nothing of it is kept in the queue."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout
from kiosk.domain.printer_words import media_words, what_to_do
from kiosk.domain.printers import PDF, PrinterProfile
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.crew import Crew
from kiosk.printing.printer import Outcome, Sent
from kiosk.printing.render import draw

NAME = "layout-test"


def print_sample(crew: Crew, profiles: Sequence[PrinterProfile], layout: Layout, badge: Badge) -> Future[str]:
    """Print it on the first printer whose labels have its size; answers in words what became of it.

    Raises BadInput when no printer has such labels.
    """
    profile = next((each for each in profiles if _takes(each, layout)), None)
    if profile is None:
        sizes = ", ".join(media_words(each.media) for each in profiles)
        raise BadInput(_("No printer has labels of this size loaded. There are: {sizes}.").format(sizes=sizes))
    page = draw(layout, badge, profile.dpi).page

    return crew.errand(profile.id, lambda printer: _words(profile, printer.send(page, NAME, lambda: False)))


def _takes(profile: PrinterProfile, layout: Layout) -> bool:
    if profile.id == PDF.id:
        return True
    turned = profile.rotate in (90, 270)
    return layout.fits_turned(profile.media) if turned else layout.fits(profile.media)


def _words(profile: PrinterProfile, outcome: Outcome) -> str:
    if outcome.sent is Sent.PRINTED:
        if profile.id == PDF.id:
            return _("The test is the file {name} in the folder of badges.").format(name=f"{NAME}.pdf")
        return _("The test was printed on {printer}.").format(printer=profile.name)
    if outcome.sent is Sent.SENT:
        words = _("The test was sent to {printer}, which cannot say whether it came out.")
        return words.format(printer=profile.name)
    trouble = what_to_do(profile, outcome.status) if outcome.status is not None else ""
    said = outcome.words or trouble or _("The printer stopped answering.")
    return _("The test did not come out. {why}").format(why=said)
