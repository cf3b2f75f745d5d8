"""Documents as PDF files and on printers of the system: what `services/report_files.py` is handed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QPagedPaintDevice, QPdfWriter

from kiosk.domain.papers import Document, Imprint, PaperSize, Table
from kiosk.files.write import whole
from kiosk.printing.paper import Book, Tell
from kiosk.printing.paper_box import DPI
from kiosk.printing.pdf_text import mend
from kiosk.printing.press import ensure_qt


class PaperPress:
    """Draws on paper."""

    def save(self, document: Document, file: Path, size: PaperSize, imprint: Imprint, tell: Tell) -> None:
        """Write a PDF. Raises BadInput when it cannot be written; what `tell` raises stops it and leaves no file."""
        ensure_qt()
        with whole(file) as part:
            part.touch()
            device = QPdfWriter(str(part))
            device.setResolution(DPI)
            device.setTitle(document.title)
            device.setCreator("kiosk")
            self.draw(document, device, size, imprint, tell)
            del device  # the file is whole when its writer is gone
            part.write_bytes(mend(part.read_bytes()))

    def draw(
        self, document: Document, device: QPagedPaintDevice, size: PaperSize, imprint: Imprint, tell: Tell
    ) -> None:
        """Draw onto any device with pages: a printer of the system."""
        book = Book(device, size, imprint)
        if isinstance(document, Table):
            book.table(document, tell)
        else:
            book.sheets(document.sheets, document.count, tell)
