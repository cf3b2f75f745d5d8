"""Reading what happened at a place: the last answers, and how a code was answered here before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.admission import Presented
from kiosk.domain.journal import from_ms
from kiosk.domain.verdicts import Outcome, Reason, RecordId
from kiosk.storage.clock_view import IS_SURE
from kiosk.storage.database import Connection

_ANSWERS = ("admit", "deny", "exit")
"""Kinds of passages that answered somebody; the others change an answer."""


def last_presented(view: Connection, subject: str, code: str, place: str, log: str) -> Presented | None:
    """How this code was last answered here, unless something else has happened to its holder at this place since.

    Here is who writes this log: what another station answered a moment ago is no stutter of our scanner.
    """
    row = view.execute(
        "select log, seq, at_ms, kind, outcome, reason, code from passage where subject = ? and place = ? "
        "order by order_ms desc, hlc_n desc, log desc, seq desc limit 1",
        (subject, place),
    ).fetchone()
    if row is None or row[0] != log or row[3] not in _ANSWERS or row[6] != code:
        return None
    return Presented(RecordId(row[0], row[1]), from_ms(row[2]), Outcome(row[4]), Reason(row[5]))


@dataclass(frozen=True, slots=True)
class PassageRow:
    """One answer, or one undo, as the history and the reports show it."""

    record: RecordId
    at: datetime
    kind: str
    subject: str
    place: str
    outcome: str
    reason: str
    target: str
    undone: bool
    actor: str
    station: str
    sure: bool
    """Whether the time is known to be right, where there is a hub to know it by."""
    recorded: datetime
    """What the clock said, where that was wrong."""


_SELECT = (
    "select p.log, p.seq, p.at_ms, p.kind, p.subject, p.place, p.outcome, p.reason, p.target, "
    "exists (select 1 from passage u where u.subject = p.subject and u.place = p.place and u.kind = 'undo' "
    "and u.target = p.log || ':' || p.seq), coalesce(s.name, ''), coalesce(l.station, ''), "
    f"{IS_SURE}, p.at_ms - p.shift_ms "
    "from passage p left join staff s on s.id = p.actor left join log l on l.log = p.log "
    "left join clock k on k.log = p.log "
)
_ONCE = (
    "(p.was = '' or not exists (select 1 from passage o where o.subject = p.subject and o.place = p.place "
    "and o.log || ':' || o.seq = p.was))"
)
"""Without what was said anew because it was lost, and came back after all."""
_TRUE_ORDER = "p.order_ms, p.hlc_n, p.log, p.seq"
"""Canonical order by clocks put right."""
_LOOK_BACK = 20_000
"""Among so many of the last answers of all stations those of one are looked for."""


def _row(row: tuple) -> PassageRow:  # type: ignore[type-arg]
    log, seq, at_ms, *rest = row
    kind, subject, place, outcome, reason, target, undone, actor, station, sure, recorded_ms = rest
    head = (RecordId(log, seq), from_ms(at_ms), kind, subject, place, outcome, reason, target)
    return PassageRow(*head, bool(undone), actor, station, bool(sure), from_ms(recorded_ms))


def recent(view: Connection, device: str, place: str | None, limit: int) -> list[PassageRow]:
    """The last answers this device gave, newest first; undos are shown on the answer they take back."""
    where, parameters = ("", [device, limit]) if place is None else ("and p.place = ? ", [device, place, limit])
    rows = view.execute(
        f"{_SELECT} where p.kind in {_ANSWERS} and l.device = ? {where}"
        f"and p.arrival > (select max(arrival) - {_LOOK_BACK} from passage) order by p.arrival desc limit ?",
        parameters,
    )
    return [_row(row) for row in rows]


def everything(view: Connection) -> list[PassageRow]:
    """Every answer, oldest first, for reports."""
    return [_row(row) for row in view.execute(f"{_SELECT} where {_ONCE} order by {_TRUE_ORDER}")]


def one(view: Connection, record: RecordId) -> PassageRow | None:
    """The passage of this name."""
    row = view.execute(f"{_SELECT} where p.log = ? and p.seq = ?", (record.log, record.seq)).fetchone()
    return _row(row) if row else None


def of(view: Connection, subject: str) -> list[PassageRow]:
    """Everything that happened to one person, at every place, oldest first."""
    return [_row(row) for row in view.execute(f"{_SELECT} where p.subject = ? order by {_TRUE_ORDER}", (subject,))]


def is_undone(view: Connection, subject: str, place: str, record: RecordId) -> bool:
    """Whether this admission was taken back."""
    row = view.execute(
        "select 1 from passage where subject = ? and place = ? and kind = 'undo' and target = ?",
        (subject, place, str(record)),
    ).fetchone()
    return row is not None
