"""The numbers of the dashboard for an organizer's other systems: a file that is written again and again. No names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kiosk.domain import dashboard_json
from kiosk.domain.dashboard import Dashboard
from kiosk.domain.papers import Table
from kiosk.errors import BadInput
from kiosk.files.write import whole, write_csv
from kiosk.i18n import _

FORMS = (".json", ".csv")


def counts(board: Dashboard) -> dict[str, Any]:
    """What other systems are told: headline numbers, rooms, arrivals, and how many things want somebody."""
    headers, rows = board.arrivals.rows()
    numbers = dashboard_json.numbers(board)
    return {
        "format": "kiosk figures 1",
        "at": board.at.isoformat(),
        "phase": board.phase.value,
        "headlines": numbers["headlines"],
        "rooms": [{"name": bar.name, "inside": bar.value, "capacity": bar.of} for bar in board.rooms.bars],
        "arrivals": {"headers": headers, "rows": rows},
        "alarms": len(board.alarms),
    }


def check_file(file: Path) -> None:
    """Raises BadInput for a file that is neither JSON nor CSV."""
    if file.suffix.lower() not in FORMS:
        raise BadInput(_("{file}: the numbers are written as .json or .csv.").format(file=file.name))


def write_counts(board: Dashboard, file: Path) -> None:
    """Write the file anew; whoever reads it meanwhile has the old one or the new one, whole. Raises BadInput."""
    check_file(file)
    if file.suffix.lower() == ".csv":
        rows = [("at", board.at.isoformat(), ""), ("phase", board.phase.value, "")]
        rows += [(each.key, each.value.replace(",", ""), each.base) for each in board.headlines]
        rows += [(f"room {bar.name}", f"{bar.value}", f"{bar.of or ''}") for bar in board.rooms.bars]
        write_csv(Table("", ("name", "value", "of"), tuple(rows)), file)
        return
    with whole(file) as part:
        part.write_text(json.dumps(counts(board), ensure_ascii=False, indent=1), encoding="utf-8")
