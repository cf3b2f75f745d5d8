"""The day on paper: the numbers of the dashboard with their chart, what each room and station did, what was corrected.

What the dashboard shows and what this says come from the same fold, so they say the same at the same moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from kiosk.domain.charts import Columns, columns_svg
from kiosk.domain.dashboard import Dashboard
from kiosk.domain.figures import RoomFigures, Snapshot
from kiosk.domain.papers import Block, Grid, Picture, Sheet, Table, Text
from kiosk.domain.programme import ProgrammeSession
from kiosk.i18n import _
from kiosk.services.figures import LocalFigures
from kiosk.services.incidents import Incident, Incidents
from kiosk.services.report_source import Source
from kiosk.storage import programme

CHART_PX = (680, 260)


@dataclass(frozen=True, slots=True)
class Day:
    """What a day report says."""

    made: str
    board: Dashboard
    numbers: Snapshot
    sessions: tuple[ProgrammeSession, ...]
    incidents: tuple[Incident, ...]


def day_table(source: Source) -> Table:
    """The whole report as one list, for spreadsheets: which part, what, how many, of how many, what else."""
    day = _day(source)
    rows: list[tuple[str, ...]] = [(_("Report"), _("Made"), "", "", day.made)]
    rows += [(_("Numbers"), each.title, each.value.replace(",", ""), "", each.base) for each in day.board.headlines]
    rows.append((_("Corrections"), _("Taken back"), str(day.numbers.total("undone")), "", day.board.corrected))
    rows += [(_("Arrivals"), *row, day.board.arrivals.unit) for row in _arrival_rows(day.board.arrivals)]
    rows += [(_("Rooms"), row[0], row[1], row[3], row[4]) for row in _room_rows(day)]
    others = day.board.station_headers[2:]
    for name, checked_in, *cells in day.board.stations:
        more = " · ".join(f"{header} {cell}" for header, cell in zip(others, cells, strict=True))
        rows.append((_("Stations"), name, checked_in, "", more))
    rows += [(_("Incidents"), each.what, "", "", f"{each.who} · {_state(each)}") for each in day.incidents]
    headers_of_all = (_("Part"), _("What"), _("Number"), _("Of"), _("More"))
    return Table(_("Day report"), headers_of_all, tuple(rows), numbers=frozenset({2, 3}))


def day_sheet(source: Source) -> Sheet:
    """The whole report on paper."""
    return Sheet(_("Day report"), tuple(_blocks(_day(source))))


def _blocks(day: Day) -> Iterator[Block]:
    yield Text(_("Day report"), 18, bold=True, above_mm=0)
    yield Text(day.made, 10, above_mm=1)
    for words in (day.board.phase_words, day.board.corrected or _("No check-in was taken back.")):
        if words:
            yield Text(words, 11)
    numbers = tuple((each.title, each.value, each.base) for each in day.board.headlines)
    yield Grid(_plain(_("Numbers"), ("", _("Number"), _("Of what")), numbers, 1))
    yield Text(_("Arrivals"), 13, bold=True, above_mm=6)
    yield Picture(columns_svg(day.board.arrivals, *CHART_PX), CHART_PX[1] / CHART_PX[0])
    yield from _part(_("Rooms"), (_("Session"), _("Were in"), _("Inside now"), _("Seats"), _("Full")), _room_rows(day))
    yield from _part(_("Stations"), day.board.station_headers, day.board.stations)
    incidents = tuple((each.what, each.who, _state(each)) for each in day.incidents)
    yield from _part(_("Incidents"), (_("What"), _("Who"), _("State")), incidents)


def _part(title: str, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[Block]:
    yield Text(title, 13, bold=True, above_mm=6)
    if rows:
        yield Grid(_plain(title, headers, rows, *range(1, len(headers)) if len(headers) > 3 else ()), above_mm=2)
    else:
        yield Text(_("None."), 11, above_mm=1)


def _plain(title: str, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...], *numbers: int) -> Table:
    return Table(title, headers, rows, numbers=frozenset(numbers), of_people=False)


def _day(source: Source) -> Day:
    station = source.station
    with closing(LocalFigures(station.store, station)) as figures:
        board, numbers = figures.dashboard(), figures.snapshot()
    return Day(
        source.imprint().made,
        board,
        numbers,
        tuple(programme.all_sessions(source.view)),
        tuple(Incidents(station.store, station).all()),
    )


def _room_rows(day: Day) -> tuple[tuple[str, ...], ...]:
    """Sessions somebody was in: name, who was in, who is, seats, how full."""
    rooms: dict[str, RoomFigures] = {room.session: room for room in day.numbers.rooms}
    return tuple(
        (
            f"{session.code} · {session.room}",
            str(room.ever),
            str(room.inside),
            str(room.capacity or ""),
            f"{room.percent} %" if room.percent is not None else "",
        )
        for session in day.sessions
        if (room := rooms.get(session.id)) is not None and room.ever
    )


def _arrival_rows(chart: Columns) -> list[tuple[str, str, str]]:
    """Each bar: when, how many, how many were expected."""
    expected = [str(round(due)) for due in chart.expected] or [""] * len(chart.labels)
    totals = chart.totals or (0,) * len(chart.labels)
    return [(label, str(total), due) for label, total, due in zip(chart.labels, totals, expected, strict=True)]


def _state(incident: Incident) -> str:
    return _("settled by {name}").format(name=incident.settled_by) if incident.settled_by else _("open")
