"""Times as programmes write them: right in the conference's zone, whatever the laptop says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.domain.programme_edit import read_fields
from kiosk.domain.programme_faults import Fault
from kiosk.domain.programme_times import read_minutes, read_time
from kiosk.domain.programme_words import day_words, span_words
from kiosk.errors import BadInput
from tests.builders import a_session

ATLANTA = ZoneInfo("America/New_York")


@pytest.fixture(params=["America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"])
def laptop_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("laptop_zone")
@pytest.mark.parametrize(
    "text",
    [
        "2023-05-04T08:30:00-04:00",
        "2023-05-04T12:30:00Z",
        "20230504T083000",
        "2023-05-04 08:30",
        "2023-05-04 8:30 AM",
        "5/4/2023 8:30 AM",
        "05/04/23 8:30am",
        "5/4/2023 08:30",
        "04.05.2023 08:30",
        "May 4, 2023 8:30 a.m.",
        "  2023-05-04   8:30  ",
    ],
)
def test_a_laptop_in_another_zone_reads_the_same_moment(text: str) -> None:
    assert read_time(text, ATLANTA).at == datetime(2023, 5, 4, 12, 30, tzinfo=UTC)


@pytest.mark.usefixtures("laptop_zone")
def test_a_laptop_in_another_zone_shows_the_conference_s_time() -> None:
    start = datetime(2023, 5, 4, 12, 30, tzinfo=UTC)
    assert span_words(start, start + timedelta(minutes=75), ATLANTA) == "8:30 – 9:45 AM"


@pytest.mark.parametrize(
    "text, fault",
    [
        ("2023-05-04", Fault.ALL_DAY),
        ("5/4/2023", Fault.ALL_DAY),
        ("tomorrow", Fault.BAD_TIME),
        ("8:30 AM", Fault.BAD_TIME),
        ("2023-02-29 08:30", Fault.BAD_TIME),
        ("13/13/2023 08:30", Fault.BAD_TIME),
        ("5/4/2023 13:30 PM", Fault.BAD_TIME),
        ("0001-01-01T00:00:00+23:59", Fault.BAD_TIME),
        ("9999-12-31T23:59:59-23:59", Fault.BAD_TIME),
        ("", Fault.BAD_TIME),
    ],
)
def test_what_is_no_time_is_said(text: str, fault: Fault) -> None:
    assert read_time(text, ATLANTA) == read_time(text, ATLANTA)
    assert read_time(text, ATLANTA).faults == (fault,)
    assert read_time(text, ATLANTA).at is None


def test_the_29th_of_february() -> None:
    assert read_time("2024-02-29 23:30", ATLANTA).at == datetime(2024, 3, 1, 4, 30, tzinfo=UTC)
    session = a_session(start=datetime(2024, 2, 29, 14, tzinfo=UTC))
    assert day_words(session.start.astimezone(ATLANTA).date()) == "Thu Feb 29"
    moved = read_fields(session, {"start": "10:00 AM"}, ATLANTA)
    assert moved["start"] == datetime(2024, 2, 29, 15, tzinfo=UTC)


def test_the_night_with_two_half_past_ones() -> None:
    first = read_time("2023-11-05 01:30", ATLANTA)
    assert first.at == datetime(2023, 11, 5, 5, 30, tzinfo=UTC)
    assert first.faults == (Fault.TWO_SUCH_TIMES,)
    second = read_time("2023-11-05T01:30:00-05:00", ATLANTA)
    assert second.at == datetime(2023, 11, 5, 6, 30, tzinfo=UTC)
    assert second.faults == ()
    assert span_words(first.at, second.at, ATLANTA) == "1:30 AM EDT – 1:30 AM EST"


def test_the_night_without_a_half_past_two() -> None:
    found = read_time("2023-03-12 02:30", ATLANTA)
    assert found.faults == (Fault.NO_SUCH_TIME,)
    assert found.at == datetime(2023, 3, 12, 7, 30, tzinfo=UTC)
    with pytest.raises(BadInput, match="jump over"):
        read_fields(a_session(), {"start": "2023-03-12 02:30"}, ATLANTA)


def test_a_session_past_midnight_says_its_second_day() -> None:
    start = datetime(2023, 5, 5, 3, 30, tzinfo=UTC)
    assert span_words(start, start + timedelta(hours=1), ATLANTA) == "11:30 PM – Fri May 5 12:30 AM"
    assert span_words(start, start + timedelta(minutes=30), ATLANTA) == "11:30 PM – Fri May 5 12:00 AM"


@pytest.mark.parametrize(
    "text, minutes",
    [("75", 75), ("01:15", 75), ("1:15:00", 75), ("PT1H15M", 75), ("P1D", 1440), ("1.25 h", 75), ("75 min", 75)],
)
def test_lengths(text: str, minutes: int) -> None:
    assert read_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "P", "soon", "1:75", "-5", "9" * 40, "١٢"])
def test_what_is_no_length(text: str) -> None:
    assert read_minutes(text) is None


def test_a_new_start_moves_the_session_as_a_whole() -> None:
    session = a_session()
    fields = read_fields(session, {"start": "9:15 AM"}, ATLANTA)
    assert fields["start"] == session.start + timedelta(minutes=45)
    assert fields["end"] == session.end + timedelta(minutes=45)


def test_a_new_end_alone_keeps_the_start() -> None:
    assert read_fields(a_session(), {"end": "10:00 AM"}, ATLANTA) == {"end": datetime(2023, 5, 4, 14, tzinfo=UTC)}


def test_breaks_are_typed_as_clock_times_and_taken_away_again() -> None:
    typed = read_fields(a_session(), {"breaks": "9:00 AM - 9:10 AM; 9:30 – 9:35"}, ATLANTA)["credit"]
    assert typed.breaks == ((30, 10), (60, 5))
    assert read_fields(a_session(credit=typed), {"breaks": ""}, ATLANTA)["credit"].breaks == ()


def test_breaks_of_a_session_that_moves_are_those_of_its_new_time() -> None:
    moved = read_fields(a_session(), {"start": "9:00 AM", "breaks": "9:20 AM - 9:30 AM"}, ATLANTA)
    assert moved["credit"].breaks == ((20, 10),)


def test_part_of_the_time_may_earn_its_part() -> None:
    assert read_fields(a_session(), {"in_proportion": "yes"}, ATLANTA)["credit"].in_proportion


@pytest.mark.parametrize(
    "texts, said",
    [
        ({"romm": "B"}, "There are: start"),
        ({"start": "soon"}, "is no time"),
        ({"door": "open"}, "registered, anyone, ask"),
        ({"capacity": "many"}, "no whole number"),
        ({"cancelled": "perhaps"}, "neither yes nor no"),
        ({"hours": "a few"}, "1.25"),
        ({"least_percent": "120"}, "100 percent"),
        ({"hour_min": "45"}, "50 or 60"),
        ({"counts": "maybe"}, "entry"),
        ({"in_proportion": "rather"}, "neither yes nor no"),
        ({"breaks": "9:00 AM"}, "9:00 AM - 9:15 AM"),
        ({"breaks": "9:15 AM - 9:00 AM"}, "within the session"),
        ({"breaks": "9:40 AM - 9:50 AM"}, "within the session"),
    ],
)
def test_what_cannot_be_changed_so_is_said(texts: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_fields(a_session(), texts, ATLANTA)
