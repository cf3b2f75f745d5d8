"""Programs with one mistake each, which the same days must catch: the model's broken variants, put into the real code.

A mistake is a patch of the program. Whoever adds to the program adds the mistakes one could make there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any

import pytest

from kiosk.domain import merging, placing
from kiosk.domain.exchange import Arrived, Head, Signed, Vector, digest_of, read_arrived
from kiosk.domain.journal import read_record
from kiosk.domain.messages import Sealed
from kiosk.domain.placing import Received
from kiosk.domain.trust import PROTOCOL
from kiosk.hub import records, rounds
from kiosk.hub.held import Ends, Held
from kiosk.hub.hub import Hub
from kiosk.services.stations import Stations
from kiosk.storage import journal as storage_journal
from kiosk.storage import roster, view
from kiosk.storage.database import Connection, scalar
from kiosk.storage.exchange_view import logs_of
from kiosk.storage.journal import End, Journal
from kiosk.storage.store import Store
from kiosk.sync.client import HubClient
from kiosk.sync.http import Answer
from kiosk.sync.round import Outcome, Round
from kiosk.wire.rounds import SyncAnswer, SyncRequest
from tests.days.machines import HubMachine, Killed

Patch = pytest.MonkeyPatch
BrokenProgram = Callable[[Patch], None]


# The model's: what a log is, and what is on the disk


def reuse_log(patch: Patch) -> None:
    """A device writes one log for ever, as most products do: a disk that comes back from a copy goes on with it."""
    honest = Journal._resume

    def resume(journal: Journal) -> End:
        fresh, last = honest(journal), storage_journal._end_of(journal.connection, journal.device.id)
        if last is None:
            return End(journal.device.id, hlc=fresh.hlc, vector=fresh.vector)
        return End(journal.device.id, last.record.id.seq, last.hash.hex(), fresh.hlc, fresh.vector)

    patch.setattr(Journal, "_resume", resume)


def no_durable_green(patch: Patch) -> None:
    """Green is shown before the commit, which comes when there is time."""
    chance = random.Random(1)

    @contextmanager
    def write(store: Store, **_how: bool) -> Iterator[Journal]:
        connections = (store.connection, store.view.connection)
        with store._lock:
            store.journal.begin()
            for connection in connections:
                if not connection.in_transaction:
                    connection.execute("begin immediate")
            try:
                yield store.journal
            except BaseException:
                store._roll_back()
                raise
            values = store.journal.appended_values
            store.view.apply((s.arrival, s.record, values.get(s.record.id, ())) for s in store.journal.appended)
            store.journal.committed()
            if chance.random() < 0.7:
                for connection in connections:
                    connection.execute("commit")

    patch.setattr(Store, "write", write)


# The model's: who holds what


def ack_on_200(patch: Patch) -> None:
    """Whatever answers 200 has taken everything: a hotel's login page, too."""
    ask, answered = HubClient.ask, Round.answered

    def believe(client: HubClient, method: str, path: str, body: Any, kind: type[Any]) -> Any:
        answer: Answer = client._somewhere(method, path, b"")
        if answer.status == 200 and not answer.media_type.startswith("application/json"):
            return SyncAnswer(PROTOCOL, "", "", "", None, False, [], False, Sealed(b"", b""), 0, 0, 0)
        return ask(client, method, path, body, kind)

    def clear(round_: Round, request: SyncRequest, answer: SyncAnswer) -> Outcome:
        if answer.hub:
            return answered(round_, request, answer)
        held = round_._stations.vector()
        round_._stations.confirmed(round_._link.hub, held, held)
        return Outcome(Received(), 0, False)

    patch.setattr(HubClient, "ask", believe)
    patch.setattr(Round, "met_clock", lambda *_: None)
    patch.setattr(Round, "answered", clear)


def prune_on_ack(patch: Patch) -> None:
    """What the hub has confirmed is deleted here, once nothing more is written to that log."""
    confirmed = Stations.confirmed

    def prune(stations: Stations, holder: str, heads: Vector, held: Vector | None) -> None:
        confirmed(stations, holder, heads, held)
        ends, own = stations.vector(), logs_of(stations._store.view.connection, stations.own.id)
        with stations._store.write() as journal:
            for log, head in stations.receipts_of(holder).items():
                if log in own and log != journal.log and head == ends.get(log):
                    journal.connection.execute("delete from record where log = ?", (log,))
                    journal.connection.execute("delete from value where log = ?", (log,))

    patch.setattr(Stations, "confirmed", prune)


def ack_before_commit(patch: Patch) -> None:
    """The hub answers what it is about to commit; where it dies meanwhile, nobody is told."""
    take_in, now, promised = rounds.take_in, Ends.now, dict[Ends, dict[str, Head]]()

    async def early(hub: Hub, by: Any, batch: list[Signed]) -> Received:
        try:
            return await take_in(hub, by, batch)
        except Killed:
            items = sorted(map(read_arrived, batch), key=lambda item: item.seq)
            promised[hub.ends] = {item.log: Head(item.seq, item.hash.hex()) for item in items}
            return Received()

    async def with_promised(ends: Ends) -> Held:
        held = await now(ends)
        vector = held.vector | promised.get(ends, {})
        return replace(held, vector=vector, digest=digest_of(vector))

    patch.setattr(rounds, "take_in", early)
    patch.setattr(Ends, "now", with_promised)


def cursor_only(patch: Patch) -> None:
    """A station asks for what came to the hub after what it got last, by number of arrival."""
    ask, answered, after = HubMachine.ask, Round.answered, records.records_after
    caller, given, cursors = [""], dict[str, int](), dict[str, int]()

    def asking(hub: HubMachine, link: Any, *rest: Any, **more: Any) -> Any:
        caller[0] = link.certificate
        return ask(hub, link, *rest, **more)

    def since(connection: Any, theirs: Vector, *rest: Any, **limits: int) -> tuple[list[Signed], bool]:
        if not theirs:
            return after(connection, theirs, *rest, **limits)
        every, _more = after(connection, {}, most=1_000_000, most_bytes=1 << 40)
        by_name = {(at.log, at.seq): signed for signed, at in ((s, read_record(s.data).id) for s in every)}
        order = connection.exec_driver_sql("select log, seq from record order by rowid").all()
        given[caller[0]] = len(order)
        return [by_name[row.log, row.seq] for row in order[cursors.get(caller[0], 0) :]], False

    def advance(round_: Round, request: SyncRequest, answer: SyncAnswer) -> Outcome:
        outcome = answered(round_, request, answer)
        name = round_._link.certificate
        cursors[name] = max(cursors.get(name, 0), given.get(name, 0))
        return outcome

    patch.setattr(HubMachine, "ask", asking)
    patch.setattr(records, "records_after", since)
    patch.setattr(Round, "answered", advance)


def refusing_hub(patch: Patch) -> None:
    """An older hub, which takes no kind it does not know until somebody has updated it: no mistake of a station."""
    take_in, give_role, updated = rounds.take_in, HubMachine.give_role, set[Any]()

    async def known_only(hub: Hub, by: Any, batch: list[Signed]) -> Received:
        kept, held_up = list[Signed](), set[str]()
        for signed in batch:
            record = read_record(signed.data)
            if record.kind == "future.kind" and hub.folder not in updated:
                held_up.add(record.id.log)
            if record.id.log not in held_up:
                kept.append(signed)
        return await take_in(hub, by, kept)

    def update(hub: HubMachine, role: Any, device: str | None = None) -> None:
        if device is None:
            updated.add(hub.folder)
        give_role(hub, role, device)

    patch.setattr("tests.days.day.REFUSED_KINDS", frozenset({"future.kind"}))
    patch.setattr(rounds, "take_in", known_only)
    patch.setattr(HubMachine, "give_role", update)


def drop_4xx(patch: Patch) -> None:
    """What the hub refuses is deleted, with what follows it: nothing we can do."""
    refusing_hub(patch)
    see = Round._see_what_is_stuck

    def drop(round_: Round, pushed: list[Signed]) -> None:
        see(round_, pushed)
        for log in round_._skipped():
            with round_._store.write() as journal:
                held = round_._theirs.get(log, Head()).seq
                journal.connection.execute("delete from record where log = ? and seq > ?", (log, held))
                journal.connection.execute("delete from value where log = ? and seq > ?", (log, held))

    patch.setattr(Round, "_see_what_is_stuck", drop)


def head_of_line(patch: Patch) -> None:
    """While the hub does not take one record, nothing else is sent."""
    refusing_hub(patch)
    to_send = Round._to_send

    def that_one(round_: Round) -> list[Signed]:
        if not round_._stuck:
            return to_send(round_)
        batch = round_._stations.batch_after(round_._theirs)
        return [signed for signed in batch if read_record(signed.data).id.log in round_._stuck]

    patch.setattr(Round, "_to_send", that_one)


def sent_for_good(patch: Patch) -> None:
    """What was confirmed once is never sent again: a hub that comes back from a backup does not get it."""
    confirmed, to_send, ever = Stations.confirmed, Round._to_send, dict[tuple[str, str], Head]()

    def remember(stations: Stations, holder: str, heads: Vector, held: Vector | None) -> None:
        confirmed(stations, holder, heads, held)
        for log, head in stations.receipts_of(holder).items():
            before = ever.get((stations.own.id, log), Head())
            ever[stations.own.id, log] = max(before, head, key=lambda each: each.seq)

    def rest(round_: Round) -> list[Signed]:
        sent = {log: head.seq for (device, log), head in ever.items() if device == round_._stations.own.id}
        names = ((signed, read_record(signed.data).id) for signed in to_send(round_))
        return [signed for signed, at in names if at.seq > sent.get(at.log, 0)]

    patch.setattr(Stations, "confirmed", remember)
    patch.setattr(Round, "_to_send", rest)


# The model's, and others: what is made of the records


def lww_wall(patch: Patch) -> None:
    """The clock decides between edits, whoever knew of what."""
    patch.setattr("kiosk.storage.roster._with_bases", lambda _view, change: change)


def count_all_admits(patch: Patch) -> None:
    """People are counted by their scans."""
    counts = roster.counts

    @wraps(counts)
    def scans(connection: Connection, place: str) -> Any:
        known = counts(connection, place)
        sql = "select count(*) from passage where kind = 'admit' and place = ?"
        return roster.Counts(known.people, known.expected, scalar(connection, sql, place))

    patch.setattr(roster, "counts", scans)


def by_arrival(passages: Any) -> list[Any]:
    undone = {passage.target for passage in passages}
    return [p for p in passages if p.kind == "admit" and str(p.record) not in undone]


def only_known_kinds(signed: Signed) -> Arrived:
    arrived = read_arrived(signed)
    if arrived.record.kind == "future.kind":
        raise ValueError("is of no kind I know")
    return arrived


BROKEN_PROGRAMS: dict[str, BrokenProgram] = {
    "reuse_log": reuse_log,
    "no_durable_green": no_durable_green,
    "ack_on_200": ack_on_200,
    "prune_on_ack": prune_on_ack,
    "ack_before_commit": ack_before_commit,
    "cursor_only": cursor_only,
    "drop_4xx": drop_4xx,
    "head_of_line": head_of_line,
    "lww_wall": lww_wall,
    "count_all_admits": count_all_admits,
    "what was confirmed once is not sent again": sent_for_good,
    "the admission that came first counts": lambda patch: patch.setattr(merging, "standing_passages", by_arrival),
    "further admissions are forgotten": lambda patch: patch.setattr(
        "kiosk.storage.exchange_view.admitted_again", lambda _passages: []
    ),
    "every admission counts": lambda patch: patch.setattr(
        view, "effective_admission", lambda passages: (list(passages)[-1], ())
    ),
    "what it does not know it does not keep": lambda patch: patch.setattr(placing, "read_arrived", only_known_kinds),
    "a copied disk goes unnoticed": lambda patch: patch.setattr(
        "kiosk.storage.exchange_view.ExchangeFold.opened", lambda _self, _record: None
    ),
}
"""By the names the model gives them, as far as they are the model's."""
