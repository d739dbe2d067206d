"""What the components of a Shelly become, in documents of real devices and in damaged ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.contract import RefusedError
from devices.protocols.shelly.component_points import ROWS, points_of, unread_components
from devices.protocols.shelly.described_device import DescribedDevice, DeviceDocuments
from twin.model.capability import CAPABILITIES
from twin.model.colour import xy_from_rgb
from twin.model.observation import Value

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([*(f"{type}:0" for type in ROWS), "input:0", "wifi", "sys", "cover:x", ":", "input:"])


def only(key: str, status: dict[str, Any], config: dict[str, Any] | None = None) -> dict[str, Value]:
    found = points_of({key: status}, {key: config or {}})
    return {point.info.key: point.decoded({key: status}) for point in found}


def test_a_real_device_of_the_third_generation_is_read_whole(shared_data: Path) -> None:
    document = json.loads((shared_data / "protocols/shelly/2pm_gen3.json").read_text())
    points = {
        point.info.key: point.decoded(document["status"]) for point in points_of(document["status"], document["config"])
    }
    assert points == points | {
        "switch.0.output": False, "switch.1.voltage": 216.3, "switch.0.freq": 50.0, "switch.0.ret_aenergy_total": 0.0,
        "input.1.state": False, "wifi.rssi": -52.0,
    }  # fmt: skip
    assert unread_components(document["status"]) == ()


def test_a_real_mini_of_the_fourth_generation_has_one_switch_without_a_label(shared_data: Path) -> None:
    folder = shared_data / "protocols/shelly/shellymini1gen4"
    config, status = (json.loads((folder / f"Shelly.Get{name}.json").read_text()) for name in ("Config", "Status"))
    labels = {point.info.key: point.info.label for point in points_of(status, config)}
    assert labels["switch.0.output"] == ""
    assert unread_components(status) == ()


@pytest.mark.parametrize(
    ("status", "position"),
    [
        ({"state": "open", "current_pos": None}, 100.0),
        ({"state": "closed"}, 0.0),
        ({"state": "opening", "current_pos": 30}, 30.0),
        ({"state": "stopped"}, None),
    ],
)
def test_a_cover_without_positions_is_known_at_its_ends(status: dict[str, Any], position: Value) -> None:
    assert only("cover:0", status)["cover.0.position"] == position


def test_colours_are_read_and_commanded_as_cie_xy() -> None:
    (colour,) = [p for p in points_of({"rgb:0": {"rgb": [255, 0, 0]}}, {}) if p.info.capability == "color"]
    red = xy_from_rgb((255, 0, 0))
    assert colour.decoded({"rgb:0": {"rgb": [255, 0, 0]}}) == red
    assert colour.call("set", red, None) == ("RGB.Set", {"id": 0, "rgb": [255, 0, 0]})


def test_an_input_is_what_its_configuration_says() -> None:
    assert only("input:0", {"state": True}, {"type": "switch"}) == {"input.0.state": True}
    assert only("input:0", {"percent": 37.5}, {"type": "analog"}) == {"input.0.percent": 37.5}
    assert only("input:0", {"counts": {"total": 12}}, {"type": "count"}) == {"input.0.counts_total": 12.0}
    assert list(only("input:0", {}, {"type": "button"})) == ["input.0.button"]


def test_a_three_phase_meter_has_its_sum_and_each_phase() -> None:
    status = {
        "em:0": {"total_act_power": 900.0, "a_act_power": 300.0, "b_act_power": 600.0},
        "emdata:0": {"total_act": 5e6},
    }
    found = {point.info.key: point.info.label for point in points_of(status, {})}
    assert found == {
        "em.0.total_act_power": "", "em.0.a_act_power": "Phase A power", "em.0.b_act_power": "Phase B power",
        "emdata.0.total_act": "",
    }  # fmt: skip


@pytest.mark.parametrize(("verb", "value"), [("set", None), ("set", "warm"), ("set", float("nan")), ("melt", None)])
def test_a_command_without_meaning_is_refused(verb: str, value: Value) -> None:
    for point in points_of({"light:0": {"output": True, "brightness": 3}, "rgb:0": {"rgb": [1, 2, 3]}}, {}):
        if point.row.command:
            with pytest.raises(RefusedError):
                point.call(verb, value, None)


@given(st.dictionaries(KEYS, JSON, max_size=4), st.dictionaries(KEYS, JSON, max_size=4))
def test_whatever_a_device_says_becomes_points_of_the_vocabulary(
    status: dict[str, Any], config: dict[str, Any]
) -> None:
    documents = DeviceDocuments(information={"mac": "AABBCCDDEEFF"}, config=config, status=status)
    device = DescribedDevice(documents)
    reports = device.reports(status, all=True)
    points = points_of(status, config)
    assert len({point.info.key for point in points}) == len(points) >= len(reports)
    assert all(point.info.capability in CAPABILITIES for point in points)
    assert documents.wakes_every_s >= 0 or documents.wakes_every_s != documents.wakes_every_s
    device.event_reports({"events": [status, config, None, 7]})
