"""Numbers for other systems: whole, signed, without a name, and sent nowhere but where they were meant to go."""

from __future__ import annotations

import csv
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.dashboard import Dashboard
from kiosk.errors import BadInput
from kiosk.hub.exporting import SIGNATURE, TIME, Exporting, Webhook, wait_s
from kiosk.services.figures import LocalFigures
from kiosk.services.figures_export import write_counts
from tests.builders import a_station, enrol, some_attendees

SECRET = "a secret of more than sixteen"


@pytest.fixture
def board(tmp_path: Path) -> Dashboard:
    with a_station(tmp_path / "desk") as desk:
        enrol(desk.store, some_attendees(3))
        desk.scan("000001")
        figures = LocalFigures(desk.store, desk.station)
        made = figures.dashboard()
        figures.close()
        return made


class Listener(http.server.BaseHTTPRequestHandler):
    """Somebody's system."""

    def do_POST(self) -> None:
        server: Heard = self.server  # type: ignore[assignment]
        body = self.rfile.read(int(self.headers["content-length"]))
        status = server.answers.pop(0) if server.answers else 200
        server.heard.append((self.path, dict(self.headers), body))
        self.send_response(status)
        if status == 307:
            self.send_header("location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")  # type: ignore[misc]
        self.end_headers()
        server.told.release()

    def log_message(self, *_arguments: object) -> None:
        pass


class Heard(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listener)
        self.answers: list[int] = []
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.told = threading.Semaphore(0)


@pytest.fixture
def other() -> Iterator[Heard]:
    server = Heard()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def webhook(other: Heard) -> Webhook:
    return Webhook(f"http://127.0.0.1:{other.server_address[1]}/figures?x=1", SECRET)


def test_a_file_is_whole_and_names_nobody(board: Dashboard, tmp_path: Path) -> None:
    write_counts(board, tmp_path / "figures.json")
    told = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert {each["key"]: each["value"] for each in told["headlines"]}["checked_in"] == "1"
    assert "Last1" not in (tmp_path / "figures.json").read_text("utf-8")
    write_counts(board, tmp_path / "figures.csv")
    with (tmp_path / "figures.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert ["checked_in", "1"] in [row[:2] for row in csv.reader(stream)]
    with pytest.raises(BadInput, match=r"\.json or \.csv"):
        Exporting(lambda: board, 60, tmp_path / "figures.txt")


def test_what_is_sent_is_signed(board: Dashboard, other: Heard, tmp_path: Path) -> None:
    exporting = Exporting(lambda: board, 600, tmp_path / "figures.json", webhook(other))
    exporting.start()
    assert other.told.acquire(timeout=20)
    exporting.close()
    ((path, headers, body),) = other.heard
    assert path == "/figures?x=1"
    signed = hmac.new(SECRET.encode(), headers[TIME].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"sha256={signed}"
    assert json.loads(body) == json.loads((tmp_path / "figures.json").read_text("utf-8"))


def test_nobody_is_followed_elsewhere(board: Dashboard, other: Heard) -> None:
    other.answers = [307]
    assert webhook(other).send(b"{}", 1) == 307
    assert [path for path, _headers, _body in other.heard] == ["/figures?x=1"]


@pytest.mark.expect_log
def test_what_failed_is_tried_again(board: Dashboard, other: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.hub.exporting.FIRST_WAIT_S", 0.01)
    other.answers = [500, 307]
    exporting = Exporting(lambda: board, 600, None, webhook(other))
    exporting.start()
    for _attempt in range(3):
        assert other.told.acquire(timeout=20)
    exporting.close()
    assert len(other.heard) == 3
    assert other.answers == []


def test_waiting_doubles_up_to_five_minutes() -> None:
    assert [wait_s(failures, 60) for failures in range(9)] == [60, 5, 10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(
    "url, secret, words",
    [
        ("http://192.168.1.5/figures", SECRET, "https only"),
        ("http://localhost.example.org/", SECRET, "https only"),
        ("ftp://127.0.0.1/", SECRET, "no address"),
        ("https://somebody:else@example.org/", SECRET, "no address"),
        ("https://example.org/", "short", "secret"),
    ],
)
def test_numbers_go_over_tls_signed_or_not_at_all(url: str, secret: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Webhook(url, secret)
