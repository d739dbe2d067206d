"""Air changes from the decay of CO2: a made-up one, a real office, and what must not be taken for one."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from twin.insight.ventilation import air_per_person, decays, highest_hour, outdoor_level

MINUTE = 60_000


def evening(per_hour: float, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An hour with people at 1,200 ppm, then three without."""
    times = np.arange(240, dtype=np.int64) * MINUTE
    co2 = np.where(times < 60 * MINUTE, 1200.0, 420 + 780 * np.exp(-per_hour * (times - 60 * MINUTE) / 3_600_000))
    return times, co2 + np.random.default_rng(1).normal(0, noise, len(times)), times < 60 * MINUTE


@pytest.mark.parametrize("per_hour", [0.4, 1.0, 3.0])
def test_the_decay_after_people_left_is_the_air_changes(per_hour: float) -> None:
    times, co2, occupied = evening(per_hour, noise=3.0)
    found = decays(times, co2, occupied, 420.0)
    assert [one.per_hour for one in found] == [pytest.approx(per_hour, rel=0.03)]
    assert found[0].begin_ms == 60 * MINUTE


def test_a_short_absence_a_rise_and_noise_are_no_decay() -> None:
    times, co2, occupied = evening(1.0)
    short = occupied | (times >= 90 * MINUTE)
    assert decays(times, co2, short, 420.0) == ()
    assert decays(times, co2[::-1].copy(), occupied, 420.0) == ()
    assert decays(times, np.full(240, 425.0), occupied, 420.0) == ()
    assert decays(times, np.full(240, np.nan), occupied, 420.0) == ()
    assert decays(times, np.full(240, 900.0), occupied, 420.0) == ()


def test_an_hour_counts_only_where_people_were_there_throughout() -> None:
    times = np.arange(0, 4 * 3_600_000, 120_000)
    co2 = np.where(times < 2 * 3_600_000, 900.0, 1500.0)
    assert highest_hour(times, co2, times < 2.5 * 3_600_000) == pytest.approx(1200.0, abs=20)
    assert np.isnan(highest_hour(times, co2, times < 0.9 * 3_600_000))


def test_a_real_offices_four_evenings(shared_data: Path) -> None:
    file = shared_data / "series" / "occupancy_training.csv"
    if not file.exists():
        pytest.skip("the office's readings are not beside the project")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    times = np.array([int(datetime.fromisoformat(row["Date"]).replace(tzinfo=UTC).timestamp() * 1000) for row in rows])
    co2, occupied = np.array([float(row["CO2"]) for row in rows]), np.array([row["Occupancy"] == "1" for row in rows])
    found = decays(times, co2, occupied, outdoor_level(co2) - 5)
    rates = [round(one.per_hour, 2) for one in found]
    assert sorted(rates) == pytest.approx([0.37, 0.46, 0.94, 1.01], abs=0.02)
    assert min(one.r2 for one in found) >= 0.984


def test_the_settled_level_says_how_much_air_each_person_gets() -> None:
    assert air_per_person(920.0, 420.0) == pytest.approx(10.0)
    assert air_per_person(400.0, 420.0) is None
    assert np.isnan(outdoor_level(np.array([np.nan])))
