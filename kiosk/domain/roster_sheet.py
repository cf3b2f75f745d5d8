"""A foreign table as it lies in its file: rows of text, and what else the file says about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Cell: TypeAlias = tuple[int, int]
"""Row from 1, column from 0."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. Row numbers everywhere count records from 1, as the spreadsheet's own margin does."""

    name: str
    rows: Sequence[Sequence[str]]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    """Rows somebody filtered out or hid."""
    struck: frozenset[Cell] = frozenset()
    """Cells whose text is struck through."""
    padded: Mapping[Cell, str] = field(default_factory=dict)
    """Numbers the file only shows with zeros in front, by cell: the number as it is stored.

    `rows` hold it as it is shown.
    """
    uncalculated: Mapping[int, int] = field(default_factory=dict)
    """Columns with formulas nobody ever calculated, and the first such row in each; their cells read as empty."""


@dataclass(frozen=True, slots=True)
class Book:
    """One file: what it is, and its tables."""

    name: str
    format: str
    """csv, tsv, xlsx, xls or ods: what the content is, whatever the file's ending says."""
    sheets: tuple[Sheet, ...]
    encoding: str = ""
    delimiter: str = ""
