"""The tables are complete: each row has what it promises."""

import pytest

from app.actions import ACTIONS
from app.actions import ROWS as ACTION_ROWS
from twin.model.capability import CAPABILITIES, ROWS, Group, ValueType
from twin.model.kind import KINDS, kind_of
from twin.model.kind import ROWS as KIND_ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_capability_row_is_whole(row):
    assert row.title
    assert row.control
    assert (row.minimum is None or row.maximum is None) or row.minimum < row.maximum
    assert bool(row.verbs) <= row.writable or row.group is Group.EVENT
    assert (row.scale is None) or (row.scale[0] < row.scale[1] and row.colours)
    if row.type is ValueType.BOOL:
        assert len(row.options) == 2


@pytest.mark.parametrize("row", KIND_ROWS, ids=lambda row: row.id)
def test_every_kind_row_names_capabilities_that_exist(row):
    assert set(row.expects) <= set(CAPABILITIES)
    assert row.primary in CAPABILITIES or row.id == "device"
    assert row.glyph


@pytest.mark.parametrize("row", KIND_ROWS, ids=lambda row: row.id)
def test_a_device_with_what_a_kind_expects_is_of_a_kind_that_exists(row):
    assert kind_of(frozenset(row.expects)) in KINDS


def test_no_id_is_given_twice():
    assert len(CAPABILITIES) == len(ROWS)
    assert len(KINDS) == len(KIND_ROWS)
    assert len(ACTIONS) == len(ACTION_ROWS)


@pytest.mark.parametrize(
    ("capabilities", "kind"),
    [
        ({"on_off", "level"}, "light"),
        ({"on_off"}, "switch"),
        ({"on_off", "power", "energy_import"}, "plug"),
        ({"temperature", "humidity", "battery"}, "climate_sensor"),
        ({"temperature", "humidity", "co2"}, "air_sensor"),
        ({"temperature"}, "temperature_sensor"),
        ({"setpoint_heat", "temperature", "hvac_mode"}, "thermostat"),
        ({"raw_number"}, "device"),
    ],
)
def test_the_kind_follows_from_what_the_device_can_do(capabilities, kind):
    assert kind_of(frozenset(capabilities)) == kind
