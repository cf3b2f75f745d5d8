"""The desk: one answer, what can be done about it, and the last scans beside it. It shows; `desk_flow` acts."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kiosk.i18n import _
from kiosk.ui.services import DeskInfo
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.controls import button, worded
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.history import HistoryList
from kiosk.ui.widgets.panel import FormPanel
from kiosk.ui.widgets.ready_view import StatusPage
from kiosk.ui.widgets.text import label
from kiosk.ui.widgets.verdict_card import Answer, VerdictCard

COLUMN_PX = 324
GAP_PX = 14
UNDO_S = 10
"""How long Undo is offered under the answer; later it is in the history."""


class DeskScreen(QWidget):
    """What a volunteer looks at all day."""

    action = Signal(str)
    """A button under the answer: `reprint`, `note`, `correct`, `undo`, `let_in`, `search`, `walk_in`."""
    search = Signal()

    def __init__(self, theme: Theme, info: DeskInfo) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._theme = theme
        self.ready_page = StatusPage(theme, _("Scan a code"), _("or press F2 to search by name"))
        self.history = HistoryList(info.zone, wrap=theme.is_large)
        self.card = VerdictCard(theme)
        self.figures = label("", "muted", wrap=True)
        self.pages = QStackedWidget()
        self._frames: dict[QWidget, QScrollArea] = {}
        self._answer_page = self._build_answer_page()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP_PX, GAP_PX, GAP_PX, GAP_PX)
        layout.setSpacing(GAP_PX)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.pages, 1)
        self._bars: dict[str, QWidget] = {}
        self._bar_place = QVBoxLayout()  # under every page: a printer's trouble outlasts the person it happened to
        self._bar_place.setSpacing(8)
        left.addLayout(self._bar_place)
        layout.addLayout(left, 1)
        self.show_page(self.ready_page)
        self._column = self._build_column()
        layout.addWidget(self._column)
        self._undo_left_s = 0
        self._undo_timer = QTimer(self)
        self._undo_timer.setInterval(1000)
        self._undo_timer.timeout.connect(self._count_down)

    def _build_answer_page(self) -> QWidget:
        inside = QWidget()
        inside.setObjectName("ground")
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.card, 1)
        self._panel: QWidget | None = None
        self._panel_place = QVBoxLayout()
        layout.addLayout(self._panel_place)
        self._row = QWidget()
        row = Flow(self._row)
        self._buttons: dict[str, QPushButton] = {}
        for name, words, keys, kind in (
            ("let_in", _("Let in anyway"), "F8", "plain"),
            ("search", _("Search"), "F2", "plain"),
            ("walk_in", _("Walk-in"), "F4", "plain"),
            ("reprint", _("Print again"), "F6", "plain"),
            ("note", _("Note"), "F9", "plain"),
            ("correct", _("Correct"), "", "plain"),
            ("undo", _("Undo"), "Ctrl+Z", "plain"),
        ):
            made = button(words, partial(self.action.emit, name), kind, told=keys)
            made.hide()
            self._buttons[name] = made
            row.addWidget(made)
        layout.addWidget(self._row)
        return inside

    def _build_column(self) -> QWidget:
        column = QWidget()
        column.setFixedWidth(min(520, round(COLUMN_PX * (1 + (self._theme.text_scale - 1) * 0.3))))
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        opener = button(_("Search"), self.search.emit, "search", told="F2")
        opener.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout.addWidget(opener)
        layout.addWidget(_scrolling(self.history), 1)
        layout.addWidget(self.figures)
        self.camera_place = QVBoxLayout()
        """Where a camera's picture may be put; a camera is a scan source like any other."""
        layout.addLayout(self.camera_place)
        return column

    # What is on screen

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front, from its top, adopting it the first time."""
        if page not in self._frames:
            self._frames[page] = _scrolling(page)
            self.pages.addWidget(self._frames[page])
        self._frames[page].verticalScrollBar().setValue(0)
        self.pages.setCurrentWidget(self._frames[page])

    @property
    def page(self) -> QWidget:
        """The page in front."""
        frame = self.pages.currentWidget()
        return next(page for page, its_frame in self._frames.items() if its_frame is frame)

    def show_ready(self) -> None:
        """Nobody in front of the desk."""
        self.set_panel(None)
        self.set_bar("notice", None)
        self._stop_undo()
        self.show_page(self.ready_page)

    def show_answer_page(self) -> None:
        """Bring the answer to the front as it is."""
        self.show_page(self._answer_page)

    def show_answer(self, answer: Answer, actions: tuple[str, ...]) -> None:
        """One answer, and the buttons that belong to it."""
        self.set_panel(None)
        self.set_bar("notice", None)
        self.card.show_answer(answer)
        self.card.show()
        for name, made in self._buttons.items():
            made.setVisible(name in actions)
        self._stop_undo()
        if "undo" in actions:
            self._undo_left_s = UNDO_S
            self._undo_words()
            self._undo_timer.start()
        self.show_answer_page()

    def set_panel(self, panel: QWidget | None) -> None:
        """Replace the question or form under the answer."""
        if self._panel is not None:
            self._dismiss(self._panel)
        self._panel = panel
        self._row.setVisible(panel is None)  # a question comes with its own buttons; the keys go on working
        self.card.set_brief(isinstance(panel, FormPanel))
        if panel is not None:
            self._panel_place.addWidget(panel)
            panel.show()
            if isinstance(panel, FormPanel):
                panel.start()
                frame = self._frames[self._answer_page]
                QTimer.singleShot(0, panel, lambda: frame.ensureWidgetVisible(panel))  # once it has its place

    def _dismiss(self, widget: QWidget) -> None:
        """Take a panel away without the focus jumping to whatever is next."""
        focus = widget.window().focusWidget()
        if widget.isAncestorOf(focus):
            self.setFocus()
        widget.hide()
        widget.deleteLater()

    @property
    def panel(self) -> QWidget | None:
        """The question or form that is open."""
        return self._panel

    def set_bar(self, name: str, bar: QWidget | None) -> None:
        """Show, replace or remove the bar of this name (`print`, `notice`)."""
        before = self._bars.pop(name, None)
        if before is not None:
            self._dismiss(before)
        if bar is not None:
            self._bars[name] = bar
            self._bar_place.addWidget(bar)
            bar.show()

    def bar(self, name: str) -> QWidget | None:
        """The bar of this name, where it is shown."""
        return self._bars.get(name)

    def parts(self) -> tuple[QWidget, ...]:
        """The parts of the screen in reading order."""
        return (self._frames[self.page], *self._bars.values(), self._column)

    def buttons(self) -> dict[str, QPushButton]:
        """The buttons under the answer, by the name of their action."""
        return self._buttons

    def sizeHint(self) -> QSize:
        return QSize(1280, 700)

    # Undo counts down, and stays in the history

    def _count_down(self) -> None:
        self._undo_left_s -= 1
        if self._undo_left_s <= 0:
            self._stop_undo()
            self._buttons["undo"].hide()
        else:
            self._undo_words()

    def _undo_words(self) -> None:
        words = _("Undo {seconds} s").format(seconds=self._undo_left_s)
        self._buttons["undo"].setText(worded(words, "Ctrl+Z"))

    def _stop_undo(self) -> None:
        self._undo_timer.stop()


def _scrolling(widget: QWidget) -> QScrollArea:
    """At the usual text size everything fits; at twice that size it can be scrolled to, and never cuts or grows the
    window.
    """
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    return area
