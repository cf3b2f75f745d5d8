"""The sample log once more, by fourteen stations and a hub: the page says what a count by hand says.

One of the kiosks is offline for two hours around the opening; what it scanned is missing on the page, which says so,
until it is back.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk import replay
from kiosk.domain.dashboard import Dashboard
from kiosk.domain.words import clock_words
from kiosk.errors import BadInput
from kiosk.hub import board
from kiosk.replay import LET_IN, Replay, Scan
from tests.scenarios.test_replay import LOG, PEOPLE, first_arrivals

pytestmark = pytest.mark.timeout(180)


def page(played: Replay) -> dict[str, Any]:
    """What a browser sees that was paired with the code."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(played.address.removeprefix("https://"), context=trusting)
    connection.request("POST", "/v1/page/sign-in", json.dumps({"code": played.page_code()}))
    answer = connection.getresponse()
    answer.read()
    cookie = answer.headers["set-cookie"].split(";")[0]
    connection.request("GET", "/v1/dashboard", headers={"cookie": cookie})
    news: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return news


def value(shown: Dashboard, key: str) -> int:
    return next(int(each.value.replace(",", "")) for each in shown.headlines if each.key == key)


def arrived_until(at: str, without: str = "") -> int:
    """Who was let in by then, by the log's own columns, at the desks that could say so."""
    until = datetime.fromisoformat(at)
    return len(
        {
            row["payload"]
            for row in LOG
            if (row["mode"], row["result"]) == ("checkin", "ok")
            and datetime.fromisoformat(row["scanned_at"]) <= until
            and not (row["device"] == without and row["note"] == "recorded offline")
        }
    )


def fill_a_room(played: Replay, now: Dashboard) -> Dashboard:
    """In the log no room is full: let people into the fullest one until it is."""
    fullest = now.rooms.bars[0]
    room = fullest.name.split(" · ")[0]
    inside = {row["payload"] for row in LOG if row["mode"] == "entry"}
    others = [code for code in first_arrivals() if code not in inside]
    door = next(scan.station for scan in replay.read_log() if scan.place == room)
    for code in others[: (fullest.of or 0) - int(fullest.value)]:
        played.play_one(Scan(now.at, door, room, "entry", code, LET_IN))
    return played.dashboard()


def test_the_page_says_what_a_count_by_hand_says(
    tmp_path: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "FRESH_S", 0.0)
    seen: dict[str, Dashboard] = {}

    def look(words: str) -> None:
        time = words.split(": ", maxsplit=1)[0]
        if time in ("Wed 4:40 PM", "Wed 5:20 PM", "Wed 7:00 PM"):
            seen[time] = played.dashboard()

    with Replay(tmp_path, url=database_url, tell=look) as played:
        played.play(None)
        news, end = page(played), played.dashboard()
        full = fill_a_room(played, end)

    away, back = seen["Wed 4:40 PM"], seen["Wed 5:20 PM"]
    assert value(away, "checked_in") == arrived_until("2023-05-03T16:40:00-04:00", without="KIOSK-3")
    assert value(back, "checked_in") == arrived_until("2023-05-03T17:20:00-04:00")
    assert "KIOSK-3" in [alarm.who for alarm in away.alarms if alarm.what.startswith("Silent")]
    assert [alarm.who for alarm in back.alarms if alarm.what.startswith("Silent")] == []

    evening, arrived = seen["Wed 7:00 PM"], first_arrivals()
    bars = Counter(at.replace(minute=at.minute // 10 * 10, second=0) for at in arrived.values())
    shown = dict(zip(evening.arrivals.labels, evening.arrivals.totals, strict=True))
    assert {label: count for label, count in shown.items() if count} == {
        clock_words(at, at.tzinfo): count for at, count in bars.items()
    }
    assert max(shown, key=lambda label: shown[label]) == "3:30 PM", "the rush is before the plenary at four"

    told = {each["key"]: each["value"] for each in news["numbers"]["headlines"]}
    assert told == {each.key: each.value for each in end.headlines}
    assert (told["checked_in"], told["missing"]) == (f"{len(arrived):,}", str(PEOPLE - len(arrived)))
    by_room = Counter(row["place"] for row in LOG if row["mode"] == "entry")
    assert {bar.name.split(" · ")[0]: bar.value for bar in end.rooms.bars} == by_room
    assert all(bar.crowded == (bar.value >= 0.9 * (bar.of or 0)) for bar in end.rooms.bars)
    fullest = full.rooms.bars[0]
    assert (fullest.value, fullest.words, fullest.crowded) == (fullest.of, f"FULL · {fullest.of}", True)


@pytest.mark.parametrize("text, speed", [("60x", 60.0), ("2", 2.0), ("max", None)])
def test_a_speed(text: str, speed: float | None) -> None:
    assert replay.read_speed(text) == speed


@pytest.mark.parametrize("text", ["", "x", "0x", "1e9x", "nanx", "fast"])
def test_no_speed(text: str) -> None:
    with pytest.raises(BadInput, match="60x"):
        replay.read_speed(text)
