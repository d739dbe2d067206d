import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.quantity import CANONICAL, UNITS, Quantity, find_unit, from_canonical, to_canonical

values = st.floats(-1e9, 1e9, allow_nan=False)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: f"{unit.quantity}-{unit.symbol}")
@given(value=values)
def test_a_value_survives_the_way_there_and_back(unit, value):
    there = to_canonical(value, unit.symbol, unit.quantity)
    back = from_canonical(there, unit.symbol, unit.quantity)
    assert back == pytest.approx(value, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("quantity", Quantity)
def test_every_quantity_has_a_canonical_unit_that_changes_nothing(quantity):
    if quantity is Quantity.NONE:
        return
    assert to_canonical(12.5, CANONICAL[quantity], quantity) == 12.5


@pytest.mark.parametrize(
    ("value", "symbol", "quantity", "expected"),
    [
        (32.0, "°F", Quantity.TEMPERATURE, 0.0),
        (212.0, "degF", Quantity.TEMPERATURE, 100.0),
        (0.0, "K", Quantity.TEMPERATURE, -273.15),
        (2700.0, "K", Quantity.COLOR_TEMPERATURE, 2700.0),
        (1013.25, "hPa", Quantity.PRESSURE, 101325.0),
        (1.0, "kWh", Quantity.ENERGY, 1000.0),
        (3.6, "MJ", Quantity.ENERGY, 1000.0),
        (250.0, "ppb", Quantity.PARTS, 0.25),
        (1.0, "L/min", Quantity.FLOW, 0.06),
    ],
)
def test_known_pairs_convert_as_the_tables_of_si_and_nist_say(value, symbol, quantity, expected):
    assert to_canonical(value, symbol, quantity) == pytest.approx(expected)


def test_no_spelling_means_two_units_of_one_quantity():
    names = [(unit.quantity, name) for unit in UNITS for name in (unit.symbol, *unit.aliases)]
    assert len(names) == len(set(names))


def test_an_unknown_unit_is_said_to_be_unknown_instead_of_guessed():
    assert to_canonical(1.0, "furlong", Quantity.VOLUME) is None
    assert find_unit("W", Quantity.ENERGY) is None
