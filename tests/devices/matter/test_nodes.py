"""The nodes of one server: who is there, what changed, what a button said, and devices that look alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devices.adapter import Event, Redescribed
from devices.matter.nodes import Nodes
from twin.model.observation import Availability, Report

RECORDING = Path(__file__).parents[2] / "captures" / "matter" / "lab_nodes.jsonl"


def node(product: str, id: int = 1, changes: dict[str, Any] | None = None, *, available: bool = True) -> dict[str, Any]:
    """A recorded node as the server describes it, with other values at some paths."""
    for line in RECORDING.read_text("utf-8").splitlines():
        said = json.loads(line)
        if said["attributes"]["0/40/3"] == product:
            attributes = said["attributes"] | (changes or {})
            return {"node_id": id, "available": available, "attributes": attributes}
    raise LookupError(product)


@pytest.fixture
def nodes() -> Nodes:
    return Nodes("ws://peer")


def reports(events: tuple[Event, ...]) -> dict[str, object]:
    return {one.key: one.value for one in events if isinstance(one, Report)}


def comings(events: tuple[Event, ...]) -> list[bool]:
    return [one.online for one in events if isinstance(one, Availability)]


def test_a_new_node_is_described_is_there_and_tells_its_values(nodes: Nodes) -> None:
    events = nodes.take(node("plug-energy"))
    assert Redescribed() in events
    assert comings(events) == [True]
    assert reports(events)["voltage"] == 230.0
    (device,) = nodes.devices
    assert (device.address, device.kind) == ("ws://peer", "plug")


def test_a_node_that_comes_back_tells_only_what_changed_meanwhile(nodes: Nodes) -> None:
    nodes.take(node("temperature"))
    away = nodes.take(node("temperature", available=False))
    assert (comings(away), reports(away)) == ([False], {})
    back = nodes.take(node("temperature", 1, {"1/1026/0": 1900}))
    assert (comings(back), reports(back)) == ([True], {"temperature": 19.0})
    assert Redescribed() not in back


def test_an_attribute_that_becomes_null_is_no_value_and_takes_the_old_one_away(nodes: Nodes) -> None:
    nodes.take(node("temperature"))
    assert reports(nodes.changed(1, "1/1026/0", None)) == {"temperature": None}
    assert reports(nodes.everything())["temperature"] is None
    nodes.take(node("temperature", 1, {"1/1026/0": 1900}))
    away = nodes.take(node("temperature", 1, {"1/1026/0": None}))
    assert reports(away) == {"temperature": None}


def test_a_change_is_a_report_and_a_sign_of_life(nodes: Nodes) -> None:
    nodes.take(node("dimmable-light"))
    nodes.silent(1)
    events = nodes.changed(1, "1/6/0", False)
    assert (comings(events), reports(events)) == ([True], {"on_off": False})
    assert comings(nodes.changed(1, "1/6/0", True)) == []


def test_both_halves_of_a_colour_make_one_colour(nodes: Nodes) -> None:
    nodes.take(node("color-light"))
    nodes.changed(1, "1/768/3", 0)
    assert reports(nodes.changed(1, "1/768/4", 32768)) == {"color": (0.0, 0.5)}


def test_silence_is_told_once_and_an_answer_ends_it(nodes: Nodes) -> None:
    nodes.take(node("contact"))
    assert comings(nodes.silent(1)) == [False]
    assert nodes.silent(1) == ()
    assert comings(nodes.answered(1)) == [True]


def test_a_node_that_the_server_has_not_met_yet_is_neither_there_nor_gone(nodes: Nodes) -> None:
    nodes.meet(node("temperature", available=False))
    assert nodes.everything() == ()
    assert nodes.asked == ((1, False),)
    events = nodes.take(node("temperature"))
    assert comings(events) == [True]
    assert "temperature" in reports(events)


def test_a_node_that_was_never_met_and_does_not_answer_is_gone(nodes: Nodes) -> None:
    nodes.meet(node("temperature", available=False))
    events = nodes.silent(1)
    assert (comings(events), reports(events)) == ([False], {})
    assert comings(nodes.answered(1)) == [True]


def test_a_bridge_that_loses_a_device_tells_it_of_that_device_only(nodes: Nodes) -> None:
    nodes.take(node("bridge"))
    bridge, attic, *_ = nodes.devices
    end = nodes.thing(attic.uid).endpoint  # pyright: ignore[reportOptionalMemberAccess] - it was just described
    events = nodes.changed(1, f"{end}/57/17", False)
    states = {one.uid: one.online for one in events if isinstance(one, Availability)}
    assert (states[attic.uid], states[bridge.uid]) == (False, True)
    assert sum(not online for online in states.values()) == 1


def test_a_bridge_that_is_gone_takes_everything_behind_it_along(nodes: Nodes) -> None:
    nodes.take(node("bridge"))
    assert comings(nodes.silent(1)) == [False] * 4


def test_a_device_that_leaves_its_bridge_leaves_the_twin(nodes: Nodes) -> None:
    whole = node("bridge")
    nodes.take(whole)
    attic = nodes.devices[1]
    end = nodes.thing(attic.uid).endpoint  # pyright: ignore[reportOptionalMemberAccess] - it was just described
    whole["attributes"] = {path: value for path, value in whole["attributes"].items() if not path.startswith(f"{end}/")}
    assert Redescribed() in nodes.take(whole)
    assert attic.uid not in {device.uid for device in nodes.devices}


def test_two_devices_with_one_serial_number_stay_two(nodes: Nodes) -> None:
    nodes.take(node("contact", 1))
    nodes.take(node("contact", 2))
    uids = [device.uid for device in nodes.devices]
    assert len(set(uids)) == 2
    assert [one.uid for one in nodes.changed(2, "1/69/0", False) if isinstance(one, Report)] == [uids[1]]
    nodes.take(node("contact", 2))
    assert [device.uid for device in nodes.devices] == uids


def test_a_new_name_is_a_new_description(nodes: Nodes) -> None:
    nodes.take(node("plug"))
    assert Redescribed() in nodes.changed(1, "0/40/5", "Coffee \x1b[31mmachine")
    assert "\x1b" not in nodes.devices[0].name


def test_a_node_that_is_removed_is_forgotten(nodes: Nodes) -> None:
    nodes.take(node("plug"))
    assert nodes.drop(1) == (Redescribed(),)
    assert (nodes.devices, nodes.drop(1), nodes.changed(1, "1/6/0", True)) == ((), (), ())


def press(event: int, data: object = None, end: int = 1) -> dict[str, Any]:
    return {"node_id": 1, "endpoint_id": end, "cluster_id": 59, "event_id": event, "data": data}


def test_a_button_that_counts_says_how_often_it_was_pressed_and_only_once(nodes: Nodes) -> None:
    nodes.take(node("switch"))
    story = [press(1), press(3), press(5), press(6, {"totalNumberOfPressesCounted": 2})]
    assert [reports(nodes.pressed(one)) for one in story] == [{}, {}, {}, {"button": "double"}]
    once = press(6, {"totalNumberOfPressesCounted": 1})
    assert reports(nodes.pressed(once)) == {"button": "press"}
    assert reports(nodes.pressed(press(2))) == {"button": "long"}


def test_a_simple_button_says_press_when_it_is_let_go_and_the_simplest_when_it_is_pressed(nodes: Nodes) -> None:
    nodes.take(node("switch", 1, {"1/59/65532": 0b0110}))
    assert [reports(nodes.pressed(press(event))) for event in (1, 3)] == [{}, {"button": "press"}]
    nodes.take(node("switch", 1, {"1/59/65532": 0b0010}))
    assert reports(nodes.pressed(press(1))) == {"button": "press"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"node_id": "x"},
        press(6, end=9),
        press(6, "text"),
        {**press(6), "cluster_id": 6},
        {**press(6), "node_id": 5},
    ],
)
def test_strange_events_say_nothing(nodes: Nodes, data: dict[str, Any]) -> None:
    nodes.take(node("switch"))
    assert reports(nodes.pressed(data)) == {}


@pytest.mark.parametrize(
    "data", [{}, {"node_id": 1}, {"node_id": "1", "attributes": {}}, {"node_id": 1, "attributes": []}]
)
def test_what_is_no_node_is_left_out(nodes: Nodes, data: dict[str, Any]) -> None:
    assert nodes.take(data) == ()
    assert nodes.devices == ()
