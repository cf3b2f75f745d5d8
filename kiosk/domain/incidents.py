"""Records that cannot both be right: two admissions of one person, a log that goes two ways, a copied disk.

Nothing is decided for anybody here. One admission counts (`merging.py`); that there was another is shown until somebody
has looked into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from kiosk.domain.merging import Passage, standing_passages
from kiosk.domain.verdicts import Reason


class IncidentKind(StrEnum):
    """What is the matter. Codes are for ever: they stand in the records that settle incidents."""

    TWICE = "twice"
    """One person was let in at two stations that had not heard of each other."""
    FORK = "fork"
    """One log goes two ways: a running station was copied, or somebody wrote history anew."""
    CLONE = "clone"
    """Two logs follow one: a station's disk was copied, or came back from an older copy."""
    UNREAD = "unread"
    """Another station wrote something that makes no sense to this program."""
    HUB = "hub"
    """The hub holds less than it confirmed to a station, or passes on what is no record any more."""
    LOST = "lost"
    """Records are gone for ever from the midst of a station's log; what follows counts without them."""
    DISPUTE = "dispute"
    """Two people gave one field of one person different values at the same time."""


def admitted_again(passages: Iterable[Passage]) -> list[tuple[Passage, Passage]]:
    """Of what is known of one person at one place: each admission of somebody who was in, with the one before it.

    Whoever went out may come in again; an override was somebody's decision, taken in full knowledge.
    """
    again = []
    inside: Passage | None = None
    for passage in standing_passages(passages):
        if passage.kind == "exit":
            inside = None
        elif passage.kind == "admit":
            if inside is None:
                inside = passage
            elif passage.reason != Reason.OVERRIDE:
                again.append((inside, passage))
    return again
