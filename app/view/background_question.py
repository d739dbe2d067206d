"""Asks whether to keep recording in the background when a window is closed whose engine would end with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout

from app.i18n import tr
from app.settings import BACKGROUND
from app.view.control.widgets import row, text_label
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from app.view.window import MainWindow


class BackgroundQuestion:
    """Dialog that is shown once and saves the answer as a setting; not shown if all links are simulated."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._answered = False
        self.dialog: QDialog | None = None

    def may_close(self) -> bool:
        """Whether the window may close now; otherwise the dialog opens, and its answer closes the window."""
        real = any(not link.is_simulated for link in self._window.feed.twin.links)
        if self._answered or self._window.settings.text(BACKGROUND) != "ask" or not real:
            return True
        if self.dialog is None:
            self._ask()
        return False

    def _ask(self) -> None:
        dialog = self.dialog = QDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Oikos")
        dialog.setMinimumWidth(440)
        column = QVBoxLayout(dialog)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(tr("Keep recording without the window?"), "heading", wrap=True))
        explanation = tr(
            "An engine in the background goes on recording and commanding, and the next window attaches to it."
            " Otherwise nothing is recorded until Oikos is opened again. The settings can change this later."
        )
        column.addWidget(text_label(explanation, "muted", wrap=True))
        column.addSpacing(6)
        cancel, stop, keep = (QPushButton(tr(text)) for text in ("Cancel", "Stop recording", "Keep recording"))
        keep.setObjectName("primary")
        cancel.clicked.connect(dialog.reject)
        stop.clicked.connect(lambda: self._answer("never"))
        keep.clicked.connect(lambda: self._answer("always"))
        dialog.finished.connect(self._forget)
        column.addLayout(row(cancel, 1, stop, keep))
        keep.setDefault(True)
        dialog.open()
        keep.setFocus()

    def _forget(self) -> None:
        self.dialog = None

    def _answer(self, answer: str) -> None:
        self._answered = True
        try:
            self._window.settings.set(BACKGROUND, answer)
        except ProblemError:
            # a read-only home: it holds for this time, and is asked again next time
            self._window.settings.values[BACKGROUND] = answer
        if self.dialog is not None:
            self.dialog.accept()
        self._window.close()
