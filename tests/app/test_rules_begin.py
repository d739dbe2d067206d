"""Rules of a window's engine begin after its first frame: before the first link, so that no reading misses its rule."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from threading import Event

import pytest

from app.engine.rule_compiling import CompiledRules
from app.engine.rule_saving import SavedRules
from app.engine.session import ProjectSession
from tests.app.conftest import Desk
from twin.model.change import AlarmsChanged, ProblemRaised
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.observation import Report
from twin.model.problem import ProblemError
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition, AlarmPriority, High
from twin.rules.automation import Automation, Became, Notify
from twin.rules.definition_body import definition_of
from twin.rules.selector import of_point
from twin.store.history.rule_records import RuleRecords

FLICKER = [Report("lamp", key, value) for key, value in (("t", 31.0), ("t", 20.0)) * 5]
"""Readings whose every second one starts the automation and ends the alarm."""


def hot(point: str) -> tuple[AlarmDefinition, Automation]:
    alarm = AlarmDefinition(id="hot", key=point, condition=High(30.0), priority=AlarmPriority.HIGH)
    return alarm, Automation(
        id="told", triggers=(Became(selector=of_point(point), above=30.0),), actions=(Notify(text="Hot"),)
    )


def edits(*values: AlarmDefinition | Automation) -> list[DefinitionEdit]:
    kinds = {AlarmDefinition: DefinitionKind.ALARM, Automation: DefinitionKind.AUTOMATION}
    return [DefinitionEdit(kinds[type(one)], one.id, definition_of(one)) for one in values]


@pytest.fixture
def window(api: Desk, make_desk: Callable[..., Desk]) -> Desk:
    """A window's engine before the first frame: a lamp is known, too hot is watched, and it is not connected yet."""
    api.engine.add("pretend://house").result(60)
    api.until(lambda: api.engine.twin.find_point("Lamp/t"), "lamp described")
    api.engine.change_definitions(edits(*hot(api.point("t")))).result(60)
    api.world.report("t", 20.0)
    api.until(lambda: api.engine.session.ingest.counts.observations, "a reading")
    api.engine.stop()
    again = make_desk(now_ms=api.now[0] + 1000, patience_s=3600.0)
    again.engine.open(again.path).result(60)
    return again


def counted(desk: Desk) -> tuple[int, int]:
    """How often the alarm was raised, and the automation ran, by their logs."""
    raised = [row for row in desk.engine.alarm_log(0, 1 << 60, 1000, "hot").result(60) if row.event == "raised"]
    runs = [row for row in desk.engine.run_log(0, 1 << 60, 1000, "told").result(60) if row.reason.code == "run.told"]
    return len(raised), len(runs)


def test_the_readings_that_come_as_a_link_connects_are_all_judged(window: Desk) -> None:
    window.world.first = [Report("lamp", "t", 20.0), *FLICKER]
    assert not window.engine.session.links.running
    window.engine.start_links()
    window.until(lambda: window.engine.session.ingest.counts.observations > len(FLICKER), "readings")
    assert counted(window) == (5, 5)


def test_a_link_that_is_added_before_the_first_frame_is_judged_from_its_first_reading(window: Desk) -> None:
    window.world.first = [Report("lamp", "t", 20.0), *FLICKER]
    window.engine.add("pretend://house").result(60)
    window.until(lambda: window.engine.session.ingest.counts.observations > len(FLICKER), "readings")
    assert counted(window) == (5, 5)


def test_whoever_asks_before_the_first_frame_is_answered_and_links_still_wait(window: Desk) -> None:
    assert "hot" in {one.id for one in window.engine.alarms().result(60)}
    assert [one.id for one in window.engine.rules().result(60)] == ["told"]
    assert not window.engine.session.links.running


def test_what_was_edited_before_the_rules_begin_is_in_force_when_they_do(window: Desk) -> None:
    (_, automation) = hot(window.point("t"))

    async def work() -> None:  # as an undo does: the rules are not asked
        changes = [DefinitionEdit(DefinitionKind.AUTOMATION, automation.id, None)]
        await window.engine.session.edits.edit(lambda project: project.change_definitions(changes))

    window.engine.context.loop.submit(work(), name="edit").result(60)
    window.world.first = [Report("lamp", "t", 20.0), *FLICKER]
    window.engine.start_links()
    window.until(lambda: window.engine.session.ingest.counts.observations > len(FLICKER), "readings")
    assert counted(window) == (5, 0)


def test_an_edit_that_falls_into_the_beginning_of_the_rules_is_in_force_after_it(
    window: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.engine import rule_runner

    compiling, go_on, compiled = Event(), Event(), rule_runner.compiled

    def slowly(twin: Twin, day: date) -> CompiledRules:
        found = compiled(twin, day)
        if twin.devices:
            compiling.set()
            assert go_on.wait(60)
        return found

    monkeypatch.setattr(rule_runner, "compiled", slowly)
    asked = window.engine.alarms()
    assert compiling.wait(60)

    async def work() -> None:
        changes = [DefinitionEdit(DefinitionKind.ALARM, "hot", None)]
        await window.engine.session.edits.edit(lambda project: project.change_definitions(changes))

    window.engine.context.loop.submit(work(), name="edit").result(60)
    go_on.set()
    asked.result(60)
    assert "hot" not in {one.id for one in window.engine.alarms().result(60)}


def test_alarms_that_stand_are_told_when_the_rules_begin(window: Desk) -> None:
    assert not window.seen(AlarmsChanged)
    window.engine.start_links()
    window.until(lambda: any(change.whole for change in window.seen(AlarmsChanged)), "what stands")


def test_a_project_that_is_closed_before_the_first_frame_needs_no_rules(window: Desk) -> None:
    session: ProjectSession = window.engine.session
    window.engine.stop()
    with pytest.raises(RuntimeError):
        _ = session.rules


@pytest.mark.parametrize("table", ["rule_memory", "alarm_state"])
def test_links_start_and_alarms_are_watched_where_what_the_rules_remembered_cannot_be_read(
    window: Desk, make_desk: Callable[..., Desk], table: str
) -> None:
    history = window.engine.session.history.path
    window.engine.stop()
    with closing(sqlite3.connect(history)) as db:
        db.execute(f"drop table {table}")
        db.commit()
    again = make_desk(now_ms=window.now[0] + 1000)
    again.world.first = [Report("lamp", "t", 31.0)]
    again.engine.open(again.path).result(60)
    again.until(lambda: any(one.alarms for one in again.seen(AlarmsChanged)), "raised")
    assert any(str(history) in one.problem.where for one in again.seen(ProblemRaised))


def test_rules_that_begin_while_their_project_closes_never_hear_of_the_next_one(
    window: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.engine import rule_runner

    reading, go_on, saved_rules = Event(), Event(), rule_runner.saved_rules
    compiled_twins: list[Twin] = []

    def slowly(records: RuleRecords) -> SavedRules:
        found = saved_rules(records)
        if not reading.is_set():
            reading.set()
            assert go_on.wait(60)
        return found

    def compiled(twin: Twin, day: date) -> CompiledRules:
        compiled_twins.append(twin)
        return really(twin, day)

    really = rule_runner.compiled
    monkeypatch.setattr(rule_runner, "saved_rules", slowly)
    monkeypatch.setattr(rule_runner, "compiled", compiled)
    session: ProjectSession = window.engine.session
    asked = window.engine.alarms()
    assert reading.wait(60)
    window.engine.new_project(str(window.folder / "next.oikos")).result(60)
    go_on.set()
    with pytest.raises(ProblemError) as refused:
        asked.result(60)
    assert [one.code for one in refused.value.problems] == ["project.closed"]
    assert not window.engine.alarms().result(60)
    assert not any(twin.devices for twin in compiled_twins)
    with pytest.raises(ProblemError) as refused:
        window.engine.context.loop.submit(session.begin_rules(), name="late").result(60)
    assert [one.code for one in refused.value.problems] == ["project.closed"]
