"""What is said to an IPP printer, and what is made of its answers. The contract and the faults: `test_drivers.py`."""

from __future__ import annotations

import pytest

from kiosk.domain.printers import PrinterState
from kiosk.printing.printer import Sent
from tests.printing.desks import JOB, Desk, Sit, printer_of, running
from tests.printing.emulators import PAPER_OUT
from tests.printing.ipp_emulator import Ipp


def ipp_desk(sit: Sit) -> tuple[Desk, Ipp]:
    desk = sit("ipp")
    assert isinstance(desk.paper, Ipp)
    return desk, desk.paper


def test_an_ipp_job_says_what_paper_it_needs_and_that_nothing_is_scaled(sit: Sit) -> None:
    desk, paper = ipp_desk(sit)
    desk.send()
    [about] = [attributes for operation, attributes in paper.asked if operation == 2]
    assert about["job-name"] == JOB.encode()
    assert about["print-scaling"] == b"none"
    assert about["x-dimension"] == (10160).to_bytes(4, "big")
    assert about["y-dimension"] == (7620).to_bytes(4, "big")
    assert about["requesting-user-name"] == b"kiosk"


def test_an_ipp_printer_that_would_print_on_other_paper_gets_nothing(sit: Sit) -> None:
    desk, paper = ipp_desk(sit)
    paper.substitutes = True
    outcome = desk.send()
    assert outcome.sent is Sent.NOT_STARTED
    assert "badges need 101.6 × 76.2 mm" in desk.words(outcome)
    assert paper.jobs == 0


def test_other_paper_in_an_ipp_printer_is_named(sit: Sit) -> None:
    desk, paper = ipp_desk(sit)
    paper.media = (6200, 10000)
    assert "has 62 × 100 mm labels; badges need 101.6 × 76.2 mm" in desk.words(desk.send())
    assert paper.jobs == 0


def test_a_language_an_ipp_printer_does_not_speak_is_said(sit: Sit) -> None:
    desk, paper = ipp_desk(sit)
    paper.format = b"image/urf"
    outcome = desk.send()
    assert (outcome.sent, paper.jobs) == (Sent.NOT_STARTED, 0)
    assert "Unsupported format." in outcome.words


def test_what_became_of_an_ipp_job_is_found_again_by_its_name(sit: Sit) -> None:
    """After a crash, in a new process: the printer is asked, and nobody has to look for the paper."""
    desk, paper = ipp_desk(sit)
    paper.at_start = PAPER_OUT
    assert desk.send().sent is Sent.HELD
    another = printer_of(desk.printer.profile)
    assert another.follow(JOB, running).sent is Sent.HELD
    paper.clear()
    desk.followed()
    assert printer_of(desk.printer.profile).follow(JOB, running).sent is Sent.PRINTED


def test_an_ipp_job_that_is_given_up_asks_a_person(sit: Sit) -> None:
    desk, paper = ipp_desk(sit)
    paper.aborts = True
    outcome = desk.send()
    assert outcome.sent is Sent.UNKNOWN
    assert "document-format-error" in outcome.words


@pytest.mark.parametrize(
    "device, can_confirm", [("socket://10.0.0.9", False), ("usb://Zebra", False), ("ipps://10.0.0.9/ipp/print", True)]
)
def test_a_queue_whose_printer_says_nothing_back_proves_nothing(sit: Sit, device: str, can_confirm: bool) -> None:
    desk, paper = ipp_desk(sit)
    paper.device_uri = device
    paper.looks = 0
    assert desk.send().sent is (Sent.PRINTED if can_confirm else Sent.SENT)
    assert desk.printer.can_confirm is can_confirm
    assert desk.followed().sent is desk.proof


def test_a_queue_that_tries_in_vain_to_reach_its_printer_says_so(sit: Sit) -> None:
    """CUPS gives no reason for it, only a message, while the job waits in its queue."""
    desk, paper = ipp_desk(sit)
    paper.device_uri, paper.looks = "socket://10.0.0.9", 10**9
    assert desk.send().sent is Sent.SENT
    paper.message = "The printer may not exist or is unavailable at this time."
    assert desk.printer.status().state is PrinterState.OFFLINE
    assert desk.printer.follow(JOB, running).sent is Sent.SENT


@pytest.mark.parametrize(
    "garbage", [b"", b"\x02\x00", b"\x02\x00\x00\x00\x00\x00\x00\x01\x04\x44\xff\xff", b"<html>" * 99]
)
def test_an_answer_that_is_none_is_a_printer_that_does_not_answer(
    sit: Sit, garbage: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, paper = ipp_desk(sit)
    monkeypatch.setattr(paper, "answer", lambda data: garbage)
    assert desk.printer.status().state is PrinterState.OFFLINE
    assert desk.send().sent is Sent.NOT_STARTED


def test_an_ipp_job_can_be_taken_back_for_certain(sit: Sit) -> None:
    desk, paper = ipp_desk(sit)
    paper.at_start = PAPER_OUT
    paper.keeps = True
    assert desk.send().sent is Sent.HELD
    assert desk.printer.cancel() is False
    paper.keeps = False
    assert desk.printer.cancel() is True
