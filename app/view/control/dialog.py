"""Base of dialogs with fields: what Enter does in them."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDialog, QPushButton

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Dialog(QDialog):
    """A dialog in which Enter presses the primary button, or does nothing while that is disabled; never Cancel, which Qt
    would take because it comes first. Enter in a number, or in a choice that is typed, only ends the typing."""

    @override
    def setVisible(self, visible: bool) -> None:
        if visible:
            self._choose_default()
        super().setVisible(visible)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        field = self.focusWidget()
        typed = isinstance(field, QAbstractSpinBox) or (isinstance(field, QComboBox) and field.isEditable())
        if typed and event.key() in _ENTER:
            event.accept()
            return
        super().keyPressEvent(event)

    def _choose_default(self) -> None:
        buttons = self.findChildren(QPushButton)
        if any(button.isDefault() for button in buttons):
            return
        primary = next((button for button in buttons if button.objectName() == "primary"), None)
        if primary is not None:
            primary.setDefault(True)
        else:
            for button in buttons:
                button.setAutoDefault(False)
