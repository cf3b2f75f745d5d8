"""Pages of which one stands in front, and the lines that stand beside them all."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from kiosk.ui.widgets.controls import dismiss


class PageStack(QStackedWidget):
    """Pages, each in a frame that scrolls where it has to; `home` takes the focus when they change."""

    def __init__(self, home: QWidget) -> None:
        super().__init__()
        self._home = home
        self._frames: dict[QWidget, QScrollArea] = {}

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front, from its top, adopting it the first time. Nothing on it is chosen yet."""
        if page not in self._frames:
            self._frames[page] = scrolling(page)
            self.addWidget(self._frames[page])
        self._frames[page].verticalScrollBar().setValue(0)
        if self.currentWidget() is not self._frames[page]:
            self._home.setFocus()  # or Qt hands the focus of what goes to the next button, and Enter would press it
        self.setCurrentWidget(self._frames[page])

    @property
    def page(self) -> QWidget:
        """The page in front."""
        frame = self.currentWidget()
        return next(page for page, its_frame in self._frames.items() if its_frame is frame)

    def frame_of(self, page: QWidget) -> QScrollArea | None:
        """What a page scrolls in, once it has been shown."""
        return self._frames.get(page)


class BarPlace(QVBoxLayout):
    """Lines under every page, each with a name: a printer's trouble outlasts the person it happened to."""

    def __init__(self, home: QWidget) -> None:
        super().__init__()
        self._home = home
        self._bars: dict[str, QWidget] = {}
        self.setSpacing(8)

    def set_bar(self, name: str, bar: QWidget | None) -> None:
        """Show, replace or remove the bar of this name."""
        before = self._bars.pop(name, None)
        if before is not None:
            dismiss(before, self._home)
        if bar is not None:
            self._bars[name] = bar
            self.addWidget(bar)
            bar.show()

    def bar(self, name: str) -> QWidget | None:
        """The bar of this name, where it is shown."""
        return self._bars.get(name)

    def bars(self) -> tuple[QWidget, ...]:
        """All of them, from top to bottom."""
        return tuple(self._bars.values())


def scrolling(widget: QWidget) -> QScrollArea:
    """At the usual text size everything fits; at twice that size it can be scrolled to, and never cuts or grows the
    window.
    """
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    return area
