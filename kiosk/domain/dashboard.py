"""What an organizer sees: the figures of one moment, put into words and charts.

The window, the page and the day report show this same value, so they say the same at the same moment. Times are in the
conference's zone; every number stands with its unit and what it is a part of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from kiosk.domain.charts import Bar, Bars, Columns, Series
from kiosk.domain.expected import Curve
from kiosk.domain.figures import Figures, RoomFigures, Share, Snapshot, StationFigures, stations_needed
from kiosk.domain.programme import ProgrammeSession, SessionId
from kiosk.domain.words import clock_words
from kiosk.i18n import _, ngettext

SECONDS_A_PERSON = 20
"""What a check-in takes at a staffed desk, with greeting and badge; for how many stations a rush needs."""
OPEN_WITHIN = timedelta(minutes=15)
"""A station that scanned something so recently is staffed."""
CROWDED_PERCENT = 90
MOST_SHARES = 8
USUAL_OPENING = timedelta(hours=7)
"""After midnight: from when on the second and later days are shown."""
AFTERWARDS = timedelta(hours=2)
"""After the end of the last session, late scans may still come in; then the numbers are final."""
BARS_MIN = (5, 10, 30)
NO_CURVE = Curve()


class Phase(StrEnum):
    """Before, during, after."""

    BEFORE = "before"
    LIVE = "live"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Headline:
    """One large number."""

    key: str
    title: str
    value: str
    base: str
    """Of what, or held against what."""
    warn: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that wants a person: which machine or whom, what, since when, and what to do."""

    key: str
    who: str
    what: str
    todo: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Expected and in, by one thing people are told apart by."""

    facet: str
    title: str
    bars: Bars


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything on one page."""

    at: datetime
    phase: Phase
    phase_words: str
    headlines: tuple[Headline, ...]
    corrected: str
    """Why a number is lower than before; empty where nothing was taken back."""
    arrivals: Columns
    groups: tuple[Group, ...]
    rooms: Bars
    rooms_title: str
    stations: tuple[tuple[str, ...], ...]
    """A row for each station, under `station_headers`."""
    station_headers: tuple[str, ...]
    courses: str
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What figures alone do not know."""

    now: datetime
    zone: tzinfo
    sessions: Sequence[ProgrammeSession] = ()
    curve: Curve = NO_CURVE
    bar_min: int = 10
    seconds_a_person: int = SECONDS_A_PERSON
    alarms: tuple[Alarm, ...] = ()


def compose(figures: Figures, frame: Frame) -> Dashboard:
    """The dashboard of this moment."""
    numbers = figures.snapshot(frame.now)
    phase = _phase(numbers, frame)
    shown, title = _rooms_now(frame)
    return Dashboard(
        at=frame.now,
        phase=phase,
        phase_words=_phase_words(phase, numbers, frame),
        headlines=_headlines(numbers, phase, frame),
        corrected=_corrected(numbers),
        arrivals=_arrivals(figures, frame),
        groups=_groups(numbers),
        rooms=_rooms(numbers, shown),
        rooms_title=title,
        stations=tuple(_station_row(station, frame) for station in numbers.stations),
        station_headers=(
            _("Station"), _("Checked in"), _("Already in"), _("Refused"), _("Unknown"), _("Let in anyway"),
            _("Taken back"), _("Reprints"), _("Decided alone"), _("Last scan"),
        ),
        courses=_courses(numbers),
        alarms=frame.alarms,
    )  # fmt: skip


# Before, during, after


def _phase(numbers: Snapshot, frame: Frame) -> Phase:
    held = [session for session in frame.sessions if not session.cancelled]
    if held and frame.now > max(session.end for session in held) + AFTERWARDS:
        return Phase.OVER
    if numbers.checked_in == 0 and (not frame.curve.points or frame.now < frame.curve.points[0][0]):
        return Phase.BEFORE
    return Phase.LIVE


def _phase_words(phase: Phase, numbers: Snapshot, frame: Frame) -> str:
    if phase is Phase.OVER:
        return _("The conference is over. These are the final numbers.")
    if phase is Phase.LIVE:
        return ""
    expected = ngettext("{count} person expected.", "{count} people expected.", numbers.expected).format(
        count=_count(numbers.expected)
    )
    if not frame.curve.points:
        return expected
    opens = frame.curve.points[0][0]
    return _("Doors open {when}. {expected}").format(when=_when(opens, frame), expected=expected)


# The large numbers


def _headlines(numbers: Snapshot, phase: Phase, frame: Frame) -> tuple[Headline, ...]:
    due = frame.curve.people(numbers.expected, frame.now)
    missing = max(0, numbers.expected - (numbers.checked_in - numbers.not_expected))
    rate = numbers.per_minute_tenths
    needed = stations_needed(rate / 10, frame.seconds_a_person)
    staffed = sum(
        station.last is not None and frame.now - station.last <= OPEN_WITHIN and station.checked_in > 0
        for station in numbers.stations
    )
    left = numbers.checked_in - numbers.here_now
    return (
        Headline(
            "here_now",
            _("Here now"),
            _count(numbers.here_now),
            _("{count} left again").format(count=_count(left)) if numbers.anybody_leaves else _("nobody scans out"),
        ),
        Headline(
            "checked_in",
            _("Checked in"),
            _count(numbers.checked_in),
            _("of {expected} expected · {percent} % · by now {due}").format(
                expected=_count(numbers.expected), percent=_percent(numbers), due=_count(round(due))
            ),
        ),
        Headline("rate", _("Arrivals a minute"), f"{rate // 10}.{rate % 10}", _("over the last 10 minutes")),
        Headline(
            "stations",
            _("Desks open"),
            str(staffed),
            _("{needed} needed at {seconds} s a person").format(needed=needed, seconds=frame.seconds_a_person),
            warn=phase is Phase.LIVE and rate > 0 and staffed < needed,
        ),
        Headline(
            "missing",
            _("Did not come") if phase is Phase.OVER else _("Not here yet"),
            _count(missing),
            _("of {expected} expected").format(expected=_count(numbers.expected)),
        ),
    )


def _percent(numbers: Snapshot) -> int:
    return (numbers.checked_in - numbers.not_expected) * 100 // numbers.expected if numbers.expected else 0


def _corrected(numbers: Snapshot) -> str:
    undone = numbers.total("undone")
    if not undone:
        return ""
    return ngettext(
        "Corrected: {count} check-in taken back.", "Corrected: {count} check-ins taken back.", undone
    ).format(count=_count(undone))


# Charts


def _arrivals(figures: Figures, frame: Frame) -> Columns:
    bar = timedelta(minutes=frame.bar_min)
    since, until = _day(figures, frame, bar)
    bars = figures.arrivals(since, until, bar)
    names = sorted({name for _start, counts in bars for name in counts})
    expected = figures.snapshot(frame.now).expected
    due = [frame.curve.people(expected, start + bar) - frame.curve.people(expected, start) for start, _counts in bars]
    zone = since.astimezone(frame.zone).tzname() or ""
    day = f"{since.astimezone(frame.zone):%a %b} {since.astimezone(frame.zone).day}"
    return Columns(
        title=_("Arrivals"),
        unit=_("Check-ins each {minutes} minutes, {day}").format(minutes=frame.bar_min, day=day),
        axis=_("time, {zone}").format(zone=zone),
        labels=tuple(clock_words(start, frame.zone) for start, _counts in bars),
        series=tuple(
            Series(name or _("no name"), tuple(counts.get(name, 0) for _start, counts in bars)) for name in names
        ),
        expected=tuple(due) if any(due) else (),
        expected_name=_("expected"),
        empty=_("No scans yet"),
        others=_("others"),
    )


def _day(figures: Figures, frame: Frame, bar: timedelta) -> tuple[datetime, datetime]:
    """From the first to the last thing to show of a day: today's, or the last on which anybody came."""
    arrived = figures.first_and_last_arrival() or ()
    day = frame.now.astimezone(frame.zone).date()
    if arrived and arrived[-1] < _midnight(day, frame.zone):
        day = arrived[-1].astimezone(frame.zone).date()
    start, end = _midnight(day, frame.zone), _midnight(day + timedelta(days=1), frame.zone)
    shown = [at for at in (*arrived, *(at for at, _due in frame.curve.points)) if start <= at < end]
    if arrived and arrived[0] < start:
        shown.append(start + USUAL_OPENING)
    shown = shown or [min(max(frame.now, start), end)]
    first = start + (min(shown) - start) // bar * bar
    last = max(*shown, first + timedelta(hours=1))
    return first, first + ((last - first) // bar + 1) * bar


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _groups(numbers: Snapshot) -> tuple[Group, ...]:
    titles = (
        ("registration_type", _("By registration")),
        ("agency_type", _("By type of agency")),
        ("sworn", _("Sworn")),
        ("state", _("By state")),
        ("agency", _("By agency")),
    )
    return tuple(
        Group(facet, title, Bars(title, tuple(_share(share) for share in numbers.facets[facet][:MOST_SHARES])))
        for facet, title in titles
        if any(share.value for share in numbers.facets[facet])
    )


def _share(share: Share) -> Bar:
    words = f"{_count(share.checked_in)} / {_count(share.expected)}"
    return Bar(share.value or _("not said"), share.checked_in, share.expected or None, words)


def _rooms_now(frame: Frame) -> tuple[Mapping[SessionId, ProgrammeSession], str]:
    """The sessions whose doors are open, or else the next ones."""
    held = [session for session in frame.sessions if not session.cancelled and session.kind != "service"]
    running = {session.id: session for session in held if session.opens <= frame.now < session.end}
    if running:
        return running, _("Rooms now")
    coming = [session for session in held if session.start > frame.now]
    if not coming:
        return {}, _("Rooms")
    start = min(session.start for session in coming)
    following = {session.id: session for session in coming if session.start == start}
    return following, _("Rooms, {when}").format(when=_when(start, frame))


def _rooms(numbers: Snapshot, shown: Mapping[SessionId, ProgrammeSession]) -> Bars:
    rooms = [room for room in numbers.rooms if room.session in shown]
    rooms.sort(key=lambda room: (-(room.percent if room.percent is not None else -1), shown[room.session].room))
    return Bars(_("Rooms"), tuple(_room(room, shown[room.session]) for room in rooms), _("Nothing is scheduled now."))


def _room(room: RoomFigures, session: ProgrammeSession) -> Bar:
    name = f"{session.room} · {session.code}"
    if room.percent is None:
        return Bar(name, room.inside, None, _("{inside} in").format(inside=room.inside))
    if room.percent >= 100:
        return Bar(name, room.inside, room.capacity, _("FULL · {inside}").format(inside=room.inside), crowded=True)
    words = f"{room.inside} / {room.capacity} · {room.percent} %"
    return Bar(name, room.inside, room.capacity, words, crowded=room.percent >= CROWDED_PERCENT)


def _station_row(station: StationFigures, frame: Frame) -> tuple[str, ...]:
    last = clock_words(station.last, frame.zone) if station.last else ""
    counts = (
        station.checked_in, station.repeats, station.refused, station.unknown, station.overrides, station.undone,
        station.reprints, station.alone,
    )  # fmt: skip
    return (station.name, *(_count(count) for count in counts), last)


def _courses(numbers: Snapshot) -> str:
    if not any(numbers.courses[1:]):
        return ""
    done, some = numbers.courses[-1], sum(numbers.courses[1:])
    return _("{done} of {some} people who attended courses have been in all {courses}.").format(
        done=_count(done), some=_count(some), courses=len(numbers.courses) - 1
    )


# Words


def _count(number: int) -> str:
    return f"{number:,}"


def _when(at: datetime, frame: Frame) -> str:
    local, today = at.astimezone(frame.zone), frame.now.astimezone(frame.zone)
    clock = clock_words(at, frame.zone)
    return clock if local.date() == today.date() else f"{local.strftime('%a %b')} {local.day}, {clock}"
