"""Which room may import which (docs/architecture.md), read from the source: late imports count like early ones."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "kiosk"

GROUND = {"errors", "i18n", "config", "log"}
"""Modules at the top of the package that every room may stand on."""

ARROWS: dict[str, set[str]] = {
    "domain": set(),
    "files": {"domain"},
    "storage": {"domain"},
    "wire": {"domain"},
    "services": {"domain", "files", "storage", "wire"},
    "ui": {"domain", "services"},  # never storage: a screen asks a service
    "scanning": {"domain", "services"},
    "printing": {"domain", "files", "services", "storage"},
    "hub": {"domain", "services", "storage", "wire"},
    "sync": {"domain", "services", "storage", "wire"},
    # It starts these.
    "commands": {
        "hub",
        "sync",
        "wire",
        "domain",
        "files",
        "storage",
        "services",
        "desk",
        "print_rooms",
        "relay_rooms",
        "start",
        "demo",
        "replay",
        "bench",
    },
}
EVERYWHERE = {"app", "desk", "hub_rooms", "print_rooms", "relay_rooms", "start", "demo", "replay", "bench", "__main__"}
"""Who introduces the rooms to each other, fills them with a sample, or measures them."""
DOMAIN_GROUND = {"errors", "i18n"}
"""What the domain may stand on: it knows no folder and no log."""

QT_ROOMS = {"ui", "printing", "scanning", "app", "start", "demo", "bench"}
SQL_DRIVERS = {"sqlcipher3", "sqlite3", "sqlite_utils", "pysqlite3", "sqlalchemy", "psycopg"}
BELOW_STORAGE = ("kiosk.bench", "kiosk.commands.bench")
"""A benchmark measures the floor that storage stands on, so it may go round it."""
_HUB_SQL = (
    "database",
    "settings",
    "devices",
    "enrolment",
    "feed",
    "fleet",
    "record_tables",
    "pins",
    "records",
    "renewal",
    "retention",
    "taking",
    "runs",
    "claims",
    "page_access",
    "seat_table",
    "seats",
    "proof",
    "vouched",
    "losses",
    "held_back",
    "backup",
)
HUB_SQL = {f"kiosk.hub.{name}" for name in _HUB_SQL}
"""Where the hub asks its database, through SQLAlchemy Core: the same statements on SQLite and PostgreSQL."""
SQL = re.compile(
    r"\s*(select\s.+\sfrom\s|insert\s+(or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|delete\s+from\s|create\s+(virtual\s+)?table\s"
    r"|drop\s+table\s|pragma\s+\w+|begin\s+immediate|attach\s+database)",
    re.IGNORECASE | re.DOTALL,
)

LATE: dict[str, str] = {
    "PIL": "badges only",
    "PySide6": "the shell works without Qt; sound, camera and printing come after the first window",
    "charset_normalizer": "imports only",
    "cryptography": "the window can be painted before the first record is signed",
    "defusedxml": "imports only",
    "escpos": "half a second, and it takes over the root logger",
    "msgspec": "only where stations meet",
    "keyring": "asks the desktop's services",
    "platformdirs": "only where no folder is named",
    "python_calamine": "imports only",
    "qrcode": "badges and invitations only",
    "rich": "only on a terminal",
    "serial": "serial scanners and printers only",
    "sqlcipher3": "the window can be painted before the store is open",
    "sqlite_utils": "a quarter of a second, and only migrations and imports need it",
    "xlsxwriter": "reports as spreadsheets only",
    "zstandard": "only where stations meet",
    "zeroconf": "only while somebody looks for printers, or stations for each other",
    "zxingcpp": "camera only",
}
"""Libraries that may be imported inside a function, each with why it is not needed at the start."""


@dataclass(frozen=True)
class Import:
    """One import statement: who, what, where, and whether it waits inside a function."""

    module: str
    target: str
    line: int
    late: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"

    @property
    def room(self) -> str:
        return room_of(self.module)


def room_of(module: str) -> str:
    """`kiosk.ui.widgets.tile` lives in `ui`; `kiosk.errors` is a room of its own, `kiosk` none."""
    return [*module.split("."), ""][1]


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports_in(module: str, source: str) -> Iterator[Import]:
    def visit(node: ast.AST, late: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            inside = late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            if isinstance(child, ast.Import):
                yield from (Import(module, alias.name, child.lineno, late) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{module}:{child.lineno}: relative import"
                for alias in child.names:
                    whole = f"{child.module}.{alias.name}"
                    yield Import(module, whole if whole in MODULES else str(child.module), child.lineno, late)
            yield from visit(child, inside)

    return visit(ast.parse(source), late=False)


def all_imports() -> list[Import]:
    return [i for module, path in MODULES.items() for i in imports_in(module, path.read_text(encoding="utf-8"))]


IMPORTS = all_imports()
OURS = [i for i in IMPORTS if i.target.split(".")[0] == "kiosk"]
FOREIGN = [i for i in IMPORTS if i.target.split(".")[0] not in ("kiosk", *sys.stdlib_module_names)]


def allowed(room: str, target: str) -> bool:
    """Whether code in this room may import that room."""
    if room == target or room in EVERYWHERE:
        return True
    if room == "domain":
        return target in DOMAIN_GROUND
    if room in GROUND:
        return target in GROUND or target == "domain"
    return target in GROUND or target == "" or target in ARROWS.get(room, set())


def test_imports_follow_the_arrows() -> None:
    assert [str(i) for i in OURS if not allowed(i.room, room_of(i.target))] == []


def test_every_room_is_on_the_map() -> None:
    rooms = {room_of(module) for module in MODULES} - {""}
    assert rooms <= set(ARROWS) | GROUND | EVERYWHERE


def test_domain_needs_only_the_standard_library() -> None:
    assert [str(i) for i in FOREIGN if i.room == "domain"] == []


@pytest.mark.parametrize("name", ["datetime.now", "time.time", "time.monotonic", "random.", "secrets.", "os.", "open("])
def test_domain_asks_neither_clock_nor_chance_nor_disk(name: str) -> None:
    call = re.compile(r"(?<![\w.])(?<!def )" + re.escape(name))
    found = [
        f"{module}:{number}"
        for module, path in MODULES.items()
        if room_of(module) == "domain"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if call.search(line.split("#")[0])
    ]
    assert found == []


def test_qt_stays_in_its_rooms() -> None:
    assert [str(i) for i in FOREIGN if i.target.startswith(("PySide6", "shiboken6")) and i.room not in QT_ROOMS] == []


def test_only_storage_knows_the_database() -> None:
    drivers = [i for i in IMPORTS if i.target.split(".")[0] in SQL_DRIVERS]
    others = [i for i in drivers if i.room != "storage" and i.module not in HUB_SQL]
    assert [str(i) for i in others if not i.module.startswith(BELOW_STORAGE)] == []


def test_only_storage_speaks_sql() -> None:
    found = []
    for module, path in MODULES.items():
        if room_of(module) == "storage" or module in HUB_SQL or module.startswith(BELOW_STORAGE):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
                found.append(f"{module}:{node.lineno} {node.value[:40]!r}")
            if isinstance(node, ast.Attribute) and node.attr in ("execute", "executemany", "executescript"):
                found.append(f"{module}:{node.lineno} .{node.attr}")
    assert found == []


def test_no_circles_not_even_through_late_imports() -> None:
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for i in OURS:
        graph[i.module].add(i.target)
    # A package's own __init__ is imported before its modules; that is no circle of ours.
    graph = {module: {t for t in targets if not module.startswith(t + ".")} for module, targets in graph.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("these import each other: " + " → ".join(error.args[1]))


def test_late_imports_are_the_listed_ones() -> None:
    late = [i for i in FOREIGN if i.late]
    assert [str(i) for i in late if i.target.split(".")[0] not in LATE] == []


def test_the_reader_of_imports_sees_them_all() -> None:
    source = "import a.b\ndef f():\n    from c import d\nif x:\n    from kiosk import errors\nclass K:\n    import e\n"
    seen = [(i.target, i.late) for i in imports_in("kiosk.domain.x", source)]
    assert seen == [("a.b", False), ("c", True), ("kiosk.errors", False), ("e", False)]


@pytest.mark.parametrize(
    "room, target, answer",
    [
        ("ui", "services", True),
        ("ui", "storage", False),
        ("ui", "printing", False),
        ("domain", "services", False),
        ("domain", "i18n", True),
        ("domain", "config", False),
        ("services", "ui", False),
        ("storage", "services", False),
        ("commands", "storage", True),
        ("errors", "services", False),
        ("commands", "ui", False),
        ("app", "ui", True),
    ],
)
def test_the_map(room: str, target: str, answer: bool) -> None:
    assert allowed(room, target) is answer
