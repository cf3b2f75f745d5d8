"""Before the doors open, live, without news, and over: what the page says, and how it looks on a desk, a phone, a wall.

With KIOSK_SCREENSHOTS set, the pictures of `docs/dashboard.md` are written there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kiosk.hub.board import name_conference
from kiosk.services.station import Conference
from tests.builders import NOON, Desk, a_session, a_station, an_attendee, enrol, hold
from tests.hub.conftest import LiveHub
from tests.hub.test_page_in_browser import DESKTOP, PHONE, WALL, Look, browser, database_url, look, tile
from tests.hub.test_pages import bring

__all__ = ["browser", "database_url", "look"]

FOLDER = os.environ.get("KIOSK_SCREENSHOTS", "")
OPENING = NOON + timedelta(hours=1)
TYPES = ("Local", "Local", "Campus", "State", "Tribal", "Local", "Federal")
PEOPLE = 90


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An hour before the opening: ninety are expected."""
    with a_station(tmp_path / "desk") as desk:
        enrol(
            desk.store,
            [
                an_attendee(
                    f"First{n}", f"Last{n}", code=f"{n:06}", number=f"{n:06}", agency=f"Agency {n % 9}",
                    agency_type=TYPES[n % len(TYPES)], sworn=n % 3 > 0, registration_type="Attendee",
                )
                for n in range(PEOPLE)
            ],
        )  # fmt: skip
        rooms = (a_session(f"C{n}", f"Salon {'ABC'[n]}", OPENING, capacity=12 - n) for n in range(3))
        hold(desk.store, a_session("REG", "Foyer", NOON - timedelta(hours=1), kind="service"), *rooms)
        desk.clock.now = NOON - timedelta(hours=1)
        yield desk


def arrive(live: LiveHub, desk: Desk) -> None:
    """Seventy come, most of them in the half hour before; some are scanned again, and rooms fill."""
    for n in range(70):
        desk.scan(f"{n:06}", later_s=120 if n < 30 else 45)
        if n % 20 == 0:
            desk.scan(f"{n:06}", later_s=20)
    for n in range(26):
        desk.check_in.present(f"{n:06}", place=f"id-C{0 if n < 12 else 1 + n % 2}")
    bring(live, desk)


def at(live: LiveHub, when: datetime) -> None:
    """The time it is on the board."""
    plecet = Conference("PLECET National Conference", "PLECET 2023", "America/New_York")
    live.hub.database.write(lambda connection: name_conference(connection, plecet))
    live.hub.board._clock = lambda: when
    live.hub.board._made.clear()


def keep(page: Page, name: str) -> None:
    picture = page.screenshot()
    assert len(picture) > 10_000
    if FOLDER:
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        (Path(FOLDER) / f"page-{name}.png").write_bytes(picture)


def test_before_the_doors_open(look: Look, live: LiveHub) -> None:
    at(live, NOON - timedelta(hours=3))
    page = look()
    expect(page.get_by_role("heading", level=1)).to_contain_text("PLECET 2023")
    expect(page.locator("#words")).to_contain_text("Doors open")
    expect(page.locator("#words")).to_contain_text("90 people expected")
    expect(page.locator("#arrivals-chart")).to_contain_text("No scans yet")
    keep(page, "before")


@pytest.mark.parametrize(
    "name, path, options",
    [
        ("live", "/", {"viewport": DESKTOP}),
        ("live-night", "/", {"viewport": DESKTOP, "color_scheme": "dark"}),
        ("phone", "/", {"viewport": PHONE}),
        ("wall", "/wall", {"viewport": WALL}),
    ],
)
def test_live(look: Look, live: LiveHub, desk: Desk, name: str, path: str, options: dict[str, Any]) -> None:
    arrive(live, desk)
    at(live, desk.clock.now)
    page = look(path, **options)
    expect(tile(page, "Checked in")).to_have_text("70")
    expect(page.locator("#words")).to_be_hidden()
    expect(page.locator("#age")).to_contain_text("Live")
    page.wait_for_selector("#arrivals-chart svg")
    keep(page, name)


def test_without_news(look: Look, live: LiveHub, desk: Desk) -> None:
    arrive(live, desk)
    at(live, desk.clock.now)
    page = look()
    page.wait_for_selector("#arrivals-chart svg")
    page.clock.install()
    live.server.stop()
    page.clock.fast_forward("03:00")
    expect(page.locator("#age")).to_contain_text("No news from the hub for 3 min")
    keep(page, "stale")


def test_after_it_is_over(look: Look, live: LiveHub, desk: Desk) -> None:
    arrive(live, desk)
    at(live, OPENING + timedelta(hours=6))
    page = look()
    expect(page.locator("#words")).to_contain_text("These are the final numbers")
    expect(tile(page, "Did not come")).to_have_text("20")
    keep(page, "over")
