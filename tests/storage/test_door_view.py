"""Who is inside, counted as records come: in any order, with undos, and always what an independent count says."""

from __future__ import annotations

import itertools
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.journal import Hlc, Kind, Record, from_ms
from kiosk.domain.occupancy import Occupancy
from kiosk.domain.verdicts import RecordId
from kiosk.storage import doors
from kiosk.storage.database import KEY_BYTES, connect
from kiosk.storage.proof import fingerprints
from kiosk.storage.view import View

PLACES = ("id-A", "id-B")


@dataclass(frozen=True)
class Step:
    """One thing that happens at a door; `undoes` points at an earlier step."""

    kind: str
    person: str
    place: str
    change: int
    undoes: int


def a_step() -> st.SearchStrategy[Step]:
    kinds = st.sampled_from(["admit", "admit", "exit", "deny", "undo", "headcount", "wait", "leave", "seats"])
    people, places = st.sampled_from(["p1", "p2", "p3"]), st.sampled_from(PLACES)
    return st.builds(Step, kinds, people, places, st.sampled_from([-1, 1]), st.integers(0, 30))


def records(steps: list[Step]) -> list[Record]:
    """The steps as records of two stations, in the order they happened."""
    made: list[Record] = []
    passages: list[Record] = []
    for number, step in enumerate(steps, start=1):
        kind, place, body = step.kind, step.place, {"subject": step.person, "outcome": "admitted", "reason": "ok"}
        if kind == "undo":
            if not passages:
                continue
            target = passages[step.undoes % len(passages)]
            place, body = target.place or "", {"subject": target.body["subject"], "target": str(target.id)}
        elif kind == "headcount":
            body = {"change": step.change}  # type: ignore[dict-item]
        elif kind == "seats":
            body = {"counted": 3, "known": 2}  # type: ignore[dict-item]
        elif kind in ("wait", "leave"):
            kind, body = "wait", {"subject": step.person, "joined": kind == "wait"}  # type: ignore[dict-item]
        log = "log1" if step.person == "p1" else "log2"
        at = from_ms(10_000_000 - number * 1000)  # the clocks run backwards; only the logical one counts
        record = Record(RecordId(log, number), kind, at, Hlc(number, 0), "d", "a", "door", place, body)
        made.append(record)
        if kind in ("admit", "exit"):
            passages.append(record)
    return made


def recount(made: list[Record], place: str) -> tuple[int, int, int]:
    """Scanned, inside and without a badge, told from the list of what happened."""
    taken_back = {record.body["target"] for record in made if record.kind == "undo"}
    ever: set[Any] = set()
    inside: set[Any] = set()
    others = 0
    for record in made:
        if record.place != place or str(record.id) in taken_back:
            continue
        if record.kind == "admit":
            ever.add(record.body["subject"])
            inside.add(record.body["subject"])
        elif record.kind == "exit":
            inside.discard(record.body["subject"])
        elif record.kind == "headcount":
            others += record.body["change"]
    return len(ever), len(inside), others


@contextmanager
def folded(arrived: list[Record], batch: int = 1) -> Iterator[View]:
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Path(folder) / "view.db", secrets.token_bytes(KEY_BYTES), durable=False)
        try:
            view = View(connection, lambda record: (), lambda record: next(r for r in arrived if r.id == record))
            connection.execute("begin")
            view.create()
            numbered = list(enumerate(arrived, start=1))
            for start in range(0, len(numbered), batch):
                view.apply((arrival, record, ()) for arrival, record in numbered[start : start + batch])
            connection.execute("commit")
            yield view
        finally:
            connection.close()


@given(st.lists(a_step(), max_size=25), st.randoms(use_true_random=False), st.integers(1, 7))
def test_in_whatever_order_records_come_the_count_is_what_happened(steps: list[Step], chance: Any, batch: int) -> None:
    made = records(steps)
    shuffled = list(made)
    chance.shuffle(shuffled)
    with folded(shuffled, batch) as view, folded(made) as straight:
        for place in PLACES:
            found = doors.occupancy(view.connection, place)
            assert (found.scanned, found.inside, found.uncounted) == recount(made, place)
            assert len(doors.inside(view.connection, place)) == found.inside
            assert doors.waiting(view.connection, place) == doors.waiting(straight.connection, place)
        assert fingerprints(view.connection) == fingerprints(straight.connection)


@given(st.lists(a_step().filter(lambda step: step.kind in ("admit", "exit", "headcount")), min_size=1, max_size=15))
def test_undo_undoes(steps: list[Step]) -> None:
    """Whatever is done and taken back leaves the counts as if it had not been."""
    made = records(steps)
    last = made[-1]
    if last.kind == "headcount":
        body: dict[str, Any] = {"change": -last.body["change"]}
        back = Record(RecordId("log3", 1), last.kind, last.at, Hlc(999, 0), "d", "a", "door", last.place, body)
    else:
        body = {"subject": last.body["subject"], "target": str(last.id)}
        back = Record(RecordId("log3", 1), "undo", last.at, Hlc(999, 0), "d", "a", "door", last.place, body)
    with folded([*made, back]) as view, folded(made[:-1]) as before:
        for place in PLACES:
            assert doors.occupancy(view.connection, place) == doors.occupancy(before.connection, place)


def test_what_a_foreign_record_says_that_is_no_number_counts_nothing() -> None:
    bodies: list[dict[str, Any]] = [{"change": "many"}, {"change": True}, {}, {"change": 10**30}]
    made = [
        Record(RecordId("log1", n), Kind.HEADCOUNT, from_ms(n), Hlc(n, 0), "d", "a", "door", "id-A", body)
        for n, body in enumerate(bodies, start=1)
    ]
    with folded(made) as view:
        assert doors.occupancy(view.connection, "id-A") == Occupancy()


def test_every_order_of_in_out_and_undo_leaves_the_same_stay() -> None:
    steps = [Step("admit", "p1", "id-A", 1, 0), Step("exit", "p1", "id-A", 1, 0), Step("undo", "p1", "id-A", 1, 1)]
    for order in itertools.permutations(records(steps)):
        with folded(list(order)) as view:
            assert doors.occupancy(view.connection, "id-A") == Occupancy(1, 1, 0)
