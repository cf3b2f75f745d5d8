"""Whatever stands in a name, a code or a file: an answer or a sentence, and the desk goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.domain.journal import read_record
from kiosk.domain.people import Attendee
from kiosk.domain.verdicts import Outcome
from kiosk.domain.words import headline, what_to_say
from kiosk.errors import BadInput
from kiosk.services.edit import Edit
from kiosk.services.find import Find
from kiosk.services.history import History
from kiosk.services.import_roster import ImportRoster
from kiosk.services.reports import REPORTS, make_report
from kiosk.services.verify import verify
from kiosk.services.walk_in import WalkIn
from tests.builders import Desk, a_station, an_attendee, enrol

pytestmark = pytest.mark.timeout(60)

HOSTILE = {
    "markup": "<img src='https://example.org/x.png'><b>Bob</b><script>alert(1)</script>",
    "nested": "<b>" * 10_000,
    "bidi": "\u202eevil\u202c \u2066Ada\u2069 \u200fLovelace\u200e",
    "nul": "Ada\x00Lovelace\x00",
    "controls": "".join(map(chr, range(32))) + "\x7f\x9b31m\x1b]0;title\x07",
    "sql": "Robert'); drop table record;--",
    "percent": "%s%n%(name)s{0}{attendee}{{",
    "formula": '=HYPERLINK("http://example.org","x")+cmd|\' /C calc\'!A0',
    "lone surrogate": "Ada\ud800Lovelace",
    "combining": "Z" + "\u0301" * 5_000,
    "megabyte": "A" * 1_000_000,
    "emoji": "👩‍✈️🏴‍☠️" * 50,
    "line ends": "Ada\r\nLovelace\u2028\u2029\x85end",
    "wildcards": '"*" OR NEAR( ^ _ % \\',
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:  # type: ignore[misc]
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="000001"))
        yield desk


def everything_still_works(desk: Desk) -> None:
    History(desk.store).recent(8)
    for name in REPORTS:
        make_report(desk.station, name)
    verdict = desk.scan("000001")
    assert verdict.outcome in (Outcome.ADMITTED, Outcome.ALREADY)
    assert verify(desk.store).problems == ()


def _is_a_sentence(refused: BadInput) -> None:
    assert 10 < len(str(refused)) < 500


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_code_gets_an_answer(desk: Desk, kind: str) -> None:
    desk.clock.forward(60)
    verdict = desk.check_in.present(HOSTILE[kind])
    if verdict is not None:
        assert not verdict.admitted
        assert verdict.outcome is not Outcome.NOT_SAVED
        said = headline(verdict) + what_to_say(verdict, desk.station.conference.zone_info)
        assert len(said) < 500
        assert len(verdict.code or "") < 200
    everything_still_works(desk)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_name_is_taken_as_text_or_refused_in_words(desk: Desk, kind: str) -> None:
    find = Find(desk.store)
    walk_in = WalkIn(desk.store, desk.station, find)
    text = HOSTILE[kind]
    try:
        person: Attendee | None = walk_in.add({"first": text, "last": "Walker", "agency": text, "note": text})
    except BadInput as refused:
        person = None
        _is_a_sentence(refused)
    if person is not None:
        assert desk.check_in.admit(person.id).admitted
        assert [found.attendee.id for found in find.find("walker")] == [person.id]
    find.find(text)
    walk_in.similar(text, text)
    find.close()
    everything_still_works(desk)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_edit_operator_or_reason_is_taken_as_text_or_refused_in_words(desk: Desk, kind: str) -> None:
    text = HOSTILE[kind]
    person = desk.store.view.connection.execute("select id from attendee").fetchone()[0]
    for attempt in (
        lambda: Edit(desk.store, desk.station).set(person, {"badge_name": text, "note": text}),
        lambda: desk.station.set_operator(text),
        lambda: desk.check_in.override(person, text, text),
        lambda: desk.check_in.admit(text),
    ):
        try:
            attempt()
        except BadInput as refused:
            _is_a_sentence(refused)
    everything_still_works(desk)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_roster_is_imported_as_text_or_refused_in_words(desk: Desk, kind: str, tmp_path: Path) -> None:
    quoted = '"' + HOSTILE[kind].replace('"', '""') + '"'
    path = tmp_path / "roster.csv"
    content = f"First Name,Last Name,Agency,Ticket Code\n{quoted},Walker,{quoted},W-1\nAnn,Other,{quoted},W-2\n"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    importer = ImportRoster(desk.store, desk.station)
    try:
        plan = importer.plan(path)
        importer.write(plan)
    except BadInput as refused:
        _is_a_sentence(refused)
    desk.scan("W-1")
    desk.scan("W-2")
    everything_still_works(desk)
    for (data,) in desk.store.connection.execute("select bytes from record"):
        read_record(data)
