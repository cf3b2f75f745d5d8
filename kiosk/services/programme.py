"""The programme at work: what is held where and when, who has a place, and what changes late.

A change is a record like any other: it names the value it replaces, other stations follow as soon as they hear of it,
and doors read the programme anew at each scan.
"""

from __future__ import annotations

import difflib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import Kind, Role
from kiosk.domain.people import Attendee
from kiosk.domain.programme import Audience, ClaimPolicy, CreditRule, DoorPolicy, ProgrammeSession, Room, SessionId
from kiosk.domain.programme_json import (
    ProgrammeChange,
    Subject,
    register_of,
    register_values,
    room_fields,
    session_changes,
    session_fields,
)
from kiosk.domain.roster_values import fold
from kiosk.domain.typed import one_line
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.station import Station
from kiosk.storage import programme, roster
from kiosk.storage.store import Store

LONGEST_TEXT = 300
"""Characters of a title, a code, a room's name."""
MOST_SEATS = 1_000_000
LONGEST_SESSION = timedelta(days=14)


class Planned(Protocol):
    """What an import of a programme wants written."""

    @property
    def source(self) -> str:
        """What the file is called."""

    @property
    def changes(self) -> tuple[ProgrammeChange, ...]:
        """New and changed rooms and sessions."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was written together, under a name by which it can be taken back."""

    id: str
    source: str
    count: int
    """Rooms and sessions, new or changed."""


class Programme:
    """The programme as this station knows it, and changes made on it here."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    # Reading

    def sessions(self) -> list[ProgrammeSession]:
        """Everything, by start and room; cancelled sessions too."""
        with self._store.reading():
            return programme.all_sessions(self._store.view.connection)

    def session(self, code: str) -> ProgrammeSession | None:
        """The session people call by this code."""
        with self._store.reading():
            return programme.session_by_code(self._store.view.connection, code)

    def rooms(self) -> list[Room]:
        """Every room, by name: those with a capacity of their own, and those a session is held in."""
        with self._store.reading():
            view = self._store.view.connection
            known = {room.name: room for room in programme.rooms(view)}
            used = {session.room for session in programme.all_sessions(view)} - {""}
        return [known.get(name) or Room(name) for name in sorted({*known, *used}, key=str.casefold)]

    def enrolled(self, session_id: str) -> list[Attendee]:
        """Everyone with a place in this session, by name: who has to be told when it moves."""
        with self._store.reading():
            view = self._store.view.connection
            people = [roster.by_id(view, person) for person in programme.enrolled_in(view, session_id)]
        known = [person for person in people if person is not None]
        return sorted(known, key=lambda person: (person.last.casefold(), person.first.casefold(), person.id))

    def enrolled_counts(self) -> dict[str, int]:
        """How many have a place, by session id; sessions without anybody are left out."""
        with self._store.reading():
            return programme.enrolled_counts(self._store.view.connection)

    def enrolments_of(self, attendee_id: str) -> list[ProgrammeSession]:
        """The sessions this attendee has a place in, by their start."""
        with self._store.reading():
            view = self._store.view.connection
            found = [programme.session(view, session_id) for session_id in programme.enrolments_of(view, attendee_id)]
        return sorted((session for session in found if session), key=lambda session: (session.start, session.code))

    # Writing

    def write(self, plan: Planned, by: str | None = None) -> Batch:
        """Write what a plan says, in one transaction. Raises BadInput when the programme has moved on since."""
        batch = Batch(new_id(secrets.token_bytes(ID_BYTES)), plan.source, len(plan.changes))
        if not plan.changes:
            return batch
        self._station.must_organize()
        with self._store.write() as journal:
            view = self._store.view.connection
            if programme.is_stale(view, plan.changes):
                raise BadInput(
                    _("The programme has changed since this was planned; nothing was written. Plan the import again.")
                )
            at, actor = self._station.clock(), self._station.actor(journal, by)
            name = plan.source[:200].encode("utf-8", "replace")
            journal.append(
                Kind.IMPORT_NAME, {"batch": batch.id}, at=at, actor=actor, values=[name], role=Role.ORGANIZER
            )
            programme.write_changes(
                journal, view, plan.changes, at=at, actor=actor, batch=batch.id, role=Role.ORGANIZER
            )
        return batch

    def change(self, session_id: str, fields: Mapping[str, Any], by: str | None = None) -> ProgrammeSession:
        """Give fields of a session new values (named as in `ProgrammeSession`) and answer it as it is now.

        Values already there are not written again, unless another station gave the field a different one at the same
        time: that settles it. Raises BadInput, in words, for what cannot be.
        """
        self._station.must_organize()
        with self._store.write() as journal:
            view = self._store.view.connection
            now = self._known(session_id)
            changed = replace(now, **{name: self._clean(name, value) for name, value in fields.items()})
            if changed.room != now.room:
                changed = replace(changed, room=self._known_room(changed.room))
            self._check(now, changed)
            new = session_changes(now, changed)
            disputed = programme.disputed_fields(view, session_id)
            new |= register_values(changed, sorted(disputed.intersection(map(register_of, fields))))
            if not new:
                return now
            change = ProgrammeChange(Subject.SESSION, session_id, new, was=register_values(now, list(new)))
            actor = self._station.actor(journal, by)
            programme.write_changes(journal, view, [change], at=self._station.clock(), actor=actor, role=Role.ORGANIZER)
        return changed

    def add(self, fields: Mapping[str, Any], by: str | None = None) -> ProgrammeSession:
        """A session that was in no file, from fields named as in `ProgrammeSession`.

        Raises BadInput, in words, for what cannot be, and where code, title, start or end are missing.
        """
        self._station.must_organize()
        if not {"start", "end"} <= set(fields):
            raise BadInput(_("A session needs a start and an end."))
        with self._store.write() as journal:
            view = self._store.view.connection
            empty = ProgrammeSession(
                SessionId(new_id(secrets.token_bytes(ID_BYTES))), "", "", "", fields["start"], fields["end"]
            )
            made = replace(empty, **{name: self._clean(name, value) for name, value in fields.items()})
            made = replace(made, room=self._known_room(made.room))
            self._check(empty, made)
            change = ProgrammeChange(Subject.SESSION, made.id, session_fields(made), new=True)
            actor = self._station.actor(journal, by)
            programme.write_changes(journal, view, [change], at=self._station.clock(), actor=actor, role=Role.ORGANIZER)
        return made

    def room(self, name: str) -> Room | None:
        """The room somebody means by this name, whatever the case; None where there is none."""
        wanted = fold(name)
        return next((room for room in self.rooms() if fold(room.name) == wanted), None)

    def change_room(self, room: Room, by: str | None = None) -> Room:
        """Say how many people a room holds, how to get there, and how its doors decide; a room nobody knew is added.

        Raises BadInput, in words, for what cannot be.
        """
        self._station.must_organize()
        capacity, directions = self._clean("capacity", room.capacity), one_line(room.directions, LONGEST_TEXT)
        room = replace(room, name=self._clean("room", room.name), capacity=capacity, directions=directions)
        if not room.name:
            raise BadInput(_("A room needs a name."))
        with self._store.write() as journal:
            view = self._store.view.connection
            known = programme.room(view, room.name)
            fields, before = room_fields(room), room_fields(known) if known else {}
            new = {name: value for name, value in fields.items() if name not in before or before[name] != value}
            if new:
                change = ProgrammeChange(Subject.ROOM, room.name, new, new=known is None)
                actor = self._station.actor(journal, by)
                programme.write_changes(
                    journal, view, [change], at=self._station.clock(), actor=actor, role=Role.ORGANIZER
                )
        return room

    @property
    def desk_claim(self) -> ClaimPolicy:
        """Whether registration desks ask the hub before they let somebody in."""
        return self._station.conference.claim

    def change_desk(self, claim: ClaimPolicy) -> None:
        """Decide that for the desks of every station. Raises BadInput, in words."""
        self._station.must_organize()
        self._station.set_conference(replace(self._station.conference, claim=claim))

    def enrol(self, attendee_id: str, session_id: str, by: str | None = None) -> bool:
        """Give somebody a place in a session; answers False where they had one."""
        with self._store.write() as journal:
            view = self._store.view.connection
            self._known(session_id)
            if roster.by_id(view, attendee_id) is None:
                raise BadInput(_("This person is no longer on the roster. Search again."))
            at, actor = self._station.clock(), self._station.actor(journal, by)
            return programme.enrol(journal, view, session_id, [attendee_id], at=at, actor=actor) > 0

    def withdraw(self, attendee_id: str, session_id: str, by: str | None = None) -> bool:
        """Take somebody's place in a session back; answers False where they had none."""
        with self._store.write() as journal:
            view = self._store.view.connection
            at, actor = self._station.clock(), self._station.actor(journal, by)
            return programme.withdraw(journal, view, session_id, [attendee_id], at=at, actor=actor) > 0

    def _known(self, session_id: str) -> ProgrammeSession:
        found = programme.session(self._store.view.connection, session_id)
        if found is None:
            raise BadInput(_("This session is no longer in the programme. Look it up again."))
        return found

    def _known_room(self, name: str) -> str:
        """A room as the programme spells it: a door that is bound to `Salon B` would not follow to `salon b`."""
        known = {fold(room.name): room.name for room in self.rooms()}
        if name and fold(name) not in known:
            near = difflib.get_close_matches(name, known.values(), 3, 0.4) or sorted(known.values())
            raise BadInput(
                _(
                    "There is no room “{room}” in the programme. Did you mean: {near}? A new room is added first."
                ).format(room=name, near=", ".join(near[:8]))
            )
        return known.get(fold(name), "")

    def _check(self, now: ProgrammeSession, changed: ProgrammeSession) -> None:
        if not changed.code or not changed.title:
            raise BadInput(_("A session needs a code and a title."))
        if changed.end <= changed.start:
            raise BadInput(_("A session cannot end before it starts. Check both times."))
        if changed.end - changed.start > LONGEST_SESSION:
            raise BadInput(_("A session cannot last longer than two weeks. Check both times."))
        view = self._store.view.connection
        other = programme.session_by_code(view, changed.code)
        if changed.code != now.code and other is not None and other.id != now.id:
            raise BadInput(
                _("“{title}” is already called {code}. Choose another code.").format(
                    title=other.title, code=changed.code
                )
            )

    def _clean(self, name: str, value: Any) -> Any:
        """A value as a session keeps it. Raises BadInput for what does not belong there."""
        kind = _KINDS.get(name)
        if kind is None:
            raise BadInput(_("There is nothing called {name} in a session.").format(name=json.dumps(name)))
        if kind is str and isinstance(value, str):
            return one_line(value, LONGEST_TEXT)
        if name == "capacity" and value is None:
            return None
        if kind is int and not (type(value) is int and 0 <= value <= MOST_SEATS):
            raise BadInput(_("{name} is a whole number, not {value}.").format(name=name, value=value))
        if not isinstance(value, kind) or (isinstance(value, datetime) and value.tzinfo is None):
            raise BadInput(_("{value} cannot be the {name} of a session.").format(name=name, value=value))
        return value


_KINDS: Mapping[str, type] = {
    "code": str,
    "title": str,
    "room": str,
    "kind": str,
    "track": str,
    "start": datetime,
    "end": datetime,
    "capacity": int,
    "course_slot": int,
    "audience": Audience,
    "door": DoorPolicy,
    "credit": CreditRule,
    "opens_before_min": int,
    "speakers": tuple,
    "cancelled": bool,
}
"""What may be changed of a session, and what it holds."""
