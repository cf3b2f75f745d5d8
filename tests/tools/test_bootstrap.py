"""The first minute on a strange computer: what is missing is installed or named, and done once."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "tools" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, at home in an empty clone; nothing it starts is real unless a test says so."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "tools").mkdir()
    (tmp_path / ".venv").mkdir()
    for name in ("pyproject.toml", "constraints.txt", "tools/bootstrap.py"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(module, "HOME", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "VENV_PYTHON", sys.executable)
    monkeypatch.setattr(module, "make_venv", lambda: None)
    monkeypatch.setattr(module.time, "sleep", lambda _seconds: None)
    monkeypatch.chdir(tmp_path)
    return module


def pip_that_says(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, *answers: tuple[int, str]) -> list[list[str]]:
    calls: list[list[str]] = []
    left = list(answers)

    def answer(command: list[str]) -> tuple[int, str]:
        calls.append(command)
        return left.pop(0)

    monkeypatch.setattr(bootstrap, "call_and_listen", answer)
    return calls


def test_help_names_every_task(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main([]) == 0
    out = capsys.readouterr().out
    for task in ("run", "test", "check", "build", "screenshots", "bench", "soak", "clean", "help"):
        assert f"make {task} " in out


def test_an_unknown_task_is_wrong_use(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["fly"]) == 2
    assert "fly" in capsys.readouterr().err


def test_what_is_installed_is_not_installed_again(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = pip_that_says(bootstrap, monkeypatch, (0, ""), (0, ""))
    monkeypatch.setattr(bootstrap, "system_libraries", lambda _media: None)
    bootstrap.install("dev")
    bootstrap.install("dev")
    assert len(calls) == 1
    assert ".[dev]" in calls[0]
    (bootstrap.HOME / "constraints.txt").write_text("newer")
    bootstrap.install("dev")
    assert len(calls) == 2


def test_a_stumbling_network_is_tried_again(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = pip_that_says(bootstrap, monkeypatch, (1, "ReadTimeoutError: Read timed out."), (0, ""))
    bootstrap.pip("install", "x")
    assert len(calls) == 2


def test_no_network_is_one_sentence(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    offline = (1, "Failed to establish a new connection: Temporary failure in name resolution")
    calls = pip_that_says(bootstrap, monkeypatch, *[offline] * 3)
    with pytest.raises(bootstrap.Trouble, match="internet"):
        bootstrap.pip("install", "x")
    assert len(calls) == 3


def test_another_trouble_is_not_blamed_on_the_network(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = pip_that_says(bootstrap, monkeypatch, (1, "ERROR: No matching distribution found for x"))
    with pytest.raises(bootstrap.Trouble, match="pip says why"):
        bootstrap.pip("install", "x")
    assert len(calls) == 1


def test_missing_libraries_are_named_with_the_command(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        bootstrap, "missing_libraries", lambda _media: ["libEGL.so.1", "libodd.so.7", "libxcb-cursor.so.0"]
    )
    monkeypatch.setattr(bootstrap, "apt_install", lambda _packages: False)
    monkeypatch.setattr(bootstrap, "qt_starts", lambda: False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/usr/bin/dnf" if name == "dnf" else None)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(bootstrap.Trouble) as trouble:
        bootstrap.system_libraries(media=False)
    text = str(trouble.value)
    assert "sudo dnf install libglvnd-egl xcb-util-cursor" in text
    assert "libodd.so.7" in text


def test_tests_go_on_where_only_the_window_is_missing(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "missing_libraries", lambda _media: ["libxcb-cursor.so.0"])
    monkeypatch.setattr(bootstrap, "apt_install", lambda _packages: False)
    monkeypatch.setattr(bootstrap, "qt_starts", lambda: True)
    monkeypatch.setattr(sys, "platform", "linux")
    bootstrap.system_libraries(media=False)
    assert "libxcb-cursor.so.0" in capsys.readouterr().out


@pytest.mark.parametrize("there, may, said", [(True, False, False), (False, True, False), (False, False, True)])
def test_a_missing_postgresql_is_installed_or_named(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    there: bool,
    may: bool,
    said: bool,
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: "/usr/bin/initdb" if there else None)
    monkeypatch.setattr(bootstrap, "Path", lambda _folder: bootstrap.HOME)
    monkeypatch.setattr(bootstrap, "apt_install", lambda packages: asked.append(packages) or may)
    bootstrap.postgresql()
    assert asked == ([] if there else [["postgresql"]])
    assert ("apt-get install postgresql" in capsys.readouterr().out) is said


def test_what_ldd_misses_is_found(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = "\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibEGL.so.1 => not found\n\tlibEGL.so.1 => not found\n"
    monkeypatch.setattr(bootstrap, "call_and_read", lambda _command: (0, answer))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: "/usr/bin/ldd")
    assert bootstrap.missing_libraries(media=True) == ["libEGL.so.1"]


@pytest.mark.parametrize("display, said, asked", [(False, True, "--offscreen-check"), (True, False, None)])
def test_run_without_a_display_says_so(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    display: bool,
    said: bool,
    asked: str | None,
) -> None:
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(bootstrap, "install", lambda *_extras: None)
    monkeypatch.setattr(bootstrap, "display", lambda: display)
    monkeypatch.setattr(bootstrap, "python", lambda *arguments, **_more: calls.append(arguments) or 0)
    assert bootstrap.run([]) == 0
    assert calls == [("-m", "kiosk", "demo", *([asked] if asked else []))]
    assert ("no display" in capsys.readouterr().out) is said


def test_a_display_variable_that_leads_nowhere_is_no_display(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM")
    assert bootstrap.display() is False
    monkeypatch.delenv("DISPLAY")
    assert bootstrap.display() is False


def test_an_old_python_looks_for_a_newer_one(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/opt/python3.13" if name == "python3.13" else None)
    monkeypatch.setattr(bootstrap, "quiet", lambda _command: True)
    calls: list[list[str]] = []
    monkeypatch.setattr(subprocess, "call", lambda command: calls.append(command) or 0)
    assert bootstrap.run_with_newer_python(["test"]) == 0
    assert (calls[0][0], calls[0][-1]) == ("/opt/python3.13", "test")
    monkeypatch.setattr(bootstrap, "quiet", lambda _command: False)
    assert bootstrap.run_with_newer_python(["test"]) == 1
    assert "Python 3.11 or newer" in capsys.readouterr().err


def test_the_script_can_be_read_by_an_old_python() -> None:
    compile(SCRIPT.read_text(encoding="utf-8"), str(SCRIPT), "exec")
    import ast

    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))
