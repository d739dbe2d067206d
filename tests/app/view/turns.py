"""Deferred work of the window, done now."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.view.window import MainWindow


def run_turns(window: MainWindow) -> None:
    """Runs the event loop until no work waits for a turn of its own."""
    QApplication.processEvents()
    while not window.feed.turns.is_empty:
        QApplication.processEvents()
    QApplication.processEvents()  # what the last of it brought is laid out
