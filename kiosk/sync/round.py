"""One round with the hub, without the network: what to ask, and what to make of the answer.

Only a receipt the hub signed clears anything, and only as far as it names records that lie here with the same hash.
Everything else an answer says is a hint about what to send next.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from kiosk.domain.exchange import Fate, Head, Signed, digest_of
from kiosk.domain.journal import read_record
from kiosk.domain.placing import Received
from kiosk.domain.scope import not_withheld
from kiosk.domain.trust import PROTOCOL
from kiosk.domain.vectors import difference, mark_of, understood
from kiosk.errors import BadInput, HubRefused, HubUnavailable
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.services.stations import Device, Stations
from kiosk.storage.exchange import is_signed_by
from kiosk.storage.store import Store
from kiosk.wire.codec import decode
from kiosk.wire.rounds import RECEIPT_SIGNED_AS, Receipt, SyncAnswer, SyncRequest

_MOST_UNCONFIRMED = 2_000
MISSING, ALTERED = "missing", "altered"
"""What may be the matter with records at the hub."""
AGAIN_S = 60.0
"""When a log that the hub does not take is tried again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round has brought."""

    received: Received
    sent: int
    more: bool
    """There is more to send or to fetch: go on at once."""
    lacks_most: bool = False
    """There is more to fetch than is held here."""


class Round:
    """The rounds of one station with one hub."""

    def __init__(self, store: Store, station: Station, link: HubLink) -> None:
        self._store = store
        self._link = link
        self._stations = Stations(store, station)
        self._theirs: dict[str, Head] = self._stations.receipts_of(link.hub)
        """What the hub held when last heard: a hint."""
        self._mark = ""
        """Of `_theirs`, where the hub told exactly that; then the next vector is told by what differs from it."""
        self._agreed = ""
        """The digest when both last held the same."""
        self._boot = ""
        """The run of the hub that answered last, and the log which it writes."""
        self._stuck: dict[str, float] = {}
        """Logs of which the hub did not take what was pushed, and when to try again; the others go on."""
        self._clock: tuple[int, int] | None = None
        """What the hub's clock has more than our stopwatch, and how wrong that may be; the best so far, in ms."""

    @property
    def clock_offset_ms(self) -> int | None:
        """What has to be added to this computer's clock to have the hub's."""
        return self._store.journal.own_clock.offset_ms

    def now_ms(self) -> int:
        """This computer's stopwatch, which nobody sets between a question and its answer."""
        return self._store.journal.own_clock.running_ms()

    def met_clock(self, asked_ms: int, answer: SyncAnswer) -> None:
        """Compare clocks by the four times of a question and its answer (RFC 5905, 8). A record carries it, so that the
        times of this log are put right without changing what was recorded.
        """
        heard_ms = self.now_ms()
        more = ((answer.received_ms - asked_ms) + (answer.sent_ms - heard_ms)) // 2
        error = max(0, (heard_ms - asked_ms) - (answer.sent_ms - answer.received_ms)) // 2
        if self._clock is None or error <= self._clock[1] or abs(more - self._clock[0]) > error + self._clock[1]:
            self._clock = (more, error)  # nearer than before, or the hub's clock was set
        if self._store.journal.compared(*self._clock):
            with self._store.write() as journal:
                journal.note_clock()

    def is_with(self, link: HubLink) -> bool:
        """Whether these are rounds with this hub, as the device that this station is now."""
        return (link.hub, link.certificate) == (self._link.hub, self._link.certificate)

    def request(self) -> SyncRequest:
        """What to ask now."""
        vector = self._stations.vector()
        digest = digest_of(vector)
        push = self._to_send()
        changed = difference(self._theirs, self._mark, vector) if self._mark else None
        quiet = digest == self._agreed and not push
        return SyncRequest(
            protocol=PROTOCOL,
            digest=digest,
            vector=None if changed or quiet else vector,
            push=push,
            unconfirmed=self._unconfirmed(vector),
            difference=changed,
            boot=self._boot,
        )

    def _unconfirmed(self, vector: dict[str, Head]) -> list[str]:
        confirmed = self._stations.receipts_of(self._link.hub)
        logs = [log for log, head in vector.items() if confirmed.get(log, Head()).hash != head.hash]
        return logs[:_MOST_UNCONFIRMED]

    def answered(self, request: SyncRequest, answer: SyncAnswer) -> Outcome:
        """Take in what came back. Raises HubRefused where it is another hub, HubUnavailable where it is no answer."""
        if answer.hub != self._link.hub:
            words = _("Another hub answers at this address. Join it anew, or ask the organizer.")
            raise HubRefused("other_hub", words)
        self._know_the_hub()
        receipt = self._receipt(answer)
        self._boot = answer.boot
        received = self.heard(answer.records)
        held = self._told(request, answer)
        self._notice(MISSING, self._stations.confirmed(self._link.hub, receipt.heads, held))
        if not answer.more:
            self._store.journal.hub_heard_at = time.monotonic()
        self._remember(answer, held, same=answer.digest == request.digest)
        if held is not None:
            self._see_what_is_stuck(request.push)
            self._stations.leave_held_back(held)
            if not answer.more and any(head.parked for head in held.values()):
                self._stations.say_lost(held)
        moved = received.fates[Fate.TAKEN] + received.fates[Fate.STRANGER] + received.fates[Fate.GAP] > 0
        asks = answer.vector_wanted or (held is None and answer.difference is not None)
        more = asks or (answer.more and moved) or self._has_more_to_send(request)
        return Outcome(received, len(request.push), more, lacks_most=answer.more and self._lacks_most())

    def held(self) -> int:
        """How many records are held here."""
        return sum(head.seq for head in self._stations.vector().values())

    def _lacks_most(self) -> bool:
        vector = self._stations.vector()
        here = {log: vector[log].seq if log in vector else 0 for log in self._theirs}
        lacking = sum(max(0, head.seq - here[log]) for log, head in self._theirs.items())
        return lacking > sum(here.values())

    def _notice(self, what: str, count: int) -> None:
        """What was confirmed cannot become less, nor other records, without somebody being told."""
        if count:
            _log.warning("the hub: %s records %s", count, what)
            self._stations.hub_fault(self._link.hub, self._boot, what, count)

    def _told(self, request: SyncRequest, answer: SyncAnswer) -> dict[str, Head] | None:
        """How far the hub holds every log; None where it does not say, or we remember another vector than it starts
        from.
        """
        if answer.vector is not None:
            return dict(answer.vector)
        if answer.digest == request.digest and request.vector is not None:
            return dict(request.vector)
        # Where both hold the same, what we told is what the hub holds, though it may have forgotten how we told it.
        same = answer.digest == request.digest
        told = answer.difference or (request.difference if same else None)
        return understood(self._theirs, told) if told is not None and told.base == self._mark else None

    def _remember(self, answer: SyncAnswer, held: dict[str, Head] | None, *, same: bool) -> None:
        """What to go by in the next round. Whatever is not certain is told whole then."""
        self._theirs = self._theirs if held is None else held
        certain = held is not None and not answer.vector_wanted and mark_of(held) == answer.mark
        self._mark = answer.mark if certain else ""
        self._agreed = answer.digest if same else ""

    def _has_more_to_send(self, request: SyncRequest) -> bool:
        batch = self._to_send()
        return bool(batch) and batch != request.push

    def _to_send(self) -> list[Signed]:
        """The next batch; not what others wrote and a value of which was kept from us: the hub shall have it whole."""
        cut = partial(not_withheld, self._link.role)
        return self._stations.batch_after(self._theirs, self._skipped(), cut)

    def _skipped(self) -> set[str]:
        now = time.monotonic()
        return {log for log, until in self._stuck.items() if until > now}

    def _see_what_is_stuck(self, pushed: Sequence[Signed]) -> None:
        """A record the hub does not take holds up its own log only: later ones of this station go into a new log."""
        last = {at.log: at.seq for at in (read_record(signed.data).id for signed in pushed)}
        for log, seq in last.items():
            held = self._theirs.get(log, Head())
            if max(held.seq, held.aside) >= seq:
                self._stuck.pop(log, None)
            elif log not in self._stuck or self._stuck[log] <= time.monotonic():
                _log.warning("the hub does not take all of the log %s", log)
                self._stuck[log] = time.monotonic() + AGAIN_S
                self._stations.leave_log(log)

    def _know_the_hub(self) -> None:
        """What the hub's own log says counts here: the key came with the invitation, which a person approved."""
        try:
            if self._stations.accepted().get(self._link.hub) != self._link.hub_key:
                self._stations.accept(Device(self._link.hub, self._link.hub_key, _("Hub")))
        except BadInput as error:
            raise HubRefused("other_key", str(error)) from error

    def _receipt(self, answer: SyncAnswer) -> Receipt:
        signed = answer.receipt
        try:
            receipt = decode(signed.content, Receipt)
        except ValueError as error:
            raise HubUnavailable(_("The hub's answer holds no receipt.")) from error
        mine = (receipt.hub, receipt.device) == (self._link.hub, self._stations.own.id)
        if not mine or not is_signed_by(self._link.hub_key, signed.signature, RECEIPT_SIGNED_AS + signed.content):
            raise HubUnavailable(_("The hub's answer holds no receipt."))
        return receipt

    def heard(self, batch: list[Signed], *, later: bool = False) -> Received:
        """Take in records that the hub sent; they may be folded later (`Store.write`)."""
        if not batch:
            return Received()
        received = self._stations.receive(batch, later=later).received
        self._notice(ALTERED, received.unsound)
        if received.fates[Fate.TAKEN]:
            received.add(self._stations.release().received)
        return received

    def unsent(self) -> int:
        """Records of this station for which the hub has given no receipt."""
        return self._stations.unsent(self._link.hub)
