"""Pictures on badges: brought into a layout once, made black and white in the printer's own dots.

Greys are dithered when the picture is drawn, not when it is brought in: a pattern of dots made for one resolution turns
into stripes at another. Each size is computed once and kept.
"""

from __future__ import annotations

import io
import warnings
from functools import lru_cache

from PIL import Image, ImageOps

from kiosk.domain.layout import Mono
from kiosk.domain.layout_json import is_small_png
from kiosk.errors import BadInput
from kiosk.i18n import _

MOST_FILE_BYTES = 20_000_000
MOST_PIXELS = 40_000_000
KEPT_PX = (1_200, 900, 600, 400, 300)
"""Longest side of a picture inside a layout: at 300 dots per inch the first is 10 cm. Smaller ones are tried until it
is light enough."""
_KINDS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
_SOFT = 0.05
"""From this share of greys on a picture is a photograph or a soft logo."""


def bring_in(data: bytes) -> tuple[bytes, Mono]:
    """A picture file as a small grey PNG, and how it should become black and white.

    Raises BadInput for what is no picture, or too large to be opened.
    """
    if len(data) > MOST_FILE_BYTES:
        raise _too_large()
    grey = _open(data)
    for longest in KEPT_PX:
        small = grey.copy()
        small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        kept = io.BytesIO()
        small.save(kept, "PNG", optimize=True)
        if is_small_png(kept.getvalue()):
            return kept.getvalue(), _mono_for(small)
    raise _too_large()


def _open(data: bytes) -> Image.Image:
    """The picture in greys on white paper."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=_KINDS)
        if picture.width * picture.height > MOST_PIXELS:
            raise _too_large()
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (OSError, ValueError, SyntaxError) as error:
        raise BadInput(_("This is no picture we can read. Use PNG, JPEG, GIF, BMP or WEBP.")) from error
    paper = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(paper, upright).convert("L")


def _too_large() -> BadInput:
    return BadInput(_("This picture is too large. Save it smaller, then bring it in again."))


def _mono_for(grey: Image.Image) -> Mono:
    counts = grey.histogram()
    soft = sum(counts[48:208]) / max(1, sum(counts))
    return Mono.DITHER if soft > _SOFT else Mono.THRESHOLD


@lru_cache(maxsize=16)
def in_dots(png: bytes, mono: Mono, width: int, height: int) -> tuple[int, int, bytes]:
    """The picture as large as these dots allow: its width, its height, and a byte a dot, 0 black and 255 white.

    Raises BadInput for a damaged picture.
    """
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            grey = picture.convert("L")
    except (OSError, ValueError, SyntaxError) as error:
        raise BadInput(_("A picture in this layout is damaged. Bring it in again.")) from error
    scale = min(width / grey.width, height / grey.height)
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    sized = grey.resize(size, Image.Resampling.LANCZOS)
    dither = Image.Dither.FLOYDSTEINBERG if mono is Mono.DITHER else Image.Dither.NONE
    return *size, sized.convert("1", dither=dither).convert("L").tobytes()
