"""The editor of badge layouts. Everything works from the keyboard; nothing is kept before somebody saves it, and
nothing is lost by looking elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QKeyCombination, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kiosk.domain.badge import Badge
from kiosk.domain.layout_check import back_words
from kiosk.domain.layout_choice import KeptLayout, LayoutRules
from kiosk.domain.layout_fit import FitReport
from kiosk.domain.layout_samples import samples
from kiosk.domain.words import isolated
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.badge_tools import BadgeTools
from kiosk.ui.layout_edits import LayoutEdits
from kiosk.ui.long_task import LongTask, Stopped, Tell
from kiosk.ui.notices import sentence
from kiosk.ui.tools import PageTools
from kiosk.ui.widgets.controls import button, worded
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.layout_rules import LayoutRulesForm
from kiosk.ui.widgets.layout_table import LayoutTable
from kiosk.ui.widgets.text import label

_REDO = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_Y)

DPIS = (300, 203, 600)
TURN_S, PATIENCE = 0.2, 100
"""A test print is waited for so many turns of so many seconds."""


class LayoutEditor(QFrame):
    """One layout on the table; the others wait as they were left."""

    def __init__(self, tools: PageTools) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._tools, self._layouts, self._bulk = tools, tools.services.layouts, tools.services.bulk
        self._kept: list[KeptLayout] = []
        self._edits: dict[str, LayoutEdits] = {}
        self._id = ""
        self._people = 0
        self._badge_tools: BadgeTools | None = None
        self._samples = samples(tools.info.conference)
        self.table = LayoutTable(tools.theme, self._samples[0][1], tools.slow)
        self.table.said.connect(self.say)
        self.table.changed.connect(self._table_changed)
        self._task = LongTask("layout check", self)
        self._task.progressed.connect(self._show_progress)
        self._test = LongTask("layout test", self)
        self._build()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 12, 20, 12)
        layout.setSpacing(8)
        layout.addWidget(self._build_head())
        layout.addWidget(self.table, 1)
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        self.report.setTabChangesFocus(True)
        self.report.setAccessibleName(_("What came of the check"))
        self.rules = LayoutRulesForm()
        self.rules.changed.connect(self._set_rules)
        self.table.middle.addWidget(self.report)
        self.table.middle.addWidget(self.rules)
        layout.addWidget(self._build_foot())

    def _build_head(self) -> QWidget:
        head = QWidget()
        row = Flow(head, gap_px=8)
        self.which = QComboBox()
        self.which.setAccessibleName(_("Badge layout"))
        self.which.setMinimumWidth(self._tools.theme.px(300))
        self.which.currentIndexChanged.connect(self._open)
        row.addWidget(self.which)
        self.dpi = QComboBox()
        self.dpi.setAccessibleName(_("Dots per inch"))
        for dpi in DPIS:
            self.dpi.addItem(_("{dpi} dpi").format(dpi=dpi), dpi)
        self.dpi.currentIndexChanged.connect(lambda _place: self.table.set_dpi(self.dpi.currentData()))
        row.addWidget(self.dpi)
        grid = QCheckBox(_("Grid 1 mm"))
        grid.setChecked(True)
        grid.toggled.connect(self.table.show_grid)
        row.addWidget(grid)
        self.sample_buttons: list[QPushButton] = []
        for words, badge in self._samples:
            made = button(words, partial(self._try_on, badge), "quiet")
            made.setCheckable(True)
            made.setChecked(badge is self.table.sample)
            made.setAccessibleDescription(_("Show the layout on such a badge"))
            self.sample_buttons.append(made)
            row.addWidget(made)
        return head

    def _build_foot(self) -> QWidget:
        foot = QWidget()
        layout = QVBoxLayout(foot)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.state = label("", "plain-text", wrap=True)
        self.state.hide()
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Progress"))
        self.bar.hide()
        layout.addWidget(self.state)
        layout.addWidget(self.bar)
        row = Flow(gap_px=6)
        self.save_button = button(_("Save"), self.save, "primary", "Ctrl+S")
        self.check_button = button(_("Check everybody"), self.check_everybody)
        self.stop_button = button(_("Stop"), self._task.stop)
        self.stop_button.hide()
        self.rules_button = button(_("For which types"), self.show_rules)
        self.badge_button = button(_("Show the badge"), self.show_badge)
        self.badge_button.hide()
        self.remove_button = button(_("Remove layout"), self._remove, "quiet")
        for made in (
            self.save_button, self.check_button, self.stop_button, self.badge_button, self.rules_button,
            button(_("Print test"), self.print_test), button(_("Copy layout"), self._duplicate, "quiet"),
            self.remove_button, button(_("Bring in…"), self._choose_file, "quiet"),
            button(_("Save as file…"), self._export, "quiet"), button(_("Back"), self._tools.back, "quiet", told="Esc"),
        ):  # fmt: skip
            row.addWidget(made)
        layout.addLayout(row)
        return foot

    # Opening

    def start(self) -> None:
        """The layouts there are now; what was being changed is still there."""
        self.show_badge()
        self._tools.desk.run(self._load, self._loaded, self._failed)

    def finish(self) -> None:
        """The window closes."""
        self._task.close()
        self._test.close()

    def _load(self) -> tuple[list[KeptLayout], int, BadgeTools]:
        tools = self._badge_tools or self._tools.services.badge_tools()
        people = sum(not person.attendee.placeholder for person in self._bulk.people())
        return self._layouts.all(), people, tools

    def _loaded(self, found: tuple[list[KeptLayout], int, BadgeTools]) -> None:
        self._kept, self._people, self._badge_tools = found
        self.table.use(self._badge_tools)
        words = _("Check all {count}").format(count=f"{self._people:,}")
        self.check_button.setText(worded(words))
        self.check_button.setAccessibleName(words)
        known = {each.id for each in self._kept}
        self._edits = {name: edits for name, edits in self._edits.items() if name in known}
        if self._id not in known:
            usual = self._layouts.rules().default
            self._id = usual if usual in known else self._kept[0].id
        self._fill_which()
        self._open(self.which.currentIndex())
        self.table.view.setFocus()

    def _fill_which(self) -> None:
        blocked = QSignalBlocker(self.which)
        self.which.clear()
        for each in self._kept:
            edits = self._edits.get(each.id)
            is_changed = edits is not None and edits.is_changed
            self.which.addItem(f"{edits.layout.name} *" if edits is not None and is_changed else each.name, each.id)
        self.which.setCurrentIndex([each.id for each in self._kept].index(self._id))
        blocked.unblock()

    def _open(self, place: int) -> None:
        """Put this layout on the table."""
        kept = self._kept[place]
        self._id = kept.id
        edits = self._edits.setdefault(kept.id, LayoutEdits(kept.layout))
        if edits.kept != kept.layout and not edits.is_changed:
            edits = self._edits[kept.id] = LayoutEdits(kept.layout)  # another station changed it
        self.remove_button.setVisible(not kept.shipped)
        self.say("")
        self.table.open(edits)

    def _table_changed(self) -> None:
        self.save_button.setEnabled(self.table.edits.is_changed)
        self._fill_which()

    def _try_on(self, badge: Badge) -> None:
        for made, (_words, sample) in zip(self.sample_buttons, self._samples, strict=True):
            made.setChecked(sample is badge)
        self.table.try_on(badge)

    def say(self, words: str) -> None:
        """One line about what happened."""
        self.state.setText(words)
        self.state.setVisible(bool(words))

    def _failed(self, error: Exception) -> None:
        self.say(sentence(error))

    # Keeping

    def save(self) -> None:
        """Keep what is on the table; of a layout that comes with the program a copy."""
        layout, name, by = self.table.edits.layout, self._id, self._tools.by
        self.save_button.setEnabled(False)
        self._tools.desk.run(lambda: self._layouts.save(layout, name, by), self._saved, self._not_saved)

    def _saved(self, kept: KeptLayout) -> None:
        self._edits[kept.id] = self._edits.pop(self._id)
        self._edits[kept.id].saved(kept.layout)
        self._reload(kept, _("“{name}” is saved.").format(name=kept.name))

    def _not_saved(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        self._failed(error)

    def _reload(self, kept: KeptLayout | None, words: str) -> None:
        """Read the layouts again, put this one on the table and say what was done."""
        if kept is not None:
            self._id = kept.id

        def loaded(found: tuple[list[KeptLayout], int, BadgeTools]) -> None:
            self._loaded(found)
            self.say(words)

        self._tools.desk.run(self._load, loaded, self._failed)

    def _duplicate(self) -> None:
        name, by = self._id, self._tools.by
        words = _("This is the copy.")
        self._tools.desk.run(
            lambda: self._layouts.duplicate(name, by), lambda kept: self._reload(kept, words), self._failed
        )

    def _remove(self) -> None:
        name, by, gone = self._id, self._tools.by, self.table.edits.kept
        words = _("“{name}” was removed. It is on the table of nobody any more; types that had it get the usual one.")
        self._tools.desk.run(
            lambda: self._layouts.remove(name, by),
            lambda _nothing: self._reload(None, words.format(name=gone.name)),
            self._failed,
        )

    # Files

    def _choose_file(self) -> None:
        kinds = "{} (*.json);;{} (*)".format(_("Badge layouts"), _("All files"))
        name, _kind = QFileDialog.getOpenFileName(self, _("Bring in a layout"), "", kinds)
        if name:
            self.bring_in(Path(name))

    def bring_in(self, path: Path) -> None:
        """Keep the layout in this file, and say what could not be taken over."""
        by = self._tools.by
        self._tools.desk.run(lambda: self._layouts.bring_in_file(path, by), self._brought_in, self._failed)

    def _brought_in(self, found: tuple[KeptLayout, Sequence[str]]) -> None:
        kept, remarks = found
        words = _("“{name}” was brought in.").format(name=kept.name)
        self._reload(kept, " ".join((words, *remarks)))

    def _export(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(
            self, _("Save as file"), f"{self.table.edits.layout.name}.json", "*.json"
        )
        if name:
            self._tools.desk.run(
                lambda: self._layouts.save_file(self._id, Path(name)),
                lambda _nothing: self.say(_("Saved as {path}.").format(path=name)),
                self._failed,
            )

    # Trying out

    def print_test(self) -> None:
        """One badge of the sample, as it stands here, on a printer."""
        layout, badge = self.table.edits.layout, self.table.sample
        self.say(_("Printing a test…"))

        def work(_tell: Tell, stopped: Stopped) -> str:
            printing = self._tools.services.print_room.print_sample(layout, badge)
            for _turn in range(PATIENCE):
                with suppress(TimeoutError):
                    return printing.result(TURN_S)
                if stopped():
                    return ""
            raise BadInput(_("The printer is busy. The test comes when it is free."))

        self._test.start(work, self.say, self._failed)

    def check_everybody(self) -> None:
        """Draw everybody's badge in this layout, as it stands here, and list what does not fit."""
        tools, layout = self._badge_tools, self.table.edits.layout
        if tools is None:
            return

        def work(tell: Tell, stopped: Stopped) -> FitReport:
            badges = self._bulk.trials(self._bulk.people())
            return tools.check(badges, lambda _badge: [layout], tell, stopped)

        self.bar.setRange(0, 0)
        self._busy(True)
        self._task.start(work, self._checked, self._not_checked)

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _busy(self, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.stop_button.setVisible(busy)
        self.check_button.setEnabled(not busy)

    def _checked(self, report: FitReport) -> None:
        self._busy(False)
        self.say(report.summary())
        self.report.setPlainText("\n".join(report.lines()))
        self._show_instead(self.report)
        self.report.setFocus()

    def _not_checked(self, error: Exception) -> None:
        self._busy(False)
        self._failed(error)

    # What stands in the badge's place for a while

    def _show_instead(self, widget: QWidget) -> None:
        self.table.middle.setCurrentWidget(widget)
        self.badge_button.setVisible(widget is not self.table.view)

    def show_badge(self) -> None:
        """The badge, where a report or the rules stood."""
        self._show_instead(self.table.view)

    def show_rules(self) -> None:
        """Which layout is for which registration type."""
        self._tools.desk.run(self._load_rules, self._show_rules, self._failed)

    def _load_rules(self) -> object:
        return self._layouts.all(), self._layouts.rules(), self._bulk.types()

    def _show_rules(self, found: object) -> None:
        self.rules.show_rules(*found)  # type: ignore[misc]
        self._show_instead(self.rules)
        self.rules.usual.setFocus()

    def _set_rules(self, rules: LayoutRules) -> None:
        by = self._tools.by
        words = _("Saved: from the next badge on.")
        chosen = {rules.default, *rules.by_type.values()}
        behind = [each.name for each in self._kept if each.id in chosen and each.layout.has_back_page]
        if behind:
            words = f"{words} {', '.join(isolated(name) for name in behind)}: {back_words()}"
        self._tools.desk.run(lambda: self._layouts.set_rules(rules, by), lambda _nothing: self.say(words), self._failed)

    # Keys

    def undo(self) -> None:
        """Ctrl+Z; the window hands it on."""
        self.table.undo()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Redo) or event.keyCombination() == _REDO:
            self.table.redo()
        else:
            super().keyPressEvent(event)
