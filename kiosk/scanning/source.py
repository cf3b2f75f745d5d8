"""What every scanner with a device of its own has in common: four states and one callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias


class SourceState(StrEnum):
    """How it stands with a scanner."""

    OFF = "off"
    SEARCHING = "searching"
    """Started, and no device there yet, or not any more. It goes on looking by itself."""
    READY = "ready"
    TROUBLE = "trouble"
    """Somebody has to act; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A state, and one sentence for people: which device is ready, or what keeps it from being so."""

    state: SourceState
    sentence: str = ""


Scanned: TypeAlias = Callable[[str], None]
"""Gets the text of one scan. Called in the source's own thread: hand over a Qt signal's `emit`, which crosses
threads."""

StatusChanged: TypeAlias = Callable[[SourceStatus], None]
"""Gets each new status; called in the thread that noticed."""


class ScanSource(Protocol):
    """A scanner the app starts and closes. A keyboard wedge is none: its keys come through the window."""

    @property
    def status(self) -> SourceStatus:
        """How it stands now."""

    def start(self) -> None:
        """Begin; returns at once. A device that is missing or in use is a status and not an exception."""

    def close(self) -> None:
        """Stop and let go of the device; returns when its thread has ended."""
