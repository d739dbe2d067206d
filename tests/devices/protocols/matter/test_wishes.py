"""What a person wants becomes the cluster's own command or a written attribute; what Matter cannot say is refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.contract import RefusedError
from devices.protocols.matter.attribute_table import ROWS, kelvin, openness, times
from devices.protocols.matter.command_encoding import EncodedCommand, encode_command
from tests.english import refused
from twin.model.capability import CAPABILITIES, ValueType
from twin.model.observation import Value

UNBOLTS = 1 << 12
TRANSITION = {"transitionTime": 0, "optionsMask": 0, "optionsOverride": 0}
WHILE_OFF = {"transitionTime": 0, "optionsMask": 1, "optionsOverride": 1}


@pytest.mark.parametrize(
    ("capability", "verb", "value", "command", "payload"),
    [
        ("on_off", "on", None, (6, "On"), {}),
        ("on_off", "off", None, (6, "Off"), {}),
        ("on_off", "toggle", None, (6, "Toggle"), {}),
        ("level", "set", 50.0, (8, "MoveToLevelWithOnOff"), {"level": 127, **TRANSITION}),
        ("level", "set", 100.0, (8, "MoveToLevelWithOnOff"), {"level": 254, **TRANSITION}),
        ("level", "step", -10.0, (8, "StepWithOnOff"), {"stepMode": 1, "stepSize": 25, **TRANSITION}),
        (
            "color_temperature", "set", 4000.0, (768, "MoveToColorTemperature"),
            {"colorTemperatureMireds": 250, **WHILE_OFF},
        ),
        ("color", "set", (0.5, 0.25), (768, "MoveToColor"), {"colorX": 32768, "colorY": 16384, **WHILE_OFF}),
        ("position", "open", None, (258, "UpOrOpen"), {}),
        ("position", "close", None, (258, "DownOrClose"), {}),
        ("position", "stop", None, (258, "StopMotion"), {}),
        ("position", "set", 75.0, (258, "GoToLiftPercentage"), {"liftPercent100thsValue": 2500}),
        ("tilt", "set", 0.0, (258, "GoToTiltPercentage"), {"tiltPercent100thsValue": 10000}),
        ("valve", "open", None, (129, "Open"), {}),
        ("valve", "set", 0.0, (129, "Close"), {}),
        ("valve", "set", 40.0, (129, "Open"), {"targetLevel": 40}),
        ("identify", "identify", None, (3, "Identify"), {"identifyTime": 5}),
    ],
)  # fmt: skip
def test_a_verb_becomes_the_cluster_s_command(
    capability: str, verb: str, value: Value, command: tuple[int, str], payload: dict[str, Any]
) -> None:
    asked = encode_command(capability, verb, value)
    assert (asked.cluster, asked.command) == command
    assert dict(asked.payload) == payload
    assert not asked.timed


@pytest.mark.parametrize(
    ("capability", "value", "cluster", "attribute", "raw"),
    [
        ("setpoint_heat", 21.5, 513, 18, 2150),
        ("setpoint_cool", 26.0, 513, 17, 2600),
        ("hvac_mode", "heat", 513, 28, 4),
        ("hvac_mode", "cool", 513, 28, 3),
        ("hvac_mode", "off", 513, 28, 0),
        ("fan_mode", "high", 514, 0, 3),
        ("fan_mode", "auto", 514, 0, 5),
        ("fan_speed", 66.4, 514, 2, 66),
    ],
)
def test_a_setting_is_written(capability: str, value: Value, cluster: int, attribute: int, raw: int) -> None:
    assert encode_command(capability, "set", value) == EncodedCommand(cluster=cluster, attribute=attribute, value=raw)


def test_a_lock_is_commanded_within_a_time_and_unlatched_only_where_it_has_a_latch() -> None:
    assert [encode_command("lock", verb, None).command for verb in ("lock", "unlock")] == ["LockDoor", "UnlockDoor"]
    latch = [encode_command("lock", verb, None, features=UNBOLTS).command for verb in ("lock", "unlock", "unlatch")]
    assert latch == ["LockDoor", "UnboltDoor", "UnlockDoor"]
    assert encode_command("lock", "lock", None).timed
    with refused("latch", RefusedError):
        encode_command("lock", "unlatch", None)


@pytest.mark.parametrize(
    ("capability", "verb", "value"),
    [
        ("temperature", "set", 20.0), ("level", "set", "bright"), ("level", "set", None), ("level", "set", True),
        ("color", "set", 5.0), ("hvac_mode", "set", "party"), ("hvac_mode", "set", None), ("fan_mode", "set", 3.0),
    ],
)  # fmt: skip
def test_what_matter_has_no_word_for_is_refused(capability: str, verb: str, value: Value) -> None:
    with pytest.raises(RefusedError):
        encode_command(capability, verb, value)


def test_every_writable_row_can_be_wished_for_with_each_of_its_verbs() -> None:
    for id in {row.capability for row in ROWS if row.writable}:
        row = CAPABILITIES[id]
        value: Value = "off" if row.type is ValueType.ENUM else 50.0
        for verb in set(row.verbs) - {"unlatch"}:
            assert encode_command(id, verb, value).cluster


@given(st.floats(0, 100))
def test_a_level_that_is_set_reads_back_within_half_a_percent(percent: float) -> None:
    raw = encode_command("level", "set", percent).payload["level"]
    assert 0 <= raw <= 254
    assert times(100 / 254)(raw) == pytest.approx(percent, abs=0.5)


@given(st.floats(0, 100))
def test_a_position_that_is_set_reads_back_the_same(percent: float) -> None:
    raw = encode_command("position", "set", percent).payload["liftPercent100thsValue"]
    assert 0 <= raw <= 10000
    assert openness(raw) == pytest.approx(percent, abs=0.006)


@given(st.floats(1000, 10000))
def test_a_colour_temperature_that_is_set_reads_back_within_a_mired(warmth: float) -> None:
    raw = encode_command("color_temperature", "set", warmth).payload["colorTemperatureMireds"]
    assert kelvin(raw) == pytest.approx(warmth, rel=0.006)


@given(st.tuples(st.floats(-1, 2), st.floats(-1, 2)))
def test_no_colour_leaves_the_range_of_the_cluster(xy: tuple[float, float]) -> None:
    payload = encode_command("color", "set", xy).payload
    assert 0 <= payload["colorX"] <= 0xFEFF
    assert 0 <= payload["colorY"] <= 0xFEFF
