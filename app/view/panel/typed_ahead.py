"""Redirects keys that are typed before the window manager activates a new window."""

from __future__ import annotations

from typing import cast, override

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

_KEYS = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)


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
