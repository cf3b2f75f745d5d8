"""How a badge came out: what is not as it should be, and how large its words are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from kiosk.i18n import _

MOST_SHOWN = 100
"""Characters of one text in a report."""


class ProblemKind(StrEnum):
    """What may be wrong with a drawn badge."""

    MISSING_GLYPHS = "missing_glyphs"
    """None of our fonts has these characters; boxes would print."""
    TOO_SMALL = "too_small"
    SHORTENED = "shortened"
    SMALL_QR = "small_qr"
    CARD_CUT = "card_cut"
    """A contact card would have made the squares too fine; less of it is printed."""
    OUTSIDE = "outside"
    """Ink beyond its box: a mistake of ours, reported rather than printed over a neighbour."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at before the badge is handed out. `text` is what it concerns: the characters, or the words."""

    kind: ProblemKind
    text: str
    place: str = field(default="", compare=False)
    """Which element it is about, as a layout file counts them: `elements[3]`."""

    def sentence(self) -> str:
        """What to tell the desk."""
        sentences = {
            ProblemKind.MISSING_GLYPHS: _(
                "These characters cannot be printed: {text}. Enter a badge name without them."
            ),
            ProblemKind.TOO_SMALL: _("“{text}” is printed smaller than is easy to read. Enter a shorter badge name."),
            ProblemKind.SHORTENED: _("“{text}” is too long and was shortened."),
            ProblemKind.SMALL_QR: _(
                "The QR code is printed so small that scanners may not read it. Make it larger in the layout."
            ),
            ProblemKind.CARD_CUT: _(
                "The contact card does not fit its QR code, so it holds less. Make the QR larger in the layout."
            ),
            ProblemKind.OUTSIDE: _("“{text}” does not fit its box. Make the box larger in the layout."),
        }
        return sentences[self.kind].format(text=self.text)


@dataclass(frozen=True, slots=True)
class WordsFit:
    """How a text came out."""

    place: str
    words: str
    cap_mm: float
    """Height of its capitals."""
    narrow: float
    """Width of its letters against the font's own."""
    lines: int
    at_smallest: bool
    """Set at the smallest size its box allows, or below."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A badge as dots, for a screen.

    Rows from the top in whole bytes, the leftmost dot in the highest bit, 1 is black.
    """

    width: int
    height: int
    dpi: int
    rows: bytes
    problems: tuple[Problem, ...]
    fits: tuple[WordsFit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at on one person's badge."""

    attendee_id: str
    name: str
    layout: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class FitReport:
    """What came of drawing everybody's badge."""

    badges: int
    """So many people were drawn."""
    findings: tuple[Finding, ...] = ()
    smallest: tuple[tuple[str, WordsFit], ...] = ()
    """The smallest words of each element of each layout: the layout, and how they came out."""
    stopped: bool = False
    """Somebody stopped it; what was drawn until then is told."""

    def of(self, kind: ProblemKind) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if finding.problem.kind is kind)

    def summary(self) -> str:
        """The counts in one line."""
        counts = (
            (ProblemKind.OUTSIDE, _("{count} outside a box")),
            (ProblemKind.MISSING_GLYPHS, _("{count} with letters no font has")),
            (ProblemKind.TOO_SMALL, _("{count} smaller than asked for")),
            (ProblemKind.SHORTENED, _("{count} shortened")),
            (ProblemKind.SMALL_QR, _("{count} with a QR too fine")),
            (ProblemKind.CARD_CUT, _("{count} with a shorter contact card")),
        )
        said = [
            words.format(count=f"{len(self.of(kind)):,}") for kind, words in counts if kind in _ALWAYS or self.of(kind)
        ]
        start = _("{count} badges drawn").format(count=f"{self.badges:,}")
        if self.stopped:
            start = _("Stopped after {count} badges").format(count=f"{self.badges:,}")
        return f"{start}: " + ", ".join(said) + "."

    def lines(self) -> list[str]:
        """The whole report: counts, the smallest sizes, then every finding."""
        lines = [self.summary(), "", _("Smallest letters (height of capitals):")]
        for layout, fit in self.smallest:
            words = _("{layout}, {place}: {size:.1f} mm, “{words}”")
            lines.append(
                "  " + words.format(layout=layout, place=fit.place, size=fit.cap_mm, words=_excerpt(fit.words))
            )
        for finding in self.findings:
            problem = replace(finding.problem, text=_excerpt(finding.problem.text))
            lines.append(f"{finding.layout} · {_excerpt(finding.name)}: {problem.sentence()}")
        return lines


def _excerpt(text: str) -> str:
    """Enough of a text to know which is meant; the longest name we know of is shown whole."""
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


_ALWAYS = (ProblemKind.OUTSIDE, ProblemKind.MISSING_GLYPHS, ProblemKind.TOO_SMALL)
