"""What a benchmark answers with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: name, value and unit; the floor measured beside it, their ratio; the limit, in words."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    limit: str = ""
