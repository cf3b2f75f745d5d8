"""Asking, before somebody is let in, whether another station is doing so at this very moment."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.verdicts import Admission


class Claims(Protocol):
    """Where that can be asked: a hub that answers at once, or not at all."""

    def ask(self, attendee_id: str, place: str) -> Admission | None:
        """Who was first, where another station was; None where this one may, or where nobody answered in time."""
