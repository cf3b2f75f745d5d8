"""Two stations and a stick, as an organizer works them in a shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.commands.main import main

ROSTER = Path(__file__).parents[2] / "assets" / "sample" / "rosters" / "clean_50.csv"

pytestmark = pytest.mark.timeout(120)


class Shells:
    """Two data folders and what their commands answer."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.stick = folder / "stick.kiosk"

    def run(self, station: str, *words: str, exits: int = 0) -> str:
        """Run a command at a station; answers what it said."""
        code = main(["--data", str(self.folder / station), *words])
        said = self._capsys.readouterr()
        assert code == exits, said.err
        return said.out + said.err

    def ask(self, station: str, *words: str) -> dict[str, object]:
        """The same with an answer for programs."""
        answer: dict[str, object] = json.loads(self.run(station, *words, "--json").splitlines()[-1])
        return answer


@pytest.fixture
def shells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shells:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase for tests")
    monkeypatch.setenv("KIOSK_BUNDLE_PASSPHRASE", "a passphrase for sticks")
    return Shells(tmp_path, capsys)


def test_an_evening_with_two_laptops_and_a_stick(shells: Shells) -> None:
    stick = str(shells.stick)
    shells.run("one", "import", str(ROSTER))
    made = shells.ask("one", "export-bundle", stick)
    refused = shells.run("two", "import-bundle", stick, exits=1)
    assert str(made["code"]) in refused
    assert "Traceback" not in refused
    taken = shells.ask("two", "import-bundle", stick, "--accept", str(made["code"]).replace(" ", ""), "--by", "Ana")
    assert (taken["people"], taken["conflicts"], taken["waiting"]) == (50, 0, 0)
    shells.run("one", "scan", "000001")
    shells.run("two", "scan", "000001")
    shells.run("two", "export-bundle", stick)
    own = shells.ask("two", "stations")["own"]
    assert isinstance(own, dict)
    said = shells.run("one", "import-bundle", stick, "--accept", own["code"])
    assert "1 conflict" in said
    table = shells.folder / "conflicts.csv"
    shells.run("one", "report", "conflicts", "--to", str(table))
    (row,) = table.read_text("utf-8-sig").splitlines()[1:]
    assert row.startswith("open,")
    incident = row.rpartition(",")[2]
    shells.run("one", "settle", incident, "--why", "One badge was copied", "--by", "Ana")
    shells.run("one", "report", "conflicts", "--to", str(table))
    assert table.read_text("utf-8-sig").splitlines()[1].startswith("Ana,")
    assert shells.ask("one", "verify")["ok"] is True
    name = str(own["id"])[:6]
    assert name in shells.run("one", "stations")
    assert name not in shells.run("one", "stations", "--revoke", name)


def test_what_cannot_be_is_said_in_a_sentence(shells: Shells, monkeypatch: pytest.MonkeyPatch) -> None:
    stick = str(shells.stick)
    assert "cannot be read" in shells.run("one", "import-bundle", stick, exits=1)
    shells.run("one", "export-bundle", stick)
    assert "No station called Desk 9" in shells.run("one", "export-bundle", stick, "--for", "Desk 9", exits=1)
    assert "No station that waits" in shells.run("one", "stations", "--accept", "123456", exits=1)
    assert "There is no incident" in shells.run("one", "settle", "x", "--why", "y", "--by", "z", exits=1)
    monkeypatch.setenv("KIOSK_BUNDLE_PASSPHRASE", "another passphrase")
    assert "not the passphrase" in shells.run("two", "import-bundle", stick, exits=1)
    monkeypatch.delenv("KIOSK_BUNDLE_PASSPHRASE")
    assert "KIOSK_BUNDLE_PASSPHRASE" in shells.run("two", "import-bundle", stick, exits=1)
