"""From devices to their room: one rule per capability."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.model.aggregation import AggregationRule, aggregate, aggregation_rule, colours_rooms
from twin.model.capability import CAPABILITIES, ROWS, Group, ValueType


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
