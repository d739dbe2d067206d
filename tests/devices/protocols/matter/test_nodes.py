"""The nodes of one server: who is there, what changed, what a button said, and devices that look alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devices.contract import Redescribed
from devices.event_columns import ParsedEvent
from devices.protocols.matter.nodes import MatterNodes
from twin.model.observation import Availability, Report

RECORDING = Path(__file__).parents[3] / "captures" / "matter" / "lab_nodes.jsonl"


def node(product: str, id: int = 1, changes: dict[str, Any] | None = None, *, available: bool = True) -> dict[str, Any]:
    """A recorded node as the server describes it, with other values at some paths."""
    for line in RECORDING.read_text("utf-8").splitlines():
        said = json.loads(line)
        if said["attributes"]["0/40/3"] == product:
            attributes = said["attributes"] | (changes or {})
            return {"node_id": id, "available": available, "attributes": attributes}
    raise LookupError(product)


@pytest.fixture
def nodes() -> MatterNodes:
    return MatterNodes("ws://peer")


def reports(events: tuple[ParsedEvent, ...]) -> dict[str, object]:
    return {one.key: one.value for one in events if isinstance(one, Report)}


def comings(events: tuple[ParsedEvent, ...]) -> list[bool]:
    return [one.online for one in events if isinstance(one, Availability)]


def test_a_new_node_is_described_is_there_and_tells_its_values(nodes: MatterNodes) -> None:
    events = nodes.node_updated(node("plug-energy"))
    assert Redescribed() in events
    assert comings(events) == [True]
    assert reports(events)["voltage"] == 230.0
    (device,) = nodes.devices
    assert (device.address, device.kind) == ("ws://peer", "plug")


def test_a_node_that_comes_back_tells_only_what_changed_meanwhile(nodes: MatterNodes) -> None:
    nodes.node_updated(node("temperature"))
    away = nodes.node_updated(node("temperature", available=False))
    assert (comings(away), reports(away)) == ([False], {})
    back = nodes.node_updated(node("temperature", 1, {"1/1026/0": 1900}))
    assert (comings(back), reports(back)) == ([True], {"temperature": 19.0})
    assert Redescribed() not in back


def test_an_attribute_that_becomes_null_is_no_value_and_takes_the_old_one_away(nodes: MatterNodes) -> None:
    nodes.node_updated(node("temperature"))
    assert reports(nodes.attribute_changed(1, "1/1026/0", None)) == {"temperature": None}
    assert reports(nodes.all_events())["temperature"] is None
    nodes.node_updated(node("temperature", 1, {"1/1026/0": 1900}))
    away = nodes.node_updated(node("temperature", 1, {"1/1026/0": None}))
    assert reports(away) == {"temperature": None}


def test_a_change_is_a_report_and_a_sign_of_life(nodes: MatterNodes) -> None:
    nodes.node_updated(node("dimmable-light"))
    nodes.probe_unanswered(1)
    events = nodes.attribute_changed(1, "1/6/0", False)
    assert (comings(events), reports(events)) == ([True], {"on_off": False})
    assert comings(nodes.attribute_changed(1, "1/6/0", True)) == []


def test_both_halves_of_a_colour_make_one_colour(nodes: MatterNodes) -> None:
    nodes.node_updated(node("color-light"))
    nodes.attribute_changed(1, "1/768/3", 0)
    assert reports(nodes.attribute_changed(1, "1/768/4", 32768)) == {"color": (0.0, 0.5)}


def test_silence_is_told_once_and_an_answer_ends_it(nodes: MatterNodes) -> None:
    nodes.node_updated(node("contact"))
    assert comings(nodes.probe_unanswered(1)) == [False]
    assert nodes.probe_unanswered(1) == ()
    assert comings(nodes.probe_answered(1)) == [True]


def test_a_node_that_the_server_has_not_met_yet_is_neither_there_nor_gone(nodes: MatterNodes) -> None:
    nodes.node_known(node("temperature", available=False))
    assert nodes.all_events() == ()
    assert nodes.probe_targets == ((1, False),)
    events = nodes.node_updated(node("temperature"))
    assert comings(events) == [True]
    assert "temperature" in reports(events)


def test_a_node_that_was_never_met_and_does_not_answer_is_gone(nodes: MatterNodes) -> None:
    nodes.node_known(node("temperature", available=False))
    events = nodes.probe_unanswered(1)
    assert (comings(events), reports(events)) == ([False], {})
    assert comings(nodes.probe_answered(1)) == [True]


def test_a_bridge_that_loses_a_device_tells_it_of_that_device_only(nodes: MatterNodes) -> None:
    nodes.node_updated(node("bridge"))
    bridge, attic, *_ = nodes.devices
    end = nodes.thing(attic.uid).endpoint  # pyright: ignore[reportOptionalMemberAccess] - it was just described
    events = nodes.attribute_changed(1, f"{end}/57/17", False)
    states = {one.uid: one.online for one in events if isinstance(one, Availability)}
    assert (states[attic.uid], states[bridge.uid]) == (False, True)
    assert sum(not online for online in states.values()) == 1


def test_a_bridge_that_is_gone_takes_everything_behind_it_along(nodes: MatterNodes) -> None:
    nodes.node_updated(node("bridge"))
    assert comings(nodes.probe_unanswered(1)) == [False] * 4


def test_a_device_that_leaves_its_bridge_leaves_the_twin(nodes: MatterNodes) -> None:
    whole = node("bridge")
    nodes.node_updated(whole)
    attic = nodes.devices[1]
    end = nodes.thing(attic.uid).endpoint  # pyright: ignore[reportOptionalMemberAccess] - it was just described
    whole["attributes"] = {path: value for path, value in whole["attributes"].items() if not path.startswith(f"{end}/")}
    assert Redescribed() in nodes.node_updated(whole)
    assert attic.uid not in {device.uid for device in nodes.devices}


def test_two_devices_with_one_serial_number_stay_two(nodes: MatterNodes) -> None:
    nodes.node_updated(node("contact", 1))
    nodes.node_updated(node("contact", 2))
    uids = [device.uid for device in nodes.devices]
    assert len(set(uids)) == 2
    assert [one.uid for one in nodes.attribute_changed(2, "1/69/0", False) if isinstance(one, Report)] == [uids[1]]
    nodes.node_updated(node("contact", 2))
    assert [device.uid for device in nodes.devices] == uids


def test_a_new_name_is_a_new_description(nodes: MatterNodes) -> None:
    nodes.node_updated(node("plug"))
    assert Redescribed() in nodes.attribute_changed(1, "0/40/5", "Coffee \x1b[31mmachine")
    assert "\x1b" not in nodes.devices[0].name


def test_a_node_that_is_removed_is_forgotten(nodes: MatterNodes) -> None:
    nodes.node_updated(node("plug"))
    assert nodes.node_removed(1) == (Redescribed(),)
    assert (nodes.devices, nodes.node_removed(1), nodes.attribute_changed(1, "1/6/0", True)) == ((), (), ())


def press(event: int, data: object = None, end: int = 1) -> dict[str, Any]:
    return {"node_id": 1, "endpoint_id": end, "cluster_id": 59, "event_id": event, "data": data}


def test_a_button_that_counts_says_how_often_it_was_pressed_and_only_once(nodes: MatterNodes) -> None:
    nodes.node_updated(node("switch"))
    story = [press(1), press(3), press(5), press(6, {"totalNumberOfPressesCounted": 2})]
    assert [reports(nodes.button_event(one)) for one in story] == [{}, {}, {}, {"button": "double"}]
    once = press(6, {"totalNumberOfPressesCounted": 1})
    assert reports(nodes.button_event(once)) == {"button": "press"}
    assert reports(nodes.button_event(press(2))) == {"button": "long"}


def test_a_simple_button_says_press_when_it_is_let_go_and_the_simplest_when_it_is_pressed(nodes: MatterNodes) -> None:
    nodes.node_updated(node("switch", 1, {"1/59/65532": 0b0110}))
    assert [reports(nodes.button_event(press(event))) for event in (1, 3)] == [{}, {"button": "press"}]
    nodes.node_updated(node("switch", 1, {"1/59/65532": 0b0010}))
    assert reports(nodes.button_event(press(1))) == {"button": "press"}


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
def test_strange_events_say_nothing(nodes: MatterNodes, data: dict[str, Any]) -> None:
    nodes.node_updated(node("switch"))
    assert reports(nodes.button_event(data)) == {}


@pytest.mark.parametrize(
    "data", [{}, {"node_id": 1}, {"node_id": "1", "attributes": {}}, {"node_id": 1, "attributes": []}]
)
def test_what_is_no_node_is_left_out(nodes: MatterNodes, data: dict[str, Any]) -> None:
    assert nodes.node_updated(data) == ()
    assert nodes.devices == ()
