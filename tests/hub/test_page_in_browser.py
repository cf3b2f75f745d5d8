"""The organizer's page in a real browser: live, stale, on a phone, on a wall, by keyboard and by screen reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from kiosk.hub.console import Console
from tests.browsers import ARGUMENTS, chromium
from tests.builders import Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.hub.test_pages import bring

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
WALL = {"width": 1920, "height": 1080}
PATIENCE_MS = 30_000


@pytest.fixture
def database_url() -> str | None:
    """A browser does not see which database it is."""
    return None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path / "desk") as desk:
        enrol(desk.store, some_attendees(6))
        for code in ("000001", "000002"):
            desk.scan(code)
        yield desk


Look = Callable[..., Page]


@pytest.fixture
def look(live: LiveHub, desk: Desk, browser: Browser) -> Iterator[Look]:
    """Opens the page in a fresh browser, paired unless that is the point."""
    bring(live, desk)
    contexts = []

    def open_page(path: str = "/", *, names: bool = False, paired: bool = True, **options: Any) -> Page:
        context = browser.new_context(ignore_https_errors=True, **{"viewport": DESKTOP, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.errors = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.errors.append(str(error)))  # type: ignore[attr-defined]
        page.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)  # type: ignore[attr-defined]
        home = f"https://127.0.0.1:{live.server.port}"
        page.goto(home)
        if paired:
            code, _address = Console(live.hub).page_code(names=names)
            page.get_by_label("Code").fill(code)
            page.get_by_role("button", name="Show the dashboard").click()
            page.wait_for_selector("#headlines .tile")
        if path != "/":
            page.goto(home + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def tile(page: Page, title: str) -> Any:
    return page.locator(".tile", has_text=title).locator("b")


def test_numbers_follow_the_desk_by_themselves(look: Look, live: LiveHub, desk: Desk) -> None:
    page = look()
    expect(tile(page, "Checked in")).to_have_text("2")
    expect(page.locator("#arrivals-chart svg")).to_be_visible()
    expect(page.locator("#age")).to_contain_text("Live")
    desk.scan("000003")
    bring(live, desk)
    expect(tile(page, "Checked in")).to_have_text("3", timeout=PATIENCE_MS)
    assert page.errors == []  # type: ignore[attr-defined]


def test_old_numbers_look_old(look: Look, live: LiveHub) -> None:
    page = look()
    expect(page.locator("#age")).to_contain_text("Live")
    page.clock.install()
    live.server.stop()
    page.clock.fast_forward("03:00")
    expect(page.locator("#age")).to_contain_text("No news from the hub for 3 min")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).filter") == "grayscale(1)"
    expect(tile(page, "Checked in")).to_have_text("2")


def pass_time_until(page: Page, checked_in: str) -> None:
    """Let ten seconds pass, again and again, until the number is there."""
    for _round in range(20):
        page.clock.run_for("00:11")
        try:
            return expect(tile(page, "Checked in")).to_have_text(checked_in, timeout=1500)
        except AssertionError:
            continue
    raise AssertionError(page.inner_text("body"))


def test_where_no_stream_gets_through_the_page_asks(look: Look, live: LiveHub, desk: Desk) -> None:
    page = look(paired=False)
    page.route("**/v1/dashboard/stream*", lambda route: route.abort())
    page.clock.install()
    code, _address = Console(live.hub).page_code(names=False)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Show the dashboard").click()
    page.wait_for_selector("#headlines", state="attached")
    pass_time_until(page, "2")
    desk.scan("000003")
    bring(live, desk)
    pass_time_until(page, "3")


def test_bars_groups_and_tables_by_keyboard(look: Look) -> None:
    page = look()
    page.wait_for_selector("#arrivals-chart svg")
    button = page.get_by_role("button", name="30 min")
    button.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "30 min"
    assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 3
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#arrivals-chart")).to_contain_text("30 minutes")
    summary = page.get_by_text("As a table")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#arrivals-table tbody tr").first).to_be_visible()


def test_a_phone_has_one_column_and_nothing_beside_it(look: Look) -> None:
    page = look(viewport=PHONE)
    page.wait_for_selector("#arrivals-chart svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    sections = page.locator("main section:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().left)"
    )
    assert len(set(sections)) == 1
    sizes = page.locator("button:visible, summary:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44


def test_a_wall_is_read_from_afar_and_names_nobody(look: Look) -> None:
    page = look("/wall", names=True, viewport=WALL)
    page.wait_for_selector("#arrivals-chart svg")
    expect(page.locator(".tile:visible")).to_have_count(3)
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.tile b')).fontSize)") >= 146
    assert page.evaluate("document.documentElement.scrollHeight") <= WALL["height"]
    fits = "tile => (tile.querySelector('b').textContent = '12,345', tile.scrollWidth <= tile.clientWidth)"
    assert page.locator(".tile:visible").first.evaluate(fits), "a large conference's numbers stay in their tiles"
    assert "Last1" not in page.inner_text("body")


def test_from_a_number_to_a_list_to_a_person_and_back(look: Look) -> None:
    page = look(names=True)
    page.locator("a.tile", has_text="Checked in").click()
    expect(page.get_by_role("heading", name="Checked in")).to_be_visible()
    expect(page.locator("#age")).to_have_text("2 people")
    page.get_by_label("Find in this list").fill("last2")
    expect(page.locator("#age")).to_have_text("1 person")
    page.get_by_role("link", name="First2 Last2").click()
    expect(page.locator("#table")).to_contain_text("Checked in")
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("heading", name="Checked in")).to_be_visible()


def test_without_the_role_numbers_lead_nowhere(look: Look) -> None:
    page = look()
    expect(page.locator(".tile")).to_have_count(5)
    expect(page.locator("a.tile")).to_have_count(0)
    page.goto(page.url + "list/missing")
    expect(page.locator("#age")).to_contain_text("Names are not for this browser")


def test_a_wrong_code_is_said_beside_the_field(look: Look) -> None:
    page = look(paired=False)
    page.get_by_label("Code").fill("0000-0000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This code is not good")


def test_nothing_is_asked_of_anybody_else(look: Look, live: LiveHub) -> None:
    page = look(paired=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    code, _address = Console(live.hub).page_code(names=True)
    page.get_by_label("Code").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_selector("#arrivals-chart svg")
    page.locator("a.tile").first.click()
    page.wait_for_selector("#table tbody tr")
    assert len(asked) > 8
    assert [url for url in asked if not url.startswith(f"https://127.0.0.1:{live.server.port}/")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["sign-in", "/", "/wall", "/list/checked_in"])
def test_nothing_serious_stands_in_a_screen_readers_way(look: Look, path: str, scheme: str) -> None:
    page = look("/" if path == "sign-in" else path, names=True, paired=path != "sign-in", color_scheme=scheme)
    page.wait_for_selector({"sign-in": "#code", "/list/checked_in": "#table tbody tr"}.get(path, "#arrivals-chart svg"))
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")] == []
