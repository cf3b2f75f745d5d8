"""Our own ticket codes, and the form in which any two codes are compared."""

from __future__ import annotations

import re
import unicodedata

from kiosk.domain.ids import crockford
from kiosk.domain.people import TicketCode

OWN_LENGTH = 16
"""Characters of an own code: 80 random bits, a QR of the smallest size."""

_MISREAD = str.maketrans("OIL", "011")
_OWN = re.compile(r"[0-9A-TV-Z]{4}(?:[- ]?[0-9A-TV-Z]{4}){3}", re.ASCII | re.IGNORECASE)
_WHITE = "".join(chr(c) for c in range(0x3001) if chr(c).isspace())
_UNSEEN = "\ufeff" + "".join(
    chr(c) for span in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069)) for c in range(span[0], span[1] + 1)
)
_EDGES = _WHITE + _UNSEEN + "\x02\x03\x04"


def trim(text: str) -> str:
    """The text without what scanners and spreadsheets put around it.

    White space, the separators GS, RS and US, the frame STX, ETX, EOT, byte order marks, zero-width and direction
    marks.
    """
    return text.strip(_EDGES)


def new_code(random: bytes) -> TicketCode:
    """Write ten random bytes as an own code. Raises ValueError on any other number of bytes."""
    if len(random) != 10:
        raise ValueError(f"an own code is made of 10 random bytes, not {len(random)}")
    return TicketCode(crockford(random))


def own_form(code: str) -> TicketCode | None:
    """The one spelling of an own code, or None for text that does not have the shape of one.

    Any letter case, O for 0, I and L for 1, and groups of four with a hyphen or space between them are accepted,
    since people type what they read on a badge. There is no check digit: of 2**80 codes a conference uses a few
    thousand, so a slip leads to an unknown code and not to somebody else.
    """
    if not OWN_LENGTH <= len(code) <= OWN_LENGTH + 3 or not _OWN.fullmatch(code):
        return None
    return TicketCode(code.replace("-", "").replace(" ", "").upper().translate(_MISREAD))


def is_own(code: str) -> bool:
    """Whether a text has the shape of our own codes; says nothing of whether the code was ever given out."""
    return own_form(code) is not None


def code_key(code: str) -> str:
    """The form in which two codes are compared; equal keys mean the same ticket.

    Trimmed and without letter case (Caps Lock is on at some desk every morning), composed and decomposed accents
    alike. What has the shape of an own code gets its one spelling. Everything else stays as it is: leading zeros,
    hyphens and inner spaces count, `000001` is not `1`. Taking the key of a key changes nothing. A seller whose codes
    differ in letter case alone would have two codes fall together; none is known that does.
    """
    folded = trim(code)
    if folded.isascii():
        folded = folded.lower()
    else:
        # Unicode's canonical caseless matching (D145), composed again.
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded).casefold())
    return own_form(folded) or folded
