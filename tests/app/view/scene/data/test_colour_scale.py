"""What colours mean: the table's scale, or round numbers around what there is, steady while values move a little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.view.i18n import set_language
from app.view.scene.data.colour_scale import scale_of
from twin.model.aggregation import colours_rooms
from twin.model.capability import CAPABILITIES, ROWS, ValueType


def scale(id: str, values: list[float], **more):
    return scale_of(CAPABILITIES[id], np.array(values, float), **more)


def test_a_capability_with_a_scale_keeps_it_whatever_the_values() -> None:
    found = scale("temperature", [-5.0, 60.0])
    assert (found.low, found.high) == (16.0, 30.0)
    assert scale("valve", [3.0]).high == 100.0


def test_one_without_gets_round_numbers_in_the_unit_that_is_read() -> None:
    found = scale("energy_import", [1_234_000.0, 4_870_000.0, np.nan])
    assert (found.low, found.high) == (0.0, 5_000_000.0)
    assert found.ticks == (0.0, 1e6, 2e6, 3e6, 4e6, 5e6)
    found = scale("pressure", [100_930.0, 101_310.0])
    assert (found.low, found.high) == (100_900.0, 101_400.0)


def test_a_sum_begins_at_nothing() -> None:
    assert scale("power", [600.0, 900.0]).low == 0.0


def test_the_scale_stays_while_values_lie_in_it_and_fill_it_well_enough() -> None:
    first = scale("energy_import", [1_234_000.0, 4_870_000.0])
    assert scale("energy_import", [1_300_000.0, 4_300_000.0], before=first) is first
    assert scale("energy_import", [1_300_000.0, 5_300_000.0], before=first).high == 6_000_000.0
    assert scale("energy_import", [13_000.0, 43_000.0], before=first).high == 50_000.0
    assert scale("energy_import", [np.nan], before=first) is first


def test_a_server_room_does_not_make_all_others_look_alike() -> None:
    found = scale("power", [80.0, 85.0, 120.0, 90.0, 60.0, 75.0, 88.0, 70.0, 95.0, 64.0, 8000.0])
    assert found.open
    assert found.high <= 200.0
    assert not scale("power", [80.0, 8000.0]).open


def test_words_have_a_colour_each_and_truths_two() -> None:
    options = ("off", "heat", "cool")
    painted = scale("hvac_mode", [0, 1, 2, np.nan], options=options).paint(np.array([0.0, 1.0, 2.0]))
    assert len({tuple(one) for one in painted.tolist()}) == 3
    assert scale("smoke", [0, 1]).colours == "alarm"
    assert scale("contact", [0, 1]).colours == "presence"


@pytest.mark.parametrize("unit", ["°C", "°F"])
def test_ticks_rise_from_end_to_end_in_every_unit(unit: str) -> None:
    set_language("en", unit)
    try:
        for row in ROWS:
            if row.type is ValueType.NUMBER:
                found = scale(row.id, [3.0, 17.0])
                assert list(found.ticks) == sorted(set(found.ticks))
                assert (found.ticks[0], found.ticks[-1]) == (found.low, found.high)
                assert len(found.ticks) <= 9
    finally:
        set_language("en", "°C")


@given(
    st.sampled_from([row for row in ROWS if colours_rooms(row)]),
    st.lists(st.floats(-1e12, 1e12) | st.just(float("nan")), max_size=9),
)
def test_any_values_find_a_scale_with_a_width_and_colours(row, values) -> None:
    values = np.array(values, float)
    found = scale_of(row, values)
    assert np.isfinite([found.low, found.high]).all()
    assert found.low < found.high
    assert found.paint(values).shape == (len(values), 3)
    assert scale_of(row, values, before=found) == found
