"""The log holds ids, never names; it never stands in the way."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import log
from kiosk.config import Settings
from kiosk.domain.people import Attendee, AttendeeId
from kiosk.domain.verdicts import Reason, RecordId
from kiosk.errors import BadInput, KioskError

ADA = Attendee(id=AttendeeId("0123456789ABCDEFGHJKMNPQRS"), first="Ada", last="Lovelace", email="ada@example.org")
logger = logging.getLogger("kiosk.test")


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    stop = log.start(Settings(data=tmp_path, log_file_bytes=20_000, log_files=2))
    yield tmp_path / log.LOG_NAME
    stop()


def test_numbers_ids_and_reasons_are_written(written: Path) -> None:
    logger.info("record %s of %s: %s in %.1f ms", RecordId("ab" * 16, 7), ADA.id, Reason.OK, 1.25)
    line = written.read_text(encoding="utf-8")
    assert f"record {'ab' * 16}:7 of {ADA.id}: ok in 1.2 ms" in line
    assert " info kiosk.test " in line


@pytest.mark.parametrize(
    "value", [ADA, ADA.name, ADA.email, b"Ada Lovelace", Path("/home/ada/Lovelace.csv"), [ADA.last]]
)
def test_whatever_may_be_personal_is_not(written: Path, value: object) -> None:
    logger.info("about %s", value)
    text = written.read_text(encoding="utf-8")
    assert "about " in text
    assert "Lovelace" not in text
    assert "ada" not in text.lower()


def test_an_attendee_is_written_as_the_id(written: Path) -> None:
    logger.info("greeted %s", ADA)
    assert f"greeted {ADA.id}" in written.read_text(encoding="utf-8")


def test_words_known_to_be_harmless_are_written(written: Path) -> None:
    logger.info("at %s", log.plain("desk 2"))
    assert "at desk 2" in written.read_text(encoding="utf-8")


@pytest.mark.expect_log
def test_a_trace_keeps_its_lines_and_loses_its_values(written: Path) -> None:
    try:
        try:
            {}[ADA.name]
        except KeyError as error:
            raise ValueError(f"no seat for '{ADA.name}' <{ADA.email}> tel 404 555 01 99") from error
    except ValueError:
        logger.exception("import failed")
    text = written.read_text(encoding="utf-8")
    assert "test_log.py:" in text
    assert "KeyError" in text
    assert "ValueError: no seat for" in text
    for secret in ("Lovelace", "example.org", "555"):
        assert secret not in text


def test_nobody_forges_a_line(written: Path) -> None:
    logger.info("at %s", log.plain("desk\n2026-01-01 info kiosk all is well\x1b[2J"))
    assert len(written.read_text(encoding="utf-8").splitlines()) == 1
    assert "\x1b" not in written.read_text(encoding="utf-8")


def test_other_libraries_are_scrubbed(written: Path) -> None:
    logging.getLogger("elsewhere").warning("cannot greet 'Ada Lovelace' at %s", ADA.email)
    text = written.read_text(encoding="utf-8")
    assert "cannot greet <…> at <address>" in text


def test_a_message_that_does_not_fit_costs_nothing() -> None:
    record = logging.LogRecord("kiosk.test", logging.INFO, __file__, 1, "two %s %s", (1,), None)
    assert "do not fit" in log.RedactingFormatter().format(record)


def test_the_log_stays_small(written: Path) -> None:
    for number in range(2_000):
        logger.info("line %d of a long morning at the desk", number)
    files = list(written.parent.iterdir())
    assert len(files) == 3
    assert all(file.stat().st_size <= 20_000 for file in files)


def test_a_folder_that_cannot_be_written_costs_the_log_only(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    stop = log.start(Settings(data=tmp_path / "data"))
    logger.info("still here")
    stop()


@pytest.fixture
def said() -> Iterator[list[str]]:
    sentences: list[str] = []
    remove = log.install_hooks(sentences.append)
    yield sentences
    remove()


@pytest.mark.expect_log
@pytest.mark.parametrize(
    "error, sentence",
    [
        (BadInput("Load a roll and press Retry."), "Load a roll and press Retry."),
        (KeyError("Lovelace"), "Something unexpected happened"),
    ],
)
def test_what_nobody_caught_is_one_sentence(said: list[str], written: Path, error: Exception, sentence: str) -> None:
    sys.excepthook(type(error), error, None)
    assert len(said) == 1
    assert said[0].startswith(sentence)
    text = written.read_text(encoding="utf-8")
    assert type(error).__name__ in text
    assert "Lovelace" not in text


@pytest.mark.expect_log
def test_threads_are_heard_too(said: list[str]) -> None:
    def fail() -> None:
        raise KioskError("The disk is full.")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert said == ["The disk is full."]
