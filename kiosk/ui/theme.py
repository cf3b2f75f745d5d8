"""Colours, type sizes and the style sheet. Verdict colours are the same by day and by night.

The verdict colours keep every pair at least 30 apart (CIE76) for normal, deutan, protan and tritan sight, and green
against red at least 41; each carries its text at 7:1 or better. "Another place" shares its amber with "one more thing"
and has a heavy frame besides its own shape, for it does not let in. Text sizes are for a screen 80 cm away.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from kiosk.config import asset
from kiosk.domain.verdicts import Outcome

TEXT_FAMILY, BOLD_FAMILY = "Kiosk Badge Latin Text", "Kiosk Badge Latin Bold"
"""Shipped in assets/fonts, two families of one weight each; drawn so that I, l, 1 and O, 0 are told apart."""

OTHER_FAMILIES = tuple(f"Kiosk Badge {script}" for script in ("European", "Arabic", "Hebrew", "CJK"))
"""Names in other scripts; what these lack comes from the computer."""


STYLE = ("-style", "fusion")
"""Arguments for QApplication: one style on every platform. Setting it later costs a tenth of the start."""

DISPLAY_PX = 60
"""From this size on letters stand a little closer, as large type wants."""


class Look(NamedTuple):
    """How one outcome is drawn: colours as #rrggbb and the name of its shape."""

    background: str
    ink: str
    shape: str


LOOKS: dict[Outcome, Look] = {
    Outcome.ADMITTED: Look("#2EB88A", "#000000", "circle"),
    Outcome.ATTENTION: Look("#FFC20A", "#000000", "triangle"),
    Outcome.ALREADY: Look("#1556A6", "#FFFFFF", "square"),
    Outcome.REDIRECT: Look("#FFC20A", "#000000", "arrow"),
    Outcome.REFUSED: Look("#8C1D18", "#FFFFFF", "octagon"),
    Outcome.UNKNOWN: Look("#3D3846", "#FFFFFF", "diamond"),
    Outcome.NOT_SAVED: Look("#FFFFFF", "#000000", "disk"),
}


class Colours(NamedTuple):
    """The neutral surroundings of the answer.

    `text` and `muted` hold 4.5:1 on all three grounds, `edge` and `focus` 3:1.
    """

    ground: str
    surface: str
    raised: str
    text: str
    muted: str
    line: str
    edge: str
    accent: str
    on_accent: str
    focus: str


DAY = Colours(
    ground="#EEF0F3", surface="#FFFFFF", raised="#F6F7F9", text="#15191E", muted="#4E5965", line="#D5DAE0",
    edge="#76818D", accent="#0B4FB3", on_accent="#FFFFFF", focus="#0B4FB3",
)  # fmt: skip
NIGHT = Colours(
    ground="#101316", surface="#1A1E23", raised="#232930", text="#EEF1F4", muted="#AAB4BF", line="#333B44",
    edge="#7E8A96", accent="#9CC4FF", on_accent="#07203F", focus="#9CC4FF",
)  # fmt: skip


LARGE = 1.5
"""Text scale."""


class Theme(NamedTuple):
    """Day or night, and how large text is (1.0 to 2.0). `px()` scales a text size, spacing stays as it is."""

    dark: bool = False
    text_scale: float = 1.0

    @property
    def colours(self) -> Colours:
        """The neutral colours of this theme."""
        return NIGHT if self.dark else DAY

    @property
    def is_large(self) -> bool:
        """Whether text is so large that what can be found elsewhere gives way."""
        return self.text_scale >= LARGE

    def px(self, size_px: int) -> int:
        """A text size in pixels at this text scale."""
        return round(size_px * self.text_scale)

    def font(self, size_px: int, bold: bool = False) -> QFont:
        """The interface font at a size given in pixels before scaling."""
        return font(self.px(size_px), bold)

    def style_sheet(self) -> str:
        """assets/kiosk.qss with `@name` replaced by colours, `@20px` by scaled sizes, `@icons` by where they are."""
        sheet = asset("kiosk.qss").read_text(encoding="utf-8").replace("@icons", asset("icon").as_posix())
        for name, first in (("text-family", TEXT_FAMILY), ("bold-family", BOLD_FAMILY)):
            sheet = sheet.replace(f"@{name}", ", ".join(f'"{family}"' for family in (first, *OTHER_FAMILIES)))
        for name, colour in self.colours._asdict().items():
            sheet = re.sub(rf"@{name}\b", colour, sheet)
        return re.sub(r"@(\d+)px", lambda match: f"{self.px(int(match[1]))}px", sheet)

    def apply(self, app: QApplication) -> None:
        """Dress an application made with `STYLE`: our palette, font and style sheet."""
        colours = self.colours
        palette = QPalette(QColor(colours.ground))
        for role, colour in (
            (QPalette.ColorRole.Window, colours.ground),
            (QPalette.ColorRole.WindowText, colours.text),
            (QPalette.ColorRole.Base, colours.surface),
            (QPalette.ColorRole.AlternateBase, colours.raised),
            (QPalette.ColorRole.Text, colours.text),
            (QPalette.ColorRole.PlaceholderText, colours.muted),
            (QPalette.ColorRole.Button, colours.surface),
            (QPalette.ColorRole.ButtonText, colours.text),
            (QPalette.ColorRole.Highlight, colours.accent),
            (QPalette.ColorRole.HighlightedText, colours.on_accent),
        ):
            palette.setColor(role, QColor(colour))
        app.setPalette(palette)
        load_fonts()
        app.setFont(self.font(20))
        app.setStyleSheet(self.style_sheet())


def system_theme(text_scale: float = 1.0) -> Theme:
    """Day or night as the desktop has it."""
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return Theme(dark=dark, text_scale=text_scale)


@cache
def load_fonts() -> bool:
    """Make the interface's own font known to Qt; False where it cannot be read and the system's font serves."""
    text, bold = (QFontDatabase.addApplicationFont(str(asset(f"fonts/latin-{cut}.ttf"))) for cut in ("text", "bold"))
    return text >= 0 and bold >= 0


@cache
def load_scripts() -> None:
    """Make the fonts for other scripts known. They can wait until the window is up."""
    for file in sorted(asset("fonts").iterdir()):
        if file.suffix in (".ttf", ".otf") and not file.name.startswith("latin"):
            QFontDatabase.addApplicationFont(str(file))


@cache
def font(size_px: int, bold: bool = False) -> QFont:
    """The interface font in real pixels, cached: making one costs more than drawing with it."""
    made = QFont()
    made.setFamilies([BOLD_FAMILY if bold else TEXT_FAMILY, *OTHER_FAMILIES])
    made.setStyleHint(QFont.StyleHint.SansSerif)
    made.setPixelSize(size_px)
    if size_px >= DISPLAY_PX:
        made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 98)
    return made
