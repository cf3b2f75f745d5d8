from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kiosk.domain.print_jobs import JobEvent
from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.services.badges import Badges
from kiosk.services.print_alarms import print_alarms
from kiosk.services.printers import Printers
from tests.builders import ANY_JOB, NOON, a_station, an_attendee, enrol


def test_a_printer_in_trouble_and_a_badge_nobody_knows_of(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        ada = an_attendee()
        enrol(desk.store, ada)
        seconds = [50.0]
        badges = Badges(desk.store, desk.station, Printers(desk.store, clock_s=lambda: seconds[0]))
        badges.printers.save(PrinterProfile("badge-1", "Badge 1", "zpl", "tcp"))
        assert print_alarms(badges, desk.station) == []
        badges.printers.told("badge-1", PrinterStatus(PrinterState.PAPER_OUT))
        seconds[0] += 90
        badges.ask(ada.attendee.id)
        job = badges.queue.claim("badge-1", ANY_JOB)
        assert job is not None
        badges.queue.move(job.id, JobEvent.START)
        badges.queue.move(job.id, JobEvent.LOST)
        printer, badge = print_alarms(badges, desk.station)
        assert (printer.who, printer.what, printer.since) == (
            "Badge 1",
            "out of labels",
            NOON - timedelta(seconds=90),
        )
        assert "new roll" in printer.todo
        assert ("1 badge" in badge.what, badge.since) == (True, NOON)
        badges.printers.told("badge-1", PrinterStatus(PrinterState.READY))
        badges.came_out(job.id, True)
        assert print_alarms(badges, desk.station) == []
