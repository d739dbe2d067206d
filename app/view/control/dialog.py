"""Base of dialogs with fields: what Enter does in them, and that their texts have the room they need."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDialog, QPushButton

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Dialog(QDialog):
    """A dialog in which Enter presses the primary button, or does nothing while that is disabled; never Cancel, which Qt
    would take because it comes first. Enter in a number, or in a choice that is typed, only ends the typing."""

    _has_default = False
    """Whether a button was meant for Enter when the dialog was shown; those that come later are not."""

    @override
    def setVisible(self, visible: bool) -> None:
        if visible:
            self._choose_default()
        super().setVisible(visible)

    @override
    def event(self, arg__1: QEvent) -> bool:
        done = super().event(arg__1)
        if arg__1.type() is QEvent.Type.LayoutRequest:
            self._grow()
        return done

    def _grow(self) -> None:
        """A text that became longer is not cut: Qt leaves the height of a window that is shown as it is."""
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            needed = layout.totalHeightForWidth(self.width())
            if needed > self.height():
                self.resize(self.width(), needed)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        field = self.focusWidget()
        typed = isinstance(field, QAbstractSpinBox) or (isinstance(field, QComboBox) and field.isEditable())
        if event.key() in _ENTER and (typed or not self._has_default):
            event.accept()  # else one that was passed by Tab would be pressed
            return
        super().keyPressEvent(event)

    def _choose_default(self) -> None:
        buttons = self.findChildren(QPushButton)
        self._has_default = any(button.isDefault() for button in buttons)
        if self._has_default:
            return
        primary = next((button for button in buttons if button.objectName() == "primary"), None)
        if primary is not None:
            self._has_default = True
            primary.setDefault(True)
        else:
            for button in buttons:
                button.setAutoDefault(False)
