"""`kiosk scan`: present codes as a scanner would, one answer each as soon as it is decided."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import click

from kiosk.commands.shell import Shell, answer, complain, json_option, pass_shell
from kiosk.domain.admission import DESK
from kiosk.domain.journal import Role
from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.scan_lines import LineJoiner
from kiosk.domain.verdicts import Doorway, Outcome, Verdict
from kiosk.domain.words import headline, reason_line, what_to_say
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.badges import Badges
from kiosk.services.check_in import CheckIn
from kiosk.services.doors import Doors
from kiosk.services.station import Station


@click.command("scan")
@click.argument("codes", nargs=-1, metavar="[CODE…]")
@click.option("--at", "place", default=DESK, show_default=True, help="The place: desk, a session's code, or a room.")
@click.option("--out", is_flag=True, help="On the way out of a session.")
@click.option("--time", "time", help="When it was scanned, as ISO 8601; otherwise now.")
@json_option
@pass_shell
def scan_command(
    shell: Shell, codes: tuple[str, ...], place: str, out: bool, time: str | None, as_json: bool
) -> None:  # fmt: skip
    """Present CODEs at a place; without any, one per line of standard input. Exits 1 if somebody was not let in."""
    with shell.station() as station:
        present = _presenter(station, place, out, _when(time, station))
        refused = False
        for text in codes or lines_of_input():
            verdict = present(text)
            if verdict is None:
                continue
            refused |= verdict.outcome in _NOT_LET_IN
            if as_json:
                answer(as_content(verdict, station))
            else:
                click.echo(_in_words(verdict, station))
            if verdict.outcome is Outcome.NOT_SAVED:
                complain(verdict.looks_like)
    if refused:
        raise click.exceptions.Exit(1)


_NOT_LET_IN = frozenset({Outcome.REDIRECT, Outcome.REFUSED, Outcome.UNKNOWN, Outcome.NOT_SAVED})


def _presenter(station: Station, place: str, out: bool, at: datetime | None) -> Callable[[str], Verdict | None]:
    """What answers a scan at this place. Raises BadInput for one nobody knows."""
    if place != DESK:
        doors = Doors(station.store, station)
        door = doors.door_of(place)
        station.store.journal.role = Role.DOOR
        return lambda text: doors.present(text, door, out=out, at=at)
    if out:
        raise BadInput(_("At the desk people arrive. Say at which session they leave: --at CODE --out."))
    badges = Badges(station.store, station)
    check_in = CheckIn(station.store, station, badges.on_first_admission)
    return lambda text: check_in.present(text, DESK, at)


def lines_of_input() -> Iterator[str]:
    """Scans from standard input; the lines of a contact card are one scan."""
    joiner = LineJoiner()
    stream = sys.stdin.buffer
    while line := stream.readline(1 << 20):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        whole = joiner.feed(text)
        if whole is not None:
            yield whole
    rest = joiner.flush()
    if rest:
        yield rest


def _when(text: str | None, station: Station) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("{text} is no time. Write it like 2023-05-03T15:31:04-04:00.").format(text=text)) from error
    return (at if at.tzinfo else at.replace(tzinfo=station.conference.zone_info)).astimezone(UTC)


def as_content(verdict: Verdict, station: Station) -> dict[str, Any]:
    """A verdict as JSON for programs."""
    attendee, first = verdict.attendee, verdict.first
    zone = station.conference.zone_info
    return {
        "verdict": verdict.outcome.value,
        "reason": verdict.reason.value,
        "more": [reason.value for reason in verdict.more],
        "headline": headline(verdict),
        "say": what_to_say(verdict, zone),
        "attendee": {
            "id": attendee.id,
            "name": attendee.name,
            "agency": attendee.agency,
            "type": attendee.registration_type,
            "number": attendee.number,
        }
        if attendee
        else None,
        "first": {"at": stamp(first.at), "place": _place(verdict), "station": first.station, "by": first.by}
        if first
        else None,
        "place": _place(verdict),
        "code": verdict.code,
        "looks_like": verdict.looks_like,
        "replaced_by": verdict.replaced_by,
        "repeat": verdict.repeat,
        "record": str(verdict.record) if verdict.record else None,
        "at": stamp(verdict.at),
        "basis": {"hub_age_s": None},
        **_of_session(verdict.doorway),
    }


def _place(verdict: Verdict) -> str:
    """Where it was, as people call it: a session by its code."""
    session = verdict.doorway.session if verdict.doorway else None
    return session.code if session else verdict.place


def _of_session(doorway: Doorway | None) -> dict[str, Any]:
    """What the answer of a session's door says besides."""
    if doorway is None:
        return {}
    right, left = doorway.right, doorway.left
    return {
        "session": _session(doorway.session) if doorway.session else None,
        "room": doorway.room,
        "out": doorway.out,
        "inside": doorway.inside,
        "capacity": doorway.capacity,
        "opens": stamp(doorway.opens) if doorway.opens else None,
        "right_room": {**_session(right), "directions": doorway.directions} if right else None,
        "left_room": {**_session(left), "since": stamp(doorway.left_since)} if left and doorway.left_since else None,
    }


def _session(session: ProgrammeSession) -> dict[str, str]:
    return {
        "id": session.id,
        "code": session.code,
        "title": session.title,
        "room": session.room,
        "start": stamp(session.start),
        "end": stamp(session.end),
    }


def stamp(at: datetime) -> str:
    """A time as UTC text, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _in_words(verdict: Verdict, station: Station) -> str:
    about = verdict.attendee.full_name if verdict.attendee else ""
    zone = station.conference.zone_info
    parts = (headline(verdict), about, reason_line(verdict, zone), what_to_say(verdict, zone))
    return " · ".join(part for part in parts if part)
