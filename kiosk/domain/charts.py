"""Charts as SVG: one drawing for the window (QtSvg), the page and the printed report.

Plain SVG Tiny 1.2 with presentation attributes only: no style sheets, no scripts, no fonts of its own, nothing fetched.
Series are told apart by lightness and by their names beside them, so that a grey copy says the same. Behind every
chart stands a table (`rows`), for whoever cannot see it or wants to count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

MOST_SERIES = 6
"""More cannot be told apart in grey; the smallest are drawn together."""
TICKS = 4
HATCH_PX = 7


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and letters: those of the screen it is shown on."""

    text: str = "#15191E"
    muted: str = "#4E5965"
    line: str = "#D5DAE0"
    surface: str = "#FFFFFF"
    series: tuple[str, ...] = ("#12305F", "#A9C6E8", "#3A67A8", "#D9E6F6", "#5F88C2", "#84A7D6")
    """Lightness (CIE L*) 20, 78, 42, 90, 55, 67: each at least ten from every other, neighbours furthest."""
    family: str = "sans-serif"
    size_px: int = 15


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a stack."""

    name: str
    values: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.values)


@dataclass(frozen=True, slots=True)
class Columns:
    """Counts over time: stacked columns, and a dashed line for what was expected."""

    title: str
    unit: str
    """What is counted, and in how wide a bar: `check-ins each 10 minutes`."""
    axis: str
    """What runs along the bottom, with its zone: `time, EDT`."""
    labels: tuple[str, ...]
    """One for each column."""
    series: tuple[Series, ...]
    expected: tuple[float, ...] = ()
    expected_name: str = ""
    empty: str = ""
    """What stands in a chart that has nothing to show yet."""
    others: str = ""
    """What the series are called that are drawn together."""

    @property
    def totals(self) -> tuple[int, ...]:
        """The height of each column."""
        return tuple(sum(column) for column in zip(*(series.values for series in self.series), strict=True))

    def rows(self) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """The same as a table: headers, and a row for each column."""
        names = [series.name for series in self.series]
        headers = (self.axis, *names, *([self.expected_name] if self.expected else []))
        columns: list[Sequence[object]] = [self.labels, *(series.values for series in self.series)]
        if self.expected:
            columns.append([round(value) for value in self.expected])
        return headers, tuple(tuple(str(cell) for cell in row) for row in zip(*columns, strict=True))


@dataclass(frozen=True, slots=True)
class Bar:
    """How much of something is reached."""

    name: str
    value: int
    of: int | None
    """What would be all of it; None where nobody knows."""
    words: str
    """The numbers as people read them: `188 / 200 · 94 %`, `FULL · 180`."""
    crowded: bool = False
    """Hatched, so that it is seen without colour."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Several of them below each other, in the order given."""

    title: str
    bars: tuple[Bar, ...]
    empty: str = ""


def columns_svg(chart: Columns, width: int, height: int, look: Look | None = None) -> str:
    """Draw columns into so many pixels."""
    look = look or Look()
    series = _most(chart)
    size = look.size_px
    left, right, top, bottom = size * 3, size, size * 3.6, size * 3
    drawn = _Svg(width, height, chart.title, look)
    drawn.text(0, size, chart.unit, muted=True)
    _legend(drawn, series, chart)
    totals = chart.totals if series else ()
    most = _ceiling(max((*totals, *chart.expected), default=0))
    base, tall = height - bottom, height - top - bottom
    for tick in range(TICKS + 1):
        y = base - tall * tick / TICKS
        drawn.rule(left, y, width - right, y)
        drawn.text(left - size / 2, y + size / 3, _number(most * tick / TICKS), anchor="end", muted=True)
    step = (width - left - right) / max(1, len(chart.labels))
    for place in range(len(chart.labels)):
        x, y = left + step * place, float(base)
        for n, of_one in enumerate(series):
            high = tall * of_one.values[place] / most
            y -= high
            if high:
                drawn.box(x + step * 0.1, y, step * 0.8, max(high - 1, 0.5), look.series[n % len(look.series)])
    _axis(drawn, chart, left, step, base)
    if chart.expected:
        points = [
            (left + step * (place + 0.5), base - tall * value / most) for place, value in enumerate(chart.expected)
        ]
        drawn.dashes(points)
    if not any(totals) and chart.empty:
        drawn.text(width - right, size * 2.2, chart.empty, anchor="end", muted=True)
    return drawn.done()


def bars_svg(chart: Bars, width: int, look: Look | None = None) -> str:
    """Draw bars; the picture is as high as it has to be."""
    look = look or Look()
    size = look.size_px
    row = size * 2.2
    drawn = _Svg(width, round(row * max(1, len(chart.bars)) + 4), chart.title, look)
    if not chart.bars:
        drawn.text(0, size * 1.4, chart.empty, muted=True)
    name_wide, words_wide = width * 0.37, width * 0.26
    long = width - name_wide - words_wide
    most = max((bar.value for bar in chart.bars if bar.of is None), default=0)
    for place, bar in enumerate(chart.bars):
        y = row * place
        drawn.text(0, y + size * 1.4, _shortened(bar.name, name_wide, size))
        whole = bar.of or most or 1
        part = long * min(1.0, bar.value / whole)
        drawn.frame(name_wide, y + size * 0.4, long, size * 1.3)
        drawn.box(name_wide, y + size * 0.4, part, size * 1.3, look.series[2])
        if bar.crowded:
            drawn.hatch(name_wide, y + size * 0.4, part, size * 1.3)
        drawn.text(width - words_wide + size * 0.6, y + size * 1.4, bar.words, bold=bar.crowded)
    return drawn.done()


def _most(chart: Columns) -> tuple[Series, ...]:
    """The series that are drawn: the largest, and the rest as one."""
    if len(chart.series) <= MOST_SERIES:
        return chart.series
    kept = sorted(chart.series, key=lambda series: -series.total)[: MOST_SERIES - 1]
    rest = [series.values for series in chart.series if series not in kept]
    others = Series(chart.others, tuple(sum(column) for column in zip(*rest, strict=True)))
    return (*(series for series in chart.series if series in kept), others)


def _legend(drawn: _Svg, series: Sequence[Series], chart: Columns) -> None:
    """Names beside their colours, and beside the dashes; a single series needs no name."""
    size, x, y = drawn.look.size_px, 0.0, drawn.look.size_px * 1.6
    for n, each in enumerate(series if len(series) > 1 else ()):
        drawn.box(x, y, size * 0.8, size * 0.8, drawn.look.series[n % len(drawn.look.series)])
        drawn.text(x + size * 1.1, y + size * 0.75, each.name)
        x += _width(each.name, size) + size * 2.4
    if chart.expected:
        drawn.dashes([(x, y + size * 0.4), (x + size * 1.6, y + size * 0.4)])
        drawn.text(x + size * 2, y + size * 0.75, chart.expected_name)


def _axis(drawn: _Svg, chart: Columns, left: float, step: float, base: float) -> None:
    size = drawn.look.size_px
    wide = max((_width(label, size) for label in chart.labels), default=1.0) + size
    every = max(1, -(-round(wide) // max(1, round(step))))
    for place in range(0, len(chart.labels), every):
        drawn.text(left + step * place, base + size * 1.3, chart.labels[place], muted=True)
    drawn.text(drawn.width - size, base + size * 2.6, chart.axis, anchor="end", muted=True)


def _ceiling(value: float) -> int:
    """The top of the axis: 4, 8, 12, 20, 40 …, so that every tick is a whole number."""
    top = TICKS
    while top < value:
        top = next(
            step for factor in (1, 2, 3, 5, 10, 20, 30, 50, 100) if (step := TICKS * factor * _scale(value)) >= value
        )
    return top


def _scale(value: float) -> int:
    """The power of ten of one tick."""
    digits = len(str(int(value // TICKS)))
    return int(10 ** (digits - 1))


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _width(text: str, size: int) -> float:
    """Roughly; a drawing that may be shown anywhere cannot ask for the letters' own widths."""
    return len(text) * size * 0.56


def _shortened(text: str, wide: float, size: int) -> str:
    room = max(4, int(wide / (size * 0.56)))
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


class _Svg:
    """Builds the text of one drawing."""

    def __init__(self, width: int, height: int, title: str, look: Look) -> None:
        self.width, self.height, self.look = width, height, look
        self._parts = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny" width="{width}" '
                f'height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(title)}>'
                f"<title>{escape(title)}</title>"
            )
        ]

    def text(
        self, x: float, y: float, text: str, *, anchor: str = "start", muted: bool = False, bold: bool = False
    ) -> None:
        look = self.look
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{look.size_px}"{weight} '
            f'font-family={quoteattr(look.family)} fill="{look.muted if muted else look.text}">{escape(text)}</text>'
        )

    def box(self, x: float, y: float, wide: float, high: float, colour: str) -> None:
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0, wide):.1f}" height="{max(0, high):.1f}" fill="{colour}"/>'
        )

    def frame(self, x: float, y: float, wide: float, high: float) -> None:
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="none" '
            f'stroke="{self.look.line}"/>'
        )

    def rule(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self._parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{self.look.line}"/>')

    def dashes(self, points: Sequence[tuple[float, float]]) -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{self.look.text}" stroke-width="2" stroke-dasharray="6 5"/>'
        )

    def hatch(self, x: float, y: float, wide: float, high: float) -> None:
        """Slanting lines, cut at the box by arithmetic: not everything that shows SVG knows patterns."""
        lines = []
        start = x - high
        while start < x + wide:
            x1, x2 = max(start, x), min(start + high, x + wide)
            if x1 < x2:
                lines.append(f"M{x1:.1f} {y + high - (x1 - start):.1f}L{x2:.1f} {y + high - (x2 - start):.1f}")
            start += HATCH_PX
        self._parts.append(f'<path d="{"".join(lines)}" stroke="{self.look.surface}" stroke-width="2" fill="none"/>')

    def done(self) -> str:
        return "".join((*self._parts, "</svg>"))
