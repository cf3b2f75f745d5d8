"""The project file, the pins and the licence agree with each other and with what the program imports."""

from __future__ import annotations

import ast
import gc
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from kiosk import __version__, config

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOT_IMPORTED = {"tzdata", "uvloop", "httptools", "psycopg"}
"""Data that the standard library picks up by itself; what uvicorn and SQLAlchemy import for us."""
COMES_ALONG = {"shiboken6"}
"""Part of PySide6, which asks for the very version it was made with."""


def requirements() -> list[Requirement]:
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in [*PROJECT["dependencies"], *extras]]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def test_constraints_are_plain_pins_without_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []
    assert "//" not in "".join(lines)


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_each_requirement_is_pinned_within_its_bounds(requirement: Requirement) -> None:
    version = pins()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version), f"{requirement} but {version} is pinned"


def test_each_requirement_is_explained_and_no_other() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Za-z0-9-]+) \| [^|]{4,} \| [^|]+ \|$", page, re.M)
    assert set(rows) - {"name"} == {requirement.name for requirement in requirements()}


def test_pyside_without_the_release_that_kills_python_3_11() -> None:
    for requirement in requirements():
        applies = requirement.marker is None or requirement.marker.evaluate({"python_version": "3.11"})
        if requirement.name.startswith("PySide6") and applies:
            assert not requirement.specifier.contains("6.12.0")


def imported_libraries() -> set[str]:
    top = set()
    for path in (ROOT / "kiosk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                top |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                top.add(node.module.split(".")[0])
    return top - set(sys.stdlib_module_names) - {"kiosk", *COMES_ALONG}


def declared() -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}


def test_what_is_imported_is_declared() -> None:
    providers = importlib.metadata.packages_distributions()
    for library in sorted(imported_libraries()):
        names = {canonicalize_name(name) for name in providers[library]}
        assert names & declared(), f"kiosk imports {library}, which pyproject.toml does not ask for"


def test_what_is_declared_is_imported() -> None:
    providers = importlib.metadata.packages_distributions()
    used = {canonicalize_name(name) for library in imported_libraries() for name in providers[library]}
    assert declared() - used - NOT_IMPORTED == set()


def test_the_licence_is_the_one_that_is_named() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_program_says_the_version_it_is_packed_as() -> None:
    assert __version__ == PROJECT["version"]


def test_the_changelog_knows_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {PROJECT['version']}" in changelog


def test_assets_are_found_packed_installed_and_in_the_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.assets() == ROOT / "assets"
    packed = tmp_path / "kiosk" / "_assets"
    packed.mkdir(parents=True)
    (packed / "kiosk.svg").write_text("<svg/>")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert config.asset("kiosk.svg") == packed / "kiosk.svg"
    monkeypatch.setattr(config, "__file__", str(tmp_path / "kiosk" / "config.py"))
    monkeypatch.delattr(sys, "_MEIPASS")
    assert config.asset("kiosk.svg") == packed / "kiosk.svg"


def test_a_missing_asset_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no/such\.svg"):
        config.asset("no/such.svg")


class Emitter(QObject):
    said = Signal(object)


def void_calls() -> Iterator[tuple[str, Callable[[], object]]]:
    label, edit, image, emitter = QLabel(), QLineEdit(), QImage(8, 8, QImage.Format.Format_Grayscale8), Emitter()
    emitter.said.connect(lambda _value: None)
    yield "QLabel.setText", lambda: label.setText("x")
    yield "QLineEdit.clear", edit.clear
    yield "QImage.fill", lambda: image.fill(0)
    yield "Signal.emit", lambda: emitter.said.emit(None)


def test_qt_calls_do_not_eat_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 takes a reference to None at every call that returns nothing; Python 3.11 aborts in the end."""
    calls = 500
    for name, call in void_calls():
        call()
        gc.collect()
        before = sys.getrefcount(None)
        for _ in range(calls):
            call()
        gc.collect()
        assert sys.getrefcount(None) - before > -calls // 5, name
