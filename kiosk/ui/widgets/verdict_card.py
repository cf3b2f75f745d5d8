"""The one large answer: colour, shape, word, who it is, and what to say.

It is painted by hand in one go, because the time from the last key of a scan to the painted answer is what a queue
feels, and because every line of it has to fit: the word stays large, the name shrinks and wraps, nothing is cut.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QPainter, QPainterPath, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.domain.verdicts import Outcome
from kiosk.i18n import _
from kiosk.ui.theme import LOOKS, Theme
from kiosk.ui.widgets.shapes import paint_hatch, paint_shape
from kiosk.ui.widgets.text import Block, block, fitted

RADIUS, ICON, GAP, FRAME = 18, 92, 18, 18
ICON_TIGHT = 68
WORD_PX = 88
"""Read from three metres; not scaled, it is twice as large as anything else already."""
WORD_OVERHANG = 24
"""Room for what hangs below the last line, in a language whose capitals have tails."""
NAME_ENOUGH_PX = 62
"""A name this large needs no further scaling."""
WORD_LEADING = 0.82
WORD_LEAST_PX = 48
"""In a window too narrow for the word at its size."""
NARROW_PX, WORD_LEAST_NARROW_PX = 780, 60
"""On a small screen held upright the shape stands above the word, which then has the whole width."""
BORDER = 10
"""The plain frame of an answer that sends somebody elsewhere."""


class Answer(NamedTuple):
    """Every text of one answer, already in words."""

    outcome: Outcome
    word: str
    reason: str = ""
    name: str = ""
    agency: str = ""
    seat: str = ""
    badge: str = ""
    say: str = ""
    contact: str = ""
    remarks: tuple[tuple[str, str], ...] = ()
    """What has to be seen without a click: (kind, text), such as an access need or a note."""

    def texts(self) -> tuple[str, ...]:
        """All lines from top to bottom, as a screen reader says them."""
        lines = (self.word, self.reason, self.name, self.agency, self.seat, self.badge, self.contact)
        remarks = tuple(f"{kind}: {text}" for kind, text in self.remarks)
        return tuple(line for line in (*lines, *remarks, self.say) if line)


class _Sizes(NamedTuple):
    """Type sizes and distances in pixels, before text scaling."""

    pad: int
    gap: int
    line: int
    name: int
    name_least: int
    name_lines: int
    reason: int
    body: int
    small: int


# Names stay under 64 px: larger letters are filled as outlines each time they are drawn, which takes milliseconds.
ROOMY = _Sizes(pad=26, gap=26, line=10, name=62, name_least=44, name_lines=3, reason=36, body=34, small=26)
TALL_PX = 780
GRAND = _Sizes(pad=30, gap=40, line=16, name=62, name_least=44, name_lines=3, reason=44, body=42, small=32)
"""On a tablet held upright."""
SNUG = _Sizes(pad=22, gap=18, line=5, name=56, name_least=44, name_lines=3, reason=30, body=28, small=24)
TIGHT = _Sizes(pad=16, gap=12, line=1, name=44, name_least=30, name_lines=2, reason=24, body=24, small=20)


class _Placed(NamedTuple):
    block: Block
    x: float
    y: float
    box: QRectF | None = None
    rule: bool = False
    """A thin line above it."""


class VerdictCard(QWidget):
    """Shows one `Answer`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._answer: Answer | None = None
        self._placed: list[_Placed] = []
        self._icon = QRectF()
        self._least_height = 0
        self._brief = False
        self._pictures: dict[tuple[str, int, int, int, float], QPixmap] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)

    @property
    def answer(self) -> Answer | None:
        """What is on the card."""
        return self._answer

    def show_answer(self, answer: Answer) -> None:
        """Replace what is on the card."""
        before = self._least_height
        self._answer = answer
        self._lay_out()
        if self._least_height != before:
            self.updateGeometry()
        self.setAccessibleName(". ".join(answer.texts()))
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self.update()

    def set_brief(self, brief: bool) -> None:
        """Leave out what to say, while there is something to write instead."""
        if brief != self._brief:
            self._brief = brief
            self._lay_out()
            self.updateGeometry()
            self.update()

    def set_badge(self, words: str) -> None:
        """Say what became of the badge; the answer itself stays."""
        if self._answer is not None:
            self.show_answer(self._answer._replace(badge=words))

    def set_contact(self, words: str) -> None:
        """Show or hide how to reach the person."""
        if self._answer is not None:
            self.show_answer(self._answer._replace(contact=words))

    def heightForWidth(self, width: int) -> int:
        return self._arrange(self._answer, width, TIGHT)[2] if self._answer is not None else 0

    def sizeHint(self) -> QSize:
        return QSize(640, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(360, self._least_height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        before = self._least_height
        self._lay_out()
        if self._least_height != before:
            self.updateGeometry()

    def _lay_out(self) -> None:
        """Roomy where the height allows it, else tight, in which everything is still there."""
        if self._answer is None:
            return
        self._least_height = self.heightForWidth(self.width())
        for sizes in (*([GRAND] if self.height() >= TALL_PX else []), ROOMY, SNUG, TIGHT):
            self._placed, self._icon, needed = self._arrange(self._answer, self.width(), sizes)
            if needed <= self.height():
                return

    def _arrange(self, answer: Answer, width: int, sizes: _Sizes) -> tuple[list[_Placed], QRectF, int]:
        """Where each line goes in a card so wide, and the height that takes."""
        px = self._theme.px
        edge = sizes.pad + (FRAME if _framed(answer.outcome) else BORDER if _bordered(answer.outcome) else 0)
        inner = max(160, width - 2 * edge)
        stacked = width < NARROW_PX
        word = _word(answer.word, inner, WORD_LEAST_NARROW_PX) if stacked else _word(answer.word, inner - ICON - GAP)
        placed: list[_Placed] = []
        if stacked:
            side = ICON if sizes is not TIGHT else ICON_TIGHT
            icon = QRectF(edge, edge, side, side)
            head = side + sizes.line + word.height
            placed.append(_Placed(word, edge, icon.bottom() + sizes.line))
        else:
            head = max(float(ICON), word.height)
            icon = QRectF(edge, edge + ((head - ICON) / 2 if word.lines == 1 else 10), ICON, ICON)
            placed.append(_Placed(word, edge + ICON + GAP, edge + (head - word.height) / 2))
        y = edge + head + sizes.gap
        seat, badge = answer.seat, answer.badge
        if seat and badge and block(f"{seat}    {badge}", px(sizes.small), inner, True).lines == 1:
            seat, badge = f"{seat}    {badge}", ""
        for text, largest, smallest, most, bold in (
            (answer.reason, px(sizes.reason), px(24), 2, True),
            (
                answer.name,
                max(sizes.name, min(px(44), NAME_ENOUGH_PX)),
                max(sizes.name_least, px(26)),
                sizes.name_lines,
                True,
            ),
            (answer.agency, px(sizes.body), px(22), 2, False),
            (seat, px(sizes.small), px(20), 2, True),
            (badge, px(sizes.small), px(20), 1, False),
            (answer.contact, px(sizes.small), px(20), 2, False),
        ):
            if text:
                line = fitted(text, largest, smallest, inner, most, bold)
                placed.append(_Placed(line, edge, y))
                y += line.height + sizes.line
        for kind, text in answer.remarks:
            line = block(f"{kind}: {text}", px(sizes.small), inner - 28, True)
            placed.append(_Placed(line, edge + 14, y + 9, QRectF(edge, y + 4, inner, line.height + 10)))
            y += line.height + 18
        if answer.say and not self._brief:
            line = block(_("Say: “{sentence}”").format(sentence=answer.say), px(sizes.small), inner)
            y += sizes.gap
            foot = self.height() - edge - line.height  # at the foot of the card, where there is more room than that
            placed.append(_Placed(line, edge, max(y, foot), rule=True))
            y += line.height
        return placed, icon, round(y + edge)

    def paintEvent(self, event: object) -> None:
        answer = self._answer
        if answer is None:
            return
        look = LOOKS[answer.outcome]
        paper, ink = QColor(look.background), QColor(look.ink)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, answer.outcome, paper)
        paint_shape(painter, self._icon, look.shape, ink, paper)
        for item in self._placed:
            if item.box is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor("#FFFFFF"))
                painter.drawRoundedRect(item.box, 8, 8)
            if item.rule:
                line = QColor(ink)
                line.setAlphaF(0.4)
                y = round(item.y - 8)
                painter.fillRect(QRectF(item.x, y, self.width() - 2 * item.x, 2), line)
            if item is self._placed[0]:
                painter.drawPixmap(QPointF(item.x, item.y), self._picture(item.block, ink))
            else:
                item.block.paint(painter, item.x, item.y, ink if item.box is None else QColor("#000000"))
        painter.end()

    def _picture(self, word: Block, ink: QColor) -> QPixmap:
        """The large word, drawn once: there are few of them and their outlines are slow to fill."""
        key = (word.layout.text(), word.size_px, word.lines, ink.rgb(), self.devicePixelRatioF())
        if key not in self._pictures:
            ratio = self.devicePixelRatioF()
            width = word.layout.boundingRect().right() + 2
            picture = QPixmap(round(width * ratio), round((word.height + WORD_OVERHANG) * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            word.paint(painter, 0, 0, ink)
            painter.end()
            self._pictures[key] = picture
        return self._pictures[key]

    def _paint_ground(self, painter: QPainter, outcome: Outcome, paper: QColor) -> None:
        box = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(box, RADIUS, RADIUS)
        if not _framed(outcome):
            painter.fillPath(path, paper)
            if _bordered(outcome):
                half = BORDER / 2
                painter.setPen(QPen(QColor("#000000"), BORDER))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(half, half, -half, -half), RADIUS, RADIUS)
            return
        saved = outcome is not Outcome.NOT_SAVED
        painter.setClipPath(path)
        paint_hatch(painter, box, QColor("#FFFFFF" if saved else "#FFC20A"), QColor("#000000"))
        painter.setClipping(False)
        path = QPainterPath()
        path.addRoundedRect(box.adjusted(FRAME, FRAME, -FRAME, -FRAME), RADIUS / 2, RADIUS / 2)
        painter.fillPath(path, paper)


def _framed(outcome: Outcome) -> bool:
    return outcome in (Outcome.REFUSED, Outcome.NOT_SAVED)


def _bordered(outcome: Outcome) -> bool:
    return outcome is Outcome.REDIRECT


def _word(text: str, width: int, least_px: int = WORD_LEAST_PX) -> Block:
    """The large word, in two balanced lines at most where it can be. Capitals need no room below the line."""
    size_px = WORD_PX
    while size_px > least_px and block(text, size_px, width, True, WORD_LEADING).lines > 2:
        size_px = max(least_px, round(size_px * 0.9))
    word = block(text, size_px, width, True, WORD_LEADING)
    while word.lines > 1 and width > 200:
        narrower = block(text, size_px, width - 20, True, WORD_LEADING)
        if narrower.lines > word.lines:
            break
        word, width = narrower, width - 20
    return word
