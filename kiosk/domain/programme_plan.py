"""What importing a programme would do: compared with what is known, session by session. Nothing here writes.

A value the file has not changed since the last import is no news, even where it was changed here meanwhile: a late
change survives the old file. Where both have changed, a person decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from enum import StrEnum
from typing import Any

from kiosk.domain.programme import ProgrammeSession, Room, SessionId
from kiosk.domain.programme_faults import Effect, Fault, Finding, effect_of
from kiosk.domain.programme_json import (
    WHEN,
    ProgrammeChange,
    Subject,
    register_values,
    room_fields,
    session_fields,
    with_empty,
)
from kiosk.domain.programme_reading import MOST_SEATS, Draft, make_codes, read_items
from kiosk.domain.programme_source import SourceProgramme, SourceRoom
from kiosk.domain.programme_words import field_words, value_words
from kiosk.domain.roster_values import clean, fold


class Count(StrEnum):
    """What becomes of an item."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    GONE = "gone"
    """Known, and not in the file."""
    SKIPPED = "skipped"
    NEEDS_DECISION = "needs_decision"


class Gone(StrEnum):
    """What to do with sessions an import has named before and this file does not name."""

    KEEP = "keep"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A session of the programme as it is, with what an import has to know of it."""

    session: ProgrammeSession
    imported: Mapping[str, Any] | None = None
    """What imports last said of each register, changes made here left out; None where none made it."""
    enrolled: int = 0
    let_in: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One register that gets another value."""

    field: str
    old: Any
    new: Any

    def words(self, zone: tzinfo) -> str:
        """`room: Salon A → Salon B`."""
        old, new = (value_words(self.field, value, zone) for value in (self.old, self.new))
        return f"{field_words(self.field)}: {old} → {new}"


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One session, and what becomes of it."""

    place: str
    code: str
    title: str
    count: Count
    differences: tuple[Difference, ...] = ()
    enrolled: int = 0
    """Who has a place in it and is concerned."""
    let_in: int = 0


@dataclass(frozen=True, slots=True)
class ProgrammePlan:
    """Exactly what would be written."""

    source: str
    format: str
    items: tuple[PlannedItem, ...]
    changes: tuple[ProgrammeChange, ...]
    findings: tuple[Finding, ...]
    counts: Mapping[Count, int] = field(default_factory=dict)
    rooms_new: int = 0
    rooms_changed: int = 0


def plan_programme(
    source: SourceProgramme,
    sessions: Sequence[KnownSession],
    rooms: Sequence[Room],
    zone: tzinfo,
    gone: Gone = Gone.KEEP,
) -> ProgrammePlan:
    """Compare a file with what is known."""
    drafts = read_items(source, zone)
    planned_rooms = _plan_rooms(source.rooms, rooms)
    _use_known_rooms(drafts, [*rooms, *planned_rooms.rooms])
    planner = _Planner(sessions, gone)
    items = planner.plan(drafts)
    _find_crowds(drafts, planned_rooms.rooms or rooms)
    findings = [*source.findings, *planned_rooms.findings]
    findings += [finding for draft in drafts for finding in draft.findings]
    counts = Counter(item.count for item in items)
    for finding in source.findings:  # of what the reader could make no item of
        if effect_of(finding.kind) is not Effect.WARN:
            lost = effect_of(finding.kind) is Effect.DECIDE
            counts[Count.NEEDS_DECISION if lost else Count.SKIPPED] += 1
    return ProgrammePlan(
        source=source.name,
        format=source.format,
        items=tuple(items),
        changes=(*planned_rooms.changes, *planner.changes),
        findings=tuple(findings),
        counts={count: counts.get(count, 0) for count in Count},
        rooms_new=planned_rooms.new,
        rooms_changed=len(planned_rooms.changes) - planned_rooms.new,
    )


class _Planner:
    def __init__(self, sessions: Sequence[KnownSession], gone: Gone) -> None:
        self._known = {known.session.id: known for known in sessions}
        self._by_code: dict[str, KnownSession] = {}
        for known in sessions:
            self._by_code.setdefault(fold(known.session.code), known)
        self._gone = gone
        self._met: set[SessionId] = set()
        self.changes: list[ProgrammeChange] = []

    def plan(self, drafts: Sequence[Draft]) -> list[PlannedItem]:
        pairs = [(draft, self._find(draft, drafts)) for draft in drafts]
        new = [draft for draft, known in pairs if known is None and draft.effect is Effect.WARN]
        make_codes(new, [known.session.code for known in self._known.values()])
        items = [self._plan_one(draft, known) for draft, known in pairs]
        return items + self._plan_gone()

    def _find(self, draft: Draft, drafts: Sequence[Draft]) -> KnownSession | None:
        """By the source's identifier; else by code, unless another item of the file has that session's identifier."""
        if draft.session is None:
            return None
        known = self._known.get(draft.session.id)
        if known is None and draft.session.code:
            known = self._by_code.get(fold(draft.session.code))
            if known and any(other.session and other.session.id == known.session.id for other in drafts):
                draft.note(Fault.CODE_TWICE, draft.session.code)
        if known is not None:
            self._met.add(known.session.id)
        return known

    def _plan_one(self, draft: Draft, known: KnownSession | None) -> PlannedItem:
        code = known.session.code if known else draft.session.code if draft.session else ""
        if draft.session is None or draft.effect is not Effect.WARN:
            count = Count.SKIPPED if draft.effect is Effect.SKIP else Count.NEEDS_DECISION
            return PlannedItem(draft.place, code, draft.title, count)
        if known is None:
            self.changes.append(
                ProgrammeChange(Subject.SESSION, draft.session.id, session_fields(draft.session), new=True)
            )
            return PlannedItem(draft.place, code, draft.title, Count.NEW)
        return self._plan_known(draft, draft.session, known)

    def _plan_known(self, draft: Draft, session: ProgrammeSession, known: KnownSession) -> PlannedItem:
        names = sorted(draft.given)
        says, stands = register_values(session, names), register_values(known.session, names)
        imported = {} if known.imported is None else with_empty(known.imported)
        differences = []
        for name in names:
            if says[name] == stands[name]:
                continue
            if says[name] == imported.get(name, _NOTHING):
                draft.note(Fault.KEPT_HERE, field_words(name))
                continue
            if name in imported and imported[name] != stands[name]:
                difference = Difference(name, stands[name], says[name])
                draft.note(Fault.CHANGED_HERE, field_words(name))
                return self._item(draft, known, Count.NEEDS_DECISION, (difference,))
            differences.append(Difference(name, stands[name], says[name]))
        if not differences:
            return self._item(draft, known, Count.SAME)
        fields = {difference.field: difference.new for difference in differences}
        was = {difference.field: difference.old for difference in differences}
        self.changes.append(ProgrammeChange(Subject.SESSION, known.session.id, fields, was=was))
        if (known.enrolled or known.let_in) and fields.keys() & {WHEN, "room", "cancelled"}:
            draft.note(Fault.PEOPLE_AFFECTED, str(known.enrolled))
        return self._item(draft, known, Count.CHANGED, tuple(differences))

    def _item(
        self, draft: Draft, known: KnownSession, count: Count, differences: tuple[Difference, ...] = ()
    ) -> PlannedItem:
        enrolled, let_in = (known.enrolled, known.let_in) if differences else (0, 0)
        return PlannedItem(draft.place, known.session.code, draft.title, count, differences, enrolled, let_in)

    def _plan_gone(self) -> list[PlannedItem]:
        items = []
        for known in self._known.values():
            session = known.session
            if session.id in self._met or known.imported is None:
                continue
            differences: tuple[Difference, ...] = ()
            if self._gone is Gone.CANCEL and not session.cancelled:
                differences = (Difference("cancelled", False, True),)
                change = ProgrammeChange(Subject.SESSION, session.id, {"cancelled": True}, was={"cancelled": False})
                self.changes.append(change)
            items.append(
                PlannedItem("", session.code, session.title, Count.GONE, differences, known.enrolled, known.let_in)
            )
        return items


_NOTHING = object()


# Rooms


@dataclass(slots=True)
class _Rooms:
    rooms: list[Room] = field(default_factory=list)
    changes: list[ProgrammeChange] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    new: int = 0


def _plan_rooms(found: Iterable[SourceRoom], known: Sequence[Room]) -> _Rooms:
    """The rooms a file names. An empty capacity erases none."""
    result = _Rooms()
    by_name = {fold(room.name): room for room in known}
    for item in found:
        name = clean(item.name).text
        if not name or fold(name) in {fold(room.name) for room in result.rooms}:
            continue
        before = by_name.get(fold(name))
        capacity = before.capacity if before else None
        if item.capacity.strip():
            if item.capacity.strip().isdecimal() and int(item.capacity) <= MOST_SEATS:
                capacity = int(item.capacity)
            else:
                result.findings.append(Finding(Fault.BAD_NUMBER, item.place, name, item.capacity))
        directions = clean(item.directions).text or (before.directions if before else "")
        room = replace(before or Room(name), capacity=capacity, directions=directions)
        result.rooms.append(room)
        if before is None:
            result.new += 1
            result.changes.append(ProgrammeChange(Subject.ROOM, room.name, room_fields(room), new=True))
        elif room != before:
            was = room_fields(before)
            fields = {key: value for key, value in room_fields(room).items() if value != was[key]}
            was = {key: was[key] for key in fields}
            result.changes.append(ProgrammeChange(Subject.ROOM, room.name, fields, was=was))
    return result


def _use_known_rooms(drafts: Iterable[Draft], rooms: Iterable[Room]) -> None:
    """`ballroom salon a` is the room we know as `Ballroom Salon A`."""
    names = {fold(room.name): room.name for room in rooms}
    for draft in drafts:
        if draft.session is not None:
            draft.session = replace(draft.session, room=names.setdefault(fold(draft.session.room), draft.session.room))


def _find_crowds(drafts: Iterable[Draft], rooms: Iterable[Room]) -> None:
    """Two sessions in one room at once, and more seats than a room has."""
    holds = {room.name: room.capacity for room in rooms}
    last: dict[str, Draft] = {}
    sound = [draft for draft in drafts if draft.session and not draft.session.cancelled and draft.effect is Effect.WARN]
    for draft in sorted(sound, key=lambda draft: draft.session.start):  # type: ignore[union-attr]
        session = draft.session
        assert session is not None
        room_holds = holds.get(session.room)
        if session.capacity is not None and room_holds is not None and session.capacity > room_holds:
            draft.note(Fault.MORE_THAN_ROOM, f"{session.capacity} > {room_holds}")
        before = last.get(session.room)
        if session.room and before is not None and before.session and before.session.end > session.start:
            draft.note(Fault.ROOM_TAKEN, before.session.code)
        if before is None or (before.session and before.session.end < session.end):
            last[session.room] = draft
