"""`kiosk place` as a script sees it."""

from __future__ import annotations

import json

import pytest

from kiosk.commands.main import main


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase of the tests")


def test_places_are_listed_and_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["place"]) == 0
    assert capsys.readouterr().out == "Registration desk · asks the hub\n"
    assert main(["place", "desk", "claim=strict"]) == 0
    assert main(["place", "Salon A", "seats=180"]) == 1
    assert "--add makes a new one" in capsys.readouterr().err
    assert main(["place", "Salon A", "seats=180", "directions=same floor", "--add"]) == 0
    assert main(["place", "salon a", "claim=alone"]) == 0
    capsys.readouterr()
    assert main(["place", "--json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers[0] == {"place": "desk", "claim": "strict"}
    assert answers[1].items() >= {
        "place": "Salon A", "seats": 180, "directions": "same floor", "claim": "alone",
    }.items()  # fmt: skip


@pytest.mark.parametrize(
    "words, says",
    [
        (["desk", "seats=3"], "The desk has no seats"),
        (["desk", "claim=never"], "Choose one of: alone, ask, strict"),
        (["X", "--add", "colour=red"], "no “colour”"),
        (["X", "--add", "seats=many"], "no whole number"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["place", *words]) == 1
    assert says in capsys.readouterr().err
    assert main(["place"]) == 0
    assert capsys.readouterr().out == "Registration desk · asks the hub\n"


def test_a_change_is_name_equals_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["place", "desk", "strict"]) == 2
    assert "NAME=VALUE" in capsys.readouterr().err
