"""Catches what a keyboard wedge types, wherever the focus is, before any widget or shortcut sees it.

The filter sits on whichever window has the focus, above all its widgets, and asks a reader about every key press.
While the reader is undecided the key is held; what turns out to be a person's typing is given back to the same window
in the same order, with its releases. A scan is dropped and reported. So a scan never presses a button, never fires a
shortcut and never leaves a character in a text field. Keys sent by the program itself, and straight to a widget, are
not touched.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QShortcut, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget
from shiboken6 import isValid

from kiosk.domain.scan_lines import LineJoiner

JOIN_MS = 300
"""How long the next line of a contact card may take; a scanner needs a tenth of it."""
STALL_MS = 20
"""A timer this late means the window was busy, and keys may be waiting behind it."""

_Key = Qt.Key
_Modifier = Qt.KeyboardModifier
_ALONE = frozenset(
    {
        _Key.Key_Shift,
        _Key.Key_Control,
        _Key.Key_Alt,
        _Key.Key_AltGr,
        _Key.Key_Meta,
        _Key.Key_CapsLock,
        _Key.Key_NumLock,
        _Key.Key_ScrollLock,
    }
)
_SPECIAL = {
    _Key.Key_Return: "\r",
    _Key.Key_Enter: "\r",
    _Key.Key_Tab: "\t",
    _Key.Key_Escape: "\x1b",
    _Key.Key_Backspace: "\x08",
    _Key.Key_Delete: "\x7f",
}
_CONTROL = _Modifier.MetaModifier if sys.platform == "darwin" else _Modifier.ControlModifier
"""The key marked Ctrl; Qt calls the Command key of a Mac "Control"."""


class KeyDecision(Protocol):
    """What a reader makes of a key press, see `scanning.wedge.Decision`."""

    @property
    def scan(self) -> str | None: ...
    @property
    def release(self) -> bool: ...
    @property
    def hold(self) -> bool: ...
    @property
    def eat(self) -> bool: ...


class KeyReader(Protocol):
    """Tells a scanner from a person by its pace, see `scanning.wedge.WedgeReader`."""

    @property
    def wait_ms(self) -> float | None: ...
    def press(self, character: str | None, at_ms: float) -> KeyDecision: ...
    def quiet(self) -> KeyDecision: ...


class ScanFilter(QObject):
    """Watches the keys of the window that has the focus and says what was scanned.

    Built once by the app, which hands in the reader; `close` before the windows go.
    """

    scanned = Signal(str)

    def __init__(self, reader: KeyReader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._joiner = LineJoiner()
        self._held: list[tuple[QWindow, QKeyEvent]] = []
        self._dropped: set[int] = set()
        """Keys whose press belonged to a scan and whose release is still to come."""
        self._window: QWindow | None = None
        self._quiet = self._timer(self._on_quiet)
        self._join = self._timer(self._on_join)
        self._due_s = 0.0
        self._application = QGuiApplication.instance()
        assert isinstance(self._application, QGuiApplication)
        self._application.focusWindowChanged.connect(self._watch)
        self._watch(QGuiApplication.focusWindow())

    def close(self) -> None:
        """Stop watching; what is held is given back."""
        self._quiet.stop()
        self._join.stop()
        self._obey(self._reader.quiet(), None)
        self._quiet.stop()
        if isinstance(self._application, QGuiApplication) and isValid(self._application):
            self._application.focusWindowChanged.disconnect(self._watch)
        self._watch(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hold, drop or pass a key; anything else passes."""
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWindow) or not event.spontaneous():
            return False
        if not self._held and _types_a_secret():
            return False
        match event.type():
            case QEvent.Type.ShortcutOverride:
                # Taken here, the press that follows reaches this filter instead of a shortcut.
                taken = event.key() not in _ALONE and character_of(event) is not None
                event.setAccepted(taken)
                return taken
            case QEvent.Type.KeyPress:
                return self._on_press(watched, event)
            case QEvent.Type.KeyRelease:
                return self._on_release(watched, event)
        return False

    def _on_press(self, window: QWindow, event: QKeyEvent) -> bool:
        if event.key() in _ALONE:
            return False
        if event.isAutoRepeat() and _identity(event) in self._dropped:
            return True
        self._dropped.discard(_identity(event))
        decision = self._reader.press(character_of(event), event.timestamp() or time.monotonic() * 1000)
        if decision.eat:
            self._dropped.add(_identity(event))
        self._obey(decision, (window, _copy(event)) if decision.hold else None)
        return decision.hold or decision.eat

    def _on_release(self, window: QWindow, event: QKeyEvent) -> bool:
        """A release goes the way of its press."""
        key = _identity(event)
        if key in self._dropped:
            if not event.isAutoRepeat():
                self._dropped.discard(key)
            return True
        if key in _still_down(self._held):
            self._held.append((window, _copy(event)))
            return True
        return False

    def _obey(self, decision: KeyDecision, pressed: tuple[QWindow, QKeyEvent] | None) -> None:
        """Carry a decision out. All state is settled before anyone outside is called: they may open a dialog."""
        earlier: list[tuple[QWindow, QKeyEvent]] = []
        if decision.scan is not None or decision.release:
            earlier, self._held = self._held, []
        if pressed is not None:
            self._held.append(pressed)
        self._arm(self._reader.wait_ms)
        if decision.scan is not None:
            self._dropped |= _still_down(earlier)
            self._report(decision.scan)
        else:
            for window, event in earlier:
                _give_back(window, event)

    def _report(self, line: str) -> None:
        text = self._joiner.feed(line)
        if self._joiner.open:
            self._join.start(JOIN_MS)
        else:
            self._join.stop()
        if text is not None:
            self.scanned.emit(text)

    def _on_join(self) -> None:
        text = self._joiner.flush()
        if text is not None:
            self.scanned.emit(text)

    def _arm(self, wait_ms: float | None) -> None:
        if wait_ms is None:
            self._quiet.stop()
            return
        self._due_s = time.monotonic() + wait_ms / 1000
        self._quiet.start(round(wait_ms))

    def _on_quiet(self) -> None:
        if (time.monotonic() - self._due_s) * 1000 > STALL_MS:
            # The window was busy: let keys that wait behind this timer come first, they tell their own time.
            self._arm(STALL_MS / 2)
            return
        self._obey(self._reader.quiet(), None)

    def _watch(self, window: QWindow | None) -> None:
        if self._window is not None and isValid(self._window):
            self._window.removeEventFilter(self)
        self._window = window
        if window is not None:
            window.installEventFilter(self)

    def _timer(self, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(slot)
        return timer


def character_of(event: QKeyEvent) -> str | None:
    """What a key press means to a reader.

    Scanners type control characters as Ctrl and a letter, put a function key first, or hold Alt and type a number on
    the keypad. Everything else that types nothing, and a key that repeats by being held, is a person's: None.
    """
    key, text, modifiers = event.key(), event.text(), event.modifiers()
    if event.isAutoRepeat() or key == _Key.Key_Backtab:
        return None
    if text and text.isprintable() and not _commands(modifiers):
        return text
    if modifiers & _CONTROL:
        return chr(key & 0x1F) if _Key.Key_At <= key <= _Key.Key_Underscore else None
    if modifiers & _Modifier.AltModifier:
        return "" if modifiers & _Modifier.KeypadModifier else None
    if modifiers & (_Modifier.MetaModifier | _Modifier.ControlModifier):
        return None
    if _Key.Key_F1 <= key <= _Key.Key_F24:
        return ""
    return _SPECIAL.get(_Key(key)) if key in _SPECIAL else None


def _types_a_secret() -> bool:
    """Whether a passphrase is being typed: however fast that is, and many programs do it for people, it is no scan."""
    focus = QGuiApplication.focusObject()
    return isinstance(focus, QLineEdit) and focus.echoMode() is not QLineEdit.EchoMode.Normal


def _commands(modifiers: Qt.KeyboardModifier) -> bool:
    """Whether these modifiers make a command of a letter. Ctrl and Alt together are AltGr, which types."""
    held = modifiers & (_Modifier.ControlModifier | _Modifier.AltModifier | _Modifier.MetaModifier)
    return held not in (_Modifier.NoModifier, _Modifier.ControlModifier | _Modifier.AltModifier) and not (
        sys.platform == "darwin" and held == _Modifier.AltModifier
    )


def _identity(event: QKeyEvent) -> int:
    """The key itself: what it types may differ at its release, when Shift is up again."""
    return event.nativeScanCode() or -event.key()


def _still_down(held: list[tuple[QWindow, QKeyEvent]]) -> set[int]:
    """Keys pressed and not released among held events."""
    down: set[int] = set()
    for _, event in held:
        if event.type() == QEvent.Type.KeyPress:
            down.add(_identity(event))
        else:
            down.discard(_identity(event))
    return down


def _copy(event: QKeyEvent, kind: QEvent.Type | None = None) -> QKeyEvent:
    """An event of our own with the same content; Qt's lives only while it is delivered."""
    copy = QKeyEvent(
        kind or event.type(),
        event.key(),
        event.modifiers(),
        event.nativeScanCode(),
        event.nativeVirtualKey(),
        event.nativeModifiers(),
        event.text(),
        event.isAutoRepeat(),
        event.count(),
    )
    copy.setTimestamp(event.timestamp())
    return copy


def _give_back(window: QWindow, event: QKeyEvent) -> None:
    """Deliver a held key as Qt would have: to whom overrides a shortcut, else the shortcut, else the focus."""
    if not isValid(window):
        return
    types = event.text() and event.text().isprintable() and not _commands(event.modifiers())
    if event.type() == QEvent.Type.KeyPress and not types:
        override = _copy(event, QEvent.Type.ShortcutOverride)
        override.ignore()
        QApplication.sendEvent(window, override)
        shortcut = None if override.isAccepted() else _shortcut_for(event)
        if shortcut is not None:
            shortcut()
            return
    QApplication.sendEvent(window, event)


def _shortcut_for(event: QKeyEvent) -> Callable[[], None] | None:
    """What a key would have set off, had it not been held. Qt has no public way to ask its own map."""
    window = QApplication.activeWindow()
    if window is None:
        return None
    wanted = QKeySequence(event.modifiers().value & ~_Modifier.KeypadModifier.value | event.key())
    for shortcut in window.findChildren(QShortcut):
        sequences = shortcut.keys()
        if shortcut.isEnabled() and wanted in sequences and _in_reach(shortcut.parent(), shortcut.context()):
            return shortcut.activated.emit
    for action in window.findChildren(QAction):
        owners = action.associatedObjects() if action.isEnabled() and wanted in action.shortcuts() else []
        if any(isinstance(owner, QMenu) or _in_reach(owner, action.shortcutContext()) for owner in owners):
            return action.trigger
    return None


def _in_reach(owner: QObject | None, context: Qt.ShortcutContext) -> bool:
    """Whether a shortcut of this widget counts now: seen, enabled, and near enough to the focus."""
    if not isinstance(owner, QWidget) or not owner.isVisible() or not owner.isEnabled():
        return False
    focus = QApplication.focusWidget()
    match context:
        case Qt.ShortcutContext.WidgetShortcut:
            return owner is focus
        case Qt.ShortcutContext.WidgetWithChildrenShortcut:
            return focus is not None and (owner is focus or owner.isAncestorOf(focus))
    return True
