from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from kiosk.domain.printer_words import what_to_do
from kiosk.domain.printers import PrinterState
from kiosk.printing import pdf_printer
from kiosk.printing.bitmap import Bitmap, Page, pdf
from kiosk.printing.pdf_printer import PdfPrinter
from kiosk.printing.printer import Sent

PAGE = Page(Bitmap(16, 8, 300, bytes(range(16))), 1.35, 0.68)
JOB = "0123456789ABCDEFGHJKMNPQRS-1-1"


def running() -> bool:
    return False


def test_printed_means_the_whole_file_is_there(tmp_path: Path) -> None:
    printer = PdfPrinter(tmp_path / "badges")
    assert printer.status().state is PrinterState.READY
    assert printer.send(PAGE, JOB, running).sent is Sent.PRINTED
    assert [path.name for path in printer.folder.iterdir()] == [f"{JOB}.pdf"]
    assert printer.path_of(JOB).read_bytes() == pdf(PAGE)


def test_the_disk_has_it_before_it_is_called_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def note_replace(path: Path, target: Path) -> Path:
        steps.append("name")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    PdfPrinter(tmp_path).send(PAGE, JOB, running)
    assert steps == (["file", "name"] if sys.platform == "win32" else ["file", "name", "folder"])


def test_asked_again_it_looks_for_the_file(tmp_path: Path) -> None:
    printer = PdfPrinter(tmp_path)
    assert printer.follow(JOB, running).sent is Sent.UNKNOWN
    printer.send(PAGE, JOB, running)
    assert printer.follow(JOB, running).sent is Sent.PRINTED


def test_only_the_owner_reads_badges(tmp_path: Path) -> None:
    printer = PdfPrinter(tmp_path)
    printer.send(PAGE, JOB, running)
    theirs = 0o666 if sys.platform == "win32" else 0o600  # Windows keeps such rights elsewhere
    assert stat.S_IMODE(printer.path_of(JOB).stat().st_mode) == theirs


def test_a_full_disk_has_printed_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        path.write_bytes(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pdf_printer, "write_durably", full)
    printer = PdfPrinter(tmp_path)
    outcome = printer.send(PAGE, JOB, running)
    assert outcome.sent is Sent.NOT_STARTED
    assert outcome.status is not None
    assert "No space left on device" in what_to_do(printer.profile, outcome.status)
    assert list(tmp_path.iterdir()) == []


def test_when_the_name_may_or_may_not_be_there_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(pdf_printer, "sync_folder", broken)
    assert PdfPrinter(tmp_path).send(PAGE, JOB, running).sent is Sent.UNKNOWN


def test_a_folder_that_cannot_be_made_needs_a_hand(tmp_path: Path) -> None:
    (tmp_path / "badges").write_text("a file is in the way")
    printer = PdfPrinter(tmp_path / "badges")
    status = printer.status()
    assert status.state is PrinterState.ERROR
    assert "badges" in what_to_do(printer.profile, status)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "Ada Lovelace", "x" * 81])
def test_no_job_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a print job"):
        PdfPrinter(tmp_path).send(PAGE, name, running)
