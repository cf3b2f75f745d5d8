"""Printing for the shell: a badge as a file, printers at work for as long as a command runs, printers looked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout
from kiosk.domain.printer_offers import Offer
from kiosk.domain.printers import PDF, Media, PrinterProfile, PrinterStatus
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.checks import lies_on, not_fit
from kiosk.printing.crew import Crew
from kiosk.printing.discover import UDEV_FILE, discover, udev_rules
from kiosk.printing.drivers import make_printer
from kiosk.printing.languages import LANGUAGES, encode
from kiosk.printing.layout import load_layout
from kiosk.printing.models import MODELS, model_by_id
from kiosk.printing.placing import turned_paper
from kiosk.printing.worker import Draw
from kiosk.services.badges import Badges

_LANGUAGE_OF = {language.ending: language.name for language in LANGUAGES.values()}
_USUAL = {"brother": "brother-ql-820", "dymo": "dymo-450", "escpos": "epson-tm-203"}
"""The models whose labels a file is made for, where the language has to know them."""


class Press:
    """What the shell can do with badges."""

    def layout(self, path: Path) -> Layout:
        """The layout in this file. Raises BadInput, naming the place and what is allowed there."""
        return load_layout(path)

    def file(
        self,
        badge: Badge,
        ending: str,
        draw_for: Draw,
        setup: PrinterProfile | None = None,
        only: Layout | None = None,
    ) -> tuple[bytes, tuple[str, ...]]:
        """The badge as a file of this kind, and sentences about what is not as it should be.

        With `setup` it is what this printer would get, were this its language; without it labels are taken that fit
        the layout, where it must be `only` that one. Raises BadInput for an ending
        that is not known, and for a badge that does not fit the labels.
        """
        self.check_ending(ending)
        ensure_qt()
        language = _LANGUAGE_OF[ending.lower()]
        profile = _setup_for(language, setup, only)
        drawn = draw_for(badge, profile)
        unfit = not_fit(drawn.page, profile) if profile.id != PDF.id else ""
        if unfit:
            raise BadInput(unfit)
        return encode(drawn.page, profile), tuple(problem.sentence() for problem in drawn.problems)

    def check_ending(self, ending: str) -> None:
        """Raises BadInput unless badges can be saved in files that end so."""
        if ending.lower() not in _LANGUAGE_OF:
            words = _("A badge cannot be saved as “{ending}”. Give the file one of these endings: {known}.")
            raise BadInput(words.format(ending=ending, known=", ".join(sorted(_LANGUAGE_OF))))

    @contextmanager
    def printers(self, badges: Badges, folder: Path, draw_for: Draw) -> Iterator[None]:
        """Let the printers at work print what is asked for; badges become files in the folder while none is set up."""
        ensure_qt()
        crew = Crew(badges, lambda profile: make_printer(profile, folder), draw_for)
        crew.start()
        try:
            yield
        finally:
            crew.close()

    def found(self) -> list[Offer]:
        """Printers that could be set up; looks for a second or two."""
        ensure_qt()
        return discover()

    def status_of(self, profile: PrinterProfile, folder: Path) -> PrinterStatus:
        """How a printer is. Raises BadInput for one that cannot be made of its profile."""
        ensure_qt()
        printer = make_printer(profile, folder)
        try:
            return printer.status()
        finally:
            printer.close()

    def udev_rules(self) -> tuple[str, str]:
        """The file and the lines that let whoever sits here use label printers over USB (Linux)."""
        return UDEV_FILE, udev_rules()


def _setup_for(language: str, setup: PrinterProfile | None, only: Layout | None) -> PrinterProfile:
    """The printer a file is made for: the one that was named, else a usual one, else labels of any size."""
    if setup is not None:
        return replace(setup, language=language)
    usual = model_by_id(_USUAL.get(language, ""))
    if usual is None:
        return replace(PDF, language=language)
    if only is None:
        return replace(usual.profile(), id=usual.id)
    page = Media(only.width_mm, only.sheet_height_mm)
    models = (usual, *(model for model in MODELS if model.language == language))
    ways = [
        replace(model.profile(), id=model.id, media=media, rotate=turn)
        for model in models
        for media in model.media
        for turn in (0, 90)
    ]
    exact = (way for way in ways if way.media.fits(turned_paper(page, way)))
    large_enough = (way for way in ways if lies_on(turned_paper(page, way), way.media))
    return next(exact, None) or next(large_enough, ways[0])


def ensure_qt() -> None:
    """Make Qt ready to draw, with or without a display: fonts need an application object, a window is not needed."""
    if QGuiApplication.instance() is not None:
        return
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    _kept.append(QGuiApplication(sys.argv[:1]))


_kept: list[QGuiApplication] = []
"""Qt's application must live as long as the process."""


def has_display() -> bool:
    """Whether there is a screen to open a window on; Windows and macOS always have one."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
