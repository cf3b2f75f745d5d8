"""`kiosk programme`: what is held where and when; in from a file, out to one, and changed late."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import click

from kiosk.commands.bringing_in import Bringing
from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.programme_edit import read_fields, read_new
from kiosk.domain.programme_json import session_fields
from kiosk.domain.programme_plan import Gone
from kiosk.domain.programme_words import day_words, span_words
from kiosk.errors import BadInput
from kiosk.i18n import _, ngettext
from kiosk.services.agenda import agenda_text
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.programme import Programme
from kiosk.services.programme_export import ExportProgramme
from kiosk.services.programme_report import as_data, in_words, write_decisions
from kiosk.services.roster import Roster
from kiosk.services.station import Station


@click.command("programme")
@click.argument("words", nargs=-1, metavar="[FILE… | NAME=VALUE…]")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option(
    "--gone",
    type=click.Choice([choice.value for choice in Gone]),
    default=Gone.KEEP.value,
    show_default=True,
    help="Sessions an earlier file had and this one has not.",
)
@click.option(
    "--decisions", type=click.Path(dir_okay=False, path_type=Path), help="Where to write what needs a decision."
)
@click.option("--undo", metavar="BATCH", help="Take an earlier import back, while nobody has a place in it.")
@click.option(
    "--export",
    "export",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the programme: FILE.ics or FILE.json (c3voc, frab).",
)
@click.option("--change", metavar="CODE", help='Change a session: --change HP1A room="Salon B" start="9:00 AM".')
@click.option("--add", "added", metavar="CODE", help="Add a session: --add HP1X title=… room=… start=… end=….")
@click.option("--agenda", metavar="CODE", help="Where this person has a place; with --export FILE.ics, as a calendar.")
@click.option("--enrolled", metavar="CODE", help="Who has a place in this session, to tell them.")
@json_option
@pass_shell
def programme_command(
    shell: Shell,
    words: tuple[str, ...],
    dry_run: bool,
    gone: str,
    decisions: Path | None,
    undo: str | None,
    export: Path | None,
    change: str | None,
    added: str | None,
    agenda: str | None,
    enrolled: str | None,
    as_json: bool,
) -> None:
    """Read sessions from JSON, CSV, XLSX, frab or pretalx, or iCalendar; without a word, list them."""
    chosen = [name for name in (undo, agenda or export, change, added, enrolled) if name]
    changing = change or added
    if len(chosen) > 1 or (chosen and words and not changing) or (changing and not words):
        raise click.UsageError(
            _("Name files to import, or one of --undo, --export, --agenda, --enrolled, --add, --change NAME=VALUE…")
        )
    with shell.station() as station:
        at_work = _AtWork(station, as_json)
        if undo:
            at_work.undo(undo)
        elif agenda:
            at_work.agenda(agenda, export)
        elif export:
            at_work.export(export)
        elif change:
            at_work.change(change, words)
        elif added:
            at_work.add(added, words)
        elif enrolled:
            at_work.enrolled(enrolled)
        elif words:
            folder = decisions or shell.folder / "imports"
            if at_work.read(tuple(map(Path, words)), Gone(gone), folder, dry_run):
                raise click.exceptions.Exit(1)
        else:
            at_work.list()


class _AtWork:
    def __init__(self, station: Station, as_json: bool) -> None:
        self._programme = Programme(station.store, station)
        self._imports = ImportProgramme(station.store, station)
        self._export = ExportProgramme(station, self._programme)
        self._roster = Roster(station.store, station)
        self._zone = station.conference.zone_info
        self._as_json = as_json

    def read(self, files: tuple[Path, ...], gone: Gone, decisions: Path, dry_run: bool) -> int:
        """Import file after file; answers how many could not be read."""
        bringing = Bringing(
            "kiosk programme",
            lambda file: self._imports.plan(file, gone),
            self._imports.write,
            lambda batch: (batch.id, batch.count),
            write_decisions,
            lambda plan: in_words(plan, self._zone),
            lambda plan, batch, written: as_data(plan, batch, written, self._zone),
        )
        return bringing.all(files, decisions, dry_run=dry_run, as_json=self._as_json)

    def undo(self, batch: str) -> None:
        self._imports.undo(batch)
        if self._as_json:
            answer({"undone": batch})
        else:
            click.echo(_("Taken back."))

    def agenda(self, code: str, file: Path | None) -> None:
        person = self._roster.holder(code)
        if person is None:
            raise BadInput(_("Nobody on the roster has the code {code}.").format(code=code[:40]))
        if file is not None:
            self.export(file, person.id)
            return
        sessions = self._programme.enrolments_of(person.id)
        if self._as_json:
            for session in sessions:
                answer(_as_json(session))
        else:
            click.echo(agenda_text(person, sessions, self._zone), nl=False)

    def export(self, file: Path, attendee_id: str | None = None) -> None:
        count = self._export.write(file, attendee_id)
        if self._as_json:
            answer({"file": str(file), "sessions": count})
        else:
            words = ngettext("{n} session in {file}", "{n} sessions in {file}", count)
            click.echo(words.format(n=count, file=file))

    def change(self, code: str, words: tuple[str, ...]) -> None:
        session = self._session(code)
        texts = dict(map(_assignment, words))
        changed = self._programme.change(session.id, read_fields(session, texts, self._zone))
        people = len(self._programme.enrolled(session.id))
        if self._as_json:
            answer({**_as_json(changed), "changed": changed != session, "enrolled": people})
            return
        click.echo(self._line(changed) if changed != session else _("No changes."))
        if people and changed != session:
            told = ngettext(
                "{n} person has a place in it: `kiosk programme --enrolled {code}` names them.",
                "{n} people have a place in it: `kiosk programme --enrolled {code}` names them.",
                people,
            )
            click.echo(told.format(n=people, code=changed.code))

    def add(self, code: str, words: tuple[str, ...]) -> None:
        made = self._programme.add(read_new(code, dict(map(_assignment, words)), self._zone))
        if self._as_json:
            answer(_as_json(made))
        else:
            click.echo(self._line(made))

    def enrolled(self, code: str) -> None:
        session = self._session(code)
        for person in self._programme.enrolled(session.id):
            if self._as_json:
                answer({"id": person.id, "name": person.full_name, "agency": person.agency, "email": person.email})
            else:
                click.echo(" · ".join(part for part in (person.full_name, person.agency, person.email) if part))

    def list(self) -> None:
        sessions = self._programme.sessions()
        counts = self._programme.enrolled_counts()
        if self._as_json:
            for session in sessions:
                answer({**_as_json(session), "enrolled": counts.get(session.id, 0)})
            return
        if not sessions:
            click.echo(_("There is no programme yet: `kiosk programme FILE` reads one."))
        for day, held in groupby(sessions, key=lambda session: session.start.astimezone(self._zone).date()):
            click.echo(day_words(day))
            for session in held:
                click.echo("  " + self._line(session))

    def _line(self, session: ProgrammeSession) -> str:
        parts = [
            session.code.ljust(6),
            span_words(session.start, session.end, self._zone).ljust(20),
            session.room.ljust(20),
            session.title,
            f"({_('CANCELLED')})" if session.cancelled else "",
        ]
        return "  ".join(parts).rstrip()

    def _session(self, code: str) -> ProgrammeSession:
        session = self._programme.session(code)
        if session is None:
            raise BadInput(_("There is no session {code}. `kiosk programme` lists them.").format(code=code))
        return session


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(_("--change takes NAME=VALUE, such as room=“Salon B”; not “{text}”.").format(text=text))
    return name.strip(), value


def _as_json(session: ProgrammeSession) -> dict[str, Any]:
    times = {"start": session.start.isoformat(), "end": session.end.isoformat()}
    return {"id": session.id, **{k: v for k, v in session_fields(session).items() if k != "when"}, **times}
