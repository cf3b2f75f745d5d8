"""Whatever is sent to whichever route, the hub answers in words and goes on; never with a 5xx of its own."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.trust import DeviceRole
from kiosk.hub.routes import Route, Stream
from kiosk.hub.table import ROUTES
from tests.hub.conftest import LiveHub

EXAMPLES = 150
SAID = [route for route in ROUTES if route.gives is not Stream]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def database_url() -> None:
    """What is not understood never gets as far as a database."""


def fields_of(route: Route) -> list[str]:
    return list(getattr(route.takes, "__struct_fields__", ()))


@st.composite
def requests(draw: st.DrawFn) -> tuple[Route, str, bytes | None]:
    """A route, something in its path, and a body: the right fields with the wrong things in them, or anything."""
    route = draw(st.sampled_from(SAID))
    piece = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
    path = re.sub(r"{\w+}", lambda _match: quote(piece, safe=""), route.path)
    if route.takes is None:
        return route, path, None
    named = st.fixed_dictionaries(dict.fromkeys(fields_of(route), JSON))
    body = draw(st.binary(max_size=60) | named.map(_bytes) | JSON.map(_bytes))
    return route, path, body


def _bytes(content: Any) -> bytes:
    return json.dumps(content).encode()


@pytest.fixture
def connection(live: LiveHub) -> Iterator[http.client.HTTPConnection]:
    """One that is kept, as an organizer."""
    made = http.client.HTTPConnection("hub")
    made.sock = live.connect(live.enrol(DeviceRole.ORGANIZER, "Office"))
    yield made
    made.close()


@pytest.mark.expect_log
def test_nothing_that_is_sent_is_a_5xx(connection: http.client.HTTPConnection) -> None:
    @settings(max_examples=EXAMPLES)
    @given(requests())
    def ask(request: tuple[Route, str, bytes | None]) -> None:
        route, path, body = request
        connection.request(route.method, path, body, {"content-type": "application/json"} if body else {})
        response = connection.getresponse()
        told = response.read()
        assert response.status < 500, (route.path, told)
        if response.status >= 400:
            assert set(json.loads(told)) == {"code", "text"}

    ask()
