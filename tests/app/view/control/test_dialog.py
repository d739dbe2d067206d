"""Enter in a dialog presses what the dialog is for, never Cancel."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog, QDoubleSpinBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.view.control.dialog import Dialog


class Form(Dialog):
    """Cancel stands before Save, as in every dialog."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.number, self.typed = QLineEdit(), QDoubleSpinBox(), QComboBox()
        self.typed.setEditable(True)
        self.cancel, self.save = QPushButton("Cancel"), QPushButton("Save")
        self.save.setObjectName("primary")
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        for widget in (self.line, self.number, self.typed, self.cancel, self.save):
            column.addWidget(widget)
        self.show()


def enter(form: Form, field: QWidget) -> None:
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_enter_in_a_line_presses_the_primary_button(app: object) -> None:
    form = Form()
    enter(form, form.line)
    assert form.result() == QDialog.DialogCode.Accepted


def test_enter_does_nothing_while_the_primary_button_is_disabled(app: object) -> None:
    form = Form()
    form.save.setEnabled(False)
    enter(form, form.line)
    assert form.isVisible()


@pytest.mark.parametrize("name", ["number", "typed"])
def test_enter_in_a_number_or_a_typed_choice_only_ends_the_typing(app: object, name: str) -> None:
    form = Form()
    enter(form, getattr(form, name))
    assert form.isVisible()


def test_a_dialog_without_a_primary_button_stays_open_at_enter(app: object) -> None:
    form = Form()
    form.hide()
    form.save.setDefault(False)
    form.save.setObjectName("")
    form.show()
    enter(form, form.line)
    assert form.isVisible()


def test_a_button_that_comes_later_is_pressed_by_enter_only_where_it_has_the_focus(app: object) -> None:
    form, pressed = Form(), list[bool]()
    form.hide()
    form.save.setDefault(False)
    form.save.setObjectName("")
    form.show()
    late = QPushButton("Look for a newer one", form)
    late.clicked.connect(lambda: pressed.append(True))
    late.show()
    late.setDefault(True)  # as Qt does when Tab passes it
    enter(form, form.line)
    assert pressed == []
    enter(form, late)
    assert pressed == [True]


def test_every_dialog_with_fields_answers_enter_in_this_way() -> None:
    own = {"app/view/control/dialog.py", "app/view/panel/palette.py", "app/view/panel/pair_dialog.py"}
    top = Path(__file__).parents[4]
    found = {
        str(file.relative_to(top))
        for file in (top / "app/view").rglob("*.py")
        if "(QDialog):" in file.read_text("utf-8")
    }
    assert {one.replace("\\", "/") for one in found} <= own
