from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.badge import Badge, badge_of
from kiosk.domain.journal import Hlc, Kind, Record
from kiosk.domain.layout_choice import LayoutRules
from kiosk.domain.people import Attendee, AttendeeId, TicketCode
from kiosk.domain.printers import Media
from kiosk.domain.sheets import SHEETS
from kiosk.domain.verdicts import RecordId
from kiosk.errors import BadInput
from kiosk.services.layouts import DEFAULT, Layouts
from kiosk.services.station import Station
from kiosk.services.verify import verify
from kiosk.storage.database import connect
from kiosk.storage.layout_view import LayoutFold, layouts
from kiosk.storage.store import Store
from tests.builders import KEY, NOON, Clock, a_store

ROLL_62, LABEL_62 = Media(62), Media(62, 100)
FOUR_BY_THREE, DYMO = Media(101.6, 76.2), Media(57, 102)


def a_badge(registration_type: str = "Attendee") -> Badge:
    ada = Attendee(AttendeeId("A" * 26), first="Ada", registration_type=registration_type)
    return badge_of(ada, TicketCode("0123456789ABCDEF"), "PLECET 2023")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def ours(store: Store) -> Layouts:
    return Layouts(store, Station(store, Clock()))


def test_every_size_that_is_promised_is_shipped_and_the_usual_one_comes_first(ours: Layouts) -> None:
    shipped = ours.all()
    assert shipped[0].id == DEFAULT
    assert all(kept.shipped for kept in shipped)
    for media in (FOUR_BY_THREE, Media(101.6, 152.4), ROLL_62, LABEL_62, Media(105, 148)):
        assert ours.layout_for(a_badge(), media).fits(media)
    assert ours.layout_for(a_badge(), DYMO, rotate=90).fits_turned(DYMO)
    assert "avery-5392" in [kept.id for kept in shipped]


def test_a_type_has_a_layout_of_its_own_whatever_its_capitals(ours: Layouts) -> None:
    ours.set_rules(LayoutRules(by_type={"Staff": "badge-4x6"}))
    assert ours.layout_for(a_badge("STAFF ")) == ours.get("badge-4x6").layout
    assert ours.layout_for(a_badge("Attendee")) == ours.get(DEFAULT).layout


def test_what_is_loaded_decides_where_the_chosen_one_does_not_fit(ours: Layouts) -> None:
    ours.set_rules(LayoutRules(default="roll-62", by_type={"Staff": "badge-4x6"}))
    assert ours.layout_for(a_badge("Staff"), ROLL_62) == ours.get("roll-62").layout
    assert ours.layout_for(a_badge("Staff"), Media(101.6, 152.4)) == ours.get("badge-4x6").layout
    assert ours.layout_for(a_badge(), LABEL_62) == ours.get("roll-62").layout


def test_a_sheet_has_the_layout_that_is_made_for_it_unless_somebody_chose(ours: Layouts) -> None:
    avery, _a4, a6 = SHEETS
    assert ours.for_sheet(avery)(a_badge()) == ours.get("avery-5392").layout
    assert ours.for_sheet(a6)(a_badge()) == ours.get("a6-folded").layout
    mine = ours.duplicate(DEFAULT)
    ours.set_rules(LayoutRules(mine.id, {"Staff": DEFAULT}))
    assert ours.for_sheet(avery)(a_badge()) == mine.layout
    assert ours.for_sheet(avery)(a_badge("Staff")) == ours.get(DEFAULT).layout


@pytest.mark.parametrize(
    "media, rotate, words",
    [
        (Media(29, 90), 0, "29 × 90 mm. Make one"),
        (Media(29), 0, "labels of 29 mm"),
        (DYMO, 0, "turn pages by 90°"),
        (ROLL_62, 90, "do not turn"),
    ],
)
def test_labels_no_layout_fits_are_said_with_what_to_do(ours: Layouts, media: Media, rotate: int, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        ours.layout_for(a_badge(), media, rotate)


def test_a_shipped_layout_is_not_changed_but_copied(ours: Layouts) -> None:
    usual = ours.get(DEFAULT)
    for change in (lambda: ours.rename(DEFAULT, "Mine"), lambda: ours.remove(DEFAULT)):
        with pytest.raises(BadInput, match="comes with the program"):
            change()
    mine = ours.save(usual.layout, DEFAULT)
    assert (mine.shipped, mine.name) == (False, f"{usual.name} 2")
    assert ours.all()[0] == mine
    assert ours.get(DEFAULT) == usual


def test_a_layout_is_kept_renamed_copied_and_removed(ours: Layouts, store: Store, tmp_path: Path) -> None:
    mine = ours.duplicate("roll-62")
    assert ours.rename(mine.id, "  Night\n shift ").name == "Night shift"
    copy = ours.duplicate(mine.id)
    assert copy.name == "Night shift 2"
    with pytest.raises(BadInput, match="already a layout called night SHIFT"):
        ours.rename(copy.id, "night SHIFT")
    with pytest.raises(BadInput, match="Give the layout a name"):
        ours.rename(copy.id, " ")
    ours.set_rules(LayoutRules(copy.id, {"Staff": copy.id, "Press": mine.id}))
    ours.remove(copy.id)
    assert [kept.name for kept in ours.all() if not kept.shipped] == ["Night shift"]
    assert ours.rules() == LayoutRules(DEFAULT, {"Press": mine.id})
    with pytest.raises(BadInput, match="gone"):
        ours.get(copy.id)
    assert verify(store).problems == ()
    store.close()
    with a_store(tmp_path) as again:
        assert Layouts(again, Station(again)).get(mine.id).name == "Night shift"


def test_a_layout_travels_as_a_file(ours: Layouts, tmp_path: Path) -> None:
    with a_store(tmp_path / "other") as other:
        theirs = Layouts(other, Station(other))
        kept, remarks = theirs.bring_in(ours.file_of("a6-folded"))
        assert (kept.name, remarks) == ("A6, folded over 2", ())
        assert replace(kept.layout, name="A6, folded over") == ours.get("a6-folded").layout


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"[1]", b'{"layout": []}', b"\xff" * 600_000])
def test_a_file_that_is_no_layout_changes_nothing(ours: Layouts, data: bytes) -> None:
    before = ours.all()
    with pytest.raises(BadInput):
        ours.bring_in(data)
    assert ours.all() == before


def test_a_layout_of_pretix_is_brought_in_with_remarks(ours: Layouts) -> None:
    words = {
        "type": "textarea",
        "left": "10",
        "bottom": "50",
        "fontsize": "20",
        "width": "80",
        "content": "attendee_name",
    }
    kept, remarks = ours.bring_in(json.dumps([words]).encode())
    assert kept.name == "From pretix"
    assert any("A6" in remark for remark in remarks)


def a_record(seq: int, wall_ms: int, **body: object) -> Record:
    return Record(RecordId("L" * 26, seq), Kind.LAYOUT, NOON, Hlc(wall_ms, 0), "dev", "station", "desk", None, body)


def test_the_newest_stands_in_whatever_order_records_arrive(tmp_path: Path) -> None:
    told = [
        (a_record(1, 1000, layout="A"), [b"first"]),
        (a_record(2, 2000, layout="A"), [b"second"]),
        (a_record(3, 3000, layout="B"), [b"other"]),
        (a_record(4, 4000, layout="B", removed=True), []),
    ]
    for place, order in enumerate(itertools.permutations(told)):
        connection = connect(tmp_path / f"{place}.db", KEY, durable=False)
        fold = LayoutFold(connection, lambda _record: [])
        fold.create()
        for record, values in order:
            fold.apply(record, values)
        assert layouts(connection) == {"A": b"second"}
        connection.close()
