"""Air handlers: points found by their names, the rules of Guideline 36 on days made by the equations of the air side, what is
lost in kWh, and the missing point by its name."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from twin.insight.air_handler_faults import EVIDENCE, PlantFault, explained, possible, sided
from twin.insight.air_handler_points import AirHandlingUnit, Role, air_handler_points, air_handlers
from twin.insight.air_handler_rules import RULES, STEP_MS, Numbers, air_side, judge
from twin.insight.air_handler_warnings import KW_EACH_K, air_handler_report, evidence
from twin.insight.early_warnings import joined
from twin.insight.sensor_findings import Dismissal
from twin.insight.sensor_groups import room_sensors
from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.early_warning import WarningReport
from twin.model.ids import LinkId, RoomId, StoreyId
from twin.model.space import Room
from twin.model.twin import Twin

DAYS = 6
STEPS = DAYS * 288
LINK = Link(id=LinkId("l"), protocol="test", address="here")
NAMES = {
    Role.SUPPLY: ("SaTemp", "temperature", "°C"), Role.RETURN: ("Return air temp", "temperature", "°C"),
    Role.MIXED: ("MAT", "temperature", "°C"), Role.OUTDOOR: ("OA-T", "temperature", "°C"),
    Role.SETPOINT: ("Eff SAT Sp", "raw_number", "°C"), Role.HEATING_VALVE: ("Htg Vlv Cmd", "raw_number", "%"),
    Role.COOLING_VALVE: ("CHW valve", "raw_number", "%"), Role.DAMPER: ("OA Damper Cmd", "raw_number", "%"),
    Role.FAN: ("SF Sts", "raw_bool", ""), Role.FLOW: ("SA flow", "flow", "m³/h"),
}  # fmt: skip


def plant(name: str = "AHU 7", *left_out: Role, prefix: str = "") -> Device:
    rows = [(role, *row) for role, row in NAMES.items() if role not in left_out]
    points = tuple(
        PointInfo(key=role.value, capability=capability, label=f"{prefix}{label}", unit=unit)
        for role, label, capability, unit in rows
    )
    return device_from_description(DeviceInfo(uid=name, name=name, points=points), LINK)


def unit(*left_out: Role) -> AirHandlingUnit:
    (found,) = air_handlers(Twin(devices=(plant("AHU 7", *left_out),)))
    return found


def running(**faults: float) -> dict[Role, Numbers]:
    """Six days by the equations of the air side: the damper mixes, the coils bring the air to 16 °C, the fan adds 0.4 K."""
    hour = np.arange(STEPS) / 12
    outdoor = faults.get("outdoor", 12.0) + 8 * np.sin((hour - 9) / 24 * 2 * np.pi)
    inside = np.full(STEPS, 22.5)
    on = ((hour % 24 >= 6) & (hour % 24 < 20)).astype(np.float64)
    goal = 15.6
    share = np.clip((inside - goal) / np.maximum(inside - outdoor, 1e-6), 0.3, 1.0)
    mixed = inside + np.where(on > 0, share, 0) * (outdoor - inside)
    heat, cool = np.clip((goal - mixed) * 20, 0, 100) * on, np.clip((mixed - goal) * 20, 0, 100) * on
    heat, cool = np.where(heat < 5, 0.0, heat), np.where(cool < 5, 0.0, cool)
    heat, cool = heat + faults.get("both", 0.0) * on, cool + faults.get("both", 0.0) * on
    coils = heat / 20 * (1 - faults.get("dead_heat", 0.0)) - cool / 20 * (1 - faults.get("dead_cool", 0.0))
    supply = mixed + 0.4 * on + coils + faults.get("leak", 0.0) * on
    return {
        Role.SUPPLY: supply, Role.RETURN: inside, Role.MIXED: mixed, Role.OUTDOOR: outdoor, Role.SETPOINT: np.full(STEPS, 16.0),
        Role.HEATING_VALVE: heat, Role.COOLING_VALVE: cool, Role.DAMPER: np.maximum(share * 100, faults.get("damper", 0.0)) * on, Role.FAN: on,
        Role.FLOW: 5000 * on,
    }  # fmt: skip


def found_rules(series: dict[Role, Numbers], *left_out: Role) -> list[str]:
    known = {role: values for role, values in series.items() if role not in left_out}
    return [part.rule for one in air_handler_report(unit(*left_out), known, 0).warnings for part in one.parts]


def test_the_points_of_an_air_handler_are_found_by_their_names() -> None:
    found = unit()
    assert {role: point.title for role, point in found.points.items()} == {role: row[0] for role, row in NAMES.items()}
    assert len(air_handler_points(Twin(devices=(plant(),)))) == len(NAMES)


def test_an_air_handler_placed_in_a_room_is_no_peer_of_its_thermometers() -> None:
    hall = Room(id=RoomId("hall"), storey=StoreyId("low"), name="Hall", area_m2=20)
    point = PointInfo(key="t", capability="temperature")
    sensor = device_from_description(DeviceInfo(uid="s", name="Sensor", points=(point,)), LINK)
    placed = tuple(replace(one, room=hall.id) for one in (plant(), sensor))
    found = room_sensors(Twin(rooms=(hall,), devices=placed), "temperature")
    assert [one.device.name for one in found] == ["Sensor"]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Discharge Air Temperature", Role.SUPPLY), ("Zuluft Temperatur", Role.SUPPLY), ("送风温度", Role.SUPPLY),
        ("回风温度", Role.RETURN), ("DA-T Setpoint", Role.SETPOINT), ("送风温度设定", Role.SETPOINT),
        ("Duct static press SA", Role.PRESSURE),
    ],
)  # fmt: skip
def test_names_are_understood_in_several_languages(label: str, role: Role) -> None:
    left = NAMES[role][1:] if role in NAMES else ("raw_number", "inH₂O")
    points = [PointInfo(key="x", capability=left[0], label=label, unit=left[1])]
    points += [
        PointInfo(key=one.value, capability=row[1], label=row[0], unit=row[2])
        for one, row in NAMES.items()
        if one is not role
    ]
    device = device_from_description(DeviceInfo(uid="u", name="AHU", points=tuple(points)), LINK)
    (found,) = air_handlers(Twin(devices=(device,)))
    assert found.points[role].title == label


def test_a_thermostat_is_no_air_handler_and_a_controller_may_have_two() -> None:
    thermostat = tuple(PointInfo(key=one, capability=one) for one in ("temperature", "setpoint_heat", "hvac_mode"))
    plain = device_from_description(DeviceInfo(uid="t", name="Hall", points=thermostat), LINK)
    assert air_handlers(Twin(devices=(plain,))) == ()
    both = plant("Controller", prefix="AHU-1 ").points + plant("Controller", prefix="AHU-2 ").points
    infos = tuple(
        PointInfo(key=f"{at}", capability=one.info.capability, label=one.info.label, unit=one.info.unit)
        for at, one in enumerate(both)
    )
    device = device_from_description(DeviceInfo(uid="c", name="Controller", points=infos), LINK)
    assert [one.name for one in air_handlers(Twin(devices=(device,)))] == ["Controller · 1", "Controller · 2"]


def test_a_sound_plant_has_no_warning_and_its_fan_is_learned() -> None:
    assert found_rules(running()) == []
    assert air_side(running()).rise == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [("leak", "leak"), ("dead_cool", "no_cool"), ("dead_heat", "no_heat"), ("both", "both"), ("damper", "damper")],
)
def test_a_fault_of_the_equations_is_found_by_its_rule(fault: str, rule: str) -> None:
    size = {"leak": 5.0, "both": 30.0, "damper": 100.0}.get(fault, 1.0)
    outdoor = {"dead_heat": -12.0, "damper": 2.0}.get(fault, 12.0)
    assert found_rules(running(outdoor=outdoor)) == []
    assert rule in found_rules(running(outdoor=outdoor, **{fault: size}))


def test_what_is_lost_is_the_heat_of_the_air_and_ranks_the_warnings() -> None:
    report = air_handler_report(unit(), running(leak=5.0), 0)
    leak = next(one for one in report.warnings if one.rule == "leak")
    series = running(leak=5.0)
    side = air_side(series)
    held = judge(side, next(one for one in RULES if one.id == "leak")).holds
    off = np.abs(series[Role.SUPPLY] - side.rise - series[Role.MIXED])[held]
    assert leak.kwh == pytest.approx(float(off.sum()) / 12 * 5000 * KW_EACH_K, rel=1e-6)
    costs = [one.kwh or 0.0 for one in report.warnings]
    assert costs == sorted(costs, reverse=True)
    assert "warning.air_handler.kwh" in {text.code for text in leak.explanations}
    without = air_handler_report(unit(Role.FLOW), {k: v for k, v in series.items() if k is not Role.FLOW}, 0)
    assert "warning.air_handler.kwh_each" in {text.code for one in without.warnings for text in one.explanations}


def test_a_fault_must_hold_for_an_hour_and_be_of_these_days() -> None:
    series = running()
    series[Role.SUPPLY][4 * 288 + 150 : 4 * 288 + 159] += 6
    assert found_rules(series) == []
    short = running()
    short[Role.SUPPLY][150:180] += 6
    assert found_rules(short) == [], "five days ago"


def test_the_missing_point_is_named_and_the_other_rules_run() -> None:
    left = {role: values for role, values in running(leak=5.0).items() if role is not Role.MIXED}
    report = air_handler_report(unit(Role.MIXED), left, 0)
    notes = {
        one.args["role"]["code"]: one.args["n"]  # type: ignore[call-overload, index]
        for one in report.notes
        if one.code == "warning.air_handler.missing"
    }
    assert notes["warning.role.mixed"] == 11
    assert notes["warning.role.pressure"] == 1
    assert "warning.role.supply" not in notes


def test_the_evidence_is_what_the_point_shows_and_what_it_should() -> None:
    series = running(leak=5.0)
    found = evidence(unit(), series, "leak")
    assert found is not None
    shown, expected = found
    held = judge(air_side(series), next(one for one in RULES if one.id == "leak")).holds
    assert np.abs(shown - expected)[held].min() > 2.8
    assert evidence(unit(), series, "fc14") is None
    assert evidence(unit(), series, "nothing") is None


def test_a_real_plant_of_fifteen_minutes_is_judged(shared_data: Path) -> None:
    """The open-valve days of March 2025 in the recording of open-fdd's AHU 7: cooling without effect while the fan runs."""
    with (shared_data / "series" / "ahu7_2025_15min.csv").open() as file:
        head, *rows = list(csv.reader(file))
    at_ms = np.array([int(datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp() * 1000) for row in rows])
    columns = {
        Role.SUPPLY: "SAT (°F)", Role.MIXED: "MAT (°F)", Role.COOLING_VALVE: "Clg Vlv Cmd (%)", Role.FAN: "SF Sts",
    }  # fmt: skip
    grid = np.arange(at_ms[0], at_ms[0] + 84 * 86_400_000, STEP_MS)
    series: dict[Role, Numbers] = {}
    for role, name in columns.items():
        known = [
            (time, float(row[head.index(name)])) for time, row in zip(at_ms, rows, strict=True) if row[head.index(name)]
        ]
        times, values = (np.array(one) for one in zip(*known, strict=True))
        held = values[np.maximum(np.searchsorted(times, grid, side="right") - 1, 0)]
        series[role] = (held - 32) / 1.8 if "°F" in name else held
    found = air_handler_report(unit(), {role: values[-28 * 288 :] for role, values in series.items()}, 0)
    assert "no_cool" in {part.rule for one in found.warnings for part in one.parts}


def test_a_valve_in_percent_that_is_nearly_shut_is_not_taken_for_a_share_of_one() -> None:
    series = running() | {Role.HEATING_VALVE: np.full(STEPS, 0.6)}
    assert "both" not in found_rules(series)
    shares = running(both=30.0)
    shares |= {role: np.minimum(shares[role] / 100, 1.0) for role in (Role.HEATING_VALVE, Role.COOLING_VALVE)}
    assert "both" not in found_rules(shares), "they have a unit"
    named = {Role.HEATING_VALVE: "Htg Vlv Cmd", Role.COOLING_VALVE: "CHW valve"}
    points = tuple(
        replace(point, info=replace(point.info, unit="")) if point.title in named.values() else point
        for point in plant().points
    )
    (bare,) = air_handlers(Twin(devices=(replace(plant(), points=points),)))
    assert bare.unitless == named.keys()
    assert "both" in [one.rule for one in air_handler_report(bare, shares, 0).warnings]  # the first of its fault


def test_a_heating_circuit_is_no_air_handler() -> None:
    labels = (("Supply temperature", "temperature"), ("Return temperature", "temperature"), ("Heating valve", "valve"))
    points = tuple(PointInfo(key=label, capability=one, label=label) for label, one in labels)
    circuit = device_from_description(DeviceInfo(uid="hc", name="Heating circuit 1", points=points), LINK)
    assert air_handlers(Twin(devices=(circuit,))) == ()


def test_an_air_handler_for_which_no_rule_is_ready_says_nothing() -> None:
    known = {role: values for role, values in running().items() if role in (Role.SUPPLY, Role.RETURN)}
    report = air_handler_report(unit(), known, 0)
    assert (report.warnings, report.notes) == ((), ())


@pytest.mark.parametrize(
    ("faults", "fault", "rules"),
    [
        ({"leak": 5.0}, PlantFault.HEATING_LEAK, ("leak", "fc8", "no_cool")),
        ({"leak": -5.0}, PlantFault.COOLING_LEAK, ("leak", "fc8")),
        ({"damper": 100.0, "outdoor": 2.0}, PlantFault.DAMPER, ("damper", "fc6")),
        ({"dead_cool": 1.0}, PlantFault.COOLING, ("no_cool",)),
    ],
)
def test_one_fault_is_one_warning_with_what_each_rule_found(
    faults: dict[str, float], fault: PlantFault, rules: tuple[str, ...]
) -> None:
    (found,) = air_handler_report(unit(), running(**faults), 0).warnings
    assert (found.fault, tuple(one.rule for one in found.parts)) == (fault.value, rules)
    assert found.id == f"air_handler.{fault.value}:{unit().points[Role.SUPPLY].id}"
    said = [one for one in found.explanations if one.code.startswith("warning.air_handler.")]
    if len(rules) > 1:
        assert found.text.code == f"warning.air_handler.fault.{fault.value}"
        assert [one.code.rpartition(".")[2] for one in said][: len(rules)] == list(rules)
    else:
        assert found.text.code == f"warning.air_handler.{rules[0]}"
    costs = [one.kwh or 0.0 for one in found.parts]
    assert max(costs) <= (found.kwh or 0.0) + 1e-9 <= sum(costs) + 2e-9, "what is lost at one time counts once"


def test_two_faults_at_once_are_two_warnings() -> None:
    assert set(explained({"fc8.warm", "leak.warm", "fc12", "fc1"})) == {PlantFault.HEATING_LEAK, PlantFault.FAN}
    assert set(explained({"fc14", "leak.cold", "fc15", "leak.warm"})) == {
        PlantFault.HEATING_LEAK,
        PlantFault.COOLING_LEAK,
    }


def test_every_rule_alone_is_explained_by_some_fault() -> None:
    for rule in RULES:
        for warm in (True, False):
            (rules,) = explained({sided(rule.id, warm=warm)}).values()
            assert rules == (sided(rule.id, warm=warm),)


def test_a_wrong_sensor_of_mixed_air_explains_what_follows_from_it() -> None:
    assert explained({"fc3", "fc8.cold", "leak.cold", "fc10"}) == {
        PlantFault.SENSORS: ("fc3", "fc8.cold", "fc10", "leak.cold")
    }


def test_a_fault_whose_rules_were_all_called_normal_before_stays_hidden() -> None:
    (found,) = air_handler_report(unit(), running(leak=5.0), 0).warnings
    report, each = WarningReport(at_ms=0), {one.mark: Dismissal(one.level) for one in found.parts}
    assert joined(report, [found], {}).warnings == (found,)
    rules = tuple(one.rule for one in found.parts)
    assert joined(report, [found], {found.mark: Dismissal(found.level, rules=rules)}).warnings == ()
    assert joined(report, [found], each).warnings == ()
    del each[found.parts[0].mark]
    assert joined(report, [found], each).warnings == (found,)


def test_a_fault_that_was_called_normal_is_told_again_when_a_further_rule_tells_of_it() -> None:
    (found,) = air_handler_report(unit(), running(leak=5.0), 0).warnings
    called = {found.mark: Dismissal(1.0, rules=tuple(one.rule for one in found.parts[1:]))}
    assert joined(WarningReport(at_ms=0), [found], called).warnings == (found,)


def test_as_few_faults_as_can_be_explain_what_holds() -> None:
    names = sorted({sided(rule.id, warm=warm) for rule in RULES for warm in (True, False)})
    assert set(explained({"fc9", "fc11", "fc15", "leak.cold"})) == {PlantFault.HEATING_LEAK, PlantFault.COOLING_LEAK}
    chance = random.Random(36)
    for _ in range(300):
        held = set(chance.sample(names, chance.randrange(1, 7)))
        found = explained(held)
        assert sorted(rule for rules in found.values() for rule in rules) == sorted(held), "each rule once"
        assert all(set(rules) <= EVIDENCE[fault].explains(held) for fault, rules in found.items())
        for fewer in combinations(PlantFault, len(found) - 1):
            assert set().union(*(EVIDENCE[fault].explains(held) for fault in fewer)) != held


def test_another_fault_that_may_be_behind_the_rules_is_named() -> None:
    assert explained({"fc8.warm", "fc12", "fc3"}) == {PlantFault.SENSORS: ("fc3", "fc8.warm", "fc12")}
    assert possible({"fc8.warm", "fc12", "fc3"}) == (PlantFault.SENSORS, PlantFault.HEATING_LEAK)
