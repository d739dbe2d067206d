"""Meters that report seldom: how much flowed between two readings is known, when it flowed is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.engine.plant_history import PlantHistory
from tests.twin.store.worlds import QUIET, T0, device
from twin.model.twin import Twin
from twin.store.history import History

METER = replace(device("meter", "water_volume", "energy_import"), kind="water_meter")
WATER, ENERGY = METER.points
HOUR = 3_600_000
DAY = 24 * HOUR
NOW_MS = T0 + 43 * DAY


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History.open(tmp_path / "h.oikos-history", pace=QUIET, now_ms=lambda: NOW_MS + DAY, lived_ms=None) as made:
        made.declare(METER.points)
        yield made


def told(history: History) -> list[str]:
    found, _ = PlantHistory(Twin(devices=(METER,)), history, lambda: None).warnings(NOW_MS)
    return [one.rule for one in found]


@pytest.mark.parametrize("every_ms", [2 * HOUR, 6 * HOUR, 12 * HOUR, DAY])
def test_a_water_meter_that_reports_seldom_does_not_leak(history: History, every_ms: int) -> None:
    times = np.arange(T0, NOW_MS + 1, every_ms)
    history.bulk(WATER.id, times, 100 + 0.25 * (times - T0) / DAY)
    assert told(history) == []


def test_one_that_reports_each_hour_tells_of_water_that_never_stops(history: History) -> None:
    times = np.arange(T0, NOW_MS + 1, HOUR)
    history.bulk(WATER.id, times, 100 + 0.25 * (times - T0) / DAY)
    assert told(history) == ["never_zero"]


def test_a_meter_that_reports_on_change_was_still_while_it_said_nothing(history: History) -> None:
    hours = np.arange(0, 43 * 24 + 1)
    flowing = (hours % 24 >= 7) & (hours % 24 < 22)
    flowing |= (hours > 42 * 24) & (hours % 24 < 4)
    at = np.flatnonzero(flowing | np.roll(flowing, 1) | (hours == 0) | (hours == hours[-1]))
    history.bulk(WATER.id, T0 + at * HOUR, 100 + np.cumsum(np.roll(flowing, 1) * 0.01)[at])
    assert told(history) == ["night"]


def test_a_day_of_more_use_is_no_base_load_where_a_meter_is_read_once_a_day(history: History) -> None:
    times = np.arange(T0, NOW_MS + 1, DAY)
    days = (times - T0) / DAY
    history.bulk(ENERGY.id, times, 1e6 + 10_000 * days + 8_000 * np.clip(days - 35, 0, None))
    assert told(history) == []
