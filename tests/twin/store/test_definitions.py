"""Alarms, automations, schedules, scenes and calendars are kept with the project, each edit one undo step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.english import undo_labels
from tests.twin.store import old_files
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind, Definitions
from twin.model.problem import ProblemError
from twin.rules.alarm_definition import SetByRule
from twin.rules.automation import Notify, Raise
from twin.rules.definition_body import read_rules
from twin.store import migrations
from twin.store.history import History
from twin.store.history.rule_records import LogRow, RuleRecord
from twin.store.project import Project
from twin.store.text_export import export_text, import_text


def put(kind: DefinitionKind, id: str, body: str = '{"id":"x"}', *, enabled: bool = True) -> DefinitionEdit:
    return DefinitionEdit(kind, id, Definition(id, id.title(), enabled, body))


def drop(kind: DefinitionKind, id: str) -> DefinitionEdit:
    return DefinitionEdit(kind, id)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "house.oikos")


def test_definitions_of_every_kind_are_there_again_when_the_project_is_opened_again(project: Project) -> None:
    with project:
        project.change_definitions([put(kind, f"a {kind}") for kind in DefinitionKind])
        before = project.twin().definitions
        assert [len(before.of(kind)) for kind in DefinitionKind] == [1] * len(DefinitionKind)
    with Project.open(project.path) as again:
        assert again.twin().definitions == before
        assert again.check() == []


def test_several_changes_are_one_undo_step_and_redo_brings_them_back(project: Project) -> None:
    with project:
        project.change_definitions([put(DefinitionKind.ALARM, "a"), put(DefinitionKind.ALARM, "b")])
        project.change_definitions(
            [drop(DefinitionKind.ALARM, "a"), put(DefinitionKind.SCENE, "s"), put(DefinitionKind.ALARM, "b", "{}")],
        )
        after = project.twin().definitions
        assert ([one.id for one in after.alarms], [one.id for one in after.scenes]) == (["b"], ["s"])
        project.undo()
        assert [(one.id, one.body) for one in project.twin().definitions.alarms] == [
            ("a", '{"id":"x"}'),
            ("b", '{"id":"x"}'),
        ]
        assert project.twin().definitions.scenes == ()
        project.redo()
        assert project.twin().definitions == after
        assert undo_labels(project) == ("Change 3 rules and alarms", None)
        project.change_definitions([drop(DefinitionKind.SCENE, "s")])
        assert undo_labels(project) == ("Delete S", None)


def test_a_replaced_definition_keeps_its_place_and_the_others_stay_the_same_objects(project: Project) -> None:
    with project:
        project.change_definitions([put(DefinitionKind.AUTOMATION, id) for id in "cab"])
        _, second, third = project.twin().definitions.automations
        project.change_definitions([put(DefinitionKind.AUTOMATION, "c", enabled=False)])
        found = project.twin().definitions.automations
        assert [one.id for one in found] == ["c", "a", "b"]
        assert not found[0].enabled
        assert found[1] is second
        assert found[2] is third


@pytest.mark.parametrize("body", ["", "nonsense", "[1]", '{"a":', "null"])
def test_a_body_that_is_no_json_object_is_refused_and_nothing_changes(project: Project, body: str) -> None:
    with project:
        with pytest.raises(ProblemError):
            project.change_definitions([put(DefinitionKind.ALARM, "a"), put(DefinitionKind.ALARM, "b", body)])
        assert project.twin().definitions == Definitions()
        assert project.undo_labels() == (None, None)


def test_an_edit_elsewhere_leaves_the_definitions_the_same_object(project: Project) -> None:
    with project:
        project.change_definitions([put(DefinitionKind.ALARM, "a")])
        before = project.twin().definitions
        project.set_building(old_files.building("Kitchen"))
        assert project.twin().definitions is before


def test_an_export_as_text_and_back_keeps_them(project: Project, tmp_path: Path) -> None:
    with project:
        project.change_definitions([put(DefinitionKind.SCHEDULE, "s", '{"id":"s","on":true,"default":1.0}')])
        before = project.twin().definitions
        export_text(project, tmp_path / "text")
    with import_text(tmp_path / "text", tmp_path / "again.oikos") as again:
        (kept,) = again.twin().definitions.schedules
        assert (kept.id, json.loads(kept.body)) == ("s", json.loads(before.schedules[0].body))


@pytest.mark.parametrize("version", range(1, migrations.newest("project") + 1))
def test_a_project_of_every_version_takes_a_definition_and_is_sound_after_it(tmp_path: Path, version: int) -> None:
    old_files.load(f"project_v{version}.sql", tmp_path / "old.oikos")
    with Project.open(tmp_path / "old.oikos") as project:
        known = project.twin().definitions.alarms
        assert [one.id for one in known] == (["frost:lamp"] if version >= 16 else [])
        project.change_definitions([put(DefinitionKind.ALARM, "new")])
        assert project.check() == []
    with Project.open(tmp_path / "old.oikos") as project:
        assert [one.id for one in project.twin().definitions.alarms] == [*(one.id for one in known), "new"]
        assert project.check() == []


@pytest.mark.parametrize("version", range(1, migrations.newest("history") + 1))
def test_a_history_of_every_version_keeps_what_rules_remember(tmp_path: Path, version: int) -> None:
    old_files.load(f"history_v{version}.sql", tmp_path / "old.oikos-history")
    with History.open(tmp_path / "old.oikos-history") as history:
        history.rules.keep(
            RuleRecord(
                alarms={"frost": '{"phase":"unack"}', "gone": "{}"},
                alarm_log=(
                    LogRow(1000, "frost", '{"kind":"raised"}'),
                    LogRow(2000, "frost", '{"kind":"acknowledged"}'),
                ),
                run_log=(LogRow(1500, "night", "{}"),),
                memory={"rules": "{}"},
            )
        )
        history.rules.keep(RuleRecord(alarms={"gone": None})).result()
    with History.open(tmp_path / "old.oikos-history", readonly=True) as history:
        assert history.rules.alarm_states() == {"frost": '{"phase":"unack"}'}
        assert history.rules.memory() == {"rules": "{}"}
        assert [row.time_ms for row in history.rules.alarm_log(0, 3000, 10)] == [2000, 1000]
        assert [row.time_ms for row in history.rules.alarm_log(0, 2000, 10, "frost")] == [1000]
        assert history.rules.alarm_log(0, 3000, 10, "fire") == []
        assert [row.of for row in history.rules.run_log(0, 3000, 10)] == ["night"]


def test_rules_that_were_stored_with_the_older_words_for_a_notice_and_a_set_alarm_are_still_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "old.oikos"
    old_files.load("project_v18_rules.sql", path)  # written when Notify was Tell, and SetByRule was Told
    with Project.open(path) as project:
        rules = read_rules(project.twin().definitions)
    assert rules.problems == ()
    assert rules.automations["leak"].actions == (
        Notify(text="Water under the sink", level="warning"),
        Raise(alarm="boiler"),
    )
    assert rules.alarms["boiler"].condition == SetByRule()
