"""The programme in the window: what is held where and when; brought in, changed late, written for others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QHBoxLayout, QVBoxLayout

from kiosk.domain.people import Attendee
from kiosk.domain.programme import ClaimPolicy, ProgrammeSession, Room
from kiosk.domain.programme_edit import read_fields, read_new
from kiosk.i18n import _, ngettext
from kiosk.ui.notices import sentence
from kiosk.ui.programme_jobs import enrolments_job, programme_job
from kiosk.ui.screens.review_page import ReviewPage
from kiosk.ui.screens.rooms_form import RoomsForm
from kiosk.ui.screens.session_form import SessionForm
from kiosk.ui.screens.text_page import TextPage
from kiosk.ui.tools import PageTools
from kiosk.ui.widgets.controls import button, field
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.page_stack import PageStack
from kiosk.ui.widgets.sessions import TITLE, SessionLine, Sessions, matching, seats_of, session_line, sessions_table
from kiosk.ui.widgets.text import label

WIDE, NARROW = 3, 2
"""Columns of the form, at the usual text size and at large ones."""
_INTO_THE_LIST = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
Everything = tuple[Sequence[ProgrammeSession], Sequence[Room], Mapping[str, int]]


class ProgrammePage(PageStack):
    """The list of sessions, and what is opened from it; Esc leads one step back."""

    def __init__(self, tools: PageTools) -> None:
        self.search = field(_("Search the programme"), hint=_("Code, title, room or track"))
        super().__init__(self.search)
        self._tools = tools
        self._services = tools.services
        self._files = tools.services.programme_files()
        self._zone = tools.info.zone
        self._rooms: Sequence[Room] = ()
        self._counts: Mapping[str, int] = {}
        self._lines: Sequence[SessionLine] = ()
        self._session: ProgrammeSession | None = None
        self.list = self._build_list()
        columns = NARROW if tools.theme.is_large else WIDE
        self.form = SessionForm(self._save, self._ask_who, self.start, columns)
        self.rooms = RoomsForm(self._save_room, self._save_desk, self.start)
        self.review = ReviewPage(tools.desk, tools.slow, self.start)
        self.review.brought_in.connect(self._load)
        self.people = TextPage(_("Who is enrolled"), self.escape)
        self.show_page(self.list)

    def _build_list(self) -> QFrame:
        page = QFrame()
        page.setProperty("role", "card")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(28, 20, 28, 20)
        layout.setSpacing(12)
        self.title = label(_("Programme"), "panel-title")
        self.told = label("", "muted", wrap=True)
        self.saved = label("", "bar-text", wrap=True)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.days = QComboBox()
        self.days.setAccessibleName(_("Day"))
        self.days.currentIndexChanged.connect(self._filter)
        looked_for = QHBoxLayout()
        looked_for.addWidget(self.search, 1)
        looked_for.addWidget(self.days)
        self.model = Sessions()
        self.table = sessions_table(self.model)
        self.table.activated.connect(self._open_chosen)
        words = _("There is no programme yet. Bring one in: doors, hours and who goes where follow from it.")
        self.empty = label(words, "plain-text", wrap=True)
        layout.addWidget(self.title)
        layout.addWidget(self.told)
        layout.addWidget(self.saved)
        layout.addLayout(looked_for)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1, Qt.AlignmentFlag.AlignTop)
        self.change_button = button(_("Change…"), self._open_chosen, "primary")
        self.add_button = button(_("Add…"), self._add)
        self.import_button = button(_("Import…"), self.open_import)
        self.enrol_button = button(_("Enrolments…"), self.open_enrolments)
        self.rooms_button = button(_("Rooms, desk…"), self._open_rooms)
        self.export_button = button(_("Export…"), self._export)
        row = Flow()
        for pressed in (
            self.change_button, self.add_button, self.import_button, self.enrol_button, self.rooms_button,
            self.export_button, button(_("Back"), self._tools.back, told="Esc"),
        ):  # fmt: skip
            row.addWidget(pressed)
        layout.addLayout(row)
        return page

    # The list

    def start(self) -> None:
        """The list, as the programme is now."""
        self.show_page(self.list)
        self.saved.hide()
        self.search.setFocus()
        self._load()

    def escape(self) -> bool:
        """One step back, where this is not the list already."""
        if self.page is self.list:
            return False
        if self.page is self.people:
            self.show_page(self.form)
            self.form.who_button.setFocus()
        else:
            self.start()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search, the down arrow and Enter lead into the list."""
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key()
        if watched is self.search and pressed in _INTO_THE_LIST and self.model.rowCount():
            self.table.setFocus()
            self.table.selectRow(max(0, self.table.currentIndex().row()))
            return True
        return super().eventFilter(watched, event)

    def _load(self) -> None:
        programme = self._services.programme
        self._tools.desk.run(
            lambda: (programme.sessions(), programme.rooms(), programme.enrolled_counts()),
            self._loaded,
            self._not_loaded,
        )

    def _loaded(self, found: Everything) -> None:
        sessions, self._rooms, self._counts = found
        rooms = {room.name: room.capacity for room in self._rooms}
        self._lines = [
            session_line(session, seats_of(session, rooms), self._counts.get(session.id, 0), self._zone)
            for session in sessions
        ]
        chosen = self.days.currentData()
        self.days.blockSignals(True)
        self.days.clear()
        self.days.addItem(_("All days"), "")
        for day in dict.fromkeys(line.day for line in self._lines):
            self.days.addItem(day, day)
        self.days.setCurrentIndex(max(0, self.days.findData(chosen)))
        self.days.blockSignals(False)
        self._filter()
        if not self._lines:
            self.import_button.setFocus()
        self.table.resizeColumnsToContents()
        self.table.horizontalHeader().setSectionResizeMode(TITLE, self.table.horizontalHeader().ResizeMode.Stretch)

    def _not_loaded(self, error: Exception) -> None:
        self.told.setText(sentence(error))

    def _filter(self) -> None:
        before = self.model.line(self.table.currentIndex().row())
        lines = matching(self._lines, self.search.text(), str(self.days.currentData() or ""))
        self.model.show_lines(lines)
        row = self.model.row_of(before.session.id) if before else -1
        if lines:
            self.table.selectRow(max(0, row))
        some = bool(self._lines)
        self.empty.setVisible(not some)
        needs_some = (self.change_button, self.add_button, self.export_button, self.enrol_button)
        for each in (self.table, self.search, self.days, *needs_some):
            each.setVisible(some)
        self.change_button.setEnabled(bool(lines))
        words = ngettext("{n:,} session", "{n:,} sessions", len(lines)).format(n=len(lines))
        if len(lines) != len(self._lines):
            words = _("{shown} of {all:,}").format(shown=words, all=len(self._lines))
        places = sum(self._counts.get(line.session.id, 0) for line in lines)
        enrolled = ngettext("{n:,} place given", "{n:,} places given", places).format(n=places)
        self.told.setText(f"{words} · {enrolled}" if some else "")

    # One session

    def _open_chosen(self, *_index: object) -> None:
        line = self.model.line(self.table.currentIndex().row())
        if line is not None:
            self._open(line.session)

    def _open(self, session: ProgrammeSession) -> None:
        self._session = session
        self.show_page(self.form)
        self.form.show_session(session, self._rooms, self._counts.get(session.id, 0), self._zone)

    def _add(self) -> None:
        line = self.model.line(self.table.currentIndex().row()) or self._lines[0]
        self._session = None
        self.show_page(self.form)
        self.form.show_new(line.session, self._rooms, self._zone)

    def _save(self, texts: Mapping[str, str]) -> None:
        session, by = self._session, self._tools.by
        zone, programme = self._zone, self._services.programme

        def work() -> ProgrammeSession:
            if session is None:
                return programme.add(read_new(texts.get("code", ""), texts, zone), by)
            return programme.change(session.id, read_fields(session, texts, zone), by)

        if texts:
            self._tools.desk.run(work, self._saved, self._not_saved)
        else:
            self.start()

    def _saved(self, saved: ProgrammeSession) -> None:
        self.start()
        people = self._counts.get(saved.id, 0)
        words = _("{code} is saved.").format(code=saved.code)
        if people:
            told = ngettext(
                "{n} person has a place in it; open it to see who has to be told.",
                "{n} people have a place in it; open it to see who has to be told.",
                people,
            )
            words = f"{words} {told.format(n=people)}"
        self.saved.setText(words)
        self.saved.show()

    def _not_saved(self, error: Exception) -> None:
        self.form.show_problem(sentence(error))

    def _ask_who(self) -> None:
        session = self._session
        if session is not None:
            self._tools.desk.run(
                lambda: self._services.programme.enrolled(session.id),
                partial(self._show_people, session),
                self._not_saved,
            )

    def _show_people(self, session: ProgrammeSession, people: Sequence[Attendee]) -> None:
        lines = [" · ".join(part for part in (each.full_name, each.agency, each.number) if part) for each in people]
        self.people.show_text("\n".join([f"{session.code} · {session.title}", "", *lines]))
        self.show_page(self.people)
        self.people.text.setFocus()

    # Rooms

    def _open_rooms(self) -> None:
        self.show_page(self.rooms)
        self.rooms.show_rooms(self._rooms, self._services.programme.desk_claim)

    def _save_room(self, room: Room) -> None:
        programme, by = self._services.programme, self._tools.by
        self._change_places(lambda: programme.change_room(room, by))

    def _save_desk(self, claim: ClaimPolicy) -> None:
        programme = self._services.programme
        self._change_places(lambda: programme.change_desk(claim))

    def _change_places(self, change: Callable[[], object]) -> None:
        programme = self._services.programme

        def work() -> tuple[Sequence[Room], ClaimPolicy]:
            change()
            return programme.rooms(), programme.desk_claim

        self._tools.desk.run(work, self._places_saved, lambda error: self.rooms.show_problem(sentence(error)))

    def _places_saved(self, places: tuple[Sequence[Room], ClaimPolicy]) -> None:
        self._rooms, desk = places
        self.rooms.show_rooms(self._rooms, desk)
        self._tools.strict_changed(desk is ClaimPolicy.STRICT)

    # Files

    def open_import(self) -> None:
        """Bring in a programme."""
        self.show_page(self.review)
        self.review.start(programme_job(self._files.programme, self._tools.by, self._zone))

    def open_enrolments(self) -> None:
        """Bring in who goes where."""
        self.show_page(self.review)
        self.review.start(enrolments_job(self._files.enrolments, self._tools.by))

    def _export(self) -> None:
        kinds = "{} (*.ics);;{} (*.json)".format(_("Calendar"), _("Schedule for other programs"))
        name, _kind = QFileDialog.getSaveFileName(self, _("Write the programme"), "programme.ics", kinds)
        if name:
            self.export(Path(name))

    def export(self, path: Path) -> None:
        """Write the programme to a file; its ending says as what."""
        service = self._files.export
        self._tools.desk.run(lambda: service.write(path), partial(self._exported, path), self._not_loaded)

    def _exported(self, path: Path, count: int) -> None:
        words = ngettext("{n:,} session written to {file}", "{n:,} sessions written to {file}", count)
        self.told.setText(words.format(n=count, file=path))
