"""What the shell needs of printing. The two rooms do not know each other; the program's entry introduces them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from kiosk.domain.badge import Badge
from kiosk.services.badges import Badges


class Press(Protocol):
    """Draws and prints badges."""

    def file(self, badge: Badge, ending: str, layout: Path | None = None) -> tuple[bytes, tuple[str, ...]]:
        """The badge as a file of this kind, and sentences about what is not as it should be. Raises BadInput."""
        ...

    def check_ending(self, ending: str) -> None:
        """Raises BadInput unless badges can be saved in files that end so."""
        ...

    def printer(
        self, badges: Badges, folder: Path, name: str | None = None, layout: Path | None = None
    ) -> AbstractContextManager[str]:
        """Let a printer work on the queue; answers where its badges go. Raises BadInput for an unknown name."""
        ...


_makers: list[Callable[[], Press]] = []


def introduce(make: Callable[[], Press]) -> None:
    """Say how a press is made. It is made late: most commands need none, and Qt takes its time."""
    _makers[:] = [make]


def press() -> Press:
    """The press."""
    assert _makers, "nobody introduced printing to the shell"
    return _makers[0]()
