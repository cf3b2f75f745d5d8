"""Whatever the operating system has a driver for, through Qt: the page is painted dot for dot, and handed over.

What becomes of it then the system does not tell, so a badge is sent, never printed. Where there is another way to the
same printer (its own language, IPP), that one knows more.
"""

from __future__ import annotations

from PySide6.QtCore import QMarginsF, QRect, QSizeF
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.i18n import _
from kiosk.printing.bitmap import Bitmap, Page
from kiosk.printing.checks import TOLERANCE_MM, not_fit
from kiosk.printing.placing import on_paper
from kiosk.printing.printer import Outcome, Sent, Stopped

_WHITE, _BLACK = QColor(255, 255, 255).rgb(), QColor(0, 0, 0).rgb()

_STATES = {
    QPrinter.PrinterState.Idle: PrinterState.READY,
    QPrinter.PrinterState.Active: PrinterState.BUSY,
    QPrinter.PrinterState.Aborted: PrinterState.ERROR,
    QPrinter.PrinterState.Error: PrinterState.ERROR,
}


class SystemPrinter:
    """One printer of the system, by its name; used by one thread at a time."""

    can_confirm = False

    def __init__(self, profile: PrinterProfile) -> None:
        self.profile = profile
        self.name = profile.name
        self.dpi = profile.dpi

    def status(self) -> PrinterStatus:
        """As far as the system knows: often no more than that there is such a printer."""
        info = QPrinterInfo.printerInfo(self.profile.address)
        if info.isNull():
            return PrinterStatus(PrinterState.OFFLINE, _("the system knows no such printer"))
        return PrinterStatus(_STATES.get(info.state(), PrinterState.UNKNOWN))

    def send(self, page: Page, job_id: str, stopped: Stopped) -> Outcome:
        """Paint the page in the printer's own resolution on the size it knows the labels by."""
        unfit = not_fit(page, self.profile)
        if unfit:
            return Outcome(Sent.NOT_STARTED, words=unfit)
        status = self.status()
        if not status.state.takes_jobs:
            return Outcome(Sent.NOT_STARTED, status)
        info = QPrinterInfo.printerInfo(self.profile.address)
        device = QPrinter(info, QPrinter.PrinterMode.HighResolution)
        device.setDocName(job_id)
        sheet = on_paper(page, self.profile)
        set_up(device, info.supportedPageSizes(), sheet)
        if not paint(device, sheet.bitmap):
            return Outcome(Sent.NOT_STARTED, PrinterStatus(PrinterState.ERROR))
        failed = device.printerState() in (QPrinter.PrinterState.Aborted, QPrinter.PrinterState.Error)
        return Outcome(Sent.UNKNOWN if failed else Sent.SENT, self.status())

    def follow(self, job_id: str, stopped: Stopped) -> Outcome:
        """The system does not say what became of a page."""
        return Outcome(Sent.SENT, self.status())

    def cancel(self) -> bool:
        """Nor does it say that a page was thrown away."""
        return False

    def close(self) -> None:
        """Nothing is held between two pages."""


def set_up(device: QPrinter, sizes: list[QPageSize], sheet: Page) -> None:
    """The resolution, the size and no margins: drivers know one label by many names, so it is found by its size."""
    device.setResolution(sheet.bitmap.dpi)
    size, orientation = page_size(sizes, sheet.width_mm, sheet.height_mm)
    device.setFullPage(True)
    device.setPageLayout(QPageLayout(size, orientation, QMarginsF(0, 0, 0, 0)))


def page_size(sizes: list[QPageSize], width_mm: float, height_mm: float) -> tuple[QPageSize, QPageLayout.Orientation]:
    """The driver's size that is this one; only where it has none so, the one that is it lying; else one of our own."""
    upright, lying = QPageLayout.Orientation.Portrait, QPageLayout.Orientation.Landscape
    for orientation, across_mm, along_mm in ((upright, width_mm, height_mm), (lying, height_mm, width_mm)):
        for known in sizes:
            if _near(known.size(QPageSize.Unit.Millimeter), across_mm, along_mm):
                return known, orientation
    own = QPageSize(QSizeF(width_mm, height_mm), QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch)
    return own, upright


def _near(size: QSizeF, width_mm: float, height_mm: float) -> bool:
    return abs(size.width() - width_mm) <= TOLERANCE_MM and abs(size.height() - height_mm) <= TOLERANCE_MM


def paint(device: QPrinter, bitmap: Bitmap) -> bool:
    """Each dot as one dot of the device, from its top left corner; false if nothing could be painted."""
    painter = QPainter()
    if not painter.begin(device):
        return False
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    scale = device.resolution() / bitmap.dpi
    target = QRect(0, 0, round(bitmap.width * scale), round(bitmap.height * scale))
    painter.drawImage(target, image_of(bitmap))
    return painter.end()


def image_of(bitmap: Bitmap) -> QImage:
    """The bitmap as Qt's one-bit image."""
    view = QImage(bitmap.rows, bitmap.width, bitmap.height, bitmap.row_bytes, QImage.Format.Format_Mono)
    view.setColorTable([_WHITE, _BLACK])
    return view.copy()
