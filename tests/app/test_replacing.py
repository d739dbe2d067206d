"""A device is replaced by one of any model: place, name, history, rules go on; the old one leaves; one undo step."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from app.__main__ import main
from devices.contract import Redescribed
from tests.app.conftest import Desk, World, lamp, rooms_building
from twin.model.checkout import Answer, CheckoutVerdict, DeviceCheckout
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.device import DeviceInfo, PointInfo
from twin.model.ids import DeviceId, RoomId
from twin.model.problem import ProblemError
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.project import Project
from twin.store.project.device_replacement import matched


def other_model() -> DeviceInfo:
    points = (
        PointInfo(key="relay.output", capability="on_off", writable=True),
        PointInfo(key="power", capability="power"),
        PointInfo(key="t", capability="temperature"),
    )
    return DeviceInfo(uid="spare", name="Spare", points=points, model="X2", serial="S2")


@pytest.fixture
def api(make_desk: Callable[..., Desk], world: World) -> Desk:
    """A house with a lamp in the hall that was tested, and a spare device of another model."""
    world.devices = [lamp(), other_model()]
    one = make_desk()
    one.engine.new_project(str(one.path)).result(60)
    one.engine.session.edits.project.set_building(rooms_building("Hall"))
    one.engine.open_project(str(one.path)).result(60)
    one.engine.add("pretend://one").result(60)
    return one


def named(api: Desk, name: str) -> DeviceId:
    return next(one.id for one in api.engine.twin.devices if one.name == name)


def put_in_place(api: Desk) -> tuple[DeviceId, DeviceId]:
    old, new = named(api, "Lamp"), named(api, "Spare")
    api.engine.bind(old, RoomId("room-Hall"), (1.0, 1.0, 2.0)).result(60)
    api.engine.rename(old, "Reading lamp").result(60)
    return old, new


def test_place_name_and_points_go_on_and_the_old_device_leaves(api: Desk, world: World) -> None:
    old, new = put_in_place(api)
    before = api.engine.twin.device_of[old]
    api.engine.replace_device(old, new).result(60)
    now = api.engine.twin.device_of[new]
    assert old not in api.engine.twin.device_of
    assert (now.name, now.room, now.position_m, now.model) == ("Reading lamp", "room-Hall", (1.0, 1.0, 2.0), "X2")
    ids = {point.info.key: point.id for point in before.points}
    fresh = {point.info.key: point.id for point in now.points}
    assert (fresh["relay.output"], fresh["t"]) == (ids["on"], ids["t"])
    assert fresh["power"] not in ids.values()
    world.say(Redescribed())
    world.report("t", 23.5, uid="spare")
    api.until(lambda: ids["t"] in api.values and api.values[ids["t"]].value == 23.5)
    assert old not in api.engine.twin.device_of


def test_the_chart_goes_on_over_the_replacement(api: Desk, world: World) -> None:
    old, new = put_in_place(api)
    point = api.point("t", "Reading lamp")
    world.report("t", 20.0, time_ms=api.now[0] - 2000)
    api.until(lambda: point in api.values)
    api.engine.replace_device(old, new).result(60)
    world.report("t", 25.0, uid="spare", time_ms=api.now[0] - 1000)
    api.until(lambda: api.values[point].value == 25.0)
    api.engine.stop()
    with History.open(history_file(api.path), now_ms=lambda: api.now[0], lived_ms=None) as store:
        raw = store.raw(point, 0, api.now[0] + 1)
        assert [value for value in raw.values.tolist() if value in (20.0, 25.0)] == [20.0, 25.0]


def test_rules_follow_and_the_checkout_begins_anew(api: Desk) -> None:
    old, new = put_in_place(api)
    point = next(p.id for p in api.engine.twin.device_of[new].points if p.info.key == "relay.output")
    body = json.dumps({"id": "s", "targets": [{"point": point, "value": True}]})
    edit = DefinitionEdit(DefinitionKind.SCENE, "s", Definition("s", "Evening", True, body))
    api.engine.session.edits.project.change_definitions([edit])
    yes = DeviceCheckout(
        id=old, seen=Answer.YES, plausible=Answer.YES, right_room=Answer.YES, verdict=CheckoutVerdict.PASSED
    )
    api.engine.check_out([yes, replace(yes, id=new)]).result(60)
    kept = next(p.id for p in api.engine.twin.device_of[old].points if p.info.key == "on")
    api.engine.replace_device(old, new).result(60)
    assert api.engine.twin.checkouts == ()
    (scene,) = api.engine.twin.definitions.scenes
    assert json.loads(scene.body)["targets"][0]["point"] == kept
    assert api.engine.session.edits.project.check() == []


def ids_of(api: Desk, device: DeviceId) -> dict[str, str]:
    return {point.info.key: point.id for point in api.engine.twin.device_of[device].points}


def test_adding_the_link_again_brings_no_replaced_device_back(api: Desk) -> None:
    old, new = put_in_place(api)
    api.engine.replace_device(old, new).result(60)
    before = ids_of(api, new)
    api.engine.add("pretend://one").result(60)
    assert old not in api.engine.twin.device_of
    assert ids_of(api, new) == before
    api.engine.open_project(str(api.path)).result(60)
    api.engine.add("pretend://one").result(60)
    assert old not in api.engine.twin.device_of
    assert ids_of(api, new) == before


def test_a_replaced_device_on_a_link_that_is_new_again_has_points_of_its_own(api: Desk, world: World) -> None:
    old, new = put_in_place(api)
    api.engine.replace_device(old, new).result(60)
    before = ids_of(api, new)
    registration = api.engine.session.registration
    registration._out.replaced.clear()  # it is wanted again
    world.describe(lamp(), other_model())
    api.until(lambda: old in api.engine.twin.device_of)
    assert ids_of(api, new) == before
    assert not set(ids_of(api, old).values()) & set(before.values())
    first = ids_of(api, old)
    more = lamp()
    world.describe(replace(more, firmware="2"), other_model())
    api.until(lambda: api.engine.twin.device_of[old].firmware == "2")
    assert (ids_of(api, old), ids_of(api, new)) == (first, before)
    with Project.open(api.path, readonly=True) as stored:
        assert {d.id: {p.id for p in d.points} for d in stored.twin().devices} == {
            old: set(first.values()),
            new: set(before.values()),
        }


def test_devices_that_were_taken_out_with_their_link_come_with_it_again(api: Desk) -> None:
    names = sorted(one.name for one in api.engine.twin.devices)
    for one in api.engine.twin.devices:
        api.engine.remove(one.id).result(60)
    assert api.engine.twin.links == ()
    api.engine.add("pretend://one").result(60)
    assert sorted(one.name for one in api.engine.twin.devices) == names


def test_commands_to_the_new_device_need_the_second_person_that_the_old_one_needed(api: Desk) -> None:
    old, new = put_in_place(api)
    api.engine.require_approval(old, True).result(60)
    with pytest.raises(ProblemError):
        api.engine.replace_device(old, old).result(60)
    api.engine.replace_device(old, new).result(60)
    assert new in api.engine.approvals().result(60).devices
    api.engine.undo().result(60)
    assert old in api.engine.approvals().result(60).devices


def test_a_replacement_that_is_refused_asks_for_no_second_person(api: Desk, world: World) -> None:
    old, new = put_in_place(api)
    api.engine.require_approval(old, True).result(60)
    world.describe(lamp(), replace(other_model(), via="lamp"))
    api.until(lambda: api.engine.twin.device_of[new].via == old)
    with pytest.raises(ProblemError):
        api.engine.replace_device(old, new).result(60)
    assert api.engine.approvals().result(60).devices == (old,)


def test_it_is_one_undo_step(api: Desk) -> None:
    old, new = put_in_place(api)
    before = api.engine.twin.device_of
    api.engine.replace_device(old, new).result(60)
    api.engine.undo().result(60)
    assert dict(api.engine.twin.device_of) == dict(before)
    api.engine.redo().result(60)
    assert old not in api.engine.twin.device_of


def test_itself_and_a_bridge_are_refused(api: Desk, world: World) -> None:
    old, new = put_in_place(api)
    with pytest.raises(ProblemError) as refused:
        api.engine.replace_device(old, old).result(60)
    assert refused.value.problems[0].code == "replace.same"
    world.describe(lamp(), replace(other_model(), via="lamp"))
    api.until(lambda: api.engine.twin.device_of[new].via == old)
    with pytest.raises(ProblemError) as refused:
        api.engine.replace_device(old, new).result(60)
    assert refused.value.problems[0].code == "replace.bridge"


def test_the_command_line_replaces_by_name(
    api: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_in_place(api)

    @contextmanager
    def here(*_: object, **__: object) -> Generator[object]:
        yield api.engine

    monkeypatch.setattr("app.cli.framework.project_access.working", here)
    assert main(["replace", str(api.path), "Reading lamp", "Spare", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["name"], document["room"], document["points"]) == (
        "Reading lamp",
        "room-Hall",
        ["relay.output", "t"],
    )
    assert main(["replace", str(api.path), "Reading lamp", "Nobody"]) == 1


KWH = 1000.0
"""One in the unit of a register."""


def old_meter() -> DeviceInfo:
    points = (
        PointInfo(key="energy", capability="energy_import", unit="kWh"),
        PointInfo(key="3", capability="raw_bool", label="Child lock", writable=True),
        PointInfo(key="4", capability="raw_bool", label="Power-on state", writable=True),
    )
    return DeviceInfo(uid="old", name="Heat pump meter", points=points, model="M1")


def new_meter() -> DeviceInfo:
    points = (
        PointInfo(key="total_wh", capability="energy_import", unit="Wh"),
        PointInfo(key="reboot", capability="raw_bool", label="Reboot on power loss", writable=True),
        PointInfo(key="restart", capability="raw_bool", label="Power-on state", writable=True),
    )
    return DeviceInfo(uid="new", name="Meter in the box", points=points, model="Another", serial="9")


@pytest.mark.parametrize(("first", "later"), [(0.0, 500.0), (5001_500.0, 5002_000.0), (9e6, 9e6 + 500.0)])
def test_energy_is_that_of_both_meters_when_one_of_another_model_takes_the_place(
    api: Desk, world: World, first: float, later: float
) -> None:
    world.describe(old_meter(), new_meter())
    api.until(lambda: len([one for one in api.engine.twin.devices if "eter" in one.name]) == 2)
    old, new = named(api, "Heat pump meter"), named(api, "Meter in the box")
    point = ids_of(api, old)["energy"]
    hour, now = 3_600_000, api.now[0]
    for at, kwh in ((now - hour, 4999.0), (now - hour // 2, 5000.0)):
        world.report("energy", kwh, uid="old", time_ms=at)
    world.report("total_wh", first, uid="new", time_ms=now)
    fresh = ids_of(api, new)["total_wh"]
    api.until(lambda: fresh in api.values and point in api.values and api.values[point].value == 5000 * KWH)
    api.engine.replace_device(old, new).result(60)
    assert ids_of(api, new)["total_wh"] == point
    (mark,) = api.engine.twin.meter_changes
    assert (mark.point, mark.final, mark.first) == (point, 5000 * KWH, first)
    assert mark.time_ms > now - hour // 2
    api.now[0] = now + hour // 2
    world.report("total_wh", later, uid="new", time_ms=now + hour // 2)
    api.until(lambda: api.values[point].value == later)
    api.engine.session.history.flush()
    (used,) = api.engine.consumption([point], now - 2 * hour, now + hour, 6).result(60)
    assert used.total == pytest.approx(1 * KWH + later - first)
    assert used.suspected_ms == ()
    chart = api.engine.session.history.raw(point, now - 2 * hour, now + hour).values.tolist()
    assert [value for value in chart if value in (4999 * KWH, 5000 * KWH, later)] == [4999 * KWH, 5000 * KWH, later]
    api.engine.undo().result(60)
    assert api.engine.twin.meter_changes == ()


def test_raw_points_go_on_only_with_the_same_key_or_label(api: Desk, world: World) -> None:
    world.describe(old_meter(), new_meter())
    api.until(lambda: len([one for one in api.engine.twin.devices if "eter" in one.name]) == 2)
    old, new = named(api, "Heat pump meter"), named(api, "Meter in the box")
    before, fresh = ids_of(api, old), ids_of(api, new)
    api.engine.replace_device(old, new).result(60)
    now = ids_of(api, new)
    assert now["reboot"] == fresh["reboot"]
    assert now["restart"] == before["4"]


def test_a_point_that_can_be_set_is_not_continued_by_one_that_cannot() -> None:
    def row(id: str, **more: object) -> dict[str, object]:
        return {"id": id, "key": id, "label": "", "unit": "", "capability": "on_off", "writable": 0} | more

    assert matched([row("a", writable=1)], [row("b"), row("c", writable=1)]) == {"c": "a"}
    assert matched([row("a")], [row("b", writable=1)]) == {"b": "a"}
    assert matched([row("a", writable=1)], [row("b")]) == {}
