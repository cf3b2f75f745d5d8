"""What pages are made of: boxes of a known height, in dots of a page that has 600 to the inch whatever draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QPainter

DPI = 600
MM = DPI / 25.4
PT = DPI / 72
GREY, RULE = "#55606b", "#9aa3ad"


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of a page: how high it is, and how it is drawn with its upper left corner somewhere."""

    height: float
    paint: Callable[[QPainter, float, float], None]
    above: float = 0.0
    keep: bool = False
    """Whether it stands on one page with the box after it: a heading."""
    repeat: Box | None = None
    """What is drawn again where this box begins a page: the headers of its table."""
