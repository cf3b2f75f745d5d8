"""Every form a programme comes in, and every way in which one is broken: said, never a traceback."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk.config import asset
from kiosk.domain.programme_faults import Fault
from kiosk.domain.programme_source import SourceProgramme
from kiosk.errors import BadInput
from kiosk.files.programme import read_programme

SAMPLES = ("plecet-2023.program.json", "plecet-2023.frab.json", "plecet-2023.ics", "plecet-2023.sessions.csv")


def sample(name: str) -> Path:
    return asset(f"sample/program/{name}")


def written(tmp_path: Path, text: str | bytes, name: str = "file") -> SourceProgramme:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_programme(path)


def calendar(*lines: str, around: str = "") -> str:
    events = "BEGIN:VEVENT\nUID:1\nSUMMARY:Talk\n" + "\n".join(lines) + "\nEND:VEVENT\n"
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{around}{events}END:VCALENDAR\n"


def starts(source: SourceProgramme) -> list[str]:
    return [item.values["start"] for item in source.items]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_in_every_form(name: str) -> None:
    source = read_programme(sample(name))
    assert len(source.items) == 87
    assert source.findings == ()
    assert {item.values["code"] for item in source.items} >= {"HP1A", "TH1", "CX12"}


def test_a_spreadsheet_with_a_title_above_and_dates_apart(tmp_path: Path) -> None:
    text = (
        "Course list;;;;\nDay;Begins;Ends;Where;Session Title\n5/4/2023;8:30 AM;9:45 AM;Salon A;Ethics\n;;;;\nx;;;;\n"
    )
    (item, blank, _stray) = written(tmp_path, text).items
    assert item.place == "row 3"
    assert item.values == {"start": "5/4/2023 8:30 AM", "end": "5/4/2023 9:45 AM", "room": "Salon A", "title": "Ethics"}
    assert not any(blank.values.values())


XML = """<?xml version="1.0"?><schedule><conference><time_zone_name>America/New_York</time_zone_name></conference>
<day date="2023-05-04" index="1"><room name="Salon A">
<event id="7" guid="328e939c-57f0-5771-87f0-f93076c3b197"><date>2023-05-04T08:30:00-04:00</date><start>08:30</start>
<duration>01:15</duration><title>Ethics</title><track>Course</track><type>workshop</type>
<persons><person id="1">Ana</person><person id="2">Bo</person></persons></event>
<event id="8"><start>11:00</start><duration>01:00</duration><title>Older</title></event></room></day></schedule>"""


def test_frab_xml_new_and_old(tmp_path: Path) -> None:
    source = written(tmp_path, XML)
    new, old = source.items
    assert source.zone == "America/New_York"
    assert new.values["room"] == old.values["room"] == "Salon A"
    assert new.speakers == ("Ana", "Bo")
    assert starts(source) == ["2023-05-04T08:30:00-04:00", "2023-05-04 11:00"]


def test_pretalx_codes_stand_in_the_address(tmp_path: Path) -> None:
    event = '{"id": 25, "url": "https://x.example/democon/talk/G9JGWY/", "title": "T", "date": "2023-05-04T09:00:00Z"}'
    text = f'{{"schedule": {{"conference": {{"days": [{{"rooms": {{"R": [{event}, 7]}}}}]}}}}}}'
    source = written(tmp_path, text)
    assert source.items[0].values["code"] == "G9JGWY"
    assert source.items[0].values["room"] == "R"
    assert [finding.kind for finding in source.findings] == [Fault.UNREADABLE]


# Calendars


def test_every_fault_of_the_tricky_calendar() -> None:
    source = read_programme(sample("tricky.ics"))
    kinds = {finding.title.split(" ")[0]: finding.kind for finding in source.findings}
    assert kinds == {"Floating": Fault.FLOATING, "Outlook": Fault.OTHER_ZONE_NAME, "Registration": Fault.REPEATS}
    by_title: dict[str, list[str]] = {}
    for item in source.items:
        by_title.setdefault(item.values["title"].split(" ")[0], []).append(item.values["start"])
    assert by_title["Registration"] == [
        "2023-05-03T07:00:00-04:00", "2023-05-04T07:00:00-04:00", "2023-05-06T07:00:00-04:00",
    ]  # fmt: skip
    assert by_title["Outlook"] == ["2023-05-04T15:15:00-04:00"]
    assert by_title["Exhibits"] == ["2023-05-04"]
    assert by_title["No"] == [""]
    assert len(source.items) == 11


def test_a_series_keeps_its_clock_when_clocks_are_set_back(tmp_path: Path) -> None:
    text = calendar("DTSTART;TZID=America/New_York:20231104T070000", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20231106")
    source = written(tmp_path, text)
    assert starts(source) == ["2023-11-04T07:00:00-04:00", "2023-11-05T07:00:00-05:00", "2023-11-06T07:00:00-05:00"]
    assert len({item.values["guid"] for item in source.items}) == 3


def test_an_hour_in_the_night_of_two_half_past_ones_is_an_hour(tmp_path: Path) -> None:
    text = calendar("DTSTART;TZID=America/New_York:20231105T013000", "DURATION:PT1H")
    (item,) = written(tmp_path, text).items
    assert (item.values["start"], item.values["end"]) == ("2023-11-05T01:30:00-04:00", "2023-11-05T06:30:00+00:00")


def test_one_day_of_a_series_was_moved(tmp_path: Path) -> None:
    moved = "BEGIN:VEVENT\nUID:1\nSUMMARY:Moved\nRECURRENCE-ID:20230505T120000Z\nDTSTART:20230505T150000Z\nEND:VEVENT\n"
    text = calendar("DTSTART:20230504T120000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", around=moved)
    source = written(tmp_path, text)
    assert starts(source) == ["2023-05-04T12:00:00+00:00", "2023-05-05T15:00:00+00:00"]
    assert source.items[1].values["title"] == "Moved"
    assert [finding.kind for finding in written(tmp_path, calendar() + moved).findings] == [Fault.ORPHANED_CHANGE]


@pytest.mark.parametrize(
    "lines, kind",
    [
        (("DTSTART;TZID=Mars/Base:20230504T083000",), Fault.UNKNOWN_ZONE),
        (("DTSTART:2023-05-04 08:30",), Fault.UNREADABLE),
        (("DTSTART:20230504T083000Z", "RRULE:FREQ=SECONDLY"), Fault.BAD_REPEAT),
        (("DTSTART:20230504T083000Z", "RRULE:FREQ=DAILY"), Fault.TOO_MANY_REPEATS),
        (("DTSTART:20230504T083000Z", "RRULE:FREQ=SOMETIMES"), Fault.BAD_REPEAT),
    ],
)
def test_an_event_that_cannot_be_read_is_listed_and_the_others_are(
    tmp_path: Path, lines: tuple[str, ...], kind: Fault
) -> None:
    good = "BEGIN:VEVENT\nUID:2\nSUMMARY:Good\nDTSTART:20230504T083000Z\nEND:VEVENT\n"
    source = written(tmp_path, calendar(*lines, around=good))
    assert [item.values["title"] for item in source.items] == ["Good"]
    assert [(finding.kind, finding.place) for finding in source.findings] == [(kind, "line 8")]


def test_outlook_s_words_for_a_zone(tmp_path: Path) -> None:
    text = calendar('DTSTART;TZID="(UTC-05:00) Eastern Time (US & Canada)":20230504T083000')
    assert starts(written(tmp_path, text)) == ["2023-05-04T08:30:00-04:00"]


# Harm


@pytest.mark.parametrize(
    "text, said",
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"<html><body>no</body></html>", "web page"),
        (b'<?xml version="1.0"?><rss/>', "no schedule"),
        (b"<schedule><day>", "not valid XML"),
        (b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "b">]><schedule>&a;</schedule>', "not valid XML"),
        (b'<?xml version="1.0"?><!DOCTYPE schedule SYSTEM "http://x.example/s.dtd"><schedule/>', "not valid XML"),
        (b"{", "not valid JSON"),
        (b'{"a": 1}', "holds no programme"),
        (b"[1, 2", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "without events"),
        (b"name,mail\nAna,a@b.example\n", "holds no programme"),
        (b"\0\1\2\3" * 50, "zero bytes"),
        (b'{"sessions": [' + b"1," * 20_001 + b"1]}", "at most 20,000"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 20_001, "at most 20,000"),
    ],
)
def test_what_is_no_programme_is_said_in_a_sentence(tmp_path: Path, text: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        written(tmp_path, text)


def test_a_file_that_is_too_big_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(17 * 2**20)
    with pytest.raises(BadInput, match="at most"):
        read_programme(path)


@pytest.mark.parametrize("name", [*SAMPLES, "tricky.ics", "frab.xml"])
def test_damaged_files_never_end_in_a_traceback(tmp_path: Path, name: str) -> None:
    whole = XML.encode() if name == "frab.xml" else sample(name).read_bytes()[:6000]
    chance = random.Random(name)
    for _ in range(60):
        data = bytearray(whole[: chance.randrange(len(whole))] if chance.random() < 0.3 else whole)
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with suppress(BadInput):
            written(tmp_path, bytes(data))
