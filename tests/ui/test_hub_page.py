"""The hub's page: hosting with one switch, letting a station in, joining from the other side; all of it for real."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kiosk import hub_rooms
from kiosk.domain.fleet import FleetStation, HeldBack, Vitals, WaitingStation
from kiosk.domain.hub_room import HubPlace, HubView
from kiosk.domain.pins import PinNeeded
from kiosk.domain.printers import PrinterState
from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import Outcome
from kiosk.errors import BadInput, KioskError
from kiosk.hub import hosting, pins
from kiosk.hub_rooms import HubRooms
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.storage.store import Store
from kiosk.sync.client import HubClient
from kiosk.sync.loop import exchange
from kiosk.sync.round import Round
from kiosk.ui.screens.hub_page import HubPage
from kiosk.ui.services import DeskInfo, DeskServices, HubRoom
from kiosk.ui.theme import Theme
from kiosk.ui.tools import PageTools
from tests.builders import KEY, NOON, a_store
from tests.ui.conftest import Open
from tests.ui.test_organizing import organize


@pytest.fixture(autouse=True)
def _any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "DEFAULT_PORT", 0)
    monkeypatch.setattr(hub_rooms, "_hubs_nearby", tuple)  # whoever else is in this network


class AtOnce:
    """A thread that works while we wait."""

    def run(self, work, done=None, failed=None):  # type: ignore[no-untyped-def]
        try:
            result = work()
        except KioskError as error:
            if failed is None:
                raise
            failed(error)
            return
        if done is not None:
            done(result)


@dataclass
class Side:
    """A station with the page open on it."""

    page: HubPage
    store: Store
    rooms: HubRooms
    left: list[str] = field(default_factory=list)

    def click(self, words: str) -> None:
        self.button(words).click()

    def button(self, words: str) -> QPushButton:
        found = [b for b in self.page.findChildren(QPushButton) if b.isVisible() and words in b.text()]
        assert found, [b.text() for b in self.page.findChildren(QPushButton) if b.isVisible()]
        return found[0]

    def words(self) -> str:
        return "\n".join(each.text() for each in self.page.findChildren(QLabel) if each.isVisible())


@pytest.fixture
def open_side(qtbot: QtBot, tmp_path: Path, services: DeskServices, info: DeskInfo) -> Iterator[object]:
    closing: list[object] = []

    def start(name: str) -> Side:
        opened = a_store(tmp_path / name)
        store = opened.__enter__()
        station = Station(store)
        station.set_name(name)
        rooms = HubRooms(station, KEY)
        page = a_page(qtbot, services, info, rooms.room())
        closing.extend((lambda: opened.__exit__(None, None, None), rooms.close, page.finish))
        return Side(page, store, rooms)

    yield start
    for close in reversed(closing):
        close()  # type: ignore[operator]


def a_page(qtbot: QtBot, services: DeskServices, info: DeskInfo, room: HubRoom, theme: Theme | None = None) -> HubPage:
    at_once = AtOnce()
    page = HubPage(
        PageTools(
            replace(services, hub=lambda: room), info, "Maria", theme or Theme(),
            at_once, at_once, at_once, lambda: None, lambda: None,  # type: ignore[arg-type]
        )
    )  # fmt: skip
    qtbot.addWidget(page)
    page.resize(1000, 640)
    page.show()
    page.start()
    return page


def test_from_two_laptops_to_a_hub_and_a_station(qtbot: QtBot, open_side) -> None:  # type: ignore[no-untyped-def]
    office, desk = open_side("Office"), open_side("Laptop")
    belongs: list[str] = []
    office.rooms.on_join, desk.rooms.on_join = lambda: belongs.append("Office"), lambda: belongs.append("Laptop")
    office.click("Host the hub on this computer")
    assert "The hub runs on this computer" in office.words()
    assert office.page.table.model_of_rows.table.rows[0][::9] == ("Office", "Organizer")

    assert belongs == ["Office"]

    office.click("Invite a station")
    office.page.invite.name.setText("Desk 2")
    office.click("Make the invitation")
    code = office.page.invite.code.accessibleName()
    port = office.rooms._hosting.addresses[0].rpartition(":")[2]
    office.page.escape()

    desk.click("Join a hub")
    desk.page.join.address.setText(f"127.0.0.1:{port}")
    desk.page.join.code.setText("0000-" + code[5:])
    desk.click("Ask to be let in")
    assert "knows no invitation" in desk.words()
    desk.page.join.code.setText(code.lower())
    desk.click("Ask to be let in")
    digits = desk.page.join.digits.text()
    assert len(digits) == 7

    office.page._look()
    assert f"Desk 2 asks to be let in (Desk):  {digits}" in office.words()
    office.click("The same: let it in")
    assert "asks to be let in" not in office.words()
    desk.page.join._look()
    assert "belongs to the hub" in desk.words()
    link = HubLink.read(desk.store)
    assert link is not None
    assert (link.name, link.role) == ("Desk 2", DeviceRole.DESK)
    assert belongs == ["Office", "Laptop"]

    office.page.table.selectRow(1)
    office.click("Send this station away")
    assert office.page.focusWidget() is office.button("Keep it")
    office.click("Send away and wipe")
    assert "Sent away" in office.page.table.model_of_rows.table.rows[1][1]
    assert not office.page.revoke_button.isEnabled() or office.page.table.row() == 0

    desk.click("Leave this hub")
    desk.click("Leave the hub")
    assert HubLink.read(desk.store) is None
    office.click("Host it no more")
    office.click("Stop the hub")
    assert not office.rooms._hosting.is_on


def test_a_hub_that_died_under_its_window_runs_again_when_somebody_looks(open_side) -> None:  # type: ignore[no-untyped-def]
    office = open_side("Office")
    office.click("Host the hub on this computer")
    process = office.rooms._hosting._process
    port = office.rooms._hosting.addresses[0].rpartition(":")[2]
    process.kill()
    process.wait()
    office.page.start()
    assert "The hub runs on this computer" in office.words()
    assert office.rooms._hosting.is_on
    assert office.rooms._hosting.addresses[0].rpartition(":")[2] == port, "stations find it where it was"


def test_a_hub_that_is_gone_for_good_is_replaced_from_a_desk(open_side) -> None:  # type: ignore[no-untyped-def]
    office, desk = open_side("Office"), open_side("Laptop")
    office.click("Host the hub on this computer")
    invitation = office.rooms._hosting.console().invite(
        DeviceRole.DESK, "Desk 2", office.rooms._hosting.addresses[0].replace("localhost", "127.0.0.1")
    )
    desk.rooms._ask(invitation)
    office.rooms._hosting.console().approve(office.rooms._hosting.console().waiting()[0].digits)
    assert desk.rooms._joined()
    link = HubLink.read(desk.store)
    assert link is not None
    with contextlib.closing(HubClient(link)) as client:
        rounds = Round(desk.store, Station(desk.store), link)
        while exchange(client, rounds).more:
            pass
    office.rooms.close()

    desk.page.start()
    desk.click("This hub is gone for good")
    assert "nothing it records is lost" in desk.words()
    assert desk.page.focusWidget() is desk.button("Keep it")
    desk.click("Host a new hub here")
    assert "The hub runs on this computer" in desk.words()
    rows = {row[0]: row[1] for row in desk.page.table.model_of_rows.table.rows}
    assert rows["Office"] == "▲ Has to join this hub: invite it"
    now = HubLink.read(desk.store)
    assert now is not None
    assert (now.hub != link.hub, now.role) == (True, DeviceRole.ORGANIZER)


def test_what_cannot_be_done_is_said(open_side) -> None:  # type: ignore[no-untyped-def]
    desk = open_side("Laptop")
    desk.click("Join a hub")
    assert "Address of the hub\nCode of the invitation" in desk.words()
    desk.click("Ask to be let in")
    assert "no address of a hub" in desk.words()
    desk.page.join.address.setText("192.168.1.20")
    desk.click("Ask to be let in")
    assert "twenty letters and digits" in desk.words()
    desk.page.join.address.setText("127.0.0.1:9")
    desk.page.join.code.setText("0" * 20)
    desk.click("Ask to be let in")
    assert "No hub answers at 127.0.0.1:9" in desk.words()
    assert desk.page.escape()
    assert not desk.page.escape()


FLEET = HubView(
    HubPlace.HERE,
    "192.168.1.20:7443",
    stations=[
        FleetStation("A", "Office", DeviceRole.ORGANIZER, NOON, last_contact=NOON, vitals=Vitals("0.1.0", 0)),
        FleetStation("B", "Desk 2", DeviceRole.DESK, NOON, last_contact=NOON,
                     vitals=Vitals("0.1.0", 140, 200, 5, PrinterState.PAPER_OUT, 9)),
        FleetStation("C", "Room 3", DeviceRole.DOOR, NOON),
        FleetStation("D", "<b>Lost</b> laptop", DeviceRole.DESK, NOON, revoked=NOON, wipe_ordered=True),
    ],
)  # fmt: skip


def test_the_fleet_is_shown_with_what_is_the_matter(qtbot: QtBot, services: DeskServices, info: DeskInfo) -> None:
    page = a_page(qtbot, services, replace(info, now=lambda: NOON), HubRoom(lambda: FLEET))
    rows = page.table.model_of_rows.table.rows
    assert rows[0] == ("Office", "✓", "0 s ago", "0", "–", "–", "–", "–", "0.1.0", "Organizer")
    assert rows[1][1] == "▲ 140 records are only there · Its printer needs somebody · 9 labels left"
    assert rows[1][3:] == ("140", "✓", "5 s", "out of labels", "9", "0.1.0", "Desk")
    assert rows[2][2] == "–"
    assert rows[3][1] == "▲ Sent away · Not wiped yet"


def test_what_is_held_back_is_decided(qtbot: QtBot, services: DeskServices, info: DeskInfo) -> None:
    decided: list[str] = []
    held = [HeldBack("L" * 26, 4, "C", "Room 3", "import", 0, 12), HeldBack("M" * 26, 9, "B", "Desk 2", "", 2, 3)]
    state = {"view": replace(FLEET, held_back=held)}
    room = HubRoom(lambda: state["view"], let_count=decided.append, leave_out=decided.append)
    page = a_page(qtbot, services, info, room)
    side = Side(page, None, None)  # type: ignore[arg-type]
    side.click("Records held back")
    assert "Room 3 wrote “import”, which it may not; 12 records wait" in side.words()
    assert page.focusWidget() is side.button("Keep it")
    side.click("Let it count")
    page.table.selectRow(1)
    side.click("Records held back")
    assert "3 records of Desk 2 wait for 2 before them" in side.words()
    side.click("Count the rest without them")
    assert decided == ["L" * 26, "M" * 26]
    state["view"] = FLEET
    page._look()
    assert not page.held_button.isVisible()


INVITATION = "KIOSK-JOIN:127.0.0.1:9;" + "ab" * 32 + ";AB12-CD34-EF56-GH78-JK90"


def test_an_invitation_is_taken_where_one_is_asked_for_and_nowhere_else(open_screen: Open) -> None:
    screen = open_screen()
    organize(screen)
    screen.click("Hub and stations")
    screen.click("Join a hub")
    screen.window.present(INVITATION)
    page = screen.window.desk.page
    assert isinstance(page, HubPage)
    assert page.join.address.text() == "127.0.0.1:9"
    assert screen.scan("000001").outcome is Outcome.ADMITTED
    verdict = screen.scan(INVITATION)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "an invitation for a station" in screen.card()


def test_one_waits_in_front_and_a_question_hides_it(qtbot: QtBot, services: DeskServices, info: DeskInfo) -> None:
    waits = [WaitingStation(name, name, DeviceRole.DOOR, f"042 11{n}", NOON) for n, name in enumerate("XY")]
    state = {"view": replace(FLEET, waiting=waits)}
    page = a_page(qtbot, services, info, HubRoom(lambda: state["view"]))
    side = Side(page, None, None)  # type: ignore[arg-type]
    assert "X asks to be let in" in side.words()
    assert "Y asks" not in side.words()
    assert "1 more waits." in side.words()
    page.table.selectRow(1)
    side.click("Send this station away")
    assert "asks to be let in" not in side.words()
    assert not page.invite_button.isVisible()
    side.click("Keep it")
    assert "X asks to be let in" in side.words()
    state["view"] = replace(FLEET, waiting=waits[1:])
    page._look()
    assert "Y asks to be let in" in side.words()


def test_seats_wait_for_a_station_until_somebody_answers_for_it(
    qtbot: QtBot, services: DeskServices, info: DeskInfo
) -> None:
    named: list[str] = []
    view = replace(FLEET, seats_wait_for=("Room 3",))
    page = a_page(qtbot, services, info, HubRoom(lambda: view, go_on_without=named.append))
    side = Side(page, None, None)  # type: ignore[arg-type]
    assert "no seats are handed out to doors until these stations are heard: Room 3" in side.words()
    page.table.selectRow(1)
    assert not side.button("Hand out seats without it").isEnabled()
    page.table.selectRow(2)
    side.click("Hand out seats without it")
    assert "Has Room 3 stopped?" in side.words()
    assert not named
    side.click("Hand out seats without it")
    assert named == ["C"]


def test_it_opens_from_the_organizer_s_list_and_escape_leads_back(open_screen: Open) -> None:
    screen = open_screen()
    listed = organize(screen)
    screen.click("Hub and stations")
    assert isinstance(screen.window.desk.page, HubPage)
    screen.click("Join a hub")
    screen.press(Qt.Key.Key_Escape)
    assert isinstance(screen.window.desk.page, QWidget)
    screen.press(Qt.Key.Key_Escape)
    assert screen.window.desk.page is listed


def test_an_organizers_pin_is_asked_for_once_it_is_set(open_side, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(pins, "PASSES", 1)
    monkeypatch.setattr(pins, "MEMORY_KIB", 64)
    office = open_side("Office")
    office.click("Host the hub on this computer")
    assert "Nobody has set a PIN" in office.words()
    office.click("Set a PIN")
    form = office.page._question
    assert form.inputs["name"].text() == "Maria"
    assert form.inputs["pin"].echoMode() is QLineEdit.EchoMode.Password
    form.inputs["pin"].setText("12345678")
    form.inputs["again"].setText("12345678")
    office.click("Set it")
    assert "too easy to guess" in office.words()
    for key, typed in (("pin", "40719382"), ("again", "40719383")):
        form.inputs[key].setText(typed)
    office.click("Set it")
    assert "not the same" in office.words()
    for key in ("pin", "again"):
        form.inputs[key].setText("40719382")
    office.click("Set it")
    assert "Nobody has set a PIN" not in office.words()

    office.click("The conference is over")
    office.click("Remove personal data everywhere")
    form = office.page._question
    form.inputs["pin"].setText("40719383")
    office.click("Go on")
    assert "not the PIN" in office.words()
    assert form.inputs["pin"].text() == ""
    assert "Personal data goes" not in office.words()
    form.inputs["pin"].setText("40719382")
    office.click("Go on")
    assert "Personal data goes from" in office.words()
    assert office.rooms._hosts is not None
    assert next(each.who for each in office.rooms._hosts.console().decisions()) == "Maria"

    office.page.finish()  # somebody else sits down
    with pytest.raises(PinNeeded):
        office.page._room().revoke("nobody", False)


def test_a_pin_is_forgotten_after_a_while(open_side, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(pins, "PASSES", 1)
    monkeypatch.setattr(pins, "MEMORY_KIB", 64)
    office = open_side("Office")
    office.click("Host the hub on this computer")
    room = office.page._room()
    room.set_pin("Maria", "40719382")
    room.prove("Maria", "40719382")
    with pytest.raises(BadInput, match="knows no such station"):
        room.revoke("nobody", False)
    monkeypatch.setattr(hub_rooms, "PROVED_FOR_S", -1.0)
    with pytest.raises(PinNeeded):
        room.revoke("nobody", False)
