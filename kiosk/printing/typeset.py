"""Words into outlines, and outlines into boxes: how large a text can be, and where its lines break.

A line is shaped once, at `EM` pixels, by Qt (direction, joining, marks); from then on it is a set of outlines that
scale exactly. So fitting is arithmetic on measured widths, never a guess by the number of letters, and every platform
gets the same answer.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QTextCharFormat, QTextLayout, QTextOption

from kiosk.printing.fonts import CAP, EM, Typeface

LEADING = 1.12
"""Distance of two baselines in ems: tight, as suits two lines of a name."""

BREAK_GAIN = 1.2
"""A second line must make the letters this much larger, or one line looks better."""

_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class ShapedLine:
    """One line as outlines: the origin is the left end of its baseline, y grows downwards, units are `EM` to the em."""

    outline: QPainterPath
    ink: QRectF
    right_to_left: bool
    missing_glyphs: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines with the scale at which they fit: dots per unit, down and across."""

    lines: tuple[ShapedLine, ...]
    scale: float
    narrow: float
    too_small: bool = False
    """Only fits below the smallest size asked for."""
    shortened: bool = False

    @property
    def across(self) -> float:
        """Dots per unit from left to right."""
        return self.scale * self.narrow


@dataclass(frozen=True, slots=True)
class Room:
    """What a text must fit: dots, and what may be done to it."""

    width: float
    height: float
    max_scale: float
    min_scale: float
    lines: int = 1
    narrow: float = 1.0
    may_shorten: bool = False


def shape(text: str, typeface: Typeface) -> ShapedLine:
    """The text on one line, whatever its direction."""
    layout = laid_out(text, typeface)
    line = layout.lineAt(0)
    outline, missing = _outline(layout)
    outline.translate(-outline.boundingRect().left(), -line.y() - line.ascent())
    return ShapedLine(outline, outline.boundingRect(), is_right_to_left(text), missing)


def laid_out(text: str, typeface: Typeface) -> QTextLayout:
    """The text on one line at `EM` pixels, each stretch of it in the font that has its letters."""
    layout = QTextLayout(text)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    layout.setTextOption(option)
    formats = []
    for stretch in typeface.stretches(text):
        piece = QTextLayout.FormatRange()
        piece.start, piece.length = stretch.start, stretch.length
        style = QTextCharFormat()
        style.setFont(stretch.font)
        piece.format = style
        formats.append(piece)
    layout.setFormats(formats)
    layout.beginLayout()
    layout.createLine().setLineWidth(10_000_000)
    layout.endLayout()
    return layout


def _outline(layout: QTextLayout) -> tuple[QPainterPath, int]:
    outline, missing = QPainterPath(), 0
    outline.setFillRule(Qt.FillRule.WindingFill)  # joined letters overlap, and stay black where they do
    for run in layout.glyphRuns():
        font = run.rawFont()
        for glyph, position in zip(run.glyphIndexes(), run.positions(), strict=True):
            missing += glyph == 0
            outline.addPath(font.pathForGlyph(glyph).translated(QPointF(position)))
    return outline, missing


def is_right_to_left(text: str) -> bool:
    """Whether reading starts at the right: decided by the first letter with a direction (Unicode UAX 9, rule P2)."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((found in ("R", "AL") for found in directions if found in ("L", "R", "AL")), False)


def fit(text: str, typeface: Typeface, room: Room) -> Fitted:
    """The text as large as the room allows: one line, else more, else narrower, else smaller.

    When it stays below the smallest size, words are broken, or the text is cut with an ellipsis where that is allowed.
    """
    best = _best([_try(lines, typeface, room) for lines in _arrangements(text, room.lines)])
    if best.scale >= room.min_scale:
        return best
    if room.may_shorten:
        return _shortened(text, typeface, room)
    if room.lines > 1:
        broken = (break_word(text, count) for count in range(2, room.lines + 1))
        best = max(best, *(_try(lines, typeface, room) for lines in broken), key=lambda choice: choice.scale)
    return Fitted(best.lines, best.scale, best.narrow, too_small=best.scale < room.min_scale)


def _best(choices: list[Fitted]) -> Fitted:
    """The largest; more lines only where they are worth it."""
    best = choices[0]
    for choice in choices[1:]:
        if choice.scale > best.scale * (BREAK_GAIN if len(choice.lines) > len(best.lines) else 1):
            best = choice
    return best


def _try(lines: tuple[str, ...], typeface: Typeface, room: Room) -> Fitted:
    """These lines at the largest scale that fits, narrowed only as far as that needs."""
    shaped = tuple(shape(line, typeface) for line in lines)
    width = max((line.ink.width() for line in shaped), default=0) or 1
    top, bottom = extent(shaped)
    scale = min(room.max_scale, room.height / (bottom - top), room.width / (width * room.narrow))
    return Fitted(shaped, scale, min(1.0, room.width / (width * scale)))


def extent(lines: tuple[ShapedLine, ...]) -> tuple[float, float]:
    """Top and bottom of a block of lines around its first baseline.

    At least the height of capitals, so that names sit alike.
    """
    top, bottom = -CAP * EM, 0.0
    for place, line in enumerate(lines):
        baseline = place * LEADING * EM
        top = min(top, baseline + line.ink.top())
        bottom = max(bottom, baseline, baseline + line.ink.bottom())
    return top, bottom


def _arrangements(text: str, lines: int) -> Iterator[tuple[str, ...]]:
    """The text on one line, then its most even break into two, three… at spaces or after hyphens."""
    yield (text,)
    for count in range(2, lines + 1):
        pieces = _pieces(text)
        if len(pieces) >= count:
            yield tuple(line.strip() for line in _most_even(pieces, count))


def _pieces(text: str) -> tuple[str, ...]:
    """The text cut wherever a line may end."""
    wide = len(text) > 3 and all(unicodedata.east_asian_width(character) == "W" for character in text)
    if wide and " " not in text:
        return tuple(text)
    ends = [place + 1 for place, character in enumerate(text) if character in " -‐–/" and 0 < place < len(text) - 1]
    pieces = (text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True))
    return tuple(piece for piece in pieces if piece.strip())


def _most_even(pieces: tuple[str, ...], count: int) -> tuple[str, ...]:
    """The pieces joined into at most so many lines, of which the longest is as short as can be."""
    least, most = 1, sum(_length(piece) for piece in pieces)
    while least < most:
        middle = (least + most) // 2
        if len(_filled(pieces, middle)) <= count:
            most = middle
        else:
            least = middle + 1
    return _filled(pieces, most)


def _filled(pieces: tuple[str, ...], longest: int) -> tuple[str, ...]:
    """Lines of at most this length, each as full as can be; more than there are pieces where one is longer."""
    lines = [pieces[0]]
    too_long = _length(pieces[0].strip()) > longest
    for piece in pieces[1:]:
        too_long |= _length(piece.strip()) > longest
        if _length((lines[-1] + piece).strip()) <= longest:
            lines[-1] += piece
        else:
            lines.append(piece)
    return (*lines, *pieces) if too_long else tuple(lines)


def _length(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) == "W" else 1 for character in text)


def break_word(text: str, count: int) -> tuple[str, ...]:
    """A name too long for any line, on several, with hyphens: better than letters too small to read."""
    lines: list[str] = []
    rest = text
    for left in range(count, 1, -1):
        place = -(-len(rest) // left)
        while place < len(rest) and unicodedata.category(rest[place]).startswith("M"):
            place += 1
        line, rest = rest[:place], rest[place:]
        if not rest:
            return (*lines, line)
        joined = line[-1:].isalpha() and rest[:1].isalpha()
        latin = joined and unicodedata.name(line[-1], "").startswith(("LATIN", "GREEK", "CYRILLIC"))
        lines.append(line.rstrip() + ("-" if latin else ""))
        rest = rest.lstrip()
    return (*lines, rest) if rest else tuple(lines)


def _shortened(text: str, typeface: Typeface, room: Room) -> Fitted:
    """As many characters as fit at the smallest size, by halving."""
    least, most = 0, len(text)
    found = None
    while least < most:
        middle = (least + most + 1) // 2
        cut = text[:middle].rstrip() + _ELLIPSIS
        choice = _best([_try(lines, typeface, room) for lines in _arrangements(cut, room.lines)])
        if choice.scale >= room.min_scale:
            least, found = middle, choice
        else:
            most = middle - 1
    found = found or _try((_ELLIPSIS,), typeface, room)
    return Fitted(found.lines, found.scale, found.narrow, shortened=True)
