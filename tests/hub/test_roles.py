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

CALLERS = [*DeviceRole, "revoked", "nobody"]
CANARY = "Quetzalcoatl"


@pytest.fixture
def database_url() -> None:
    """Who may ask does not depend on the database."""


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_role_at_every_endpoint(live: LiveHub, route: Route) -> None:
    live.enrol(DeviceRole.DOOR, CANARY)
    links = {role: live.enrol(role) for role in DeviceRole}
    revoked = live.enrol(DeviceRole.ORGANIZER, "gone")
    Console(live.hub).revoke("gone", wipe=True)
    live.hub.devices.forget()
    path = re.sub(r"{\w+}", "X", route.path)
    for caller in CALLERS:
        link = revoked if caller == "revoked" else links.get(caller)  # type: ignore[call-overload]
        if route.gives is Stream and caller in route.roles:
            continue  # who may listen is tried where listening is
        told = live.ask(route.method, path, link, {} if route.takes is not None else None)
        allowed = route.roles == ANYONE or caller in route.roles or (caller == "revoked" and route.even_revoked)
        if allowed:
            assert told.status < 500, (caller, told)
            assert told.status == 200 or told.json["code"] not in ("role", "revoked", "unknown_device"), caller
        else:
            code = {"nobody": "unknown_device", "revoked": "revoked"}.get(caller, "role")
            assert (told.status, told.json["code"]) == (401 if caller == "nobody" else 403, code)
            assert set(told.json) == {"code", "text"}
            assert CANARY not in told.body.decode()


def test_only_organizers_see_the_fleet(live: LiveHub) -> None:
    live.enrol(DeviceRole.DOOR, CANARY)
    assert CANARY in live.ask("GET", "/v1/fleet", live.enrol(DeviceRole.ORGANIZER)).body.decode()


def test_what_anyone_may_ask_is_this_and_no_more() -> None:
    assert sorted(named(route) for route in ROUTES if route.roles == ANYONE) == [
        "GET /v1/enrol/{request}",
        "GET /v1/hello",
        "GET /v1/invitations/{name}",
        "POST /v1/enrol",
    ]


def test_nobody_revoked_is_heard_but_to_hand_over_and_to_be_wiped() -> None:
    heard = {route.path for route in ROUTES if route.even_revoked}
    assert heard <= {"/v1/beat", "/v1/sync"}


def test_the_description_says_the_same(serve: Serve, tmp_path: Path) -> None:
    described = json.loads(serve().ask("GET", "/openapi.json").body)["paths"]
    for route in ROUTES:
        said = described[route.path][route.method.lower()]
        assert said.get("x-roles", []) == sorted(route.roles), named(route)
        assert ("security" in said) is bool(route.roles)
