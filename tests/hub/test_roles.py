"""Every endpoint × every role: whoever may not is refused, and hears nothing but that."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kiosk.domain.trust import DeviceRole
from kiosk.hub.console import Console
from kiosk.hub.routes import ANYONE, Route, Stream
from kiosk.hub.table import ROUTES
from tests.hub.conftest import LiveHub, Serve
from tests.hub.test_pages import paired

CALLERS = [*DeviceRole, "revoked", "nobody", "browser", "browser with names"]
AS = {"browser": DeviceRole.DASHBOARD, "browser with names": DeviceRole.ORGANIZER}
"""What a browser may see, once it is paired; it is no device."""
CANARY = "Quetzalcoatl"


@pytest.fixture
def database_url() -> None:
    """Who may ask does not depend on the database."""


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


PAIRED = {
    "GET /v1/dashboard": {DeviceRole.ORGANIZER, DeviceRole.DESK, DeviceRole.DASHBOARD},
    "GET /v1/dashboard/stream": {DeviceRole.ORGANIZER, DeviceRole.DESK, DeviceRole.DASHBOARD},
    "GET /v1/lists/{key}": {DeviceRole.ORGANIZER, DeviceRole.DESK},
    "GET /v1/people/{id}": {DeviceRole.ORGANIZER, DeviceRole.DESK},
    "GET /v1/incidents": {DeviceRole.ORGANIZER, DeviceRole.DESK},
    "POST /v1/incidents": {DeviceRole.ORGANIZER},
}
"""What a browser that was paired may ask as well as a device: these look at both by themselves."""
PAGES = {
    *("/", "/wall", "/list/{key}", "/person/{id}", "/incidents", "/page/{name}"),
    *("/v1/page/sign-in", "/v1/page/sign-out"),
}
"""Anyone gets a page; what is on it is asked for apart."""
BODIES = {"/v1/incidents": {"incident": "x", "way": "settle", "text": "x", "by": "x"}}
"""What a route is asked that looks at who asks only after it has read what they say."""


def may(route: Route, caller: str) -> bool:
    roles = PAIRED.get(named(route), route.roles)
    if caller in AS:
        return roles == ANYONE or (named(route) in PAIRED and AS[caller] in roles)
    return roles == ANYONE or caller in roles or (caller == "revoked" and route.even_revoked)


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_role_at_every_endpoint(live: LiveHub, route: Route) -> None:
    live.enrol(DeviceRole.DOOR, CANARY)
    links = {role: live.enrol(role) for role in DeviceRole}
    revoked = live.enrol(DeviceRole.ORGANIZER, "gone")
    Console(live.hub).revoke("gone", wipe=True)
    live.hub.devices.forget()
    path = re.sub(r"{\w+}", "X", route.path)
    cookies = {caller: paired(live, names=caller == "browser with names") for caller in AS}
    for caller in CALLERS:
        link = revoked if caller == "revoked" else links.get(caller)  # type: ignore[call-overload]
        headers = cookies.get(caller, {})
        if route.gives is Stream and may(route, caller):
            assert live.status(route.method, path, link, headers) == 200
            continue
        body = BODIES.get(path, {}) if route.takes is not None else None
        told = live.ask(route.method, path, link, body, headers)
        if may(route, caller):
            assert told.status < 500, (caller, told)
            assert told.status == 200 or told.json["code"] not in REFUSALS, caller
        else:
            assert (told.status, told.json["code"]) in REFUSED_AS[caller], caller
            assert set(told.json) == {"code", "text"}
            assert CANARY not in told.body.decode()


REFUSALS = {"role", "revoked", "unknown_device", "signed_out"}
REFUSED_AS = {
    **{role: {(403, "role")} for role in DeviceRole},
    "nobody": {(401, "unknown_device"), (401, "signed_out")},
    "revoked": {(403, "revoked"), (401, "signed_out")},
    **{caller: {(401, "unknown_device"), (403, "role")} for caller in AS},
}


def test_only_organizers_see_the_fleet(live: LiveHub) -> None:
    live.enrol(DeviceRole.DOOR, CANARY)
    assert CANARY in live.ask("GET", "/v1/fleet", live.enrol(DeviceRole.ORGANIZER)).body.decode()


def test_what_anyone_may_ask_is_this_and_no_more() -> None:
    anyone = {route.path for route in ROUTES if route.roles == ANYONE and named(route) not in PAIRED}
    assert sorted(anyone - PAGES) == [
        "/certificate/{code}",  # the code is the key
        "/v1/certificates/{code}",
        "/v1/enrol",
        "/v1/enrol/{request}",
        "/v1/hello",
        "/v1/invitations/{name}",
    ]


def test_nobody_revoked_is_heard_but_to_hand_over_and_to_be_wiped() -> None:
    heard = {route.path for route in ROUTES if route.even_revoked}
    assert heard == {"/v1/beat", "/v1/handover"}


def test_the_description_says_the_same(serve: Serve, tmp_path: Path) -> None:
    described = json.loads(serve().ask("GET", "/openapi.json").body)["paths"]
    for route in ROUTES:
        said = described[route.path][route.method.lower()]
        assert said.get("x-roles", []) == sorted(route.roles), named(route)
        assert ("security" in said) is bool(route.roles)
