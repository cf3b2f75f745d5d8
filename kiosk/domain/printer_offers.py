"""Printers that could be set up: found on this computer or its network, or an entry of the table of models."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.printers import PrinterProfile


@dataclass(frozen=True, slots=True)
class Offer:
    """A printer as it would be set up; its id and, for a model, its address are still to be given."""

    profile: PrinterProfile
    words: str = ""
    """Where it was found, or what it is: for whoever chooses."""
    problem: str = ""
    """What keeps it from being used and how that is mended, in plain text of one or more lines; empty for nothing."""
