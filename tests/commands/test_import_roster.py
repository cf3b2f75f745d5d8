"""`kiosk import` as a script sees it: one object, exit codes, and nothing kept where nothing should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.commands.main import main
from kiosk.config import asset

EVENTBRITE = "eventbrite_attendees_1200.csv"


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase of the tests")


def sample(name: str) -> str:
    return str(asset(f"sample/rosters/{name}"))


def test_dry_run_and_real_run_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for extra in (["--dry-run"], [], []):
        assert main(["import", sample(EVENTBRITE), "--json", *extra]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    dry, real, again = answers
    keys = ("new", "changed", "same", "not_coming", "needs_decision", "skipped")
    assert [dry[key] for key in keys] == [real[key] for key in keys] == [1154, 0, 0, 41, 21, 6]
    assert [again[key] for key in keys] == [0, 0, 1154, 41, 21, 6]
    assert (dry["batch"], again["batch"]) == (None, None)
    assert real["batch"]
    assert real["kinds"]["barcode_in_scientific_notation"] == 3
    assert real["decisions"] == {
        "duplicate_person": 14, "placeholder_person": 4, "barcode_in_scientific_notation": 2, "too_few_fields": 1,
    }  # fmt: skip
    assert len(Path(real["decisions_file"]).read_text(encoding="utf-8-sig").splitlines()) == 22


def test_several_files_tried_out_in_a_row_count_as_when_written(capsys: pytest.CaptureFixture[str]) -> None:
    files = [sample(EVENTBRITE), sample("cvent_like_registrants_850.csv")]
    counted = []
    for extra in (["--dry-run"], []):
        assert main(["import", *files, "--json", *extra]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        counted.append([(line["new"], line["changed"], line["same"], line["needs_decision"]) for line in lines])
    assert counted[0] == counted[1]
    assert counted[0][1] == (249, 7, 508, 19)


def test_accepting_a_kind_and_taking_it_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", sample(EVENTBRITE), "--accept", "placeholder_person", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["new"], answer["needs_decision"]) == (1158, 17)
    assert main(["import", "--undo", answer["batch"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"undone": answer["batch"], "people": 1199}
    assert main(["import", "--undo", answer["batch"]]) == 1
    assert "already" in capsys.readouterr().err


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"PK\x03\x04 nothing")
    assert main(["import", str(bad), str(tmp_path / "nowhere.csv"), sample("clean_50.csv"), "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["new"] == 50
    assert len(captured.err.splitlines()) == 2


def test_columns_mapped_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Wer,Woher,Code\nAnn Ng,Riverbend,000012\n", encoding="utf-8")
    assert main(["import", str(path)]) == 1
    assert "--map" in capsys.readouterr().err
    assert main(["import", str(path), "--map", "Wer=full_name", "--map", "Woher=agency"]) == 0
    out = capsys.readouterr().out
    assert "+ 1 new" in out
    assert "Saved as batch" in out
    assert main(["scan", "000012", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["attendee"]["agency"] == "Riverbend"


@pytest.mark.parametrize(
    "arguments",
    [[], ["--accept", "colour"], ["x.csv", "--undo", "B"], ["x.csv", "--map", "Name"], ["x.csv", "--vanished", "burn"]],
)
def test_wrong_use_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", *arguments]) == 2
    assert capsys.readouterr().err
