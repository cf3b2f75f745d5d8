"""The organizer's pages: the dashboard, live; the lists behind its numbers; the way in.

Everything a page needs comes from here, and nothing from anywhere else. A browser is let in by a code
(`page_access.py`), a device by its certificate. Without a role for names, no name leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from kiosk.config import asset
from kiosk.domain import dashboard_json
from kiosk.domain.dashboard import BARS_MIN
from kiosk.domain.trust import DeviceRole
from kiosk.hub import page_access
from kiosk.hub.devices import DeviceState
from kiosk.hub.routes import ANYONE, Call, Raw, Refusal, Route, Stream
from kiosk.i18n import _
from kiosk.services.people_lists import LISTS, people_list, story

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FILES = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "list.js": "text/javascript",
    "incidents.js": "text/javascript",
    "sign-in.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
NAMES = frozenset({DeviceRole.ORGANIZER, DeviceRole.DESK})
"""Roles that may see who somebody is."""
_COUNTS = NAMES | {DeviceRole.DASHBOARD}


class News(msgspec.Struct, frozen=True):
    """The numbers of this moment, the charts, and how every station is."""

    numbers: dict[str, Any]
    charts: dict[str, Any]
    fleet: dict[str, Any]


class People(msgspec.Struct, frozen=True):
    """The people behind a number."""

    title: str
    people: list[dict[str, str]]


class Person(msgspec.Struct, frozen=True):
    """One person and what happened to them."""

    name: str
    agency: str
    registration_type: str
    events: list[list[str]]


class SignIn(msgspec.Struct, frozen=True):
    """The code that was read to whoever sits at the browser."""

    code: str


# Who looks


async def _role(call: Call) -> DeviceRole | None:
    caller = call.caller_now
    if caller is not None and caller.state is DeviceState.ACTIVE:
        return caller.role
    cookie = call.cookies.get(page_access.COOKIE, "")
    if not cookie:
        return None
    now = call.hub.clock()
    return await call.hub.read(lambda connection: page_access.role_of(connection, cookie, now))


async def allowed(call: Call, roles: frozenset[DeviceRole]) -> DeviceRole:
    """As what the caller looks. Raises Refusal where that is not among `roles`."""
    role = await _role(call)
    if role is None:
        raise Refusal(401, "signed_out", _("This browser is not paired. Ask for a code: kiosk hub page-code"))
    if role not in roles:
        raise Refusal(403, "role", _("Names are not for this browser. Ask the organizer for a code with names."))
    return role


# Pages


async def _index(call: Call) -> Raw:
    return await page(call, "index.html")


async def _wall(call: Call) -> Raw:
    return await page(call, "index.html", "wall")


async def _list_page(call: Call) -> Raw:
    return await page(call, "list.html")


async def page(call: Call, name: str, look: str = "") -> Raw:
    """One of the pages, or the way in."""
    role = await _role(call)
    if role not in _COUNTS:
        return _html("sign-in.html")
    conference = await call.hub.board.ask(lambda _store, station: station.conference)
    lists = " ".join(LISTS) if role in NAMES else ""
    return _html(
        name, conference=conference.short_name or conference.title, zone=conference.zone, lists=lists, look=look
    )


def _html(name: str, **values: str) -> Raw:
    text = (_folder() / name).read_text("utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", escape(value))
    return Raw(text.encode(), "text/html; charset=utf-8", {"content-security-policy": _CSP})


async def _file(call: Call) -> Raw:
    name = call.path["name"]
    if name not in _FILES:
        raise Refusal(404, "no_such_thing", _("The hub has no such thing."))
    return Raw((_folder() / name).read_bytes(), _FILES[name], {"cache-control": "no-cache"})


def _folder() -> Path:
    return asset("page")


# Signing in


async def _sign_in(call: Call) -> Raw:
    said: SignIn = call.body
    now = call.hub.clock()
    cookie = await call.hub.write(lambda connection: page_access.pair(connection, said.code[:40], now))
    if cookie is None:
        words = _("This code is not good, or no longer. Ask for a new one: kiosk hub page-code")
        raise Refusal(403, "wrong_code", words)
    return Raw(b"{}", "application/json", {"set-cookie": _cookie(cookie, int(page_access.PAIRED_FOR.total_seconds()))})


async def _sign_out(call: Call) -> Raw:
    cookie = call.cookies.get(page_access.COOKIE, "")
    await call.hub.write(lambda connection: page_access.part(connection, cookie))
    return Raw(b"{}", "application/json", {"set-cookie": _cookie("", 0)})


def _cookie(value: str, life_s: int) -> str:
    return f"{page_access.COOKIE}={value}; Max-Age={life_s}; Path=/; Secure; HttpOnly; SameSite=Strict"


# Numbers and names


async def _dashboard(call: Call) -> News:
    await allowed(call, _COUNTS)
    bar_min, size = _wanted(call)
    made = await call.hub.board.dashboard(bar_min)
    stations = dashboard_json.fleet(await asyncio.to_thread(call.hub.board.stations))
    return News(dashboard_json.numbers(made), dashboard_json.charts(made, size), stations)


async def _stream(call: Call) -> Stream:
    await allowed(call, _COUNTS)
    bar_min, size = _wanted(call)
    return Stream(_while_paired(call, call.hub.board.frames(call.hub.feed, bar_min, size)))


async def _while_paired(call: Call, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The frames, until the browser is no longer paired."""
    async for frame in frames:
        if await _role(call) not in _COUNTS:
            return
        yield frame


def _wanted(call: Call) -> tuple[int, str]:
    bar, size = call.query.get("bar", "10"), call.query.get("size", "wide")
    if bar not in map(str, BARS_MIN) or size not in dashboard_json.WIDTHS:
        raise Refusal(400, "not_understood", _("There are bars of 5, 10 and 30 minutes, wide and narrow."))
    return int(bar), size


async def _list(call: Call) -> People:
    await allowed(call, NAMES)
    key = call.path["key"]
    found = await call.hub.board.ask(lambda store, station: people_list(store, station, key))
    people = [
        {"id": each.id, "name": each.name, "agency": each.agency, "type": each.registration_type, "now": each.standing}
        for each in found.entries
    ]
    return People(found.title, people)


async def _person(call: Call) -> Person:
    await allowed(call, NAMES)
    attendee_id = call.path["id"]
    found = await call.hub.board.ask(lambda store, station: story(store, station, attendee_id))
    return Person(found.name, found.agency, found.registration_type, [list(event) for event in found.events])


_HTML = "text/html"
_BARS = {"bar": "Minutes of a bar: 5, 10, 30.", "size": "narrow or wide."}

ROUTES = (
    Route("GET", "/", "The dashboard, or the way in", _index, ANYONE, media_type=_HTML),
    Route("GET", "/wall", "The dashboard for a wall: three numbers and the arrivals", _wall, ANYONE, media_type=_HTML),
    Route("GET", "/list/{key}", "The people behind a number, as a page", _list_page, ANYONE, media_type=_HTML),
    Route("GET", "/person/{id}", "One person, as a page", _list_page, ANYONE, media_type=_HTML),
    Route("GET", "/page/{name}", "What the pages are made of", _file, ANYONE, refuses=(404,), media_type="text/css"),
    Route(
        "POST", "/v1/page/sign-in", "Pair a browser with a code", _sign_in, ANYONE, takes=SignIn, refuses=(403,)
    ),
    Route("POST", "/v1/page/sign-out", "Forget this browser", _sign_out, ANYONE),
    Route(
        "GET", "/v1/dashboard", "The numbers of this moment", _dashboard, ANYONE, gives=News, query=_BARS,
        refuses=(401, 403),
    ),
    Route(
        "GET", "/v1/dashboard/stream", "The numbers as they change", _stream, ANYONE, gives=Stream, query=_BARS,
        media_type="text/event-stream", refuses=(401, 403),
    ),
    Route(
        "GET", "/v1/lists/{key}", "The people behind a number", _list, ANYONE, gives=People, refuses=(401, 403, 422)
    ),
    Route(
        "GET", "/v1/people/{id}", "One person and what happened to them", _person, ANYONE, gives=Person,
        refuses=(401, 403, 422),
    ),
)  # fmt: skip
