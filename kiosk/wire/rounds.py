"""One round of a station with its hub, or with another station: what is sent and what comes back, as JSON.

The station says how far it holds every log and pushes what the other lacks; the other answers with what the station
lacks and with a receipt. Every round is whole by itself: a lost answer, a repeated or a late request change nothing.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from kiosk.domain.exchange import MAX_BATCH_RECORDS, Head, Signed, is_possible
from kiosk.domain.messages import Sealed
from kiosk.domain.vectors import Difference

MAX_LOGS = 20_000
MAX_ROUND_BYTES = 16 * 1024 * 1024
"""Of a request or an answer: a vector of many logs, and a batch in which one record may be an import's page."""
RECEIPT_SIGNED_AS = b"kiosk receipt\n"
"""Before what is signed in a receipt, so that no signature over one thing is good for another."""

Digest = Annotated[str, msgspec.Meta(min_length=16, max_length=16)]
LogName = Annotated[str, msgspec.Meta(min_length=26, max_length=26)]
VectorMap = Annotated[dict[LogName, Head], msgspec.Meta(max_length=MAX_LOGS)]


class SyncRequest(msgspec.Struct, frozen=True):
    """What a station asks."""

    protocol: int
    digest: Digest
    """Of the station's vector."""
    vector: VectorMap | None = None
    """How far it holds every log; left out where both held the same the last time, and still do as far as it knows."""
    push: Annotated[list[Signed], msgspec.Meta(max_length=MAX_BATCH_RECORDS)] = []
    unconfirmed: Annotated[list[LogName], msgspec.Meta(max_length=MAX_LOGS)] = []
    """Logs of which it wants a receipt."""
    difference: Difference | None = None
    """In place of the vector: what differs from the hub's own, as the station last heard it."""
    boot: Annotated[str, msgspec.Meta(max_length=26)] = ""
    """The log the hub wrote when it was last heard: a request that was under way for long names an older one."""

    def __post_init__(self) -> None:
        """Raises ValueError where a log is said to end where none can: no database could be asked for it."""
        told = self.difference.heads if self.difference is not None else {}
        if not all(map(is_possible, (self.vector or {}).values())) or not all(map(is_possible, told.values())):
            raise ValueError("says of a log that it ends where none can")


class Receipt(msgspec.Struct, frozen=True):
    """What the hub holds on its disk, signed with its key: (log, seq, hash)."""

    hub: str
    boot: str
    device: str
    """Whom it was given."""
    heads: dict[str, Head]


class SyncAnswer(msgspec.Struct, frozen=True):
    """What comes back."""

    protocol: int
    hub: str
    boot: str
    """The log that this process of the hub writes: new at every start."""
    digest: str
    """Of the hub's vector."""
    vector: dict[str, Head] | None
    """How far it holds every log; left out where the digests are the same."""
    vector_wanted: bool
    """The station left its vector out, or told what differs from one the hub does not remember: it shall ask again
    with all of it.
    """
    records: list[Signed]
    more: bool
    """There is more where these came from."""
    receipt: Sealed
    refused: int
    """How many of the records pushed were not what they said."""
    received_ms: int
    """The hub's clock when the request came…"""
    sent_ms: int
    """… and when the answer left."""
    mark: str = ""
    """Of the hub's vector (`domain/vectors.py`)."""
    difference: Difference | None = None
    """In place of the vector, where the station told a difference: what differs from the same one now."""
