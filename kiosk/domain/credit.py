"""What attending is worth: rules, minutes and stays in; lines that say what counts and why out.

Whole numbers only. Time is elapsed time, whatever the clocks on the wall did. Seconds inside are added up for a
session and then cut down to minutes, once; credit is cut down to hundredths of an hour, once a line; a total is the
sum of its lines as they are printed. So nothing is ever rounded up, and what stands on paper adds up.

A minute is paid once. Where somebody was in two rooms at once, the minute goes to the stay that is better known
(scanned or repaired before assumed, assumed before the mere entry), and of two alike to the one begun later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from kiosk.domain.attendance import How, Stay, Written, by_session
from kiosk.domain.programme import CreditKind, CreditRule, ProgrammeSession, SessionId

HOUR = 100
"""Credit is counted in hundredths of an hour."""


class Standing(StrEnum):
    """What became of one line."""

    COUNTS = "counts"
    OTHER_COURSE = "other_course"
    """Earned, but another course of the same slot counts."""
    NO_CREDIT = "no_credit"
    """The session gives none."""
    ABSENT = "absent"
    NO_EXIT = "no_exit"
    NO_ENTRY = "no_entry"
    TOO_SHORT = "too_short"
    ELSEWHERE = "elsewhere"
    """All the time inside counts in another room."""
    DENIED = "denied"
    """A named person decided against it."""


@dataclass(frozen=True, slots=True)
class Grant(Written):
    """A named person decides what a session is worth to somebody, whatever was scanned; 0 minutes: nothing."""

    session: SessionId
    minutes: int
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """One session of one person, and what it is worth."""

    session: ProgrammeSession
    standing: Standing
    stays: tuple[Stay, ...] = ()
    counted_min: int = 0
    """Minutes inside that count: within the session, without breaks, without what counts elsewhere."""
    full_min: int = 0
    """What a person who was there all the time would have."""
    worth: int = 0
    """Hundredths of an hour earned, whether or not the line counts."""
    elsewhere_min: int = 0
    """Minutes inside that count in another room."""
    grant: Grant | None = None
    enrolled: bool = False

    @property
    def credit(self) -> int:
        """Hundredths of an hour that count."""
        return self.worth if self.standing is Standing.COUNTS else 0


@dataclass(frozen=True, slots=True)
class Result:
    """Everything one person earned: a line a session, in the order of the programme."""

    lines: tuple[Line, ...] = ()

    @property
    def total(self) -> int:
        """Hundredths of an hour."""
        return sum(line.credit for line in self.lines)

    @property
    def counting(self) -> tuple[Line, ...]:
        """The lines that count."""
        return tuple(line for line in self.lines if line.standing is Standing.COUNTS)

    @property
    def categories(self) -> dict[str, int]:
        """The total by category of credit; what has none stands under the empty name."""
        totals: dict[str, int] = {}
        for line in self.counting:
            name = line.session.credit.category
            totals[name] = totals.get(name, 0) + line.credit
        return dict(sorted(totals.items()))

    def slots(self, count: int) -> tuple[Line | None, ...]:
        """The course of each slot that says most: the one that counts, else one that was attended, else enrolled."""
        chosen: dict[int, Line] = {}
        for line in self.lines:
            slot = line.session.course_slot
            if slot and (slot not in chosen or _says_more(line) > _says_more(chosen[slot])):
                chosen[slot] = line
        return tuple(chosen.get(slot) for slot in range(1, count + 1))


def _says_more(line: Line) -> tuple[bool, bool, int, bool]:
    return (line.standing is Standing.COUNTS, bool(line.stays or line.grant), line.counted_min, line.enrolled)


def credit(
    sessions: Mapping[SessionId, ProgrammeSession],
    stays: Sequence[Stay],
    grants: Iterable[Grant] = (),
    enrolled: Collection[SessionId] = (),
    undone: frozenset[str] = frozenset(),
) -> Result:
    """What one person earned in these sessions."""
    attended = by_session(stays)
    granted = _standing_grants(grants, undone)
    known = {name for name in (*attended, *granted, *enrolled) if name in sessions}
    order = sorted((sessions[name] for name in known), key=lambda session: (session.start, session.code, session.id))
    counted = _allot(order, attended)
    lines = [
        _line(session, attended.get(session.id, ()), counted[session.id], granted.get(session.id)) for session in order
    ]
    lines = [replace(line, enrolled=line.session.id in enrolled) for line in lines]
    return Result(tuple(_one_a_slot(lines)))


def full_credit(session: ProgrammeSession) -> int:
    """Hundredths of an hour for somebody who was there all the time; never more minutes than the session has."""
    rule = session.credit
    minutes = max(0, min(rule.credit_min, session.minutes))
    return 0 if rule.kind is CreditKind.NONE else in_hours(minutes, rule)


def in_hours(minutes: int, rule: CreditRule) -> int:
    """Credit minutes as hundredths of an hour of this rule, cut down."""
    return minutes * HOUR // max(1, rule.hour_min)


def full_minutes(session: ProgrammeSession) -> int:
    """The minutes of a session that count: its length without its breaks."""
    return _length(_without(((session.start, session.end),), _breaks(session))) // _MINUTE


def _standing_grants(grants: Iterable[Grant], undone: frozenset[str]) -> dict[SessionId, Grant]:
    standing = (grant for grant in grants if str(grant.record) not in undone)
    return {grant.session: grant for grant in sorted(standing, key=lambda grant: grant.order)}


def _one_a_slot(lines: Sequence[Line]) -> list[Line]:
    """Of the courses of a slot the best counts: the most credit, then the one enrolled for."""
    best: dict[int, Line] = {}
    for line in lines:
        slot = line.session.course_slot
        if slot and line.standing is Standing.COUNTS and (slot not in best or _better(line, best[slot])):
            best[slot] = line
    return [
        replace(line, standing=Standing.OTHER_COURSE)
        if line.standing is Standing.COUNTS and best.get(line.session.course_slot, line) is not line
        else line
        for line in lines
    ]


def _better(line: Line, other: Line) -> bool:
    return (line.worth, line.enrolled) > (other.worth, other.enrolled)


# One line


def _line(session: ProgrammeSession, stays: tuple[Stay, ...], share: _Share, grant: Grant | None) -> Line:
    rule = session.credit
    line = Line(
        session,
        Standing.COUNTS,
        stays,
        counted_min=share.counted // _MINUTE,
        full_min=full_minutes(session),
        elsewhere_min=share.elsewhere // _MINUTE,
        grant=grant,
    )
    if grant is not None:
        worth = in_hours(max(0, min(grant.minutes, session.minutes)), rule)
        return replace(line, worth=worth, standing=Standing.COUNTS if worth else Standing.DENIED)
    if rule.kind is CreditKind.NONE or full_credit(session) == 0:
        return replace(line, standing=Standing.NO_CREDIT if stays else Standing.ABSENT)
    lacking = _lacking(line)
    if lacking is not None:
        return replace(line, standing=lacking)
    return _worth(line)


def _lacking(line: Line) -> Standing | None:
    """What keeps a line from earning anything, but for its minutes."""
    if not line.stays:
        return Standing.ABSENT
    entered = [stay for stay in line.stays if stay.came is not None]
    if not entered:
        return Standing.NO_ENTRY
    if line.session.credit.kind is CreditKind.MINUTES and not any(stay.is_whole for stay in entered):
        return Standing.NO_EXIT
    return Standing.ELSEWHERE if not line.counted_min and line.elsewhere_min else None


def _worth(line: Line) -> Line:
    """The credit for so many minutes of so many."""
    rule, counted, full = line.session.credit, line.counted_min, line.full_min
    enough = counted > 0 and counted >= least_minutes(line.session)
    if not enough:
        unknown_end = rule.kind is CreditKind.MINUTES and any(not stay.is_whole for stay in line.stays)
        return replace(line, standing=Standing.NO_EXIT if unknown_end else Standing.TOO_SHORT)
    minutes = min(rule.credit_min, line.session.minutes)
    if counted < full and (rule.in_proportion or rule.kind is CreditKind.ENTRY):
        minutes = minutes * counted // full
    worth = in_hours(minutes, rule)
    return replace(line, worth=worth, standing=Standing.COUNTS if worth else Standing.TOO_SHORT)


def least_minutes(session: ProgrammeSession) -> int:
    """The fewest minutes that count: what the rule says in minutes, and in hundredths of the session rounded up."""
    rule = session.credit
    if rule.kind is not CreditKind.MINUTES:
        return 0
    of_all = -(-full_minutes(session) * (rule.least_percent or 0) // 100)
    return max(rule.least_min or 0, of_all)


# Whose minute it is

_Span = tuple[datetime, datetime]
_MINUTE = timedelta(minutes=1)
_LATE = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Share:
    """What a session gets of somebody's time."""

    counted: timedelta = timedelta()
    elsewhere: timedelta = timedelta()


@dataclass(frozen=True, slots=True, order=True)
class _Piece:
    """A piece of time somebody may have spent in a session; sorted, the one that comes first has the better claim."""

    rank: int
    begun: timedelta
    """Before a fixed day: less for what began later."""
    session: SessionId
    span: _Span


_KNOWN, _ASSUMED, _ENTRY, _GRACE = range(4)
"""Ranks: both ends known; an end assumed; the whole of a session, for its entry; what is forgiven at its ends."""


def _allot(
    sessions: Sequence[ProgrammeSession], attended: Mapping[SessionId, Sequence[Stay]]
) -> dict[SessionId, _Share]:
    """Give every second to one session at most."""
    shares = {session.id: _Share() for session in sessions}
    breaks = {session.id: _breaks(session) for session in sessions}
    pieces = [piece for session in sessions for piece in _pieces(session, attended.get(session.id, ()))]
    taken: dict[SessionId, list[_Span]] = {}
    for piece in sorted(pieces):
        own = taken.setdefault(piece.session, [])
        new = _without(_without((piece.span,), own), breaks[piece.session])
        others = [span for name, spans in taken.items() if name != piece.session for span in spans]
        free = _without(new, others)
        share = shares[piece.session]
        share.counted += _length(free)
        if piece.rank != _GRACE:
            share.elsewhere += _length(new) - _length(free)
        own.extend(free)
    return shares


def _pieces(session: ProgrammeSession, stays: Sequence[Stay]) -> list[_Piece]:
    """The time a rule may pay: nothing outside the session, nothing without an end, grace at both ends."""
    if session.credit.kind is CreditKind.NONE:
        return []
    if session.credit.kind is CreditKind.ENTRY:
        came = [stay.came.at for stay in stays if stay.came is not None and stay.came.at <= session.end]
        whole = (session.start, session.end)
        return [_piece(session, _ENTRY, min(came), whole)] if came else []
    pieces = []
    whole_stays = [stay for stay in stays if stay.came is not None and stay.left is not None and stay.seconds]
    for stay in whole_stays:
        assert stay.came is not None
        assert stay.left is not None
        span = (max(stay.came.at, session.start), min(stay.left.at, session.end))
        if span[0] < span[1]:
            rank = _ASSUMED if stay.is_known_by(How.ASSUMED) else _KNOWN
            pieces.append(_piece(session, rank, stay.came.at, span))
    return pieces + _grace(session, pieces)


def _grace(session: ProgrammeSession, pieces: Sequence[_Piece]) -> list[_Piece]:
    """The minutes a late start or an early end is forgiven."""
    if not pieces:
        return []
    grace = timedelta(minutes=session.credit.late_grace_min)
    first, last = min(piece.span[0] for piece in pieces), max(piece.span[1] for piece in pieces)
    given = []
    if session.start < first <= session.start + grace:
        given.append(_piece(session, _GRACE, first, (session.start, first)))
    if session.end - grace <= last < session.end:
        given.append(_piece(session, _GRACE, first, (last, session.end)))
    return given


def _piece(session: ProgrammeSession, rank: int, begun: datetime, span: _Span) -> _Piece:
    return _Piece(rank, _LATE - begun, session.id, span)


def _breaks(session: ProgrammeSession) -> list[_Span]:
    spans = ((session.start + after * _MINUTE, length * _MINUTE) for after, length in session.credit.breaks)
    return [(start, min(start + length, session.end)) for start, length in spans]


def _without(spans: Iterable[_Span], holes: Iterable[_Span]) -> list[_Span]:
    """What is left of some spans where others are cut out."""
    left = list(spans)
    for start, end in holes:
        cut = []
        for a, b in left:
            cut += [span for span in ((a, min(b, start)), (max(a, end), b)) if span[0] < span[1]]
        left = cut
    return left


def _length(spans: Iterable[_Span]) -> timedelta:
    return sum((end - start for start, end in spans), timedelta())
