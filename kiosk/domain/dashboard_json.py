"""The dashboard for a page: numbers that change with every scan, and charts that may lag behind them by seconds."""

from __future__ import annotations

from typing import Any

from kiosk.domain.charts import Look, bars_svg, columns_svg
from kiosk.domain.dashboard import Dashboard
from kiosk.domain.papers import Table

WIDTHS = {"narrow": (356, 230), "wide": (980, 280)}
"""For a phone and for everything larger: width and height of the arrivals, in CSS pixels."""

PAGE_LOOK = Look(
    text="var(--text)",
    muted="var(--muted)",
    line="var(--line)",
    surface="var(--surface)",
    series=tuple(f"var(--series-{n})" for n in range(1, 7)),
    family="inherit",
    size_px=14,
)
"""Colours are the style sheet's, so that the page can be dark."""


def numbers(dashboard: Dashboard) -> dict[str, Any]:
    """What is read first. Times are seconds since 1970 UTC, or words in the conference's zone."""
    return {
        "at": int(dashboard.at.timestamp()),
        "phase": dashboard.phase.value,
        "words": " ".join(words for words in (dashboard.phase_words, dashboard.corrected) if words),
        "headlines": [
            {"key": each.key, "title": each.title, "value": each.value, "base": each.base, "warn": each.warn}
            for each in dashboard.headlines
        ],
        "alarms": [
            {
                "who": alarm.who,
                "what": alarm.what,
                "todo": alarm.todo,
                "since": int(alarm.since.timestamp()) if alarm.since else None,
            }
            for alarm in dashboard.alarms
        ],
        "courses": dashboard.courses,
        "stations": {"headers": dashboard.station_headers, "rows": dashboard.stations},
    }


def fleet(stations: Table) -> dict[str, Any]:
    """How every station is."""
    return {"headers": stations.headers, "rows": stations.rows}


def charts(dashboard: Dashboard, size: str = "wide") -> dict[str, Any]:
    """The charts, each with the table behind it. Raises KeyError for a size there is not."""
    width, height = WIDTHS[size]
    headers, rows = dashboard.arrivals.rows()
    half = width if size == "narrow" else width // 2
    return {
        "arrivals": {
            "svg": columns_svg(dashboard.arrivals, width, height, PAGE_LOOK),
            "headers": headers,
            "rows": rows,
        },
        "rooms": {"title": dashboard.rooms_title, "svg": bars_svg(dashboard.rooms, half, PAGE_LOOK)},
        "groups": [{"title": group.title, "svg": bars_svg(group.bars, half, PAGE_LOOK)} for group in dashboard.groups],
    }
