"""The printer that is always there: one PDF a badge, in a folder.

It knows for certain what it did: the page is *printed* when the file has its name and the disk has the file.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

from kiosk.domain.printers import PDF, PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.bitmap import Page
from kiosk.printing.languages import LANGUAGES, encode
from kiosk.printing.printer import Outcome, Sent, Stopped

_SAFE = re.compile(r"[0-9A-Za-z-]{1,80}")


class PdfPrinter:
    """Writes `<job id>.pdf` files. The folder holds nothing but badges, and no file name says whose."""

    can_confirm = True

    def __init__(self, folder: Path, profile: PrinterProfile = PDF) -> None:
        self.folder = folder
        self.profile = replace(profile, address=str(folder))
        self.name = profile.name
        self.dpi = profile.dpi

    def status(self) -> PrinterStatus:
        """Ready while the folder can be written to."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return _trouble(error)
        return PrinterStatus(PrinterState.READY) if os.access(self.folder, os.W_OK | os.X_OK) else _trouble(None)

    def send(self, page: Page, job_id: str, stopped: Stopped) -> Outcome:
        """Write the file beside its place, make the disk have it, then give it its name.

        There is never half a badge.
        """
        target = self.path_of(job_id)
        unfinished = target.with_suffix(".part")
        try:
            write_durably(unfinished, encode(page, self.profile))
        except BadInput as error:
            return Outcome(Sent.NOT_STARTED, words=str(error))
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            return Outcome(Sent.NOT_STARTED, _trouble(error))
        try:
            unfinished.replace(target)
            sync_folder(self.folder)
        except OSError as error:
            return Outcome(Sent.UNKNOWN, _trouble(error))
        return Outcome(Sent.PRINTED)

    def follow(self, job_id: str, stopped: Stopped) -> Outcome:
        """A file that has its name is whole."""
        return Outcome(Sent.PRINTED if self.path_of(job_id).exists() else Sent.UNKNOWN)

    def cancel(self) -> bool:
        """A file is written at once or not at all: nothing is ever under way."""
        return True

    def close(self) -> None:
        """Nothing is held."""

    def path_of(self, job_id: str) -> Path:
        """Where the badge of this job is, once it is printed."""
        if not _SAFE.fullmatch(job_id):
            raise ValueError(f"not a print job's id: {job_id!r}")
        return self.folder / f"{job_id}{LANGUAGES[self.profile.language].ending}"


def _trouble(error: OSError | None) -> PrinterStatus:
    return PrinterStatus(PrinterState.ERROR, (error.strerror if error else None) or _("no permission"))


def write_durably(path: Path, data: bytes) -> None:
    """Write a file, readable by its owner alone, and return when the disk has it. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the disk have the folder's names; Windows does that by itself and cannot be asked."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
