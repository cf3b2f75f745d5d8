"""Reading who is where, from the view; writing what a room monitor counts, through the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.journal import Kind, from_ms
from kiosk.domain.occupancy import Occupancy, SeatCount
from kiosk.domain.people import AttendeeId
from kiosk.domain.verdicts import Admission, RecordId
from kiosk.storage.clock_view import IS_SURE
from kiosk.storage.database import Connection
from kiosk.storage.journal import Journal


@dataclass(frozen=True, slots=True)
class Presence:
    """Where somebody has been let in, and whether they are still there."""

    place: str
    stay: RecordId | None
    """The admission with which the present stay began."""
    since: datetime | None


def presences(view: Connection, attendee_id: str) -> list[Presence]:
    """Every place where this attendee has been let in."""
    rows = view.execute("select place, stay, stay_ms from admission where attendee_id = ?", (attendee_id,))
    return [
        Presence(place, RecordId.parse(stay) if stay else None, from_ms(ms) if stay else None)
        for place, stay, ms in rows
    ]


def admission(view: Connection, attendee_id: str, record: RecordId) -> Admission | None:
    """An admission of this attendee by its record, with who let them in and where."""
    row = view.execute(
        f"select p.at_ms, p.place, coalesce(l.station, ''), coalesce(s.name, ''), {IS_SURE} from passage p "
        "left join log l on l.log = p.log left join staff s on s.id = p.actor left join clock k on k.log = p.log "
        "where p.subject = ? and p.log = ? and p.seq = ?",
        (attendee_id, record.log, record.seq),
    ).fetchone()
    return Admission(record, from_ms(row[0]), row[1], row[2], row[3], bool(row[4])) if row else None


def occupancy(view: Connection, place: str) -> Occupancy:
    """How full it is there."""
    row = view.execute("select scanned, inside, uncounted from occupancy where place = ?", (place,)).fetchone()
    return Occupancy(*row) if row else Occupancy()


def inside(view: Connection, place: str) -> list[tuple[AttendeeId, datetime]]:
    """Everyone who is in there, with the time they came; the longest first."""
    rows = view.execute(
        "select attendee_id, stay_ms from admission where place = ? and stay is not null order by stay_ms, attendee_id",
        (place,),
    )
    return [(AttendeeId(attendee_id), from_ms(ms)) for attendee_id, ms in rows]


def is_closed(view: Connection, place: str) -> bool:
    """Whether somebody has said of this session that all still inside left at its end."""
    row = view.execute(
        "select 1 from decision d where session = ? and subject = '' and kind = ? and not exists ("
        "select 1 from passage u where u.subject = '' and u.place = d.session and u.kind = 'undo' "
        "and u.target = d.log || ':' || d.seq)",
        (place, Kind.CLOSE),
    ).fetchone()
    return row is not None


def waiting(view: Connection, place: str) -> list[tuple[AttendeeId, datetime]]:
    """Who waits for a seat, first come first; whoever is inside waits no more."""
    rows = view.execute(
        "select w.attendee_id, w.at_ms from waiting w left join admission a "
        "on a.attendee_id = w.attendee_id and a.place = w.place "
        "where w.place = ? and w.joined and a.stay is null order by w.hlc_ms, w.hlc_n, w.log, w.seq",
        (place,),
    )
    return [(AttendeeId(attendee_id), from_ms(ms)) for attendee_id, ms in rows]


def seat_counts(view: Connection, place: str) -> list[SeatCount]:
    """Every check made there, the newest first."""
    rows = view.execute(
        "select c.log, c.seq, c.at_ms, c.counted, c.known, coalesce(s.name, '') from seat_count c "
        "left join staff s on s.id = c.actor where c.place = ? order by c.at_ms desc, c.log, c.seq",
        (place,),
    )
    return [SeatCount(RecordId(log, seq), from_ms(ms), *rest) for log, seq, ms, *rest in rows]


def caused_by(view: Connection, subject: str, record: RecordId) -> list[RecordId]:
    """The exits elsewhere that an admission brought with it."""
    rows = view.execute(
        "select log, seq from passage where subject = ? and kind = ? and target = ?",
        (subject, Kind.EXIT, str(record)),
    )
    return [RecordId(*row) for row in rows]


# Writing, inside `store.write()`


def end_stay(
    journal: Journal,
    subject: str,
    place: str,
    because: RecordId,
    *,
    ends: Sequence[str],
    reason: str,
    at: datetime,
    actor: str,
    said: bool = False,
) -> None:
    """Somebody who has just been let in elsewhere is no longer here; `ends`: the admissions whose seats that frees."""
    body = {
        "ends": list(ends),
        "subject": subject,
        "code": "",
        "how": "moved",
        "outcome": "admitted",
        "reason": reason,
        "target": str(because),
    }
    journal.append(Kind.EXIT, body, at=at, actor=actor, place=place, said=said)
