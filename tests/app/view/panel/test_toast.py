"""A notification covers no control below it."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QWidget

from app.view.window import MainWindow


def place(widget: QWidget, window: MainWindow) -> QRect:
    """The widget's rectangle in the window."""
    return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


def test_a_notification_stands_above_the_time_bar_also_after_the_page_was_resized(window: MainWindow) -> None:
    window.notify("Renamed the floor lamp")
    for high in (800, 700, 900):
        window.resize(1280, high)
        QApplication.processEvents()
        bar, toast = place(window.parts["timeline"], window), place(window.toast, window)
        assert window.parts["timeline"].isVisible()
        assert not toast.intersects(bar)
        assert 0 < bar.top() - toast.bottom() < 40


def test_on_a_page_without_a_time_bar_a_notification_stands_at_the_bottom(window: MainWindow) -> None:
    window.pages.setCurrentWidget(window.pages.welcome)
    window.notify("Saved")
    assert 0 < place(window.pages, window).bottom() - place(window.toast, window).bottom() < 40
