"""A door's window as a room monitor uses it, on real services over a store that is thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kiosk.domain.people import Status, TicketState
from kiosk.domain.programme import Audience, DoorPolicy, ProgrammeSession, Room
from kiosk.domain.roster import NewAttendee
from kiosk.domain.verdicts import Outcome, Verdict
from kiosk.storage.store import Store
from kiosk.ui.door_window import DoorWindow
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme
from tests.builders import START, Clock, a_session, an_attendee, enrol, hold, place
from tests.ui.conftest import LONGEST, Ear

ROOM = "Ballroom Salon D"
HERE = a_session(
    "TT3D", ROOM, START + timedelta(hours=5), title="Technology Tools to Support Community Collaboration", capacity=180
)
THERE = a_session("BC3B", "Ballroom Salon B", HERE.start, title="Building Connections Across Differences", capacity=200)
NEXT = a_session(
    "GV4D", ROOM, HERE.start + timedelta(minutes=105), title="Engaging Community Partners to Reduce Gun Violence"
)
NOW = HERE.start - timedelta(minutes=4)


def the_people() -> dict[str, NewAttendee]:
    """Everyone the doors know, by what they are there for."""
    police = {"agency": "Gainesville Police Department", "agency_type": "Local", "sworn": True}
    return {
        "in": an_attendee("Mary-Kate", "O’Sullivan", code="000008", title="Sgt.", registration_type="Guest", **police),
        "ada": an_attendee("Ada", "Lovelace", code="000001", **police),
        "need": an_attendee("Nora", "Need", code="000005", access_need="ASL interpreter", **police),
        "elsewhere": an_attendee("Rosa", "Alvarez", code="000002", agency="Fulton County Sheriff"),
        "nowhere": an_attendee("Khai", "Nguyen", code="000003", agency="Savannah Police"),
        "unchecked": an_attendee("Ulla", "Early", code="000004", agency="Emory University Police"),
        "cancelled": an_attendee("Carl", "Gone", code="000006", status=Status.CANCELLED),
        "blocked": an_attendee("Bob", "Lost", code="000007", state=TicketState.BLOCKED),
        "longest": an_attendee("Hubert", LONGEST, code="000009", **police),
        "arabic": an_attendee("محمد", "العبدالله", code="000010", agency="شرطة دبي"),
    }  # fmt: skip


@dataclass
class DoorScreenUser:
    """The window as a person at the door uses it."""

    window: DoorWindow
    bot: QtBot
    store: Store
    services: DeskServices
    clock: Clock
    ear: Ear
    people: dict[str, NewAttendee]

    def scan(self, who: str, *, later_s: float = 60) -> Verdict:
        """Somebody holds up a badge; the answer is on the screen."""
        self.clock.forward(later_s)
        code = self.people[who].tickets[0].code if who in self.people else who
        self.window.present(code)
        self.settle()
        verdict = self.window.flow._last
        assert verdict is not None
        return verdict

    def settle(self) -> None:
        """Wait until everything that was asked for has been answered and shown."""
        for thread in (self.window._search, *[self.window._desk] * 3):
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

    def buttons(self) -> list[str]:
        """What can be pressed."""
        return [b.text() for b in self.window.findChildren(QPushButton) if b.isVisible()]

    def button(self, words: str) -> QPushButton:
        """The visible button that says this."""
        found = [b for b in self.window.findChildren(QPushButton) if b.isVisible() and words in b.text()]
        assert found, f"no button says {words!r}: {self.buttons()}"
        return found[0]

    def card(self) -> str:
        """All words of the answer."""
        answer = self.window.door.card.answer
        assert answer is not None
        return "\n".join(answer.texts())

    def outcome(self) -> Outcome:
        """The colour of the answer."""
        answer = self.window.door.card.answer
        assert answer is not None
        return answer.outcome

    def words(self, widget: QWidget | None = None) -> str:
        """Every visible label under a widget, or in the window."""
        labels = (widget or self.window).findChildren(QLabel)
        return "\n".join(each.text() for each in labels if each.isVisible())

    @property
    def ready(self) -> bool:
        """Whether the door waits for the next badge."""
        return self.window.door.page is self.window.door.ready_page


OpenDoor = Callable[..., DoorScreenUser]


def furnish(store: Store, services: DeskServices, here: ProgrammeSession = HERE) -> dict[str, NewAttendee]:
    """People, three sessions in two rooms, and who is enrolled where; nearly all have been at the desk."""
    people = the_people()
    enrol(store, list(people.values()))
    rooms = [
        Room(ROOM, 180),
        Room("Ballroom Salon C", 180),
        Room("Ballroom Salon B", 200, "same floor, second door on the left"),
    ]
    hold(store, here, THERE, NEXT, rooms=rooms)
    place(
        store,
        here,
        *(people[who] for who in ("in", "ada", "need", "unchecked", "cancelled", "blocked", "longest", "arabic")),
    )
    place(store, THERE, people["elsewhere"])
    for who, person in people.items():
        if who not in ("unchecked", "cancelled"):
            services.check_in.admit(person.attendee.id)
    return people


@contextmanager
def a_door_window(bot: QtBot, store: Store, services: DeskServices, info: DeskInfo, clock: Clock) -> Iterator[OpenDoor]:
    """Opens doors, and closes them at the end."""
    opened: list[DoorWindow] = []

    def show(
        theme: Theme | None = None,
        size: tuple[int, int] = (1280, 800),
        here: ProgrammeSession = HERE,
        now: object = NOW,
    ) -> DoorScreenUser:
        clock.now = now  # type: ignore[assignment]
        people = furnish(store, services, here)
        ear = Ear()
        window = DoorWindow(services, replace(info, room=ROOM, station="Door D"), theme=theme, speaker=ear)
        window.resize(*size)
        opened.append(window)
        with bot.waitExposed(window):
            window.show()
        user = DoorScreenUser(window, bot, store, services, clock, ear, people)
        bot.waitUntil(lambda: window._is_started)
        user.settle()
        return user

    yield show
    for window in opened:
        window.close()
        window.deleteLater()


SWORN_ONLY = replace(HERE, audience=Audience("Sworn only", sworn=False))
LISTED_ONLY = replace(HERE, door=DoorPolicy.REGISTERED)
