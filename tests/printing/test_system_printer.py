"""Printing through the system's driver: dot for dot, on the size the driver knows the labels by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from kiosk.domain.printer_words import what_to_do
from kiosk.domain.printers import PrinterProfile, PrinterState
from kiosk.printing import system_printer
from kiosk.printing.printer import Sent
from kiosk.printing.system_printer import page_size, paint, set_up
from tests.printing.desks import printer_of
from tests.printing.test_languages import a_page, picture_of

pytestmark = pytest.mark.usefixtures("qapp")

PAGE = a_page(1199, 899)


def a_size(width_mm: float, height_mm: float, name: str) -> QPageSize:
    return QPageSize(QSizeF(width_mm, height_mm), QPageSize.Unit.Millimeter, name, QPageSize.SizeMatchPolicy.ExactMatch)


def to_file(path: Path) -> QPrinter:
    device = QPrinter(QPrinter.PrinterMode.HighResolution)
    device.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    device.setOutputFileName(str(path))
    return device


def test_each_dot_of_the_badge_is_a_dot_of_the_printer(tmp_path: Path) -> None:
    device = to_file(tmp_path / "badge.pdf")
    set_up(device, [], PAGE)
    assert paint(device, PAGE.bitmap)
    [sheet] = PdfReader(tmp_path / "badge.pdf").pages
    [image] = sheet.images
    assert image.image is not None
    assert image.image.convert("1").tobytes() == picture_of(PAGE).tobytes()
    content = sheet.get_contents()
    assert content is not None
    text = content.get_data().decode()
    assert re.search(r"^0\.24\d* 0 0 -0\.24\d* 0 216 cm$", text, re.M), "a dot is 1/300 inch, from the top left corner"
    assert "1199 0 0 -899 0 899 cm" in text


def test_a_size_is_found_by_its_millimetres_whatever_it_is_called() -> None:
    sizes = [a_size(62, 100, "DK-1202"), a_size(76.4, 101.2, "w216h288"), a_size(57, 102, "w162h288.2")]
    assert page_size(sizes, 62, 100) == (sizes[0], QPageLayout.Orientation.Portrait)
    assert page_size(sizes, 101.6, 76.2) == (sizes[1], QPageLayout.Orientation.Landscape)
    sizes.append(a_size(101.6, 76.2, "w288h216"))
    assert page_size(sizes, 101.6, 76.2) == (sizes[3], QPageLayout.Orientation.Portrait), "drivers turn lying pages"
    own, orientation = page_size(sizes, 90, 50)
    assert (round(own.size(QPageSize.Unit.Millimeter).width()), orientation) == (90, QPageLayout.Orientation.Portrait)


def test_a_lying_label_is_painted_lying(tmp_path: Path) -> None:
    device = to_file(tmp_path / "badge.pdf")
    set_up(device, [a_size(76.2, 101.6, "w216h288")], PAGE)
    assert paint(device, PAGE.bitmap)
    [sheet] = PdfReader(tmp_path / "badge.pdf").pages
    assert (float(sheet.mediabox.width), float(sheet.mediabox.height)) == pytest.approx((288, 216), abs=0.5)


def test_a_printer_the_system_does_not_know_gets_nothing() -> None:
    printer = printer_of(PrinterProfile("s", "Badge 1", "system", "system", "No such printer"))
    assert printer.status().state is PrinterState.OFFLINE
    outcome = printer.send(PAGE, "job-1", lambda: False)
    assert outcome.sent is Sent.NOT_STARTED
    assert "Badge 1 does not answer" in what_to_do(printer.profile, printer.status())
    assert printer.can_confirm is False
    assert printer.cancel() is False


def test_what_the_system_took_is_sent_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Known(QPrinterInfo):
        @staticmethod
        def printerInfo(name: str) -> QPrinterInfo:
            return Known()

        def isNull(self) -> bool:
            return False

        def state(self) -> QPrinter.PrinterState:
            return QPrinter.PrinterState.Idle

        def supportedPageSizes(self) -> list[QPageSize]:
            return []

    class ToFile(QPrinter):
        def __init__(self, info: QPrinterInfo, mode: QPrinter.PrinterMode) -> None:
            super().__init__(mode)
            self.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
            self.setOutputFileName(str(tmp_path / "badge.pdf"))

    monkeypatch.setattr(system_printer, "QPrinterInfo", Known)
    monkeypatch.setattr(system_printer, "QPrinter", type("P", (ToFile,), {}))
    printer = printer_of(PrinterProfile("s", "Badge 1", "system", "system", "Labels"))
    assert printer.send(PAGE, "job-1", lambda: False).sent is Sent.SENT
    assert printer.follow("job-1", lambda: False).sent is Sent.SENT
    assert len(PdfReader(tmp_path / "badge.pdf").pages) == 1
