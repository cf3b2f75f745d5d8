"""The form that a page opens at its foot: one at a time, in place of the page's buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.i18n import _
from kiosk.ui.background import Background
from kiosk.ui.notices import sentence
from kiosk.ui.widgets.panel import Field, FormPanel

Answer = TypeVar("Answer")


def who_decides(by: str) -> Field:
    """The last line of every form that decides something."""
    return Field("by", _("Who decides"), required=True, value=by)


class PageForm:
    """Where a page's forms open. What is wrong is said in the form, which stays open with all that was typed."""

    def __init__(
        self, column: QVBoxLayout, desk: Background, instead_of: Callable[[], Iterable[QWidget]], focus: QWidget
    ) -> None:
        """`instead_of`: what is hidden meanwhile; `focus`: what has the focus afterwards."""
        self._column, self._desk, self._instead_of, self._focus = column, desk, instead_of, focus
        self._hidden: tuple[QWidget, ...] = ()
        self.panel: FormPanel | None = None
        """The one that is open."""

    def ask(
        self,
        title: str,
        words: str,
        fields: Sequence[Field],
        submit: tuple[str, Callable[[Mapping[str, str]], Answer]],
        done: Callable[[Answer], object],
    ) -> None:
        """Open a form. `submit`: its button and its work, on the desk thread; `done` is told what came of it."""
        self.close()
        press, work = submit

        def submitted(values: Mapping[str, str]) -> None:
            self._desk.run(lambda: work(values), done, lambda error: panel.show_problem(sentence(error)))

        panel = self.panel = FormPanel(title, words, fields, (press, submitted), self.close)
        self._hidden = tuple(self._instead_of())
        for each in self._hidden:
            each.hide()
        self._column.addWidget(panel)
        panel.start()

    def close(self) -> None:
        """Close the form that is open, if one is."""
        if self.panel is None:
            return
        panel, self.panel = self.panel, None
        panel.hide()
        panel.deleteLater()
        for each in self._hidden:
            each.show()
        self._hidden = ()
        self._focus.setFocus()

    def escape(self) -> bool:
        """Esc closes an open form first; whether there was one."""
        was_open = self.panel is not None
        self.close()
        return was_open
