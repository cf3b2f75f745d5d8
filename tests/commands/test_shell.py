"""The shell as a set-up script uses it: real files, a real store, exit codes, one answer a line."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.commands.main import main

ROSTER = Path(__file__).parents[2] / "assets" / "sample" / "rosters" / "clean_50.csv"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "station"
    monkeypatch.setenv("KIOSK_DATA", str(folder))
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase for tests")
    return folder


@pytest.fixture
def filled(data: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["import", str(ROSTER)]) == 0
    capsys.readouterr()
    return data


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_scan_answers_as_the_contract_says(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "000001", "--json", "--time", "2023-05-03T15:31:04-04:00"]) == 0
    (answer,) = lines(capsys)
    assert answer["verdict"] == "admitted"
    assert answer["reason"] == "ok"
    assert answer["place"] == "desk"
    assert answer["at"] == "2023-05-03T19:31:04Z"
    assert answer["first"] is None
    assert answer["basis"] == {"hub_age_s": None}
    person = answer["attendee"]
    assert isinstance(person, dict)
    assert (person["name"], person["agency"]) == ("Jessica Mack", "St. Brigid's Outreach Ministry")
    log, _, seq = str(answer["record"]).rpartition(":")
    assert (len(log), int(seq) > 0) == (26, True)


def test_already_names_time_and_place(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", "000001", "--time", "2023-05-03T19:31:04Z"])
    capsys.readouterr()
    assert main(["scan", "000001", "--json", "--time", "2023-05-03T19:41:00Z"]) == 0
    (answer,) = lines(capsys)
    assert answer["verdict"] == "already"
    assert isinstance(answer["first"], dict)
    assert answer["first"]["at"] == "2023-05-03T19:31:04Z"


def test_codes_come_from_standard_input_a_card_counts_as_one(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = "BEGIN:VCARD\nFN:Amber Barnes\nUID:000002\nEND:VCARD\n"
    stream = io.TextIOWrapper(io.BytesIO(f"000001\n\n{card}nothing\n".encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["scan", "--json"]) == 1
    assert [answer["verdict"] for answer in lines(capsys)] == ["admitted", "admitted", "unknown"]


def test_an_unknown_code_says_what_it_looks_like_and_exits_1(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "https://example.org/lunch-menu"]) == 1
    assert "web address" in capsys.readouterr().out


def test_find_tells_who_is_in(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", "000001"])
    capsys.readouterr()
    assert main(["find", "mack jess", "--json"]) == 0
    found = lines(capsys)[0]
    assert (found["name"], bool(found["checked_in"])) == ("Jessica Mack", True)
    assert "jessica.mack0@" not in json.dumps(found)
    assert main(["find", "zzzzzz"]) == 1


def test_reports_are_files_a_spreadsheet_opens_as_text(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["scan", "000001", "nothing", "--time", "2023-05-03T19:31:04Z"])
    for name, rows in (("attendance", 50), ("arrivals", 1), ("refused", 1)):
        file = tmp_path / f"{name}.csv"
        assert main(["report", name, "--to", str(file)]) == 0
        table = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
        assert len(table) == rows + 1
    attendance = (tmp_path / "attendance.csv").read_text("utf-8-sig")
    assert "2023-05-03 15:31:04 EDT" in attendance
    assert main(["report", "gossip", "--to", str(tmp_path / "x.csv")]) == 1
    assert main(["report", "arrivals", "--to", str(tmp_path / "nowhere" / "x.csv")]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1"])
def test_no_cell_of_a_report_is_a_formula(cell: str) -> None:
    from kiosk.files.write import harmless

    assert harmless(cell) == "'" + cell
    assert harmless("O'Brien") == "O'Brien"


def test_verify_proves_and_notices(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", "000001"])
    capsys.readouterr()
    assert main(["verify", "--json"]) == 0
    (answer,) = lines(capsys)
    assert answer["ok"] is True
    assert answer["records"] == 6  # open, the import and its name, open again, the admission, the wish for a badge


def test_wrong_use_is_2_and_trouble_is_1(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["scan", "--nonsense"]) == 2
    assert main(["frobnicate"]) == 2
    assert main(["scan", "000001", "--time", "noon"]) == 1
    assert main(["scan", "000001", "--at", "ballroom"]) == 1
    monkeypatch.setenv("KIOSK_PASSPHRASE", "another passphrase")
    assert main(["scan", "000001"]) == 1
    assert "not the passphrase" in capsys.readouterr().err


@pytest.mark.expect_log
def test_what_nobody_expected_is_a_sentence_and_its_trace_is_in_the_log(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.services.check_in.CheckIn.present", lambda *_: 1 // 0)
    assert main(["scan", "000001"]) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "Traceback" not in said
    assert "ZeroDivisionError" in (filled / "kiosk.log").read_text("utf-8")


def test_the_data_folder_may_stand_behind_the_command(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "elsewhere"
    assert main(["import", str(ROSTER), "--data", str(folder)]) == 0
    assert (folder / "journal.db").exists()
    assert not data.exists()


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    from kiosk.commands.main import _COMMANDS

    assert main(["--help"]) == 0
    overview = capsys.readouterr().out
    for name in _COMMANDS:
        assert name in overview
        assert main([name, "--help"]) == 0
        assert "Usage: kiosk" in capsys.readouterr().out


def test_answers_are_sent_as_they_are_decided(filled: Path) -> None:
    """A program that writes a code and waits for the answer gets it, before it writes the next."""
    command = [sys.executable, "-m", "kiosk", "scan", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for code, verdict in (("000001", "admitted"), ("nothing", "unknown"), ("000002", "admitted")):
            process.stdin.write(code + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["verdict"] == verdict
        process.stdin.close()
        assert process.wait(20) == 1


def test_the_conference_is_said_and_changed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conference", "--title", "PLECET 2023", "--year", "2023", "--zone", "America/Chicago"]) == 0
    assert "Conference: PLECET 2023\n" in capsys.readouterr().out
    assert main(["conference", "--zone", "Mars/Olympus"]) == 1
    assert "Mars/Olympus is not known" in capsys.readouterr().err
    assert main(["conference", "--json"]) == 0
    (told,) = lines(capsys)
    assert (told["title"], told["year"], told["zone"]) == ("PLECET 2023", "2023", "America/Chicago")


def test_a_station_that_is_alone_lets_go_of_names(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", "000001"])
    capsys.readouterr()
    assert main(["purge", "--yes"]) == 0
    out = capsys.readouterr().out
    assert "50 personal values were removed" in out or "51 personal values were removed" in out
    assert "The conference is over" in out
    assert main(["find", "Mack"]) == 1
    capsys.readouterr()
    assert main(["verify"]) == 0
    assert "0 personal values: all good" in capsys.readouterr().out
