"""Whoever presses Ctrl+K and types on loses no letter, and moves no camera, while the window manager takes its time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import override

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.view.panel import typed_ahead
from app.view.panel.typed_ahead import KeysKept, TypedAhead


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


@pytest.fixture
def field(qtbot: QtBot) -> Iterator[QLineEdit]:
    """A field in a window that is active."""
    window = QWidget()
    field = QLineEdit(window)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    QApplication.processEvents()
    yield field
    window.close()


def test_kept_keys_go_to_the_field_that_is_shown_and_later_ones_where_they_belong(
    field: QLineEdit, qtbot: QtBot
) -> None:
    kept, late = KeysKept(field.window()), QLineEdit(field.window())
    qtbot.keyClicks(field, "ki")
    assert field.text() == ""
    kept.give(lambda: late)
    qtbot.keyClicks(field, "x")
    assert (late.text(), field.text()) == ("ki", "x")


def test_a_window_that_cannot_be_shown_leaves_the_keys_to_the_others(field: QLineEdit, qtbot: QtBot) -> None:
    def broken() -> QWidget:
        raise KeyError("on purpose")

    kept = KeysKept(field.window())
    with pytest.raises(KeyError):
        kept.give(broken)
    qtbot.keyClicks(field, "hello")
    assert field.text() == "hello"


def test_keys_are_kept_for_a_limited_time_only(field: QLineEdit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_ahead, "LONGEST_MS", 0)
    kept = KeysKept(field.window())
    while kept._app is not None:
        QApplication.processEvents()
    qtbot.keyClicks(field, "hello")
    late = QLineEdit(field.window())
    kept.give(lambda: late)  # what was to be shown comes late
    assert (field.text(), late.text()) == ("hello", "")


def test_a_window_that_is_left_keeps_no_more_keys(field: QLineEdit, qtbot: QtBot) -> None:
    KeysKept(field.window())
    QApplication.sendEvent(field.window(), QEvent(QEvent.Type.WindowDeactivate))
    qtbot.keyClicks(field, "hello")
    assert field.text() == "hello"


def test_keys_of_a_modal_dialog_are_its_own(field: QLineEdit, qtbot: QtBot) -> None:
    dialog = QDialog(field.window())
    answer = QLineEdit(dialog)
    dialog.setModal(True)
    dialog.show()
    KeysKept(field.window())
    qtbot.keyClicks(answer, "hello")
    dialog.close()
    assert answer.text() == "hello"
