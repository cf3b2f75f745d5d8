"""DYMO LabelWriter 300 and 400 series and the 4XL. The 550 speaks otherwise and goes through the system's driver."""

from __future__ import annotations

import struct

from kiosk.domain.printers import PrinterProfile
from kiosk.printing.bitmap import Page
from kiosk.printing.placing import centred

HEAD = 672
_MOST_ROWS = 0x7FFF
_DENSITIES = (b"\x1bc", b"\x1bd", b"\x1be", b"\x1bg")
"""Light, medium, normal, dark."""


def encode(page: Page, profile: PrinterProfile) -> bytes:
    """One label, fed to where it is torn off."""
    head = profile.head_dots or HEAD
    bitmap = page.bitmap if page.bitmap.width <= head else centred(page.bitmap, head, page.bitmap.height)
    step, rows = bitmap.row_bytes, bitmap.rows
    lines = (b"\x16" + rows[start : start + step] for start in range(0, len(rows), step))
    return b"".join(
        (
            b"\x1b" * 85,  # whatever an earlier job left unfinished ends here
            b"\x1b@",
            b"\x1bL" + struct.pack(">H", min(bitmap.height, _MOST_ROWS)),
            b"\x1bD" + bytes([step]),
            _DENSITIES[min(max(profile.darkness, 0), 3)] if profile.darkness is not None else b"",
            b"\x1bi",  # slower and sharper: codes have to be read
            *lines,
            b"\x1bE",
        )
    )
