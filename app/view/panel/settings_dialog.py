"""Settings dialog, built from the settings table; each change takes effect at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.i18n import known_languages, tr
from app.settings import ROWS, Setting, Settings, SettingValue
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox, NumberBox, WholeNumberBox
from app.view.control.slots import taking
from app.view.control.widgets import ToggleSwitch, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_word
from twin.model.problem import Problem

_FARTHEST = 1_000_000


class SettingsDialog(Dialog):
    """Dialog of all settings; `changed` gets the name of each saved setting, `raised` each problem. Fields of the
    engine's settings are disabled until the engine has sent their values."""

    def __init__(
        self,
        settings: Settings,
        feed: Feed,
        changed: Callable[[str], None],
        raised: Callable[[Problem], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings"))
        self.setMinimumWidth(520)
        self._settings, self._feed, self._changed, self._raised = settings, feed, changed, raised
        self._engine: dict[str, SettingValue] = {}
        """Displayed values of the engine's settings."""
        self._confirmed: dict[str, SettingValue] = {}
        """Values of the engine's settings that it confirmed."""
        self._asked: dict[str, EngineChange] = {}
        """The last requested change of each engine setting."""
        self.fields: dict[str, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 22, 26, 18)
        column.setSpacing(14)
        column.addWidget(text_label(tr("Settings"), "heading"))
        grid = self._grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(0, 1)
        self._line = {setting.name: line for line, setting in enumerate(one for one in ROWS if one.on_page)}
        for setting in (one for one in ROWS if one.on_page):
            grid.addWidget(text_label(tr(setting.sentence), wrap=True), self._line[setting.name], 0)
            self._put_field(setting)
        column.addLayout(grid)
        feed.when(feed.api.engine_settings(), self._show_engine, raised)
        close = QPushButton(tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column.addLayout(row(1, close))

    def _put_field(self, setting: Setting) -> None:
        """Replaces the field of a setting in its row."""
        if (old := self.fields.get(setting.name)) is not None:
            self._grid.removeWidget(old)
            old.deleteLater()
        field = self.fields[setting.name] = self._field(setting)
        field.setAccessibleName(tr(setting.sentence))
        field.setEnabled(not setting.of_engine or setting.name in self._engine)
        self._grid.addWidget(field, self._line[setting.name], 1, Qt.AlignmentFlag.AlignRight)

    def _show_engine(self, known: dict[str, SettingValue]) -> None:
        self._engine, self._confirmed = dict(known), dict(known)
        for setting in ROWS:
            if setting.on_page and setting.name in known:
                self._put_field(setting)

    def _value(self, setting: Setting) -> SettingValue:
        return self._engine.get(setting.name, self._settings[setting.name])

    def _field(self, setting: Setting) -> QWidget:
        value = self._value(setting)
        if setting.choices:
            return self._choice(setting, str(value))
        if isinstance(value, bool):
            toggle = ToggleSwitch()
            toggle.setChecked(value)
            toggle.clicked.connect(lambda: self._flip(setting, toggle))
            return toggle
        return self._number(setting, value if isinstance(value, int | float) else 0)

    def _choice(self, setting: Setting, value: str) -> QComboBox:
        box = ChoiceBox()
        names = known_languages()
        for choice in setting.choices:
            box.addItem(names.get(choice) or (format_word(choice) if choice.isascii() else choice), choice)
        box.setCurrentIndex(setting.choices.index(value))
        box.activated.connect(taking(int, lambda at: self._set(setting, box.itemData(at))))
        return box

    def _number(self, setting: Setting, value: float) -> QWidget:
        box = WholeNumberBox() if isinstance(setting.default, int) else NumberBox()
        box.setRange(setting.minimum or 0, _FARTHEST if setting.maximum is None else setting.maximum)  # pyright: ignore[reportArgumentType]
        box.setValue(value)  # pyright: ignore[reportArgumentType]
        box.setKeyboardTracking(False)
        box.setMinimumWidth(_NUMBER_PX)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        if isinstance(box, QDoubleSpinBox):
            box.setDecimals(1)
        box.valueChanged.connect(taking(float, lambda new: self._set(setting, new)))
        return box

    def _flip(self, setting: Setting, toggle: ToggleSwitch) -> None:
        toggle.setChecked(not self._value(setting))
        self._set(setting, toggle.isChecked())

    def _set(self, setting: Setting, value: SettingValue) -> None:
        if setting.of_engine:
            self._engine[setting.name] = value
            change = self._asked[setting.name] = EngineChange(self, setting, value, self._changed, self._raised)
            self._feed.when(self._feed.api.change_engine_setting(setting.name, value), change.confirm, change.refuse)
            return
        if self._settings.change(setting.name, value):
            self._feed.save_settings(self._settings, self._raised)
        self._changed(setting.name)

    def settle(self, change: EngineChange, *, refused: bool) -> None:
        """Takes over the outcome of a change; a refused one is reverted unless a later one was requested."""
        name = change.setting.name
        if not refused:
            self._confirmed[name] = change.value
        elif self._asked.get(name) is change and name in self._confirmed:
            self._engine[name] = self._confirmed[name]
            self._put_field(change.setting)


@dataclass(frozen=True, slots=True, eq=False)
class EngineChange:
    """A requested change of an engine setting; its outcome is reported even if the dialog was closed."""

    page: SettingsDialog
    setting: Setting
    value: SettingValue
    changed: Callable[[str], None]
    raised: Callable[[Problem], None]

    def confirm(self, _: object) -> None:
        """Reports that the engine has changed the setting."""
        if isValid(self.page):
            self.page.settle(self, refused=False)
        self.changed(self.setting.name)

    def refuse(self, problem: Problem) -> None:
        """Reports that the engine refused the change, with the problem."""
        if isValid(self.page):
            self.page.settle(self, refused=True)
        self.raised(problem)


_NUMBER_PX = 72
