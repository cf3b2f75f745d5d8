"""One function draws: layout and badge in, one bitmap out, with a list of what is not as it should be.

Everything else (preview, PNG, PDF, label printer) shows this bitmap.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform

from kiosk.domain.badge import Badge
from kiosk.domain.layout import (
    EVERYBODY,
    QUIET_MODULES,
    Align,
    Band,
    BoxMm,
    Element,
    Frame,
    Ink,
    Layout,
    Line,
    Picture,
    Qr,
    Text,
    TooLong,
    Valign,
    Weight,
)
from kiosk.domain.layout_fit import Problem, ProblemKind, WordsFit
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.bitmap import MM_PER_INCH, Bitmap, Page
from kiosk.printing.fonts import CAP, EM, Typeface, plain_latin
from kiosk.printing.pictures import in_dots
from kiosk.printing.qr import squares
from kiosk.printing.typeset import LEADING, Fitted, Room, extent, fit, shape

DEFAULT_DPI = 300
MIN_DPI, MAX_DPI = 150, 600
_INK, _PAPER = QColor(0, 0, 0), QColor(255, 255, 255)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A badge as dots, what is not as it should be, and how large its words are."""

    page: Page
    """What comes out: the front, and with it the back where the sheet is folded."""
    problems: tuple[Problem, ...]
    fits: tuple[WordsFit, ...] = ()
    back: Page | None = None
    """The other side, where it is a page of its own."""


def draw(layout: Layout, badge: Badge, dpi: int = DEFAULT_DPI) -> Drawn:
    """The badge in this layout at so many dots per inch. May run in any thread, once there is a QGuiApplication.

    Raises BadInput when the code does not fit its QR, or for a resolution no printer has.
    """
    if not MIN_DPI <= dpi <= MAX_DPI:
        raise BadInput(_("Badges are drawn at {least} to {most} dots per inch.").format(least=MIN_DPI, most=MAX_DPI))
    front = _Artist(layout, layout.elements, "", badge, dpi)
    sides = [front]
    image, back_page = front.drawn(), None
    if layout.back is not None:
        back = _Artist(layout, layout.back.elements, "back.", badge, dpi)
        sides.append(back)
        if layout.is_folded:
            image = _folded(image, back.drawn(), round(layout.sheet_height_mm * dpi / MM_PER_INCH))
        else:
            back_page = Page(_bitmap(back.drawn(), dpi), layout.width_mm, layout.height_mm)
    page = Page(_bitmap(image, dpi), layout.width_mm, layout.sheet_height_mm)
    problems = tuple(dict.fromkeys(problem for side in sides for problem in side.problems))
    return Drawn(page, problems, tuple(fitted for side in sides for fitted in side.fits), back_page)


def _folded(front: QImage, back: QImage, height: int) -> QImage:
    """The sheet before it is folded: the back upside down above the front."""
    sheet = QImage(front.width(), height, QImage.Format.Format_Grayscale8)
    sheet.fill(_PAPER)
    painter = QPainter(sheet)
    painter.drawImage(0, 0, back.transformed(QTransform(-1, 0, 0, -1, 0, 0)))
    painter.drawImage(0, height - front.height(), front)
    painter.end()
    return sheet


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
    """Draws the elements of one side of a badge onto one grey image."""

    def __init__(self, layout: Layout, elements: tuple[Element, ...], side: str, badge: Badge, dpi: int) -> None:
        self.badge = badge
        self.dots_per_mm = dpi / MM_PER_INCH
        self.problems: list[Problem] = []
        self.fits: list[WordsFit] = []
        self._place = ""
        self._elements = [
            (f"{side}elements[{place}]", element)
            for place, element in enumerate(elements)
            if element.rule is EVERYBODY or element.rule.shows(badge)
        ]
        self.image = QImage(
            round(layout.width_mm * self.dots_per_mm),
            round(layout.height_mm * self.dots_per_mm),
            QImage.Format.Format_Grayscale8,
        )
        self.image.fill(_PAPER)
        # One choice for all words of a weight: first and last name must not stand in two different fonts.
        self.typefaces = {weight: Typeface(weight, plain_latin(self._all_words(weight))) for weight in Weight}
        self.painter = QPainter(self.image)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def drawn(self) -> QImage:
        """Everything in its order."""
        try:
            for place, element in self._elements:
                self._place = place
                self._look_for_letters(element)
                self._draw(element)
        finally:
            self.painter.end()
        return self.image

    def problem(self, kind: ProblemKind, text: str) -> None:
        """Something to look at, about the element that is being drawn."""
        self.problems.append(Problem(kind, text, self._place))

    def _look_for_letters(self, element: Element) -> None:
        for weight, typeface in self.typefaces.items():
            if missing := typeface.missing(self._words(element, weight)):
                self.problem(ProblemKind.MISSING_GLYPHS, missing)

    def _all_words(self, weight: Weight) -> str:
        return "".join(self._words(element, weight) for _place, element in self._elements)

    def _words(self, element: Element, weight: Weight) -> str:
        """What an element says in this weight."""
        match element:
            case Text() if element.weight is weight:
                return element.words(self.badge)
            case Band() if weight is Weight.BOLD:
                return "".join(element.words(self.badge))
        return ""

    def _draw(self, element: Element) -> None:
        match element:
            case Text():
                self.text(element)
            case Band():
                self.band(element)
            case Qr():
                self.qr(element)
            case Picture():
                self.picture(element)
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
        ink = _PAPER if element.ink is Ink.WHITE else _INK
        self.place(words, element.weight, room, box, element.align, element.valign, ink)

    def place(
        self, words: str, weight: Weight, room: Room, box: QRectF, align: Align, valign: Valign, ink: QColor
    ) -> None:
        """Fit the words into the box and paint them."""
        fitted = fit(words, self.typefaces[weight], room)
        self._note(words, fitted, room)
        baseline = _first_baseline(fitted, box, valign)
        for line in fitted.lines:
            width = line.ink.width() * fitted.across
            x = box.left() + _indent(align, line.right_to_left, box.width() - width)
            onto = QTransform(fitted.across, 0, 0, fitted.scale, x, baseline)
            outline = onto.map(line.outline)
            if not box.adjusted(-1, -1, 1, 1).contains(outline.boundingRect()) and not outline.isEmpty():
                self.problem(ProblemKind.OUTSIDE, words)
            self.painter.fillPath(outline, ink)
            baseline += LEADING * EM * fitted.scale

    def _note(self, words: str, fitted: Fitted, room: Room) -> None:
        """Keep how large the words came out, and whether that is as it should be."""
        if fitted.too_small:
            self.problem(ProblemKind.TOO_SMALL, words)
        if fitted.shortened:
            self.problem(ProblemKind.SHORTENED, words)
        cap_mm = fitted.scale * CAP * EM / self.dots_per_mm
        at_smallest = fitted.scale <= room.min_scale * 1.01
        self.fits.append(WordsFit(self._place, words, cap_mm, fitted.narrow, len(fitted.lines), at_smallest))

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
        words = [text for text in element.words(self.badge) if text]
        if not words:
            return
        typeface = self.typefaces[Weight.BOLD]
        widths = [shape(text, typeface).ink.width() for text in words]
        sizes = (self.scale(element.max_cap_mm), self.scale(element.min_cap_mm))
        spare = inner.width() - 2 * margin * (len(words) - 1)
        aligns = (Align.LEFT, Align.RIGHT) if all(element.words(self.badge)) else (self._side_of(element),)
        for text, width, align in zip(words, widths, aligns, strict=True):
            # Each has room by its length, so that both come out in one size.
            room = Room(spare * width / sum(widths), inner.height(), *sizes, narrow=0.75, may_shorten=True)
            self.place(text, Weight.BOLD, room, inner, align, Valign.MIDDLE, ink)

    def _side_of(self, element: Band) -> Align:
        """Where the only word of a band stands."""
        return Align.LEFT if element.words(self.badge)[0] else Align.RIGHT

    def qr(self, element: Qr) -> None:
        box = self.dots(element.box)
        found = squares(self.badge, element.payload, element.level, min(box.width(), box.height()), self.dots_per_mm)
        if found.small:
            self.problem(ProblemKind.SMALL_QR, self.badge.code)
        if found.shortened:
            self.problem(ProblemKind.CARD_CUT, self.badge.code)
        self.painter.fillRect(box, _PAPER)
        step, quiet = found.step, QUIET_MODULES * found.step
        left = box.left() + (box.width() - found.side) // 2 + quiet
        top = box.top() + (box.height() - found.side) // 2 + quiet
        for row, line in enumerate(found.modules):
            for column, black in enumerate(line):
                if black:
                    self.painter.fillRect(QRectF(left + column * step, top + row * step, step, step), _INK)

    def picture(self, element: Picture) -> None:
        box = self.dots(element.box)
        width, height, dots = in_dots(element.png, element.mono, int(box.width()), int(box.height()))
        image = QImage(dots, width, height, width, QImage.Format.Format_Grayscale8)
        left, top = box.left() + (box.width() - width) // 2, box.top() + (box.height() - height) // 2
        self.painter.drawImage(QPointF(left, top), image)

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
