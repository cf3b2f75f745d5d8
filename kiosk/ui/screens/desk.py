"""The desk: one answer, what can be done about it, and the last scans beside it. It shows; `desk_flow` acts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kiosk.i18n import _
from kiosk.ui.services import DeskInfo
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.history import HistoryList
from kiosk.ui.widgets.page_stack import BarPlace, PageStack, scrolling
from kiosk.ui.widgets.ready_view import StatusPage
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:  # imported with the first answer
    from kiosk.ui.screens.answer_page import AnswerPage
    from kiosk.ui.widgets.verdict_card import Answer, VerdictCard

COLUMN_PX = 324
GAP_PX = 14


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
        self.figures = label("", "muted", wrap=True)
        self.pages = PageStack(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP_PX, GAP_PX, GAP_PX, GAP_PX)
        layout.setSpacing(GAP_PX)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.pages, 1)
        self._bars = BarPlace(self)
        left.addLayout(self._bars)
        layout.addLayout(left, 1)
        self._column = self._build_column()
        layout.addWidget(self._column)
        self.show_page(self.ready_page)

    def _build_column(self) -> QWidget:
        column = QWidget()
        column.setFixedWidth(min(520, round(COLUMN_PX * (1 + (self._theme.text_scale - 1) * 0.3))))
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        opener = button(_("Search"), self.search.emit, "search", told="F2")
        opener.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout.addWidget(opener)
        layout.addWidget(scrolling(self.history), 1)
        layout.addWidget(self.figures)
        self.camera_place = QVBoxLayout()
        """Where a camera's picture may be put; a camera is a scan source like any other."""
        layout.addLayout(self.camera_place)
        return column

    # What is on screen

    def show_page(self, page: QWidget, *, wide: bool = False) -> None:
        """Bring a page to the front, from its top, adopting it the first time. Nothing on it is chosen yet.

        A `wide` page has the last scans' column too.
        """
        self.pages.show_page(page)
        self._column.setVisible(not wide)

    @property
    def page(self) -> QWidget:
        """The page in front."""
        return self.pages.page

    @cached_property
    def answer_page(self) -> AnswerPage:
        """The page of the answer, made with the first one: the window is up before it."""
        from kiosk.ui.screens.answer_page import AnswerPage

        page = AnswerPage(self._theme)
        page.action.connect(self.action)
        return page

    @property
    def card(self) -> VerdictCard:
        """Where the answer stands."""
        return self.answer_page.card

    @property
    def panel(self) -> QWidget | None:
        """The question or form that is open."""
        return self.answer_page.panel

    def show_ready(self) -> None:
        """Nobody in front of the desk."""
        self.answer_page.clear()
        self.set_bar("notice", None)
        self.show_page(self.ready_page)

    def show_answer_page(self) -> None:
        """Bring the answer to the front as it is."""
        self.show_page(self.answer_page)

    def show_answer(self, answer: Answer, actions: tuple[str, ...]) -> None:
        """One answer, and the buttons that belong to it."""
        self.set_bar("notice", None)
        self.answer_page.show_answer(answer, actions)
        self.show_answer_page()

    def set_panel(self, panel: QWidget | None) -> None:
        """Replace the question or form under the answer."""
        self.answer_page.set_panel(panel)
        frame = self.pages.frame_of(self.answer_page)
        if panel is not None and frame is not None:
            QTimer.singleShot(0, panel, lambda: frame.ensureWidgetVisible(panel))  # once it has its place

    def set_bar(self, name: str, bar: QWidget | None) -> None:
        """Show, replace or remove the bar of this name (`print`, `notice`)."""
        self._bars.set_bar(name, bar)

    def bar(self, name: str) -> QWidget | None:
        """The bar of this name, where it is shown."""
        return self._bars.bar(name)

    def parts(self) -> tuple[QWidget, ...]:
        """The parts of the screen in reading order."""
        return (self.pages, *self._bars.bars(), self._column)

    def sizeHint(self) -> QSize:
        return QSize(1280, 700)
