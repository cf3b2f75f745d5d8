from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.print_jobs import JobEvent
from kiosk.domain.printers import PDF, Media, PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import BadInput
from kiosk.services.badges import Badges
from kiosk.services.printers import MAX_PRINTERS, Printers
from tests.builders import ANY_JOB, Desk, a_station, an_attendee, enrol

ONE = PrinterProfile("", "Badge 1", "zpl", "tcp", "127.0.0.1:9100", media=Media(62), labels_per_roll=100)
READY, OUT = PrinterStatus(PrinterState.READY), PrinterStatus(PrinterState.PAPER_OUT)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path) as desk:
        yield desk


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def printers(desk: Desk, seconds: Seconds) -> Printers:
    return Printers(desk.store, clock_s=seconds)


def test_a_station_without_printers_makes_files(printers: Printers) -> None:
    assert printers.profiles() == ()
    assert printers.at_work() == (PDF,)
    assert [now.profile for now in printers.now()] == [PDF]


def test_what_was_set_up_is_there_after_a_restart_in_its_order(desk: Desk, printers: Printers) -> None:
    first = printers.add(ONE)
    second = printers.add(replace(ONE, name="Badge 2", order=printers.next_order()))
    assert (first.id, first.order, second.id, second.order) == ("badge-1", 0, "badge-2", 1)
    printers.save(replace(second, order=0))
    printers.save(replace(first, order=1, enabled=False))
    again = Printers(desk.store)
    assert [profile.id for profile in again.profiles()] == ["badge-2", "badge-1"]
    assert [profile.id for profile in again.at_work()] == ["badge-2"]
    printers.remove("badge-2")
    assert printers.at_work() == (PDF,)
    assert Printers(desk.store).name_of("badge-1") == "Badge 1"
    assert printers.name_of("badge-2") == "badge-2"


def test_two_printers_of_one_name_nobody_could_tell_apart(printers: Printers) -> None:
    printers.add(ONE)
    with pytest.raises(BadInput, match="already"):
        printers.add(replace(ONE, name=" badge  1 "))
    for number in range(2, MAX_PRINTERS + 1):
        printers.add(replace(ONE, name=f"Badge {number}"))
    with pytest.raises(BadInput, match="at most"):
        printers.add(replace(ONE, name="One more"))


def test_a_printer_is_found_by_what_people_call_it(printers: Printers) -> None:
    made = printers.add(ONE)
    assert printers.named("BADGE 1") == printers.named("badge-1") == made
    with pytest.raises(BadInput, match="Badge 1"):
        printers.named("Badge 9")


@pytest.mark.expect_log
def test_settings_that_cannot_be_read_leave_the_others_at_work(desk: Desk, printers: Printers) -> None:
    printers.add(ONE)
    kept = desk.store.setting("printers", [])
    desk.store.set_setting("printers", [{"id": "x", "launch": "missiles"}, *kept, 7])
    assert [profile.id for profile in Printers(desk.store).profiles()] == ["badge-1"]


def test_since_when_a_printer_is_down(printers: Printers, seconds: Seconds) -> None:
    printers.add(ONE)
    seconds.now = 5
    printers.told("badge-1", OUT)
    seconds.now = 9
    printers.told("badge-1", PrinterStatus(PrinterState.COVER_OPEN))
    [standing] = printers.standings()
    assert standing.down_since_s == 5
    printers.told("badge-1", PrinterStatus(PrinterState.BUSY))
    assert printers.standings()[0].down_since_s is None
    printers.told("nobody", OUT)
    assert len(printers.standings()) == 1


def test_news_is_told_once(printers: Printers) -> None:
    printers.add(ONE)
    heard: list[int] = []
    printers.listen(lambda: heard.append(1))
    for status in (READY, READY, OUT, OUT, OUT, READY):
        printers.told("badge-1", status)
    assert len(heard) == 3


def test_a_roll_is_counted_down_by_what_came_out_and_starts_anew(desk: Desk, seconds: Seconds) -> None:
    ada = an_attendee()
    enrol(desk.store, ada)
    badges = Badges(desk.store, desk.station, Printers(desk.store, clock_s=seconds))
    printers = badges.printers
    printers.add(ONE)
    assert printers.labels_left("badge-1") == 100
    badges.ask(ada.attendee.id)
    job = badges.queue.claim("badge-1", ANY_JOB)
    assert job is not None
    badges.queue.move(job.id, JobEvent.START)
    assert printers.labels_left("badge-1") == 100
    badges.queue.move(job.id, JobEvent.CAME_OUT)
    assert printers.labels_left("badge-1") == 99
    assert Printers(desk.store).labels_left("badge-1") == 99
    for state in (PrinterState.PAPER_OUT, PrinterState.COVER_OPEN, PrinterState.OFFLINE):
        printers.told("badge-1", PrinterStatus(state))
        assert printers.labels_left("badge-1") == 99
    printers.told("badge-1", READY)
    assert printers.labels_left("badge-1") == 100
    printers.told("badge-1", replace(READY, labels_left=42))
    assert printers.labels_left("badge-1") == 42


def test_a_new_roll_by_hand(printers: Printers) -> None:
    made = printers.add(replace(ONE, labels_per_roll=None))
    assert printers.labels_left(made.id) is None
    with pytest.raises(BadInput, match="how many"):
        printers.new_roll(made.id)
    printers.new_roll(made.id, 250)
    assert printers.labels_left(made.id) == 250


def test_a_lid_that_was_opened_is_no_new_roll(printers: Printers) -> None:
    printers.add(ONE)
    printers.new_roll("badge-1", 7)
    printers.told("badge-1", PrinterStatus(PrinterState.COVER_OPEN))
    printers.told("badge-1", READY)
    assert printers.labels_left("badge-1") == 7
