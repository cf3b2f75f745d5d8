"""Asking, before somebody is let in, whether another station is doing so at this very moment."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.claims import Claim, ClaimState
from kiosk.domain.programme import ClaimPolicy


class Claims(Protocol):
    """Where that can be asked: a hub that answers at once, or not at all."""

    def ask(self, attendee_id: str, place: str) -> Claim:
        """Whether this station may, or who was first; `ALONE` where nobody answered in time."""


def forbids(claim: Claim, policy: ClaimPolicy) -> bool:
    """Whether nobody may be let in on this, unless a supervisor says so: the hub decides here, and has not answered."""
    return policy is ClaimPolicy.STRICT and claim.state not in (ClaimState.GRANTED, ClaimState.TAKEN)
