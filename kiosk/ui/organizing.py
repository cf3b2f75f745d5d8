"""The pages an organizer opens from the desk: built when they are first asked for, each with a way back.

A page is a widget with `start()`. What it may use is handed to it as `PageTools`; a new page is one more
of `openings()`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, runtime_checkable

from PySide6.QtWidgets import QWidget

from kiosk.i18n import _
from kiosk.ui.screens.organize import Entry, OrganizePage
from kiosk.ui.tools import PageTools


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


@runtime_checkable
class HasForms(Protocol):
    """A page on which a form may stand open."""

    def escape(self) -> bool:
        """Close the form that is open; whether there was one."""
        ...


@runtime_checkable
class Undoes(Protocol):
    """A page that can take back what was last done on it."""

    def undo(self) -> None:
        """Take it back; nothing happens where nothing was done."""
        ...


@runtime_checkable
class TakesScans(Protocol):
    """A page on which something else than a ticket may be scanned."""

    def take_scan(self, text: str) -> bool:
        """Something was scanned; whether it was for this page."""
        ...


@runtime_checkable
class Lasting(Protocol):
    """A page that starts what takes minutes."""

    def finish(self) -> None:
        """Stop it: the window closes, or somebody else sits down."""
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


def _layout_editor(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.layout_editor import LayoutEditor

    return LayoutEditor(tools)


def _bulk_print_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.bulk_print import BulkPrintPage

    return BulkPrintPage(tools)


def _dashboard_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.dashboard import DashboardPage

    return DashboardPage(tools)


def _reports_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.reports_page import ReportsPage

    return ReportsPage(tools)


def _hours_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.hours_page import HoursPage

    return HoursPage(tools)


def _sessions_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.sessions_page import SessionsPage

    return SessionsPage(tools)


def _printers_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.printers import PrintersPage

    return PrintersPage(tools.services, tools.desk, tools.back)


def _print_queue_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.print_queue import PrintQueuePage

    return PrintQueuePage(tools.services, tools.by, tools.info.zone, tools.desk, tools.back)


def _station_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.station_page import StationPage

    page = StationPage(tools.services, tools.info, tools.desk, tools.back)
    page.became.connect(tools.again)
    return page


def _programme_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.programme_page import ProgrammePage

    return ProgrammePage(tools)


def _hub_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.hub_page import HubPage

    return HubPage(tools)


def _conference_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.conference_page import ConferencePage

    return ConferencePage(tools)


def _clocks_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.clocks_page import ClocksPage

    return ClocksPage(tools)


def _incidents_page(tools: PageTools) -> QWidget:
    from kiosk.ui.screens.incidents_page import IncidentsPage

    return IncidentsPage(tools)


def openings() -> tuple[Opening, ...]:
    """Every page there is, in the order in which a conference is prepared."""
    return (
        Opening(_("Conference"), _("What it is called, its time zone, what its codes look like."), _conference_page),
        Opening(_("Attendees"), _("Bring in a list of attendees, or its next version."), _import_page),
        Opening(_("Badge layouts"), _("How badges look, and which type gets which."), _layout_editor, wide=True),
        Opening(
            _("Print many badges"), _("Ahead of time, on sheets, or a list on paper."), _bulk_print_page, wide=True
        ),
        Opening(_("Programme"), _("Sessions and rooms, who goes where, and late changes."), _programme_page, wide=True),
        Opening(_("Printers"), _("Find printers, set them up, print a test page."), _printers_page, wide=True),
        Opening(_("Print queue"), _("Badges on their way, and who needs a look."), _print_queue_page, wide=True),
        Opening(_("Dashboard"), _("How many are here, which rooms fill, what is wrong."), _dashboard_page, wide=True),
        Opening(
            _("Incidents"), _("Records that cannot both be right, stations in trouble."), _incidents_page, wide=True
        ),
        Opening(_("Sessions"), _("Who came, who is inside, and the end of a session."), _sessions_page, wide=True),
        Opening(
            _("Hours of a person"), _("Minutes and credit, why, and what is to be set right."), _hours_page, wide=True
        ),
        Opening(
            _("Reports"), _("Rosters, hours, certificates and roll call, to save or print."), _reports_page, wide=True
        ),
        Opening(
            _("Hub and stations"), _("Host or join a hub, let stations in, see how they are."), _hub_page, wide=True
        ),
        Opening(_("This station"), _("A desk or the door of a room; what doors do."), _station_page),
        Opening(
            _("Clocks of doors"), _("Where a laptop's clock was wrong: set its scans right."), _clocks_page, wide=True
        ),
    )


class Organizing:
    """Opens the list of pages and the pages; keeps those that were built, until somebody else sits down."""

    def __init__(self, screen: Pages, tools: PageTools, away: Callable[[], object]) -> None:
        self._screen, self._tools = screen, replace(tools, open_page=self.open_titled)
        self._pages: dict[str, QWidget] = {}
        entries = [Entry(each.title, each.words, partial(self.open, each)) for each in openings()]
        self._list = OrganizePage(entries, away)

    def show(self) -> None:
        """The list of pages."""
        self._screen.show_page(self._list, wide=True)
        self._list.start()

    def open_titled(self, title: str) -> QWidget:
        """The page of this title. Raises StopIteration when there is none: a bug."""
        return self.open(next(opening for opening in openings() if opening.title == title))

    def open(self, opening: Opening) -> QWidget:
        """One of the pages."""
        page = self._pages.get(opening.title)
        if page is None:
            page = self._pages[opening.title] = opening.build(self._tools)
        self._screen.show_page(page, wide=opening.wide)
        page.start()  # type: ignore[attr-defined]
        return page

    def finish(self) -> None:
        """The pages are not needed any more: what takes minutes stops."""
        for page in self._pages.values():
            if isinstance(page, Lasting):
                page.finish()

    def take_scan(self, text: str) -> bool:
        """Something was scanned; whether it was for the page in front, and no ticket."""
        page = self._screen.page
        return page in self._pages.values() and isinstance(page, TakesScans) and page.take_scan(text)

    def undo(self) -> bool:
        """Undo on one of the pages, or on the list of them, is the page's; whether one is in front."""
        page = self._screen.page
        if page is not self._list and page not in self._pages.values():
            return False
        if isinstance(page, Undoes):
            page.undo()
        return True

    def escape(self) -> bool:
        """Esc on one of the pages closes its form, else leads back to the list; whether it did either."""
        page = self._screen.page
        if page not in self._pages.values():
            return False
        if not (isinstance(page, HasForms) and page.escape()):
            self.show()
        return True
