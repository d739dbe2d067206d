"""Dialog that asks how long an alarm is shelved and why; the reason is required."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox
from app.view.control.widgets import row, text_label

MINUTE_MS = 60_000
OFFERED_MIN = (15, 60, 120, 240, 480)
MOST_LETTERS = 200


class ShelveDialog(Dialog):
    """Calls `done` with the duration in ms and the reason if the user confirms."""

    def __init__(self, parent: QWidget, longest_ms: int, done: Callable[[int, str], object]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Oikos")
        self.setMinimumWidth(360)
        self.time, self.why = ChoiceBox(), QLineEdit()
        for minutes in OFFERED_MIN:
            if minutes * MINUTE_MS <= longest_ms:
                words = tr("%n minutes", minutes) if minutes < 60 else tr("%n hours", minutes // 60)
                self.time.addItem(words, minutes * MINUTE_MS)
        self.time.setAccessibleName(tr("How long"))
        self.why.setMaxLength(MOST_LETTERS)
        self.why.setPlaceholderText(tr("Why"))
        self.why.setAccessibleName(tr("Why"))
        self.cancel, self.shelve = QPushButton(tr("Cancel")), QPushButton(tr("Shelve"))
        self.shelve.setObjectName("primary")
        self.shelve.setEnabled(False)
        self.why.textChanged.connect(self._typed)
        self.cancel.clicked.connect(self.reject)
        self.shelve.clicked.connect(self.accept)
        self.accepted.connect(lambda: done(int(self.time.currentData()), self.why.text().strip()))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(tr("Hide this alarm for a time?"), "heading", wrap=True))
        column.addWidget(
            text_label(tr("It comes back by itself, and the log says who hid it and why."), "muted", wrap=True)
        )
        column.addWidget(self.time)
        column.addWidget(self.why)
        column.addLayout(row(1, self.cancel, self.shelve))

    def _typed(self, text: str) -> None:
        self.shelve.setEnabled(bool(text.strip()))
