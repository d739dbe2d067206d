"""Scenes: captured from reports, set in their order, compared, put back, and what happens when a part of one fails."""

import math

import msgspec
import pytest

from twin.model.device import Point, PointInfo
from twin.model.ids import DeviceId, PointId
from twin.model.observation import StringTable, encode
from twin.model.text import Text
from twin.rules.rule_memory import CommandAnswer
from twin.rules.rule_view import room_key
from twin.rules.scene import (
    Places,
    Scene,
    SceneCommand,
    SceneRun,
    SceneTarget,
    advance_scene,
    begin_scene,
    capture,
    match,
    resumed_scene,
)
from twin.rules.selector import of_point, of_room

STRINGS = StringTable()


def point(device: str, capability: str) -> Point:
    info = PointInfo(key=capability, capability=capability, writable=True)
    return Point(id=PointId(f"{device}.{capability}"), device=DeviceId(device), info=info)


LAMP = [point("lamp", capability) for capability in ("level", "color", "on_off")]
HEAT = [point("heat", capability) for capability in ("setpoint_heat", "hvac_mode")]


def places(points: list[Point], **values: object) -> Places:
    """`lamp_level=50.0` is what `lamp.level` reports."""
    known = {one.id: one for one in points}
    numbers: dict[PointId, float] = {}
    for name, value in values.items():
        id = PointId(name.replace("_", ".", 1))
        number = encode(known[id], value, STRINGS)  # type: ignore[arg-type]
        assert number is not None
        numbers[id] = number
    return Places(points, numbers, STRINGS)


def told(commands: tuple[SceneCommand, ...]) -> list[tuple[str, str, object]]:
    return [(one.point, one.verb, one.value) for one in commands]


def all_commands(scene: Scene, there: Places) -> list[list[tuple[str, str, object]]]:
    """The stages of a scene that all devices confirm."""
    run, commands = begin_scene("run", scene, there, {})
    stages: list[list[tuple[str, str, object]]] = []
    while commands:
        stages.append(told(commands))
        run, commands = advance_scene(run, [CommandAnswer(id=one.id, ok=True) for one in commands])
    assert run.over
    return stages


def test_a_scene_is_what_devices_report_and_is_set_in_its_order() -> None:
    now = places(
        LAMP + HEAT,
        lamp_on_off=True,
        lamp_level=40.0,
        lamp_color=(0.3, 0.3),
        heat_setpoint_heat=21.0,
        heat_hvac_mode="heat",
    )
    scene = Scene(id="s", targets=capture(now))
    assert match(scene, now, {}).active
    later = places(LAMP + HEAT, lamp_on_off=False, heat_setpoint_heat=17.0, heat_hvac_mode="off")
    stages = all_commands(scene, later)
    assert [[(id, verb) for id, verb, _ in stage] for stage in stages] == [
        [("heat.hvac_mode", "set")], [("heat.setpoint_heat", "set")], [("lamp.on_off", "on")], [("lamp.color", "set")],
        [("lamp.level", "set")],
    ]  # fmt: skip


def test_core_157824_a_lamp_that_is_off_keeps_the_colour_that_it_had_last_while_it_was_on() -> None:
    white, green = (0.31, 0.33), (0.2, 0.6)
    off = places(LAMP, lamp_on_off=False, lamp_color=green, lamp_level=10.0)
    last_on = {PointId("lamp.color"): encode(LAMP[1], white, STRINGS) or 0.0, PointId("lamp.level"): 80.0}
    scene = Scene(id="s", targets=capture(off, last_on))
    lit = places(LAMP, lamp_on_off=True, lamp_color=green, lamp_level=10.0)
    stages = all_commands(scene, lit)
    assert [one[0][:2] for one in stages] == [("lamp.color", "set"), ("lamp.level", "set"), ("lamp.on_off", "off")]
    assert stages[0][0][2] == pytest.approx(white, abs=1e-4)
    assert stages[1][0][2] == 80.0


def test_core_117604_a_lamp_that_is_off_and_stays_off_is_not_lit_by_its_colour() -> None:
    off = places(LAMP, lamp_on_off=False)
    scene = Scene(id="s", targets=capture(off, {PointId("lamp.level"): 80.0}))
    assert all_commands(scene, off) == [[("lamp.on_off", "off", None)]]
    assert match(scene, off, {}).active


def test_core_125807_a_burst_races_nothing_since_each_stage_waits_for_its_answers() -> None:
    scene = Scene(id="s", targets=capture(places(LAMP, lamp_on_off=True, lamp_level=40.0)))
    run, commands = begin_scene("run", scene, places(LAMP, lamp_on_off=False), {})
    assert told(commands) == [("lamp.on_off", "on", None)]
    run, more = advance_scene(run, [])
    assert more == ()
    run, more = advance_scene(run, [CommandAnswer(id=commands[0].id, ok=True)])
    assert told(more) == [("lamp.level", "set", 40.0)]


def test_core_133912_a_scene_under_way_and_a_snapshot_survive_a_restart() -> None:
    scene = Scene(id="s", targets=capture(places(LAMP, lamp_on_off=True, lamp_level=40.0, lamp_color=(0.3, 0.3))))
    assert msgspec.json.decode(msgspec.json.encode(scene), type=Scene) == scene
    run, commands = begin_scene("run", scene, places(LAMP, lamp_on_off=False), {})
    again = msgspec.json.decode(msgspec.json.encode(run), type=SceneRun)
    assert again == run
    assert resumed_scene(again) == commands
    again, commands = advance_scene(again, [CommandAnswer(id=commands[0].id, ok=True)])
    assert told(commands)[0][0] == "lamp.color"


def test_what_fails_is_named_with_its_reason_and_the_rest_is_set_all_the_same() -> None:
    scene = Scene(
        id="s",
        targets=(
            SceneTarget(selector=of_point("lamp.on_off"), verb="on"), SceneTarget(selector=of_point("gone.level"), verb="set", value=3.0),
            SceneTarget(selector=of_point("heat.setpoint_heat"), verb="set", value=21.0),
        ),
    )  # fmt: skip
    run, commands = begin_scene("run", scene, places(LAMP + HEAT), {})
    run, commands = advance_scene(run, [CommandAnswer(id=commands[0].id, ok=False, reason=Text("device.offline"))])
    run, commands = advance_scene(run, [CommandAnswer(id=commands[0].id, ok=True)])
    assert run.over
    assert run.confirmed == ("lamp.on_off",)
    assert {id: reason.code for id, reason in run.failed.items()} == {
        "gone.level": "scene.point_gone", "heat.setpoint_heat": "device.offline",
    }  # fmt: skip


def test_nearly_active_names_who_differs_and_what_is_not_known_differs() -> None:
    now = places(LAMP + HEAT, lamp_on_off=True, lamp_level=40.0, lamp_color=(0.3, 0.3), heat_setpoint_heat=21.0)
    scene = Scene(id="s", targets=capture(now))
    there = places(LAMP + HEAT, lamp_on_off=True, lamp_level=40.4, lamp_color=(0.3, 0.3), heat_setpoint_heat=19.0)
    assert match(scene, there, {}).differs == ("heat.setpoint_heat",)
    assert match(scene, there, {}).nearly
    nothing = Places(LAMP + HEAT, {PointId("lamp.level"): math.nan}, STRINGS)
    assert (match(scene, nothing, {}).active, match(scene, nothing, {}).nearly) == (False, False)
    assert not match(Scene(id="empty"), there, {}).active


def test_put_back_is_the_scene_of_before() -> None:
    before = places(LAMP, lamp_on_off=True, lamp_level=70.0, lamp_color=(0.4, 0.4))
    snapshot = Scene(id="before", targets=capture(before))
    stages = all_commands(snapshot, places(LAMP, lamp_on_off=True, lamp_level=5.0, lamp_color=(0.1, 0.1)))
    assert stages[-1] == [("lamp.level", "set", 70.0)]
    assert match(snapshot, before, {}).active


def test_a_room_is_meant_by_its_capability() -> None:
    lamps = [point(id, "on_off") for id in ("a", "b")]
    members = {room_key("r", "on_off"): tuple(one.id for one in lamps)}
    scene = Scene(id="s", targets=(SceneTarget(selector=of_room("r", "on_off"), verb="off"),))
    _, commands = begin_scene("run", scene, Places(lamps, {}, STRINGS), members)
    assert told(commands) == [("a.on_off", "off", None), ("b.on_off", "off", None)]


def test_no_scene_locks_a_door() -> None:
    assert capture(places([point("door", "lock")], door_lock="locked")) == ()
