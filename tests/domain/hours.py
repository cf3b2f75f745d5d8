"""Builders for tests about stays and credit: a session, the times of its door, and who wrote what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from kiosk.domain.attendance import Closing, Mark, Recorded, Repair, Way, stays
from kiosk.domain.credit import Grant, Line, Result, credit
from kiosk.domain.journal import Hlc
from kiosk.domain.programme import CreditKind, CreditRule, ProgrammeSession, SessionId
from kiosk.domain.verdicts import RecordId

HALF_PAST_ONE = datetime(2023, 5, 4, 17, 30, tzinfo=UTC)
"""When the sessions of these tests begin: 1:30 PM in Atlanta."""
LENGTH_MIN = 75

_number = count(1)

MINUTES = CreditRule(CreditKind.MINUTES, credit_min=75, least_min=60, in_proportion=True)
WHOLE = CreditRule(CreditKind.MINUTES, credit_min=75, least_percent=80)
ENTRY = CreditRule(CreditKind.ENTRY, credit_min=75)


def a_session(name: str = "A", rule: CreditRule = MINUTES, start_min: int = 0, **fields: Any) -> ProgrammeSession:
    start = fields.pop("start", HALF_PAST_ONE + timedelta(minutes=start_min))
    end = fields.pop("end", start + timedelta(minutes=LENGTH_MIN))
    return ProgrammeSession(SessionId(name), name, f"Course {name}", f"Room {name}", start, end, credit=rule, **fields)


def at(minute: float) -> datetime:
    """So many minutes after half past one."""
    return HALF_PAST_ONE + timedelta(minutes=minute)


def head(by: str = "", log: str = "LOG") -> tuple[RecordId, Hlc, str]:
    number = next(_number)
    return RecordId(log, number), Hlc(number, 0), by


def came(minute: float, session: str = "A", log: str = "LOG") -> Mark:
    return Mark(*head(log=log), SessionId(session), Way.IN, at(minute))


def left(minute: float, session: str = "A", log: str = "LOG", moved: bool = False) -> Mark:
    return Mark(*head(log=log), SessionId(session), Way.OUT, at(minute), moved)


def set_to(way: Way, minute: float | None, *targets: Mark | Repair, session: str = "A", why: str = "forgot") -> Repair:
    """Deb sets a time right; without a minute, she says that the targets do not count."""
    names = tuple(str(target.record) for target in targets)
    return Repair(*head("Deb"), SessionId(session), why, way, None if minute is None else at(minute), names)


def closed(session: str = "A", minute: float = LENGTH_MIN, by: str = "Maria") -> Closing:
    return Closing(*head(by), SessionId(session), at(minute))


def granted(minutes: int, session: str = "A") -> Grant:
    return Grant(*head("Deb"), SessionId(session), minutes, "helped a colleague")


Written = Mark | Repair | Closing | Grant


def recorded(*written: Written, undone: Iterable[Written] = ()) -> Recorded:
    return Recorded(
        [each for each in written if isinstance(each, Mark)],
        [each for each in written if isinstance(each, Repair)],
        [each for each in written if isinstance(each, Closing)],
        undone=frozenset(str(each.record) for each in undone),
    )


def result(
    *written: Written,
    sessions: Iterable[ProgrammeSession] | None = None,
    undone: Iterable[Written] = (),
    enrolled: Iterable[str] = (),
) -> Result:
    facts = recorded(*written, undone=undone)
    grants = [each for each in written if isinstance(each, Grant)]
    known = {session.id: session for session in (sessions or [a_session()])}
    return credit(known, stays(facts), grants, {SessionId(name) for name in enrolled}, facts.undone)


def the_line(*written: Written, session: ProgrammeSession | None = None, undone: Iterable[Written] = ()) -> Line:
    (line,) = result(*written, sessions=[session or a_session()], undone=undone).lines
    return line


def with_rule(rule: CreditRule, **changes: Any) -> CreditRule:
    return replace(rule, **changes)
