"""The door of a session: whose it is and how full, one large answer, and everything to press in the lower third.

It shows; `door_flow` acts. One hand holds the tablet, so the buttons may stand for the left or the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeySequence, QPainter, QPen, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kiosk.domain.verdicts import Outcome
from kiosk.domain.words import clock_words, isolated, lease_words, time_words
from kiosk.i18n import _
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.controls import button, dismiss
from kiosk.ui.widgets.fill_bar import FillBar
from kiosk.ui.widgets.page_stack import BarPlace, PageStack
from kiosk.ui.widgets.panel import Choice
from kiosk.ui.widgets.ready_view import StatusPage
from kiosk.ui.widgets.shapes import Icon
from kiosk.ui.widgets.text import Block, Elided, fitted, label

if TYPE_CHECKING:  # imported with the first answer
    from kiosk.services.doors import DoorNow
    from kiosk.ui.widgets.verdict_card import Answer, VerdictCard

LAST_SHOWN = 3
TITLE_PX, TITLE_LEAST_PX = 24, 18
NARROW_PX = 900
"""A tablet held upright; there lines stand below each other."""
ARROW_PX = 56
GAP_PX = 8


class Last(NamedTuple):
    """One of the last scans: its shape, who, and what became of it."""

    outcome: Outcome
    name: str
    words: str


def ink_of(theme: Theme, *, out: bool) -> str:
    """What is written in the head: while people go out, light and dark are turned round, by day and by night."""
    return theme.colours.surface if out else theme.colours.text


class WayMark(QWidget):
    """Which way people go: an arrow and a word, drawn, because not every font has long arrows."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._out = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_out(self, out: bool) -> None:
        """In or out."""
        self._out = out
        self.setAccessibleName(self.word())
        self.updateGeometry()
        self.update()

    def word(self) -> str:
        """The word beside the arrow."""
        return _("OUT") if self._out else _("IN")

    def _font(self) -> QFont:
        return self._theme.font(34 if self._out else 24, bold=True)

    def sizeHint(self) -> QSize:
        words = QFontMetrics(self._font())
        arrow = self._theme.px(ARROW_PX if self._out else ARROW_PX // 2)
        return QSize(arrow + 12 + words.horizontalAdvance(self.word()), self._theme.px(36))

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = QColor(ink_of(self._theme, out=self._out))
        length, middle, head = self._theme.px(ARROW_PX if self._out else ARROW_PX // 2), self.height() / 2, 10.0
        painter.setPen(QPen(ink, 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        tip, tail = (4.0, length - 4.0) if self._out else (length - 4.0, 4.0)
        back = tip + head if self._out else tip - head
        painter.drawLine(QPointF(tail, middle), QPointF(tip, middle))
        painter.drawPolyline([QPointF(back, middle - head), QPointF(tip, middle), QPointF(back, middle + head)])
        painter.setFont(self._font())
        left = length + 12
        painter.drawText(
            QRectF(left, 0, self.width() - left, self.height()), Qt.AlignmentFlag.AlignVCenter, self.word()
        )
        painter.end()


class TitleLine(QWidget):
    """A title in one line where there is room, in two where there is not, smaller before it is cut."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._text = ""
        self._out = False
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def setText(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def text(self) -> str:
        """What it says."""
        return self._text

    def set_out(self, out: bool) -> None:
        """Drawn on the ground of the way out."""
        self._out = out
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # a tablet was turned: the title may need another line

    def _block(self, width: int) -> Block:
        return fitted(self._text or " ", self._theme.px(TITLE_PX), self._theme.px(TITLE_LEAST_PX), max(100, width), 2)

    def heightForWidth(self, width: int) -> int:
        return round(self._block(width).height)

    def sizeHint(self) -> QSize:
        return QSize(300, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.heightForWidth(self.width()))

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        ink = QColor(ink_of(self._theme, out=self._out))
        self._block(self.width()).paint(painter, 0, 0, ink)
        painter.end()


class DoorHead(QFrame):
    """Whose door this is, which way people go, and how full the room is. White on black while they go out; by night,
    when everything else is, black on white.
    """

    def __init__(self, theme: Theme, zone: tzinfo) -> None:
        super().__init__()
        self._theme, self._zone = theme, zone
        self.setProperty("role", "door-head")
        self.way = WayMark(theme)
        self.where = Elided("door-where", least=0.75)
        self.clock = label("", "door-clock")
        self.title = TitleLine(theme)
        self.fill = FillBar(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(4)
        first = QHBoxLayout()
        first.setSpacing(14)
        first.addWidget(self.way)
        first.addWidget(self.where, 1)
        first.addWidget(self.clock)
        layout.addLayout(first)
        layout.addWidget(self.title)
        layout.addWidget(self.fill)
        self.set_way(out=False)

    def set_way(self, *, out: bool) -> None:
        """Which way people go."""
        self.setProperty("way", "out" if out else "in")
        self.way.set_out(out)
        self.fill.set_ink(ink_of(self._theme, out=out))
        self.title.set_out(out)
        for each in (self, self.where, self.clock):
            each.style().unpolish(each)
            each.style().polish(each)

    def show_now(self, now: DoorNow, scope: str) -> None:
        """Whose door it is at this moment."""
        session = now.session
        self.clock.setText(clock_words(now.at, self._zone, with_zone=self.width() >= NARROW_PX))
        if session is None:
            self.where.setText(isolated(now.room))
            self.title.setText(_("Nothing is held here now"))
        else:
            state = time_words(session, self._zone)
            early = now.at < session.start
            self.where.setText(
                (_("{room} · {times}") if early else _("{room} · now {times}")).format(
                    room=isolated(now.room), times=state
                )
            )
            self.title.setText(isolated(session.title))
        if now.strict:
            self.where.setText(f"{self.where.text()} · {_('only with the hub')}")
        if now.lease is not None:
            scope = lease_words(now.lease)
        self.fill.setVisible(session is not None)
        self.fill.show_fill(now.occupancy.total, now.capacity, scope)
        self.setAccessibleName(f"{self.way.word()}. {self.where.text()}. {self.title.text()}. {self.fill.words()}")


class LastRow(QWidget):
    """The last scans in one line: shape, name and word."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        self._title = label("", "muted")
        row.addWidget(self._title)
        self._cells: list[tuple[QWidget, Icon, Elided]] = []
        for _place in range(LAST_SHOWN):
            cell = QWidget()
            inner = QHBoxLayout(cell)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(6)
            icon, words = Icon(26), Elided("door-last")
            inner.addWidget(icon)
            inner.addWidget(words, 1)
            self._cells.append((cell, icon, words))
            row.addWidget(cell, 1)
        self.show_last(())

    def show_last(self, last: Sequence[Last]) -> None:
        """Replace them, newest first."""
        self._title.setText(_("Last:") if last else _("Nobody has been scanned yet."))
        for place, (cell, icon, words) in enumerate(self._cells):
            one = last[place] if place < len(last) else None
            cell.setVisible(one is not None)
            if one is not None:
                icon.show_outcome(one.outcome)
                words.setText(f"{isolated(one.name) or _('Nobody we know')} · {one.words}")
                words.setAccessibleName(words.text())
        self.setAccessibleName(", ".join(f"{one.name} {one.words}" for one in last))


class DoorScreen(QWidget):
    """What a room monitor looks at all day."""

    no_badge = Signal()
    turn = Signal()
    """From IN to OUT or back."""
    undo = Signal()
    more = Signal()

    def __init__(self, theme: Theme, zone: tzinfo) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._theme = theme
        self.head = DoorHead(theme, zone)
        self.ready_page = StatusPage(theme, _("Scan a badge"), picture_px=130 if theme.is_large else 220)
        self.pages = PageStack(self)
        self._bars = BarPlace(self)
        self.last = LastRow()
        self.following = Elided("muted")
        self.state = Elided("muted")
        self.mark = label(_("DEMO DATA"), "strip-mark")
        self._panel: QWidget | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_PX)
        layout.addWidget(self.head)
        middle = QVBoxLayout()
        middle.setContentsMargins(GAP_PX, 0, GAP_PX, 0)
        middle.setSpacing(GAP_PX)
        middle.addWidget(self.pages, 1)
        middle.addLayout(self._bars)
        layout.addLayout(middle, 1)
        self.foot = self._build_foot()
        layout.addWidget(self.foot)
        self.show_page(self.ready_page)

    def _build_foot(self) -> QFrame:
        foot = QFrame()
        foot.setProperty("role", "footer")
        layout = QVBoxLayout(foot)
        layout.setContentsMargins(GAP_PX, 6, GAP_PX, 6)
        layout.setSpacing(6)
        if self._theme.is_large:
            self.last.hide()
        else:
            layout.addWidget(self.last)
        self._panel_place = QVBoxLayout()
        layout.addLayout(self._panel_place)
        self._row = QWidget()
        self._buttons = QHBoxLayout(self._row)
        self._buttons.setContentsMargins(0, 0, 0, 0)
        self._buttons.setSpacing(GAP_PX)
        for made in self._all_buttons():
            self._buttons.addWidget(made, 1)
        layout.addWidget(self._row)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.setContentsMargins(8, 0, 8, 0)
        self._line.setSpacing(2)
        self._line.addWidget(self.following, 1)
        state = QHBoxLayout()
        state.setSpacing(GAP_PX)
        state.addWidget(self.mark)
        state.addWidget(self.state, 1)
        self._line.addLayout(state, 1)
        layout.addLayout(self._line)
        return foot

    def resizeEvent(self, event: QResizeEvent) -> None:
        narrow = event.size().width() < NARROW_PX
        way = QBoxLayout.Direction
        self._line.setDirection(way.TopToBottom if narrow else way.LeftToRight)
        super().resizeEvent(event)

    def _all_buttons(self) -> list[QPushButton]:
        self.turn_button = thumb_button(_("To OUT"), self.turn.emit)
        more = thumb_button(_("More"), self.more.emit)
        return [
            thumb_button(_("No badge?"), self.no_badge.emit),
            self.turn_button,
            thumb_button(_("Undo"), self.undo.emit),
            more,
        ]

    # What is on screen

    def say(self, words: str, *, demo: bool) -> None:
        """Where this is, whether things are saved and sent, the scanner: one line, the important first."""
        self.state.setText(words)
        self.mark.setVisible(demo)

    def set_way(self, *, out: bool) -> None:
        """People go in, or out."""
        self.head.set_way(out=out)
        words = _("To IN") if out else _("To OUT")
        self.turn_button.setText(words)
        self.turn_button.setAccessibleName(words)
        self.ready_page.set_title(_("Scan on the way OUT") if out else _("Scan a badge"))

    def set_hand(self, *, left: bool) -> None:
        """Where the buttons stand: in reading order for the right hand, mirrored for the left."""
        self._buttons.setDirection(
            QHBoxLayout.Direction.RightToLeft if left else QHBoxLayout.Direction.LeftToRight
        )  # fmt: skip

    def show_page(self, page: QWidget, *, wide: bool = False) -> None:
        """Bring a page to the front; every page has the whole width here."""
        self.pages.show_page(page)

    @property
    def page(self) -> QWidget:
        """The page in front."""
        return self.pages.page

    @cached_property
    def card(self) -> VerdictCard:
        """Where the answer stands, made with the first one."""
        from kiosk.ui.widgets.verdict_card import VerdictCard

        card = VerdictCard(self._theme)
        card.set_brief(self._theme.is_large)
        return card

    def show_ready(self, page: QWidget) -> None:
        """Nobody in the door."""
        self.set_panel(None)
        self.show_page(page)

    def show_answer(self, answer: Answer) -> None:
        """One answer."""
        self.set_panel(None)
        self.card.show_answer(answer)
        self.show_answer_page()

    def show_answer_page(self) -> None:
        """Bring the answer to the front as it is."""
        self.show_page(self.card)

    def set_panel(self, panel: QWidget | None) -> None:
        """What there is to decide, in place of the buttons; they come back when it goes."""
        if self._panel is not None:
            dismiss(self._panel, self)
        self._panel = panel
        self._row.setVisible(panel is None)
        if panel is not None:
            self._panel_place.addWidget(panel)
            panel.show()

    @property
    def panel(self) -> QWidget | None:
        """What there is to decide."""
        return self._panel

    def set_bar(self, name: str, bar: QWidget | None) -> None:
        """Show, replace or remove the bar of this name."""
        self._bars.set_bar(name, bar)

    def bar(self, name: str) -> QWidget | None:
        """The bar of this name, where it is shown."""
        return self._bars.bar(name)

    def parts(self) -> tuple[QWidget, ...]:
        """The parts of the screen in reading order."""
        return (self.pages, *self._bars.bars())

    def sizeHint(self) -> QSize:
        return QSize(800, 1180)


class ChoiceRow(QWidget):
    """Two or three things to do about an answer, as large buttons side by side; Alt+1, Alt+2, Alt+3 press them."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_PX)
        self.buttons: list[QPushButton] = []
        for place, choice in enumerate(choices, start=1):
            made = thumb_button(
                choice.text, partial(self._press, choice.action), "primary" if place == 1 else "plain"
            )  # fmt: skip
            QShortcut(QKeySequence(f"Alt+{place}"), made, made.click)
            self.buttons.append(made)
            row.addWidget(made, 1)

    def _press(self, action: Callable[[], object]) -> None:
        for each in self.buttons:
            each.setEnabled(False)
        action()


def thumb_button(text: str, pressed: Callable[[], object], kind: str = "plain") -> QPushButton:
    """A button large enough for a thumb, as wide as there is room; its key is on the page of keys."""
    made = button(text, pressed, kind)
    made.setMinimumHeight(64)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made
