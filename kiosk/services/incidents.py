"""Records that cannot both be right: what, who, where, both sides; and the record by which a person settles it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from kiosk.domain.admission import DESK
from kiosk.domain.gaps import gap_in
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.journal import Kind
from kiosk.domain.merging import Touch, standing_values
from kiosk.domain.people import AttendeeId
from kiosk.domain.programme_merging import Written
from kiosk.domain.programme_words import field_words, value_words
from kiosk.domain.roster import ChangedAttendee, FieldValue
from kiosk.domain.typed import one_line
from kiosk.domain.verdicts import RecordId
from kiosk.domain.words import clock_words, incident_words
from kiosk.errors import BadInput
from kiosk.i18n import _, ngettext
from kiosk.services.edit import LONGEST_TEXT, clean_value
from kiosk.services.station import Station
from kiosk.storage import exchange_view, passages, programme, roster, unread_view
from kiosk.storage.clock_view import time_of
from kiosk.storage.database import Connection
from kiosk.storage.exchange_view import IncidentRow
from kiosk.storage.roster import write_changes
from kiosk.storage.store import Store


class Way(StrEnum):
    """What a person can do about an incident."""

    SETTLE = "settle"
    """Say what was the matter."""
    TAKE_BACK = "take_back"
    """Take one of two admissions back."""
    GIVE = "give"
    """Give a field its right value."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two records."""

    record: str
    station: str = ""
    at: datetime | None = None
    by: str = ""
    says: str = ""
    """What it says, where that is what they differ in: the field and its value."""
    value: str = ""
    """That value alone, as somebody would type it; of a field of a person."""

    def words(self, zone: tzinfo) -> str:
        """What it says, where and when it was written and by whom: on one line."""
        when = f"{self.at.astimezone(zone):%a} {clock_words(self.at, zone)}" if self.at else ""
        return " · ".join(part for part in (self.says, self.station, when, self.by) if part) or self.record


@dataclass(frozen=True, slots=True)
class Incident:
    """Two records that cannot both be right."""

    id: str
    kind: IncidentKind
    who: str
    place: str
    one: Side
    """The one that counts, where one does."""
    other: Side
    settled_by: str = ""
    person: str = ""
    """The id of whom it is about, where that is somebody on the roster."""
    field: str = ""
    """Which field of theirs has two values."""

    where: str = ""
    """The place, in words."""

    @property
    def what(self) -> str:
        """What is the matter, in a sentence."""
        return incident_words(self.kind)

    @property
    def ways(self) -> tuple[Way, ...]:
        """What can be done about it here. A disputed field of the programme is set right in the programme."""
        if self.settled_by:
            return ()
        if self.kind is IncidentKind.DISPUTE:
            return (Way.GIVE,) if self.field else ()
        return (Way.SETTLE, Way.TAKE_BACK) if self.kind is IncidentKind.TWICE else (Way.SETTLE,)


class Incidents:
    """Incidents of all stations, as far as this one has heard."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    def all(self) -> list[Incident]:
        """Every incident, those nobody has settled first."""
        with self._store.reading():
            view = self._store.view.connection
            rows = [self._from_row(row) for row in exchange_view.incidents(view)]
            return sorted(
                [*rows, *self._disputes(), *self._programme_disputes()], key=lambda incident: bool(incident.settled_by)
            )

    def open(self) -> list[Incident]:
        """Those nobody has settled."""
        return [incident for incident in self.all() if not incident.settled_by]

    def settle(self, incident_id: str, why: str, by: str) -> None:
        """Say what was the matter, and that it is seen to. Raises BadInput, in words, when it cannot be settled so.

        What happened stays as it is; an admission that was wrong is taken back by undoing it.
        """
        why, by = one_line(why, 200), one_line(by, 80)
        if not why or not by:
            raise BadInput(_("Say what was the matter, and who you are."))
        incident = next((incident for incident in self.all() if incident.id == incident_id), None)
        if incident is None:
            raise BadInput(_("There is no incident {id}. `kiosk report conflicts` lists them.").format(id=incident_id))
        if incident.kind is IncidentKind.DISPUTE:
            raise BadInput(_("Give the field its right value: that settles it."))
        if incident.settled_by:
            return
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            body = {"incident": incident_id, "beside": incident.one.record}
            journal.append(Kind.SETTLE, body, at=self._station.clock(), actor=actor, values=[why.encode()])

    def give(self, incident_id: str, text: str, by: str) -> None:
        """Give a field that has two values the right one, in knowledge of both. Raises BadInput, in words."""
        text, by = one_line(text, LONGEST_TEXT), one_line(by, 80)
        if not by:
            raise BadInput(_("Say who you are."))
        incident = next((incident for incident in self.open() if incident.id == incident_id), None)
        if incident is None or not incident.field:
            raise BadInput(_("Nobody disputes this any more. Look at the list again."))
        change = ChangedAttendee(AttendeeId(incident.person), _fields(incident.field, text))
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            write_changes(journal, self._store.view, Kind.EDIT, [change], at=self._station.clock(), actor=actor)

    def _from_row(self, row: IncidentRow) -> Incident:
        view = self._store.view.connection
        attendee = roster.by_id(view, row.subject) if row.kind is IncidentKind.TWICE else None
        who = attendee.full_name if attendee else self._who(view, row)
        side = {IncidentKind.HUB: self._noticed, IncidentKind.LOST: self._lost}.get(row.kind, self._side)
        sides = side(row.one), side(row.other)
        person, where = row.subject if attendee else "", _place_words(view, row.place)
        return Incident(row.id, row.kind, who, row.place, *sides, row.settled_by, person, where=where)

    def _who(self, view: Connection, row: IncidentRow) -> str:
        """Whom it is about: the people a record names that cannot be read here, else the station by its name."""
        if row.kind is IncidentKind.UNREAD:
            found = [roster.by_id(view, each) for each in unread_view.people_named(view, RecordId.parse(row.one))]
            named = ", ".join(each.full_name for each in found if each)
            return named or exchange_view.station_names(view).get(row.subject, row.subject)
        if row.kind is IncidentKind.LOST:
            return exchange_view.station_of(view, row.subject) or row.subject
        return _("The hub") if row.kind is IncidentKind.HUB else row.subject

    def _side(self, name: str) -> Side:
        try:
            found = passages.one(self._store.view.connection, RecordId.parse(name))
        except ValueError:
            found = None
        return Side(name, found.station, found.at, found.actor) if found else Side(name)

    def _noticed(self, name: str) -> Side:
        """Which station noticed something at the hub, and what."""
        record = self._store.record_of(RecordId.parse(name))
        station = exchange_view.station_of(self._store.view.connection, record.id.log)
        count = int(record.body.get("n", 0))
        if record.body["what"] == "missing":
            says = ngettext("{n} record it had confirmed is missing", "{n} records it had confirmed are missing", count)
        else:
            says = ngettext("{n} record is not what it says", "{n} records are not what they say", count)
        return Side(name, station, record.at, says=says.format(n=count))

    def _lost(self, name: str) -> Side:
        """Who said that records are lost, and how many."""
        record = self._store.record_of(RecordId.parse(name))
        gap, station = gap_in(record), exchange_view.station_of(self._store.view.connection, record.id.log)
        count = gap.last - gap.first + 1 if gap else 0
        says = ngettext("{n} record is lost", "{n} records are lost", count).format(n=count)
        return Side(name, station, record.at, says=says)

    def _value_side(self, touch: Touch, name: str, value: FieldValue) -> Side:
        record = self._store.record_of(touch.record)
        station = exchange_view.station_of(self._store.view.connection, touch.record.log)
        typed = _typed(value)
        at = time_of(self._store.view.connection, record)
        return Side(str(touch.record), station, at, says=f"{name}: {typed}", value=typed)

    def _disputes(self) -> Iterator[Incident]:
        view = self._store.view
        for attendee_id, names in exchange_view.disputed(view.connection):
            attendee = roster.by_id(view.connection, attendee_id)
            who = attendee.full_name if attendee else attendee_id
            touches = view.touches(AttendeeId(attendee_id))
            for name in names:
                shown, *others = standing_values(touches, name)
                for other in others:
                    if other[1] != shown[1]:
                        one, two = (self._value_side(touch, name, value) for touch, value in (shown, other))
                        incident = f"{IncidentKind.DISPUTE}:{attendee_id}:{name}"
                        yield Incident(incident, IncidentKind.DISPUTE, who, "", one, two, "", attendee_id, name)

    def _programme_disputes(self) -> Iterator[Incident]:
        view, zone = self._store.view, self._station.conference.zone_info
        for session_id, name, heeded, other in view.programme.disputes():
            session = programme.session(view.connection, session_id)
            who = f"{session.code} · {session.title}" if session else _("The conference")
            one, two = (self._programme_side(written, name, zone) for written in (heeded, other))
            yield Incident(f"{IncidentKind.DISPUTE}:{session_id}:{name}", IncidentKind.DISPUTE, who, "", one, two)

    def _programme_side(self, written: Written, name: str, zone: tzinfo) -> Side:
        record = self._store.record_of(written.record)
        station = exchange_view.station_of(self._store.view.connection, written.record.log)
        says = f"{field_words(name)}: {value_words(name, written.change.fields[name], zone)}"
        return Side(str(written.record), station, time_of(self._store.view.connection, record), says=says)


_FLAGS = frozenset({"sworn", "attention", "unpaid", "placeholder"})
"""Fields that are yes or no."""


def _place_words(view: Connection, place: str) -> str:
    if place == DESK:
        return _("Desk")
    session = programme.session(view, place) if place else None
    return f"{session.code} · {session.room}" if session else place


def _typed(value: FieldValue) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)


def _fields(name: str, text: str) -> dict[str, FieldValue]:
    """The field as the roster keeps it. Raises BadInput for a value it cannot have."""
    if name.startswith("extras."):
        return {"extras": {name.removeprefix("extras."): text}}
    if name not in _FLAGS:
        return {name: clean_value(name, text)}
    if text.casefold() not in (_("yes"), _("no")):
        raise BadInput(_("This is either yes or no."))
    return {name: text.casefold() == _("yes")}
