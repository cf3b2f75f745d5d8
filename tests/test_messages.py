"""Every sentence can be translated: what is handed to `_` is a whole literal, and placeholders have names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "kiosk"


def messages() -> Iterator[tuple[str, ast.expr]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
                texts = node.args[:1] if node.func.id == "_" else node.args[:2]
                for text in texts:
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", text


def test_a_message_is_a_literal() -> None:
    built = [
        where
        for where, text in messages()
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str)) and not where.startswith("i18n.py")
    ]
    assert built == []


def test_placeholders_have_names() -> None:
    unnamed = [
        where
        for where, text in messages()
        if isinstance(text, ast.Constant) and re.search(r"\{\}|\{\d|%[sd]", str(text.value))
    ]
    assert unnamed == []


def test_there_is_something_to_translate() -> None:
    assert sum(1 for _message in messages()) > 200
