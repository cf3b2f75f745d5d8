"""Whatever happens in whatever order: the desk answers as a simple model says, and the view is what the records say."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from kiosk.domain.journal import Kind, Role
from kiosk.domain.verdicts import Outcome, RecordId
from kiosk.services.check_in import CheckIn
from kiosk.services.edit import Edit
from kiosk.services.import_roster import ImportRoster
from kiosk.services.programme import Programme
from kiosk.services.station import Station
from kiosk.storage import roster
from kiosk.storage.database import connect
from kiosk.storage.journal import Stored, read_after, values_of
from kiosk.storage.proof import chains, fingerprints, view_against_fold
from kiosk.storage.store import Store, open_store
from kiosk.storage.view import View
from tests.builders import KEY, Clock, a_session, an_attendee, enrol
from tests.faults import knowledge
from tests.services.test_programme import APlan

pytestmark = pytest.mark.expect_log


@dataclass(slots=True)
class Person:
    """What the model knows of somebody."""

    code: str
    id: str
    batch: str
    inside: RecordId | None = None
    cancelled: bool = False
    blocked: bool = False
    badge_name: str = ""

    def expected(self) -> Outcome:
        """What a scan of this person's code has to answer."""
        if self.blocked:
            return Outcome.REFUSED
        if self.inside is not None:
            return Outcome.ALREADY
        return Outcome.REFUSED if self.cancelled else Outcome.ADMITTED


class Lobby(RuleBasedStateMachine):
    """One desk, its people, and everything that may happen to both."""

    people = Bundle("people")

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kiosk-lobby-"))
        self.clock = Clock()
        self.known: dict[str, Person] = {}
        self.numbers = 0
        self._start()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    def _start(self) -> None:
        self.store = open_store(self.folder, KEY)
        self.station = Station(self.store, self.clock)
        self.check_in = CheckIn(self.store, self.station)
        self.edit = Edit(self.store, self.station)

    @rule(target=people, cancelled=st.booleans())
    def enrol(self, cancelled: bool) -> Person:
        self.numbers += 1
        code = f"{self.numbers:06}"
        new = an_attendee(f"First{code}", "Last", code=code, status="cancelled" if cancelled else "coming")
        batch = enrol(self.store, new)
        person = Person(code, new.attendee.id, batch, cancelled=cancelled)
        self.known[code] = person
        return person

    @rule(person=people)
    def scan(self, person: Person) -> None:
        if person.code not in self.known:
            return
        expected = person.expected()
        self.clock.forward(60)
        verdict = self.check_in.present(person.code)
        assert verdict is not None
        assert verdict.outcome is expected
        if verdict.admitted:
            person.inside = verdict.record
        self.clock.forward(2)
        again = self.check_in.present(person.code)
        assert again is not None
        assert (again.outcome, again.repeat, again.record) == (verdict.outcome, True, verdict.record)

    @rule()
    def scan_a_strange_code(self) -> None:
        self.clock.forward(60)
        verdict = self.check_in.present("NO SUCH CODE")
        assert verdict is not None
        assert verdict.outcome is Outcome.UNKNOWN

    @rule(person=people)
    def undo(self, person: Person) -> None:
        if person.inside is not None:
            self.check_in.undo(person.inside)
            self.check_in.undo(person.inside)
            person.inside = None

    @rule(person=people, name=st.text(alphabet="Añ<ب ", min_size=1, max_size=6).filter(str.strip))
    def rename(self, person: Person, name: str) -> None:
        if person.code in self.known:
            person.badge_name = self.edit.set(person.id, {"badge_name": name}).badge_name
            assert person.badge_name == " ".join(name.split())

    @rule(person=people)
    def block(self, person: Person) -> None:
        if person.code in self.known:
            self.edit.block(person.id, person.code)
            person.blocked = True

    @rule(person=consumes(people))
    def take_the_import_back(self, person: Person) -> None:
        if person.batch and person.inside is None and person.code in self.known:
            ImportRoster(self.store, self.station).undo(person.batch)
            del self.known[person.code]

    @rule()
    def restart(self) -> None:
        self.store.close()
        self._start()
        assert self.store.notices == []

    @rule()
    def lose_the_view(self) -> None:
        self.store.close()
        (self.folder / "view.db").unlink()
        self._start()

    @rule()
    def fold_anew(self) -> None:
        self.store.rebuild_view()

    @precondition(lambda self: self.numbers > 0)
    @rule()
    def lose_the_journal(self) -> None:
        before = knowledge(self.store)
        self.store.close()
        (self.folder / "journal.db").unlink()
        self._start()
        assert self.store.notices
        assert knowledge(self.store) == before
        for person in self.known.values():
            admission = roster.admission_of(self.store.view.connection, person.id, "desk")
            person.inside = admission.record if admission else None  # the same admission under its new name
            person.batch = ""  # everyone came back in one batch, which can no longer be taken apart

    @rule(back_days=st.integers(min_value=-4000, max_value=4000))
    def the_clock_jumps(self, back_days: int) -> None:
        self.clock.now += timedelta(days=back_days)
        furthest = timedelta(days=9000)
        self.clock.now = max(min(self.clock.now, Clock().now + furthest), Clock().now - furthest)

    @invariant()
    def the_view_is_what_the_records_say(self) -> None:
        if hasattr(self, "store"):
            assert list(view_against_fold(self.store)) == []
            assert list(chains(self.store)) == []

    @invariant()
    def the_desk_knows_what_the_model_knows(self) -> None:
        if not hasattr(self, "store"):
            return
        view = self.store.view.connection
        assert {known.attendee.id for known in roster.everyone(view)} == {person.id for person in self.known.values()}
        for person in self.known.values():
            found = roster.by_code(view, person.code)
            assert found is not None
            assert found[0].badge_name == person.badge_name
            admission = roster.admission_of(view, person.id, "desk")
            assert (admission.record if admission else None) == person.inside


TestLobby = Lobby.TestCase
TestLobby.settings = settings(
    max_examples=max(12, settings().max_examples // 16),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


# The order of arrival

SESSIONS = (a_session("A1"), a_session("B1"))


def two_stations(folder: Path, seed: int) -> tuple[list[Stored], dict[RecordId, list[bytes | None]]]:
    """What two stations wrote about the same people without hearing of each other."""
    chance = random.Random(seed)
    one = open_store(folder / "one", KEY)
    people = [an_attendee(f"F{n}", f"L{n}", code=f"{n:06}", source_ids=(f"crm:{n}",)) for n in range(8)]
    batch = enrol(one, people)
    plan = Programme(one, Station(one, Clock())).write(APlan(SESSIONS))
    one.close()
    shutil.copytree(folder / "one", folder / "two")
    stored: dict[RecordId, Stored] = {}
    values: dict[RecordId, list[bytes | None]] = {}
    for name in ("one", "two"):
        store = open_store(folder / name, KEY)
        undone = batch if name == "two" and seed % 2 else plan.id if name == "one" and seed % 3 == 2 else ""
        _work_alone(store, chance, undone, [person.attendee.id for person in people])
        for item in read_after(store.connection, 0):
            stored[item.record.id] = item
            values[item.record.id] = values_of(store.connection, item.record.id)
        store.close()
    return list(stored.values()), values


def _work_alone(store: Store, chance: random.Random, batch: str, people: Sequence[str]) -> None:
    clock = Clock()
    station = Station(store, clock)
    station.set_operator(chance.choice(["Ana", "Bo"]))
    check_in, edit, programme = CheckIn(store, station), Edit(store, station), Programme(store, station)
    records: list[RecordId] = []
    for _ in range(25):
        clock.forward(60)
        who = chance.choice(people)
        session = chance.choice(SESSIONS).id
        match chance.randrange(12):
            case 0 | 1 | 2:
                verdict = check_in.admit(who)
                records += [verdict.record] if verdict.admitted and verdict.record else []
            case 3 if records:
                check_in.undo(chance.choice(records))
            case 4:
                edit.set(who, {chance.choice(["note", "agency", "first"]): f"written {chance.random()}"})
            case 5:
                edit.block(who, f"{people.index(who):06}")
            case 6:
                programme.change(session, {chance.choice(["capacity", "course_slot"]): chance.randrange(99)})
            case 7 | 8:
                programme.enrol(who, session)
            case 9 | 10:
                programme.withdraw(who, session)
            case _:
                enrol(store, an_attendee("New", "One", code=f"{chance.randrange(12):06}", source_ids=("crm:1",)))
    if batch:
        with store.write() as journal:
            journal.append(Kind.IMPORT_UNDO, {"batch": batch}, at=clock(), actor="station", role=Role.ORGANIZER)


def orders_agree(folder: Path, seed: int) -> bool:
    """Whether the same records give the same tables in whatever order and whatever pages they arrive."""
    stored, values = two_stations(folder, seed)
    by_id = {item.record.id: item.record for item in stored}
    chance = random.Random(seed)
    seen = []
    for attempt in range(6):
        # As it happened, backwards (who is spoken of comes after what is said), and in any order.
        order = [stored, stored[::-1]][attempt] if attempt < 2 else chance.sample(stored, len(stored))
        connection = connect(folder / f"{attempt}.db", KEY, durable=False)
        view = View(connection, lambda record: values[record], lambda record: by_id[record])
        connection.execute("begin")
        view.create()
        arrival = 0
        while arrival < len(order):
            page = chance.randrange(1, 12)
            view.apply((arrival + n + 1, item.record, None) for n, item in enumerate(order[arrival : arrival + page]))
            arrival += page
        connection.execute("commit")
        holders = {f"{n:06}": roster.by_code(connection, f"{n:06}") for n in range(12)}
        seen.append((fingerprints(connection), {code: found and found[0].id for code, found in holders.items()}))
        connection.close()
    return all(tables == seen[0] for tables in seen)  # and whose a code is that two people have


@pytest.mark.parametrize("seed", range(6))
def test_the_order_in_which_records_arrive_does_not_matter(tmp_path: Path, seed: int) -> None:
    assert orders_agree(tmp_path, seed)
