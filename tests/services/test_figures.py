"""The dashboard of a station that knows only itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kiosk.domain.dashboard import Phase
from kiosk.services.figures import BATCH, LocalFigures
from tests.builders import NOON, a_session, a_station, enrol, hold, some_attendees


def values(figures: LocalFigures) -> dict[str, str]:
    return {headline.key: headline.value for headline in figures.dashboard().headlines}


def test_numbers_follow_every_scan_undo_and_list(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        figures = LocalFigures(desk.store, desk.station)
        assert values(figures)["missing"] == "0"
        enrol(desk.store, some_attendees(3))
        assert values(figures) == {"here_now": "0", "checked_in": "0", "rate": "0.0", "stations": "0", "missing": "3"}
        desk.scan("000001")
        verdict = desk.scan("000002")
        assert values(figures) == {"here_now": "2", "checked_in": "2", "rate": "0.2", "stations": "1", "missing": "1"}
        assert figures.dashboard().corrected == ""
        assert verdict.record is not None
        desk.check_in.undo(verdict.record)
        assert values(figures)["checked_in"] == "1"
        assert "1 check-in taken back" in figures.dashboard().corrected
        enrol(desk.store, some_attendees(2, first_number=4))
        assert values(figures)["missing"] == "4"
        figures.close()


def test_a_journal_longer_than_one_look_is_counted_whole(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(1))
        desk.scan("000001")
        for _round in range(BATCH + 1):
            desk.scan("nobody")
        figures = LocalFigures(desk.store, desk.station)
        (station,) = figures.dashboard().stations
        assert station[4] == str(BATCH + 1)
        figures.close()


def test_before_during_and_after(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(2))
        hold(desk.store, a_session(start=NOON + timedelta(hours=6), kind="plenary"))
        figures = LocalFigures(desk.store, desk.station)
        before = figures.dashboard()
        assert before.phase is Phase.BEFORE
        assert "2 people expected" in before.phase_words
        assert "3:30 PM" in before.phase_words
        desk.scan("000001")
        live = figures.dashboard(now=NOON + timedelta(hours=6))
        assert live.phase is Phase.LIVE
        assert "by now 2" in live.headlines[1].base
        over = figures.dashboard(now=NOON + timedelta(days=1))
        assert over.phase is Phase.OVER
        assert over.headlines[-1].title == "Did not come"
        figures.close()


def test_a_view_folded_anew_is_read_anew(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(1))
        figures = LocalFigures(desk.store, desk.station)
        assert values(figures)["missing"] == "1"
        desk.store.rebuild_view()
        enrol(desk.store, some_attendees(1, first_number=2))
        assert values(figures)["missing"] == "2"
        figures.close()
