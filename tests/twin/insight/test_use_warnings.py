"""Leaks, base loads and rooms that need no learning: what is claimed, and what is left alone."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.twin.store.worlds import LINK
from twin.insight.control_warnings import ControlQuestion, control_points, control_warnings
from twin.insight.interval_means import interval_means, values_at
from twin.insight.use_warnings import (
    QUARTER_MS,
    MeterQuarters,
    base_load_warning,
    burst_warning,
    night_powers,
    water_warnings,
)
from twin.model.device import Device, DeviceInfo, PointInfo, device_from_description
from twin.model.ids import RoomId
from twin.model.twin import Twin

type Numbers = NDArray[np.float64]
DAYS = 42
MINUTES = 2 * 1440


def device(kind: str, *capabilities: str, name: str = "", room: str = "") -> Device:
    points = tuple(PointInfo(key=one, capability=one) for one in capabilities)
    made = device_from_description(DeviceInfo(uid=name or kind, name=name or kind, kind=kind, points=points), LINK)
    from dataclasses import replace

    return replace(made, room=RoomId(room) if room else None)


def meter(use: Numbers, capability: str = "water_volume") -> MeterQuarters:
    quarter = np.arange(len(use), dtype=np.int64)
    one = device("meter", capability)
    return MeterQuarters(one, one.points[0], 0, use, quarter % 96 * 15, quarter // 96)


def household(days: int = DAYS) -> Numbers:
    """Water of a household, m³ in quarter-hours: none at night."""
    minute = np.arange(days * 96) % 96 * 15
    use = np.random.default_rng(1).gamma(0.4, 0.02, days * 96)
    return np.where((minute >= 360) & (minute < 1380), use, 0.0)


def rules(found: list[object]) -> list[str]:
    return [one.rule for one in found]  # type: ignore[attr-defined]


def test_a_household_without_a_leak_is_left_alone() -> None:
    assert water_warnings(meter(household())) == []


def test_a_tap_that_drips_all_day_is_told_with_its_litres_and_since_when() -> None:
    use = household()
    use[-5 * 96 :] += 0.003
    (one,) = water_warnings(meter(use))
    assert (one.rule, one.since_ms) == ("never_zero", (DAYS - 5) * 96 * QUARTER_MS)
    assert one.text.args["litres"] == pytest.approx(12, abs=1)


def test_two_hours_of_flow_in_the_night_are_told_and_one_is_not() -> None:
    use = household()
    use[-96 + 4 : -96 + 8] += 0.01
    assert water_warnings(meter(use)) == []
    use[-96 + 4 : -96 + 13] += 0.01
    assert rules([*water_warnings(meter(use))]) == ["night"]


def test_the_evening_is_not_part_of_the_night_before() -> None:
    use = household()
    use[-2 * 96 + 16 : -2 * 96 + 20] = 0.01  # from 4 to 5 o'clock
    use[-96 - 1 : -96 + 4] = 0.01  # the next night until 1 o'clock
    assert water_warnings(meter(use)) == []


def test_what_was_not_recorded_is_no_flow_and_no_pause() -> None:
    use = household() + 0.003
    use[-40:-30] = np.nan
    assert "never_zero" not in rules([*water_warnings(meter(use))])


def test_a_burst_is_more_than_almost_ever() -> None:
    one = device("meter", "water_volume", "flow")
    flow = np.abs(np.random.default_rng(2).normal(0, 0.3, 30 * 288))
    assert burst_warning(one, one.points[1], np.minimum(flow, 1.0), 0, 300_000) is None
    flow[-20] = 4.0
    found = burst_warning(one, one.points[1], flow, 0, 300_000)
    assert found is not None
    assert found.value is None
    assert found.text.args["flow"] == 4.0
    assert burst_warning(one, one.points[1], flow[-600:], 0, 300_000) is None, "not learned for a week"


def nights(base_w: float, more_w: float, nights: int) -> Numbers:
    power = base_w + 5 * np.random.default_rng(3).normal(0, 1, DAYS * 96)
    power[-nights * 96 :] += more_w
    return power / 4


def test_a_base_load_is_told_from_a_quarter_more_for_a_week() -> None:
    found = base_load_warning(meter(nights(100, 40, 7), "energy_import"))
    assert found is not None
    assert found.value == pytest.approx(140, abs=4)
    assert found.expected == pytest.approx(100, abs=4)
    assert found.kwh == pytest.approx(0.04 * 24 * 7, rel=0.1)
    assert base_load_warning(meter(nights(100, 15, 7), "energy_import")) is None
    assert base_load_warning(meter(nights(100, 40, 3), "energy_import")) is None


def test_a_clean_year_of_a_school_has_few_episodes_of_base_load(shared_data: Path) -> None:
    with (shared_data / "series" / "school_power_2013_2014_15min.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    said = [datetime.strptime(row[0], "%m/%d/%Y %H:%M").replace(tzinfo=UTC).timestamp() for row in rows if row[1]]
    quarter = (np.array(said) // 900).astype(np.int64)
    use = np.full(int(quarter.max() - quarter.min()) + 1, np.nan)
    use[quarter - quarter.min()] = [float(row[1]) * 250 for row in rows if row[1]]
    days = len(use) // 96
    hits = [base_load_warning(meter(use[: day * 96], "power")) is not None for day in range(36, days)]
    assert np.count_nonzero(np.diff(np.r_[False, hits].astype(int)) > 0) <= 6
    assert len(night_powers(meter(use[: 50 * 96], "power"))[0]) == 50


def asked(twin: Twin, **values: Numbers | float) -> list[str]:
    """Rules that hold, where each point of the one room has these values by its capability or device and capability."""
    known = {}
    for one in twin.devices:
        for point in one.points:
            found = values.get(f"{one.name}_{point.capability.id}", values.get(point.capability.id))
            if found is not None:
                known[point.id] = np.broadcast_to(np.asarray(found, np.float64), MINUTES)
    return rules([*control_warnings(ControlQuestion(twin, 0, known))])


def code(one: Device, capability: str, option: str) -> float:
    point = next(point for point in one.points if point.capability.id == capability)
    return float(point.options.index(option))


def test_heating_against_cooling_in_one_room_is_told() -> None:
    warm = device("thermostat", "hvac_action", name="warm", room="r")
    cool = device("air_conditioner", "hvac_action", name="cool", room="r")
    states = {
        "warm_hvac_action": code(warm, "hvac_action", "heating"),
        "cool_hvac_action": code(cool, "hvac_action", "cooling"),
    }
    assert asked(Twin(devices=(warm, cool)), **states) == ["against"]
    states["cool_hvac_action"] = code(cool, "hvac_action", "idle")
    assert asked(Twin(devices=(warm, cool)), **states) == []


def test_a_set_point_is_out_of_reach_after_four_hours_unless_it_is_off() -> None:
    one = device("thermostat", "temperature", "setpoint_heat", "hvac_mode", name="t", room="r")
    twin = Twin(devices=(one,))
    heat, off = code(one, "hvac_mode", "heat"), code(one, "hvac_mode", "off")
    assert asked(twin, temperature=18.0, setpoint_heat=21.0, hvac_mode=heat) == ["out_of_reach"]
    assert asked(twin, temperature=18.0, setpoint_heat=21.0, hvac_mode=off) == []
    lately = np.where(np.arange(MINUTES) < MINUTES - 200, 17.0, 21.0)
    assert asked(twin, temperature=18.0, setpoint_heat=lately, hvac_mode=heat) == [], "set three hours ago"
    assert asked(twin, temperature=20.5, setpoint_heat=21.0, hvac_mode=heat) == []


def test_a_thermostat_that_is_switched_off_has_no_set_point_to_reach() -> None:
    one = device("thermostat", "temperature", "setpoint_heat", "on_off", name="t", room="r")
    twin = Twin(devices=(one,))
    assert asked(twin, temperature=18.0, setpoint_heat=21.0, on_off=1.0) == ["out_of_reach"]
    assert asked(twin, temperature=18.0, setpoint_heat=21.0, on_off=0.0) == []


def test_a_valve_without_effect_is_told_and_one_that_warms_is_not() -> None:
    one = device("radiator", "temperature", "valve", name="v", room="r")
    twin = Twin(devices=(one,))
    assert asked(twin, temperature=18.0, valve=100.0) == ["valve"]
    rising = 17 + np.arange(MINUTES) / MINUTES * 4
    assert asked(twin, temperature=rising, valve=100.0) == []


def test_more_than_six_starts_an_hour_are_told() -> None:
    boiler = device("boiler", "on_off", name="b")
    twin = Twin(devices=(boiler,))
    assert [point.capability.id for point in control_points(twin)] == ["on_off"]
    minute = np.arange(MINUTES)
    assert asked(twin, on_off=(minute // 4 % 2 == 0).astype(float)) == ["cycling"]
    assert asked(twin, on_off=(minute // 6 % 2 == 0).astype(float)) == []
    assert asked(twin, on_off=np.where(minute // 4 % 2 == 0, 1.0, np.nan)) == [], (
        "what is unknown for a while is no pause"
    )


def test_means_weigh_each_value_by_how_long_it_held() -> None:
    times, values = np.array([0, 60_000, 600_000]), np.array([10.0, 20.0, np.nan])
    found = interval_means(times, values, 0, 300_000, 4, 10**9)
    assert found[:2] == pytest.approx([(10 + 4 * 20) / 5, 20.0])
    assert np.isnan(found[2:]).all()
    assert np.isnan(interval_means(times, values, 0, 300_000, 2, 60_000)[1]), "too old"
    assert np.isnan(interval_means(times[:0], values[:0], 0, 300_000, 2, 60_000)).all()


def test_the_newest_value_stands_until_it_is_too_old() -> None:
    at = np.array([-1, 0, 5, 100], np.int64)
    found = values_at(np.array([0, 4], np.int64), np.array([1.0, 2.0]), at, 50)
    assert np.isnan(found[[0, 3]]).all()
    assert found[[1, 2]].tolist() == [1.0, 2.0]
