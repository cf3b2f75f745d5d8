"""Several printers: who takes over, what stays with its printer, and that nothing comes out twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.print_jobs import JobState
from kiosk.domain.printers import Media, PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import BadInput
from kiosk.printing.crew import Crew
from kiosk.printing.printer import Outcome, Printer, Sent
from kiosk.services.badges import Badges
from kiosk.services.printers import Printers
from tests.builders import Desk, a_station, enrol, some_attendees
from tests.printing.fake_printer import BLANK, FakePrinter, a_profile, until, wait_for

PEOPLE = some_attendees(500)
IDS = [person.attendee.id for person in PEOPLE]
ADA, GRACE = IDS[:2]
OUT = PrinterStatus(PrinterState.PAPER_OUT)
OFFLINE = PrinterStatus(PrinterState.OFFLINE)
HELD = Outcome(Sent.HELD, OUT)


class Seconds:
    """A clock that goes forward when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path / "data") as desk:
        enrol(desk.store, PEOPLE)
        yield desk


@pytest.fixture
def badges(desk: Desk, seconds: Seconds) -> Badges:
    return Badges(desk.store, desk.station, Printers(desk.store, clock_s=seconds))


Working = Callable[..., Crew]


@pytest.fixture
def working(badges: Badges) -> Iterator[Working]:
    crews: list[Crew] = []

    def start(*printers: FakePrinter) -> Crew:
        made = {printer.profile.id: printer for printer in printers}

        def make(profile: PrinterProfile) -> Printer:
            printer = made[profile.id]
            printer.profile = profile
            return printer

        for printer in printers:
            badges.printers.save(printer.profile)
        crews.append(Crew(badges, make, lambda badge, profile: BLANK, poll_s=0.02))
        crews[-1].start()
        return crews[-1]

    yield start
    for crew in crews:
        assert crew.close()


def two(*first: Outcome, second_order: int = 1) -> tuple[FakePrinter, FakePrinter]:
    return FakePrinter(*first, profile=a_profile("badge-1")), FakePrinter(
        profile=a_profile("badge-2", order=second_order)
    )


def looked_again(*printers: FakePrinter) -> None:
    """Every printer was asked how it is twice from now on: it had its chance to take a job."""
    for printer in printers:
        before = printer.looked
        wait_for(lambda printer=printer, before=before: printer.looked >= before + 2, "a look")


def test_the_first_prints_while_it_can(badges: Badges, working: Working) -> None:
    one, other = two()
    working(one, other)
    for person in IDS[:20]:
        badges.ask(person)
    wait_for(lambda: len(one.out) == 20)
    assert other.out == []


def test_the_next_takes_over_by_itself_and_says_so(badges: Badges, working: Working, seconds: Seconds) -> None:
    one, other = two()
    one.now = OUT
    working(one, other)
    badges.ask(ADA)
    waiting = until(badges, ADA, JobState.WAITING)
    assert "Badge 1 is out of labels" in waiting.detail
    assert waiting.printer == "badge-1"
    seconds.now += 7.9
    looked_again(one, other)
    assert other.out == []
    seconds.now += 0.2
    printed = until(badges, ADA, JobState.PRINTED)
    assert (printed.printer, printed.detail, other.out) == ("badge-2", "", [printed.id])
    one.now = PrinterStatus(PrinterState.READY)
    wait_for(lambda: badges.printers.standings()[0].down_since_s is None)
    badges.ask(GRACE)
    assert until(badges, GRACE, JobState.PRINTED).printer == "badge-1", "helped, it prints again"


def test_a_printer_that_says_it_is_ready_and_takes_nothing_is_stood_in_for(
    badges: Badges, working: Working, seconds: Seconds
) -> None:
    one, other = two(*[Outcome(Sent.NOT_STARTED)] * 100_000)
    working(one, other)
    badges.ask(ADA)
    assert "Badge 1 does not answer" in until(badges, ADA, JobState.WAITING).detail
    seconds.now += 9
    wait_for(lambda: other.out, "the other printer's turn")
    until(badges, ADA, JobState.PRINTED)
    assert one.out == []


def test_a_page_its_printer_can_never_take_holds_up_nobody(badges: Badges, working: Working) -> None:
    one, other = two(Outcome(Sent.NOT_STARTED, words="The badge is wider than Badge 1."))
    working(one, other)
    badges.ask(ADA)
    badges.ask(GRACE)
    until(badges, GRACE, JobState.PRINTED)
    refused = until(badges, ADA, JobState.FAILED)
    assert refused.detail == "The badge is wider than Badge 1."
    badges.print_on(refused.id, "badge-2")
    assert until(badges, ADA, JobState.PRINTED).printer == "badge-2"


def test_other_labels_never_stand_in(badges: Badges, working: Working, seconds: Seconds) -> None:
    one = FakePrinter(profile=a_profile("badge-1"))
    other = FakePrinter(profile=a_profile("paper", order=1, media=Media(105, 148)))
    one.now = OFFLINE
    working(one, other)
    badges.ask(ADA)
    until(badges, ADA, JobState.WAITING)
    seconds.now += 60
    looked_again(one, other)
    assert other.out == []
    badges.print_on(badges.latest(ADA).id, "paper")  # type: ignore[union-attr]
    assert until(badges, ADA, JobState.PRINTED).printer == "paper"


def test_what_a_printer_holds_stays_with_it_until_somebody_helps(
    badges: Badges, working: Working, seconds: Seconds
) -> None:
    one, other = two(HELD)
    one.later = HELD
    working(one, other)
    job = badges.ask(ADA)
    wait_for(lambda: until(badges, ADA, JobState.SENT).is_stuck)
    assert "Badge 1 is out of labels" in until(badges, ADA, JobState.SENT).detail
    seconds.now += 60
    badges.ask(GRACE)
    assert until(badges, GRACE, JobState.PRINTED).printer == "badge-2", "those behind it need not wait"
    one.later = Outcome(Sent.HELD, PrinterStatus(PrinterState.COVER_OPEN))
    wait_for(lambda: "Close the lid" in until(badges, ADA, JobState.SENT).detail, "the new trouble")
    one.later = Outcome(Sent.PRINTED)
    printed = until(badges, ADA, JobState.PRINTED)
    assert (printed.id, printed.detail, printed.copy) == (job.id, "", 1)
    assert Counter(one.out + other.out) == Counter({job.id: 1, f"{GRACE}-1-1": 1})


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_held_badge_moves_when_the_printer_promises_to_forget_it(
    badges: Badges, working: Working, confirmed: bool
) -> None:
    one, other = two(HELD)
    one.later, one.cancels = HELD, confirmed
    crew = working(one, other)
    badges.ask(ADA)
    wait_for(lambda: until(badges, ADA, JobState.SENT).is_stuck)
    crew.take_back(until(badges, ADA, JobState.SENT), "badge-2").result(20)
    if confirmed:
        printed = until(badges, ADA, JobState.PRINTED)
        assert (printed.printer, printed.copy, other.out) == ("badge-2", 2, [f"{ADA}-1-2"])
    else:
        assert "still come out" in until(badges, ADA, JobState.UNCERTAIN).detail
        looked_again(one, other)
        assert other.out == []


def test_a_held_badge_that_comes_out_first_is_not_taken_back(badges: Badges, working: Working) -> None:
    one, other = two(HELD)
    one.later, one.cancels = HELD, True
    crew = working(one, other)
    badges.ask(ADA)
    wait_for(lambda: until(badges, ADA, JobState.SENT).is_stuck)
    job = until(badges, ADA, JobState.SENT)
    one.later = Outcome(Sent.PRINTED)
    until(badges, ADA, JobState.PRINTED)
    with pytest.raises(BadInput, match="dealt with"):
        crew.take_back(job, "badge-2").result(20)
    assert other.out == []


def test_a_printer_that_confirms_is_given_time_then_a_person_is_asked(
    badges: Badges, working: Working, seconds: Seconds
) -> None:
    [one] = [FakePrinter(Outcome(Sent.SENT), profile=a_profile("badge-1"))]
    one.later = Outcome(Sent.SENT)
    working(one)
    badges.ask(ADA)
    until(badges, ADA, JobState.SENT)
    one.later = Outcome(Sent.SENT, PrinterStatus(PrinterState.BUSY))
    seconds.now += 11
    one.later = Outcome(Sent.SENT)
    assert "does not say" in until(badges, ADA, JobState.UNCERTAIN).detail


@pytest.mark.parametrize("ask", [True, False])
def test_a_printer_that_can_never_say(badges: Badges, working: Working, seconds: Seconds, ask: bool) -> None:
    one = FakePrinter(Outcome(Sent.SENT), Outcome(Sent.SENT), profile=a_profile("badge-1", ask=ask))
    one.can_confirm = False
    working(one)
    badges.ask(ADA)
    badges.ask(GRACE)
    until(badges, ADA, JobState.SENT)
    until(badges, GRACE, JobState.SENT)  # nobody waits for an answer that never comes
    seconds.now += 9
    looked_again(one)
    assert until(badges, ADA, JobState.SENT).unasked is not ask
    seconds.now += 2
    looked_again(one)
    last = badges.latest(ADA)
    assert last is not None
    assert last.state is (JobState.UNCERTAIN if ask else JobState.SENT)
    assert len(one.out) == 2


def test_five_hundred_badges_while_a_printer_dies(badges: Badges, working: Working) -> None:
    one, other = two(second_order=0)
    working(one, other)
    badges.ask_many(IDS)
    wait_for(lambda: len(one.out) > 20)
    one.now = OFFLINE
    one.outcomes = [Outcome(Sent.NOT_STARTED)] * 1000
    wait_for(lambda: badges.ahead().printed == 500, "the last badge")
    assert Counter(one.out + other.out) == Counter(f"{person}-1-1" for person in IDS)


def test_two_printers_never_take_one_job(badges: Badges, working: Working) -> None:
    together = [FakePrinter(profile=a_profile(f"badge-{n}")) for n in range(4)]
    working(*together)
    threads = [threading.Thread(target=lambda: [badges.ask(person) for person in IDS[:60]]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for(lambda: badges.queue.pending().open == 0)
    out = Counter(job for printer in together for job in printer.out)
    assert out == Counter(f"{person}-1-1" for person in IDS[:60])


def test_a_printer_set_up_anew_goes_on_with_the_queue(badges: Badges, working: Working) -> None:
    one, other = two()
    one.now = OFFLINE
    crew = working(one, other)
    badges.ask(ADA)
    until(badges, ADA, JobState.WAITING)
    badges.printers.save(replace(one.profile, enabled=False))
    assert until(badges, ADA, JobState.PRINTED).printer == "badge-2"
    wait_for(lambda: one.closed, "the end of its thread")
    with pytest.raises(BadInput, match="switched off"):
        crew.errand("badge-1", lambda printer: None)
    one.now = PrinterStatus(PrinterState.READY)
    badges.printers.save(replace(one.profile, enabled=True))
    badges.ask(GRACE)
    assert until(badges, GRACE, JobState.PRINTED).printer == "badge-1"


def test_a_printer_that_is_removed_with_a_badge_in_it_leaves_a_question(badges: Badges, working: Working) -> None:
    one, other = two(HELD)
    one.later = HELD
    working(one, other)
    badges.ask(ADA)
    wait_for(lambda: until(badges, ADA, JobState.SENT).is_stuck)
    badges.printers.remove("badge-1")
    assert "Badge 1 was stopped" in until(badges, ADA, JobState.UNCERTAIN).detail
    badges.came_out(f"{ADA}-1-1", False)
    assert until(badges, ADA, JobState.PRINTED).printer == "badge-2"


def test_a_question_that_was_due_is_asked_when_its_printer_goes(badges: Badges, working: Working) -> None:
    one, other = two(Outcome(Sent.SENT))
    one.can_confirm = False
    working(one, other)
    badges.ask(ADA)
    until(badges, ADA, JobState.SENT)
    badges.printers.save(replace(one.profile, enabled=False))
    until(badges, ADA, JobState.UNCERTAIN)


def test_set_up_anew_while_its_driver_hangs_nothing_comes_out_twice(badges: Badges, working: Working) -> None:
    one, other = two()
    one.hang.clear()
    working(one, other)
    job = badges.ask(ADA)
    assert one.busy.wait(20)
    looked = one.looked
    badges.printers.save(replace(one.profile, darkness=20))
    looked_again(other)
    assert one.looked == looked, "two threads never use one printer"
    one.hang.set()
    until(badges, ADA, JobState.PRINTED)
    badges.ask(GRACE)
    until(badges, GRACE, JobState.PRINTED)
    assert one.out == [job.id, f"{GRACE}-1-1"]


@pytest.mark.expect_log
def test_a_printer_that_cannot_be_used_says_so_and_stops_no_other(badges: Badges, seconds: Seconds) -> None:
    def make(profile: PrinterProfile) -> Printer:
        if profile.id == "badge-1":
            raise BadInput("Nobody here speaks klingon.")
        return FakePrinter(profile=profile)

    badges.printers.save(a_profile("badge-1"))
    badges.printers.save(a_profile("badge-2", order=1))
    crew = Crew(badges, make, lambda badge, profile: BLANK, poll_s=0.02)
    crew.start()
    seconds.now += 9
    badges.ask(ADA)
    until(badges, ADA, JobState.PRINTED)
    assert "klingon" in badges.printers.now()[0].status.detail  # type: ignore[union-attr]
    assert crew.close()


def test_a_scan_never_waits_for_a_printer(desk: Desk, badges: Badges, working: Working) -> None:
    desk.check_in._on_first_admission = badges.on_first_admission
    one = FakePrinter(profile=a_profile("badge-1"))
    one.hang.clear()
    working(one)
    assert desk.scan("000001").admitted
    assert one.busy.wait(20)
    answered = threading.Event()
    threading.Thread(target=lambda: desk.scan("000002").admitted and answered.set()).start()
    assert answered.wait(20), "the printer hangs, and so does the desk"
    assert not one.out
    one.hang.set()


def test_an_errand_waits_its_turn(badges: Badges, working: Working) -> None:
    one = FakePrinter(HELD, profile=a_profile("badge-1"))
    one.later = HELD
    crew = working(one)
    badges.ask(ADA)
    wait_for(lambda: until(badges, ADA, JobState.SENT).is_stuck)
    errand = crew.errand("badge-1", lambda printer: printer.name)
    looked = one.looked
    assert not errand.done()
    one.later = Outcome(Sent.PRINTED)
    assert errand.result(20) == "Badge 1"
    assert one.looked >= looked
