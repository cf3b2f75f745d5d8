"""The fonts badges are drawn with: only those we ship, so a badge looks the same on every computer.

Qt would quietly borrow a missing letter from any font of the computer. We do not let it: each stretch of a text is
given the first of our fonts that has all its letters, and what none of them has is reported before anything is printed.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PySide6.QtGui import QFont, QFontDatabase, QRawFont

from kiosk.config import asset
from kiosk.domain.layout import Weight

EM = 1000
"""Pixels of an em in which text is shaped.

Drawing scales the outlines, so that no rounding to dots creeps into widths.
"""

CAP = 0.668
"""Height of a capital in ems of our Latin fonts (their OS/2 table); other scripts are set at the em this gives."""

_LATIN = {Weight.BOLD: "latin-bold.ttf", Weight.TEXT: "latin-text.ttf"}
_FALLBACKS = (
    "european.ttf",
    *(
        f"{script}.ttf"
        for script in (
            "arabic hebrew devanagari thai cherokee ethiopic myanmar armenian bengali georgian gujarati gurmukhi "
            "kannada khmer lao malayalam sinhala tamil telugu canadianaboriginal"
        ).split()
    ),
    "cjk.otf",
    "emoji.ttf",
)
_lock = threading.Lock()
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many UTF-16 units of a text from `start`, all set in one font."""

    start: int
    length: int
    font: QFont


@cache
def _family(file: str) -> str:
    """Load one of our fonts; its family name. Raises FileNotFoundError or OSError."""
    path = asset(f"fonts/{file}")
    families = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path)))
    if not families:
        raise OSError(f"{path.name} is not a font")
    return families[0]


def _font(file: str) -> QFont:
    with _lock:
        font = QFont(_family(file))
    font.setPixelSize(EM)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    return font


class Typeface:
    """The fonts for one badge, best first. Belongs to the thread that made it."""

    def __init__(self, weight: Weight, plain_latin: bool) -> None:
        """With `plain_latin` false our Latin font is left out.

        It lacks a letter this badge needs, and a name in two fonts is ugly.
        """
        self._files = ((_LATIN[weight],) if plain_latin else ()) + _FALLBACKS

    def stretches(self, text: str) -> Iterator[Stretch]:
        """The text cut into stretches of one font each; a letter and its marks are never torn apart."""
        start, length, current = 0, 0, ""
        for cluster in _clusters(text):
            file = self._file_for(cluster, current)
            if file != current and length:
                yield Stretch(start, length, _thread_font(current))
                start, length = start + length, 0
            current = file
            length += len(cluster.encode("utf-16-le")) // 2
        if length:
            yield Stretch(start, length, _thread_font(current))

    def missing(self, text: str) -> str:
        """The characters that none of the fonts has, each once."""
        return "".join(dict.fromkeys(c for c in text if not any(_has(file, c) for file in self._files)))

    def _file_for(self, cluster: str, previous: str) -> str:
        # Spaces, dashes and digits stay in the font of the word before them where it has them.
        neutral = not any(unicodedata.category(c).startswith("L") for c in cluster)
        order = (previous, *self._files) if neutral and previous else self._files
        return next((file for file in order if all(_has(file, c) for c in cluster)), self._files[0])


def plain_latin(texts: str) -> bool:
    """Whether our Latin fonts have every Latin letter of these texts (Vietnamese and Yoruba need another)."""
    return all(_has(_LATIN[Weight.BOLD], c) for c in texts if not c.isascii() and _is_latin(c))


def _is_latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN") or "\u0300" <= character <= "\u036f"


def _clusters(text: str) -> Iterator[str]:
    """The text in pieces that must not be torn between fonts: a letter with its marks, joined letters."""
    piece = ""
    for character in text:
        joins = (
            unicodedata.category(character).startswith("M") or character in "\u200c\u200d" or piece.endswith("\u200d")
        )
        if piece and not joins:
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _thread_font(file: str) -> QFont:
    fonts: dict[str, QFont] = _local.__dict__.setdefault("fonts", {})
    if file not in fonts:
        fonts[file] = _font(file)
    return fonts[file]


def _has(file: str, character: str) -> bool:
    """Whether the font has the character. Joiners and variation selectors are no letters: any font will do."""
    if character in "\u200c\u200d" or "\ufe00" <= character <= "\ufe0f":
        return True
    answers: dict[tuple[str, str], bool] = _local.__dict__.setdefault("answers", {})
    key = (file, character)
    if key not in answers:
        answers[key] = bool(_raw(file).supportsCharacter(ord(character)))
    return answers[key]


def _raw(file: str) -> QRawFont:
    # A raw font belongs to the thread that made it.
    raws: dict[str, QRawFont] = _local.__dict__.setdefault("raws", {})
    if file not in raws:
        raws[file] = QRawFont.fromFont(_thread_font(file))
    return raws[file]
