"""Confirmation dialog and toast notification."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.view.control.widgets import row, text_label
from app.view.i18n import tr

TOAST_MS = 4000
OFFER_MS = 12_000


def ask_user(parent: QWidget, question: str, explanation: str, verb: str, done: Callable[[], object]) -> QDialog:
    """Asks without blocking; `done` is called when the person says yes."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Oikos")
    dialog.setMinimumWidth(380)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(22, 20, 22, 18)
    column.setSpacing(10)
    column.addWidget(text_label(question, "heading", wrap=True))
    column.addWidget(text_label(explanation, "muted", wrap=True))
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
        self.label, self.verb = text_label(), QPushButton()
        self.verb.setObjectName("link")
        self.verb.clicked.connect(self._do)
        self._wanted: Callable[[], object] | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 9, 16, 9)
        line.setSpacing(14)
        line.addWidget(self.label)
        line.addWidget(self.verb)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def notify(self, text: str, verb: str = "", do: Callable[[], object] | None = None) -> None:
        """Shows the words at the lower middle of the parent; with something to do, for longer."""
        self.label.setText(text)
        self.verb.setText(verb)
        self.verb.setVisible(bool(verb))
        self._wanted = do
        self.setAccessibleName(text)
        self.adjustSize()
        if (parent := self.parentWidget()) is not None:
            self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - 24)
        self.show()
        self.raise_()
        self._timer.start(OFFER_MS if verb else TOAST_MS)

    def _do(self) -> None:
        self.hide()
        if self._wanted is not None:
            self._wanted()
