"""`kiosk scan --at SESSION`, as a script uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.commands.main import main
from kiosk.storage.keys import data_key
from kiosk.storage.store import open_store
from tests.builders import START, a_session, an_attendee, enrol, hold, place

ADA = an_attendee("Ada", "Lovelace", code="000001")
BOB = an_attendee("Bob", "Brown", code="000002")
HERE = a_session("HP1A", "Salon A", capacity=1)
THERE = a_session("BC1B", "Salon B", title="Building Connections")
EIGHT_THIRTY = ("--time", START.isoformat())


@pytest.fixture(autouse=True)
def _filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "station"
    folder.mkdir()
    monkeypatch.setenv("KIOSK_DATA", str(folder))
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase for tests")
    store = open_store(folder, data_key(folder, lambda new: "a passphrase for tests"))
    enrol(store, ADA, BOB)
    hold(store, HERE, THERE)
    place(store, HERE, ADA)
    place(store, THERE, BOB)
    store.close()


def test_in_and_out_of_a_session_by_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "000001", "--json", *EIGHT_THIRTY]) == 0
    assert main(["scan", "000001", "--at", "hp1a", "--json", *EIGHT_THIRTY]) == 0
    assert main(["scan", "000001", "--at", "hp1a", "--out", "--json", *EIGHT_THIRTY]) == 0
    desk, entered, left = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert "session" not in desk
    assert (entered["verdict"], entered["headline"], entered["session"]["code"]) == ("admitted", "IN", "HP1A")
    assert (entered["inside"], entered["capacity"], entered["out"]) == (1, 1, False)
    assert (left["verdict"], left["reason"], left["inside"]) == ("admitted", "out", 0)
    assert (entered["place"], left["place"], left["first"]["place"]) == ("HP1A", "HP1A", "HP1A")
    assert entered["session"]["id"] == HERE.id


def test_a_room_is_whatever_is_held_in_it_then_and_the_wrong_one_exits_with_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["scan", "000002", "--at", "Salon A", "--json", *EIGHT_THIRTY]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["reason"]) == ("redirect", "wrong_room")
    assert (answer["right_room"]["room"], answer["right_room"]["code"]) == ("Salon B", "BC1B")
    assert main(["scan", "000002", "--at", " salon  A", *EIGHT_THIRTY]) == 1
    assert "Salon B" in capsys.readouterr().out


def test_a_place_nobody_knows_and_the_way_out_of_the_desk_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "000001", "--at", "Atlantis", *EIGHT_THIRTY]) == 1
    assert main(["scan", "000001", "--out"]) == 1
    assert "Atlantis" in capsys.readouterr().err
