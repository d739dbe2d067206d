"""What a register counted: the table of cases of research/rules.md, 3.1, and what holds for any readings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.meter_register import LIMITS, RegisterLimits, meter_increase

MIN = 60_000
ENERGY = LIMITS["Wh"]
DAY = np.arange(1_000_000.0, 1_000_000.0 + 1440 * 10, 10.0)
"""A day's readings a minute at 600 W: 14,390 Wh."""
TRUE = 14_390.0


def total(values: np.ndarray, limits: RegisterLimits = ENERGY, minutes: float = 1.0) -> float:
    times = (np.arange(len(values)) * minutes * MIN).astype(np.int64)
    return float(meter_increase(times, np.asarray(values, np.float64), limits).increase.sum())


def changes(values: np.ndarray, minutes: float = 1.0) -> list[int]:
    times = (np.arange(len(values)) * minutes * MIN).astype(np.int64)
    return np.flatnonzero(meter_increase(times, np.asarray(values, np.float64), ENERGY).changed).tolist()


def broken(at: int, *values: float) -> np.ndarray:
    day = DAY.copy()
    day[at : at + len(values)] = values
    return day


@pytest.mark.parametrize(
    ("case", "values", "wanted"),
    [
        ("nothing happens", DAY, TRUE),
        ("one reading of 0", broken(700, 0.0), TRUE),
        ("three readings of 0", broken(700, 0.0, 0.0, 0.0), TRUE),
        ("ten minutes of 0", broken(700, *[0.0] * 10), TRUE),
        ("the first reading is 0", broken(0, 0.0), TRUE - 10),
        ("the last reading is 0", broken(1439, 0.0), TRUE - 10),
        ("one reading is ten times as much", broken(700, 10_070_000.0), TRUE),
        ("a dip of 0.3", broken(700, DAY[699] - 0.3), TRUE),
        ("a reset", np.concatenate([DAY[:700], DAY[700:] - DAY[700]]), TRUE - 10),
        ("a new meter that starts higher", np.concatenate([DAY[:700], DAY[700:] + 3_993_000]), TRUE - 10),
        ("a new meter that starts lower", np.concatenate([DAY[:700], DAY[700:] - 700_000]), TRUE - 10),
        ("half an hour of silence", np.concatenate([DAY[:700], DAY[730:]]), TRUE),
        ("a large building", DAY * 300, TRUE * 300),
        ("a register in whole kWh", np.floor(DAY / 1000) * 1000, 14_000.0),
    ],
)  # fmt: skip
def test_a_register_counts_what_was_used(case: str, values: np.ndarray, wanted: float) -> None:
    assert total(values) == pytest.approx(wanted, abs=11), case


def test_a_changed_meter_is_told_where_it_was_changed_and_nothing_else_is() -> None:
    assert changes(DAY) == []
    assert changes(broken(700, 0.0)) == []
    assert changes(np.concatenate([DAY[:700], DAY[700:] - DAY[700]])) == []
    assert changes(np.concatenate([DAY[:700], DAY[700:] + 3_993_000])) == [700]
    assert changes(np.concatenate([DAY[:700], DAY[700:] - 700_000])) == [700]


def test_a_register_rolls_over_where_its_modulus_is_known() -> None:
    values = (DAY - 1_000_000 + 95_000) % 100_000
    assert total(values, RegisterLimits(100_000.0, 25_000.0, 2_000.0)) == pytest.approx(TRUE)
    assert total(values, RegisterLimits(100_000.0)) == pytest.approx(TRUE)


def test_a_fast_register_is_plausible_by_its_neighbours() -> None:
    assert total(np.arange(0.0, 100.0) * 50_000) == pytest.approx(99 * 50_000, rel=0.03)


@given(st.lists(st.floats(0, 400), min_size=2, max_size=80), st.integers(0, 79), st.integers(1, 3))
def test_zeros_in_between_never_count(steps: list[float], at: int, many: int) -> None:
    values = 50_000 + np.cumsum(np.round(steps, 2))
    at = 1 + at % max(1, len(values) - 1)
    with_zeros = np.concatenate([values[:at], np.zeros(many), values[at:]])
    assert total(with_zeros) == pytest.approx(values[-1] - values[0], abs=1e-6) if at < len(values) else True


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=60))
def test_no_reading_whatever_counts_more_than_can_be(values: list[float]) -> None:
    times = np.arange(len(values), dtype=np.int64) * MIN
    found = meter_increase(times, np.array(values), ENERGY)
    assert (found.increase >= 0).all()
    assert not found.changed[found.increase > 0].any()
