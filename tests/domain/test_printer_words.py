"""What a volunteer reads: which printer, what is the matter, one thing to do, and how many badges wait."""

from __future__ import annotations

import pytest

from kiosk.domain.printer_words import media_words, state_word, what_to_do
from kiosk.domain.printers import Media, PrinterProfile, PrinterState, PrinterStatus

A = PrinterProfile("a", "Printer A", "brother", "tcp", media=Media(62))
S = PrinterState


@pytest.mark.parametrize(
    "state, words",
    [
        (S.OFFLINE, "Printer A does not answer. Is it switched on and is the cable in?"),
        (S.PAPER_OUT, "Printer A is out of labels. Put in a new roll of 62 mm and close the lid."),
        (S.COVER_OPEN, "Close the lid of Printer A until it clicks."),
        (S.CUTTER_JAM, "Printer A is jammed. Open the lid, take out the torn label and close it again."),
        (S.RIBBON_OUT, "Printer A is out of ribbon. Put in a new ribbon and close the lid."),
        (S.PAUSED, "Press the pause button on Printer A."),
        (S.COOLING, "Printer A is cooling down (about a minute)."),
    ],
)
def test_one_sentence_with_one_thing_to_do(state: PrinterState, words: str) -> None:
    assert what_to_do(A, PrinterStatus(state)) == words
    assert what_to_do(A, PrinterStatus(state), 3) == words + " 3 badges are waiting and will print by themselves."
    assert what_to_do(A, PrinterStatus(state), 1) == words + " 1 badge is waiting and will print by itself."


@pytest.mark.parametrize(
    "loaded, words",
    [
        (Media(29), "Printer A has 29 mm labels; badges need 62 mm."),
        (Media(62, 100), "Printer A has 62 × 100 mm labels; badges need 62 mm."),
        (None, "Printer A has other labels; badges need 62 mm."),
        (Media(62), "Printer A does not accept its labels. Take the roll out, put one of 62 mm in and close the lid."),
    ],
)
def test_wrong_labels_name_both(loaded: Media | None, words: str) -> None:
    assert what_to_do(A, PrinterStatus(S.WRONG_MEDIA, loaded=loaded)) == words


def test_a_queue_has_no_button_to_press() -> None:
    queue = PrinterProfile("q", "Labels", "pdf", "cups", "labels")
    assert what_to_do(queue, PrinterStatus(S.PAUSED)).startswith("Labels is paused on this computer.")


@pytest.mark.parametrize("state", [S.READY, S.PAPER_LOW, S.UNKNOWN, S.BUSY])
def test_nobody_is_sent_to_a_printer_that_works(state: PrinterState) -> None:
    assert what_to_do(A, PrinterStatus(state), 7) == ""


@pytest.mark.parametrize("state", list(PrinterState))
def test_no_state_is_told_as_a_code(state: PrinterState) -> None:
    words = f"{state_word(state)} {what_to_do(A, PrinterStatus(state, 'E-17 0x40'))}"
    assert "0x40" not in words
    assert "_" not in words


def test_sizes_are_said_in_millimetres() -> None:
    assert [media_words(media) for media in (Media(62), Media(62, 100), Media(101.6, 76.2))] == [
        "62 mm",
        "62 × 100 mm",
        "101.6 × 76.2 mm",
    ]


def test_a_name_of_another_script_does_not_turn_the_sentence_round() -> None:
    hebrew = PrinterProfile("b", "מדפסת", "zpl", "tcp")
    assert what_to_do(hebrew, PrinterStatus(S.COVER_OPEN)) == "Close the lid of \u2068מדפסת\u2069 until it clicks."
