"""The round between two stations of one hub, both ends of it, without the network.

The messages are those of the round with the hub, and so is what becomes of records that come. But nothing that a
station says is taken for the hub's word: its receipts are signed with its own key, under other words, and clear
nothing. They tell where else a record lies.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kiosk.domain.exchange import Fate, Head, Signed, digest_of
from kiosk.domain.journal import read_record, to_ms
from kiosk.domain.messages import Sealed
from kiosk.domain.peers import Peer
from kiosk.domain.placing import Received
from kiosk.domain.trust import PROTOCOL
from kiosk.errors import HubRefused, HubUnavailable
from kiosk.i18n import _
from kiosk.services.nearby import Nearby
from kiosk.storage.exchange import is_signed_by
from kiosk.wire.codec import decode, encode
from kiosk.wire.rounds import Receipt, SyncAnswer, SyncRequest

PEER_RECEIPT_SIGNED_AS = b"kiosk receipt of a station\n"
"""Before what is signed, so that no station's receipt can be taken for the hub's."""
AGAIN_S = 60.0
"""When a log that the other does not take is tried again."""
_MOST_UNCONFIRMED = 2_000


@dataclass(frozen=True, slots=True)
class PeerOutcome:
    """What a round with a station has brought."""

    received: Received
    more: bool
    """There is more to send or to fetch: go on at once."""


class PeerRound:
    """The rounds that this station asks of one other."""

    def __init__(self, nearby: Nearby, peer: Peer) -> None:
        self._nearby, self.peer = nearby, peer
        self._stations = nearby.stations
        self._theirs: dict[str, Head] | None = None
        """What they held when last heard: a hint. Before that, nothing is pushed."""
        self._agreed = ""
        self._stuck: dict[str, float] = {}
        """Logs of which they did not take what was pushed, and when to try again."""

    def request(self) -> SyncRequest:
        """What to ask now."""
        vector = self._stations.vector()
        digest = digest_of(vector)
        push = self._to_send()
        told = self._stations.receipts_of(self.peer.device)
        own = [log for log in self._stations.own_logs() if log in vector]
        return SyncRequest(
            protocol=PROTOCOL,
            digest=digest,
            vector=None if digest == self._agreed and not push else vector,
            push=push,
            unconfirmed=[log for log in own if told.get(log, Head()).hash != vector[log].hash][:_MOST_UNCONFIRMED],
        )

    def answered(self, request: SyncRequest, answer: SyncAnswer) -> PeerOutcome:
        """Take in what came back. Raises HubUnavailable where it is no answer of this station."""
        if answer.hub != self._nearby.link.hub:
            raise HubRefused("other_hub", _("The station belongs to another hub."))
        receipt = self._receipt(answer)
        received = self._nearby.take_in(self.peer, answer.records)
        if receipt.heads or self._has_lost_some(answer):
            self._stations.confirmed(self.peer.device, receipt.heads, answer.vector)
        self._theirs = dict(answer.vector) if answer.vector is not None else (request.vector or self._theirs)
        self._agreed = answer.digest if answer.digest == request.digest else ""
        self._see_what_is_stuck(request.push)
        moved = received.fates[Fate.TAKEN] + received.fates[Fate.STRANGER] + received.fates[Fate.GAP] > 0
        more = answer.vector_wanted or (answer.more and moved) or self._has_more_to_send(request)
        return PeerOutcome(received, more)

    def _has_lost_some(self, answer: SyncAnswer) -> bool:
        """Its disk may have come back from a copy."""
        if answer.vector is None:
            return False
        before = self._stations.receipts_of(self.peer.device)
        return any(answer.vector.get(log, Head()).seq < head.seq for log, head in before.items())

    def _receipt(self, answer: SyncAnswer) -> Receipt:
        signed, own = answer.receipt, self._stations.own.id
        try:
            receipt = decode(signed.content, Receipt)
        except ValueError as error:
            raise HubUnavailable(_("The station's answer holds no receipt.")) from error
        mine = (receipt.hub, receipt.device) == (self.peer.device, own)
        if not mine or not is_signed_by(self.peer.key, signed.signature, PEER_RECEIPT_SIGNED_AS + signed.content):
            raise HubUnavailable(_("The station's answer holds no receipt."))
        return receipt

    def _skipped(self) -> set[str]:
        now = time.monotonic()
        return {log for log, until in self._stuck.items() if until > now}

    def _see_what_is_stuck(self, pushed: Sequence[Signed]) -> None:
        last = {at.log: at.seq for at in (read_record(signed.data).id for signed in pushed)}
        for log, seq in last.items():
            held = (self._theirs or {}).get(log, Head())
            if max(held.seq, held.aside) >= seq:
                self._stuck.pop(log, None)
            else:
                self._stuck[log] = time.monotonic() + AGAIN_S

    def _has_more_to_send(self, request: SyncRequest) -> bool:
        batch = self._to_send()
        return bool(batch) and batch != request.push

    def _to_send(self) -> list[Signed]:
        return [] if self._theirs is None else self._nearby.batch_for(self.peer, self._theirs, self._skipped())


def answer_to(nearby: Nearby, peer: Peer, request: SyncRequest) -> tuple[SyncAnswer, Received]:
    """Hold this station's end of a round that another one asks for; what it said is on the disk when this answers.

    Raises HubRefused where there is nothing to say to it, StorageError where the disk refuses.
    """
    received_ms = to_ms(nearby.station.clock())
    if request.protocol != PROTOCOL:
        words = _("The stations' programs speak different versions of the protocol. Update the older one.")
        raise HubRefused("protocol", words)
    received = nearby.take_in(peer, request.push) if request.push else Received()
    held, device = nearby.stations.vector(), nearby.store.journal.device
    same, told = digest_of(held) == request.digest, request.vector is not None
    batch = nearby.batch_for(peer, request.vector) if request.vector is not None and not same else []
    heads = {log: replace(held[log], parked=0, kept=0) for log in request.unconfirmed if log in held}
    boot = nearby.store.journal.log
    receipt = encode(Receipt(device.id, boot, peer.device, heads))
    answer = SyncAnswer(
        protocol=PROTOCOL,
        hub=nearby.link.hub,
        boot=boot,
        digest=digest_of(held),
        vector=None if same else held,
        vector_wanted=not same and not told,
        records=batch,
        more=bool(batch),
        receipt=Sealed(receipt, device.key.sign(PEER_RECEIPT_SIGNED_AS + receipt)),
        refused=received.fates[Fate.REFUSED],
        received_ms=received_ms,
        sent_ms=to_ms(nearby.station.clock()),
    )
    return answer, received
