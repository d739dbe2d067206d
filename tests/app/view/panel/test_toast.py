"""A notification covers no control below it."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
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


def test_a_long_notification_is_shown_whole_in_as_many_lines_as_it_needs(window: MainWindow) -> None:
    window.notify("Saved")
    line = window.toast.height()
    long = (
        "Light when somebody comes · It did not start upon “Ada asked for it”: Living room is 165 lx, and not below 50 lx "
        * 3
    )
    window.notify(long)
    label = window.toast.label
    needed = label.fontMetrics().boundingRect(label.rect(), Qt.TextFlag.TextWordWrap, long)
    assert label.height() >= needed.height() > line
    assert label.width() >= needed.width()
    assert not place(window.toast, window).intersects(place(window.parts["timeline"], window))
    window.notify("Saved")
    assert window.toast.height() == line
