"""The pages an organizer opens from the desk: built when they are first asked for, each with a way back.

A page is a widget with `start()`. What it may use is handed to it as `PageTools`; a new page is one more
of `openings()`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtWidgets import QWidget

from kiosk.domain.dashboard import Dashboard
from kiosk.i18n import _
from kiosk.ui.background import Background
from kiosk.ui.screens.organize import Entry, OrganizePage
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class PageTools:
    """What a page of the organizer works with."""

    services: DeskServices
    info: DeskInfo
    by: str
    """Who sits here, for records."""
    theme: Theme
    desk: Background
    """The thread on which use cases run."""
    reader: Background
    """A second thread, for what takes long and only reads."""
    back: Callable[[], object]
    """One step back: to the list of pages."""
    roster_changed: Callable[[], object]
    """To be called when other people are on the roster than before."""


class Pages(Protocol):
    """A screen in which one page stands in front of the others."""

    @property
    def page(self) -> QWidget: ...
    def show_page(self, page: QWidget, *, wide: bool = False) -> None: ...


class Page(Protocol):
    """A page that can be opened."""

    def start(self) -> None:
        """Shown anew, from its beginning; takes the focus."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """How a page comes to be."""

    title: str
    words: str
    build: Callable[[PageTools], QWidget]
    wide: bool = False
    """Whether it takes the whole window; the last scans are then hidden."""


def _import_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.import_page import ImportPage

    page = ImportPage(tools.services, tools.by, tools.desk, tools.reader, tools.back)
    page.imported.connect(tools.roster_changed)
    return page


def _dashboard_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.dashboard import DashboardPage

    figures, alarms = tools.services.figures, tools.services.alarms

    def ask(bar_min: int) -> Dashboard:
        return figures.dashboard(bar_min, alarms())

    return DashboardPage(ask, tools.info, tools.theme, tools.reader, tools.back)


def openings() -> tuple[Opening, ...]:
    """Every page there is, in the order in which a conference is prepared."""
    return (
        Opening(_("Attendees"), _("Bring in a list of attendees, or its next version."), _import_page),
        Opening(_("Dashboard"), _("How many are here, which rooms fill, what is wrong."), _dashboard_page, wide=True),
    )


class Organizing:
    """Opens the list of pages and the pages; keeps those that were built, until somebody else sits down."""

    def __init__(self, screen: Pages, tools: PageTools, away: Callable[[], object]) -> None:
        self._screen, self._tools = screen, tools
        self._pages: dict[str, QWidget] = {}
        entries = [Entry(each.title, each.words, partial(self.open, each)) for each in openings()]
        self._list = OrganizePage(entries, away)

    def show(self) -> None:
        """The list of pages."""
        self._screen.show_page(self._list)
        self._list.start()

    def open_titled(self, title: str) -> None:
        """The page of this title. Raises StopIteration when there is none: a bug."""
        self.open(next(opening for opening in openings() if opening.title == title))

    def open(self, opening: Opening) -> None:
        """One of the pages."""
        page = self._pages.get(opening.title)
        if page is None:
            page = self._pages[opening.title] = opening.build(self._tools)
        self._screen.show_page(page, wide=opening.wide)
        page.start()  # type: ignore[attr-defined]

    def escape(self) -> bool:
        """Esc on one of the pages leads back to the list; whether it did."""
        if self._screen.page in self._pages.values():
            self.show()
            return True
        return False
