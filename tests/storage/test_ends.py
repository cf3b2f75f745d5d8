"""Where logs end, kept in memory: always what the disk says, through rollbacks, gaps and other stations' records."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from kiosk.domain.exchange import Head
from kiosk.storage.ends import Ends
from tests.builders import NOON, Desk, enrol, some_attendees
from tests.meeting import everything, hand, meet, some_desks, stations_of


def on_disk(desk: Desk) -> dict[str, tuple[int, int, str]]:
    """Per log: how many records, the last one's place and its hash."""
    rows = desk.store.connection.execute(
        "select r.log, count(*), max(r.seq), "
        "(select hex(hash) from record where log = r.log order by seq desc limit 1) from record r group by r.log"
    )
    return {log: (count, last, digest.lower()) for log, count, last, digest in rows}


def in_memory(desk: Desk) -> dict[str, tuple[int, str]]:
    return {log: (last, digest.hex()) for log, (last, digest) in desk.store.journal.ends.items()}


def agree_with_disk(desk: Desk) -> bool:
    disk = {log: (last, digest) for log, (_count, last, digest) in on_disk(desk).items()}
    fresh = {log: (last, digest.hex()) for log, (last, digest) in Ends(desk.store.connection).items()}
    return in_memory(desk) == disk == fresh


def test_they_are_what_the_disk_says_whatever_is_written_taken_in_and_rolled_back(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(4))
        for n in range(4):
            one.scan(f"00000{n}")
            assert agree_with_disk(one)
        meet(one, two)
        assert agree_with_disk(two)
        with suppress(ZeroDivisionError), one.store.write() as journal:
            journal.append("deny", {}, at=NOON, actor="station")
            journal.begin_log()
            journal.append("deny", {}, at=NOON, actor="station")
            raise ZeroDivisionError
        assert agree_with_disk(one)
        one.scan("000001")
        meet(one, two)
        assert agree_with_disk(one)
        assert stations_of(one).vector() == stations_of(two).vector()


def test_a_gap_is_seen_and_seen_to_be_filled(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        for n in range(5):
            one.scan(f"00000{n}")
        meet(one, two)
        log = one.store.journal.log
        whole = stations_of(two).vector()[log]
        lost = [signed for signed in everything(two.store) if b'"seq":3' in signed.data and log.encode() in signed.data]
        two.store.connection.execute("delete from record where log = ? and seq = 3", (log,))
        two.store.rebuild_view()
        assert two.store.journal.ends.is_torn(log)
        assert stations_of(two).vector()[log].seq == 2
        hand(two, lost)
        assert not two.store.journal.ends.is_torn(log)
        assert stations_of(two).vector()[log] == whole == Head(whole.seq, whole.hash)


def test_a_round_does_not_count_what_is_there(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        one.scan("000001")
        stations_of(one).vector()
        asked: list[str] = []
        one.store.connection.set_trace_callback(asked.append)
        theirs = stations_of(two).vector()
        stations_of(one).vector()
        stations_of(one).batch_after(theirs)
        stations_of(one).unsent("nobody")
        one.store.connection.set_trace_callback(None)
        assert asked
        assert not [sql for sql in asked if "count(" in sql.lower() or "group by" in sql.lower()]
