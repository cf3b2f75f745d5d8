"""A throw-away sample conference: PLECET 2023 with a made-up roster, a desk and a printer that writes PDF files.

The data lies in a temporary folder under a key nobody keeps, and the folder is removed at the end. Times, rooms and
people are invented, and every screen says so.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.app import AGAIN, application, build_window, run_desk
from kiosk.config import Settings, asset
from kiosk.desk import Desk, open_desk
from kiosk.errors import KioskError
from kiosk.i18n import _

if TYPE_CHECKING:
    from kiosk.domain.verdicts import Verdict
    from kiosk.services.station import Conference

ROSTERS = ("sample/rosters/clean_50.csv", "sample/rosters/eventbrite_attendees_1200.csv")
PROGRAMME = "sample/program/plecet-2023.program.json"
ENROLMENTS = "sample/program/enrolments.csv"
CODES = ("000001", "610000000011880104729001", "000001000001", "PLC22-000001")
"""Scanned by the check: somebody known, somebody by a seller's barcode, two scans run together, last year's badge."""

PRINT_TIMEOUT_S = 60


def sample_conference() -> Conference:
    """What the sample conference is called, and where and when it is."""
    from kiosk.services.station import Conference

    return Conference(
        title="PLECET National Conference",
        short_name="PLECET 2023",
        zone="America/New_York",
        code_prefix="PLC",
        year=2023,
        url_hosts=("plecet.example",),
        demo=True,
    )


@contextmanager
def demo_desk() -> Iterator[Desk]:
    """A desk on the sample conference, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-demo-"))
    try:
        desk = open_desk(Settings(data=folder), secrets.token_bytes(32))
        try:
            fill(desk)
            yield desk
        finally:
            desk.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fill(desk: Desk) -> None:
    """Put the sample conference on a station: its roster, its programme, and who goes where."""
    from kiosk.services.import_enrolments import ImportEnrolments
    from kiosk.services.import_programme import ImportProgramme

    desk.station.set_conference(sample_conference())
    importer = desk.services.import_roster
    for name in ROSTERS:
        importer.write(importer.plan(asset(name)))
    programme = ImportProgramme(desk.store, desk.station)
    programme.write(programme.plan(asset(PROGRAMME)))
    enrolments = ImportEnrolments(desk.store, desk.station)
    enrolments.write(enrolments.plan(asset(ENROLMENTS)))


def run_demo() -> int:
    """The demo in a window; answers the exit code."""
    app = application()
    with demo_desk() as desk:
        while (code := run_desk(app, desk)) == AGAIN:
            pass  # it became a door, or a desk again
        return code


@dataclass(frozen=True, slots=True)
class Checked:
    """What the demo without a window showed."""

    people: int
    verdicts: tuple[Verdict, ...]
    badge: Path
    screenshot: Path


def check_offscreen(out: Path) -> Checked:
    """The same demo without a display: import, scan, print, and a picture of the desk. Raises KioskError if any of it
    fails.
    """
    app = application(offscreen=True)
    out.mkdir(parents=True, exist_ok=True)
    with demo_desk() as desk:
        desk.start_printing(out)
        shown = build_window(app, desk.info(), desk)
        window = shown.window
        window.resize(1280, 800)
        window.show()
        verdicts = [desk.services.check_in.present(code) for code in CODES]
        first = verdicts[0]
        if first is None or first.attendee is None or not first.admitted:
            raise KioskError(
                _("The sample attendee was not let in. Something is wrong with this installation: run kiosk doctor.")
            )
        badge = _printed(desk, first.attendee.id, out)
        window.present(CODES[0])
        _settle(app, lambda: window.flow.verdict is not None)
        screenshot = out / "desk.png"
        window.grab().save(str(screenshot))
        shown.close()
        people = desk.services.roster.counts().people
    return Checked(people, tuple(v for v in verdicts if v is not None), badge, screenshot)


def _printed(desk: Desk, attendee_id: str, out: Path) -> Path:
    """Wait for the printer's thread, as a volunteer would."""
    from kiosk.domain.print_jobs import JobState
    from kiosk.printing.pdf_printer import PdfPrinter

    end = time.monotonic() + PRINT_TIMEOUT_S
    while time.monotonic() < end:
        job = desk.services.badges.latest(attendee_id)
        if job is not None and job.state is JobState.PRINTED:
            return PdfPrinter(out).path_of(job.id)
        if job is not None and job.state is JobState.FAILED:
            raise KioskError(_("The badge was not printed: {detail}").format(detail=job.detail))
        time.sleep(0.02)
    raise KioskError(_("The badge did not come out within a minute. Run kiosk doctor."))


def _settle(app, done) -> None:  # type: ignore[no-untyped-def]  # QApplication, imported late
    end = time.monotonic() + PRINT_TIMEOUT_S
    while not done() and time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)
    for _round in range(5):
        app.processEvents()
