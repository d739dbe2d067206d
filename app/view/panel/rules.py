"""The rules panel: automations, schedules, scenes and watched alarms, each with its state, its last and its next run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import cast, override

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QPushButton, QWidget

from app.calendars import renewed_all
from app.i18n import sentence, tr
from app.site_time import zone_of
from app.view.control.slots import calling
from app.view.control.widgets import ElidedLabel, IconButton, ToggleSwitch, row, text_label
from app.view.feed import Feed
from app.view.panel.alarm_editor import open_alarm_editor
from app.view.panel.card_list import SLICE_S, CardPanel
from app.view.panel.rule_card import RuleCard, show_enabled
from app.view.panel.rule_editor import RuleEditor
from app.view.panel.rule_start import start_rule, titled
from app.view.panel.rule_subjects import RuleSubject, subject_of, subjects
from app.view.panel.scene_dialog import RenameDialog, SceneDialog
from app.view.shown_moment import refuses_in_past
from twin.model.change import Change, TwinChanged
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.ids import PointId
from twin.model.observation import encode
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.rule_status import RuleStatus, SceneOutcome
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_list import alarm_title
from twin.rules.automation import Automation
from twin.rules.day_calendar import DayCalendar
from twin.rules.definition_body import read_body, read_rules
from twin.rules.ready_automations import ReadyAutomation, ready_automations
from twin.rules.rule_view import room_members
from twin.rules.scene import Places, Scene, scene_values
from twin.rules.schedule import Schedule
from twin.rules.selector import of_point
from twin.rules.wall_clock import local

SHOWN = 60
"""Maximum number of listed alarms; the rest is counted."""
KINDS = (DefinitionKind.AUTOMATION, DefinitionKind.SCHEDULE, DefinitionKind.SCENE)
EVERY_TICKS = 8
"""Slow ticks (a quarter of a second each) between two questions about what runs."""
type _EditorLists = tuple[tuple[RuleSubject, ...], tuple[RuleSubject, ...], tuple[ReadyAutomation, ...]]
"""What the editor of automations offers: points to read, points to command, ready automations."""


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
    told = Signal(str)
    """What came of an automation that the user started."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._opening = False
        self._statuses = self.add_query(lambda _: feed.api.rules(), self._show, self._unknown)
        self._definitions = self.add_query(lambda twin: feed.api.compute(partial(alarm_rows, twin)), self._show_alarms)
        self._by_rule: dict[tuple[str, str], RuleCard] = {}
        self.add = QPushButton()
        self.add.setObjectName("primary")
        self.add.clicked.connect(calling(self._edit))
        self.none, self.unknown = text_label("", "muted", wrap=True), text_label("", "reason", wrap=True)
        self.unknown.hide()
        self.alarms_title, self.more = text_label("", "paneltitle", wrap=True), text_label("", "faint", wrap=True)
        self.previewed = ""
        """Id of the scene that is painted in 3D; empty: none."""
        self.add_scene = QPushButton()
        self.add_scene.clicked.connect(calling(self._new_scene))
        self.add_schedule = QPushButton()
        self.add_schedule.clicked.connect(calling(self._edit_schedule))
        self.column.addLayout(row(self.add, 1))
        self.column.addLayout(row(self.add_schedule, self.add_scene, 1))
        self.cards = self.add_list(self.unknown, self.none)
        self.alarms = self.add_list(self.alarms_title)
        self.column.addWidget(self.more)
        self.column.addStretch(1)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.add.setText(tr("New automation…"))
        self.add_scene.setText(tr("New scene…"))
        self.add_schedule.setText(tr("New schedule…"))
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
        super().on_slow(rows)
        if self.previewed and not self.feed.is_previewing:  # ended elsewhere: the present or a past moment was chosen
            self.preview("")
        if self._ticks % EVERY_TICKS == 0:
            self._statuses.invalidate()

    @override
    def drop_cards(self) -> None:
        super().drop_cards()
        self._by_rule, self._opening = {}, False
        self.preview("")

    def ask_again(self) -> None:
        """Asks the engine how the rules stand now, also where an answer is under way."""
        self._statuses.invalidate()
        self._statuses.refresh()

    def _show(self, found: Sequence[RuleStatus]) -> None:
        definitions = self.feed.twin.definitions
        known = {(kind.value, one.id): one for kind in KINDS for one in definitions.of(kind)}
        there = {(one.kind, one.id): one for one in found}
        self._by_rule = {rule: card for rule, card in self._by_rule.items() if rule in there}
        for rule, card in self._by_rule.items():
            card.show_rule(there[rule], known.get(rule))
        self.cards.show({rule: partial(self._card, one, known.get(rule)) for rule, one in there.items()})
        self._by_rule = {rule: card for rule, card in self._by_rule.items() if self.cards.holds(rule)}
        self.feed.turns.add(self._reword)
        self.none.setVisible(not found)
        self.unknown.hide()

    def _unknown(self, problem: Problem) -> None:
        self.unknown.setText(tr("How the rules stand is not known: {why}", why=sentence(problem.what)))
        self.unknown.show()

    def _card(self, status: RuleStatus, definition: Definition | None) -> RuleCard:
        made = self._by_rule[status.kind, status.id] = RuleCard(self, status, definition)
        return made

    def _reword(self) -> None:
        """Renews the words of cards after names changed, as many as fit in a turn."""
        end_s, twin = time.thread_time() + SLICE_S, self.feed.twin
        for card in self._by_rule.values():
            if time.thread_time() > end_s:
                self.feed.turns.add(self._reword)
                return
            if not card.is_worded_for(twin):
                card.show_words()

    def _show_alarms(self, found: Sequence[tuple[Definition, Text]]) -> None:
        self.alarms.show(
            {(one, sentence(title)): partial(self._alarm_row, one, sentence(title)) for one, title in found[:SHOWN]}
        )
        self.alarms_title.setVisible(bool(found))
        self.more.setText(tr("%n more alarms", len(found) - SHOWN))
        self.more.setVisible(len(found) > SHOWN)

    def _alarm_row(self, one: Definition, title: str) -> QWidget:
        made, switch = QWidget(), ToggleSwitch()
        show_enabled(switch, title, on=one.enabled)
        switch.clicked.connect(lambda: self.enable(DefinitionKind.ALARM, one.id, on=not one.enabled))
        edit = IconButton("rename", f"{tr('Edit…')}: {title}", size=16)
        edit.clicked.connect(lambda: self.edit_alarm(one))
        line = row(ElidedLabel(title), edit, switch)
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
        """Starts an automation and tells what came of it, or sets a scene; what a scene failed to set becomes a problem."""
        if status.kind != DefinitionKind.SCENE:
            start_rule(self.feed, status.id, partial(self._tell_start, status.id))
        elif not refuses_in_past(self.feed):
            self.preview("")
            self.feed.when(self.feed.api.set_scene(status.id), self._scene_set)

    def _tell_start(self, rule: str, text: str) -> None:
        self.told.emit(titled(self.feed, rule, text))
        if (card := self._by_rule.get((DefinitionKind.AUTOMATION.value, rule))) is not None:
            card.show_answer(text)
        self.ask_again()

    def edit_alarm(self, definition: Definition) -> None:
        """Opens the editor of an alarm's limits."""
        editor = open_alarm_editor(self, self.feed, definition.id)
        if editor is not None:
            editor.accepted.connect(self.ask_again)

    def put_back(self, scene: str) -> None:
        """Returns a scene's points to where they were before it was set."""
        if refuses_in_past(self.feed):
            return
        self.preview("")
        self.feed.when(self.feed.api.put_back_scene(scene), self._scene_set)

    def preview(self, scene: str) -> None:
        """Paints a scene in 3D and on the pages and sends nothing, until it is set, another one is previewed, or this
        page is left; an empty id ends it."""
        if scene or self.previewed:
            values = self._values_of(scene) if scene else None
            self.previewed = scene if values is not None else ""
            self.feed.preview(values)
        for card in self._by_rule.values():
            card.show_preview(self.previewed)

    def _values_of(self, id: str) -> dict[PointId, float] | None:
        """What the points of a scene would report; None where it cannot be read."""
        twin, live = self.feed.twin, self.feed.live
        found = twin.definitions.find(DefinitionKind.SCENE, id)
        try:
            scene = cast("Scene", read_body(DefinitionKind.SCENE, found)) if found is not None else None
        except ProblemError:
            scene = None
        if scene is None:
            return None
        known = {point.id: float(live.value[at]) for point in twin.points if (at := live.index(point.id)) is not None}
        wanted = scene_values(scene, Places(twin.points, known, self.feed.strings), room_members(twin))
        numbers = {id: encode(twin.point_of[id], value, self.feed.strings) for id, value in wanted.items()}
        return {id: number for id, number in numbers.items() if number is not None}

    def _new_scene(self) -> None:
        SceneDialog(self, self.feed, self.feed.selection.state.room, self.ask_again).open()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self.preview("")

    def _scene_set(self, outcome: SceneOutcome) -> None:
        if outcome.failed:
            self.feed.raise_problem(partly_set(outcome, self.feed.twin))
        self.ask_again()

    def edit(self, kind: DefinitionKind, id: str) -> None:
        """Opens the editor for a definition that can be read."""
        found = self.feed.twin.definitions.find(kind, id)
        try:
            rule = read_body(kind, found) if found is not None else None
        except ProblemError as error:
            for problem in error.problems:
                self.feed.raise_problem(problem)
            return
        if found is not None and isinstance(rule, Automation):
            self._edit(rule, enabled=found.enabled)
        elif found is not None and isinstance(rule, Schedule):
            self._edit_schedule(rule, enabled=found.enabled)
        elif found is not None and isinstance(rule, Scene):
            RenameDialog(self, rule.title, partial(self._rename, kind, id)).open()

    def _rename(self, kind: DefinitionKind, id: str, title: str) -> None:
        found = self.feed.twin.definitions.find(kind, id)
        if found is not None and found.title != title:
            self._change(DefinitionEdit(kind, id, replace(found, title=title)))

    def _edit_schedule(self, schedule: Schedule | None = None, *, enabled: bool = True) -> None:
        """Opens the editor of schedules once the list of points is there."""
        if self._opening or self._returned_to_editor():
            return
        self._opening = True
        twin, today = self.feed.twin, local(self.feed.api.now_ms(), zone_of(self.feed.twin.site)).date()

        def known() -> tuple[tuple[RuleSubject, ...], dict[str, DayCalendar]]:
            calendars = renewed_all(read_rules(twin.definitions).calendars, today)
            return subjects(twin, commanded=True), calendars

        opened = partial(self._open_schedule, self.feed.api.project(), schedule, enabled)
        self.feed.when(self.feed.api.compute(known), opened, self._not_opened)

    def _open_schedule(
        self,
        project: str,
        schedule: Schedule | None,
        enabled: bool,
        known: tuple[tuple[RuleSubject, ...], dict[str, DayCalendar]],
    ) -> None:
        from app.view.panel.schedule_editor import ScheduleEditor  # not before it is used

        self._opening = False
        if project == self.feed.api.project():
            commanded, calendars = known
            editor = ScheduleEditor(self, self.feed, commanded, schedule, enabled=enabled, calendars=calendars)
            editor.accepted.connect(self.ask_again)
            editor.open()

    def _edit(self, rule: Automation | None = None, *, enabled: bool = True) -> None:
        """Opens the editor once the lists of points are there: in a large building they take a moment."""
        if self._opening or self._returned_to_editor():
            return
        self._opening = True
        twin = self.feed.twin

        leak, air = tr("Water leak found"), tr("The air is stuffy: open a window")

        def lists() -> _EditorLists:
            offered = ready_automations(twin, leak_found=leak, air_the_room=air) if rule is None else ()
            return subjects(twin, commanded=False), subjects(twin, commanded=True), offered

        opened = partial(self._open, self.feed.api.project(), rule, enabled)
        self.feed.when(self.feed.api.compute(lists), opened, self._not_opened)

    def _returned_to_editor(self) -> bool:
        """Whether an editor had stepped aside until something is picked in the building; it is back now."""
        asked = self.feed.pick.is_open
        self.feed.pick.cancel()
        return asked

    def _open(
        self,
        project: str,
        rule: Automation | None,
        enabled: bool,
        lists: _EditorLists,
    ) -> None:
        """Opens the editor unless another project is open by now."""
        self._opening = False
        if project == self.feed.api.project():
            read, commanded, ready = lists
            editor = RuleEditor(self, self.feed, read, commanded, rule, enabled=enabled, ready=ready)
            editor.accepted.connect(self.ask_again)
            editor.open()

    def _not_opened(self, problem: Problem) -> None:
        self._opening = False
        self.feed.raise_problem(problem)


def partly_set(outcome: SceneOutcome, twin: Twin) -> Problem:
    """The points that a scene did not set, each with its reason."""
    names = [subject_of(of_point(point), twin) for point, _ in outcome.failed]
    points = [
        tr("{name} ({more})", name=point if name is None else name.title, more=sentence(why))
        for name, (point, why) in zip(names, outcome.failed, strict=True)
    ]
    return Problem(code="rules.scene_partly", args={"n": len(points), "points": points}, severity=Severity.WARNING)
