"""From devices to their room: one rule per capability."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.model.aggregation import AggregationRule, aggregate, aggregation_rule, colours_rooms, counted_points
from twin.model.capability import CAPABILITIES, ROWS, Group, ValueType
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId


def test_power_adds_up_air_is_as_bad_as_its_worst_sensor_and_one_alarm_is_an_alarm() -> None:
    said = {
        id: aggregation_rule(CAPABILITIES[id]) for id in ("temperature", "power", "co2", "battery", "occupancy", "lock")
    }
    assert said == {
        "temperature": AggregationRule.MEAN, "power": AggregationRule.SUM, "co2": AggregationRule.MAX, "battery": AggregationRule.MIN, "occupancy": AggregationRule.ANY,
        "lock": AggregationRule.MOST,
    }  # fmt: skip
    assert all(aggregation_rule(row) is AggregationRule.ANY for row in ROWS if row.group is Group.ALARM)
    assert all(aggregation_rule(row) is AggregationRule.ANY for row in ROWS if row.type is ValueType.BOOL)


def test_colours_texts_and_passing_events_do_not_colour_rooms() -> None:
    assert not any(colours_rooms(CAPABILITIES[id]) for id in ("color", "raw_text", "button"))
    assert all(colours_rooms(CAPABILITIES[id]) for id in ("energy_import", "smoke", "hvac_mode", "raw_number"))


def test_each_rule_says_what_its_name_says() -> None:
    values, group = np.array([1.0, 3.0, np.nan, 5.0, 5.0, 2.0]), np.array([0, 0, 0, 2, 2, 2])
    said = {rule: aggregate(rule, values, group, 4) for rule in AggregationRule}
    assert all(np.isnan(found[[1, 3]]).all() for found in said.values())
    pairs = {rule: found[[0, 2]].tolist() for rule, found in said.items()}
    assert pairs == {
        AggregationRule.MEAN: [2.0, 4.0], AggregationRule.MAX: [3.0, 5.0], AggregationRule.MIN: [1.0, 2.0], AggregationRule.SUM: [4.0, 12.0], AggregationRule.ANY: [1.0, 1.0],
        AggregationRule.MOST: [1.0, 5.0],
    }  # fmt: skip


@given(
    arrays(np.float64, st.integers(0, 30), elements=st.floats(-1e6, 1e6) | st.just(np.nan)),
    st.integers(1, 6),
    st.data(),
)
def test_whatever_comes_a_room_has_a_value_exactly_where_a_device_has_one(values, groups, data) -> None:
    group = np.sort(data.draw(arrays(np.intp, len(values), elements=st.integers(0, groups - 1))))
    there = np.isin(np.arange(groups), group[np.isfinite(values)])
    for rule in AggregationRule:
        made = aggregate(rule, values, group, groups)
        assert np.array_equal(np.isfinite(made), there)


def counted(capability: str, *points: PointInfo) -> list[str]:
    link = Link(id=LinkId("link"), protocol="fake", address="fake://")
    device = device_from_description(DeviceInfo(uid="one", name="One", points=points), link)
    return [point.info.key for point in counted_points(device, capability)]


def test_a_meter_counts_its_whole_and_not_its_phases_again() -> None:
    phases = tuple(PointInfo(key=f"l{n}.power", capability="power") for n in (1, 2, 3))
    assert counted("power", PointInfo(key="power", capability="power"), *phases) == ["power"]
    assert counted("power", *phases) == ["l1.power", "l2.power", "l3.power"], "a strip of sockets has no whole"
    assert counted("power", PointInfo(key="u1", alias="power", capability="power"), *phases) == ["u1"]
    both = tuple(PointInfo(key=key, alias="power", capability="power") for key in ("u1", "u2"))
    assert counted("power", *both) == ["u1", "u2"]


def test_what_does_not_add_up_is_counted_at_every_point() -> None:
    two = tuple(PointInfo(key=key, capability="temperature") for key in ("temperature", "2.temperature"))
    assert counted("temperature", *two) == ["temperature", "2.temperature"]
    assert counted("co2", *two) == []
