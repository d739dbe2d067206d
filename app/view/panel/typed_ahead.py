"""Keys that are typed before a new window can take them: while its module loads, and until it is active."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast, override

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_KEYS = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
LONGEST_MS = 3000
"""Longest time (milliseconds) for which keys are kept: whatever fails, the window takes keys again."""


class TypedAhead(QObject):
    """Sends keys to `field` while its window is shown but not active yet; ends when the window becomes active."""

    def __init__(self, window: QWidget, field: QWidget) -> None:
        super().__init__(window)
        self._window, self._field, self._app = window, field, QCoreApplication.instance()
        self._leading = False
        if self._app is not None:
            self._app.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isValid(self._window) or self._window.isActiveWindow():
            self.end()
            return False
        kind = event.type()
        if self._leading or not self._window.isVisible():  # a key that the field has no use for goes up to its window
            return False
        if kind is QEvent.Type.ShortcutOverride:
            event.accept()  # no key of the window beneath
            return True
        if kind in _KEYS:
            self._leading = True
            QCoreApplication.sendEvent(self._field, cast("QKeyEvent", event))
            self._leading = False
            return True
        return False

    def end(self) -> None:
        """Stops redirecting keys."""
        if self._app is not None:
            self._app.removeEventFilter(self)
            self._app = None


class KeysKept(QObject):
    """Keeps all keys that are typed into a window from its creation until `give` or `drop`, until the window is left, or
    for `LONGEST_MS`; nothing else gets them. Those with Ctrl are not kept: a shortcut pressed twice is meant once."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._keys: list[QKeyEvent] = []
        self._app = QCoreApplication.instance()
        if self._app is not None:
            self._app.installEventFilter(self)
        QTimer.singleShot(LONGEST_MS, self, self.drop)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() is QEvent.Type.WindowDeactivate:
            self.drop()
            return False
        if QApplication.activeWindow() not in (None, self._window) or QApplication.activeModalWidget() is not None:
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() not in _KEYS:
            return False
        key = cast("QKeyEvent", event)
        if not key.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._keys.append(QKeyEvent(key.type(), key.key(), key.modifiers(), key.text(), key.isAutoRepeat()))
        return True

    def give(self, show: Callable[[], QWidget]) -> None:
        """Ends, and sends the kept keys to the field that `show` returns, as long as that exists."""
        keys = self._keys
        self.drop()  # first: `show` may fail, and deactivates the window
        field = show()
        for key in keys:
            if isValid(field):
                QCoreApplication.sendEvent(field, key)

    def drop(self) -> None:
        """Ends; the kept keys are lost. May be called again."""
        if self._app is not None:
            self._app.removeEventFilter(self)
            self._app, self._keys = None, []
            self.deleteLater()
