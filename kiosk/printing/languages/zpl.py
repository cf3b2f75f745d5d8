"""ZPL II, for Zebra printers and the many that understand them: one graphic field, compressed, checked by a CRC."""

from __future__ import annotations

import base64
import binascii
import zlib

from kiosk.domain.printers import PrinterProfile
from kiosk.printing.bitmap import Page
from kiosk.printing.placing import cut_to_head

_LEVEL = 6
DARKEST = 30
WITH_CUTTER = ("zebra-203-cutter", "zebra-300-cutter")
"""The models that have one: the others must not be told to cut."""


def encode(page: Page, profile: PrinterProfile) -> bytes:
    """One label. What the profile leaves open stays as somebody set the printer up."""
    bitmap = cut_to_head(page.bitmap, profile)
    text = base64.b64encode(zlib.compress(bitmap.rows, _LEVEL))
    graphic = b":Z64:%s:%04X" % (text, binascii.crc_hqx(text, 0))
    parts = [
        b"~SD%02d" % min(max(profile.darkness, 0), DARKEST) if profile.darkness is not None else b"",
        b"^XA^LH0,0^LS0",
        b"^PW%d^LL%d" % (bitmap.width, bitmap.height),
        b"^PR%d" % profile.speed if profile.speed is not None else b"",
        b"^MMC" if profile.cut and profile.model in WITH_CUTTER else b"",
        b"^FO0,0^GFA,%d,%d,%d,%s^FS" % (len(graphic), len(bitmap.rows), bitmap.row_bytes, graphic),
        b"^PQ1^XZ",
    ]
    return b"".join(parts)
