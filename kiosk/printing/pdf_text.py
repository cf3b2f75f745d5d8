"""What the letters of a PDF copy as.

Qt writes beside each font which character a drawn glyph stands for, and takes the first it finds: a space becomes a
tab, a joined Arabic letter the code of its shape instead of the letter's. Whoever searches the file for a name would
not find it, so these tables are set right, in place: each entry keeps its length.
"""

from __future__ import annotations

import re
import unicodedata

_TABLE = re.compile(rb"/CIDInit /ProcSet.*?endcmap", re.DOTALL)
_BRACKETS = re.compile(rb"\[[^\]]*\]", re.DOTALL)
_ENTRY = re.compile(rb"<([0-9A-Fa-f]{4})>")


def mend(pdf: bytes) -> bytes:
    """The PDF with its letters as people would type them; not a byte longer."""
    return _TABLE.sub(lambda table: _BRACKETS.sub(_characters, table[0]), pdf)


def _characters(listed: re.Match[bytes]) -> bytes:
    return _ENTRY.sub(_character, listed[0])


def _character(entry: re.Match[bytes]) -> bytes:
    character = chr(int(entry[1], 16))
    plain = " " if character == "\t" else character
    if "\ufb50" <= character <= "\ufefe":  # the shapes of Arabic letters
        plain = unicodedata.normalize("NFKC", character)
    return b"<%04X>" % ord(plain) if len(plain) == 1 else entry[0]
