"""A scanner on a serial line, played by a pseudo-terminal.

Scans come whole, and it comes back after the cable was out.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.scanning.serial import Framer, Port, SerialSource, decoded
from kiosk.scanning.source import SourceState, SourceStatus

tty = pytest.importorskip("tty", reason="Windows has no pseudo-terminals")


class Cable:
    """A serial cable with us at the scanner's end; unplugging and plugging in keep the port's name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ours: int | None = None
        self.theirs: int | None = None

    def plug_in(self) -> None:
        self.ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        self.path.symlink_to(os.ttyname(self.theirs))

    def unplug(self) -> None:
        for end in (self.theirs, self.ours):
            if end is not None:
                os.close(end)
        self.ours = self.theirs = None
        self.path.unlink(missing_ok=True)

    def send(self, data: bytes) -> None:
        assert self.ours is not None
        os.write(self.ours, data)


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    cable = Cable(tmp_path / "scanner")
    yield cable
    cable.unplug()


class Ear:
    """What a source said, in order; waits for it as long as a test may."""

    def __init__(self) -> None:
        self.scans: queue.Queue[str] = queue.Queue()
        self.states: queue.Queue[SourceStatus] = queue.Queue()

    def scan(self) -> str:
        return self.scans.get(timeout=10)

    def wait_for(self, state: SourceState) -> SourceStatus:
        while True:
            status = self.states.get(timeout=10)
            if status.state == state:
                return status


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def source(cable: Cable, ear: Ear) -> Iterator[SerialSource]:
    source = SerialSource(ear.scans.put, ear.states.put, device=str(cable.path), look_again_s=0.02)
    yield source
    source.close()


def test_scans_come_whole_and_one_by_one(cable: Cable, ear: Ear, source: SerialSource) -> None:
    cable.plug_in()
    source.start()
    assert str(cable.path) in ear.wait_for(SourceState.READY).sentence
    cable.send(b"000001\r\n0000")
    cable.send(b"02\r")
    assert [ear.scan(), ear.scan()] == ["000001", "000002"]


def test_a_scan_without_ending_comes_when_it_falls_quiet(cable: Cable, ear: Ear, source: SerialSource) -> None:
    cable.plug_in()
    source.start()
    ear.wait_for(SourceState.READY)
    cable.send(b"000001")
    assert ear.scan() == "000001"


def test_a_contact_card_is_one_scan(cable: Cable, ear: Ear, source: SerialSource) -> None:
    cable.plug_in()
    source.start()
    ear.wait_for(SourceState.READY)
    cable.send("BEGIN:VCARD\r\nFN:José\r\nUID:000001\r\nEND:VCARD\r\n".encode())
    assert ear.scan() == "BEGIN:VCARD\nFN:José\nUID:000001\nEND:VCARD"
    cable.send(b"BEGIN:VCARD\r\nUID:000002\r\n")
    assert ear.scan() == "BEGIN:VCARD\nUID:000002"


def test_it_comes_back_after_the_cable_was_out(cable: Cable, ear: Ear, source: SerialSource) -> None:
    source.start()
    assert "cable" in ear.wait_for(SourceState.SEARCHING).sentence
    for code in ("000001", "000002"):
        cable.plug_in()
        ear.wait_for(SourceState.READY)
        cable.send(code.encode() + b"\r")
        assert ear.scan() == code
        cable.unplug()
        ear.wait_for(SourceState.SEARCHING)
    source.close()
    assert source.status.state == SourceState.OFF


@pytest.mark.expect_log
def test_a_scan_that_cannot_be_handled_does_not_cost_the_next(cable: Cable, ear: Ear) -> None:
    def scanned(text: str) -> None:
        if text == "bad":
            raise RuntimeError("no")
        ear.scans.put(text)

    source = SerialSource(scanned, ear.states.put, device=str(cable.path))
    cable.plug_in()
    source.start()
    ear.wait_for(SourceState.READY)
    cable.send(b"bad\r000001\r")
    assert ear.scan() == "000001"
    source.close()


def test_only_what_says_it_is_a_scanner_is_opened_unasked(cable: Cable, ear: Ear) -> None:
    found = [Port("/dev/a-label-printer", "Label printer", scanner=False)]
    source = SerialSource(ear.scans.put, ear.states.put, find=lambda: found, look_again_s=0.02)
    source.start()
    assert "Plug one in" in ear.wait_for(SourceState.SEARCHING).sentence
    cable.plug_in()
    found.append(Port(str(cable.path), "Barcode scanner", scanner=True))
    ear.wait_for(SourceState.READY)
    source.close()


def test_it_can_be_closed_twice_and_started_again(cable: Cable, ear: Ear, source: SerialSource) -> None:
    cable.plug_in()
    source.start()
    ear.wait_for(SourceState.READY)
    source.close()
    source.close()
    source.start()
    ear.wait_for(SourceState.READY)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("José".encode(), "José"),
        ("José".encode("latin-1"), "José"),
        (b"\xff\x00", "ÿ\x00"),
    ],
)
def test_bytes_are_read_as_utf_8_else_latin_1(data: bytes, text: str) -> None:
    assert decoded(data) == text


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    framer = Framer()
    for _ in range(50):
        assert list(framer.feed(b"A" * 100_000)) == []
    [text] = framer.quiet()
    assert 2953 < len(text) < 20_000


@given(st.lists(st.sampled_from(["000001", "K7Q291XF0042ABYD", "José", "]Q1 7"]), max_size=8), st.data())
def test_it_does_not_matter_how_the_line_cuts_the_bytes(codes: list[str], data: st.DataObject) -> None:
    stream = "".join(f"{code}\r\n" for code in codes).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    framer = Framer()
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [scan for piece in pieces for scan in framer.feed(piece)] == codes
