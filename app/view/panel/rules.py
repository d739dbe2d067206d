"""The rules panel: automations, schedules, scenes and watched alarms, each with its state, its last and its next run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import cast, override

from PySide6.QtWidgets import QPushButton, QWidget

from app.i18n import sentence, tr, translate
from app.view.control.slots import calling
from app.view.control.widgets import ElidedLabel, IconButton, ToggleSwitch, button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_time
from app.view.panel.card_list import CardPanel
from app.view.panel.panel_base import CardFrame
from app.view.panel.rule_editor import RuleEditor, automation_words
from app.view.panel.rule_subjects import RuleSubject, subject_of, subjects
from twin.model.change import Change, TwinChanged
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.rule_status import RuleStatus, SceneOutcome
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_list import alarm_title
from twin.rules.automation import Automation
from twin.rules.definition_body import read_body
from twin.rules.selector import of_point

SHOWN = 60
"""Maximum number of listed alarms; the rest is counted."""
EVERY_TICKS = 8
"""Slow ticks (a quarter of a second each) between two questions about what runs."""


def facts(status: RuleStatus) -> list[str]:
    """Texts of a rule: kind, state, last and next run."""
    found = [translate(f"rules.kind.{status.kind}")]
    if not status.readable:
        found.append(tr("cannot be read"))
    elif status.circles_since_ms:
        found.append(tr("stopped: it went in circles"))
    elif status.running:
        found.append(tr("running"))
    found += [tr("last run {time}", time=format_time(status.last_run_ms))] if status.last_run_ms else []
    found += [tr("next run {time}", time=format_time(status.next_run_ms))] if status.next_run_ms else []
    return found


def alarm_rows(twin: Twin) -> tuple[tuple[Definition, Text], ...]:
    """Every alarm definition with its title; one that cannot be read is titled with its id."""
    found: list[tuple[Definition, Text]] = []
    for one in twin.definitions.alarms:
        try:
            title = alarm_title(cast("AlarmDefinition", read_body(DefinitionKind.ALARM, one)), twin)
        except ProblemError:
            title = Text("text.earlier", text=one.title or one.id)
        found.append((one, title))
    return tuple(found)


class RulesPanel(CardPanel):
    """Lists rules and lets people run, edit, enable, disable and delete them; one undo step each."""

    title, icon = "Rules", "rules"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._ticks, self._opening = 0, False
        self._statuses = self.add_query(lambda _: feed.api.rules(), self._show, lambda _: None)
        self._definitions = self.add_query(lambda twin: feed.api.compute(partial(alarm_rows, twin)), self._show_alarms)
        self._by_rule: dict[tuple[str, str], RuleCard] = {}
        self.add = QPushButton()
        self.add.setObjectName("primary")
        self.add.clicked.connect(calling(self._edit))
        self.none = text_label("", "muted", wrap=True)
        self.alarms_title, self.more = text_label("", "paneltitle", wrap=True), text_label("", "faint", wrap=True)
        self.column.addLayout(row(self.add, 1))
        self.cards = self.add_list(self.none)
        self.alarms = self.add_list(self.alarms_title)
        self.column.addWidget(self.more)
        self.column.addStretch(1)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.add.setText(tr("New automation…"))
        self.none.setText(
            tr("No automation yet. A new one is tried on the recorded days before it is saved, and undo takes it back.")
        )
        self.alarms_title.setText(tr("Watched alarms"))
        self.drop_cards()
        if self.isVisible():
            self.refresh()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._statuses.invalidate()
            self._definitions.invalidate()

    @override
    def on_slow(self, rows: object) -> None:
        self._ticks += 1
        if self._ticks % EVERY_TICKS == 0:
            self._statuses.invalidate()
        super().on_slow(rows)

    @override
    def drop_cards(self) -> None:
        super().drop_cards()
        self._by_rule, self._opening = {}, False

    def ask_again(self) -> None:
        """Asks the engine how the rules stand now, also where an answer is under way."""
        self._statuses.invalidate()
        self._statuses.refresh()

    def _show(self, found: Sequence[RuleStatus]) -> None:
        twin = self.feed.twin
        known = [(one, self._words(one, twin)) for one in found]
        there = {(one.kind, one.id) for one in found}
        self._by_rule = {rule: card for rule, card in self._by_rule.items() if rule in there}
        focused = self._focused()
        self.cards.show({key: partial(self._card, *key) for key in known})
        if focused is not None:
            self.feed.turns.add(partial(self._focus, *focused))  # once the layout shows what is new
        self.none.setVisible(not found)

    def _card(self, status: RuleStatus, words: str) -> RuleCard:
        made = self._by_rule[status.kind, status.id] = RuleCard(self, status, words)
        return made

    def _focused(self) -> tuple[tuple[str, str], str] | None:
        """The rule and the name of the button that has the keyboard."""
        found = (
            (rule, name) for rule, one in self._by_rule.items() for name, made in one.buttons.items() if made.hasFocus()
        )
        return next(found, None)

    def _focus(self, rule: tuple[str, str], name: str) -> None:
        one = self._by_rule.get(rule)
        if one is not None and name in one.buttons:
            one.buttons[name].setFocus()

    def _words(self, status: RuleStatus, twin: Twin) -> str:
        """An automation in words; empty for others, and where it cannot be read."""
        rule = self.automation(status.id) if status.kind == DefinitionKind.AUTOMATION else None
        return automation_words(rule, self.feed) if rule is not None else ""

    def automation(self, id: str) -> Automation | None:
        """The automation with this id; None where there is none, or it cannot be read."""
        found = self.feed.twin.definitions.find(DefinitionKind.AUTOMATION, id)
        try:
            return cast("Automation", read_body(DefinitionKind.AUTOMATION, found)) if found is not None else None
        except ProblemError:
            return None

    def _show_alarms(self, found: Sequence[tuple[Definition, Text]]) -> None:
        self.alarms.show(
            {(one, sentence(title)): partial(self._alarm_row, one, sentence(title)) for one, title in found[:SHOWN]}
        )
        self.alarms_title.setVisible(bool(found))
        self.more.setText(tr("%n more alarms", len(found) - SHOWN))
        self.more.setVisible(len(found) > SHOWN)

    def _alarm_row(self, one: Definition, title: str) -> QWidget:
        made, switch = QWidget(), enabling_switch(title, on=one.enabled)
        switch.clicked.connect(lambda: self.enable(DefinitionKind.ALARM, one.id, on=not one.enabled))
        line = row(ElidedLabel(title), switch)
        line.setStretch(0, 1)
        made.setLayout(line)
        return made

    # -- what people ask for

    def enable(self, kind: DefinitionKind, id: str, *, on: bool) -> None:
        """Turns a definition on or off: one undo step."""
        found = self.feed.twin.definitions.find(kind, id)
        if found is not None:
            self._change(DefinitionEdit(kind, id, replace(found, enabled=on)))

    def delete(self, kind: DefinitionKind, id: str) -> None:
        """Deletes a definition: one undo step."""
        self._change(DefinitionEdit(kind, id))

    def _change(self, edit: DefinitionEdit) -> None:
        self.feed.when(self.feed.api.change_definitions([edit]), calling(self.ask_again))

    def run(self, status: RuleStatus) -> None:
        """Starts an automation, or sets a scene; what a scene failed to set becomes a problem."""
        if status.kind == DefinitionKind.SCENE:
            self.feed.when(self.feed.api.set_scene(status.id), self._scene_set)
        else:
            self.feed.when(self.feed.api.run_rule(status.id), calling(self.ask_again))

    def _scene_set(self, outcome: SceneOutcome) -> None:
        if outcome.failed:
            self.feed.raise_problem(partly_set(outcome, self.feed.twin))
        self.ask_again()

    def edit(self, id: str) -> None:
        """Opens the editor for an automation."""
        rule = self.automation(id)
        found = self.feed.twin.definitions.find(DefinitionKind.AUTOMATION, id)
        if rule is not None and found is not None:
            self._edit(rule, enabled=found.enabled)

    def _edit(self, rule: Automation | None = None, *, enabled: bool = True) -> None:
        """Opens the editor once the lists of points are there: in a large building they take a moment."""
        if self._opening:
            return
        self._opening = True
        twin = self.feed.twin

        def lists() -> tuple[tuple[RuleSubject, ...], tuple[RuleSubject, ...]]:
            return subjects(twin, commanded=False), subjects(twin, commanded=True)

        opened = partial(self._open, self.feed.api.project(), rule, enabled)
        self.feed.when(self.feed.api.compute(lists), opened, self._not_opened)

    def _open(
        self,
        project: str,
        rule: Automation | None,
        enabled: bool,
        lists: tuple[tuple[RuleSubject, ...], tuple[RuleSubject, ...]],
    ) -> None:
        """Opens the editor unless another project is open by now."""
        self._opening = False
        if project == self.feed.api.project():
            editor = RuleEditor(self, self.feed, *lists, rule, enabled=enabled)
            editor.accepted.connect(self.ask_again)
            editor.open()

    def _not_opened(self, problem: Problem) -> None:
        self._opening = False
        self.feed.raise_problem(problem)


class RuleCard(CardFrame):
    """Card of one automation, schedule or scene."""

    def __init__(self, panel: RulesPanel, status: RuleStatus, words: str) -> None:
        super().__init__()
        self.panel, self.status = panel, status
        title = sentence(status.title)
        self.setAccessibleName(title)
        kind = DefinitionKind(status.kind)
        self.switch = enabling_switch(title, on=status.enabled)
        self.switch.clicked.connect(lambda: panel.enable(kind, status.id, on=not status.enabled))
        head = row(text_label(title, "paneltitle", wrap=True), self.switch)
        head.setStretch(0, 1)
        self.column.addLayout(head)
        self.column.addWidget(text_label(" · ".join(facts(status)), "muted", wrap=True))
        if words:
            self.column.addWidget(text_label(words, "", wrap=True))
        self.why = text_label("", "faint", wrap=True)
        self.why.hide()
        self.buttons = {name: self._button(name, title) for name in self._offered()}
        self.delete = IconButton("remove", f"{tr('Delete')}: {title}", size=16)
        self.delete.clicked.connect(lambda: panel.delete(kind, status.id))
        self.column.addLayout(row(*self.buttons.values(), 1, self.delete))
        self.column.addWidget(self.why)

    def _offered(self) -> list[str]:
        status = self.status
        if status.kind == DefinitionKind.SCENE:
            return ["set"] if status.enabled and status.readable else []
        if status.kind != DefinitionKind.AUTOMATION:
            return []
        runs = ["run", "why"] if status.enabled and status.readable else []
        return [*runs, "edit"] if self.panel.automation(status.id) is not None else runs

    def _button(self, name: str, title: str) -> QPushButton:
        words = {"run": tr("Run now"), "set": tr("Set"), "edit": tr("Edit…"), "why": tr("Why not?")}[name]
        made = button(words)
        made.setAccessibleName(f"{words}: {title}")
        made.clicked.connect(lambda: self._do(name))
        return made

    def _do(self, name: str) -> None:
        panel, status = self.panel, self.status
        if name == "edit":
            panel.edit(status.id)
        elif name == "why":
            panel.feed.when(panel.feed.api.why_not(status.id), self._show_why)
        else:
            panel.run(status)

    def _show_why(self, reasons: Sequence[Text]) -> None:
        self.why.setText("\n".join(sentence(one) for one in reasons) or tr("Nothing stands in its way."))
        self.why.show()


def partly_set(outcome: SceneOutcome, twin: Twin) -> Problem:
    """The points that a scene did not set, each with its reason."""
    names = [subject_of(of_point(point), twin) for point, _ in outcome.failed]
    points = [
        f"{point if name is None else name.title} ({sentence(why)})"
        for name, (point, why) in zip(names, outcome.failed, strict=True)
    ]
    return Problem(code="rules.scene_partly", args={"n": len(points), "points": points}, severity=Severity.WARNING)


def enabling_switch(title: str, *, on: bool) -> ToggleSwitch:
    """A switch that shows whether a definition is on."""
    made = ToggleSwitch()
    made.setChecked(on)
    made.setAccessibleName(f"{tr('On')}: {title}" if on else f"{tr('Off')}: {title}")
    return made
