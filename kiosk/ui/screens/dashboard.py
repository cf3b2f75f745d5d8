"""The organizer's dashboard in the window: how many are here, are we keeping up, which rooms fill, who is missing,
what is broken.

It shows what it is given and asks again every other second, as long as it is in front.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kiosk.domain.charts import Bars, Columns, Look, bars_svg, columns_svg
from kiosk.domain.dashboard import BARS_MIN, Alarm, Dashboard, Headline
from kiosk.domain.sync_state import basis_words
from kiosk.domain.words import clock_words
from kiosk.i18n import _
from kiosk.services.people_lists import LISTS
from kiosk.ui.notices import sentence
from kiosk.ui.theme import TEXT_FAMILY, Theme
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.ui.screens.people_behind import PeopleBehind
    from kiosk.ui.tools import PageTools

ASK_MS = 2000
ARRIVALS_PX = 250


class DashboardPage(QFrame):
    """Numbers, charts, and what wants somebody."""

    def __init__(self, tools: PageTools) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._tools, self._info, self._reader = tools, tools.info, tools.reader
        self._look = _look(tools.theme)
        self._bar_min = 10
        self._asking = False
        self._shown: Dashboard | None = None
        self._headlines: dict[str, _Tile] = {}
        self.basis = label("", "muted", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.phase = label("", "figure", wrap=True)
        self.arrivals = _Chart(ARRIVALS_PX)
        self.table = _table(_("Arrivals as a table"))
        self.groups = _Chart()
        self.rooms = _Chart()
        self.rooms_title = label("", "column-title", wrap=True)
        self.stations = _table(_("What each station did"))
        self.alarms = label("", "plain-text", wrap=True)
        self.courses = label("", "muted", wrap=True)
        self.people: PeopleBehind | None = None
        self._numbers = QWidget()
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.addWidget(self._numbers)
        self._build(tools.back)
        self._timer = QTimer(self)
        self._timer.setInterval(ASK_MS)
        self._timer.timeout.connect(self._refresh)

    def _build(self, back: Callable[[], object]) -> None:
        layout = QVBoxLayout(self._numbers)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(10)
        top = QHBoxLayout()
        self.back = button(_("Back"), back, told="Esc")
        top.addWidget(self.back)
        top.addWidget(self.basis, 1)
        self.bars = {minutes: button("", partial(self._wider, minutes)) for minutes in BARS_MIN}
        self._mark_bars()
        self.as_table = button(_("As a table"), self._switch)
        self.report = button(_("Day report…"), self._open_report)
        for each in (*self.bars.values(), self.as_table, self.report):
            top.addWidget(each)
        layout.addLayout(top)
        layout.addWidget(self.problem)
        layout.addWidget(self.phase)
        self._tiles = QHBoxLayout()
        self._tiles.setSpacing(10)
        layout.addLayout(self._tiles)
        self._chart_or_table = QStackedWidget()
        self._chart_or_table.addWidget(self.arrivals)
        self._chart_or_table.addWidget(self.table)
        self._chart_or_table.setFixedHeight(ARRIVALS_PX + 30)
        layout.addWidget(_card("", self._chart_or_table))
        grid = QGridLayout()
        grid.setSpacing(10)
        grid.addWidget(_card(_("Needs you"), self.alarms), 0, 0)
        grid.addWidget(_card("", self.rooms_title, self.rooms, self.courses), 0, 1)
        grid.addWidget(_card(_("Who is here"), self.groups), 1, 0)
        grid.addWidget(_card(_("Stations"), self.stations), 1, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        layout.addLayout(grid)
        layout.addStretch(1)

    def start(self) -> None:
        """Ask at once, then every other second until something else is in front."""
        self.escape()
        self.back.setFocus()
        self._timer.start()
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    # From here on

    def _open_report(self) -> None:
        self._tools.open_page(_("Reports")).choose("day")  # type: ignore[attr-defined]

    def _open_people(self, key: str) -> None:
        """Who is behind a number."""
        from kiosk.ui.screens.people_behind import PeopleBehind

        if self.people is None:
            self.people = PeopleBehind(self._tools, self.escape)
            self._whole.addWidget(self.people)
        self._numbers.hide()
        self.people.show()
        self.people.show_list(key)

    def escape(self) -> bool:
        """Esc leads from people back to the numbers; whether it did."""
        if self.people is None or not self.people.isVisibleTo(self):
            return False
        self.people.hide()
        self._numbers.show()
        self.back.setFocus()
        return True

    # Asking

    def _ask(self, bar_min: int) -> Dashboard:
        """The dashboard of this moment; on the reading thread."""
        services = self._tools.services
        return services.figures.dashboard(bar_min, services.alarms())

    def _refresh(self) -> None:
        if self._asking:
            return  # a slow disk is asked once, not every other second
        self._asking = True
        minutes = self._bar_min
        self._reader.run(lambda: self._ask(minutes), self._answered, self._failed)

    def _answered(self, dashboard: Dashboard) -> None:
        self._asking = False
        self.problem.hide()
        self.show_dashboard(dashboard)

    def _failed(self, error: Exception) -> None:
        """Old numbers stay, and are said to be old."""
        self._asking = False
        at = clock_words(self._shown.at, self._info.zone) if self._shown else _("the start")
        self.problem.setText(_("No new numbers since {time}: {why}").format(time=at, why=sentence(error)))
        self.problem.show()

    def _wider(self, minutes: int) -> None:
        self._bar_min = minutes
        self._mark_bars()
        self._refresh()

    def _mark_bars(self) -> None:
        for minutes, pressed in self.bars.items():
            words = _("{count} min").format(count=minutes)
            pressed.setText(f"✓ {words}" if minutes == self._bar_min else words)
            pressed.setAccessibleName(_("Bars of {count} minutes").format(count=minutes))

    def _switch(self) -> None:
        shows_table = self._chart_or_table.currentWidget() is self.table
        self._chart_or_table.setCurrentWidget(self.arrivals if shows_table else self.table)
        self.as_table.setText(_("As a table") if shows_table else _("As a chart"))

    # Showing

    def show_dashboard(self, dashboard: Dashboard) -> None:
        """These numbers."""
        self._shown = dashboard
        at = clock_words(dashboard.at, self._info.zone, with_zone=True)
        self.basis.setText(f"{basis_words(self._tools.services.sync(), self._info.now())} · {at}")
        self.phase.setText(" ".join(words for words in (dashboard.phase_words, dashboard.corrected) if words))
        self.phase.setVisible(bool(self.phase.text()))
        for headline in dashboard.headlines:
            self._tile(headline.key).show_headline(headline)
        self.arrivals.show_columns(dashboard.arrivals, self._look)
        _fill(self.table, *dashboard.arrivals.rows())
        group = next((each for each in dashboard.groups if each.facet == "agency_type"), None)
        group = group or next(iter(dashboard.groups), None)
        self.groups.show_bars(group.bars if group else Bars("", (), _("Nobody is expected yet.")), self._look)
        self.rooms_title.setText(dashboard.rooms_title)
        self.rooms.show_bars(dashboard.rooms, self._look)
        self.courses.setText(dashboard.courses)
        self.courses.setVisible(bool(dashboard.courses))
        _fill(self.stations, dashboard.station_headers, dashboard.stations)
        lines = [self._alarm_words(alarm) for alarm in dashboard.alarms]
        self.alarms.setText("\n".join(lines) or _("✓ Nothing needs you."))

    def _tile(self, key: str) -> _Tile:
        if key not in self._headlines:
            self._headlines[key] = _Tile(partial(self._open_people, key) if key in LISTS else None)
            self._tiles.addWidget(self._headlines[key], 1)
        return self._headlines[key]

    def _alarm_words(self, alarm: Alarm) -> str:
        since = _("since {time}").format(time=clock_words(alarm.since, self._info.zone)) if alarm.since else ""
        return " · ".join(part for part in (f"▲ {alarm.who}: {alarm.what}", since, alarm.todo) if part)


class _Tile(QFrame):
    """One large number with what it is and what it is of."""

    def __init__(self, open_people: Callable[[], object] | None) -> None:
        super().__init__()
        self.setProperty("role", "card")
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 8, 10, 8)
        layout.setSpacing(0)
        self._title, self._value = label("", "muted"), label("", "tile")
        self._base = label("", "muted", wrap=True)
        layout.addWidget(self._title, 0, 0)
        layout.addWidget(self._value, 1, 0)
        layout.addWidget(self._base, 2, 0, 1, 2)
        layout.setRowStretch(3, 1)
        layout.setColumnStretch(0, 1)
        self._people = button(_("Who?"), open_people) if open_people else None
        if self._people is not None:
            layout.addWidget(self._people, 0, 1, 2, 1)

    def show_headline(self, headline: Headline) -> None:
        self._title.setText(headline.title)
        self._value.setText(f"▲ {headline.value}" if headline.warn else headline.value)
        self._base.setText(headline.base)
        self.setAccessibleName(f"{headline.title}: {headline.value}, {headline.base}")
        if self._people is not None:
            self._people.setAccessibleName(_("Who? {title}").format(title=headline.title))


class _Chart(QWidget):
    """A chart of the domain, drawn as wide as it may be."""

    def __init__(self, height_px: int | None = None) -> None:
        super().__init__()
        self._height_px = height_px
        self._draw: Callable[[int], str] | None = None
        self._renderer = QSvgRenderer(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(height_px or 40)

    def show_columns(self, chart: Columns, look: Look) -> None:
        self._show(chart.title, lambda width: columns_svg(chart, width, self._height_px or ARRIVALS_PX, look))

    def show_bars(self, chart: Bars, look: Look) -> None:
        said = [f"{bar.name}: {bar.words}" for bar in chart.bars]
        self._show("; ".join([chart.title, *said]) if said else chart.empty, lambda width: bars_svg(chart, width, look))

    def _show(self, words: str, draw: Callable[[int], str]) -> None:
        self.setAccessibleName(words)
        self._draw = draw
        self._redraw()

    def _redraw(self) -> None:
        if self._draw is not None and self.width() > 0:
            self._renderer.load(self._draw(self.width()).encode())
            self.setFixedHeight(self._renderer.defaultSize().height())
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._redraw()

    def sizeHint(self) -> QSize:
        return QSize(400, self._height_px or 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._renderer.render(painter, self.rect().toRectF())
        painter.end()


def _look(theme: Theme) -> Look:
    colours = theme.colours
    series = Look().series if not theme.dark else ("#DCE9FA", "#4C7ABF", "#9DBEE8", "#2C4F86", "#7FA3D6", "#BDD4F1")
    return Look(colours.text, colours.muted, colours.line, colours.surface, series, TEXT_FAMILY, theme.px(16))


def _card(title: str, *contents: QWidget) -> QFrame:
    card = QFrame()
    card.setProperty("role", "card")
    layout = QVBoxLayout(card)
    layout.setContentsMargins(16, 12, 16, 12)
    layout.setSpacing(8)
    if title:
        layout.addWidget(label(title, "column-title"))
    for content in contents:
        layout.addWidget(content)
    layout.addStretch(1)
    return card


def _table(name: str) -> QTableWidget:
    table = QTableWidget()
    table.setAccessibleName(name)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.setMinimumHeight(160)
    return table


def _fill(table: QTableWidget, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table.setColumnCount(len(headers))
    table.setRowCount(len(rows))
    table.setHorizontalHeaderLabels(list(headers))
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            item = QTableWidgetItem(text)
            if x:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(y, x, item)
