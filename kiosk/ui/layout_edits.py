"""Changes to one layout, one after the other: each can be undone and done again."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from kiosk.domain.layout import Layout
from kiosk.domain.layout_json import read_layout, write_layout


@dataclass(slots=True)
class LayoutEdits:
    """A layout on the table. What is kept of it elsewhere does not change before somebody saves it."""

    kept: Layout
    _steps: list[Layout] = field(default_factory=list)
    _at: int = 0
    _key: Hashable = None

    def __post_init__(self) -> None:
        self._steps.append(self.kept)

    @property
    def layout(self) -> Layout:
        """As it is now."""
        return self._steps[self._at]

    @property
    def is_changed(self) -> bool:
        """Whether it is not as it is kept."""
        return self.layout != self.kept

    @property
    def can_undo(self) -> bool:
        """Whether there is a step back."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a step forward."""
        return self._at < len(self._steps) - 1

    def change(self, layout: Layout, key: Hashable = None) -> None:
        """Do a step. Steps with the same key, one after the other, are one: an arrow key held down is one move.

        Raises BadInput for what could not be kept, with the place and the advice.
        """
        layout = read_layout(write_layout(layout))
        if layout == self.layout:
            return
        if key is not None and key == self._key and self.can_undo and not self.can_redo:
            self._steps[self._at] = layout
            return
        del self._steps[self._at + 1 :]
        self._steps.append(layout)
        self._at += 1
        self._key = key

    def undo(self) -> None:
        """One step back."""
        self._at = max(0, self._at - 1)
        self._key = None

    def redo(self) -> None:
        """One step forward again."""
        self._at = min(len(self._steps) - 1, self._at + 1)
        self._key = None

    def saved(self, layout: Layout) -> None:
        """It is kept as it is now, under the name it has there."""
        self.kept = layout
        self._steps[self._at] = layout
        self._key = None
