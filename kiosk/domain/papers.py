"""What a report is before anybody draws it: tables of text, and sheets of paper made of blocks. No fonts, no pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Table:
    """A list: a title, headers, and rows of text."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, str], ...] = ()
    """What stands above it on paper and on the screen: a name and its value."""
    numbers: frozenset[int] = frozenset()
    """Columns of figures: set to the right, and figures in a spreadsheet too."""
    group: int | None = None
    """On paper each value of this column has a heading of its own; rows are in the order of it."""
    of_people: bool = True
    """Whether a row is a person, so that the heading of a group says how many there are."""
    to_write: tuple[str, ...] = ()
    """Columns that are empty on paper, for a pen: a signature."""


class Align(StrEnum):
    """Where a line of text stands; START is where its script begins."""

    START = "start"
    CENTER = "center"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    words: str
    size_pt: int = 11
    bold: bool = False
    align: Align = Align.START
    above_mm: int = 2


@dataclass(frozen=True, slots=True)
class Fields:
    """Names and values, one below the other in so many columns."""

    rows: tuple[tuple[str, str], ...]
    columns: int = 1
    above_mm: int = 4


@dataclass(frozen=True, slots=True)
class Grid:
    """A table within a sheet; it may go on over several pages."""

    table: Table
    above_mm: int = 4


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign on, each with what stands below it."""

    labels: tuple[str, ...]
    above_mm: int = 14


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as wide as the page."""

    svg: str
    shape: float
    """Its height over its width."""
    above_mm: int = 3


Block = Text | Fields | Grid | Signatures | Picture


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document: a certificate, a transcript. It begins on a page of its own."""

    title: str
    blocks: tuple[Block, ...]
    landscape: bool = False
    border: bool = False
    file_name: str = ""
    """What its own file is called, without an ending; never with a name of somebody in it."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """Many sheets, made as they are drawn."""

    title: str
    sheets: Iterable[Sheet]
    count: int


Document = Table | Sheets


@dataclass(frozen=True, slots=True)
class Imprint:
    """What stands at the foot of every page."""

    conference: str
    made: str
    """When it was made, with the zone, and where."""
    mark: str = ""
    """What stands across the top of every page: that the data are made up."""


class PaperSize(StrEnum):
    """Sheets people print on."""

    LETTER = "letter"
    A4 = "a4"
