"""Badge layouts: those we ship, those a conference made, and which one a badge gets.

Own layouts are records, so that they reach the other stations; a layout is read as strictly when it comes back as when
it came in.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path

from kiosk.config import asset
from kiosk.domain.badge import Badge
from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import Kind, Role
from kiosk.domain.layout import Layout
from kiosk.domain.layout_choice import MAX_TYPES, KeptLayout, LayoutRules, choose, read_rules, write_rules
from kiosk.domain.layout_json import MAX_BYTES, read_layout, write_layout
from kiosk.domain.pretix_layout import is_pretix, read_pretix
from kiosk.domain.printers import Media
from kiosk.domain.sheets import Sheet
from kiosk.domain.typed import one_line
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.station import Station
from kiosk.storage import layout_view
from kiosk.storage.store import Store

DEFAULT = "attendee-4x3"
"""The shipped layout that is used where nobody chose one."""
_FOLDER = "layouts"

_log = logging.getLogger(__name__)


class Layouts:
    """The layouts of one station. Safe to use from the desk's thread and the printers'."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    # Looking

    def all(self) -> list[KeptLayout]:
        """Own layouts by name, then the shipped ones, the usual one first."""
        with self._store.reading():
            found = layout_view.layouts(self._store.view.connection)
        own = [kept for name, data in found.items() if (kept := _own(name, data))]
        return [*sorted(own, key=lambda kept: kept.name.casefold()), *self._shipped]

    def get(self, layout_id: str) -> KeptLayout:
        """The layout of this id. Raises BadInput when there is none any more."""
        found = next((kept for kept in self.all() if kept.id == layout_id), None)
        if found is None:
            raise BadInput(_("This layout is gone: somebody removed it. Choose another one."))
        return found

    def rules(self) -> LayoutRules:
        """Which layout for which registration type."""
        with self._store.reading():
            data = layout_view.rules(self._store.view.connection)
        try:
            rules = read_rules(data) if data else LayoutRules()
        except ValueError:
            _log.warning("the rules for badge layouts cannot be read")
            rules = LayoutRules()
        return replace(rules, default=rules.default or DEFAULT)

    def layout_for(self, badge: Badge, media: Media | None = None, rotate: int = 0) -> Layout:
        """The layout this badge gets on these labels; without `media` on paper of any size.

        `rotate` is by how much the printer turns pages. Raises BadInput, saying what to do, when none fits.
        """
        return choose(self.all(), self.rules(), badge, media, turned=rotate in (90, 270))

    def for_sheet(self, sheet: Sheet) -> Callable[[Badge], Layout]:
        """Which layout each badge gets on such a sheet: as they are now, for hundreds of badges.

        What it answers raises BadInput when none fits the cells.
        """
        kept, rules = self.all(), self.rules()
        if rules.default == DEFAULT:
            rules = replace(rules, default=sheet.layout)
        return lambda badge: choose(kept, rules, badge, sheet.cell)

    @cached_property
    def _shipped(self) -> tuple[KeptLayout, ...]:
        files = sorted(asset(_FOLDER).glob("*.json"), key=lambda file: (file.stem != DEFAULT, file.stem))
        return tuple(KeptLayout(file.stem, read_layout(file.read_bytes()), shipped=True) for file in files)

    # Changing

    def save(self, layout: Layout, layout_id: str = "", by: str | None = None) -> KeptLayout:
        """Keep a layout under its id, or as a new one. A shipped one is not changed: its copy is a new one.

        Raises BadInput when another one has its name.
        """
        known = self.all()
        shipped = any(kept.id == layout_id and kept.shipped for kept in known)
        if not layout_id or shipped:
            layout_id = new_id(secrets.token_bytes(ID_BYTES))
        clash = any(kept.name.casefold() == layout.name.casefold() and kept.id != layout_id for kept in known)
        if clash and shipped:
            layout = replace(layout, name=free_name(layout.name, known))
        elif clash:
            raise BadInput(_("There is already a layout called {name}. Choose another name.").format(name=layout.name))
        data = write_layout(layout)
        kept = KeptLayout(layout_id, read_layout(data))  # what cannot be read back must not be kept
        self._write(Kind.LAYOUT, {"layout": layout_id}, data, by)
        return kept

    def rename(self, layout_id: str, name: str, by: str | None = None) -> KeptLayout:
        """Give an own layout another name. Raises BadInput."""
        kept = self._changeable(layout_id)
        name = one_line(name, 80)
        if not name:
            raise BadInput(_("Give the layout a name."))
        return self.save(replace(kept.layout, name=name), layout_id, by)

    def duplicate(self, layout_id: str, by: str | None = None) -> KeptLayout:
        """A copy under a name of its own."""
        kept = self.get(layout_id)
        return self.save(replace(kept.layout, name=free_name(kept.name, self.all())), by=by)

    def remove(self, layout_id: str, by: str | None = None) -> None:
        """Take an own layout away; types that had it get the usual one. Raises BadInput for a shipped one."""
        self._changeable(layout_id)
        self._write(Kind.LAYOUT, {"layout": layout_id, "removed": True}, None, by)
        rules = self.rules()
        if rules.without(layout_id) != rules:
            self.set_rules(rules.without(layout_id), by)

    def set_rules(self, rules: LayoutRules, by: str | None = None) -> None:
        """Say which layout is for which registration type."""
        if len(rules.by_type) > MAX_TYPES:
            raise BadInput(_("That is more registration types than there can be."))
        self._write(Kind.LAYOUT_RULES, {}, write_rules(rules), by)

    # Files

    def bring_in(self, data: bytes, by: str | None = None) -> tuple[KeptLayout, tuple[str, ...]]:
        """Keep the layout in this file, ours or one of pretix, under a free name; and what could not be taken over.

        Raises BadInput with the place and the advice.
        """
        remarks: tuple[str, ...] = ()
        if is_pretix(data):
            layout, remarks = read_pretix(data)
        else:
            layout = read_layout(data)
        known = self.all()
        if any(kept.name.casefold() == layout.name.casefold() for kept in known):
            layout = replace(layout, name=free_name(layout.name, known))
        return self.save(layout, by=by), remarks

    def bring_in_file(self, path: Path, by: str | None = None) -> tuple[KeptLayout, tuple[str, ...]]:
        """`bring_in` from a file. Raises BadInput for one that cannot be read or is no layout."""
        try:
            if path.stat().st_size > MAX_BYTES:
                raise BadInput(_("{path} is too large for a badge layout.").format(path=path.name))
            data = path.read_bytes()
        except OSError as error:
            raise BadInput(_("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror)) from error
        try:
            return self.bring_in(data, by)
        except BadInput as error:
            raise BadInput(f"{path.name}: {error}") from error

    def save_file(self, layout_id: str, path: Path) -> None:
        """A layout into a file, to be brought in elsewhere. Raises BadInput."""
        try:
            path.write_bytes(self.file_of(layout_id))
        except OSError as error:
            words = _("{path} cannot be written: {reason}.")
            raise BadInput(words.format(path=path, reason=error.strerror)) from error

    def file_of(self, layout_id: str) -> bytes:
        """A layout as the bytes of a file. Raises BadInput."""
        return write_layout(self.get(layout_id).layout)

    def _changeable(self, layout_id: str) -> KeptLayout:
        kept = self.get(layout_id)
        if kept.shipped:
            raise BadInput(_("{name} comes with the program. Make a copy and change that.").format(name=kept.name))
        return kept

    def _write(self, kind: Kind, body: Mapping[str, object], value: bytes | None, by: str | None) -> None:
        with self._store.write() as journal:
            # A layout is longer than a record may be; beside it, it may be as long as it likes.
            values = [] if value is None else [value]
            actor = self._station.actor(journal, by)
            journal.append(kind, body, at=self._station.clock(), actor=actor, values=values, role=Role.ORGANIZER)


def free_name(name: str, known: list[KeptLayout]) -> str:
    """A name like this one that none of them has: `Badge 2`."""
    taken = {kept.name.casefold() for kept in known}
    return next(new for number in range(2, 10_000) if (new := f"{name[:70]} {number}").casefold() not in taken)


def _own(layout_id: str, data: bytes) -> KeptLayout | None:
    try:
        return KeptLayout(layout_id, _read(data))
    except BadInput:
        _log.warning("a badge layout cannot be read and is left out")  # a newer program may know what it means
        return None


@lru_cache(maxsize=64)
def _read(data: bytes) -> Layout:
    return read_layout(data)
