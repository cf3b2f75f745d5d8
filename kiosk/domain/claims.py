"""Whether a station asks the hub before it lets somebody in, and what came of asking."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.verdicts import Admission


class ClaimState(StrEnum):
    """What came of asking. Stands in the `basis` of a record: add, never rename."""

    NOT_ASKED = ""
    """The place decides alone, or there is no hub to ask."""
    GRANTED = "granted"
    """No other station was letting this person in."""
    TAKEN = "taken"
    """Another one was first."""
    ALONE = "alone"
    """Nobody answered in time: it was decided alone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One question to the hub, answered or not."""

    state: ClaimState = ClaimState.NOT_ASKED
    first: Admission | None = None
    """Who was first, where another station was."""

    @property
    def basis(self) -> dict[str, str]:
        """What a record says of it."""
        return {"claim": self.state.value} if self.state else {}


NOT_ASKED, ALONE = Claim(), Claim(ClaimState.ALONE)
