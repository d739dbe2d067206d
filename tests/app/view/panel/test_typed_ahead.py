"""Whoever presses Ctrl+K and types on loses no letter, and moves no camera, while the window manager takes its time."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.view.panel.typed_ahead import TypedAhead


class Late(QWidget):
    """A window that is shown, and active when the test says so."""

    active = False

    @override
    def isActiveWindow(self) -> bool:
        return self.active


def test_keys_go_into_the_field_until_its_window_is_active(qtbot: QtBot) -> None:
    beneath, late, pressed = QWidget(), Late(), list[str]()
    other, field = QLineEdit(beneath), QLineEdit(late)
    shortcut = QShortcut(QKeySequence("t"), beneath)
    shortcut.activated.connect(lambda: pressed.append("t"))
    for widget in (beneath, late):
        qtbot.addWidget(widget)
        widget.show()
    TypedAhead(late, field)
    qtbot.keyClicks(other, "kit")
    qtbot.keyClick(other, Qt.Key.Key_Backspace)
    assert (field.text(), other.text(), pressed) == ("ki", "", [])
    late.active = True
    qtbot.keyClicks(other, "x")
    assert (field.text(), other.text()) == ("ki", "x")
    late.active = False
    qtbot.keyClicks(other, "y")
    assert other.text() == "xy"


def test_a_window_that_is_closed_before_it_was_active_takes_no_more_keys(qtbot: QtBot) -> None:
    beneath, late = QWidget(), Late()
    other, field = QLineEdit(beneath), QLineEdit(late)
    for widget in (beneath, late):
        qtbot.addWidget(widget)
        widget.show()
    TypedAhead(late, field)
    late.close()
    qtbot.keyClicks(other, "a")
    assert (field.text(), other.text()) == ("", "a")
