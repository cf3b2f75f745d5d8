"""`kiosk enrol` as a script sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.commands.main import main
from kiosk.config import asset
from tests.files.test_programme import SAMPLES, sample

KEYS = ("new", "changed", "same", "gone", "skipped", "needs_decision")


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase of the tests")


def test_the_sample_s_own_lists(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cvent = str(asset("sample/rosters/cvent_like_registrants_850.csv"))
    assert main(["enrol", cvent, "--json"]) == 1
    assert "no programme yet" in capsys.readouterr().err
    assert main(["import", cvent, "--json"]) == 0
    assert main(["programme", str(sample(SAMPLES[0])), "--json"]) == 0
    capsys.readouterr()
    answers = []
    for extra in (["--dry-run"], [], []):
        assert main(["enrol", cvent, "--json", *extra]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    first, real, again = ([answer[key] for key in KEYS] for answer in answers)
    assert first == real
    assert real[0] == again[2] > 6000
    assert again[:2] == [0, 0]
    assert real[5] == again[5] < 20
    assert main(["programme", "--enrolled", "HP1A", "--json"]) == 0
    people = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(people) > 50
    assert main(["programme", "--agenda", "000601"]) == 0
    assert capsys.readouterr().out.count("\n  ") == 8
    assert main(["programme", "--agenda", "000601", "--export", str(tmp_path / "me.ics"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sessions"] == 8
    assert main(["report", "agenda", "--attendee", "000601", "--to", str(tmp_path / "me.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 8
    assert main(["programme", "--agenda", "NOBODY"]) == 1
    assert "Nobody on the roster" in capsys.readouterr().err
    assert main(["enrol", "--undo", answers[1]["batch"], "--json"]) == 0
    assert main(["programme", "--enrolled", "HP1A"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_wrong_use(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["enrol"]) == 2
    assert main(["enrol", "--undo", "NONE"]) == 1
    assert "could be taken back" in capsys.readouterr().err
    assert main(["enrol", str(tmp_path / "none.csv")]) == 1
