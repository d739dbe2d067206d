"""Form for the options of a link, built from its protocol's schema."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import sentence, tr
from app.view.control.form_fields import ChoiceBox
from app.view.control.safe_text import set_tip
from app.view.control.slots import calling
from app.view.control.widgets import row, text_label
from twin.model.link_option import LinkOption, OptionKind

type OptionField = QLineEdit | QComboBox | QCheckBox

FIELD_PX = 130
"""Least width of a field that is typed into, in pixels; it stands below its title where that leaves less."""


class LinkOptionsForm(QWidget):
    """One field per option; unchanged fields keep the option's default."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, OptionField] = {}
        self.choosers: dict[str, QPushButton] = {}
        """Buttons beside the fields of files."""
        self._schema: tuple[LinkOption, ...] = ()
        self._rows: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def set_schema(self, schema: Iterable[LinkOption]) -> None:
        """Sets the options to show; typed values of remaining options are kept."""
        schema = tuple(schema)
        if schema != self._schema:
            self._schema = schema
            self.retranslate()
        self.setVisible(bool(schema))

    def retranslate(self) -> None:
        """Rebuilds the fields in the current language, with their values."""
        typed = self.values()
        if self._rows is not None:
            self._rows.hide()
            self._rows.deleteLater()
        self._rows = QWidget()
        form = QFormLayout(self._rows)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.fields = {option.name: _field(option) for option in self._schema}
        self.choosers = {}
        for option in self._schema:
            field = self.fields[option.name]
            field.setAccessibleName(sentence(option.title))
            set_tip(field, sentence(option.help))
            if isinstance(field, QCheckBox):
                field.setText(sentence(option.title))
                form.addRow(field)
            else:
                form.addRow(text_label(sentence(option.title), "fact"), self._with_chooser(field, option))
            _put(field, typed.get(option.name, ""), option)
        self._column.addWidget(self._rows)

    def _with_chooser(self, field: QLineEdit | QComboBox, option: LinkOption) -> QWidget:
        """The field, with a button that asks for a file where the option is one."""
        if not isinstance(field, QLineEdit) or option.kind is not OptionKind.FILE:
            return field
        title, both = sentence(option.title), QWidget()
        button = self.choosers[option.name] = QPushButton(tr("Choose a file…"))
        button.setAccessibleName(f"{button.text()} {title}")
        button.clicked.connect(calling(lambda: self._choose(field, title)))
        line = row(field, button, spacing=6)
        line.setContentsMargins(0, 0, 0, 0)
        both.setLayout(line)
        return both

    def _choose(self, field: QLineEdit, title: str) -> None:
        path, _ = QFileDialog.getOpenFileName(self.window(), title, field.text())
        if path:
            field.setText(path)

    def values(self) -> dict[str, str]:
        """The chosen values by option name, without those equal to the default."""
        chosen = {option.name: _value(self.fields[option.name], option) for option in self._schema if self.fields}
        return {name: value for name, value in chosen.items() if value}


def _field(option: LinkOption) -> OptionField:
    if option.kind is OptionKind.FLAG:
        return QCheckBox()
    if option.kind is OptionKind.CHOICE:
        choice = ChoiceBox()
        choice.addItems(["", *option.choices])
        return choice
    line = QLineEdit()
    if option.kind is OptionKind.SECRET:
        line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setMinimumWidth(FIELD_PX)
    line.setPlaceholderText(option.default or option.example)
    return line


def _put(field: OptionField, value: str, option: LinkOption) -> None:
    value = value or ("" if isinstance(field, QLineEdit) else option.default)
    if isinstance(field, QCheckBox):
        field.setChecked(value == "yes")
    elif isinstance(field, QComboBox):
        field.setCurrentText(value)
    else:
        field.setText(value)


def _value(field: OptionField, option: LinkOption) -> str:
    if option.kind is OptionKind.SECRET and isinstance(field, QLineEdit):
        return field.text()
    if isinstance(field, QCheckBox):
        value = "yes" if field.isChecked() else "no"
    else:
        value = field.currentText() if isinstance(field, QComboBox) else field.text().strip()
    return "" if value == option.default else value
