"""Fields of the rule editor for triggers that are events: a pressed button, an alarm's change, every few minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import override

from app.i18n import sentence, tr
from app.view.control.form_fields import ChoiceBox, WholeNumberBox
from app.view.control.slots import calling
from app.view.formatting import format_word
from app.view.panel.rule_fields import SubjectField
from app.view.panel.rule_rows import PartFields, RulePart
from app.view.panel.rule_subjects import RuleSubject
from app.view.panel.subject_pick import PickButton
from twin.model.text import Text
from twin.rules.automation import Alarmed, Every, Pressed, Trigger

LONGEST_MIN = 24 * 60


class PressedFields(PartFields):
    """Trigger: a button is pressed in one way."""

    def __init__(self, found: Sequence[RuleSubject]) -> None:
        super().__init__()
        self.subject, self.word = SubjectField(found), ChoiceBox()
        self.word.setAccessibleName(tr("How it is pressed"))
        self.lay(self.subject, PickButton(self.subject), self.word)
        self.subject.picked.connect(self._picked)
        self.word.currentIndexChanged.connect(calling(self.changed.emit))
        self._picked()

    def _picked(self) -> None:
        subject = self.subject.subject()
        self.word.clear()
        self.word.addItems([format_word(one) for one in subject.options] if subject is not None else [])
        self.changed.emit()

    @override
    def part(self) -> Trigger | None:
        subject, at = self.subject.subject(), self.word.currentIndex()
        return None if subject is None or at < 0 else Pressed(selector=subject.selector, word=float(at))

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, Pressed):
            self.subject.choose(part.selector)
            self.word.setCurrentIndex(int(part.word) if 0 <= part.word < self.word.count() else -1)


class AlarmedFields(PartFields):
    """Trigger: an alarm is raised, acknowledged, or over."""

    def __init__(self, alarms: Sequence[tuple[str, Text]]) -> None:
        """`alarms`: (id, title) of those that can be chosen."""
        super().__init__()
        self.alarm, self.change = ChoiceBox(), ChoiceBox()
        for id, title in alarms:
            self.alarm.addItem(sentence(title), id)
        self.alarm.setAccessibleName(tr("Alarm"))
        for words, change in ((tr("is raised"), "raised"), (tr("is acknowledged"), "acknowledged"), (tr("is over"), "over")):  # fmt: skip
            self.change.addItem(words, change)
        self.change.setAccessibleName(tr("Change of the alarm"))
        self.lay(self.alarm, self.change)
        for one in (self.alarm, self.change):
            one.currentIndexChanged.connect(calling(self.changed.emit))

    @override
    def part(self) -> Trigger | None:
        id, change = self.alarm.currentData(), self.change.currentData()
        return None if id is None else Alarmed(alarm=id, active=change != "over", acknowledged=change == "acknowledged")

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, Alarmed):
            self.alarm.setCurrentIndex(self.alarm.findData(part.alarm))
            change = "acknowledged" if part.acknowledged else "raised" if part.active else "over"
            self.change.setCurrentIndex(self.change.findData(change))


class EveryFields(PartFields):
    """Trigger: every few minutes of the day."""

    def __init__(self) -> None:
        super().__init__()
        self.minutes = WholeNumberBox()
        self.minutes.setRange(1, LONGEST_MIN)
        self.minutes.setValue(15)
        self.minutes.setPrefix(f"{tr('every')} ")
        self.minutes.setSuffix(f" {tr('min')}")
        self.minutes.setAccessibleName(tr("Minutes between two starts"))
        self.lay(self.minutes)
        self.minutes.valueChanged.connect(calling(self.changed.emit))

    @override
    def part(self) -> Trigger:
        return Every(minutes=self.minutes.value())

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, Every):
            self.minutes.setValue(part.minutes)
