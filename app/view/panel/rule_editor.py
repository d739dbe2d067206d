"""The rule editor: an automation as sentences of fields, with a live preview on the recorded days; saved as one undo step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from secrets import token_hex
from typing import Any, cast

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.chart.home_state import HomeHistory
from app.view.control.dialog import Dialog
from app.view.control.slots import calling, taking
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import scrolled
from app.view.panel.part_list import PartChoice, PartList
from app.view.panel.prompts import ask_user
from app.view.panel.ready_bar import ReadyBar, ready_title
from app.view.panel.rule_event_rows import AlarmedFields, EveryFields, PressedFields
from app.view.panel.rule_fields import SubjectField
from app.view.panel.rule_preview_box import RulePreviewBox
from app.view.panel.rule_rows import (
    AtFields,
    BecameFields,
    BetweenFields,
    DoFields,
    HoldsFields,
    NotifyFields,
    SceneFields,
    SunFields,
    SunIsFields,
    WaitFields,
)
from app.view.panel.rule_sentences import action_text, alarm_titles, automation_sentences, condition_text, trigger_text
from app.view.panel.rule_subjects import RuleSubject, event_subjects
from app.view.panel.subject_pick import pick_subject
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.problem import Problem
from twin.model.rule_status import RulePreview
from twin.model.twin import Twin
from twin.rules.automation import (
    Activate,
    Alarmed,
    At,
    Automation,
    Became,
    Between,
    Do,
    Every,
    Holds,
    Notify,
    Pressed,
    SunEvent,
    SunIs,
    Wait,
)
from twin.rules.definition_body import definition_of
from twin.rules.ready_automations import ReadyAutomation

PREVIEW_DAYS = 7
DAY_MS = 86_400_000
SOON_MS = 400
"""Pause (ms) after the last change before the preview is asked for."""
MOST_LETTERS = 80


def event_choices(twin: Twin) -> list[PartChoice]:
    """Triggers that are events; those of buttons and alarms only where there are any."""
    found = [PartChoice(tr("every few minutes"), Every, EveryFields)]
    if buttons := event_subjects(twin):
        found.append(PartChoice(tr("a button is pressed"), Pressed, lambda: PressedFields(buttons)))
    if twin.definitions.alarms:
        found.append(PartChoice(tr("an alarm changes"), Alarmed, lambda: AlarmedFields(alarm_titles(twin))))
    return found


class RuleEditor(Dialog):
    """Edits an automation, or a new one."""

    def __init__(
        self,
        parent: QWidget,
        feed: Feed,
        read: Sequence[RuleSubject],
        commanded: Sequence[RuleSubject],
        rule: Automation | None = None,
        *,
        enabled: bool = True,
        ready: Sequence[ReadyAutomation] = (),
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Automation"))
        self.setMinimumSize(520, 620)
        self.feed = feed
        self._enabled = enabled
        self._base = rule or Automation(id=f"automation-{token_hex(4)}")
        self._asked = 0
        self.title = QLineEdit()
        self.title.setMaxLength(max(MOST_LETTERS, len(self._base.title)))
        self.title.setText(self._base.title)
        self.title.setPlaceholderText(tr("Name of the automation"))
        self.title.setAccessibleName(tr("Name of the automation"))
        self.triggers, self.conditions, self.steps = self._lists(read, commanded)
        self.ready = ReadyBar(ready, feed.selection.state.room or "") if ready and rule is None else None
        self.preview, self.missing = RulePreviewBox(), text_label("", "muted", wrap=True)
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Save"))
        self.save.setObjectName("primary")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._ask_preview)
        self._lay()
        self._show(self._base)
        self._filled = self._entered()
        for one in (self.triggers, self.conditions, self.steps):
            one.changed.connect(self._changed)
            one.pick_wanted.connect(taking(SubjectField, partial(pick_subject, self, feed)))
        if self.ready is not None:
            self.ready.chosen.connect(taking(ReadyAutomation, self._begin_with))
        self.title.textChanged.connect(calling(self._check))
        self.cancel.clicked.connect(self.reject)
        feed.project_left.connect(self.reject)
        self.save.clicked.connect(self._save)
        self.title.setFocus()
        self._changed()

    def _lists(
        self, read: Sequence[RuleSubject], commanded: Sequence[RuleSubject]
    ) -> tuple[PartList, PartList, PartList]:
        twin = self.feed.twin
        sun, turns = twin.site.latitude is not None, self.feed.turns
        triggers = [
            PartChoice(tr("a value changes"), Became, lambda: BecameFields(read)),
            PartChoice(tr("a time of the day"), At, AtFields),
            *([PartChoice(tr("sunrise or sunset"), SunEvent, SunFields)] if sun else []),
            *event_choices(twin),
        ]
        conditions = [
            PartChoice(tr("a value"), Holds, lambda: HoldsFields(read)),
            PartChoice(tr("hours of the day"), Between, BetweenFields),
            *([PartChoice(tr("day or night"), SunIs, SunIsFields)] if sun else []),
        ]
        actions = [
            PartChoice(tr("command a device"), Do, lambda: DoFields(commanded)),
            *([PartChoice(tr("set a scene"), Activate, lambda: SceneFields(twin))] if twin.definitions.scenes else []),
            PartChoice(tr("wait"), Wait, WaitFields),
            PartChoice(tr("show a message"), Notify, NotifyFields),
        ]
        picked = self.feed.selection.state
        near = [twin.device_of[id] for id in picked.devices if id in twin.device_of]
        near = near or (list(twin.devices_in.get(picked.room, ())) if picked.room is not None else [])
        points = frozenset(point.id for device in near for point in device.points)
        return (
            PartList(tr("When one of these happens"), triggers, lambda part: trigger_text(part, twin), turns, points),
            PartList(
                tr("Only if all of these hold"), conditions, lambda part: condition_text(part, twin), turns, points
            ),
            PartList(tr("Then, one after the other"), actions, lambda part: action_text(part, twin), turns, points),
        )

    def _lay(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(22, 18, 22, 12)
        column.setSpacing(14)
        if self.ready is not None:
            column.addWidget(self.ready)
        column.addWidget(self.title)
        for one in (self.triggers, self.conditions, self.steps):
            column.addWidget(one)
        column.addWidget(text_label(tr("What would have happened"), "paneltitle"))
        column.addWidget(self.preview)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 14)
        outer.addWidget(scrolled(inside), 1)
        foot = row(self.missing, self.cancel, self.save)
        foot.setContentsMargins(22, 0, 22, 0)
        foot.setStretch(0, 1)
        outer.addLayout(foot)

    def _show(self, rule: Automation) -> None:
        self.triggers.show_parts(rule.triggers)
        self.conditions.show_parts(rule.conditions)
        self.steps.show_parts(rule.actions)

    def _begin_with(self, ready: ReadyAutomation) -> None:
        """Fills the sentences with a ready automation; asks first where what a person entered would be lost."""
        if self.ready is None or self._entered() == self._filled:
            self._fill_with(ready)
            return
        question = tr("Begin again with “{name}”?", name=ready_title(ready.kind))
        about = tr("What you have entered here is replaced.")
        asked = ask_user(self, question, about, tr("Begin again"), partial(self._fill_with, ready))
        asked.rejected.connect(self.ready.put_back)

    def _fill_with(self, ready: ReadyAutomation) -> None:
        for one in (self.triggers, self.conditions, self.steps):
            one.clear()
        title = ready_title(ready.kind)
        self.title.setText(f"{ready.room.title}: {title}" if ready.room is not None else title)
        self._show(ready.rule)
        if self.ready is not None:
            self.ready.taken = ready
        self._filled = self._entered()
        self._changed()

    def _entered(self) -> tuple[object, ...]:
        """Title and parts that the fields hold now."""
        return self.title.text(), self.triggers.parts(), self.conditions.parts(), self.steps.parts()

    def rule(self) -> Automation | None:
        """Automation built from the fields; None while a row is incomplete or there is no action."""
        triggers, conditions, actions = self.triggers.parts(), self.conditions.parts(), self.steps.parts()
        if triggers is None or conditions is None or not actions:
            return None
        return replace(
            self._base,
            title=self.title.text().strip(),
            triggers=cast("Any", triggers),
            conditions=cast("Any", conditions),
            actions=cast("Any", actions),
        )

    def _changed(self) -> None:
        self._check()
        self._soon.start()

    def _check(self) -> None:
        rule = self.rule()
        self.save.setEnabled(rule is not None and bool(rule.title))
        if rule is None:
            whole = self.triggers.parts() is not None and self.conditions.parts() is not None
            whole = whole and self.steps.parts() is not None
            self.missing.setText(tr("Add what is to be done then.") if whole else tr("A row is not complete yet."))
        else:
            self.missing.setText("" if rule.title else tr("It needs a name."))

    def _ask_preview(self) -> None:
        rule = self.rule()
        self._asked += 1
        if rule is None:
            self.preview.say_nothing("")
            return
        now_ms = self.feed.api.now_ms()
        asked = self.feed.api.preview_rule(
            DefinitionKind.AUTOMATION, definition_of(rule), now_ms - PREVIEW_DAYS * DAY_MS, now_ms
        )
        self.feed.when(asked, partial(self._show_preview, self._asked), partial(self._no_preview, self._asked))

    def _show_preview(self, asked: int, found: RulePreview) -> None:
        if asked == self._asked:  # else the fields have changed meanwhile
            self.preview.show_preview(found)
            HomeHistory(self.feed, self.preview.home.show_spans).request(found.from_ms, found.to_ms)

    def _no_preview(self, asked: int, problem: Problem) -> None:
        if asked == self._asked:
            self.feed.raise_problem(problem)
            self.preview.say_nothing("")

    def _save(self) -> None:
        rule = self.rule()
        if rule is None:
            return
        edit = DefinitionEdit(DefinitionKind.AUTOMATION, rule.id, definition_of(rule, enabled=self._enabled))
        self.save.setEnabled(False)
        self.feed.when(self.feed.api.change_definitions([edit]), lambda _: self.accept(), self._refused)

    def _refused(self, problem: Problem) -> None:
        self.feed.raise_problem(problem)
        self._check()


def automation_words(rule: Automation, feed: Feed) -> str:
    """An automation in one sentence, for lists."""
    return ", ".join(one for one in automation_sentences(rule, feed.twin) if one)
