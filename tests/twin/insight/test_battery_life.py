"""How long a battery lasts: batteries of the same model tell it, a slope only where it is straight (simulated cells)."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.insight.battery_life import lives, outlook

type Numbers = NDArray[np.float64]


def percent(kind: str, share: Numbers) -> Numbers:
    """Percentage of a cell by the share of its life that is over."""
    with np.errstate(invalid="ignore"):
        match kind:
            case "linear":
                return 100 * (1 - share)
            case "coin":
                return np.where(share < 0.85, 100 - 12 * share / 0.85, 88 * (1 - ((share - 0.85) / 0.15) ** 1.6))
            case "alkaline":
                return 100 * (1 - share) ** 0.6 * (1 - 0.25 * share)
            case _:
                return np.where(share < 0.92, 100 - 3 * share / 0.92, 97 * (1 - ((share - 0.92) / 0.08)))


def cell(kind: str, rng: np.random.Generator) -> Numbers:
    """Daily percentages of a battery's life, as devices report them."""
    days = int(rng.uniform(300, 700))
    share = np.arange(days + 1) / days
    warm = 2 * np.sin(np.arange(days + 1) / 365 * 6.28) * (kind != "linear")
    return np.clip(np.round(percent(kind, share) + rng.normal(0, 0.6, days + 1) + warm), 0, 100)


def judged(kind: str, before: int, *, others: bool) -> tuple[float, float]:
    """(share of 60 batteries for which something is claimed, share of those within 50 %), `before` days before 10 %."""
    rng, right, claimed = np.random.default_rng(2), 0, 0
    for _ in range(60):
        mine = cell(kind, rng)
        dead = [cell(kind, rng) for _ in range(4)] if others else []
        end = int(np.argmax(mine <= 10))
        found = outlook(mine[: end - before + 1], dead)
        claimed += found is not None
        right += found is not None and abs(found.days - before) <= before / 2
    return claimed / 60, right / max(1, claimed)


@pytest.mark.parametrize(("kind", "least"), [("linear", 0.9), ("alkaline", 0.9), ("coin", 0.85), ("lithium", 0.6)])
def test_batteries_of_the_model_that_died_here_tell_how_long_another_lasts(kind: str, least: float) -> None:
    """The research had 95, 100, 95 and 67 % within half, 30 days before."""
    claimed, right = judged(kind, 30, others=True)
    assert claimed == 1
    assert right >= least


@pytest.mark.parametrize("kind", ["coin", "lithium"])
def test_nothing_is_claimed_of_a_cell_that_falls_all_at_once(kind: str) -> None:
    assert judged(kind, 30, others=False)[0] <= 0.05


def test_a_steady_fall_tells_it_too() -> None:
    claimed, right = judged("linear", 30, others=False)
    assert claimed >= 0.9
    assert right >= 0.9


def test_a_rise_of_more_than_20_is_a_new_battery() -> None:
    known = np.array([60.0, np.nan, 55, 70, 30, 100, 99])
    first, second = lives(known)
    np.testing.assert_array_equal(first, [60, np.nan, 55, 70, 30])
    np.testing.assert_array_equal(second, [100, 99])


def test_a_battery_that_is_reported_once_a_week_falls_no_faster() -> None:
    daily = np.full(420, np.nan)
    daily[::7] = 75 - np.arange(60)
    found = outlook(lives(daily)[-1], [])
    assert found is not None
    assert found.days == pytest.approx(42, abs=1)
    others = [lives(np.concatenate([daily, [np.nan] * 6, [9.0], [np.nan] * 6, [5.0]]))[0]] * 2
    alike = outlook(np.array([30.0]), others)
    assert alike is not None
    assert alike.days == pytest.approx(111, abs=7)


def test_two_known_days_far_apart_are_no_steady_fall() -> None:
    daily = np.full(61, np.nan)
    daily[0], daily[-1] = 60, 30
    assert outlook(lives(daily)[-1], []) is None


def test_a_value_that_no_dead_battery_had_tells_nothing() -> None:
    assert outlook(np.array([100.0]), [np.array([50.0, 5.0]), np.array([60.0, 4.0])]) is None
