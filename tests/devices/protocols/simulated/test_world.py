"""The demo's physics: it obeys energy, people and commands, and gives the same past twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.protocols.simulated.backfill import backfill, changed_samples, run_physics
from devices.protocols.simulated.blueprint import load_blueprint
from devices.protocols.simulated.building_physics import BuildingState, OutsideConditions, Physics
from devices.protocols.simulated.noise import noise_at, smooth_noise
from devices.protocols.simulated.schedules import HabitSchedules
from devices.protocols.simulated.simulated_points import counted, simulated_points
from devices.protocols.simulated.simulator import Simulator
from devices.protocols.simulated.trajectory import run
from devices.protocols.simulated.weather import WeatherPlace, sky
from tests.english import refused
from twin.model.capability import CAPABILITIES

DAY = 86_400_000
NOW = 1_795_420_800_000  # 2026-11-23, a Monday
HOUSE = load_blueprint("home")


def settled(hours: float, **controls: float) -> BuildingState:
    """The house after some hours under fixed controls, nobody home, no sun."""
    world, physics = BuildingState.at(HOUSE, NOW), Physics(HOUSE)
    times = NOW + np.arange(1, int(hours * 12) + 1) * 300_000
    outside = OutsideConditions.over(HOUSE, times)
    outside.people[:] = 0
    outside.window_w[:] = 0
    outside.sky.outdoor[:] = 2.0
    habits = HabitSchedules.over(HOUSE, outside)
    for name, value in controls.items():
        getattr(habits, name)[:] = value
    for watts in habits.plug_w.values():
        watts[:] = 0
    for level in habits.lamp.values():
        level[:] = 0
    run(world, physics, outside, habits)
    return world


def test_a_house_without_heating_falls_towards_the_outdoor_temperature_and_never_below() -> None:
    cold = settled(200, setpoint=-50.0)
    assert (cold.air.warm < 5).all()
    assert (cold.air.warm > 1.9).all()


def test_a_heated_house_holds_its_set_point_within_a_degree() -> None:
    warm = settled(48, setpoint=21.0)
    assert np.abs(warm.air.warm - 21.0).max() < 1.5
    assert warm.heat_w > 500


def test_the_past_is_the_same_whenever_it_is_asked_for() -> None:
    once = [(u, k, t.tolist(), v.tolist()) for u, k, t, v in backfill("home", NOW - DAY, NOW)]
    again = [(u, k, t.tolist(), v.tolist()) for u, k, t, v in backfill("home", NOW - DAY, NOW)]
    assert once == again


@pytest.mark.parametrize("name", ["home", "office"])
def test_every_value_of_the_past_lies_within_what_its_capability_allows(name: str) -> None:
    for uid, key, times, values in backfill(name, NOW - 3 * DAY, NOW):
        row = CAPABILITIES[key]
        assert (np.diff(times) > 0).all(), uid
        assert np.isfinite(values).all(), (uid, key)
        assert row.minimum is None or values.min() >= row.minimum, (uid, key)
        assert row.maximum is None or values.max() <= row.maximum, (uid, key)


def test_counters_never_fall_and_climb_by_what_the_power_says() -> None:
    track = run_physics(HOUSE, NOW - 2 * DAY, NOW)
    hours = np.diff(track.outside.time_ms) / 3_600_000
    for device, told in simulated_points(HOUSE, track):
        if "energy_import" in told:
            energy = told["energy_import"]
            assert (np.diff(energy) >= 0).all(), device.uid
            used = (told["power"][1:].clip(0) * hours).sum()
            assert energy[-1] - energy[0] == pytest.approx(used, rel=0.02, abs=3)


@settings(max_examples=50)
@given(st.lists(st.floats(0, 5000), min_size=2, max_size=50), st.floats(1, 900))
def test_a_counter_of_any_power_only_climbs(power: list[float], average: float) -> None:
    times = NOW + np.arange(len(power)) * 60_000
    assert (np.diff(counted(np.array(power), times, average)) >= 0).all()


@given(st.integers(0, 2**31), st.floats(0, 1e6))
def test_chance_stays_in_its_bounds(seed: int, time: float) -> None:
    assert 0.0 <= float(noise_at(seed, int(time))) < 1.0
    assert -1.0 <= float(smooth_noise(seed, np.array(time), 7.0)) <= 1.0


def test_the_sun_stands_high_at_summer_noon_and_below_the_horizon_at_midnight() -> None:
    place = WeatherPlace(52.39, 13.06)
    noon, midnight = 1_782_039_600_000, 1_782_082_800_000  # 2026-06-21 11:00 and 23:00 UTC
    heights = sky(place, np.array([noon, midnight])).height
    assert heights[0] == pytest.approx(61.0, abs=1.5)
    assert heights[1] < 0


def test_changes_keep_first_last_and_every_different_value() -> None:
    times = NOW + np.arange(6) * 60_000
    kept, values = changed_samples(times, np.array([1.0, 1.0, 2.0, 2.0, 2.0, 2.0]))
    assert values.tolist() == [1.0, 2.0, 2.0]
    assert kept[-1] == times[-1]


def spoken(life: Simulator, seconds: float) -> dict[tuple[str, str], float]:
    """The newest of every point that the house told within some seconds."""
    told: dict[tuple[str, str], float] = {}
    start = life.now_ms
    for second in range(1, int(seconds) + 1):
        told |= {(uid, key): value for uid, key, value in life.advance(start + second * 1000)}
    return told


def test_a_lamp_that_is_commanded_obeys_and_the_meter_feels_it() -> None:
    life = Simulator(HOUSE, NOW)
    before = spoken(life, 1)
    for lamp in [device.uid for device in HOUSE.devices if device.kind in ("light", "lamp")]:
        life.set_command(lamp, "on_off", 1.0)
        life.set_command(lamp, "level", 100.0)
    after = before | spoken(life, 2)
    assert after["living-ceiling", "on_off"] == 1.0
    assert after["main-meter", "power"] > before["main-meter", "power"] + 50


def test_a_plug_that_is_switched_off_draws_nothing() -> None:
    life = Simulator(HOUSE, NOW)
    life.set_command("kitchen-fridge", "on_off", 0.0)
    told = spoken(life, 2)
    assert told["kitchen-fridge", "on_off"] == 0.0
    assert told["kitchen-fridge", "power"] == 0.0


def test_a_blind_takes_its_time_and_stops_where_it_is_told() -> None:
    life = Simulator(HOUSE, NOW)
    spoken(life, 1)
    life.set_command("living-blind", "position", 0.0)
    halfway = spoken(life, 5)["living-blind", "position"]
    assert 50 < halfway < 95
    life.stop("living-blind")
    assert spoken(life, 5).get(("living-blind", "position"), halfway) == pytest.approx(halfway, abs=7)


def test_a_higher_set_point_opens_the_valve_of_its_room() -> None:
    life = Simulator(HOUSE, NOW)
    spoken(life, 1)
    life.set_command("study-radiator", "setpoint_heat", 28.0)
    told = spoken(life, 3)
    assert told["study-radiator", "setpoint_heat"] == 28.0
    assert told["study-radiator", "valve"] > 90


def test_a_radiator_keeps_its_own_set_point_beside_that_of_the_house() -> None:
    """As a scene sets both: each of them reports what it was told."""
    life = Simulator(HOUSE, NOW)
    spoken(life, 1)
    life.set_command("living-radiator", "setpoint_heat", 23.0)
    life.set_command("bed-radiator", "setpoint_heat", 16.0)
    life.set_command("hall-thermostat", "setpoint_heat", 19.5)
    told = spoken(life, 1)
    wanted = {"living-radiator": 23.0, "bed-radiator": 16.0, "hall-thermostat": 19.5, "study-radiator": 19.5}
    assert {uid: life.last_report(uid, "setpoint_heat") for uid in wanted} == wanted
    assert told["living-radiator", "setpoint_heat"] == 23.0


def test_an_unknown_building_is_a_problem_that_names_the_known_ones() -> None:
    with refused("simulated://home"):
        load_blueprint("castle")
