"""Time zones, completed while somebody types any part of one's name."""

from __future__ import annotations

from zoneinfo import available_timezones

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QLineEdit


def complete_zones(line: QLineEdit) -> None:
    """Offer the zones this computer knows."""
    zones = QCompleter(sorted(available_timezones()), line)
    zones.setFilterMode(Qt.MatchFlag.MatchContains)
    zones.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    line.setCompleter(zones)
