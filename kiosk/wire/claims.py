"""What a station asks before it lets somebody in, and what the hub answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]


class ClaimRequest(msgspec.Struct, frozen=True):
    """Somebody is about to be let in."""

    attendee: Name
    place: Name


class ClaimAnswer(msgspec.Struct, frozen=True):
    """Whether this station may, and who was first where it may not."""

    granted: bool
    station: str
    at_ms: int
