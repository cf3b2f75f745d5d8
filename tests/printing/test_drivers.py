"""Every driver against every fault: one label a request, or a person is asked; and the right words either way."""

from __future__ import annotations

import random
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.printer_words import what_to_do
from kiosk.domain.printers import Media, PrinterProfile, PrinterState
from kiosk.errors import BadInput
from kiosk.printing.printer import Sent
from kiosk.printing.status import brother
from kiosk.printing.status.zebra import Memory, ZebraTalk
from kiosk.printing.stream import StreamPrinter
from kiosk.printing.transports.link import Link
from tests.printing import decoders
from tests.printing.desks import DRIVERS, JOB, PAGE, ROLL, SPEAKING, Sit, printer_of, profile, running
from tests.printing.emulators import (
    COVER,
    HOT,
    JAM,
    LOW,
    PAPER_OUT,
    PAUSED,
    Brother,
    BrotherNet,
    BrotherUsb,
    Dymo,
    Zebra,
)
from tests.printing.test_languages import a_page, picture_of


@pytest.mark.parametrize("name", DRIVERS)
class TestPrinterContract:
    """What every driver holds, whatever it talks to."""

    def test_one_request_is_one_label_with_every_dot(self, sit: Sit, name: str) -> None:
        desk = sit(name)
        assert desk.printer.status().state is PrinterState.READY
        assert desk.send().sent is desk.proof
        desk.paper.wait_for(lambda: bool(desk.paper.labels))
        [label] = desk.decode(desk.paper.labels[0])
        box = decoders.ink(label.picture)
        assert box is not None
        assert label.picture.crop(box).tobytes() == picture_of(PAGE).crop(decoders.ink(picture_of(PAGE))).tobytes()

    def test_labels_follow_each_other(self, sit: Sit, name: str) -> None:
        desk = sit(name)
        for number in range(1, 4):
            assert desk.printer.send(PAGE, f"job-{number}", running).sent is desk.proof
            desk.paper.wait_for(lambda number=number: len(desk.paper.labels) == number)  # type: ignore[misc]
        assert desk.paper.jobs == 3

    @pytest.mark.parametrize(
        "fault, state, words",
        [
            (PAPER_OUT, PrinterState.PAPER_OUT, "is out of labels. Put in a new roll of"),
            (COVER, PrinterState.COVER_OPEN, "Close the lid of"),
        ],
    )
    def test_a_fault_before_the_job_keeps_every_byte_back(
        self, sit: Sit, name: str, fault: str, state: PrinterState, words: str
    ) -> None:
        desk = sit(name)
        desk.paper.fault(fault)
        if isinstance(desk.paper, Dymo) and fault == COVER:
            state, words = PrinterState.ERROR, "needs a hand"  # its byte has no bit for the lid
        assert desk.printer.status().state is state
        outcome = desk.send()
        assert outcome.sent is Sent.NOT_STARTED
        assert words in desk.words(outcome)
        desk.paper.clear()
        assert desk.paper.jobs == 0
        assert desk.send().sent is desk.proof

    @pytest.mark.parametrize("fault", [PAPER_OUT, COVER])
    def test_a_fault_on_the_way_holds_the_badge_until_somebody_helps(self, sit: Sit, name: str, fault: str) -> None:
        desk = sit(name)
        desk.paper.at_start = fault
        outcome = desk.send()
        assert outcome.sent is Sent.HELD
        assert desk.words(outcome, waiting=3).endswith("3 badges are waiting and will print by themselves.")
        assert desk.printer.status().state is outcome.status.state  # type: ignore[union-attr]
        assert desk.printer.follow(JOB, running).sent is Sent.HELD
        assert desk.paper.labels == []
        desk.paper.clear()
        assert desk.followed().sent is desk.proof
        assert (len(desk.paper.labels), desk.paper.jobs) == (1, 1)

    def test_paper_that_ends_with_the_badge_costs_no_second_one(self, sit: Sit, name: str) -> None:
        desk = sit(name)
        desk.paper.at_end = PAPER_OUT
        assert desk.send().sent in (Sent.PRINTED, Sent.HELD)
        desk.paper.wait_for(lambda: bool(desk.paper.labels))
        desk.paper.clear()
        assert desk.followed().sent is desk.proof
        assert (len(desk.paper.labels), desk.paper.jobs) == (1, 1)

    def test_a_printer_that_is_off_is_said_by_name(self, sit: Sit, name: str) -> None:
        desk = sit(name)
        desk.place.switch_off()
        desk.paper.silent = True
        assert desk.printer.status().state is PrinterState.OFFLINE
        outcome = desk.send()
        assert outcome.sent is Sent.NOT_STARTED
        assert "Badge 1 does not answer. Is it switched on" in desk.words(outcome)

    def test_a_connection_that_breaks_in_the_middle_asks_a_person(self, sit: Sit, name: str) -> None:
        desk = sit(name)
        desk.printer.status()
        desk.paper.drop_after = 200
        outcome = desk.send()
        assert outcome.sent is Sent.UNKNOWN
        assert "broke while it was printing" in desk.words(outcome)
        assert desk.printer.follow(JOB, running).sent is Sent.UNKNOWN
        assert desk.paper.jobs == 0

    def test_a_printer_switched_off_with_a_badge_in_it_asks_a_person(self, sit: Sit, name: str) -> None:
        """It comes back with an empty memory, which must not look as if the badge had come out."""
        desk = sit(name)
        desk.paper.at_start = PAPER_OUT
        assert desk.send().sent is Sent.HELD
        desk.place.switch_off()
        if name in ("brother network", "ipp"):
            desk.paper.silent = True  # the line is closed long since, and nobody else answers
            assert desk.printer.follow(JOB, running).sent is Sent.SENT
            return
        assert desk.printer.follow(JOB, running).sent is Sent.UNKNOWN
        assert desk.printer.follow(JOB, running).sent is Sent.UNKNOWN

    def test_a_badge_too_large_for_the_labels_is_not_begun(self, sit: Sit, name: str) -> None:
        desk = sit(name)
        outcome = desk.printer.send(a_page(2000, 2000), JOB, running)
        assert outcome.sent is Sent.NOT_STARTED
        assert "169.3 × 169.3 mm" in outcome.words
        assert desk.paper.jobs == 0

    def test_a_badge_drawn_for_another_head_is_not_begun(self, sit: Sit, name: str) -> None:
        outcome = sit(name).printer.send(a_page(96, 80, 203), JOB, running)
        assert outcome.sent is Sent.NOT_STARTED
        assert "300 dots an inch" in outcome.words

    def test_printed_is_not_said_before_the_label_is_out(self, sit: Sit, name: str) -> None:
        desk = sit(name)
        speaks_by_itself = isinstance(desk.paper, BrotherUsb)
        desk.paper.looks = 15 if desk.printer.can_confirm and not speaks_by_itself else 0
        assert desk.send().sent is desk.proof
        if desk.printer.can_confirm:
            assert len(desk.paper.labels) == 1

    def test_nothing_is_known_of_a_job_it_never_had(self, sit: Sit, name: str) -> None:
        desk = sit(name)
        desk.send()
        assert desk.printer.follow("another", running).sent is Sent.UNKNOWN

    def test_a_program_that_ends_is_not_kept(self, sit: Sit, name: str) -> None:
        desk = sit(name)
        desk.paper.looks = 10**9
        assert desk.printer.send(PAGE, JOB, lambda: True).sent is Sent.SENT


@pytest.mark.parametrize("name", SPEAKING)
def test_a_printer_that_answers_nothing_gets_nothing(sit: Sit, impatient: None, name: str) -> None:
    desk = sit(name)
    desk.paper.silent = True
    outcome = desk.send()
    assert outcome.sent is Sent.NOT_STARTED
    assert "Badge 1 needs a hand" in desk.words(outcome)
    assert desk.paper.jobs == 0


@pytest.mark.parametrize(
    "name, fault, state",
    [
        ("zebra network", JAM, PrinterState.CUTTER_JAM),
        ("zebra network", HOT, PrinterState.COOLING),
        ("zebra network", PAUSED, PrinterState.PAUSED),
        ("zebra network", LOW, PrinterState.PAPER_LOW),
        ("brother usb", JAM, PrinterState.CUTTER_JAM),
        ("brother usb", HOT, PrinterState.ERROR),
        ("brother network", JAM, PrinterState.CUTTER_JAM),
        ("brother network", LOW, PrinterState.PAPER_LOW),
        ("escpos network", JAM, PrinterState.CUTTER_JAM),
        ("escpos network", HOT, PrinterState.COOLING),
        ("escpos network", LOW, PrinterState.PAPER_LOW),
        ("dymo usb", JAM, PrinterState.CUTTER_JAM),
        ("ipp", JAM, PrinterState.CUTTER_JAM),
        ("ipp", PAUSED, PrinterState.PAUSED),
        ("ipp", LOW, PrinterState.PAPER_LOW),
    ],
)
def test_each_fault_has_its_name(sit: Sit, name: str, fault: str, state: PrinterState) -> None:
    desk = sit(name)
    desk.paper.fault(fault)
    assert desk.printer.status().state is state
    assert desk.send().sent is (desk.proof if fault == LOW else Sent.NOT_STARTED)


def test_a_zebra_that_falls_silent_in_trouble_still_has_the_badge(sit: Sit, impatient: None) -> None:
    """Zebra's own guide: no answer to ~HS while the media is out."""
    desk = sit("zebra network")
    desk.paper.silent_in_trouble = True
    desk.paper.at_start = PAPER_OUT
    outcome = desk.send()
    assert outcome.sent is Sent.HELD
    assert "needs a hand" in desk.words(outcome)
    desk.paper.clear()
    assert desk.followed().sent is Sent.PRINTED
    assert len(desk.paper.labels) == 1


def test_an_empty_memory_proves_nothing_before_paper_could_have_moved() -> None:
    class Empty(ZebraTalk):
        def memory(self, link: Link) -> Memory:
            return Memory(0, None)

    watch = Empty().watch(height_mm=152.4)
    line: Link = None  # type: ignore[assignment]  # nothing is asked over it
    assert [watch.look(line, elapsed).out for elapsed in (0.0, 0.3, 0.5, 0.6)] == [False, False, False, True]
    watch = Empty().watch(height_mm=10)
    assert [watch.look(line, elapsed).out for elapsed in (0.1, 0.3, 0.36)] == [False, False, True]


@pytest.mark.parametrize("name", ["brother usb", "brother network"])
@pytest.mark.parametrize(
    "loaded, words", [((29, 0), "has 29 mm labels; badges need 62 mm"), ((62, 100), "62 × 100 mm")]
)
def test_other_labels_than_the_badge_needs_are_named(sit: Sit, name: str, loaded: tuple[int, int], words: str) -> None:
    desk = sit(name)
    assert isinstance(desk.paper, Brother)
    desk.paper.media = loaded
    assert words in what_to_do(desk.printer.profile, desk.printer.status())
    outcome = desk.send()
    assert (outcome.sent, outcome.status and outcome.status.state) == (Sent.NOT_STARTED, PrinterState.WRONG_MEDIA)
    assert words in desk.words(outcome)
    assert desk.paper.jobs == 0


def test_a_brother_whose_snmp_is_off_still_prints_but_proves_nothing(sit: Sit, impatient: None) -> None:
    desk = sit("brother network")
    desk.paper.silent = True
    desk.paper.looks = 0
    assert desk.printer.status().state is PrinterState.UNKNOWN
    assert desk.send().sent is Sent.SENT
    assert len(desk.paper.labels) == 1


@pytest.mark.parametrize("status", ["", "none"])
def test_a_printer_that_hangs_up_before_we_do_has_not_read_to_the_end(sit: Sit, status: str) -> None:
    desk = sit("brother network", **({"status": status} if status else {}))
    desk.paper.hangs_up = True
    assert desk.send().sent is Sent.UNKNOWN


def test_a_brother_that_knows_only_the_first_snmp_is_asked_so(sit: Sit) -> None:
    desk = sit("brother network")
    assert isinstance(desk.paper, BrotherNet)
    desk.paper.first_version_only = True
    assert desk.printer.status().loaded == Media(62)


@pytest.mark.parametrize("name", ["zebra network", "escpos network"])
def test_a_held_badge_can_be_taken_back_for_certain(sit: Sit, name: str) -> None:
    desk = sit(name)
    desk.paper.at_start = PAUSED if name == "zebra network" else None
    if name == "zebra network":
        assert desk.send().sent is Sent.HELD
    assert desk.printer.cancel() is True
    desk.paper.clear()
    assert desk.printer.status().state is PrinterState.READY


@pytest.mark.parametrize("dots_per_mm, begun", [(12, True), (8, False), (99, True)])
def test_a_zebra_with_another_head_than_it_is_set_up_for_is_not_begun(sit: Sit, dots_per_mm: int, begun: bool) -> None:
    desk = sit("zebra network")
    assert isinstance(desk.paper, Zebra)
    desk.paper.dots_per_mm = dots_per_mm
    outcome = desk.send()
    assert (outcome.sent is Sent.PRINTED) is begun
    assert desk.paper.jobs == int(begun)
    if not begun:
        assert (outcome.sent, outcome.status) == (Sent.NOT_STARTED, None)
        assert "prints 203 dots an inch and is set up for 300" in outcome.words


def test_a_zebra_that_keeps_what_it_has_says_so(sit: Sit) -> None:
    desk = sit("zebra network")
    desk.paper.keeps, desk.paper.at_start = True, PAUSED
    assert desk.send().sent is Sent.HELD
    assert desk.printer.cancel() is False


def test_a_brother_that_was_not_seen_printing_proves_nothing(sit: Sit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle after the job is what it also is when it has thrown the job away."""
    monkeypatch.setattr(brother, "_UNSEEN_S", 0.3)
    desk = sit("brother network")
    desk.paper.looks = 0
    assert desk.send().sent is Sent.SENT


def test_a_dymo_in_trouble_is_never_done_with(sit: Sit) -> None:
    desk = sit("dymo usb")
    desk.paper.at_start = PAPER_OUT
    assert desk.send().sent is Sent.HELD
    assert isinstance(desk.printer, StreamPrinter)
    under = desk.printer._under
    assert under is not None
    under.sent_at -= 3600
    assert desk.printer.follow(JOB, running).sent is Sent.HELD


@pytest.mark.parametrize("name", ["brother usb", "brother network", "dymo usb"])
def test_who_cannot_say_so_does_not_claim_to_have_taken_it_back(sit: Sit, name: str) -> None:
    desk = sit(name)
    desk.paper.at_start = PAPER_OUT
    assert desk.send().sent is Sent.HELD
    assert desk.printer.cancel() is False
    desk.paper.clear()
    assert desk.followed().sent is desk.proof, "what was not given back is watched on"


def test_a_printer_nobody_asks_is_sent_to_and_no_more_is_claimed(sit: Sit) -> None:
    desk = sit("zebra network")
    silent = printer_of(replace(desk.printer.profile, status="none"))
    desk.paper.silent, desk.paper.looks = True, 0
    assert silent.status().state is PrinterState.UNKNOWN
    assert silent.send(PAGE, JOB, running).sent is Sent.SENT
    assert silent.can_confirm is False
    desk.paper.wait_for(lambda: len(desk.paper.labels) == 1)


def test_any_language_goes_over_any_line(sit: Sit) -> None:
    """A Zebra language printer at a line that is asked as a receipt printer is: the pair is somebody's choice."""
    desk = sit("escpos network")
    odd = printer_of(replace(desk.printer.profile, language="pwg", status="dle-eot"))
    assert odd.status().state is PrinterState.READY
    assert odd.can_confirm


@pytest.mark.parametrize("address", ["", "nowhere:port", "127.0.0.1:0", "127.0.0.1:99999", "ftp://x", "[::1"])
@pytest.mark.parametrize("language, transport", [("zpl", "tcp"), ("brother", "tcp"), ("pdf", "ipp")])
def test_an_address_that_is_none_is_a_printer_that_does_not_answer(language: str, transport: str, address: str) -> None:
    printer = printer_of(profile(language, transport, address=address, media=ROLL))
    assert printer.status().state is PrinterState.OFFLINE
    assert printer.send(PAGE, JOB, running).sent is Sent.NOT_STARTED


def test_a_device_that_is_not_there_is_a_printer_that_does_not_answer(tmp_path: Path) -> None:
    for transport in ("usb", "serial"):
        printer = printer_of(profile("zpl", transport, address=str(tmp_path / "lp7")))
        assert printer.send(PAGE, JOB, running).status.state is PrinterState.OFFLINE  # type: ignore[union-attr]


def test_a_device_that_may_not_be_used_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kiosk.printing.transports.usb.os.open", forbidden)
    printer = printer_of(profile("zpl", "usb", address=str(tmp_path / "lp0")))
    assert "kiosk printers --udev" in what_to_do(printer.profile, printer.status())


def test_a_printer_that_takes_nothing_more_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.printing.transports.link.STALL_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as stuffed:
        address = f"127.0.0.1:{stuffed.getsockname()[1]}"
        printer = printer_of(profile("png", "tcp", address=address, media=Media(2000), status="none"))
        noise = a_page(8, 8)
        rows = random.Random(1).randbytes(12_000_000)
        large = replace(noise, bitmap=replace(noise.bitmap, width=8000, height=12_000, rows=rows))
        assert printer.send(large, JOB, running).sent is Sent.UNKNOWN


@pytest.mark.parametrize(
    "setup",
    [profile("klingon", "tcp"), profile("zpl", "pigeon"), profile("zpl", "tcp", status="tarot")],
)
def test_a_profile_no_printer_can_have_is_refused(setup: PrinterProfile) -> None:
    with pytest.raises(BadInput, match="Badge 1"):
        printer_of(setup)
