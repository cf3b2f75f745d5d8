"""Incidents in a real browser: read, settled by keyboard, refused in words, on a phone and by a screen reader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from kiosk.services.edit import Edit
from kiosk.storage import roster
from tests.builders import NOON, Clock, Desk, a_station
from tests.hub.conftest import LiveHub
from tests.hub.test_page_in_browser import PHONE, Look, browser, database_url, desk, look
from tests.hub.test_pages import bring
from tests.meeting import introduce, meet

__all__ = ["browser", "database_url", "desk", "look"]


@pytest.fixture
def twice(live: LiveHub, desk: Desk, tmp_path: Path) -> Iterator[None]:
    """Somebody was let in at two desks, and what she eats is disputed."""
    with a_station(tmp_path / "other", clock=Clock(NOON)) as other:
        other.station.set_name("Desk 7")
        introduce(desk, other)
        meet(desk, other)
        found = roster.by_code(desk.store.view.connection, "000003")
        assert found is not None
        for each, note in ((desk, "Vegan"), (other, "Vegetarian")):
            Edit(each.store, each.station).set(found[0].id, {"note": note})
            assert each.scan("000003").admitted
        bring(live, desk, other)
        yield


def keep(page: object, name: str) -> None:
    folder = os.environ.get("KIOSK_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / name), full_page=True)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("twice")
def test_from_the_dashboard_to_an_incident_and_it_is_settled_by_keyboard(look: Look) -> None:
    page = look(names=True)
    page.get_by_role("link", name="Incidents").click()
    expect(page.locator("#state")).to_have_text("▲ 2 want somebody")
    item = page.locator(".incident", has_text="at two stations")
    expect(item).to_contain_text("Desk 7")
    keep(page, "page-incidents.png")
    item.get_by_role("button", name="Settle it…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("What was the matter")).to_be_focused()
    page.keyboard.type("Twins, one badge")
    page.keyboard.press("Tab")
    page.keyboard.type("Marta")
    keep(page, "page-incident-settle.png")
    page.keyboard.press("Enter")
    expect(page.locator(".incident.settled")).to_contain_text("Settled by Marta")
    expect(page.locator("#state")).to_have_text("▲ 1 wants somebody")
    page.get_by_role("button", name="Give the right value…").click()
    assert page.get_by_label("Who decides").input_value() == "Marta", "nobody types a name twice"
    page.get_by_label("note").fill("Vegan, no nuts")
    page.get_by_role("button", name="This is right").click()
    expect(page.locator("#state")).to_have_text("✓ Nothing needs you")
    assert page.errors == []  # type: ignore[attr-defined]


@pytest.mark.usefixtures("twice")
def test_one_admission_is_taken_back(look: Look) -> None:
    page = look("/incidents", names=True)
    item = page.locator(".incident", has_text="at two stations")
    item.get_by_role("button", name="Take back: Desk 7").click()
    page.get_by_label("Who decides").fill("Marta")
    page.get_by_role("button", name="Take it back").click()
    expect(item).to_have_count(0)


@pytest.mark.usefixtures("twice")
def test_a_hub_that_is_gone_and_a_decision_that_is_refused_are_said_in_the_form(look: Look, live: LiveHub) -> None:
    page = look("/incidents", names=True)
    page.locator(".incident", has_text="at two stations").get_by_role("button", name="Settle it…").click()
    page.get_by_label("What was the matter").fill("Twins")
    page.get_by_label("Who decides").fill("   ")
    page.get_by_role("button", name="Settle it", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("who you are")
    live.server.stop()
    page.get_by_label("Who decides").fill("Marta")
    page.get_by_role("button", name="Settle it", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The hub does not answer")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.usefixtures("twice")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_and_by_a_screen_reader(look: Look, scheme: str) -> None:
    page = look("/incidents", names=True, viewport=PHONE, color_scheme=scheme)
    expect(page.locator(".incident")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Settle it…").first.click()
    keep(page, f"page-incident-phone-{scheme}.png")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")] == []


@pytest.mark.usefixtures("twice")
def test_counts_only_means_no_incidents(look: Look) -> None:
    page = look()
    expect(page.get_by_role("link", name="Incidents")).to_be_hidden()
    page.goto(page.url + "incidents")
    expect(page.locator("#state")).to_contain_text("Names are not for this browser")
