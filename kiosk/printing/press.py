"""Printing for the shell: a badge as a file, and a printer's thread for as long as a command runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.bitmap import Page, pdf, png
from kiosk.printing.crew import Crew
from kiosk.printing.layout import load_layout
from kiosk.printing.pdf_printer import PdfPrinter
from kiosk.printing.render import draw
from kiosk.printing.worker import Draw
from kiosk.services.badges import Badges


def _png(page: Page) -> bytes:
    return png(page.bitmap)


_WRITERS: dict[str, Callable[[Page], bytes]] = {".pdf": pdf, ".png": _png}


class Press:
    """What the shell can do with badges."""

    def layout(self, path: Path) -> Layout:
        """The layout in this file. Raises BadInput, naming the place and what is allowed there."""
        return load_layout(path)

    def file(self, badge: Badge, ending: str, layout: Layout) -> tuple[bytes, tuple[str, ...]]:
        """The badge as a file of this kind, and sentences about what is not as it should be.

        Raises BadInput for an ending that is not known.
        """
        self.check_ending(ending)
        ensure_qt()
        drawn = draw(layout, badge)
        return _WRITERS[ending.lower()](drawn.page), tuple(problem.sentence() for problem in drawn.problems)

    def check_ending(self, ending: str) -> None:
        """Raises BadInput unless badges can be saved in files that end so."""
        if ending.lower() not in _WRITERS:
            words = _("A badge cannot be saved as “{ending}”. Give the file one of these endings: {known}.")
            raise BadInput(words.format(ending=ending, known=", ".join(sorted(_WRITERS))))

    @contextmanager
    def printer(self, badges: Badges, folder: Path, draw_for: Draw, name: str | None = None) -> Iterator[str]:
        """Let the named printer (the PDF printer without a name) work on the queue; answers where its badges go.

        Raises BadInput for a name that no printer has.
        """
        pdf_printer = PdfPrinter(folder)
        if name is not None and name.casefold() != pdf_printer.name.casefold():
            words = _("There is no printer called {name}. Known here: {known}.")
            raise BadInput(words.format(name=name, known=pdf_printer.name))
        ensure_qt()
        crew = Crew(badges, lambda _profile: pdf_printer, draw_for)
        crew.start()
        try:
            yield str(folder)
        finally:
            crew.close()


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
