"""Records on a USB stick: what one station holds, sealed under a passphrase, for another to take in.

    Bundles(store, station).export(path, passphrase)
    bundle = Bundles(other_store, other_station).open(path, passphrase)     # proves all of it, changes nothing
    for stranger in bundle.strangers: …                                    # a person compares six digits
    Bundles(…).take(bundle)

A bundle is the same exchange as over a network: what is known already changes nothing, and one that was cut off in the
middle of taking in is simply taken again. Each tells its reader what its sender holds, so that the next bundle back to
that station is small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.domain.admission import DESK
from kiosk.domain.exchange import Fate, Head, Opening, Signed
from kiosk.domain.journal import Kind
from kiosk.domain.messages import BUNDLE_FORMAT, Manifest, Sealed
from kiosk.domain.placing import Received
from kiosk.domain.typed import one_line
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incidents
from kiosk.services.station import Conference, Station
from kiosk.services.stations import Device, Stations
from kiosk.storage import exchange, roster
from kiosk.storage.store import Store

Progress = Callable[[int, int], None]
"""Told how many records of how many are done."""

_SCANS = (Kind.ADMIT, Kind.DENY, Kind.EXIT)
_SIGNED_AS = b"kiosk bundle\n"
"""Before what is signed, so that no signature over one thing is good for another."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What is in a bundle that was made."""

    records: int
    own: Device
    """This station, with the digits that the other one will show."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was opened and is whole."""

    path: Path
    manifest: Manifest
    frames: Callable[[], Iterator[bytes]] = field(repr=False)
    strangers: tuple[Device, ...] = ()
    """Stations whose records are in it and that nobody has accepted here."""

    @property
    def sender(self) -> Device:
        """Who made it."""
        return Device(self.manifest.device, self.manifest.key, self.manifest.station)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bundle has brought."""

    sender: Device
    received: Received
    people: int
    """New on the roster here."""
    scans: int
    conflicts: int
    """Further records that cannot both be right."""
    waiting: int
    """Records kept aside here by now."""

    @property
    def refused(self) -> int:
        """Records that were not what they said."""
        return self.received.fates[Fate.REFUSED]


class Bundles:
    """Bundles made and taken in at this station."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station
        self._stations = Stations(store, station)

    def export(
        self, path: Path, passphrase: str, for_device: str | None = None, progress: Progress | None = None
    ) -> Exported:
        """Write what this station holds to a sealed file; for a station that was heard of, only what it lacks.

        Raises BadInput, in words; the file is then as it was.
        """
        from kiosk.wire.codec import encode
        from kiosk.wire.sealed import SealedWriter

        theirs = self._stations.receipts_of(for_device) if for_device else {}
        manifest = self._manifest(theirs)
        content = encode(manifest)
        signature = self._store.journal.device.key.sign(_SIGNED_AS + content)
        done = 0
        with SealedWriter(path, passphrase) as sealed:
            sealed.write(encode(Sealed(content, signature)))
            while batch := self._stations.batch_after(theirs):
                sealed.write(encode(batch))
                theirs = exchange.advanced(theirs, batch)
                done += len(batch)
                if progress is not None:
                    progress(done, max(done, manifest.records))
        return Exported(done, self._stations.own)

    def _manifest(self, theirs: dict[str, Head]) -> Manifest:
        own = self._stations.own
        vector = self._stations.vector()
        with self._store.reading():
            openings = exchange.openings(self._store.connection)
        conference, link = self._station.conference, HubLink.read(self._store)
        return Manifest(
            format=BUNDLE_FORMAT,
            device=own.id,
            key=own.key,
            station=own.name,
            vector=vector,
            openings=list(dict.fromkeys(openings.values())),
            records=sum(head.seq - theirs.get(log, Head()).seq for log, head in vector.items() if log in openings),
            conference={name: getattr(conference, name) for name in ("title", "short_name", "zone")},
            role=link.role if link else "",
            vouched=self._stations.vouched(),
        )

    def open(self, path: Path, passphrase: str) -> Bundle:
        """Read a bundle through to its end; changes nothing. Raises BadInput, in words, where it is not whole."""
        manifest, frames = read_bundle(path, passphrase)
        sender = Opening(manifest.device, manifest.key, manifest.station)
        strangers = tuple(self._stations.unknown_among([*manifest.openings, sender]))
        return Bundle(path, manifest, frames, strangers)

    def take(self, bundle: Bundle, progress: Progress | None = None) -> Taken:
        """Take in what a bundle holds, its sender having been accepted. What is of others nobody accepted waits aside.

        Raises BadInput when the sender is not accepted, NotSaved when the disk refuses; then it can be taken again.
        """
        from kiosk.wire.codec import decode

        if any(stranger.id == bundle.manifest.device for stranger in self._stations.unknown_among([_opening(bundle)])):
            raise BadInput(
                _("{name} is not accepted here. Compare its six digits first.").format(name=bundle.sender.name)
            )
        people, conflicts = self._people(), self._conflicts()
        received, done = Received(), 0
        frames = bundle.frames()
        next(frames)
        for frame in frames:
            batch = decode(frame, list[Signed])
            received.add(self._stations.receive(batch).received)
            done += len(batch)
            if progress is not None:
                progress(done, max(done, bundle.manifest.records))
        received.add(self._stations.release().received)
        self._stations.note_receipts(bundle.manifest.device, bundle.manifest.vector)
        self._join_conference(bundle.manifest)
        return Taken(
            sender=bundle.sender,
            received=received,
            people=max(0, self._people() - people),
            scans=sum(received.kinds[kind] for kind in _SCANS),
            conflicts=max(0, self._conflicts() - conflicts),
            waiting=self._waiting(),
        )

    def _join_conference(self, manifest: Manifest) -> None:
        """A station that was told of no conference yet serves the one of whoever it meets first."""
        if self._station.conference == Conference():
            told = manifest.conference
            title, short_name, zone = (one_line(told.get(name, ""), 120) for name in ("title", "short_name", "zone"))
            with suppress(BadInput):  # a zone this computer does not know
                self._station.set_conference(Conference(title or Conference().title, short_name, zone))

    def _people(self) -> int:
        with self._store.reading():
            return roster.counts(self._store.view.connection, DESK).people

    def _conflicts(self) -> int:
        return len(Incidents(self._store, self._station).open())

    def _waiting(self) -> int:
        with self._store.reading():
            return sum(exchange.waiting(self._store.connection).values())


def read_bundle(path: Path, passphrase: str) -> tuple[Manifest, Callable[[], Iterator[bytes]]]:
    """Read a sealed file through to its end: what it says of itself, and its frames. Raises BadInput, in words."""
    from kiosk.wire.codec import decode
    from kiosk.wire.sealed import SealedReader

    reader = SealedReader(path, passphrase)
    frames = reader.frames()
    try:
        first = decode(next(frames), Sealed)
        manifest = decode(first.content, Manifest)
        if not exchange.is_signed_by(manifest.key, first.signature, _SIGNED_AS + first.content):
            raise BadInput(_("{file} is not signed by who made it.").format(file=path.name))
        if manifest.format != BUNDLE_FORMAT:
            words = _("{file} was made by a newer version of this program. Update this one.")
            raise BadInput(words.format(file=path.name))
        for frame in frames:
            decode(frame, list[Signed])
    except ValueError as error:
        words = _("{file} holds something that is no record. Nothing was taken from it.")
        raise BadInput(words.format(file=path.name)) from error
    return manifest, reader.frames


def _opening(bundle: Bundle) -> Opening:
    return Opening(bundle.manifest.device, bundle.manifest.key, bundle.manifest.station)
