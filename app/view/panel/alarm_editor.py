"""Dialog for an alarm's limit, deadband, delays, priority and instruction; saved as one undo step."""

from __future__ import annotations

from typing import cast

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import sentence, tr, translate
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox, NumberBox
from app.view.control.slots import calling
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.formatting import display_unit, from_display, to_display
from app.view.panel.rule_fields import DurationField
from app.view.panel.rule_sentences import MINUTE_MS
from twin.model.capability import CAPABILITIES, Capability
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.ids import PointId
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition, AlarmPriority, High, Low
from twin.rules.alarm_list import alarm_title
from twin.rules.definition_body import definition_of, read_body

MOST_LETTERS = 300
_FARTHEST = 1e9


class AlarmEditor(Dialog):
    """Edits an alarm that is there. ProblemError for a definition that cannot be read."""

    def __init__(self, parent: QWidget, feed: Feed, definition: Definition) -> None:
        alarm = cast("AlarmDefinition", read_body(DefinitionKind.ALARM, definition))
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Alarm"))
        self.setMinimumWidth(440)
        self.feed, self._definition, self._base = feed, definition, alarm
        self._row = _measured(alarm.key, feed.twin)
        bounded = isinstance(alarm.condition, High | Low)
        self.limit = self._number(tr("Limit"), alarm.condition.limit if isinstance(alarm.condition, High | Low) else 0)
        self.deadband = self._number(tr("Deadband"), alarm.deadband, difference=True)
        self.on_delay, self.off_delay = self._delay(alarm.on_ms), self._delay(alarm.off_ms)
        self.on_delay.setAccessibleName(tr("Delay before it is raised"))
        self.off_delay.setAccessibleName(tr("Delay before it returns"))
        self.priority, self.what_to_do = ChoiceBox(), QLineEdit(alarm.what_to_do)
        for one in AlarmPriority:
            self.priority.addItem(translate(f"alarm.priority.{int(one)}"), int(one))
        self.priority.setCurrentIndex(self.priority.findData(int(alarm.priority)))
        self.priority.setAccessibleName(tr("Priority"))
        self.what_to_do.setMaxLength(max(MOST_LETTERS, len(alarm.what_to_do)))
        self.what_to_do.setAccessibleName(tr("What to do"))
        form = QFormLayout()
        fields: tuple[QWidget, ...] = (self.on_delay, self.off_delay, self.priority, self.what_to_do)
        for field in ((self.limit, self.deadband) if bounded else ()) + fields:
            form.addRow(text_label(field.accessibleName()), field)
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Save"))
        self.save.setObjectName("primary")
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        feed.project_left.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(text_label(sentence(alarm_title(alarm, feed.twin)), "heading", wrap=True))
        column.addLayout(form)
        column.addLayout(row(1, self.cancel, self.save))

    def _number(self, name: str, value: float, *, difference: bool = False) -> NumberBox:
        made = NumberBox()
        made.setRange(0.0 if difference else -_FARTHEST, _FARTHEST)
        made.setDecimals(2)
        made.setAccessibleName(name)
        if self._row is not None:
            unit = display_unit(self._row)
            made.setSuffix(f" {unit}" if unit else "")
        made.setValue(self._shown(value, difference=difference))
        return made

    def _shown(self, value: float, *, difference: bool) -> float:
        """A canonical number in the display unit; a difference without the unit's zero."""
        if self._row is None:
            return value
        return to_display(self._row, value) - (to_display(self._row, 0.0) if difference else 0.0)

    def _canonical(self, box: NumberBox, before: float, *, difference: bool) -> float:
        """The number in a box; exactly the one before where the box still shows that."""
        if box.value() == round(self._shown(before, difference=difference), box.decimals()):
            return before
        if self._row is None:
            return box.value()
        zero = from_display(self._row, 0.0) if difference else 0.0
        return round(from_display(self._row, box.value()) - zero, 6)

    def _delay(self, ms: int) -> DurationField:
        made = DurationField()
        made.setMaximum(max(made.maximum(), ms // MINUTE_MS))
        made.setValue(ms // MINUTE_MS)
        return made

    def alarm(self) -> AlarmDefinition:
        """The alarm built from the fields; what the fields do not show is kept."""
        alarm, condition = self._base, self._base.condition
        if isinstance(condition, High | Low):
            condition = replace(condition, limit=self._canonical(self.limit, condition.limit, difference=False))
        return replace(
            alarm,
            condition=condition,
            deadband=self._canonical(self.deadband, alarm.deadband, difference=True),
            on_ms=_delay_ms(self.on_delay, alarm.on_ms),
            off_ms=_delay_ms(self.off_delay, alarm.off_ms),
            priority=AlarmPriority(int(self.priority.currentData())),
            what_to_do=self.what_to_do.text().strip(),
        )

    def _save(self) -> None:
        made = definition_of(self.alarm(), enabled=self._definition.enabled)
        self.save.setEnabled(False)
        edit = DefinitionEdit(DefinitionKind.ALARM, made.id, made)
        self.feed.when(self.feed.api.change_definitions([edit]), calling(self.accept), self._refused)

    def _refused(self, problem: Problem) -> None:
        self.feed.raise_problem(problem)
        self.save.setEnabled(True)


def open_alarm_editor(parent: QWidget, feed: Feed, id: str) -> AlarmEditor | None:
    """Opens the editor of an alarm; None where it is gone, or cannot be read, which becomes a problem."""
    definition = feed.twin.definitions.find(DefinitionKind.ALARM, id)
    if definition is None:
        return None
    try:
        editor = AlarmEditor(parent, feed, definition)
    except ProblemError as error:
        feed.raise_problem(*error.problems)
        return None
    editor.open()
    return editor


def _delay_ms(field: DurationField, before_ms: int) -> int:
    """The minutes of a field; the exact time before where the minutes are the same."""
    return before_ms if field.value() == before_ms // MINUTE_MS else field.ms()


def _measured(key: str, twin: Twin) -> Capability | None:
    """The capability that a key has the values of; None for presence and alarms."""
    point = twin.point_of.get(PointId(key))
    return point.capability if point is not None else CAPABILITIES.get(key.rpartition("/")[2])
