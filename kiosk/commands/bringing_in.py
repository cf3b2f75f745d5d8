"""Files brought in from the shell, whatever is in them: read, said, what needs a decision set aside, written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import click

from kiosk.commands.shell import answer, complain
from kiosk.errors import BadInput
from kiosk.i18n import _

Plan = TypeVar("Plan")
Saved = TypeVar("Saved")


@dataclass(frozen=True, slots=True)
class Bringing(Generic[Plan, Saved]):
    """How files of one kind are brought in. The parts raise BadInput, in words, for a file that cannot be read."""

    command: str
    """That takes a batch back: `kiosk enrol`."""
    plan: Callable[[Path], Plan]
    write: Callable[[Plan], Saved]
    saved: Callable[[Saved], tuple[str, int]]
    """The id of a batch, and how much it changed."""
    decisions: Callable[[Plan, Path], Path | None]
    """Writes what needs a decision to a file, where anything does."""
    words: Callable[[Plan], Iterable[str]]
    data: Callable[[Plan, Saved | None, Path | None], Any]
    after: Callable[[Plan], object] = lambda _plan: None
    """Called when a file is done, before the next."""

    def all(self, files: Sequence[Path], decisions: Path, *, dry_run: bool, as_json: bool) -> int:
        """File after file; one that cannot be read does not stop the others. Answers how many could not be."""
        return sum(not self._one(file, decisions, dry_run, as_json) for file in files)

    def _one(self, file: Path, decisions: Path, dry_run: bool, as_json: bool) -> bool:
        try:
            plan = self.plan(file)
            path = decisions if decisions.suffix else decisions / f"{file.name}.decisions.csv"
            written = self.decisions(plan, path)
            batch = None if dry_run else self.write(plan)
        except BadInput as error:
            complain(str(error))
            return False
        self.after(plan)
        if as_json:
            answer(self.data(plan, batch, written))
        else:
            for line in (*self.words(plan), *self._what_became(batch, written)):
                click.echo(line)
        return True

    def _what_became(self, batch: Saved | None, written: Path | None) -> Iterable[str]:
        if written:
            yield _("What needs a decision is in {path}").format(path=written)
        if batch is None:
            yield _("Nothing has been saved: this was a dry run.")
            return
        name, count = self.saved(batch)
        words = _("Saved as batch {batch}; `{command} --undo {batch}` takes it back.") if count else _("No changes.")
        yield words.format(batch=name, command=self.command)
