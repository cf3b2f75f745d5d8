"""Many badges at once, ahead of time, and how they give way to whoever stands at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.print_jobs import JobEvent, JobState, PrintJob, Priority
from kiosk.domain.printers import PrinterProfile, SelfPrinting
from kiosk.errors import BadInput, NotSaved
from kiosk.services.badges import AT_ONCE, Badges
from tests.builders import ANY_JOB, Desk, a_station, an_attendee, an_id, enrol, some_attendees

PEOPLE = some_attendees(45)
IDS = [person.attendee.id for person in PEOPLE]
SEAT = an_attendee("TBD", "TBD", code="000099", placeholder=True)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path) as desk:
        enrol(desk.store, [*PEOPLE, SEAT])
        yield desk


@pytest.fixture
def badges(desk: Desk) -> Badges:
    badges = Badges(desk.store, desk.station)
    desk.check_in._on_first_admission = badges.on_first_admission
    return badges


def claim(badges: Badges) -> PrintJob | None:
    return badges.queue.claim("pdf", ANY_JOB)


def test_many_are_asked_for_once_each_and_who_cannot_have_one_is_named(badges: Badges) -> None:
    badges.ask(IDS[0])
    nobody = an_id()
    asked = badges.ask_many([*IDS, IDS[1], SEAT.attendee.id, nobody])
    assert (asked.asked, asked.already) == (len(IDS) - 1, 1)
    assert [who for who, _why in asked.refused] == [SEAT.attendee.id, nobody]
    assert "no name yet" in asked.refused[0][1]
    again = badges.ask_many(IDS)
    assert (again.asked, again.already) == (0, len(IDS))


def test_a_scan_never_waits_for_more_than_a_few(badges: Badges, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions: list[int] = []
    write = desk.store.write

    def counting() -> object:
        transactions.append(len(badges.queue.jobs(*JobState)))
        return write()

    monkeypatch.setattr(desk.store, "write", counting)
    badges.ask_many(IDS)
    assert transactions == [0, AT_ONCE, 2 * AT_ONCE]


def test_whoever_stands_at_the_desk_comes_first(badges: Badges, desk: Desk) -> None:
    badges.ask_many(IDS[:10])
    desk.scan("000020")
    first, second = claim(badges), claim(badges)
    assert first is not None
    assert second is not None
    assert (first.attendee_id, second.attendee_id) == (IDS[19], IDS[0])


def test_a_badge_ahead_of_time_is_brought_forward_when_its_owner_comes(badges: Badges, desk: Desk) -> None:
    badges.ask_many(IDS)
    badges.queue.pause(True)
    assert claim(badges) is None
    desk.scan("000030")
    job = claim(badges)
    assert job is not None
    assert (job.attendee_id, job.copy, job.priority) == (IDS[29], 1, Priority.DESK)
    assert claim(badges) is None


def test_paused_is_still_paused_after_a_restart_and_goes_on(badges: Badges, desk: Desk) -> None:
    badges.ask_many(IDS[:2])
    badges.queue.pause(True)
    after = Badges(desk.store, desk.station)
    assert after.ahead().paused
    assert after.queue.claim("pdf", ANY_JOB) is None
    after.queue.pause(False)
    assert after.queue.claim("pdf", ANY_JOB) is not None


def test_how_far_they_are(badges: Badges) -> None:
    badges.ask_many(IDS[:6])
    for last in (JobEvent.CAME_OUT, JobEvent.LOST, JobEvent.ALL_SENT):
        job = claim(badges)
        assert job is not None
        badges.queue.move(job.id, JobEvent.START)
        badges.queue.move(job.id, last)
    now = badges.ahead()
    assert (now.total, now.printed, now.uncertain, now.sent, now.to_print, now.not_printed) == (6, 1, 1, 1, 3, 0)


def test_what_has_not_started_can_be_taken_out_and_is_printed_when_its_owner_comes(badges: Badges, desk: Desk) -> None:
    badges.ask_many(IDS)
    job = claim(badges)
    assert job is not None
    assert badges.cancel_ahead() == len(IDS) - 1
    assert badges.cancel_ahead() == 0
    now = badges.ahead()
    assert (now.to_print, now.not_printed) == (1, len(IDS) - 1)
    desk.scan("000045")
    wanted = claim(badges)
    assert wanted is not None
    assert (wanted.attendee_id, wanted.copy, wanted.priority) == (IDS[44], 2, Priority.DESK)


def test_a_badge_already_printed_ahead_is_not_printed_at_the_door(badges: Badges, desk: Desk) -> None:
    badges.ask_many(IDS[:1])
    job = claim(badges)
    assert job is not None
    badges.queue.move(job.id, JobEvent.START)
    badges.queue.move(job.id, JobEvent.CAME_OUT)
    desk.scan("000001")
    assert claim(badges) is None


@pytest.mark.expect_log
def test_a_disk_that_fills_up_leaves_what_was_asked_for_until_then(
    badges: Badges, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked = badges._ask, []

    def fill_up(*args: object, **more: object) -> PrintJob:
        asked.append(args)
        if len(asked) > AT_ONCE + 3:
            raise NotSaved("The disk is full.")
        return ask(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(badges, "_ask", fill_up)
    with pytest.raises(NotSaved):
        badges.ask_many(IDS)
    assert badges.ahead().to_print == AT_ONCE


@pytest.mark.parametrize("policy", [SelfPrinting.ASK, SelfPrinting.OFF])
def test_a_station_that_does_not_print_by_itself(badges: Badges, desk: Desk, policy: SelfPrinting) -> None:
    badges.printers.set_self_printing(policy)
    desk.scan("000001")
    assert badges.latest(IDS[0]) is None
    assert badges.ask(IDS[0]).state is JobState.QUEUED
    assert Badges(desk.store, desk.station).printers.self_printing is policy


def test_a_job_goes_to_the_printer_somebody_wants(badges: Badges) -> None:
    badges.printers.save(badges.printers.at_work()[0])
    job = badges.ask(IDS[0])
    badges.queue.hold("pdf", ANY_JOB, "Out of labels.")
    assert badges.print_on(job.id, "badge-2").wish == "badge-2"
    moved = badges.latest(IDS[0])
    assert moved is not None
    assert (moved.state, moved.wish, moved.copy) == (JobState.QUEUED, "badge-2", 1)


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_badge_a_printer_holds_moves_only_when_it_promises_to_forget_it(badges: Badges, confirmed: bool) -> None:
    badges.ask(IDS[0])
    job = claim(badges)
    assert job is not None
    for event, words in ((JobEvent.START, ""), (JobEvent.ALL_SENT, ""), (JobEvent.STUCK, "Out of labels.")):
        job = badges.queue.move(job.id, event, words)
    assert [stuck.id for stuck in badges.queue.troubled()] == [job.id]
    with pytest.raises(BadInput):
        badges.print_on(job.id, "badge-2")
    answer = badges.taken_back(job.id, confirmed, "badge-2")
    if confirmed:
        assert (answer.copy, answer.state, answer.wish) == (2, JobState.QUEUED, "badge-2")
        assert [known.id for known in badges.queue.jobs(JobState.FAILED)] == [job.id]
    else:
        assert (answer.id, answer.state) == (job.id, JobState.UNCERTAIN)
        assert claim(badges) is None
    with pytest.raises(BadInput, match="dealt with"):
        badges.taken_back(job.id, True, "badge-2")


def test_a_badge_nobody_is_asked_about_stays_sent_and_a_person_may_say_more(badges: Badges, desk: Desk) -> None:
    badges.ask(IDS[0])
    job = claim(badges)
    assert job is not None
    badges.queue.move(job.id, JobEvent.START)
    sent = badges.queue.move(job.id, JobEvent.ALL_SENT, unasked=True)
    assert (sent.state, sent.unasked) == (JobState.SENT, True)
    after = Badges(desk.store, desk.station)
    after.queue.recover()
    assert after.queue.troubled() == []
    assert after.queue.pending().open == 0
    assert after.came_out(job.id, False).copy == 2


def test_a_printer_that_was_switched_off_takes_nothing_more(badges: Badges) -> None:
    badges.printers.save(PrinterProfile("badge-1", "Badge 1", "zpl", "tcp"))
    badges.ask(IDS[0])
    assert claim(badges) is None, "the folder was at work until then"
    assert badges.queue.claim("badge-1", ANY_JOB) is not None
