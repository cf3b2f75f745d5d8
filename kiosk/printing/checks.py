"""What is looked at before the first byte: does the page fit what the printer is set up for, and what is loaded."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.printer_words import media_words
from kiosk.domain.printers import Media, PrinterProfile, PrinterState, PrinterStatus
from kiosk.i18n import _
from kiosk.printing.bitmap import Page
from kiosk.printing.placing import paper_of

TOLERANCE_MM = 1.0


def not_fit(page: Page, profile: PrinterProfile) -> str:
    """Why this page cannot be printed as the printer is set up, in a sentence; empty if it can."""
    if page.bitmap.dpi != profile.dpi:
        words = _(
            "{name} prints {dpi} dots an inch, and this badge was drawn for {other}. Check the printer's settings."
        )
        return words.format(name=profile.name, dpi=profile.dpi, other=page.bitmap.dpi)
    paper = paper_of(page, profile)
    if lies_on(paper, profile.media):
        return ""
    sizes = {"name": profile.name, "badge": media_words(paper), "media": media_words(profile.media)}
    if lies_on(Media(paper.length_mm or 0, paper.width_mm), profile.media):
        words = _("The badge lies across the labels of {name}. Turn it by 90 degrees in the printer's settings.")
    else:
        words = _("The badge is {badge} and {name} is set up for {media}. Choose another layout, or other labels.")
    return words.format(**sizes)


def lies_on(paper: Media, media: Media) -> bool:
    """Whether paper of this size has room on these labels, as it lies."""
    if paper.width_mm > media.width_mm + TOLERANCE_MM:
        return False
    return media.length_mm is None or (paper.length_mm or 0) <= media.length_mm + TOLERANCE_MM


def ready_for(profile: PrinterProfile, status: PrinterStatus) -> PrinterStatus:
    """The printer's status, or that other labels are loaded than it is set up for, where it can tell."""
    if status.loaded is None or not status.state.takes_jobs or status.loaded.fits(profile.media):
        return status
    return replace(status, state=PrinterState.WRONG_MEDIA)
