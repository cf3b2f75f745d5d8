"""What an import would do: every line of a list weighed against the other lines and against the roster.

A pure function of the list, the roster and the choices, so a dry run and the real one cannot differ. Nothing is merged
by e-mail alone; a list can give a place, but it takes away only a place nobody else gave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain import roster_compare as compare
from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.own_codes import code_key, new_code
from kiosk.domain.people import Attendee, AttendeeId, Status, Ticket, TicketCode, TicketKind
from kiosk.domain.roster import ChangedAttendee, NewAttendee, RosterChange
from kiosk.domain.roster_columns import ColumnMap
from kiosk.domain.roster_compare import Difference
from kiosk.domain.roster_draft import Draft
from kiosk.domain.roster_faults import Effect, Fault, Finding, effect_of
from kiosk.domain.roster_known import KnownPerson, KnownRoster

OWN_CODE_BYTES = 10

RandomBytes = Callable[[int], bytes]


class Count(StrEnum):
    """What becomes of a line. Every line is counted once."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    NOT_COMING = "not_coming"
    """The list says they are not coming.

    They are kept all the same, so that the desk can say so when their code is scanned.
    """
    NEEDS_DECISION = "needs_decision"
    SKIPPED = "skipped"


class Vanished(StrEnum):
    """What happens to people an earlier list of the same kind had and this one has not."""

    KEEP = "keep"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line and what becomes of it."""

    sheet: str
    row: int
    name: str
    count: Count
    change: RosterChange | None = None
    """What is written; None where nothing is."""
    differences: tuple[Difference, ...] = ()
    after_check_in: bool = False
    """The change concerns somebody who is in already."""


@dataclass(frozen=True, slots=True)
class SheetSummary:
    """How one sheet was read."""

    name: str
    system: str
    title: str
    """Whose export it looks like."""
    header_row: int
    """0 where there is no header, or no people."""
    rows: int
    columns: ColumnMap | None
    left_out: Fault | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do."""

    source: str
    format: str
    encoding: str
    delimiter: str
    sheets: tuple[SheetSummary, ...]
    lines: tuple[PlannedLine, ...]
    findings: tuple[Finding, ...]
    waiting: tuple[Finding, ...]
    """Of the findings, those that keep a line from being imported."""
    vanished: tuple[KnownPerson, ...] = ()
    vanished_choice: Vanished = Vanished.KEEP
    counts: Mapping[Count, int] = field(default_factory=dict)

    @property
    def changes(self) -> tuple[RosterChange, ...]:
        """Everything to write, in the order of the list."""
        written = tuple(line.change for line in self.lines if line.change is not None)
        if self.vanished_choice is Vanished.KEEP:
            return written
        return written + tuple(
            ChangedAttendee(
                person.attendee.id, {"status": Status.CANCELLED.value}, {"status": person.attendee.status.value}
            )
            for person in self.vanished
        )

    @property
    def people(self) -> int:
        """People the list expects and that are, or will be, on the roster."""
        return sum(self.counts.get(count, 0) for count in (Count.NEW, Count.CHANGED, Count.SAME))

    @property
    def completed(self) -> int:
        """Of those counted the same, people who gain something they had not: another code, a phone number."""
        return sum(1 for line in self.lines if line.count is Count.SAME and line.change is not None)

    def kinds(self) -> dict[Fault, int]:
        """On how many lines each kind of finding occurs."""
        lines = {(found.kind, found.sheet, found.row) for found in self.findings}
        return dict(Counter(kind for kind, _sheet, _row in lines))


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decided beforehand."""

    accept: frozenset[Fault] = frozenset()
    """Kinds of findings that no longer keep a line waiting; `advice` says what accepting each does."""
    vanished: Vanished = Vanished.KEEP


def weigh(drafts: Sequence[Draft], *, last_wins: bool = False) -> None:
    """Find what only shows between lines: products, the same person twice, shared addresses and codes.

    Adds findings.
    """
    _find_nameless(drafts)
    people = [draft for draft in drafts if not draft.has(Fault.NOT_A_PERSON)]
    _find_twice(people, last_wins)
    _find_shared_emails(people)
    _find_shared_codes(people)


def _find_nameless(drafts: Sequence[Draft]) -> None:
    """A ticket without a name is somebody's, unless nobody in the whole list is named on that product."""
    products = {draft.product for draft in drafts if draft.name_key}
    for draft in drafts:
        if draft.name_key or draft.values.get("placeholder") or draft.name:
            continue
        if draft.product and draft.product not in products:
            kind = Fault.NOT_A_PERSON
            draft.findings.clear()  # a lunch needs no e-mail
        else:
            kind = Fault.UNASSIGNED_TICKET if draft.codes else Fault.NO_NAME
            draft.values["placeholder"] = True
        _add(draft, kind, draft.product)


def _add(draft: Draft, kind: Fault, value: str = "", proposal: str = "") -> None:
    draft.findings.append(Finding(kind, draft.sheet, draft.row, "", value, proposal))


def _find_twice(drafts: Sequence[Draft], last_wins: bool) -> None:
    """The same person or registration on two lines. On a form the last answer counts; else somebody decides."""
    people: dict[tuple[str, str], Draft] = {}
    sources: dict[str, Draft] = {}
    times: Counter[str] = Counter()
    for draft in drafts:
        key = (draft.name_key, draft.email)
        earlier = sources.get(draft.source_id)
        if earlier is None and draft.email and draft.name_key:
            earlier = people.get(key)
        counts = draft.coming and not draft.values.get("placeholder")
        if earlier is not None and counts and last_wins:
            _add(earlier, Fault.SUPERSEDED_ANSWER, draft.name)
            _add(draft, Fault.ANSWERED_TWICE, draft.name, _place(earlier, draft))
            people[key] = sources[draft.source_id] = draft
            continue
        if earlier is not None and counts:
            _add(draft, Fault.DUPLICATE_PERSON, draft.name, _place(earlier, draft))
        times[draft.source_id] += 1
        if times[draft.source_id] > 1:  # five seats "TBD" stay five when the list comes again
            draft.source_id += f"#{times[draft.source_id]}"
        sources.setdefault(draft.source_id, draft)
        people.setdefault(key, draft)


def _place(earlier: Draft, draft: Draft) -> str:
    return str(earlier.row) if earlier.sheet == draft.sheet else f"{earlier.sheet}!{earlier.row}"


def _find_shared_emails(drafts: Sequence[Draft]) -> None:
    names: dict[str, set[str]] = {}
    for draft in drafts:
        if draft.email and draft.name_key:
            names.setdefault(draft.email, set()).add(draft.name_key)
    for draft in drafts:
        if draft.email and len(names.get(draft.email, ())) > 1:
            _add(draft, Fault.ONE_EMAIL_MANY_PEOPLE, draft.email)


def _find_shared_codes(drafts: Sequence[Draft]) -> None:
    holders: dict[str, Draft] = {}
    for draft in drafts:
        if draft.has(Fault.DUPLICATE_PERSON, Fault.SUPERSEDED_ANSWER):
            continue
        for code in draft.codes:
            holder = holders.setdefault(code_key(code), draft)
            if holder is not draft:
                _add(draft, Fault.CODE_TWICE, code)


class Planner:
    """Decides line by line. Made for one list; `plan_line` is called once for each of its people, in order."""

    def __init__(self, known: KnownRoster, choices: Choices, random: RandomBytes) -> None:
        self._known = known
        self._choices = choices
        self._random = random
        self._met: set[AttendeeId] = set()
        self.waiting: list[Finding] = []

    def plan_line(self, draft: Draft) -> PlannedLine:
        """What becomes of this line."""
        if any(effect_of(finding.kind) is Effect.SKIP for finding in draft.findings):
            return PlannedLine(draft.sheet, draft.row, draft.name, Count.SKIPPED)
        person = self._find(draft)
        if person is not None:
            self._met.add(person.attendee.id)
        if draft.coming and not self._may_go_on(draft, person):
            return PlannedLine(draft.sheet, draft.row, draft.name, Count.NEEDS_DECISION)
        self._apply_accepted(draft)
        if person is None:
            return PlannedLine(
                draft.sheet, draft.row, draft.name, Count.NEW if draft.coming else Count.NOT_COMING, self._new(draft)
            )
        return self._known_again(draft, person)

    def vanished(self, systems: Iterable[str]) -> tuple[KnownPerson, ...]:
        """People these lists have named before and do not name now."""
        wanted = set(systems)
        return tuple(
            person
            for person in self._known.people
            if person.attendee.id not in self._met
            and person.attendee.status in (Status.COMING, Status.PENDING)
            and any(person.is_from(system) for system in wanted)
        )

    # Finding

    def _find(self, draft: Draft) -> KnownPerson | None:
        """By the id of the other system, by code, by name and e-mail; in this order."""
        person = self._known.by_source(draft.source_id)
        for code, kind in list(draft.codes.items()):
            holder = self._known.by_code(code_key(code))
            if holder is None or (person is not None and holder.attendee.id == person.attendee.id):
                continue
            if person is None and self._may_be(draft, holder, kind):
                person = holder
                continue
            _add(draft, Fault.CODE_TAKEN, code, holder.attendee.full_name)
        if person is None and draft.email and draft.name_key and not draft.has(Fault.DUPLICATE_PERSON):
            person = self._known.by_name_and_email(draft.name_key, draft.email)
            if person is None:
                first, last = str(draft.values.get("first", "")), str(draft.values.get("last", ""))
                person = self._known.by_lost_letters(first, last, draft.email)
        return person

    def _may_be(self, draft: Draft, holder: KnownPerson, kind: TicketKind) -> bool:
        """A seller's code is one seat, whoever sits in it.

        A number may be another list's: name or address must agree.
        """
        if kind is not TicketKind.NUMBER or draft.values.get("placeholder") or holder.attendee.placeholder:
            return True
        return compare.same_person(draft, holder.attendee)

    # Deciding

    def _may_go_on(self, draft: Draft, person: KnownPerson | None) -> bool:
        self._compare_status(draft, person)
        blocking = [finding for finding in draft.findings if self._blocks(finding, draft, person)]
        self.waiting += blocking
        return not blocking

    def _blocks(self, finding: Finding, draft: Draft, person: KnownPerson | None) -> bool:
        if effect_of(finding.kind) is not Effect.DECIDE or finding.kind in self._choices.accept:
            return False
        if person is None or finding.kind in (Fault.CODE_TAKEN, Fault.CODE_TWICE, Fault.STATUS_CONFLICT):
            return True
        if finding.kind is Fault.CANCELLED_BY_STRIKETHROUGH:
            return person.attendee.status is not Status.CANCELLED
        return draft.source_id not in person.source_ids  # accepted when it was first imported

    def _compare_status(self, draft: Draft, person: KnownPerson | None) -> None:
        if person is None or not draft.attests or person.only_from(draft.system):
            return
        if (
            person.attendee.status in (Status.CANCELLED, Status.WAITLISTED)
            and person.imported.get("status") != Status.COMING
        ):
            _add(draft, Fault.STATUS_CONFLICT, draft.name, person.attendee.status.value)

    def _apply_accepted(self, draft: Draft) -> None:
        for finding in draft.findings:
            if finding.kind in (Fault.CODE_TAKEN, Fault.CODE_TWICE):
                draft.codes.pop(finding.value, None)
                if draft.values.get("number") == finding.value:
                    del draft.values["number"]
        if draft.has(Fault.CANCELLED_BY_STRIKETHROUGH):
            draft.status, draft.coming = Status.CANCELLED, False

    # Writing down

    def _new(self, draft: Draft) -> NewAttendee:
        attendee_id = AttendeeId(new_id(self._random(ID_BYTES)))
        fields = {name: value for name, value in draft.values.items() if value not in ("", None)}
        extras = dict(draft.extras)
        attendee = Attendee(id=attendee_id, status=draft.status, extras=extras, **fields)  # type: ignore[arg-type]
        own = Ticket(new_code(self._random(OWN_CODE_BYTES)), attendee_id, TicketKind.OWN)
        tickets = (own, *(Ticket(TicketCode(code), attendee_id, kind) for code, kind in draft.codes.items()))
        return NewAttendee(attendee, tickets, (draft.source_id,))

    def _known_again(self, draft: Draft, person: KnownPerson) -> PlannedLine:
        if not draft.coming and not person.only_from(draft.system):
            # Cancelled here, but another list gave the place: it stands, and this list's code does not open the door.
            return PlannedLine(draft.sheet, draft.row, draft.name, Count.NOT_COMING)
        found = compare.differences(draft, person)
        fields, was = dict(found.fields), dict(found.was)
        differences = found.changed
        status = compare.new_status(draft, person)
        if status is not None:
            fields["status"], was["status"] = status.value, person.attendee.status.value
            differences += (Difference("status", person.attendee.status.value, status.value),)
        attendee_id = person.attendee.id
        tickets = tuple(
            Ticket(TicketCode(code), attendee_id, kind)
            for code, kind in draft.codes.items()
            if code_key(code) not in person.codes
        )
        source_ids = (draft.source_id,) if draft.source_id not in person.source_ids else ()
        change = (
            ChangedAttendee(attendee_id, fields, was, tickets, source_ids) if fields or tickets or source_ids else None
        )
        count = Count.CHANGED if differences else Count.SAME
        if not draft.coming:
            count = Count.NOT_COMING
        elif differences:
            self._note_change(draft, person, differences)
        return PlannedLine(
            draft.sheet, draft.row, draft.name, count, change, differences, bool(differences) and person.admitted
        )

    def _note_change(self, draft: Draft, person: KnownPerson, differences: Sequence[Difference]) -> None:
        for difference in differences:
            draft.findings.append(
                Finding(
                    Fault.CHANGED_SINCE_OTHER_FILE,
                    draft.sheet,
                    draft.row,
                    difference.field,
                    difference.old,
                    difference.new,
                )
            )
        if person.admitted:
            _add(draft, Fault.CHANGE_AFTER_CHECK_IN, draft.name)
