"""One layout on the table: its elements as a list, the badge as it will be printed, and what can be said about each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kiosk.domain.badge import Badge
from kiosk.domain.layout import (
    Band,
    Element,
    Frame,
    Layout,
    Line,
    Mono,
    Picture,
    Qr,
    Text,
    moved,
    on_page,
    stretched,
    with_side,
)
from kiosk.domain.layout_check import Remark, remarks_on
from kiosk.domain.layout_fit import Preview
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.badge_tools import BadgeTools
from kiosk.ui.background import Background
from kiosk.ui.layout_edits import LayoutEdits
from kiosk.ui.notices import sentence
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.badge_view import BadgeView
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.element_form import ElementForm, a_new
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import label

_LIST_PX, _FORM_PX = 262, 392


class LayoutTable(QWidget):
    """Edits one layout at a time. It draws on the owner's thread and keeps nothing: the edits are the owner's."""

    changed = Signal()
    """The layout is not as it was, or another one is chosen of it."""
    said = Signal(str)
    """One line about what happened; empty: nothing to say."""

    def __init__(self, theme: Theme, sample: Badge, slow: Background) -> None:
        super().__init__()
        self._theme, self._sample, self._slow = theme, sample, slow
        self._tools: BadgeTools | None = None
        self._edits: LayoutEdits | None = None
        self._side, self._place = 0, -1
        self._dpi = 300
        self._is_drawing = self._draw_again = False
        self._seen: Preview | None = None
        self._build()

    # Its parts

    def _build(self) -> None:
        layout = QVBoxLayout(self) if self._theme.is_large else QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        layout.addWidget(self._build_list())
        self.view = BadgeView(self._theme)
        self.middle = QStackedWidget()
        """The badge, or what the owner puts in its place for a while."""
        self.middle.addWidget(self.view)
        layout.addWidget(self.middle, 1)
        layout.addWidget(self._build_form())
        self.view.nudged.connect(self._move)
        self.view.stretched.connect(self._stretch)
        self.view.chosen.connect(self.choose)
        self.view.removed.connect(self._remove)
        self.form.changed.connect(self._put)
        self.form.refused.connect(self.said)

    def _build_list(self) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.side = QComboBox()
        self.side.setAccessibleName(_("Side"))
        self.side.currentIndexChanged.connect(self._turn_over)
        layout.addWidget(self.side)
        column.setProperty("dense", True)
        self.elements = QListWidget()
        self.elements.setAccessibleName(_("Elements"))
        self.elements.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.elements.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.elements.setMinimumHeight(self._theme.px(150))
        self.elements.currentRowChanged.connect(lambda row: self.choose(row - 1))
        layout.addWidget(self.elements, 1)
        row = Flow(gap_px=2)
        adds = (("text", _("+ Text")), ("qr", _("+ QR")), ("image", _("+ Picture")), ("line", _("+ Line")))
        for kind, words in (*adds, ("box", _("+ Box")), ("band", _("+ Band"))):
            row.addWidget(button(words, partial(self._add, kind), "quiet"))
        changes = ((_("Earlier"), partial(self._reorder, -1)), (_("Later"), partial(self._reorder, 1)))
        for words, pressed in (*changes, (_("Copy"), self._copy), (_("Remove"), self._remove)):
            row.addWidget(button(words, pressed, "quiet"))
        self.undo_button = button(_("Undo"), self.undo, "quiet")
        self.redo_button = button(_("Redo"), self.redo, "quiet")
        row.addWidget(self.undo_button)
        row.addWidget(self.redo_button)
        layout.addLayout(row)
        if not self._theme.is_large:
            column.setFixedWidth(_LIST_PX)
        return column

    def _build_form(self) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.remarks = label("", "problem", wrap=True)
        layout.addWidget(self.remarks)
        self.form = ElementForm()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.form)
        self.form.setObjectName("ground")
        layout.addWidget(area, 1)
        if not self._theme.is_large:
            column.setFixedWidth(_FORM_PX)
        return column

    # What the owner says

    def use(self, tools: BadgeTools) -> None:
        """What draws."""
        self._tools = tools

    def open(self, edits: LayoutEdits) -> None:
        """Put these edits on the table."""
        if edits is not self._edits:
            self._edits = edits
            self._side, self._place = 0, -1
        self.show_edits()

    def try_on(self, badge: Badge) -> None:
        """Show the layout on this badge."""
        self._sample = badge
        self.draw()

    def set_dpi(self, dpi: int) -> None:
        """Show it in the dots of such a printer."""
        self._dpi = dpi
        self.draw()

    def show_grid(self, shown: bool) -> None:
        """With or without the dots of the grid."""
        self.view.grid = shown
        self.view.update()

    @property
    def sample(self) -> Badge:
        """The badge it is tried on."""
        return self._sample

    @property
    def edits(self) -> LayoutEdits:
        """What is on the table."""
        assert self._edits is not None
        return self._edits

    @property
    def _elements(self) -> tuple[Element, ...]:
        return self.edits.layout.sides()[self._side]

    # Showing

    def show_edits(self) -> None:
        """Everything as it is now."""
        layout = self.edits.layout
        self._side = min(self._side, len(layout.sides()) - 1)
        self._place = min(self._place, len(self._elements) - 1)
        doubts = remarks_on(layout)
        self._show_sides(layout)
        self._show_elements(doubts)
        self._show_remarks(doubts)
        self.form.show_element(self._elements[self._place] if self._place >= 0 else layout)
        self.view.show_layout(layout, self._side, self._place)
        self.undo_button.setEnabled(self.edits.can_undo)
        self.redo_button.setEnabled(self.edits.can_redo)
        self.changed.emit()
        self.draw()

    def _show_sides(self, layout: Layout) -> None:
        blocked = QSignalBlocker(self.side)
        self.side.clear()
        self.side.addItems([_("Front"), _("Back")][: len(layout.sides())])
        self.side.setCurrentIndex(self._side)
        self.side.setVisible(layout.back is not None)
        blocked.unblock()

    def _show_elements(self, doubts: list[Remark]) -> None:
        doubtful = {remark.place for remark in doubts if remark.side == self._side}
        blocked = QSignalBlocker(self.elements)
        self.elements.clear()
        self.elements.addItem(QListWidgetItem(_("The badge itself")))
        for place, element in enumerate(self._elements):
            mark = "▲ " if place in doubtful else ""
            self.elements.addItem(QListWidgetItem(mark + element_words(element)))
        self.elements.setCurrentRow(self._place + 1)
        blocked.unblock()

    def _show_remarks(self, doubts: list[Remark]) -> None:
        """What is doubtful about what is chosen, and what the sample showed of it."""
        chosen = self._place if self._place >= 0 else None
        words = [
            remark.words
            for remark in doubts
            if remark.place == chosen and (chosen is None or remark.side == self._side)
        ]
        if self._seen is not None:
            prefix = "back." if self._side else ""
            place = f"{prefix}elements[{self._place}]"
            words += [problem.sentence() for problem in self._seen.problems if problem.place == place or chosen is None]
            words += self._size_words(place)
        self.remarks.setText("\n".join(f"▲ {each}" for each in words if each))
        self.remarks.setVisible(bool(words))

    def _size_words(self, place: str) -> list[str]:
        assert self._seen is not None
        smallest = [fit for fit in self._seen.fits if fit.place == place and fit.at_smallest]
        return [
            _("On this badge its capitals are {size:.1f} mm, the smallest.").format(size=fit.cap_mm) for fit in smallest
        ]

    def _failed(self, error: Exception) -> None:
        self.said.emit(sentence(error))

    # The picture

    def draw(self) -> None:
        """Draw the badge off the GUI thread; only the newest state counts."""
        if self._tools is None or self._edits is None:
            return
        if self._is_drawing:
            self._draw_again = True
            return
        self._is_drawing, self._draw_again = True, False
        tools, layout, badge, dpi, side = self._tools, self.edits.layout, self._sample, self._dpi, self._side
        self._slow.run(lambda: tools.preview(layout, badge, dpi, side), self._drawn, self._not_drawn)

    def _drawn(self, preview: Preview) -> None:
        self._is_drawing = False
        if self._draw_again:
            self.draw()
            return
        self._seen = preview
        self.view.show_preview(preview)
        self._show_remarks(remarks_on(self.edits.layout))

    def _not_drawn(self, error: Exception) -> None:
        self._is_drawing = False
        self._failed(error)

    def _turn_over(self, side: int) -> None:
        self._side, self._place = max(0, side), -1
        self.show_edits()

    # Changing

    def choose(self, place: int) -> None:
        """Choose an element of this side; -1: the badge itself."""
        self._place = place
        self.show_edits()

    def _change(self, layout: Layout, key: Hashable = None) -> None:
        try:
            self.edits.change(layout, key)
        except BadInput as error:
            self._failed(error)
        else:
            self.said.emit("")
        self.show_edits()

    def _put(self, part: Element | Layout) -> None:
        """The form says how something should be."""
        if isinstance(part, Layout):
            self._change(part)
        else:
            self._put_element(part)

    def _put_element(self, element: Element, key: Hashable = None) -> None:
        fitted = self._fitted(element)
        self._change(self._with(self._elements[: self._place], fitted, self._elements[self._place + 1 :]), key)

    def _fitted(self, element: Element) -> Element:
        return on_page(element, self.edits.layout.width_mm, self.edits.layout.height_mm)

    def _with(self, before: Sequence[Element], element: Element | None, after: Sequence[Element] = ()) -> Layout:
        return with_side(self.edits.layout, self._side, (*before, *([element] if element else []), *after))

    def _move(self, dx: float, dy: float) -> None:
        if self._place >= 0:
            self._put_element(moved(self._elements[self._place], dx, dy), ("move", self._side, self._place))

    def _stretch(self, dx: float, dy: float) -> None:
        if self._place >= 0:
            self._put_element(stretched(self._elements[self._place], dx, dy), ("stretch", self._side, self._place))

    def _add(self, kind: str) -> None:
        png, mono = b"", Mono.THRESHOLD
        if kind == "image":
            kinds = "{} (*.png *.jpg *.jpeg *.gif *.bmp *.webp)".format(_("Pictures"))
            name, _kind = QFileDialog.getOpenFileName(self, _("Bring in a picture"), "", kinds)
            if not name or self._tools is None:
                return
            try:
                png, mono = self._tools.picture(Path(name))
            except BadInput as error:
                self._failed(error)
                return
        layout = self.edits.layout
        self._append(a_new(kind, layout.width_mm, layout.height_mm, png, mono))

    def _append(self, element: Element) -> None:
        """On top of everything, and chosen."""
        before = self._elements
        self._place = len(before)
        self._change(self._with(before, self._fitted(element)))
        self.view.setFocus()

    def _copy(self) -> None:
        if self._place >= 0:
            self._append(moved(self._elements[self._place], 2, 2))

    def _remove(self) -> None:
        if self._place >= 0:
            before, after = self._elements[: self._place], self._elements[self._place + 1 :]
            self._place -= 1
            self._change(self._with(before, None, after))

    def _reorder(self, step: int) -> None:
        """What is drawn later lies on top."""
        to = self._place + step
        if self._place >= 0 and 0 <= to < len(self._elements):
            order = list(self._elements)
            order[self._place], order[to] = order[to], order[self._place]
            self._place = to
            self._change(self._with(order, None))

    def undo(self) -> None:
        """One step back in this layout."""
        self.edits.undo()
        self.show_edits()

    def redo(self) -> None:
        """One step forward again."""
        self.edits.redo()
        self.show_edits()


def element_words(element: Element) -> str:
    """An element as the list names it."""
    match element:
        case Text():
            return _("Text {words}").format(words=" · ".join(element.template.parts))
        case Band():
            words = [*element.left.parts, *element.right.parts]
            return _("Band {words}").format(words=" | ".join(word for word in words if word))
        case Qr():
            return _("QR")
        case Picture():
            return _("Picture")
        case Frame():
            return _("Black box") if element.filled else _("Box")
        case Line():
            return _("Line")
