"""BACnet objects as points, from their properties as plain values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.contract import RefusedError
from devices.protocols.bacnet.bacnet_objects import TYPES, UNITS, missing_value, point_of
from twin.model.capability import CAPABILITIES
from twin.model.observation import Value
from twin.model.quantity import to_canonical


@pytest.mark.parametrize("name", sorted(UNITS))
def test_a_unit_that_says_what_is_measured_converts_to_the_capability_s_own(name: str) -> None:
    unit, capability = UNITS[name]
    if capability and unit:
        assert to_canonical(1.0, unit, CAPABILITIES[capability].quantity) is not None


def test_the_names_of_units_and_types_are_those_of_the_library() -> None:
    from bacpypes3.basetypes import EngineeringUnits, ObjectType

    assert set(UNITS) <= {str(EngineeringUnits(n)) for n in range(260)}
    assert set(TYPES) <= {str(ObjectType(n)) for n in range(64)}


@pytest.mark.parametrize(
    ("object", "properties", "capability", "unit", "writable"),
    [
        ("analog-input,1", {"units": "degrees-fahrenheit"}, "temperature", "°F", False),
        ("analog-input,1", {"units": "parts-per-million"}, "raw_number", "ppm", False),
        ("analog-input,1", {"units": "feet-per-minute"}, "raw_number", "feet-per-minute", False),
        ("analog-input,1", {"units": "no-units"}, "raw_number", "", False),
        ("analog-value,1", {"units": "degrees-celsius"}, "raw_number", "°C", True),
        ("accumulator,1", {"units": "kilowatt-hours"}, "energy_import", "kWh", False),
        ("binary-input,1", {}, "raw_bool", "", False),
        ("binary-value,1", {}, "on_off", "", True),
    ],
)
def test_an_input_is_what_its_unit_says_and_what_can_be_commanded_keeps_its_own_unit(
    object: str, properties: dict[str, object], capability: str, unit: str, writable: bool
) -> None:
    info = point_of(object, properties).info
    assert (info.capability, info.unit, info.writable) == (capability, unit, writable)


def test_states_have_the_device_s_words_which_are_told_apart() -> None:
    mode = point_of("multi-state-output,3", {"number-of-states": 4, "state-text": ["Off", "On", "On"]})
    assert mode.info.options == ("Off", "On (2)", "On (3)", "4")
    assert [mode.decoded(n) for n in (1, 2, 5)] == ["Off", "On (2)", "5"]
    assert mode.encoded("set", "On (3)", None) == 3.0


@pytest.mark.parametrize(
    ("object", "verb", "value", "before"),
    [
        ("binary-output,1", "toggle", None, None),
        ("multi-state-value,1", "set", "Party", "Off"),
        ("analog-output,1", "set", "warm", 1.0),
        ("analog-output,1", "on", None, 1.0),
        ("analog-output,1", "set", float("nan"), 1.0),
        ("integer-value,1", "set", float("inf"), 1.0),
        ("binary-value,1", "set", float("nan"), True),
        ("analog-value,1", "set", 1e39, 1.0),
        ("analog-value,1", "set", 10**400, 1.0),
    ],
)
def test_what_cannot_be_written_is_refused_before_it_is_sent(
    object: str, verb: str, value: Value, before: Value
) -> None:
    with pytest.raises(RefusedError):
        point_of(object, {"number-of-states": 2}).encoded(verb, value, before)


def test_only_a_commandable_object_has_a_point_about_its_command() -> None:
    assert point_of("analog-value,1", {}).override is None
    override = point_of("analog-value,1", {"priority-array": [None] * 16, "object-name": "Setpoint"}).override
    assert override is not None
    assert override.label == "Setpoint: commanded"


def test_a_fault_and_an_input_out_of_service_have_no_value() -> None:
    assert missing_value((False, True, False, False), "analog-value,1")
    assert missing_value((False, False, False, True), "analog-input,1")
    assert not missing_value((True, False, True, True), "analog-output,1")
    assert not missing_value((), "analog-input,1")


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.text(max_size=3))
names = ["object-name", "units", "state-text", "number-of-states", "min-pres-value", "resolution", "active-text"]


@given(st.sampled_from(sorted(TYPES)), st.dictionaries(st.sampled_from(names), anything), anything)
def test_whatever_a_device_says_of_an_object_is_a_point(
    type: str, properties: dict[str, object], present: object
) -> None:
    point = point_of(f"{type},1", properties)
    assert point.info.capability in CAPABILITIES
    assert point.info.label
    point.decoded(present)
