from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from kiosk.domain.printers import PDF, Media, PrinterState, PrinterStatus
from kiosk.errors import BadInput
from kiosk.printing.layout import load_layout
from kiosk.printing.printer import Outcome, Sent
from kiosk.printing.sample_print import NAME, print_sample
from tests.printing.fake_printer import FakePrinter, a_profile
from tests.printing.test_render import badge

pytestmark = pytest.mark.usefixtures("qapp")

ROLL = a_profile("roll")
FOUR_BY_THREE = a_profile("badge-1", media=Media(101.6, 76.2))
TURNED = a_profile("badge-2", media=Media(76.2, 101.6), rotate=90)


class AtOnce:
    """A crew whose printers do their errands at once."""

    def __init__(self, printer: FakePrinter) -> None:
        self.printer = printer
        self.sent_to = ""

    def errand(self, printer_id: str, work: Callable[[Any], str]) -> Future[str]:
        self.sent_to = printer_id
        done: Future[str] = Future()
        done.set_result(work(self.printer))
        return done


def printed(crew: AtOnce, *profiles: Any) -> str:
    return print_sample(crew, profiles, load_layout(), badge()).result()  # type: ignore[arg-type]


@pytest.mark.parametrize("fitting", [FOUR_BY_THREE, TURNED, PDF])
def test_it_goes_to_the_first_printer_whose_labels_have_its_size(fitting: Any) -> None:
    crew = AtOnce(FakePrinter())
    words = printed(crew, ROLL, fitting, FOUR_BY_THREE)
    assert crew.sent_to == fitting.id
    assert crew.printer.out == [NAME]
    assert ("layout-test.pdf" if fitting is PDF else f"printed on {fitting.name}") in words


def test_no_printer_with_such_labels_is_said() -> None:
    with pytest.raises(BadInput, match="There are: 62 mm"):
        printed(AtOnce(FakePrinter()), ROLL)


@pytest.mark.parametrize(
    "outcome, words",
    [
        (Outcome(Sent.SENT), "cannot say whether it came out"),
        (Outcome(Sent.NOT_STARTED, PrinterStatus(PrinterState.PAPER_OUT)), "did not come out.*out of labels"),
        (Outcome(Sent.UNKNOWN), "did not come out.*stopped answering"),
        (Outcome(Sent.HELD, words="Close the lid."), "did not come out. Close the lid."),
    ],
)
def test_what_became_of_it_is_said(outcome: Outcome, words: str) -> None:
    with_words = printed(AtOnce(FakePrinter(outcome)), FOUR_BY_THREE)
    assert re.search(words, with_words)
