from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.own_codes import is_own
from kiosk.domain.people import TicketState
from kiosk.domain.print_jobs import JobEvent, JobState, PrintJob
from kiosk.domain.verdicts import Outcome, Reason
from kiosk.errors import BadInput
from kiosk.services.badges import Badges
from kiosk.services.edit import Edit
from kiosk.services.roster import Roster
from kiosk.services.walk_in import WalkIn
from kiosk.storage.journal import check_chains, read_after
from tests.builders import ANY_JOB, Desk, a_station, an_attendee, an_id, enrol

ADA = an_attendee("Ada", "Lovelace", code="000001")
SEAT = an_attendee("TBD", "TBD", code="000002", placeholder=True)
ADA_ID = ADA.attendee.id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path) as desk:
        enrol(desk.store, ADA, SEAT)
        desk.check_in._on_first_admission = Badges(desk.store, desk.station).on_first_admission
        yield desk


@pytest.fixture
def badges(desk: Desk) -> Badges:
    return Badges(desk.store, desk.station)


def print_it(badges: Badges, *, last: JobEvent = JobEvent.CAME_OUT) -> PrintJob:
    """What the printer's thread does."""
    job = badges.queue.claim("pdf", ANY_JOB)
    assert job is not None
    badges.queue.move(job.id, JobEvent.START)
    return badges.queue.move(job.id, last)


def jobs_asked_for(desk: Desk) -> int:
    return sum(stored.record.kind == "print.ask" for stored in read_after(desk.store.connection, 0))


def test_who_is_let_in_gets_one_badge(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    desk.scan("000001")
    job = badges.latest(ADA_ID)
    assert job is not None
    assert (job.state, job.issue, job.copy, job.reason) == (JobState.QUEUED, 1, 1, "first")
    assert jobs_asked_for(desk) == 1


def test_undone_and_let_in_again_is_still_one_badge(desk: Desk, badges: Badges) -> None:
    record = desk.scan("000001").record
    assert record is not None
    desk.check_in.undo(record)
    desk.scan("000001")
    assert jobs_asked_for(desk) == 1


def test_a_seat_without_a_name_gets_its_badge_with_its_name(desk: Desk, badges: Badges) -> None:
    seat = SEAT.attendee.id
    desk.scan("000002")
    assert badges.latest(seat) is None
    with pytest.raises(BadInput, match="no name yet"):
        badges.ask(seat)
    Edit(desk.store, desk.station).set(seat, {"first": "Grace", "last": "Hopper"})
    job = badges.ask(seat, "name")
    assert badges.badge_for(print_it(badges)).big == "Grace"
    assert (job.issue, job.copy) == (1, 1)


def test_a_badge_has_a_code_of_our_own_that_opens_the_door(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    job = print_it(badges)
    assert is_own(job.code)
    verdict = desk.scan(job.code)
    assert (verdict.outcome, verdict.attendee) == (Outcome.ALREADY, ADA.attendee)
    assert desk.scan("000001").outcome is Outcome.ALREADY


def test_a_walk_in_keeps_the_code_they_were_given(desk: Desk, badges: Badges) -> None:
    attendee = WalkIn(desk.store, desk.station, None).add({"first": "Grace", "last": "Hopper"})  # type: ignore[arg-type]
    [ticket] = Roster(desk.store, desk.station).tickets(attendee.id)
    badges.ask(attendee.id)
    assert print_it(badges).code == ticket.code


def test_a_reprint_is_a_new_badge_and_the_old_one_counts_no_more(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    old = print_it(badges)
    desk.clock.forward(60)
    new = badges.ask(ADA_ID, "lost")
    assert (new.issue, new.copy) == (2, 1)
    assert new.code != old.code
    assert print_it(badges).code == new.code
    refused = desk.scan(old.code)
    assert (refused.reason, refused.replaced_by) == (Reason.REPLACED, new.code)
    assert desk.scan(new.code).outcome is Outcome.ALREADY
    states = {ticket.code: ticket.state for ticket in Roster(desk.store, desk.station).tickets(ADA_ID)}
    assert states["000001"] is TicketState.LIVE, "the ticket somebody bought is not the badge they lost"
    assert list(check_chains(desk.store.connection)) == []


def test_records_of_badges_hold_no_code(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    old = print_it(badges)
    desk.clock.forward(60)
    new = badges.ask(ADA_ID, "lost")
    records = b"".join(stored.data for stored in read_after(desk.store.connection, 0))
    assert old.code.encode() not in records
    assert new.code.encode() not in records


@pytest.mark.parametrize("reason", ["first", "lost"])
def test_asking_twice_at_once_prints_once(desk: Desk, badges: Badges, reason: str) -> None:
    desk.scan("000001")
    print_it(badges)
    desk.clock.forward(60)
    first = badges.ask(ADA_ID, reason)
    if reason != "first":
        print_it(badges)
    desk.clock.forward(2)
    assert badges.ask(ADA_ID, reason).id == first.id
    assert badges.queue.claim("pdf", ANY_JOB) is None


def test_a_corrected_name_is_printed_at_once_and_corrected(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    print_it(badges)
    desk.clock.forward(2)
    Edit(desk.store, desk.station).set(ADA_ID, {"badge_name": "Countess"})
    badges.ask(ADA_ID, "name")
    job = print_it(badges)
    assert job.issue == 2
    assert badges.badge_for(job).big == "Countess"


def test_a_reprint_of_what_was_not_printed_yet_changes_nothing(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    desk.clock.forward(60)
    assert badges.ask(ADA_ID, "lost").issue == 1
    badges.queue.hold("pdf", ANY_JOB, "Out of labels.")
    desk.clock.forward(60)
    assert badges.ask(ADA_ID, "lost").issue == 1


def test_the_printer_needs_a_hand_then_prints(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    badges.queue.hold("pdf", ANY_JOB, "Out of labels.")
    badges.queue.hold("pdf", ANY_JOB, "Out of labels.")
    [job] = badges.queue.troubled()
    assert (job.state, job.detail) == (JobState.WAITING, "Out of labels.")
    pending = badges.queue.pending()
    assert (pending.open, pending.waiting, pending.uncertain) == (1, 1, 0)
    assert badges.retry(job.id).state is JobState.QUEUED
    assert print_it(badges).id == job.id
    assert badges.queue.pending().open == 0


def test_after_a_crash_nothing_is_lost_and_nothing_repeated(desk: Desk, badges: Badges) -> None:
    people = [an_attendee(f"P{n}", "X") for n in range(3)]
    enrol(desk.store, people)
    for person in people:
        badges.ask(person.attendee.id)
        desk.clock.forward(1)
    sending, claimed = badges.queue.claim("pdf", ANY_JOB), badges.queue.claim("pdf", ANY_JOB)
    assert sending is not None
    assert claimed is not None
    badges.queue.move(sending.id, JobEvent.START)

    after_start = Badges(desk.store, desk.station)
    heard: list[PrintJob] = []
    after_start.queue.listen(heard.append)
    after_start.queue.recover()
    assert [job.id for job in after_start.queue.troubled()] == [sending.id]
    assert [(job.id, job.state) for job in heard] == [(sending.id, JobState.UNCERTAIN), (claimed.id, JobState.QUEUED)]
    assert print_it(after_start).id == claimed.id
    print_it(after_start)
    assert after_start.queue.claim("pdf", ANY_JOB) is None, "what may have come out is never printed again by itself"


@pytest.mark.parametrize("came_out", [True, False])
def test_a_person_looks_whether_it_came_out(desk: Desk, badges: Badges, came_out: bool) -> None:
    desk.scan("000001")
    lost = print_it(badges, last=JobEvent.LOST)
    answer = badges.came_out(lost.id, came_out, by="Maria")
    if came_out:
        assert (answer.id, answer.state) == (lost.id, JobState.PRINTED)
        assert badges.queue.claim("pdf", ANY_JOB) is None
    else:
        assert (answer.issue, answer.copy, answer.state) == (1, 2, JobState.QUEUED)
        assert print_it(badges).code == lost.code
    with pytest.raises(BadInput, match="dealt with"):
        badges.came_out(lost.id, not came_out)


def test_a_badge_that_failed_is_printed_again_on_demand(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    job = badges.queue.claim("pdf", ANY_JOB)
    assert job is not None
    badges.queue.move(job.id, JobEvent.REFUSE, "It cannot be drawn.")
    again = badges.retry(job.id)
    assert (again.copy, again.state) == (2, JobState.QUEUED)
    assert badges.retry(job.id).id == again.id
    with pytest.raises(BadInput):
        badges.retry(print_it(badges).id)


def test_a_badge_whose_code_was_replaced_is_not_printed_again(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    job = badges.queue.claim("pdf", ANY_JOB)
    assert job is not None
    badges.queue.move(job.id, JobEvent.REFUSE, "It cannot be drawn.")
    desk.clock.forward(60)
    newer = badges.ask(ADA_ID, "name")
    assert badges.retry(job.id) == newer


def test_a_badge_written_by_hand_leaves_the_queue(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    badges.queue.hold("pdf", ANY_JOB, "Out of labels.")
    [job] = badges.queue.troubled()
    assert badges.by_hand(job.id).state is JobState.FAILED
    assert badges.queue.claim("pdf", ANY_JOB) is None
    assert badges.by_hand(job.id).state is JobState.FAILED


def test_a_reprint_answers_the_open_question(desk: Desk, badges: Badges) -> None:
    desk.scan("000001")
    print_it(badges, last=JobEvent.LOST)
    desk.clock.forward(60)
    assert badges.ask(ADA_ID, "lost").issue == 2
    assert badges.queue.troubled() == []


def test_a_file_shows_the_code_of_the_badge(desk: Desk, badges: Badges) -> None:
    before = badges.badge(ADA_ID)
    assert badges.badge(ADA_ID).code == before.code
    desk.scan("000001")
    assert print_it(badges).code == before.code


def test_whoever_is_not_there_gets_no_badge(desk: Desk, badges: Badges) -> None:
    with pytest.raises(BadInput, match="no longer on the roster"):
        badges.ask(an_id())
    with pytest.raises(BadInput, match="not known"):
        badges.retry("nobody-1-1")
    assert badges.find("no such code") is None
    assert badges.find(" 000001\n") == ADA.attendee


@pytest.mark.expect_log
def test_a_listener_that_fails_stops_nobody(desk: Desk, badges: Badges) -> None:
    heard: list[JobState] = []
    badges.queue.listen(lambda job: 1 / 0)  # type: ignore[arg-type, return-value]
    badges.queue.listen(lambda job: heard.append(job.state))
    desk.scan("000001")
    print_it(badges)
    assert heard == [JobState.CLAIMED, JobState.SENDING, JobState.PRINTED]
