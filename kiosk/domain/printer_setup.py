"""From what somebody measured on a test page to how the printer is set up."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.printers import PrinterProfile

INSET_MM = 3.0
"""How far the test page's inner frame lies from the paper's edge."""
LINE_MM = 50.0
SHORT_LINE_MM = 15.0
"""For labels that the usual line does not fit on."""
LINE_FROM_MM = 7.5
"""How far from the left edge it begins at least: beside the marks."""
LINE_TOLERANCE_MM = 0.5
_RESOLUTIONS = (180, 203, 300, 360, 600)


def line_mm(profile: PrinterProfile) -> float:
    """How long the line on this printer's test page is."""
    width, _height = upright_size_mm(profile)
    return LINE_MM if width >= LINE_MM + LINE_FROM_MM + INSET_MM else SHORT_LINE_MM


def upright_size_mm(profile: PrinterProfile) -> tuple[float, float]:
    """Width and height of the test page as somebody reads it: turned back by what the printer turns it."""
    width = profile.media.width_mm
    height = profile.media.length_mm or max(width, 60.0)
    return (height, width) if profile.rotate in (90, 270) else (width, height)


def shifted(profile: PrinterProfile, left_mm: float, top_mm: float) -> PrinterProfile:
    """The profile that puts the inner frame where it belongs, given how far from the left and top edge it lies now."""
    right, down = INSET_MM - left_mm, INSET_MM - top_mm
    for _quarter in range(profile.rotate // 90):  # offsets are those of the paper, which was turned under the reader
        right, down = -down, right
    return replace(
        profile,
        offset_x_mm=round(profile.offset_x_mm + right, 2),
        offset_y_mm=round(profile.offset_y_mm + down, 2),
    )


def likely_dpi(profile: PrinterProfile, measured_mm: float) -> int | None:
    """The resolution it has in truth, where the line came out too short or too long; None where it is right.

    The line's own resolution is the answer, too, when no printer has the one that was measured.
    """
    wanted = line_mm(profile)
    if measured_mm <= 0 or abs(measured_mm - wanted) <= LINE_TOLERANCE_MM:
        return None
    true_dpi = profile.dpi * wanted / measured_mm
    nearest = min(_RESOLUTIONS, key=lambda dpi: abs(dpi - true_dpi))
    return nearest if abs(nearest - true_dpi) / true_dpi < 0.05 else profile.dpi
