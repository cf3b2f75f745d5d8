"""The roster as an import must know it: who is there already, under which codes and names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kiosk.domain.own_codes import code_key
from kiosk.domain.people import Attendee, AttendeeId, Status
from kiosk.domain.roster import FieldValue, NewAttendee, RosterChange
from kiosk.domain.roster_names import name_key

MOST_SHARING = 50
"""People of one address that are looked through; an address of hundreds says nothing about anybody."""


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody on the roster."""

    attendee: Attendee
    codes: frozenset[str] = frozenset()
    """Keys of every code, see `code_key`."""
    source_ids: frozenset[str] = frozenset()
    admitted: bool = False
    imported: Mapping[str, FieldValue] = field(default_factory=dict)
    """What lists last said of fields edited at the desk since; the edit stands until a list says something else."""

    def is_from(self, system: str) -> bool:
        """Whether this list has named this person before."""
        return any(source_id.startswith(f"{system}:") for source_id in self.source_ids)

    def only_from(self, system: str) -> bool:
        """Whether this list alone has ever named this person, so that everything known came from it."""
        return bool(self.source_ids) and all(source_id.startswith(f"{system}:") for source_id in self.source_ids)


class KnownRoster:
    """Everybody, found by code, by another system's id, or by name and e-mail together; never by e-mail alone."""

    def __init__(self, people: Iterable[KnownPerson] = ()) -> None:
        self._people: dict[AttendeeId, KnownPerson] = {}
        self._by_code: dict[str, AttendeeId] = {}
        self._by_source: dict[str, AttendeeId] = {}
        self._by_person: dict[tuple[str, str], AttendeeId] = {}
        self._by_email: dict[str, list[AttendeeId]] = {}
        for person in people:
            self._put(person)

    def _put(self, person: KnownPerson) -> None:
        attendee = person.attendee
        self._people[attendee.id] = person
        for code in person.codes:
            self._by_code[code] = attendee.id
        for source_id in person.source_ids:
            self._by_source[source_id] = attendee.id
        if attendee.email:
            self._by_person.setdefault((name_key(attendee.first, attendee.last), attendee.email), attendee.id)
            self._by_email.setdefault(attendee.email, []).append(attendee.id)

    @property
    def people(self) -> Iterable[KnownPerson]:
        """Everybody, in the order of the roster."""
        return self._people.values()

    def by_source(self, source_id: str) -> KnownPerson | None:
        """Whoever another system calls so."""
        found = self._by_source.get(source_id)
        return self._people[found] if found else None

    def by_code(self, key: str) -> KnownPerson | None:
        """Whose code this is."""
        found = self._by_code.get(key)
        return self._people[found] if found else None

    def by_name_and_email(self, key: str, email: str) -> KnownPerson | None:
        """Somebody of this name with this address; a question mark in the name stands for a letter that was lost."""
        if not email or email not in self._by_email:
            return None
        found = self._by_person.get((key, email))
        return self._people[found] if found else None

    def by_lost_letters(self, first: str, last: str, email: str) -> KnownPerson | None:
        """Somebody with this address whose name this is but for letters one of the lists lost to question marks."""
        name = f"{first} {last}".strip().casefold()
        for attendee_id in self._by_email.get(email, ())[:MOST_SHARING]:
            attendee = self._people[attendee_id].attendee
            known = f"{attendee.first} {attendee.last}".strip().casefold()
            if _stands_for(name, known) or _stands_for(known, name):
                return self._people[attendee_id]
        return None

    def after(self, changes: Iterable[RosterChange]) -> KnownRoster:
        """The roster once these changes are written, for trying out several files in a row."""
        people = dict(self._people)
        for change in changes:
            codes = frozenset(code_key(ticket.code) for ticket in change.tickets)
            if isinstance(change, NewAttendee):
                people[change.attendee.id] = KnownPerson(change.attendee, codes, frozenset(change.source_ids))
                continue
            before = people[change.attendee_id]
            fields = dict(change.fields)
            extras = fields.pop("extras", None)
            if "status" in fields:
                fields["status"] = Status(str(fields["status"]))
            merged = {**before.attendee.extras, **(extras if isinstance(extras, dict) else {})}
            people[change.attendee_id] = replace(
                before,
                attendee=replace(before.attendee, extras=merged, **fields),  # type: ignore[arg-type]
                codes=before.codes | codes,
                source_ids=before.source_ids | frozenset(change.source_ids),
            )
        return KnownRoster(people.values())


def _stands_for(damaged: str, name: str) -> bool:
    """Whether a name is another with question marks for letters, or for an accent that was a character of its own."""
    if "?" not in damaged:
        return False
    pattern = re.compile(re.escape(damaged).replace(r"\?", "."))
    return any(pattern.fullmatch(unicodedata.normalize(form, name)) for form in ("NFC", "NFD"))
