"""Whatever a programme says: read once more it is the same, and places are a plain set, whatever was done to them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.programme_plan import Count
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.programme import Programme
from kiosk.services.programme_report import in_words
from kiosk.services.verify import verify
from kiosk.storage import programme
from tests.builders import a_session, a_station, enrol, hold, some_attendees

FEW = settings(max_examples=max(25, settings().max_examples // 4))

texts = st.text(max_size=12) | st.sampled_from(
    ["", "A1", "a1", "Salon A", "salon  a", "Ethics", "\u202eX", "<b>", "=1+1"]
)
times = st.sampled_from(
    ["2023-05-04T08:30:00-04:00", "2023-05-04 08:30", "2023-11-05 01:30", "2024-02-29 23:30", "2023-05-04", "soon", ""]
)
items = st.fixed_dictionaries(
    {"title": texts, "start": times, "minutes": st.sampled_from([75, 75, 75, 60, 0, "x"])},
    optional={
        "code": texts, "kind": texts, "track": texts, "room": texts, "audience": texts, "guid": texts,
        "end": times,
        "capacity": st.integers(-1, 10**9) | texts, "clock_hours": st.floats() | texts, "course_slot": st.integers(),
        "cancelled": st.booleans() | texts, "speakers": st.lists(texts, max_size=2) | texts,
    },
)  # fmt: skip
rooms = st.lists(
    st.fixed_dictionaries({"name": texts}, optional={"capacity": st.integers() | texts}) | texts, max_size=4
)


@FEW
@given(st.lists(items, max_size=6), rooms)
def test_what_was_read_once_is_the_same_when_it_is_read_again(sessions: list[Any], halls: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, a_station(Path(folder) / "data") as desk:
        imports = ImportProgramme(desk.store, desk.station)
        file = Path(folder) / "p.json"
        file.write_text(json.dumps({"sessions": sessions, "rooms": halls}), "utf-8")
        first = imports.plan(file)
        imports.write(first)
        again = imports.plan(file)
        assert again.changes == ()
        assert again.counts[Count.SAME] == first.counts[Count.NEW]
        assert again.counts[Count.GONE] == again.counts[Count.NEW] == 0
        assert all(in_words(again, desk.station.conference.zone_info))
        assert len(programme.all_sessions(desk.store.view.connection)) == first.counts[Count.NEW]
        assert verify(desk.store).problems == ()


acts = st.tuples(st.sampled_from(["enrol", "withdraw"]), st.integers(0, 2), st.sampled_from("AB"))


@FEW
@given(st.lists(acts, max_size=25))
def test_places_are_a_set_whatever_is_done_to_them(done: list[tuple[str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder, a_station(Path(folder)) as desk:
        enrol(desk.store, some_attendees(3))
        hold(desk.store, a_session("A"), a_session("B"))
        people = [row[0] for row in desk.store.view.connection.execute("select id from attendee order by n")]
        service = Programme(desk.store, desk.station)
        expected: set[tuple[str, str]] = set()
        for what, who, where in done:
            pair = (people[who], f"id-{where}")
            if what == "enrol":
                assert service.enrol(*pair) == (pair not in expected)
                expected.add(pair)
            else:
                assert service.withdraw(*pair) == (pair in expected)
                expected.discard(pair)
        assert programme.pairs(desk.store.view.connection) == expected
        desk.store.rebuild_view()
        assert programme.pairs(desk.store.view.connection) == expected
