"""Fields of the rule editor for one trigger, condition or action each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import override

from msgspec.structs import replace
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import sentence, tr
from app.view.control.form_fields import ChoiceBox, WholeNumberBox
from app.view.control.slots import calling
from app.view.control.widgets import text_label
from app.view.panel.rule_fields import ClockField, DaysField, DurationField, SubjectField, ValueField, together
from app.view.panel.rule_sentences import MINUTE_MS, verb_text
from app.view.panel.rule_subjects import RuleSubject
from app.view.panel.subject_pick import PickButton
from twin.model.twin import Twin
from twin.rules.alarm_list import rule_title
from twin.rules.automation import (
    Action,
    Activate,
    At,
    Became,
    Between,
    Condition,
    Do,
    Holds,
    Notify,
    SunEvent,
    SunIs,
    Trigger,
    Wait,
)

type RulePart = Trigger | Condition | Action
MOST_LETTERS = 200


class PartFields(QWidget):
    """Fields of one kind of part."""

    changed = Signal()

    def part(self) -> RulePart | None:
        """Part built from the fields; None while something is missing."""
        raise NotImplementedError

    def show_part(self, part: RulePart) -> bool:
        """Fills the fields; returns whether they represent exactly this part."""
        self._fill(part)
        return self.part() == part

    def _fill(self, part: RulePart) -> None:
        raise NotImplementedError

    def first_field(self) -> QWidget:
        """The field that the user fills first."""
        return next((one for one in self.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus), self)

    def lay(self, *widgets: QWidget) -> None:
        """Puts the fields side by side."""
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(together(*widgets))


class _ValueFields(PartFields):
    """A subject, a comparison, a value and a duration."""

    def __init__(self, found: Sequence[RuleSubject], words: tuple[str, str, str]) -> None:
        super().__init__()
        self.subject, self.compare = SubjectField(found), ChoiceBox()
        self.value, self.duration = ValueField(), DurationField()
        self._words = words
        self.compare.setAccessibleName(tr("Comparison"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(together(self.subject, PickButton(self.subject)))
        column.addWidget(together(self.compare, self.value, text_label(tr("for"), "muted"), self.duration))
        self.subject.picked.connect(self._picked)
        self.compare.currentIndexChanged.connect(calling(self._compared))
        self.value.changed.connect(self.changed)
        self.duration.valueChanged.connect(calling(self.changed.emit))
        self._picked()

    def _picked(self) -> None:
        subject = self.subject.subject()
        words = {"to": self._words[0], "above": self._words[1], "below": self._words[2]}
        offered = ("to",) if subject is not None and subject.options else ("above", "below")
        if [self.compare.itemData(at) for at in range(self.compare.count())] != list(offered):
            self.compare.clear()
            for one in offered:
                self.compare.addItem(words[one], one)
        self.value.follow(subject)
        self.changed.emit()

    def _compared(self) -> None:
        self.value.begin(below=self.compare.currentData() == "below")
        self.changed.emit()

    def _bound(self) -> dict[str, float]:
        return {str(self.compare.currentData()): self.value.value()}

    def _show(self, bounds: dict[str, float | None], for_ms: int) -> None:
        for name, value in bounds.items():
            if value is not None:
                self.compare.setCurrentIndex(self.compare.findData(name))
                self.value.set_value(value)
        self.duration.setValue(for_ms // MINUTE_MS)


class BecameFields(_ValueFields):
    """Trigger: a value becomes, rises above or falls below something."""

    def __init__(self, found: Sequence[RuleSubject]) -> None:
        super().__init__(found, (tr("becomes"), tr("rises above"), tr("falls below")))
        self._base: Became | None = None

    @override
    def part(self) -> Trigger | None:
        subject = self.subject.subject()
        if subject is None:
            return None
        deadband = self._base.deadband if self._base is not None else 0.0
        bound = self._bound()
        return Became(
            selector=subject.selector, to=bound.get("to"), above=bound.get("above"), below=bound.get("below"),
            for_ms=self.duration.ms(), deadband=deadband,
        )  # fmt: skip

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, Became):
            self._base = part
            self.subject.choose(part.selector)
            self._show({"to": part.to, "above": part.above, "below": part.below}, part.for_ms)


class HoldsFields(_ValueFields):
    """Condition: a value is, is above or is below something."""

    def __init__(self, found: Sequence[RuleSubject]) -> None:
        super().__init__(found, (tr("is"), tr("is above"), tr("is below")))

    @override
    def part(self) -> Condition | None:
        subject = self.subject.subject()
        if subject is None:
            return None
        bound = self._bound()
        return Holds(
            selector=subject.selector, equals=bound.get("to"), above=bound.get("above"), below=bound.get("below"),
            for_ms=self.duration.ms(),
        )  # fmt: skip

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, Holds):
            self.subject.choose(part.selector)
            self._show({"to": part.equals, "above": part.above, "below": part.below}, part.for_ms)


class AtFields(PartFields):
    """Trigger: a time of the day."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.days = ClockField(tr("Time"), 7 * 60), DaysField()
        self.lay(self.clock, self.days)
        self.clock.timeChanged.connect(calling(self.changed.emit))
        self.days.currentIndexChanged.connect(calling(self.changed.emit))

    @override
    def part(self) -> Trigger:
        return At(minute=self.clock.minute(), days=self.days.days())

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, At):
            self.clock.set_minute(part.minute)
            self.days.set_days(part.days)


class SunFields(PartFields):
    """Trigger: sunrise or sunset, earlier or later."""

    def __init__(self) -> None:
        super().__init__()
        self.sun, self.offset = ChoiceBox(), WholeNumberBox()
        for name, words in (("sunset", tr("sunset")), ("sunrise", tr("sunrise"))):
            self.sun.addItem(words, name)
        self.sun.setAccessibleName(tr("Sunrise or sunset"))
        self.offset.setRange(-180, 180)
        self.offset.setSuffix(f" {tr('min')}")
        self.offset.setAccessibleName(tr("Minutes later (below zero: earlier)"))
        self.lay(self.sun, self.offset)
        self.sun.currentIndexChanged.connect(calling(self.changed.emit))
        self.offset.valueChanged.connect(calling(self.changed.emit))

    @override
    def part(self) -> Trigger:
        return SunEvent(event=str(self.sun.currentData()), offset_ms=self.offset.value() * MINUTE_MS)

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, SunEvent):
            self.sun.setCurrentIndex(max(0, self.sun.findData(part.event)))
            self.offset.setValue(part.offset_ms // MINUTE_MS)


class BetweenFields(PartFields):
    """Condition: hours of the day."""

    def __init__(self) -> None:
        super().__init__()
        self.begin, self.end = ClockField(tr("From"), 22 * 60), ClockField(tr("To"), 6 * 60)
        self.days = DaysField()
        self.lay(self.begin, text_label("–"), self.end, self.days)
        for one in (self.begin, self.end):
            one.timeChanged.connect(calling(self.changed.emit))
        self.days.currentIndexChanged.connect(calling(self.changed.emit))

    @override
    def part(self) -> Condition:
        return Between(begin=self.begin.minute(), end=self.end.minute(), days=self.days.days())

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, Between):
            self.begin.set_minute(part.begin)
            self.end.set_minute(part.end)
            self.days.set_days(part.days)


class SunIsFields(PartFields):
    """Condition: the sun is up, or down."""

    def __init__(self) -> None:
        super().__init__()
        self.up = ChoiceBox()
        self.up.addItems([tr("the sun is down"), tr("the sun is up")])
        self.up.setAccessibleName(tr("Sun"))
        self.lay(self.up)
        self.up.currentIndexChanged.connect(calling(self.changed.emit))

    @override
    def part(self) -> Condition:
        return SunIs(up=self.up.currentIndex() == 1)

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, SunIs):
            self.up.setCurrentIndex(int(part.up))


class DoFields(PartFields):
    """Action: command a point, or each of a room's."""

    def __init__(self, found: Sequence[RuleSubject]) -> None:
        super().__init__()
        self.subject, self.verb, self.value = SubjectField(found), ChoiceBox(), ValueField()
        self._base = 1
        self.verb.setAccessibleName(tr("Command"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(together(self.subject, PickButton(self.subject)))
        column.addWidget(together(self.verb, self.value))
        self.subject.picked.connect(self._picked)
        self.verb.currentIndexChanged.connect(self._chose)
        self.value.changed.connect(self.changed)
        self._picked()

    def _picked(self) -> None:
        subject = self.subject.subject()
        verbs = subject.verbs if subject is not None else ()
        if [self.verb.itemData(at) for at in range(self.verb.count())] != list(verbs):
            self.verb.clear()
            for one in verbs:
                self.verb.addItem(verb_text(one), one)
        self.verb.setVisible(bool(verbs))
        self.value.follow(subject)
        self._chose()

    def _chose(self) -> None:
        self.value.setVisible(self.verb.currentData() == "set")
        self.changed.emit()

    @override
    def part(self) -> Action | None:
        subject, verb = self.subject.subject(), self.verb.currentData()
        if subject is None or verb is None:
            return None
        value: float | str | None = None
        if verb == "set":
            value = self.value.value()
            value = subject.options[int(value)] if subject.options else value
        return Do(selector=subject.selector, verb=str(verb), value=value, tries=self._base)

    @override
    def _fill(self, part: RulePart) -> None:
        if not isinstance(part, Do):
            return
        self._base = part.tries
        self.subject.choose(part.selector)
        self.verb.setCurrentIndex(self.verb.findData(part.verb))
        subject = self.subject.subject()
        if subject is not None and isinstance(part.value, str) and part.value in subject.options:
            self.value.set_value(subject.options.index(part.value))
        elif isinstance(part.value, int | float):
            self.value.set_value(part.value)


class SceneFields(PartFields):
    """Action: set a scene."""

    def __init__(self, twin: Twin) -> None:
        super().__init__()
        self.scene = ChoiceBox()
        for one in twin.definitions.scenes:
            self.scene.addItem(sentence(rule_title(one.id, one.title, twin)), one.id)
        self.scene.setAccessibleName(tr("Scene"))
        self.lay(self.scene)
        self.scene.currentIndexChanged.connect(calling(self.changed.emit))

    @override
    def part(self) -> Action | None:
        found = self.scene.currentData()
        return None if found is None else Activate(scene=str(found))

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, Activate):
            self.scene.setCurrentIndex(self.scene.findData(part.scene))


class WaitFields(PartFields):
    """Action: a pause."""

    def __init__(self) -> None:
        super().__init__()
        self.duration = DurationField()
        self.duration.setMinimum(1)
        self.duration.setValue(5)
        self.lay(self.duration)
        self.duration.valueChanged.connect(calling(self.changed.emit))

    @override
    def part(self) -> Action:
        return Wait(for_ms=self.duration.ms())

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, Wait):
            self.duration.setValue(part.for_ms // MINUTE_MS)


class NotifyFields(PartFields):
    """Action: a message."""

    def __init__(self) -> None:
        super().__init__()
        self.text = QLineEdit()
        self.text.setMaxLength(MOST_LETTERS)
        self.text.setPlaceholderText(tr("Message"))
        self.text.setAccessibleName(tr("Message"))
        self._base = Notify(text="")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.text)
        self.text.textChanged.connect(calling(self.changed.emit))

    @override
    def part(self) -> Action | None:
        text = self.text.text().strip()
        return replace(self._base, text=text) if text else None

    @override
    def _fill(self, part: RulePart) -> None:
        if isinstance(part, Notify):
            self._base = part
            self.text.setText(part.text)
