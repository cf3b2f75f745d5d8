"""Builders for tests with a programme: sessions that are held, and people who go in and out of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kiosk.domain.attendance import Way
from kiosk.domain.journal import Kind
from kiosk.domain.programme import CreditKind, CreditRule, ProgrammeSession, SessionId
from kiosk.domain.verdicts import RecordId
from kiosk.storage import programme
from kiosk.storage.store import Store
from tests.builders import NOON

MINUTES = CreditRule(CreditKind.MINUTES, credit_min=75, least_min=60, in_proportion=True)
ENTRY = CreditRule(CreditKind.ENTRY, credit_min=75)


def a_course(code: str, start_min: int = 0, rule: CreditRule = MINUTES, **fields: Any) -> ProgrammeSession:
    """A course of 75 minutes that begins so many minutes after `NOON`."""
    start = fields.pop("start", NOON + timedelta(minutes=start_min))
    end = fields.pop("end", start + timedelta(minutes=75))
    room = fields.pop("room", f"Salon {code[0]}")
    return ProgrammeSession(SessionId(f"id-{code}"), code, f"About {code}", room, start, end, credit=rule, **fields)


def give_places(store: Store, session: ProgrammeSession, *people: str) -> None:
    """Enrol people for a session."""
    with store.write() as journal:
        programme.enrol(journal, store.view.connection, session.id, people, at=NOON, actor="station")


def pass_door(store: Store, attendee_id: str, session: ProgrammeSession, way: Way, at: datetime | float) -> RecordId:
    """What a door writes when somebody goes in or out; `at` may be minutes after the session's start."""
    when = at if isinstance(at, datetime) else session.start + timedelta(minutes=at)
    kind = Kind.ADMIT if way is Way.IN else Kind.EXIT
    body = {"subject": attendee_id, "code": "", "how": "code", "outcome": "admitted", "reason": "ok"}
    with store.write() as journal:
        return journal.append(kind, body, at=when, actor="station", place=session.id).id


def attend(
    store: Store, attendee_id: str, session: ProgrammeSession, came_min: float = 0, left_min: float | None = 75
) -> None:
    """Somebody comes, and mostly leaves."""
    pass_door(store, attendee_id, session, Way.IN, came_min)
    if left_min is not None:
        pass_door(store, attendee_id, session, Way.OUT, left_min)
