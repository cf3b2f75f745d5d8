"""Records on a stick: two stations that never saw a network know what the other knows, or a sentence says why not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.exchange import Head
from kiosk.domain.messages import Manifest, Sealed
from kiosk.domain.verdicts import Outcome
from kiosk.errors import BadInput
from kiosk.services.bundles import Bundles, Taken
from kiosk.services.edit import Edit
from kiosk.services.find import Find
from kiosk.services.incidents import Incidents
from kiosk.services.station import Conference
from kiosk.services.verify import verify
from kiosk.services.walk_in import WalkIn
from kiosk.storage import roster
from kiosk.wire import sealed
from kiosk.wire.codec import decode, encode
from kiosk.wire.sealed import SealedReader, SealedWriter
from tests.builders import Desk, a_station, an_attendee, enrol, some_attendees
from tests.meeting import everything, stations_of

PASSPHRASE = "a passphrase for tests"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def _quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_ARGON2", {"time_cost": 1, "memory_cost": 64, "parallelism": 1})


@contextmanager
def two_desks(folder: Path) -> Iterator[tuple[Desk, Desk]]:
    with a_station(folder / "one") as one, a_station(folder / "two") as two:
        one.station.set_name("Desk 1")
        two.station.set_name("Desk 2")
        yield one, two


def export(desk: Desk, path: Path, for_desk: Desk | None = None) -> int:
    device = stations_of(for_desk).own.id if for_desk else None
    return Bundles(desk.store, desk.station).export(path, PASSPHRASE, device).records


def carry(sender: Desk, receiver: Desk, path: Path, *, accept: bool = True, small: bool = False) -> Taken:
    """A stick goes from one desk to the other."""
    export(sender, path, receiver if small else None)
    bundles = Bundles(receiver.store, receiver.station)
    bundle = bundles.open(path, PASSPHRASE)
    for stranger in bundle.strangers if accept else ():
        stations_of(receiver).accept(stranger)
    return bundles.take(bundle)


def test_a_station_that_starts_empty_knows_everything_from_a_stick(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (one, two):
        one.station.set_conference(Conference("PLECET 2023", "PLECET", "America/Chicago"))
        enrol(one.store, some_attendees(30))
        one.scan("000001")
        walk_in = WalkIn(one.store, one.station, Find(one.store)).add({"first": "Wanda", "last": "Walker"})
        person = roster.by_code(one.store.view.connection, "000002")
        assert person is not None
        Edit(one.store, one.station).set(person[0].id, {"note": "Speaks."})
        taken = carry(one, two, tmp_path / "stick")
        assert (taken.sender.name, taken.people, taken.scans, taken.conflicts) == ("Desk 1", 31, 1, 0)
        assert (taken.waiting, taken.refused) == (0, 0)
        view = two.store.view.connection
        assert roster.by_id(view, walk_in.id) == walk_in
        assert roster.by_id(view, person[0].id).note == "Speaks."  # type: ignore[union-attr]
        assert two.scan("000001").outcome is Outcome.ALREADY
        assert two.station.conference.title == "PLECET 2023"
        assert two.station.conference.zone == "America/Chicago"
        assert verify(two.store).problems == ()


def test_there_and_back_with_a_double_admission(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(5))
        carry(one, two, tmp_path / "stick")
        one.scan("000003")
        two.scan("000003")
        two.scan("000004")
        there = carry(two, one, tmp_path / "back")
        assert (there.scans, there.conflicts) == (2, 1)
        carry(one, two, tmp_path / "again")
        for desk in (one, two):
            (incident,) = Incidents(desk.store, desk.station).open()
            assert incident.who == "First3 Last3"
            assert roster.counts(desk.store.view.connection, "desk").checked_in == 2


def test_what_was_taken_is_known_and_the_next_stick_is_small(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(5))
        for n in range(1, 5):
            one.scan(f"{n:06}")
        before = len(everything(one.store))
        carry(one, two, tmp_path / "stick")
        again = carry(one, two, tmp_path / "stick2")
        assert again.received.fates["taken"] == 0
        carry(two, one, tmp_path / "back")
        assert stations_of(one).only_here() == 1  # that it accepted the other
        one.scan("000005")
        assert export(one, tmp_path / "small", two) == 2
        assert export(one, tmp_path / "whole") > before


def test_nobody_counts_who_was_not_accepted(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (one, two), a_station(tmp_path / "three") as three:
        enrol(one.store, some_attendees(5))
        one.scan("000001")
        carry(one, two, tmp_path / "stick")
        export(two, tmp_path / "both")
        bundles = Bundles(three.store, three.station)
        bundle = bundles.open(tmp_path / "both", PASSPHRASE)
        assert {stranger.name for stranger in bundle.strangers} == {"Desk 1", "Desk 2"}
        with pytest.raises(BadInput, match="not accepted"):
            bundles.take(bundle)
        assert everything(three.store) == []
        stations_of(three).accept(bundle.sender)
        taken = bundles.take(bundle)
        assert taken.people == 0
        assert taken.waiting == 3
        (waiting,) = stations_of(three).strangers()
        assert waiting.code == stations_of(one).own.code
        stations_of(three).accept(waiting)
        assert three.scan("000001").outcome is Outcome.ALREADY


def test_a_stick_damaged_anywhere_changes_nothing(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(400))
        export(one, tmp_path / "stick")
        data = (tmp_path / "stick").read_bytes()
        bundles = Bundles(two.store, two.station)
        for tenth in range(10):
            at = len(data) * tenth // 10 + 5
            (tmp_path / "damaged").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            with pytest.raises(BadInput):
                bundles.open(tmp_path / "damaged", PASSPHRASE)
            (tmp_path / "damaged").write_bytes(data[:at])
            with pytest.raises(BadInput):
                bundles.open(tmp_path / "damaged", PASSPHRASE)
        assert everything(two.store) == []


def sealed_frames(path: Path, frames: list[bytes]) -> Path:
    with SealedWriter(path, PASSPHRASE) as writer:
        for frame in frames:
            writer.write(frame)
    return path


HOSTILE = [b"", b"{}", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"content": 5}', b'[{"data": "AAAA"}]', b"null"]


@pytest.mark.parametrize("first", HOSTILE)
@pytest.mark.parametrize("then", HOSTILE)
def test_whatever_is_sealed_is_a_bundle_or_a_sentence(tmp_path: Path, first: bytes, then: bytes) -> None:
    with a_station(tmp_path / "one") as one:
        export(one, tmp_path / "stick")
        true = next(SealedReader(tmp_path / "stick", PASSPHRASE).frames())
        bundles = Bundles(one.store, one.station)
        for n, frames in enumerate([[first], [first, then], [true, then]]):
            path = sealed_frames(tmp_path / f"{n}", frames)
            if frames == [true, b"[]"]:
                continue
            with pytest.raises(BadInput):
                bundles.open(path, PASSPHRASE)


def test_a_manifest_somebody_else_signed_is_refused(tmp_path: Path) -> None:
    """A receipt in another's name would make a station believe that its records are safe."""
    with two_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(2))
        export(two, tmp_path / "stick")
        frames = list(SealedReader(tmp_path / "stick", PASSPHRASE).frames())
        said = decode(frames[0], Sealed)
        lie = replace(decode(said.content, Manifest), vector={one.store.journal.log: Head(99, "00" * 32)})
        path = sealed_frames(tmp_path / "lie", [encode(replace(said, content=encode(lie))), *frames[1:]])
        with pytest.raises(BadInput, match="not signed"):
            Bundles(one.store, one.station).open(path, PASSPHRASE)


def test_a_bundle_cut_off_while_it_is_taken_in_is_taken_again(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (one, two):
        enrol(one.store, [an_attendee("F" * 300, "L" * 300, code=f"{n}", note="n" * 900) for n in range(900)])
        export(one, tmp_path / "stick")
        bundles = Bundles(two.store, two.station)
        bundle = bundles.open(tmp_path / "stick", PASSPHRASE)
        stations_of(two).accept(bundle.sender)

        def pull_the_plug(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            bundles.take(bundle, pull_the_plug)
        taken = bundles.take(bundle)
        assert roster.counts(two.store.view.connection, "desk").people == 900
        assert taken.waiting == 0
        assert verify(two.store).problems == ()


def test_a_station_that_came_back_from_a_copy_is_sent_too_little_and_says_so(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(3))
        carry(one, two, tmp_path / "stick")
    shutil.copytree(tmp_path / "two", tmp_path / "copy")
    with two_desks(tmp_path) as (one, two):
        one.scan("000001")
        carry(one, two, tmp_path / "stick")
        carry(two, one, tmp_path / "back")
    shutil.rmtree(tmp_path / "two")
    (tmp_path / "copy").rename(tmp_path / "two")
    with two_desks(tmp_path) as (one, two):
        one.scan("000002")
        assert carry(one, two, tmp_path / "small", small=True).waiting == 1
        assert carry(one, two, tmp_path / "whole").waiting == 0
        assert two.scan("000001").outcome is Outcome.ALREADY
        assert two.scan("000002").outcome is Outcome.ALREADY
