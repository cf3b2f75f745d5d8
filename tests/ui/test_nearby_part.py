"""The hub's page: stations nearby, with the switch; and hubs nearby, where one is to be joined."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from kiosk.domain.hub_room import HubPlace, HubView
from kiosk.domain.peers import NearbyView, PeerState
from kiosk.domain.trust import DeviceRole
from kiosk.ui.screens.nearby_part import NearbyPart
from kiosk.ui.services import DeskInfo, DeskServices, HubRoom
from kiosk.ui.theme import Theme
from tests.builders import NOON
from tests.ui.conftest import Open
from tests.ui.test_hub_page import Side, a_page
from tests.ui.test_organizing import organize
from tests.ui.test_screenshots import colours_of, dress, keep

MET = PeerState("Desk 2", DeviceRole.DESK, NOON, 0, answers=True)
SILENT = PeerState("Room Salon D", DeviceRole.DOOR, None, 3)
NEARBY = NearbyView(True, True, "192.168.1.21:7444", asking=True, peers=(MET, SILENT))
VIEW = HubView(HubPlace.ELSEWHERE, "192.168.1.20:7443", "Desk 1", DeviceRole.DESK, nearby=NEARBY)


def test_who_is_nearby_is_shown_with_what_they_hold(qtbot: QtBot, services: DeskServices, info: DeskInfo) -> None:
    page = a_page(qtbot, services, info, HubRoom(lambda: VIEW))
    side = Side(page, None, None)  # type: ignore[arg-type]
    assert "Stations nearby tell each other what they know" in side.words()
    assert "192.168.1.21:7444" in side.words()
    rows = page.nearby.table.model().table.rows  # type: ignore[attr-defined]
    assert [row[0] for row in rows] == ["Desk 2", "Room Salon D"]
    assert rows[0][2].endswith("ago")
    assert [row[3] for row in rows] == ["all of this station", "all of this station but 3 records"]


def test_the_switch_is_what_it_says(qtbot: QtBot, services: DeskServices, info: DeskInfo) -> None:
    state = {"view": VIEW}

    def listen(on: bool) -> None:
        state["view"] = replace(VIEW, nearby=replace(NEARBY, listens=on, address=""))

    page = a_page(qtbot, services, info, HubRoom(lambda: state["view"], listen=listen))
    side = Side(page, None, None)  # type: ignore[arg-type]
    assert page.nearby.listens.isChecked()
    page.nearby.listens.click()
    assert not page.nearby.listens.isChecked()
    assert "Others may not ask this station" in side.words()
    page.nearby.listens.click()
    assert page.nearby.listens.isChecked()


def test_a_network_that_keeps_its_guests_apart_is_spoken_of(
    qtbot: QtBot, services: DeskServices, info: DeskInfo
) -> None:
    alone = replace(VIEW, nearby=replace(NEARBY, peers=(SILENT,), trouble="There is no multicast here."))
    page = a_page(qtbot, services, info, HubRoom(lambda: alone))
    side = Side(page, None, None)  # type: ignore[arg-type]
    assert "nobody nearby answers" in side.words()
    assert "a small router of your own does not" in side.words()
    assert "▲ There is no multicast here." in side.words()


def test_without_a_hub_there_is_nobody_to_speak_of(qtbot: QtBot, services: DeskServices, info: DeskInfo) -> None:
    for view in (HubView(), replace(VIEW, place=HubPlace.HERE), replace(VIEW, revoked=True)):
        page = a_page(qtbot, services, info, HubRoom(lambda view=view: view))  # type: ignore[misc]
        assert not page.nearby.isVisible()


def test_a_hub_nearby_fills_in_its_address(qtbot: QtBot, services: DeskServices, info: DeskInfo) -> None:
    hostile = "<b>x</b>&:1"
    page = a_page(qtbot, services, info, HubRoom(HubView, near=lambda: ("192.168.1.20:7443", hostile, "a:1", "b:2")))
    side = Side(page, None, None)  # type: ignore[arg-type]
    side.click("Join a hub")
    offered = [b for b in page.findChildren(QPushButton) if b.isVisible() and "Hub nearby" in b.accessibleName()]
    assert [b.accessibleName() for b in offered][:2] == ["Hub nearby: 192.168.1.20:7443", f"Hub nearby: {hostile}"]
    assert len(offered) == 3
    offered[0].click()
    assert page.join.address.text() == "192.168.1.20:7443"
    assert page.join.code.text() == "", "the code still comes from a person at the hub"


@pytest.mark.parametrize("look", ["day", "night"])
def test_it_looks_calm(qtbot: QtBot, open_screen: Open, services: DeskServices, qapp: QApplication, look: str) -> None:
    just_now = datetime.now(UTC) + timedelta(minutes=1)
    peers = [replace(MET, met=just_now), SILENT, *(replace(MET, name=f"Desk {n}", met=just_now) for n in (3, 4, 5))]
    shown = replace(VIEW, nearby=replace(NEARBY, peers=peers))
    object.__setattr__(services, "hub", lambda: HubRoom(lambda: shown))
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    organize(screen)
    screen.click("Hub and stations")
    qtbot.waitUntil(lambda: bool(screen.window.findChildren(NearbyPart)[0].isVisible()))
    screen.window.say("sync", "○ Offline – saving here, 37 to send · also at 4 stations")
    assert colours_of(keep(screen, f"stations nearby {look}")) > 20
