"""Where the data is kept and what a person may choose."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import config
from kiosk.errors import BadInput


def test_the_option_wins_over_the_environment(tmp_path: Path) -> None:
    environ = {"KIOSK_DATA": str(tmp_path / "environment")}
    assert config.load(tmp_path / "option", environ).data == tmp_path / "option"
    assert config.load(None, environ).data == tmp_path / "environment"


def test_otherwise_the_platform_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = config.load(None, {"KIOSK_DATA": "  "}).data
    assert folder.name == config.APP
    assert folder.is_absolute()


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load(Path("here"), {}).data == tmp_path / "here"


def test_a_tilde_means_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert config.load(None, {"KIOSK_DATA": "~/plecet"}).data == tmp_path / "plecet"


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(BadInput, match="is a file"):
        config.load(tmp_path / "data", {})


@pytest.mark.parametrize("wrong", [{"data": Path("relative")}, {"log_file_bytes": 0}, {"log_files": -1}])
def test_settings_are_checked_once(wrong: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        config.Settings(**{"data": tmp_path, **wrong})  # type: ignore[arg-type]
