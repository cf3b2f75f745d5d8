"""The badge as it will be printed, large, with the outlines of what can be moved: by arrow keys, or with the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.domain.layout import BoxMm, Element, Layout, Line
from kiosk.domain.layout_fit import Preview
from kiosk.i18n import _
from kiosk.ui.theme import Theme

NUDGE_MM, LEAP_MM = 0.5, 5.0
GRID_MM = 1.0
"""What a mouse snaps to; the keys are finer."""
_MARGIN_PX = 14
_GRID_FROM_PX = 5
"""Dots of the grid stand at least this far apart, or they are left out."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class BadgeView(QWidget):
    """Shows a layout with one element chosen. It changes nothing itself: it says what somebody wants."""

    nudged = Signal(float, float)
    """Move the chosen element so many millimetres right and down."""
    stretched = Signal(float, float)
    """Make it so much wider and higher."""
    chosen = Signal(int)
    """This element was chosen, by mouse or Page Up and Page Down."""
    removed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._layout: Layout | None = None
        self._side = 0
        self._place = -1
        self._image: QImage | None = None
        self._grabbed: QPointF | None = None
        self._dragged = (0.0, 0.0)
        self.grid = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self.setAccessibleName(_("Badge"))

    def sizeHint(self) -> QSize:
        return QSize(560, 420)

    def show_layout(self, layout: Layout, side: int, place: int) -> None:
        """What is edited, and what of it is chosen (-1: nothing)."""
        self._layout, self._side, self._place = layout, side, place
        words = _(
            "Arrow keys move the chosen element by {nudge} mm, with Shift by {leap} mm; with Ctrl they resize it."
        )
        self.setAccessibleDescription(words.format(nudge=f"{NUDGE_MM:g}", leap=f"{LEAP_MM:g}"))
        self.update()

    def show_preview(self, preview: Preview) -> None:
        """The dots of the badge."""
        image = QImage(preview.rows, preview.width, preview.height, (preview.width + 7) // 8, QImage.Format.Format_Mono)
        image.setColorTable([QColor("white").rgb(), QColor("black").rgb()])
        self._image = image.copy()  # the bytes belong to the preview
        self.update()

    # Where things are

    def _page(self) -> QRectF:
        """The sheet on the screen, as large as fits."""
        assert self._layout is not None
        width, height = self._layout.width_mm, self._layout.sheet_height_mm
        room = QRectF(self.rect()).adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        scale = min(room.width() / width, room.height() / height)
        size = QSize(round(width * scale), round(height * scale))
        return QRectF(
            room.center().x() - size.width() / 2, room.center().y() - size.height() / 2, size.width(), size.height()
        )

    def _side_rect(self) -> QRectF:
        """The side that is edited, on the screen."""
        page = self._page()
        if self._layout is None or not self._layout.is_folded:
            return page
        half = page.height() / 2
        return QRectF(page.left(), page.top() + (0 if self._side else half), page.width(), half)

    @property
    def _is_turned(self) -> bool:
        """A folded back stands upside down on its sheet."""
        return self._layout is not None and self._layout.is_folded and self._side == 1

    def _rect_of(self, box: BoxMm) -> QRectF:
        assert self._layout is not None
        side = self._side_rect()
        scale = side.width() / self._layout.width_mm
        rect = QRectF(box.x * scale, box.y * scale, box.width * scale, box.height * scale)
        if self._is_turned:
            rect = QRectF(side.width() - rect.right(), side.height() - rect.bottom(), rect.width(), rect.height())
        return rect.translated(side.topLeft())

    def _elements(self) -> tuple[Element, ...]:
        return self._layout.sides()[self._side] if self._layout is not None else ()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._layout is None:
            return
        painter = QPainter(self)
        page = self._page()
        painter.fillRect(page, QColor("white"))
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(page, self._image)
        self._paint_help(painter)
        painter.setPen(QPen(QColor(self._theme.colours.edge), 1))
        painter.drawRect(page)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.colours.focus), 3))
            painter.drawRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5))
        painter.end()

    def _paint_help(self, painter: QPainter) -> None:
        assert self._layout is not None
        side = self._side_rect()
        scale = side.width() / self._layout.width_mm
        step = scale * GRID_MM * (1 if scale * GRID_MM >= _GRID_FROM_PX else 5)
        if self.grid and step >= _GRID_FROM_PX:
            painter.setPen(QPen(QColor(0, 0, 0, 38), 1))
            for x in range(1, int(side.width() / step) + 1):
                for y in range(1, int(side.height() / step) + 1):
                    painter.drawPoint(QPointF(side.left() + x * step, side.top() + y * step))
        safe = self._layout.safe_mm
        if safe:
            painter.setPen(QPen(QColor("#0B4FB3"), 1, Qt.PenStyle.DotLine))
            painter.drawRect(side.adjusted(safe * scale, safe * scale, -safe * scale, -safe * scale))
        if self._layout.is_folded:
            painter.setPen(QPen(QColor("#8C1D18"), 1, Qt.PenStyle.DashLine))
            middle = self._page().center().y()
            painter.drawLine(QPointF(side.left(), middle), QPointF(side.right(), middle))
        for place, element in enumerate(self._elements()):
            self._paint_outline(painter, self._rect_of(element.box), place == self._place)

    def _paint_outline(self, painter: QPainter, rect: QRectF, is_chosen: bool) -> None:
        if is_chosen:
            painter.setPen(QPen(QColor("white"), 4))
            painter.drawRect(rect)
            painter.setPen(QPen(QColor("#0B4FB3"), 2))
            painter.drawRect(rect)
        else:
            painter.setPen(QPen(QColor(11, 79, 179, 90), 1, Qt.PenStyle.DashLine))
            painter.drawRect(rect)

    # Keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = Qt.Key(event.key()), event.modifiers()
        if key in _ARROWS and not held & Qt.KeyboardModifier.AltModifier:
            step = LEAP_MM if held & Qt.KeyboardModifier.ShiftModifier else NUDGE_MM
            turned = -1 if self._is_turned else 1
            dx, dy = (step * way * turned for way in _ARROWS[key])
            signal = self.stretched if held & Qt.KeyboardModifier.ControlModifier else self.nudged
            signal.emit(dx, dy)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and self._elements():
            step = 1 if key == Qt.Key.Key_PageDown else -1
            self.chosen.emit((self._place + step) % len(self._elements()))
        elif key == Qt.Key.Key_Delete:
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        hit = [place for place, element in enumerate(self._elements()) if self._near(element).contains(at)]
        if hit and self._place not in hit:
            self.chosen.emit(min(hit, key=self._area))
        elif not hit:
            self.chosen.emit(-1)
        self._grabbed, self._dragged = (at, (0.0, 0.0)) if hit else (None, (0.0, 0.0))

    def _near(self, element: Element) -> QRectF:
        rect = self._rect_of(element.box)
        return rect.adjusted(-4, -4, 4, 4) if isinstance(element, Line) else rect

    def _area(self, place: int) -> float:
        box = self._elements()[place].box
        return box.width * box.height

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None or self._layout is None:
            return
        scale = self._side_rect().width() / self._layout.width_mm * (-1 if self._is_turned else 1)
        away = event.position() - self._grabbed
        wanted = tuple(round(way / scale / GRID_MM) * GRID_MM for way in (away.x(), away.y()))
        dx, dy = wanted[0] - self._dragged[0], wanted[1] - self._dragged[1]
        if dx or dy:
            self._dragged = (wanted[0], wanted[1])
            self.nudged.emit(dx, dy)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
