"""The fold is a function of the set of records: order and repetition cannot matter, knowledge beats clocks."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.journal import Hlc, Role
from kiosk.domain.merging import Passage, Touch, effective_admission, merge_entry
from kiosk.domain.people import Attendee, AttendeeId, Ticket, TicketCode, TicketState
from kiosk.domain.roster import ChangedAttendee, NewAttendee
from kiosk.domain.verdicts import RecordId

ADA = AttendeeId("A" * 26)
CODE = TicketCode("000001")
MADE = Touch(
    RecordId("hub", 1), Hlc(100, 0), Role.ORGANIZER,
    NewAttendee(Attendee(ADA, "Ada", "Byron", agency="Police"), (Ticket(CODE, ADA),), ("eventbrite:1",)), imported=True,
)  # fmt: skip


def edit(
    log: str, seq: int, wall: int, fields: dict[str, str], bases: dict[str, list[str]], role: str = Role.DESK
) -> Touch:
    return Touch(RecordId(log, seq), Hlc(wall, 0), role, ChangedAttendee(ADA, fields, bases=bases))


def test_nobody_made_means_nobody_there() -> None:
    assert merge_entry([]) is None
    assert merge_entry([edit("d1", 1, 5, {"note": "x"}, {})]) is None


def test_an_edit_in_knowledge_of_the_value_replaces_it_whatever_the_clock_says() -> None:
    slow_clock = edit("d1", 1, 3, {"last": "Lovelace"}, {"last": ["hub:1"]})
    entry = merge_entry([slow_clock, MADE])
    assert entry is not None
    assert entry.attendee.last == "Lovelace"
    assert entry.disputed == ()
    assert entry.writers["last"] == ("d1:1",)


def test_a_chain_of_edits_ends_at_its_end() -> None:
    first = edit("d1", 1, 900, {"last": "Lovelace"}, {"last": ["hub:1"]})
    second = edit("d2", 1, 5, {"last": "King"}, {"last": ["d1:1"]})
    entry = merge_entry([second, MADE, first])
    assert entry is not None
    assert (entry.attendee.last, entry.disputed) == ("King", ())


def test_edits_that_did_not_know_of_each_other_are_kept_both_and_shown() -> None:
    one = edit("d1", 1, 200, {"agency": "Sheriff"}, {"agency": ["hub:1"]})
    two = edit("d2", 1, 300, {"agency": "Campus"}, {"agency": ["hub:1"]})
    entry = merge_entry([one, two, MADE])
    assert entry is not None
    assert entry.attendee.agency == "Campus"
    assert entry.disputed == ("agency",)
    assert entry.writers["agency"] == ("d1:1", "d2:1")


def test_the_organizer_outweighs_a_later_desk_where_neither_knew() -> None:
    organizer = edit("o1", 1, 200, {"agency": "Sheriff"}, {"agency": ["hub:1"]}, Role.ORGANIZER)
    desk = edit("d2", 1, 300, {"agency": "Campus"}, {"agency": ["hub:1"]})
    entry = merge_entry([desk, organizer, MADE])
    assert entry is not None
    assert entry.attendee.agency == "Sheriff"


def test_the_same_value_twice_is_no_dispute() -> None:
    one = edit("d1", 1, 200, {"agency": "Sheriff"}, {"agency": ["hub:1"]})
    two = edit("d2", 1, 300, {"agency": "Sheriff"}, {"agency": ["hub:1"]})
    entry = merge_entry([one, two, MADE])
    assert entry is not None
    assert entry.disputed == ()


def test_extras_are_merged_header_by_header() -> None:
    made = replace(MADE, change=NewAttendee(Attendee(ADA, "Ada", extras={"Shirt": "M", "Diet": "none"})))
    changed = Touch(
        RecordId("d1", 1),
        Hlc(200, 0),
        Role.DESK,
        ChangedAttendee(ADA, {"extras": {"Shirt": "L"}}, bases={"extras.Shirt": ["hub:1"]}),
    )
    entry = merge_entry([made, changed])
    assert entry is not None
    assert entry.attendee.extras == {"Shirt": "L", "Diet": "none"}


def test_a_replaced_code_names_the_new_one_and_the_new_one_counts() -> None:
    new = TicketCode("NEW")
    reissue = Touch(
        RecordId("d1", 1),
        Hlc(200, 0),
        Role.DESK,
        ChangedAttendee(ADA, tickets=(Ticket(new, ADA),), replaces={CODE: new}),
    )
    entry = merge_entry([reissue, MADE])
    assert entry is not None
    states = {ticket.code: (ticket.state, ticket.replaced_by) for ticket in entry.tickets}
    assert states == {CODE: (TicketState.REPLACED, new), new: (TicketState.LIVE, None)}


def test_a_block_is_lifted_by_name_and_another_block_stands() -> None:
    one = Touch(RecordId("d1", 1), Hlc(200, 0), Role.DESK, ChangedAttendee(ADA, blocks=(CODE,)))
    two = Touch(RecordId("d2", 1), Hlc(201, 0), Role.DESK, ChangedAttendee(ADA, blocks=(CODE,)))
    lift = Touch(RecordId("d1", 2), Hlc(202, 0), Role.DESK, ChangedAttendee(ADA, lifts=("d1:1",)))
    lifted = merge_entry([MADE, one, lift])
    standing = merge_entry([MADE, one, two, lift])
    assert lifted is not None
    assert lifted.tickets[0].state is TicketState.LIVE
    assert standing is not None
    assert standing.tickets[0].state is TicketState.BLOCKED


@st.composite
def histories(draw: st.DrawFn) -> list[Touch]:
    """Edits from three stations, each in knowledge of some earlier ones."""
    touches = [MADE]
    for index in range(draw(st.integers(0, 8))):
        known = [str(touch.record) for touch in touches]
        bases = draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
        name = draw(st.sampled_from(["last", "agency", "note"]))
        role = draw(st.sampled_from([Role.DESK, Role.ORGANIZER, Role.KIOSK]))
        value = draw(st.sampled_from(["a", "b", "c"]))
        touches.append(edit(f"d{index % 3}", index + 1, draw(st.integers(0, 500)), {name: value}, {name: bases}, role))
    return touches


@given(histories(), st.randoms(use_true_random=False))
def test_order_and_repetition_cannot_matter(history: list[Touch], chance: random.Random) -> None:
    shuffled = history + chance.choices(history, k=3)
    chance.shuffle(shuffled)
    assert merge_entry(shuffled) == merge_entry(history)


def passage(log: str, seq: int, wall: int, kind: str, target: str = "") -> Passage:
    return Passage(RecordId(log, seq), Hlc(wall, 0), kind, target)


def test_two_stations_that_could_not_hear_each_other_make_one_admission_and_one_incident() -> None:
    early, late = passage("d2", 1, 100, "admit"), passage("d1", 1, 200, "admit")
    assert effective_admission([late, early]) == (early, (late,))


def test_an_undo_gives_way_to_the_next_admission_and_may_arrive_first() -> None:
    early, late = passage("d2", 1, 100, "admit"), passage("d1", 1, 200, "admit")
    undo = passage("d2", 2, 150, "undo", "d2:1")
    assert effective_admission([undo, late, early]) == (late, ())
    assert effective_admission([undo]) == (None, ())


@given(
    st.permutations(
        [
            passage("a", 1, 5, "admit"),
            passage("b", 1, 5, "admit"),
            passage("b", 2, 9, "undo", "a:1"),
            passage("c", 1, 1, "deny"),
        ]
    )
)
def test_admissions_are_the_same_in_any_order(order: list[Passage]) -> None:
    assert effective_admission(order + order) == (passage("b", 1, 5, "admit"), ())


@given(st.text(max_size=5), st.booleans(), st.dictionaries(st.sampled_from("ab"), st.text(max_size=3)))
def test_somebody_nobody_has_changed_is_as_they_were_written(last: str, unpaid: bool, extras: dict[str, str]) -> None:
    """The short way for one change gives what the long way gives when a change that sets nothing joins it."""
    made = replace(
        MADE,
        change=NewAttendee(
            Attendee(ADA, "Ada", last, unpaid=unpaid, extras=extras), (Ticket(CODE, ADA),), ("x:1", "x:1")
        ),
    )
    nothing = edit("d1", 1, 200, {}, {})
    assert merge_entry([made]) == merge_entry([made, nothing])
