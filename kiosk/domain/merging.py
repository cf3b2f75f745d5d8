"""Many records, one history: how what is known of an attendee follows from the records that touch them.

Everything here is a pure function of a *set*: the order in which records arrive, and how often, cannot matter. That
is what lets stations meet in any order and still agree (`tests/domain/test_merging.py` shuffles and repeats to prove
it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from kiosk.domain.journal import Hlc, Role
from kiosk.domain.people import Attendee, AttendeeId, Status, Ticket, TicketCode, TicketState
from kiosk.domain.roster import ChangedAttendee, FieldValue, NewAttendee, RosterChange
from kiosk.domain.verdicts import RecordId

Order = tuple[Hlc, str, int]

PRIORITY: Mapping[str, int] = {Role.ORGANIZER: 3, Role.HUB: 3, Role.DESK: 2, Role.DOOR: 1, Role.KIOSK: 0}
"""Who is heeded where two changes did not know of each other."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One change of one attendee's roster entry, with what is needed to weigh it against others."""

    record: RecordId
    hlc: Hlc
    role: str
    change: RosterChange
    imported: bool = False
    n: int = 0
    """Which of the record's side values this is: an import's record speaks of many people, and may speak of one
    twice.
    """

    @property
    def order(self) -> tuple[Hlc, str, int, int]:
        """Canonical order."""
        return (self.hlc, self.record.log, self.record.seq, self.n)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one attendee."""

    attendee: Attendee
    tickets: tuple[Ticket, ...]
    source_ids: tuple[str, ...]
    writers: Mapping[str, tuple[str, ...]]
    """Per field, the records whose value stands; more than one where two changes did not know of each other."""
    disputed: tuple[str, ...]
    """Fields with two standing values; the better-placed writer's is shown."""
    since: Hlc
    """When this person came onto the roster: of two who claim one code, it is the earlier one's."""


def merge_entry(touches: Iterable[Touch]) -> Entry | None:
    """The roster entry that follows from these touches; None when nobody (or nobody any more) made it."""
    unique = {(touch.record, touch.n): touch for touch in touches}
    ordered = sorted(unique.values(), key=lambda touch: touch.order)
    maker = next((touch for touch in ordered if isinstance(touch.change, NewAttendee)), None)
    if maker is None:
        return None
    if len(ordered) == 1:
        return _only(maker)
    writes = _writes(ordered)
    values: dict[str, Any] = {}
    writers: dict[str, tuple[str, ...]] = {}
    disputed: list[str] = []
    for name, written in writes.items():
        standing = _standing(written)
        best = max(standing, key=_weight)
        values[name] = best.value
        writers[name] = tuple(sorted(str(write.touch.record) for write in standing))
        if any(write.value != best.value for write in standing):
            disputed.append(name)
    return Entry(
        attendee=_attendee(_subject(maker.change), values),
        tickets=_tickets(ordered),
        source_ids=tuple(dict.fromkeys(source for touch in ordered for source in touch.change.source_ids)),
        writers=writers,
        disputed=tuple(sorted(disputed)),
        since=maker.hlc,
    )


def _only(touch: Touch) -> Entry:
    """The entry of somebody nobody has changed: nearly everyone, and an import makes them by the thousand."""
    change = touch.change
    assert isinstance(change, NewAttendee)
    writers = dict.fromkeys(field_values(change), (str(touch.record),))
    tickets = _tickets((touch,))
    return Entry(change.attendee, tickets, tuple(dict.fromkeys(change.source_ids)), writers, (), touch.hlc)


def standing_values(touches: Iterable[Touch], name: str) -> list[tuple[Touch, FieldValue]]:
    """The values of a field that no later change was made in knowledge of, the one that is shown first."""
    unique = {(touch.record, touch.n): touch for touch in touches}
    written = _writes(sorted(unique.values(), key=lambda touch: touch.order)).get(name, [])
    standing = sorted(_standing(written), key=_weight, reverse=True) if written else []
    return [(write.touch, write.value) for write in standing]


@dataclass(frozen=True, slots=True)
class _Write:
    touch: Touch
    value: FieldValue
    bases: frozenset[str]


def _subject(change: RosterChange) -> AttendeeId:
    return change.attendee.id if isinstance(change, NewAttendee) else change.attendee_id


def _writes(touches: Iterable[Touch]) -> dict[str, list[_Write]]:
    """Every value given to every field. `extras` counts as one field for each of its keys."""
    writes: dict[str, list[_Write]] = {}
    for touch in touches:
        bases = touch.change.bases if isinstance(touch.change, ChangedAttendee) else {}
        for name, value in field_values(touch.change).items():
            write = _Write(touch, value, frozenset(bases.get(name, ())))
            writes.setdefault(name, []).append(write)
    return writes


def field_values(change: RosterChange) -> dict[str, FieldValue]:
    """The fields a change sets; an entry of `extras` is called `extras.<header>`. An empty field of somebody new sets
    nothing.
    """
    if isinstance(change, ChangedAttendee):
        fields = dict(change.fields)
    else:
        values = zip(_ALL_FIELDS, _values_of(change.attendee), strict=True)
        fields = {name: value for name, value in values if value != _DEFAULTS[name]}
    extras = fields.pop("extras", None)
    if isinstance(extras, Mapping):
        fields.update({f"extras.{header}": text for header, text in extras.items()})
    return fields


_ALL_FIELDS = tuple(name for name in Attendee.__dataclass_fields__ if name != "id")
_values_of = attrgetter(*_ALL_FIELDS)
_BLANK = Attendee(id=AttendeeId(""))
_DEFAULTS = {name: getattr(_BLANK, name) for name in _ALL_FIELDS}


def _standing(writes: Sequence[_Write]) -> list[_Write]:
    """The writes that no later write was made in knowledge of."""
    replaced = {base for write in writes for base in write.bases}
    return [write for write in writes if str(write.touch.record) not in replaced] or [max(writes, key=_weight)]


def _weight(write: _Write) -> tuple[int, tuple[Hlc, str, int, int]]:
    return (PRIORITY.get(write.touch.role, 0), write.touch.order)


def _attendee(attendee_id: AttendeeId, values: Mapping[str, Any]) -> Attendee:
    extras = {name.removeprefix("extras."): text for name, text in values.items() if name.startswith("extras.")}
    fields = {name: value for name, value in values.items() if name in _DEFAULTS and name != "extras"}
    if "status" in fields:
        fields["status"] = Status(fields["status"])
    return replace(_BLANK, id=attendee_id, extras=extras, **fields)


def _tickets(touches: Sequence[Touch]) -> tuple[Ticket, ...]:
    """Every code of this attendee with its state. Blocked outweighs replaced; a block holds until it is lifted by
    name.
    """
    tickets: dict[str, Ticket] = {}
    replaced: dict[str, str] = {}
    blocks: dict[str, set[str]] = {}
    lifted: set[str] = set()
    for touch in touches:
        for ticket in touch.change.tickets:
            tickets.setdefault(ticket.code, ticket)
        if isinstance(touch.change, ChangedAttendee):
            for old, new in touch.change.replaces.items():
                replaced.setdefault(old, new)
            for code in touch.change.blocks:
                blocks.setdefault(code, set()).add(str(touch.record))
            lifted.update(touch.change.lifts)
    for code, new in replaced.items():
        if code in tickets:
            tickets[code] = replace(tickets[code], state=TicketState.REPLACED, replaced_by=TicketCode(new))
    for code, by in blocks.items():
        if code in tickets and by - lifted:
            tickets[code] = replace(tickets[code], state=TicketState.BLOCKED)
    return tuple(tickets.values())


# Admissions


@dataclass(frozen=True, slots=True)
class Passage:
    """An admission, an exit or an undo of one attendee at one place, as recorded."""

    record: RecordId
    hlc: Hlc
    kind: str
    target: str = ""
    """The record an undo takes back."""
    reason: str = ""
    was: str = ""
    """The record this one says anew, because the journal had lost it (`storage/recover.py`)."""
    order_ms: int | None = None
    """Where it stands in time by clocks put right (`domain/clocks.py`), in place of the reading's own milliseconds."""

    @property
    def order(self) -> Order:
        """Canonical order, by clocks put right."""
        wall_ms = self.hlc.wall_ms if self.order_ms is None else self.order_ms
        return (Hlc(wall_ms, self.hlc.count), self.record.log, self.record.seq)


def effective_admission(passages: Iterable[Passage]) -> tuple[Passage | None, tuple[Passage, ...]]:
    """The one admission that counts, and the further ones."""
    admits = [passage for passage in standing_passages(passages) if passage.kind == "admit"]
    return (admits[0], tuple(admits[1:])) if admits else (None, ())


def current_stay(passages: Iterable[Passage]) -> Passage | None:
    """The admission with which somebody's present stay at this place began; None when they are outside.

    In canonical order, not by what the clocks said: a clock that is set back must not keep anybody inside.
    """
    stay: Passage | None = None
    for passage in standing_passages(passages):
        if passage.kind == "exit":
            stay = None
        elif passage.kind == "admit":
            stay = stay or passage
    return stay


def standing_passages(passages: Iterable[Passage]) -> list[Passage]:
    """What was not taken back, in canonical order. What was lost, said anew and came back after all is there once."""
    known = {passage.record: passage for passage in passages}.values()
    names = {str(passage.record): passage.was or str(passage.record) for passage in known}
    undone = {names.get(passage.target, passage.target) for passage in known if passage.kind == "undo"}
    standing: dict[str, Passage] = {}
    for passage in sorted(known, key=lambda passage: (bool(passage.was), passage.order)):
        name = names[str(passage.record)]
        if passage.kind != "undo" and name not in undone:
            standing.setdefault(name, passage)
    return sorted(standing.values(), key=lambda passage: passage.order)
