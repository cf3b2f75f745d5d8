"""`kiosk verify`: silent about what is right, and nothing wrong escapes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.services.verify import verify
from kiosk.storage.proof import view_against_fold
from kiosk.storage.store import Store
from tests.builders import a_station, a_store, an_attendee, enrol, some_attendees
from tests.faults import a_morning

TAMPERING = {
    "attendee": "update attendee set last = 'Mallory' where n = 3",
    "ticket": "update ticket set state = 'live' where state = 'blocked'",
    "source_id": "insert into source_id values ('eventbrite:1', 1)",
    "passage": "delete from passage where kind = 'deny'",
    "admission": "delete from admission where rowid in (select rowid from admission limit 1)",
    "staff": "update staff set name = 'Mallory'",
    "batch": "update batch set undone = 1",
    "touch": "update touch set batch = null",
}


def test_a_morning_verifies_and_is_counted(tmp_path: Path) -> None:
    a_morning(tmp_path)
    with a_store(tmp_path) as store:
        findings = verify(store)
    assert findings.problems == ()
    assert findings.logs == 1
    # Everyone on the roster, the edit, the block, the volunteer; a room, three sessions, their list and a change.
    assert findings.values == 123 + 1 + 6
    assert findings.records > 45


@pytest.mark.parametrize("table", TAMPERING)
def test_a_view_that_says_something_else_than_the_records_shows(tmp_path: Path, table: str) -> None:
    a_morning(tmp_path)
    with a_store(tmp_path) as store:
        sql = TAMPERING[table]
        if table == "admission":
            sql = "delete from admission where attendee_id = (select attendee_id from admission limit 1)"
        store.view.connection.execute(sql)
        assert f"view.db: {table} is not what the records say" in list(view_against_fold(store))
        store.rebuild_view()
        assert list(view_against_fold(store)) == []


def _view_is_sound(store: Store) -> bool:
    return list(view_against_fold(store)) == []


def test_a_view_that_grew_by_and_by_equals_one_folded_at_once(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        for n in range(1, 30, 3):
            enrol(desk.store, some_attendees(3, first_number=n))
            desk.scan(f"{n:06}")
            assert _view_is_sound(desk.store)
        enrol(desk.store, an_attendee("The", "Same", code="000001"))  # a code two people claim
        assert _view_is_sound(desk.store)
        desk.store.rebuild_view()
        assert _view_is_sound(desk.store)
