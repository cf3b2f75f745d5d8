"""What a page of the organizer is handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from kiosk.ui.background import Background
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
    """A second thread, for what only reads; the search waits for it, so nothing there takes long."""
    slow: Background
    """A third thread, for what takes seconds: nobody at the desk waits for it."""
    back: Callable[[], object]
    """One step back: to the list of pages."""
    roster_changed: Callable[[], object]
    """To be called when other people are on the roster than before."""
    open_page: Callable[[str], QWidget] = lambda _title: QWidget()
    """Open another page by its title; answers it."""
    again: Callable[[], object] = lambda: None
    """To be called when this station is something else than before: another window then belongs to it."""
    strict_changed: Callable[[bool], object] = lambda _strict: None
    """To be called when desks let nobody in without the hub's answer from now on, or do again."""
    renamed: Callable[[DeskInfo], object] = lambda _info: None
    """To be called when the window should know something else of itself: what the conference is called."""
