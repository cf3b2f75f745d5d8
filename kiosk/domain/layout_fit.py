"""How a badge came out: what is not as it should be, and how large its words are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.i18n import _


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
