"""Small questions and short news: a dialog with two buttons, and a toast that goes by itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.view.control.parts import row, text
from app.view.words import tr

TOAST_MS = 4000


def ask(parent: QWidget, question: str, explanation: str, verb: str, done: Callable[[], object]) -> QDialog:
    """Asks without blocking; `done` is called when the person says yes."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Oikos")
    dialog.setMinimumWidth(380)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(22, 20, 22, 18)
    column.setSpacing(10)
    column.addWidget(text(question, "heading", wrap=True))
    column.addWidget(text(explanation, "muted", wrap=True))
    column.addSpacing(6)
    no, yes = QPushButton(tr("Cancel")), QPushButton(verb)
    yes.setObjectName("primary")
    no.clicked.connect(dialog.reject)
    yes.clicked.connect(dialog.accept)
    dialog.accepted.connect(lambda: done())
    column.addLayout(row(1, no, yes))
    dialog.open()
    return dialog


class Toast(QFrame):
    """One line over the twin, gone after four seconds."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.words = text()
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 9, 16, 9)
        line.addWidget(self.words)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def say(self, words: str) -> None:
        """Shows the words at the lower middle of the parent."""
        self.words.setText(words)
        self.setAccessibleName(words)
        self.adjustSize()
        if (parent := self.parentWidget()) is not None:
            self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - 24)
        self.show()
        self.raise_()
        self._timer.start(TOAST_MS)
