"""`kiosk programme` as a script sees it: counts, exit codes, and nothing kept where nothing should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.commands.main import main
from tests.files.test_programme import SAMPLES, sample


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase of the tests")


KEYS = ("new", "changed", "same", "gone", "skipped", "needs_decision")


def test_dry_run_real_run_and_again(capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for extra in (["--dry-run"], [], []):
        assert main(["programme", str(sample(SAMPLES[0])), "--json", *extra]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert [[answer[key] for key in KEYS] for answer in answers] == [
        [87, 0, 0, 0, 0, 0], [87, 0, 0, 0, 0, 0], [0, 0, 87, 0, 0, 0],
    ]  # fmt: skip
    assert [bool(answer["batch"]) for answer in answers] == [False, True, False]
    assert main(["import", "--undo", answers[1]["batch"]]) == 1
    assert "There is no import" in capsys.readouterr().err
    assert main(["programme", "--undo", answers[1]["batch"]]) == 0
    capsys.readouterr()
    assert main(["programme"]) == 0
    assert "no programme yet" in capsys.readouterr().out


def test_what_needs_a_decision_is_written_down(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    decisions = tmp_path / "decide.csv"
    assert main(["programme", str(sample("tricky.ics")), "--decisions", str(decisions)]) == 0
    out = capsys.readouterr().out
    assert "+ 8 new" in out
    assert "line 57: Ends before it starts: 3:00 – 2:00 PM" in out
    assert "backwards" in decisions.read_text("utf-8-sig")


def test_a_session_moves(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["programme", str(sample(SAMPLES[0]))]) == 0
    capsys.readouterr()
    words = ["room=ballroom salon b", "start=9:00 AM"]
    assert main(["programme", "--change", "hp1a", *words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["room"], answer["start"]) == ("Ballroom Salon B", "2023-05-04T13:00:00+00:00")
    assert main(["programme", "--change", "HP1A", "room=Salon"]) == 1
    assert "Did you mean: Ballroom Salon" in capsys.readouterr().err
    assert main(["programme", "--change", "NONE", "room=Salon"]) == 1
    assert "no session NONE" in capsys.readouterr().err
    assert main(["programme", "--change", "HP1A", "room"]) == 2
    assert main(["programme", "--change", "HP1A"]) == 2
    assert main(["programme", "--undo", "x", "--export", "y.ics"]) == 2


def test_a_session_that_was_not_in_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["title=Overflow", "start=2023-05-04 8:30 AM", "end=9:45 AM"]
    assert main(["programme", "--add", "HP1X", *words, "hours=1.25", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["code"], answer["start"], answer["credit"]["credit_min"]) == (
        "HP1X",
        "2023-05-04T12:30:00+00:00",
        75,
    )
    assert main(["programme", "--add", "hp1x", *words]) == 1
    assert "already called" in capsys.readouterr().err
    assert main(["programme", "--add", "HP1Y", "title=Overflow"]) == 1
    assert "start and an end" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["out.ics", "out.json"])
def test_what_goes_out_comes_in_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str) -> None:
    assert main(["programme", str(sample(SAMPLES[0])), "--json"]) == 0
    assert main(["programme", "--export", str(tmp_path / name), "--json"]) == 0
    assert main(["programme", str(tmp_path / name), "--dry-run", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[1]["sessions"] == lines[2]["same"] == 87


def test_files_that_cannot_be_read_do_not_stop_the_others(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["programme", str(tmp_path / "none.json"), str(sample(SAMPLES[2])), "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["new"] == 87
    assert "There is no file" in captured.err
    assert main(["programme", "--export", str(tmp_path / "x.doc")]) == 1
    assert ".ics" in capsys.readouterr().err
