"""Every recorded value keeps the unit in which it was told, whatever units a device tells one after the other; what watches a
point that is recorded apart now is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.engine.history_recorder import HistoryRecorder
from tests.app.conftest import Desk, World
from tests.app.device_alarms import HIGH, Listed, alarms, lister
from twin.model.change import ProblemRaised
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind, Definitions
from twin.model.device import (
    Device,
    DeviceInfo,
    Link,
    PointInfo,
    described_anew,
    device_from_description,
    merged_description,
)
from twin.model.device_alarm import DeviceEvent
from twin.model.ids import LinkId
from twin.model.observation import Observation, StringTable
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition, High
from twin.rules.definition_body import definition_of
from twin.rules.lost_points import with_lost_points
from twin.store.history import History

LINK = Link(id=LinkId("l"), protocol="mqtt", address="a")
GONE = "gone"
T0 = 1_700_000_000_000
UNITS = ("", "°C", "°F", "K", "W")


def told(unit: str) -> Device:
    point = PointInfo(key="t", capability="raw_number", unit=unit)
    return device_from_description(DeviceInfo(uid="u", name="Sensor", points=(point,)), LINK)


@settings(max_examples=40, deadline=None)
@example(["°C", "°F", "K"])
@example(["°C", "", "°F"])
@example(["°C", "°F", "°C", "", "K"])
@example(["°C", GONE, "°F", GONE, "", GONE, "K"])
@given(st.lists(st.sampled_from((*UNITS, GONE)), min_size=1, max_size=9))
def test_every_stored_value_has_the_unit_in_which_it_was_told(units: Sequence[str]) -> None:
    stored, now = list[tuple[str, str, int]](), ""
    with TemporaryDirectory() as folder, History.open(Path(folder) / "h") as history:
        recorder, known = HistoryRecorder(history, StringTable()), None
        alarm = Definition("mine", "Too hot", True, json.dumps({"key": told("").points[0].id}))
        for time_ms, unit in enumerate(units, T0):
            if unit == GONE:
                known, now = None, ""
                continue
            fresh, recorded = told(unit), recorder.unit_of
            merged = described_anew(fresh, recorded) if known is None else merged_description(known, fresh, recorded)
            if known is not None:
                assert merged_description(known, merged) == merged, "the project chooses other ids than the engine"
            known = merged
            recorder.declare([known])
            now = unit or now
            recorder.put([Observation(known.points[0].id, time_ms, float(UNITS.index(unit)))])
            stored.append((known.points[0].id, now, time_ms))
            twin = Twin(devices=(known,), definitions=Definitions(alarms=(alarm,)))
            watched = known.points[0].id == told("").points[0].id
            assert bool([*with_lost_points(twin)]) is not watched
        history.flush()
        for id, unit, time_ms in stored:
            first = next((one for other, one, _ in stored if other == id and one), "")
            assert history.unit_of(id) == (unit or first)
            assert time_ms in history.raw(id, 0, T0 + 100).times


def lamp_in(unit: str) -> DeviceInfo:
    points = (
        PointInfo(key="far", capability="raw_number", unit=unit),
        PointInfo(key="level", capability="raw_number", unit=unit),
    )
    return DeviceInfo(uid="lamp", name="Lamp", points=points)


def lost_in(api: Desk) -> list[list[str]]:
    """The titles of the definitions that were said to name lost points, by problem."""
    found = [one.problem for one in api.seen(ProblemRaised) if one.problem.code == "rules.lost_points"]
    return [[title["args"]["text"] for title in one.args["titles"]] for one in found]


def test_an_alarm_whose_point_is_told_in_another_unit_is_named_and_named_again_after_a_restart(
    make_desk: Callable[..., Desk], world: World
) -> None:
    world.devices, api = [lamp_in("bar")], make_desk()
    api.engine.new_project(str(api.path)).result(60)
    api.engine.add("pretend://one").result(60)
    before = api.point("far")
    alarm = definition_of(AlarmDefinition(id="mine", title="Too far", key=before, condition=High(limit=3.0)))
    api.engine.change_definitions([DefinitionEdit(DefinitionKind.ALARM, alarm.id, alarm)]).result(60)
    world.describe(lamp_in("psi"))
    api.until(lambda: api.point("far") != before)
    api.until(lambda: lost_in(api) == [["Too far"]])
    told = [one.problem for one in api.seen(ProblemRaised) if one.problem.code == "points.unit"]
    assert [(one.args["was"], one.args["now"]) for one in told] == [("bar", "psi")] * 2
    api.engine.stop()
    again = make_desk()
    again.engine.open(again.path).result(60)
    again.until(lambda: lost_in(again) == [["Too far"]])


def test_an_alarm_of_a_device_about_a_point_that_was_told_in_another_unit_before_stands(
    monkeypatch: pytest.MonkeyPatch, make_desk: Callable[..., Desk], world: World
) -> None:
    listed: Listed = lister(monkeypatch)
    world.devices, api = [lamp_in("bar")], make_desk()
    api.engine.new_project(str(api.path)).result(60)
    api.engine.add("pretend://here").result(60)
    before = api.point("level")
    world.describe(lamp_in("psi"))
    api.until(lambda: api.point("level") != before)
    listed.alarms = (HIGH,)
    assert [(one.phase, one.point) for one in alarms(api)] == [("unack", api.point("level"))]
    ended = DeviceEvent(
        key="level", kind=None, before=HIGH.kind, priority=1, message="", acknowledged=False, notice=False,
        priority_there=30, notification_class=7,
    )  # fmt: skip
    listed.alarms, listed.events = None, (ended,)
    assert [one.phase for one in alarms(api)] == ["rtn_unack"]
