"""A desk window on real services over a store that is thrown away.

Faked are only the edges: the loudspeaker, the clock, the refusal of the disk.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kiosk.desk import badge_tools
from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout
from kiosk.domain.people import Status
from kiosk.domain.roster import RosterChange
from kiosk.domain.verdicts import Outcome, Verdict
from kiosk.printing.paper_press import PaperPress
from kiosk.services import conference
from kiosk.services.attendance import Attendance
from kiosk.services.badges import Badges
from kiosk.services.bulk_badges import BulkBadges
from kiosk.services.check_in import CheckIn
from kiosk.services.doors import Doors
from kiosk.services.edit import Edit
from kiosk.services.figures import LocalFigures
from kiosk.services.find import Find
from kiosk.services.history import History
from kiosk.services.import_roster import ImportRoster
from kiosk.services.incidents import Incidents
from kiosk.services.layouts import Layouts
from kiosk.services.monitor import Monitor
from kiosk.services.people_lists import people_list, story
from kiosk.services.programme import Programme
from kiosk.services.programme_files import ProgrammeFiles
from kiosk.services.report_files import Reports
from kiosk.services.roster import Roster
from kiosk.services.station import Conference, Station
from kiosk.services.walk_in import WalkIn
from kiosk.storage.store import Store
from kiosk.ui.main_window import MainWindow
from kiosk.ui.services import DeskInfo, DeskServices, PrintRoom
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.panel import FormPanel, QuestionPanel
from tests.builders import Clock, a_store, an_attendee, enrol


@pytest.fixture(autouse=True)
def _widgets_die_in_this_thread() -> Iterator[None]:
    """As in the program (`kiosk.ui.garbage`): a widget that is garbage must not be destroyed by the desk's thread."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


LONGEST = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafen"
"""87 letters and one more."""


def the_people() -> list[RosterChange]:
    """Somebody for every answer."""
    police = {"agency": "Gainesville Police Department", "agency_type": "Local", "registration_type": "Attendee"}
    return [
        an_attendee("Mary-Kate", "O’Sullivan", code="000008", number="000008", title="Sgt.", sworn=True,
                    email="mary.kate@gainesville.example", phone="+1-404-555-0123", **police),
        an_attendee("Ada", "Lovelace", code="000001", number="000001", sworn=False, **police),
        an_attendee("Bob", "Owing", code="000002", unpaid=True, **police),
        an_attendee("TBD", "TBD", code="000003", placeholder=True, **police),
        an_attendee("Carl", "Gone", code="000004", status=Status.CANCELLED, **police),
        an_attendee("Nora", "Need", code="000005", access_need="ASL interpreter", note="Speaks at 4 PM", **police),
        an_attendee("Hubert", LONGEST, code="000006", **police),
        an_attendee("محمد", "العبدالله", code="000007", agency="شرطة دبي"),
        an_attendee("John", "Smith", code="000011", agency="Savannah Police", email="john@savannah.example"),
        an_attendee("John", "Smith", code="000012", agency="Fulton County Sheriff", email="jack@fulton.example"),
        an_attendee("John", "Smith", code="000013", agency="Emory University Police"),
        an_attendee("<img src=x onerror=alert(1)>", "<h1>" * 3000, code="000014", agency="\u202eevil"),
    ]  # fmt: skip


@dataclass
class Ear:
    """Hears what would be sounded."""

    heard: list[Outcome] = field(default_factory=list)
    siren: bool = False

    def play(self, outcome: Outcome) -> None:
        self.heard.append(outcome)
        self.siren = self.siren or outcome is Outcome.NOT_SAVED

    def stop_siren(self) -> None:
        self.siren = False


@dataclass
class Screen:
    """The window as a person at the desk uses it."""

    window: MainWindow
    bot: QtBot
    store: Store
    services: DeskServices
    clock: Clock
    ear: Ear

    def scan(self, code: str, *, later_s: float = 60) -> Verdict:
        """A scan and its answer on the screen."""
        self.clock.forward(later_s)
        self.window.present(code)
        self.settle()
        verdict = self.window.flow.verdict
        assert verdict is not None
        return verdict

    def settle(self) -> None:
        """Wait until everything that was asked for has been answered and shown."""
        for thread in (self.window._search, self.window._desk, self.window._desk):
            done: list[None] = []
            thread.run(lambda: None, done.append)
            self.bot.waitUntil(lambda done=done: bool(done))
        QApplication.processEvents()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        self.bot.keyClick(self.window.focusWidget() or self.window, key, modifier)
        self.settle()

    def click(self, words: str) -> None:
        """Press the visible button that says this."""
        self.button(words).click()
        self.settle()

    def button(self, words: str) -> QPushButton:
        """The visible button that says this."""
        found = [b for b in self.window.findChildren(QPushButton) if b.isVisible() and words in b.text()]
        assert found, (
            f"no button says {words!r}: {[b.text() for b in self.window.findChildren(QPushButton) if b.isVisible()]}"
        )
        return found[0]

    def card(self) -> str:
        """All words of the answer."""
        answer = self.window.desk.card.answer
        assert answer is not None
        return "\n".join(answer.texts())

    def outcome(self) -> Outcome:
        """The colour of the answer."""
        answer = self.window.desk.card.answer
        assert answer is not None
        return answer.outcome

    def words(self, widget: QWidget | None = None) -> str:
        """Every visible label under a widget, or in the window."""
        labels = (widget or self.window).findChildren(QLabel)
        return "\n".join(each.text() for each in labels if each.isVisible())

    def history(self) -> list[str]:
        """The history as a screen reader says it."""
        return [row.accessibleName() for row in self.window.desk.history._rows if row.isVisible()]

    def form(self) -> FormPanel:
        """The form that is open."""
        assert isinstance(self.window.desk.panel, FormPanel)
        return self.window.desk.panel

    def question(self) -> QuestionPanel:
        """The question that is open."""
        assert isinstance(self.window.desk.panel, QuestionPanel)
        return self.window.desk.panel


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> None:
    Theme().apply(qapp)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def station(store: Store, clock: Clock) -> Station:
    station = Station(store, clock)
    station.set_conference(Conference("PLECET National Conference 2023", "PLECET 2023", "America/New_York", demo=True))
    station.set_operator("Maria R.")
    return station


@pytest.fixture
def services(store: Store, station: Station) -> DeskServices:
    badges, find, attendance = Badges(store, station), Find(store), Attendance(store, station)
    return DeskServices(
        check_in=CheckIn(store, station, badges.on_first_admission),
        history=History(store),
        find=find,
        roster=Roster(store, station),
        walk_in=WalkIn(store, station, find),
        edit=Edit(store, station),
        badges=badges,
        import_roster=ImportRoster(store, station),
        layouts=Layouts(store, station),
        incidents=Incidents(store, station),
        people_list=lambda key: people_list(store, station, key),
        story=lambda attendee: story(store, station, attendee),
        bulk=BulkBadges(store, station, badges),
        badge_tools=badge_tools,
        print_room=PrintRoom(print_sample=_printed),
        figures=LocalFigures(store, station),
        doors=Doors(store, station),
        monitor=Monitor(store, station),
        attendance=attendance,
        reports=lambda: Reports(store, station, attendance, PaperPress),
        programme=Programme(store, station),
        programme_files=lambda: ProgrammeFiles(store, station),
        be_door=station.set_room,
        doctor=lambda: "Everything is fine.",
        conference=lambda: conference.typed(station.conference),
        change_conference=lambda values: _change(station, values),
        sit_down=lambda name: _sit_down(station, name),
    )


def _printed(_layout: Layout, _badge: Badge) -> Future[str]:
    done: Future[str] = Future()
    done.set_result("Printed.")
    return done


def _change(station: Station, values: Mapping[str, str]) -> DeskInfo:
    conference.change(station, values)
    told = station.conference
    return DeskInfo(told.title, told.short_name, told.zone_info, "Desk 2", station.operator, now=station.clock)


def _sit_down(station: Station, name: str) -> DeskInfo:
    station.set_operator(name)
    return DeskInfo(
        "PLECET", "PLECET 2023", station.conference.zone_info, "Desk 2", station.operator, now=station.clock
    )


@pytest.fixture
def info(station: Station, clock: Clock) -> DeskInfo:
    return DeskInfo(
        station.conference.title, station.conference.short_name, station.conference.zone_info, "Desk 2",
        station.operator, demo=True, now=clock,
    )  # fmt: skip


Open = Callable[..., Screen]


@pytest.fixture
def open_screen(qtbot: QtBot, store: Store, services: DeskServices, info: DeskInfo, clock: Clock) -> Iterator[Open]:
    """Opens a window; takes `people`, and a theme."""
    opened: list[MainWindow] = []

    def show(people: list[RosterChange] | None = None, theme: Theme | None = None, wait: bool = True) -> Screen:
        everyone = the_people() if people is None else people
        if everyone:
            enrol(store, everyone)
        ear = Ear()
        window = MainWindow(services if wait else None, info, theme=theme, speaker=ear)
        opened.append(window)
        screen = Screen(window, qtbot, store, services, clock, ear)
        with qtbot.waitExposed(window):
            window.show()
        if wait:
            qtbot.waitUntil(lambda: window.state.text() != "Starting…")
        return screen

    yield show
    for window in opened:
        window.close()
        window.deleteLater()


@pytest.fixture
def screen(open_screen: Open) -> Screen:
    """A desk with people, ready for the first scan."""
    return open_screen()
