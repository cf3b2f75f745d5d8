"""Meeting other stations: whose records count here, what they hold, and taking in what they bring.

A record counts when the device that signed it was accepted by a person at this station, who compared six digits. What
a device writes that nobody accepted yet is kept aside, and counts from the moment it is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kiosk.domain.exchange import Fate, Head, Opening, Signed, Vector
from kiosk.domain.gaps import body_of
from kiosk.domain.journal import Kind
from kiosk.domain.messages import HUB_ROLE, Vouched
from kiosk.domain.placing import Received
from kiosk.domain.scope import Cut
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.storage import exchange, exchange_view
from kiosk.storage.exchange_view import accepted_devices, logs_of
from kiosk.storage.store import Store

_CODE_MEMORY_KIB, _CODE_PASSES = 64 * 1024, 3
"""What computing a comparison code costs: a third of a second, so that trying keys until one has the same six digits
takes days of processor time.
"""


def comparison_code(device: str, key: str) -> str:
    """Six digits that stand for a device and its key, for two people to compare: "042 117"."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    stretched = Argon2id(
        salt=b"kiosk device " + device.encode()[:64],
        length=8,
        iterations=_CODE_PASSES,
        lanes=1,
        memory_cost=_CODE_MEMORY_KIB,
    ).derive(f"{device}:{key}".encode())
    digits = f"{int.from_bytes(stretched, 'big') % 1_000_000:06}"
    return f"{digits[:3]} {digits[3:]}"


@dataclass(frozen=True, slots=True)
class Device:
    """A station as another one sees it."""

    id: str
    key: str
    name: str

    @property
    def code(self) -> str:
        """What people compare before they accept it."""
        return comparison_code(self.id, self.key)


@dataclass(frozen=True, slots=True)
class News:
    """What taking records in has brought."""

    received: Received
    incidents: int = 0
    """Further records that cannot both be right."""
    waiting: Mapping[Fate, int] = field(default_factory=dict)
    """Records kept aside by now, by why."""


class Stations:
    """Other stations, as this one knows them."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    @property
    def own(self) -> Device:
        """This station."""
        device = self._store.journal.device
        return Device(device.id, device.public, self._station.name)

    # Whose records count

    def accepted(self) -> dict[str, str]:
        """The keys of the devices whose records count here, by device."""
        with self._store.reading():
            return self._accepted()

    def known(self) -> list[Device]:
        """The devices whose records count here, with the name each last gave itself."""
        with self._store.reading():
            names = exchange_view.station_names(self._store.view.connection)
            return [Device(device, key, names.get(device, "?")) for device, key in sorted(self._accepted().items())]

    def _accepted(self) -> dict[str, str]:
        link = HubLink.read(self._store)
        by = [self._store.journal.device.id, *([link.hub] if link else [])]
        return accepted_devices(self._store.view.connection, by)

    def _gone(self) -> dict[tuple[str, str], int]:
        link = HubLink.read(self._store)
        return exchange_view.gone_devices(self._store.view.connection, link.hub) if link else {}

    def vouched(self) -> list[Vouched]:
        """Whose records count here, and what each is for: what a new hub is told by the station it is made from. Not
        this station itself.
        """
        link = HubLink.read(self._store)
        with self._store.reading():
            view = self._store.view.connection
            roles = exchange_view.announced_roles(view, link.hub) if link else {}
            hubs = exchange_view.hubs(view) | ({link.hub} if link else set())
        return [
            Vouched(each.id, each.key, each.name, HUB_ROLE if each.id in hubs else roles.get(each.id, ""))
            for each in self.known()
            if each.id != self.own.id
        ]

    def strangers(self) -> list[Device]:
        """Devices whose records wait here for somebody to accept them."""
        with self._store.reading():
            found = {opened.device: opened for _log, opened in exchange.strangers(self._store.connection)}
        return [Device(opened.device, opened.key, opened.station) for opened in found.values()]

    def unknown_among(self, openings: Iterable[Opening]) -> list[Device]:
        """Of those who opened these logs, the ones nobody has accepted here."""
        known = {(self.own.id, self.own.key), *self.accepted().items()}
        found = {(opened.device, opened.key): opened.station for opened in openings}
        return [Device(*pair, name) for pair, name in sorted(found.items()) if pair not in known]

    def accept(self, device: Device, by: str | None = None) -> News:
        """Let the records of this device count, those that wait as well. Raises BadInput if its name has another key.

        The caller has let a person compare the digits.
        """
        with self._store.write() as journal:
            known = self._accepted().get(device.id)
            if known is not None and known != device.key:
                raise BadInput(
                    _("{name} is known here with another key. Somebody may be posing as it: ask the organizer.").format(
                        name=device.name
                    )
                )
            if known is None:
                actor = self._station.actor(journal, by)
                body = {"device": device.id, "key": device.key, "name": device.name}
                journal.append(Kind.DEVICE_ADD, body, at=self._station.clock(), actor=actor)
        return self.release()

    def revoke(self, device_id: str, by: str | None = None) -> None:
        """Let what this device writes from now on count no more; what came before stands. Raises BadInput if it is
        not known.
        """
        with self._store.write() as journal:
            if device_id not in self._accepted():
                raise BadInput(_("This station is not among those accepted here."))
            actor = self._station.actor(journal, by)
            journal.append(Kind.DEVICE_REVOKE, {"device": device_id}, at=self._station.clock(), actor=actor)

    # What is where

    def vector(self) -> dict[str, Head]:
        """How far every log is held here."""
        with self._store.reading():
            return exchange.vector(self._store.connection, self._store.journal.ends)

    def batch_after(
        self, theirs: Vector, skip: Collection[str] = (), cut: Callable[[Sequence[Signed]], Cut] | None = None
    ) -> list[Signed]:
        """The next records for somebody who holds `theirs`, our own first; those of the logs in `skip` wait.

        `cut`: what of them may go on to that reader (`domain/scope.py`).
        """
        waits = set(skip)
        while True:
            with self._store.reading():
                batch = exchange.records_after(
                    self._store.connection, theirs, first=self.own_logs(), skip=waits, known=self._store.journal.ends
                )
            if cut is None or not batch:
                return batch
            passed, held_up = cut(batch)
            if passed:
                return passed
            waits |= held_up

    def leave_log(self, log: str) -> None:
        """Write on in a new log, if this is the one being written: somebody does not take what is in it."""
        with self._store.write() as journal:
            if journal.log == log:
                journal.begin_log()

    def leave_held_back(self, held: Vector) -> None:
        """Write on in a new log, if the hub holds back what is in this one until an organizer has looked at it."""
        log = self._store.journal.log
        if held.get(log, Head()).kept:
            self.leave_log(log)

    def note_receipts(self, holder: str, vector: Vector) -> None:
        """Remember how far somebody said, and signed, to hold what we hold."""
        with self._store.write() as journal:
            exchange.note_receipts(journal.connection, holder, vector)

    def receipts_of(self, holder: str) -> dict[str, Head]:
        """How far somebody held what we hold when we last heard of them."""
        with self._store.reading():
            return exchange.receipts_of(self._store.connection, holder)

    def confirmed(self, holder: str, heads: Vector, held: Vector | None) -> int:
        """Remember a receipt: `heads` were signed; of what `held` leaves out, earlier receipts hold no more.

        Answers how many records had been confirmed and are not held any more.
        """
        with self._store.write() as journal:
            missing = 0 if held is None else exchange.missing_at(journal.connection, holder, held)
            exchange.confirm(journal.connection, holder, heads, held)
        return missing

    def say_lost(self, held: Vector) -> int:
        """State what is lost for ever in the midst of our own logs: what this disk lost, and the hub never had. What
        follows counts then. Answers how many records that are. `held`: how far the hub holds every log.
        """
        own = [log for log in self.own_logs() if held.get(log, Head()).parked]
        with self._store.write() as journal:
            gaps = [gap for log in own for gap in exchange.unstated(journal, log, held[log])]
            for gap in gaps:
                if journal.log == gap.log:  # behind the gap nobody would hear of it
                    journal.begin_log()
                record = journal.append(Kind.GAP, body_of(gap), at=self._station.clock(), actor="station")
                exchange.note_gap(journal.connection, record)
        return sum(gap.last - gap.first + 1 for gap in gaps)

    def hub_fault(self, hub: str, boot: str, what: str, count: int) -> None:
        """Tell everybody that the hub is not what it said: once for each of its runs, whoever noticed first."""
        with self._store.write() as journal:
            if not exchange_view.is_known(self._store.view.connection, exchange_view.hub_fault(boot, what)):
                body = {"hub": hub, "boot": boot, "what": what, "n": count}
                journal.append(Kind.HUB_FAULT, body, at=self._station.clock(), actor="station")

    def unsent(self, holder: str) -> int:
        """How many records of this station this one is not known to hold."""
        with self._store.reading():
            return exchange.only_here(self._store.journal, self.own_logs(), holder)

    def only_here(self) -> int:
        """How many records of this station nobody else is known to hold."""
        with self._store.reading():
            return exchange.only_here(self._store.journal, self.own_logs())

    def own_logs(self) -> list[str]:
        """The logs that this station has written."""
        with self._store.reading():
            return logs_of(self._store.view.connection, self._store.journal.device.id)

    # Taking in

    def receive(self, batch: Sequence[Signed], *, later: bool = False) -> News:
        """Take records in: on the disk first, then folded, or `later`. Raises NotSaved, and nothing of the batch is
        kept then.
        """
        before = self._incidents()
        with self._store.write(later=later) as journal:
            received = exchange.receive(journal, self._accepted(), batch, self._gone())
        return self._news(received, before)

    def release(self) -> News:
        """Take in what waited for devices that are accepted by now."""
        before = self._incidents()
        with self._store.write() as journal:
            received = exchange.release(journal, self._accepted(), self._gone())
        return self._news(received, before)

    def _incidents(self) -> int:
        with self._store.reading():
            return exchange_view.count_incidents(self._store.view.connection)

    def _news(self, received: Received, before: int) -> News:
        with self._store.reading():
            return News(received, self._incidents() - before, exchange.waiting(self._store.connection))
