"""Definitions that name points which the project does not have are found, of every kind and however the point is keyed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.model.definition import Definition, DefinitionKind, Definitions
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.energy import EnergySetup
from twin.model.ids import LinkId
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition, High
from twin.rules.automation import Automation, Became, Notify
from twin.rules.definition_body import definition_of
from twin.rules.energy_definition import EnergyDefinition
from twin.rules.lost_points import with_lost_points
from twin.rules.scene import Scene, SceneTarget
from twin.rules.schedule import Schedule, ScheduleTarget
from twin.rules.selector import of_point

KEY = 'Zähler "1"/\\Leistung'
INFO = DeviceInfo(uid="u", name="Meter", points=(PointInfo(key=KEY, capability="power"),))
METER = device_from_description(INFO, Link(id=LinkId("l"), protocol="mqtt", address="a"))
ID = METER.points[0].id
WATCHING = {
    DefinitionKind.ALARM: AlarmDefinition(id="a", title="Too much", key=ID, condition=High(limit=1.0)),
    DefinitionKind.AUTOMATION: Automation(
        id="a", triggers=(Became(selector=of_point(ID), above=1.0),), actions=(Notify(text="Much"),)
    ),
    DefinitionKind.SCHEDULE: Schedule(
        id="a", week=(((0, 1.0),),) * 7, targets=(ScheduleTarget(selector=of_point(ID)),)
    ),  # type: ignore[arg-type]
    DefinitionKind.SCENE: Scene(id="a", targets=(SceneTarget(selector=of_point(ID), verb="set", value=1.0),)),
    DefinitionKind.ENERGY_SETUP: EnergyDefinition(setup=EnergySetup(feeds={ID: ID})),
}


def lost(twin: Twin, *definitions: tuple[DefinitionKind, Definition]) -> list[DefinitionKind]:
    field = {kind: kind.name.lower() + "s" for kind in DefinitionKind}
    named = Definitions(**{field[kind]: (one,) for kind, one in definitions})
    return [kind for kind, _ in with_lost_points(replace(twin, definitions=named))]


@pytest.mark.parametrize("kind", WATCHING)
def test_what_names_a_point_that_is_not_there_is_found(kind: DefinitionKind) -> None:
    one = definition_of(WATCHING[kind])
    apart = replace(METER, points=(replace(METER.points[0], id=ID + "~1"),))  # type: ignore[arg-type]
    assert lost(Twin(devices=(METER,)), (kind, one)) == []
    assert lost(Twin(devices=(apart,)), (kind, one)) == [kind]
    assert lost(Twin(), (kind, one)) == [kind]
    assert lost(Twin(), (kind, replace(one, enabled=False))) == []


def test_a_proposed_alarm_goes_with_its_device() -> None:
    alarm = definition_of(AlarmDefinition(id="frost:x", key=ID, condition=High(limit=1.0)))
    assert lost(Twin(), (DefinitionKind.ALARM, alarm)) == []
