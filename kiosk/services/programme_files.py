"""Files of the programme, in and out, for whoever has a window: together, so that a desk starts without them."""

from __future__ import annotations

from kiosk.services.import_enrolments import ImportEnrolments
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.programme import Programme
from kiosk.services.programme_export import ExportProgramme
from kiosk.services.station import Station
from kiosk.storage.store import Store


class ProgrammeFiles:
    """What brings the programme and enrolments in, and what writes them for others."""

    def __init__(self, store: Store, station: Station) -> None:
        self.programme = ImportProgramme(store, station)
        self.enrolments = ImportEnrolments(store, station)
        self.export = ExportProgramme(station, Programme(store, station))
