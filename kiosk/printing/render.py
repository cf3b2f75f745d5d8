"""One function draws: layout and badge in, one bitmap out, with a list of what is not as it should be.

Everything else (preview, PNG, PDF, label printer) shows this bitmap.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import qrcode
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError

from kiosk.domain.badge import Badge
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.bitmap import MM_PER_INCH, Bitmap, Page
from kiosk.printing.fonts import CAP, EM, Typeface, plain_latin
from kiosk.printing.layout import (
    MIN_MODULE_MM,
    QUIET_MODULES,
    Align,
    Band,
    BoxMm,
    Frame,
    Layout,
    Line,
    Qr,
    Text,
    TooLong,
    Valign,
    Weight,
)
from kiosk.printing.typeset import LEADING, Fitted, Room, extent, fit

DEFAULT_DPI = 300
MIN_DPI, MAX_DPI = 150, 600
_INK, _PAPER = QColor(0, 0, 0), QColor(255, 255, 255)


class ProblemKind(StrEnum):
    """What may be wrong with a drawn badge."""

    MISSING_GLYPHS = "missing_glyphs"
    """None of our fonts has these characters; boxes would print."""
    TOO_SMALL = "too_small"
    SHORTENED = "shortened"
    SMALL_QR = "small_qr"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at before the badge is handed out. `text` is what it concerns: the characters, or the words."""

    kind: ProblemKind
    text: str

    def sentence(self) -> str:
        """What to tell the desk."""
        sentences = {
            ProblemKind.MISSING_GLYPHS: _(
                "These characters cannot be printed: {text}. Enter a badge name without them."
            ),
            ProblemKind.TOO_SMALL: _("“{text}” is printed smaller than is easy to read. Enter a shorter badge name."),
            ProblemKind.SHORTENED: _("“{text}” is too long and was shortened."),
            ProblemKind.SMALL_QR: _(
                "The QR code is printed so small that scanners may not read it. Make it larger in the layout."
            ),
        }
        return sentences[self.kind].format(text=self.text)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A badge as dots, and what is not as it should be."""

    page: Page
    problems: tuple[Problem, ...]


def draw(layout: Layout, badge: Badge, dpi: int = DEFAULT_DPI) -> Drawn:
    """The badge in this layout at so many dots per inch. May run in any thread, once there is a QGuiApplication.

    Raises BadInput when the code does not fit its QR, or for a resolution no printer has.
    """
    if not MIN_DPI <= dpi <= MAX_DPI:
        raise BadInput(_("Badges are drawn at {least} to {most} dots per inch.").format(least=MIN_DPI, most=MAX_DPI))
    artist = _Artist(layout, badge, dpi)
    try:
        for element in layout.elements:
            artist.draw(element)
    finally:
        artist.painter.end()
    page = Page(_bitmap(artist.image, dpi), layout.width_mm, layout.height_mm)
    return Drawn(page, tuple(dict.fromkeys(artist.problems)))


def _bitmap(image: QImage, dpi: int) -> Bitmap:
    """Grey to black and white by threshold: dithering would fray letters and QR modules."""
    flags = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
    mono = image.convertToFormat(QImage.Format.Format_Mono, flags)
    width, height = mono.width(), mono.height()
    row_bytes, stride = (width + 7) // 8, mono.bytesPerLine()
    data = bytes(mono.constBits())
    padding = 0xFF << (-width % 8) & 0xFF
    black_is_one = mono.color(1) == _INK.rgb()
    rows = bytearray()
    for start in range(0, stride * height, stride):
        row = data[start : start + row_bytes]
        if not black_is_one:
            row = bytes(255 - byte for byte in row)
        rows += row[:-1]
        rows.append(row[-1] & padding)
    return Bitmap(width, height, dpi, bytes(rows))


class _Artist:
    """Draws the elements of one badge onto one grey image."""

    def __init__(self, layout: Layout, badge: Badge, dpi: int) -> None:
        self.badge = badge
        self.dots_per_mm = dpi / MM_PER_INCH
        self.problems: list[Problem] = []
        self.image = QImage(
            round(layout.width_mm * self.dots_per_mm),
            round(layout.height_mm * self.dots_per_mm),
            QImage.Format.Format_Grayscale8,
        )
        self.image.fill(_PAPER)
        # One choice for all words of a weight: first and last name must not stand in two different fonts.
        self.typefaces = {weight: Typeface(weight, plain_latin(_words(layout, badge, weight))) for weight in Weight}
        for weight, typeface in self.typefaces.items():
            missing = typeface.missing(_words(layout, badge, weight))
            if missing:
                self.problems.append(Problem(ProblemKind.MISSING_GLYPHS, missing))
        self.painter = QPainter(self.image)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def draw(self, element: Text | Band | Qr | Frame | Line) -> None:
        match element:
            case Text():
                self.text(element)
            case Band():
                self.band(element)
            case Qr():
                self.qr(element)
            case Frame():
                self.frame(element)
            case Line():
                self.line(element)

    def dots(self, box: BoxMm) -> QRectF:
        """The box in dots, its edges on whole ones."""
        left, top = round(box.x * self.dots_per_mm), round(box.y * self.dots_per_mm)
        right = round((box.x + box.width) * self.dots_per_mm)
        bottom = round((box.y + box.height) * self.dots_per_mm)
        return QRectF(left, top, right - left, bottom - top)

    def scale(self, cap_mm: float) -> float:
        """Dots per unit of an outline at this height of capitals."""
        return cap_mm * self.dots_per_mm / (CAP * EM)

    def text(self, element: Text) -> None:
        words = element.words(self.badge)
        if not words:
            return
        box = self.dots(element.box)
        room = Room(
            width=box.width(),
            height=box.height(),
            max_scale=self.scale(element.max_cap_mm),
            min_scale=self.scale(element.min_cap_mm),
            lines=element.lines,
            narrow=element.narrow,
            may_shorten=element.too_long is TooLong.SHORTEN,
        )
        self.place(words, element.weight, room, box, element.align, element.valign, _INK)

    def place(
        self, words: str, weight: Weight, room: Room, box: QRectF, align: Align, valign: Valign, ink: QColor
    ) -> float:
        """Fit the words into the box and paint them; the dots they take from left to right."""
        fitted = fit(words, self.typefaces[weight], room)
        if fitted.too_small:
            self.problems.append(Problem(ProblemKind.TOO_SMALL, words))
        if fitted.shortened:
            self.problems.append(Problem(ProblemKind.SHORTENED, words))
        baseline = _first_baseline(fitted, box, valign)
        widest = 0.0
        for line in fitted.lines:
            width = line.ink.width() * fitted.across
            widest = max(widest, width)
            x = box.left() + _indent(align, line.right_to_left, box.width() - width)
            onto = QTransform(fitted.across, 0, 0, fitted.scale, x, baseline)
            self.painter.fillPath(onto.map(line.outline), ink)
            baseline += LEADING * EM * fitted.scale
        return widest

    def band(self, element: Band) -> None:
        box = self.dots(element.box)
        dark = self.badge.is_sworn is True or not element.sworn_only
        self.painter.fillRect(box, _INK)
        if not dark:
            thick = round(0.8 * self.dots_per_mm)
            self.painter.fillRect(box.adjusted(thick, thick, -thick, -thick), _PAPER)
        ink = _PAPER if dark else _INK
        margin = 3 * self.dots_per_mm
        inner = box.adjusted(margin, box.height() * 0.15, -margin, -box.height() * 0.15)
        left, right = element.words(self.badge)
        sizes = (self.scale(element.max_cap_mm), self.scale(element.min_cap_mm))
        taken = 0.0
        if left:
            room = Room(inner.width() * (0.6 if right else 1), inner.height(), *sizes, narrow=0.75, may_shorten=True)
            taken = self.place(left, Weight.BOLD, room, inner, Align.LEFT, Valign.MIDDLE, ink) + 2 * margin
        if right:
            room = Room(inner.width() - taken, inner.height(), *sizes, narrow=0.75, may_shorten=True)
            self.place(right, Weight.BOLD, room, inner, Align.RIGHT, Valign.MIDDLE, ink)

    def qr(self, element: Qr) -> None:
        """The code in whole dots per module: a module of 9½ dots would print as 9 here and 10 there."""
        modules = qr_modules(self.badge.code)
        box = self.dots(element.box)
        side = len(modules) + 2 * QUIET_MODULES
        step = int(min(box.width(), box.height()) // side)
        if step < 1:
            raise BadInput(_("The code does not fit its QR box. Make the box larger in the layout."))
        if step / self.dots_per_mm < MIN_MODULE_MM - 1e-9:
            self.problems.append(Problem(ProblemKind.SMALL_QR, self.badge.code))
        self.painter.fillRect(box, _PAPER)
        left = box.left() + (box.width() - side * step) // 2 + QUIET_MODULES * step
        top = box.top() + (box.height() - side * step) // 2 + QUIET_MODULES * step
        for row, line in enumerate(modules):
            for column, black in enumerate(line):
                if black:
                    self.painter.fillRect(QRectF(left + column * step, top + row * step, step, step), _INK)

    def frame(self, element: Frame) -> None:
        box = self.dots(element.box)
        self.painter.fillRect(box, _INK)
        if not element.filled:
            thick = max(1, round(element.border_mm * self.dots_per_mm))
            self.painter.fillRect(box.adjusted(thick, thick, -thick, -thick), _PAPER)

    def line(self, element: Line) -> None:
        pen = QPen(_INK, max(1, round(element.thick_mm * self.dots_per_mm)))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.painter.setPen(pen)
        scale = self.dots_per_mm
        self.painter.drawLine(
            QPointF(element.x1 * scale, element.y1 * scale), QPointF(element.x2 * scale, element.y2 * scale)
        )


def _words(layout: Layout, badge: Badge, weight: Weight) -> str:
    """All that this badge says in this weight."""
    words = []
    for element in layout.elements:
        match element:
            case Text() if element.weight is weight:
                words.append(element.words(badge))
            case Band() if weight is Weight.BOLD:
                words += element.words(badge)
    return "".join(words)


def _first_baseline(fitted: Fitted, box: QRectF, valign: Valign) -> float:
    """Placed by capitals and baselines, so that neighbours stand level.

    Then moved until no accent or descender leaves the box.
    """
    cap, last = CAP * EM * fitted.scale, (len(fitted.lines) - 1) * LEADING * EM * fitted.scale
    share = {Valign.TOP: 0.0, Valign.MIDDLE: 0.5, Valign.BOTTOM: 1.0}[valign]
    baseline = box.top() + cap + (box.height() - cap - last) * share
    top, bottom = (edge * fitted.scale for edge in extent(fitted.lines))
    return max(box.top() - top, min(baseline, box.bottom() - bottom))


def _indent(align: Align, right_to_left: bool, spare: float) -> float:
    if align is Align.CENTER:
        return spare / 2
    at_right = align is Align.RIGHT or (align is Align.START and right_to_left)
    return spare if at_right else 0.0


_LEVELS = (ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q, ERROR_CORRECT_H)


def qr_modules(code: str) -> list[list[bool]]:
    """The QR of this code, without quiet zone: the smallest with level M, then the best level that is no larger.

    Raises BadInput when the code is too long for any QR.
    """
    smallest = _qr(code, ERROR_CORRECT_M, None)
    for level in (ERROR_CORRECT_H, ERROR_CORRECT_Q):
        try:
            return _modules(_qr(code, level, smallest.version))
        except BadInput:
            continue
    return _modules(smallest)


def _qr(code: str, level: int, version: int | None) -> qrcode.QRCode:
    try:
        symbol = qrcode.QRCode(version=version, error_correction=level, border=0)
        symbol.add_data(code)
        if version is None:
            symbol.best_fit()
        else:
            symbol.make(fit=False)
    except (DataOverflowError, ValueError) as error:
        raise BadInput(_("The code is too long for a QR.")) from error
    return symbol


def _modules(symbol: qrcode.QRCode) -> list[list[bool]]:
    return [[bool(module) for module in row] for row in symbol.get_matrix()]
