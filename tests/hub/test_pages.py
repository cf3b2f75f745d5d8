"""The organizer's page over HTTP: who is let in, what they may see, and that it is what the desks say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.trust import DeviceRole, fingerprint
from kiosk.hub import page_access, taking
from kiosk.hub.console import Console
from kiosk.hub.database import note
from kiosk.hub.devices import DeviceState, KnownDevice, put_device
from kiosk.hub.news import RECORDS
from kiosk.services.figures import LocalFigures
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Conference
from tests.builders import NOON, Desk, a_session, a_station, enrol, hold, some_attendees
from tests.hub.conftest import LiveHub, Told
from tests.meeting import everything

NAMES = ("First1", "Last1")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path / "desk") as desk:
        enrol(desk.store, some_attendees(4))
        hold(desk.store, a_session("C1", start=NOON + timedelta(hours=4), kind="plenary"))
        for code in ("000001", "000002", "nobody"):
            desk.scan(code)
        yield desk


def bring(live: LiveHub, *desks: Desk) -> None:
    """What rounds do: the hub knows the desks and holds everything they wrote."""
    devices = [desk.store.journal.device for desk in desks]
    accepted = {device.id: device.public for device in devices}

    def work(connection: object) -> None:
        for n, device in enumerate(devices, 1):
            certificate = device.id.encode()
            known = KnownDevice(
                device.id, f"Desk {n}", DeviceRole.DESK, DeviceState.ACTIVE, device.public, certificate,
                fingerprint(certificate), 1,
            )  # fmt: skip
            put_device(connection, known)  # type: ignore[arg-type]
        for desk in desks:
            taking.take_in(connection, accepted, live.hub.identity.device, everything(desk.store))  # type: ignore[arg-type]
        note(connection, RECORDS)  # type: ignore[arg-type]

    live.hub.database.write(work)


def paired(live: LiveHub, *, names: bool = False) -> dict[str, str]:
    """The headers of a browser that was paired."""
    code, _address = Console(live.hub).page_code(names=names)
    answer = live.ask("POST", "/v1/page/sign-in", body={"code": code.lower().replace("-", " ")})
    assert answer.status == 200, answer.json
    cookie = answer.headers["set-cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    return {"cookie": cookie.split(";")[0]}


def numbers(answer: Told) -> dict[str, str]:
    return {each["key"]: each["value"] for each in answer.json["numbers"]["headlines"]}


def test_the_page_says_what_the_desk_says(live: LiveHub, desk: Desk) -> None:
    bring(live, desk)
    told = numbers(live.ask("GET", "/v1/dashboard", headers=paired(live)))
    figures = LocalFigures(desk.store, desk.station)
    here = {each.key: each.value for each in figures.dashboard().headlines}
    figures.close()
    assert told["checked_in"] == here["checked_in"] == "2"
    assert told["missing"] == here["missing"] == "2"
    desk.scan("000003")
    bring(live, desk)
    live.hub.board._made.clear()
    assert numbers(live.ask("GET", "/v1/dashboard", headers=paired(live)))["checked_in"] == "3"


def test_the_page_is_headed_as_the_conference_is_called_everywhere(live: LiveHub, desk: Desk) -> None:
    HubLink("hub", (), "", "", "", "", DeviceRole.ORGANIZER, "Desk 1").write(desk.store)
    desk.station.set_conference(Conference("The conference", "PLECET & friends", "America/Chicago"))
    bring(live, desk)
    page = live.ask("GET", "/", headers=paired(live)).body
    assert b"PLECET &amp; friends" in page
    assert b"America/Chicago" in page


def test_without_a_code_there_is_nothing_to_see(live: LiveHub, desk: Desk) -> None:
    bring(live, desk)
    page = live.ask("GET", "/")
    assert b"<form" in page.body
    assert b"headlines" not in page.body
    for path in ("/v1/dashboard", "/v1/dashboard/stream", "/v1/lists/missing", "/v1/people/x"):
        assert live.ask("GET", path).status == 401
        assert live.ask("GET", path, headers={"cookie": f"{page_access.COOKIE}=guessed"}).status == 401


def test_a_code_is_good_once_and_for_ten_minutes(live: LiveHub) -> None:
    code, _address = Console(live.hub).page_code(names=False)
    assert live.ask("POST", "/v1/page/sign-in", body={"code": code}).status == 200
    again = live.ask("POST", "/v1/page/sign-in", body={"code": code})
    assert again.status == 403
    assert "set-cookie" not in again.headers
    late, _address = Console(live.hub).page_code(names=False)
    with live.hub.database.read() as connection:
        assert page_access.role_of(connection, late, NOON) is None
    when = live.hub.clock() + page_access.CODE_LIFE + timedelta(seconds=1)
    assert live.hub.database.write(lambda connection: page_access.pair(connection, late, when)) is None


def test_guessing_burns_the_codes(live: LiveHub) -> None:
    code, _address = Console(live.hub).page_code(names=True)
    for guess in range(page_access.WRONG_TRIES):
        assert live.ask("POST", "/v1/page/sign-in", body={"code": f"0000-{guess:04}"}).status == 403
    assert live.ask("POST", "/v1/page/sign-in", body={"code": code}).status == 403


def test_names_are_for_those_whose_code_was_made_for_them(live: LiveHub, desk: Desk) -> None:
    bring(live, desk)
    counts, names = paired(live), paired(live, names=True)
    for path in ("/v1/lists/checked_in", "/v1/lists/missing", "/v1/people/x"):
        assert live.ask("GET", path, headers=counts).status == 403
    everything_seen = b"".join(
        live.ask("GET", path, headers=counts).body for path in ("/", "/wall", "/v1/dashboard", "/list/missing")
    )
    assert not any(name.encode() in everything_seen for name in NAMES)
    people = live.ask("GET", "/v1/lists/checked_in", headers=names).json["people"]
    assert [person["name"] for person in people] == ["First1 Last1", "First2 Last2"]
    person = live.ask("GET", f"/v1/people/{people[0]['id']}", headers=names).json
    assert person["name"] == "First1 Last1"
    assert [event[1:4] for event in person["events"]] == [["desk", "Checked in", "Desk 1"]]
    assert live.ask("GET", "/v1/lists/nothing", headers=names).status == 422


def test_devices_see_by_their_role(live: LiveHub, desk: Desk) -> None:
    bring(live, desk)
    board, door = live.enrol(DeviceRole.DASHBOARD), live.enrol(DeviceRole.DOOR)
    organizer = live.enrol(DeviceRole.ORGANIZER)
    assert live.ask("GET", "/v1/dashboard", board).status == 200
    assert live.ask("GET", "/v1/lists/missing", board).status == 403
    assert live.ask("GET", "/v1/lists/missing", organizer).status == 200
    assert live.ask("GET", "/v1/dashboard", door).status == 403


def test_signing_out_and_being_signed_out(live: LiveHub) -> None:
    one, two = paired(live), paired(live)
    assert live.ask("POST", "/v1/page/sign-out", headers=one).status == 200
    assert live.ask("GET", "/v1/dashboard", headers=one).status == 401
    assert live.ask("GET", "/v1/dashboard", headers=two).status == 200
    assert Console(live.hub).end_pages() == 1
    assert live.ask("GET", "/v1/dashboard", headers=two).status == 401


def test_pages_ask_nobody_else_and_run_nothing_else(live: LiveHub) -> None:
    page = live.ask("GET", "/", headers=paired(live))
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    weight = len(page.body)
    text = page.body.decode()
    for name in re.findall(r'(?:href|src)="([^"]+)"', text):
        assert name.startswith("/"), name
        if name == "/incidents":
            continue  # another page
        answer = live.ask("GET", name)
        assert answer.status == 200
        weight += len(answer.body)
    news = live.ask("GET", "/v1/dashboard", headers=paired(live))
    assert weight + len(news.body) < 150_000
    assert re.search(r"https?://(?!www\.w3\.org)", text + news.body.decode()) is None
    assert "@" not in re.sub(r"@[a-z]+\.", "", text), "every placeholder was filled"
    assert live.ask("GET", "/page/../hub.db").status == 404
    assert live.ask("GET", "/page/nothing.js").status == 404


def test_news_come_by_themselves(live: LiveHub, desk: Desk) -> None:
    bring(live, desk)
    headers = paired(live)
    with live.connect() as connection:
        connection.settimeout(20)
        request = (
            f"GET /v1/dashboard/stream?bar=5&size=narrow HTTP/1.1\r\nhost: hub\r\ncookie: {headers['cookie']}\r\n\r\n"
        )
        connection.sendall(request.encode())
        heard = connection.makefile("rb")
        first = next_news(heard)
        assert {each["key"]: each["value"] for each in first["numbers"]["headlines"]}["checked_in"] == "2"
        assert "each 5 minutes" in first["charts"]["arrivals"]["svg"]
        desk.scan("000004")
        bring(live, desk)
        while {each["key"]: each["value"] for each in next_news(heard)["numbers"]["headlines"]}["checked_in"] != "3":
            pass


def next_news(heard: object) -> dict:  # type: ignore[type-arg]
    for line in heard:  # type: ignore[attr-defined]
        if line.startswith(b"data: {"):
            return json.loads(line[6:])
    raise AssertionError("the stream ended")
