"""Early warnings of a building: one a device, honest about what is learned, silent about stopped engines and dead gateways."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.twin.store.worlds import building
from tests.twin.store.worlds import device as described
from twin.insight.battery_life import carried
from twin.insight.early_warnings import WarningQuestion, common_hours, warnings
from twin.insight.sensor_faults import HOUR_MS
from twin.insight.sensor_findings import Dismissal
from twin.model.device import Device
from twin.model.early_warning import EarlyWarning, FaultPlace, WarningKind, WarningReport
from twin.model.ids import DeviceId, LinkId, PointId, RoomId, point_id
from twin.model.twin import Twin

DAYS = 40
HOURS = DAYS * 24
BEGIN_MS = 1_780_272_000_000
"""2026-06-01T00:00Z, a Monday."""

type Hours = tuple[NDArray[np.float64], NDArray[np.int64]]


def device(name: str, *capabilities: str) -> Device:
    """A device whose id is its name."""
    made, id = described(name, *capabilities, name=name), DeviceId(name)
    points = tuple(replace(point, id=point_id(id, point.info.key), device=id) for point in made.points)
    return replace(made, id=id, points=points)


def sensor(name: str, room: str = "Kitchen", link: str = "") -> Device:
    made = replace(device(name, "temperature"), room=RoomId(f"r-{room}"), kind="temperature_sensor")
    return replace(made, link=LinkId(link)) if link else made


def twin_of(*devices: Device) -> Twin:
    made = building("Kitchen", "Hall")
    return Twin(storeys=made.storeys, rooms=made.rooms, devices=devices)


def living(seed: int) -> Hours:
    """A temperature that follows the day and its own small ways, reported each hour."""
    rng, hour = np.random.default_rng(seed), np.arange(HOURS)
    slow = np.convolve(rng.normal(0, 0.1, HOURS + 11), np.ones(12) / 3, "valid")
    return np.round(21 + 2 * np.sin(hour / 24 * 6.283) + slow, 1), np.ones(HOURS, np.int64)


def hours_of(twin: Twin) -> dict[PointId, Hours]:
    return {point.id: living(seed) for seed, point in enumerate(twin.points)}


def asked(twin: Twin, hours: dict[PointId, Hours], **more: object) -> WarningReport:
    hour = np.arange(HOURS)
    question = WarningQuestion(
        twin=twin, begin_ms=BEGIN_MS, now_ms=BEGIN_MS + HOURS * HOUR_MS, hours=hours, dismissed={},
        cell=hour % 24 + 24 * (hour // 24 % 7 >= 5), recorded=common_hours(hours, HOURS),
    )  # fmt: skip
    return warnings(replace(question, **more))  # type: ignore[arg-type]


@pytest.fixture
def six() -> tuple[Twin, dict[PointId, Hours]]:
    twin = twin_of(*(sensor(f"s{n}") for n in range(6)))
    return twin, hours_of(twin)


def fault(hours: dict[PointId, Hours], name: str, values: NDArray[np.float64], since: int) -> None:
    hours[PointId(f"{name}.temperature")][0][since:] = values


def test_sound_sensors_have_no_warning(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    report = asked(*six)
    assert report.warnings == ()
    assert (report.watched, report.alone, report.learning) == (6, 0, ())


def test_a_drift_names_what_the_peers_suggest(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    values = hours[PointId("s2.temperature")][0]
    values[600:] += np.arange(HOURS - 600) / 24 * 0.4
    (one,) = asked(twin, hours).warnings
    assert (one.kind, one.device, one.peers, one.sure) == (WarningKind.DRIFT, "s2", 5, True)
    assert one.value is not None
    assert one.expected is not None
    assert one.value - one.expected == pytest.approx(0.4 * (HOURS - 600) / 24, abs=1.0)
    assert abs(one.since_ms - BEGIN_MS - 600 * HOUR_MS) <= 2 * 24 * HOUR_MS


def test_a_value_that_stands_while_its_peers_move_is_stuck_since_it_last_moved(
    six: tuple[Twin, dict[PointId, Hours]],
) -> None:
    twin, hours = six
    fault(hours, "s1", np.full(60, 21.4), HOURS - 60)
    hours[PointId("s1.temperature")][0][HOURS - 61] = 23.0
    (one,) = asked(twin, hours).warnings
    assert (one.kind, one.device) == (WarningKind.STUCK, "s1")
    assert one.since_ms == BEGIN_MS + (HOURS - 60) * HOUR_MS


def test_two_faults_of_a_device_are_one_warning_the_graver(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    values, counts = hours[PointId("s3.temperature")]
    values[600:] += np.arange(HOURS - 600) / 24 * 0.5
    counts[HOURS - 30 :] = 0
    (one,) = asked(twin, hours).warnings
    assert one.kind is WarningKind.SILENT
    assert WarningKind.DRIFT in one.also
    assert WarningKind.STUCK not in one.also
    assert one.since_ms == BEGIN_MS + (HOURS - 30) * HOUR_MS


def test_the_second_sensor_of_a_room_tells_the_room_from_the_sensor() -> None:
    twin = twin_of(*(sensor(f"s{n}") for n in range(8)), sensor("hall 1", "Hall"), sensor("hall 2", "Hall"))
    hours = hours_of(twin)
    fault(hours, "hall 1", hours[PointId("hall 1.temperature")][0][HOURS - 6 :] + 9, HOURS - 6)
    (alone,) = asked(twin, hours).warnings
    assert (alone.kind, alone.place) == (WarningKind.JUMP, FaultPlace.SENSOR)


def test_a_sensor_that_is_new_is_said_to_be_learned_and_is_not_judged(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    values, counts = hours[PointId("s5.temperature")]
    values[: HOURS - 12 * 24], counts[: HOURS - 12 * 24] = np.nan, 0
    values[HOURS - 100 :] += 8
    report = asked(twin, hours)
    assert report.warnings == ()
    assert [(one.device, one.days) for one in report.learning] == [("s5", 12)]


def test_of_few_sensors_only_silence_and_standstill_are_found() -> None:
    twin = twin_of(sensor("a"), sensor("b"))
    hours = hours_of(twin)
    hours[PointId("a.temperature")][0][700:] += np.arange(HOURS - 700) / 24
    report = asked(twin, hours)
    assert (report.warnings, report.alone, report.watched) == ((), 2, 0)
    hours[PointId("b.temperature")][1][HOURS - 30 :] = 0
    (one,) = asked(twin, hours).warnings
    assert (one.kind, one.device) == (WarningKind.SILENT, "b")


def test_hours_in_which_the_engine_was_stopped_are_no_silence(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    for values, counts in hours.values():
        values[HOURS - 50 :], counts[HOURS - 50 :] = np.nan, 0
    assert asked(twin, hours).warnings == ()


def test_what_a_dead_gateway_hides_is_no_silence_of_each_of_its_sensors() -> None:
    twin = twin_of(*(sensor(f"s{n}") for n in range(5)), *(sensor(f"g{n}", link="gateway") for n in range(5)))
    hours = hours_of(twin)
    for n in range(5):
        values, counts = hours[PointId(f"g{n}.temperature")]
        values[HOURS - 30 :], counts[HOURS - 30 :] = np.nan, 0
    assert asked(twin, hours).warnings == ()


def test_a_device_that_is_compared_with_none_is_watched_for_its_silence(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    meter = replace(device("meter", "power", "energy_import"), room=None)
    twin = replace(twin, devices=(*twin.devices, meter))
    for point in meter.points:
        hours[point.id] = living(9)
        hours[point.id][1][HOURS - 40 :] = 0
    assert [(one.kind, one.device) for one in asked(twin, hours).warnings] == [(WarningKind.SILENT, "meter")]


def test_a_thousand_devices_that_are_watched_for_silence_take_few_megabytes_at_a_time() -> None:
    twin = twin_of(*(device(f"d{number}", "power") for number in range(1000)))
    values, counts = np.zeros(HOURS, np.float32), np.ones(HOURS, np.uint16)
    silent = counts.copy()
    silent[-200:] = 0
    hours = {point.id: (values, silent if number == 700 else counts) for number, point in enumerate(twin.points)}
    tracemalloc.start()
    try:
        found = asked(twin, hours)  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(one.device, one.kind) for one in found.warnings] == [("d700", WarningKind.SILENT)]
    assert peak < 16e6, "all at once takes 55 MB"


def test_a_sensor_that_died_while_it_was_learned_is_not_forgotten(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    values, counts = hours[PointId("s4.temperature")]
    values[10 * 24 :], counts[10 * 24 :] = np.nan, 0
    (one,) = asked(twin, hours).warnings
    assert (one.kind, one.since_ms) == (WarningKind.SILENT, BEGIN_MS + 240 * HOUR_MS)


def test_a_new_sensor_that_has_been_silent_for_a_week_is_named(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    values, counts = hours[PointId("s4.temperature")]
    for part in (slice(0, HOURS - 15 * 24), slice(HOURS - 8 * 24, None)):
        values[part], counts[part] = np.nan, 0
    (one,) = asked(twin, hours).warnings
    assert (one.kind, one.text.code) == (WarningKind.SILENT, "warning.silent_long")


def test_what_was_called_normal_is_hidden_until_it_is_half_as_large_again(
    six: tuple[Twin, dict[PointId, Hours]],
) -> None:
    twin, hours = six
    values = hours[PointId("s2.temperature")][0]
    values[600:] += np.arange(HOURS - 600) / 24 * 0.4
    (one,) = asked(twin, hours).warnings
    known = {(one.kind.value, one.point): Dismissal(one.level)}
    hidden = asked(twin, hours, dismissed=known)
    assert (hidden.warnings, hidden.dismissed) == ((), 1)
    less = {(one.kind.value, one.point): Dismissal(one.level / 1.6)}
    assert len(asked(twin, hours, dismissed=less).warnings) == 1


def offset(kelvin: float, days: int) -> WarningReport:
    """The report with one sensor of six that has been off for some days."""
    twin = twin_of(*(sensor(f"s{n}") for n in range(6)))
    hours = hours_of(twin)
    hours[PointId("s2.temperature")][0][HOURS - days * 24 :] += kelvin
    return asked(twin, hours, dismissed=DISMISSED)


DISMISSED: dict[tuple[str, str], Dismissal] = {}


def test_a_deviation_that_was_called_normal_stays_so_however_long_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(one for one in offset(2.5, 6).warnings if one.kind is WarningKind.DRIFT)
    monkeypatch.setitem(DISMISSED, (first.kind.value, first.point), Dismissal(first.level))
    for days in (8, 12, 18):
        assert not [one for one in offset(2.5, days).warnings if one.kind is WarningKind.DRIFT]
    assert [one.kind for one in offset(4.5, 12).warnings] == [WarningKind.DRIFT]


def test_an_offset_older_than_all_that_is_read_is_named_by_what_was_learned_first(
    six: tuple[Twin, dict[PointId, Hours]],
) -> None:
    twin, hours = six
    first = asked(twin, hours).levels
    assert set(first) == set(hours)
    hours[PointId("s2.temperature")][0][:] += 2.5
    assert asked(twin, hours).warnings == (), "learned as normal where nothing is known of before"
    (one,) = asked(twin, hours, reference=first).warnings
    assert (one.kind, one.device, one.peers) == (WarningKind.DRIFT, "s2", 5)
    assert one.value is not None
    assert one.expected is not None
    assert one.value - one.expected == pytest.approx(2.5, abs=0.2)
    normal = {(one.kind.value, one.point): Dismissal(one.level)}
    hidden = asked(twin, hours, reference=first, dismissed=normal)
    assert (hidden.warnings, hidden.dismissed) == ((), 1)


def test_a_season_that_moves_several_rooms_alike_is_no_lasting_offset(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    first = asked(twin, hours).levels
    for name in ("s1", "s2", "s3"):
        hours[PointId(f"{name}.temperature")][0][:] += 2.5
    assert asked(twin, hours, reference=first).warnings == ()


def test_a_silence_that_was_called_normal_is_so_until_the_sensor_reports_again(
    six: tuple[Twin, dict[PointId, Hours]],
) -> None:
    twin, hours = six
    key = (WarningKind.SILENT.value, "s3.temperature")
    hours[PointId(key[1])][1][HOURS - 200 :] = 0
    normal = {key: Dismissal(1.2, HOURS - 180)}
    assert asked(twin, hours, dismissed=normal).warnings == ()
    hours[PointId(key[1])][1][HOURS - 100] = 1
    assert [one.kind for one in asked(twin, hours, dismissed=normal).warnings] == [WarningKind.SILENT]


def test_a_sensor_that_has_been_silent_for_longer_than_is_read_is_still_named(
    six: tuple[Twin, dict[PointId, Hours]],
) -> None:
    twin, hours = six
    values, counts = hours[PointId("s4.temperature")]
    values[:], counts[:] = np.nan, 0
    assert asked(twin, hours).warnings == (), "it never reported"
    last_ms = BEGIN_MS - 100 * HOUR_MS
    (one,) = asked(twin, hours, last_ms={PointId("s4.temperature"): last_ms}).warnings
    assert (one.kind, one.device, one.since_ms) == (WarningKind.SILENT, "s4", last_ms + HOUR_MS)


def test_a_standstill_that_lasts_is_not_learned_as_normal(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    fault(hours, "s1", np.full(HOURS - 240, 21.4), 240)
    (one,) = asked(twin, hours).warnings
    assert (one.kind, one.device) == (WarningKind.STUCK, "s1")
    assert one.score > 5


def test_noise_of_most_sensors_at_once_is_a_note_and_no_warning_of_each(six: tuple[Twin, dict[PointId, Hours]]) -> None:
    twin, hours = six
    rng = np.random.default_rng(3)
    for name in ("s0", "s1", "s2", "s3", "s4"):
        hours[PointId(f"{name}.temperature")][0][HOURS - 40 :] += rng.normal(0, 6, 40)
    report = asked(twin, hours)
    assert {one.code for one in report.notes} == {"warning.together"}
    assert not [one for one in report.warnings if one.kind is WarningKind.NOISE]


def test_a_battery_is_named_by_those_of_its_model_that_died() -> None:
    lamps = [replace(device(f"b{n}", "battery"), maker="Acme", model="T1") for n in range(3)]
    twin = twin_of(*lamps)
    life = np.concatenate([np.linspace(100, 60, 300), np.linspace(60, 0, 60)])
    batteries = {
        PointId("b0.battery"): np.concatenate([life, [100.0, 99]]),
        PointId("b1.battery"): np.concatenate([life, [100.0, 98]]),
        PointId("b2.battery"): life[:325],
    }
    (one,) = asked(twin, {}, batteries=batteries).warnings
    assert (one.kind, one.device, one.text.code) == (WarningKind.BATTERY, "b2", "warning.battery")
    assert one.text.args["days"] == pytest.approx(26, abs=3)


def test_a_battery_that_was_called_normal_is_named_again_when_little_is_left_or_when_it_is_a_new_one() -> None:
    twin = twin_of(device("b", "battery"))
    key, fall = PointId("b.battery"), np.linspace(90, 5, 171)

    def named(percent: NDArray[np.float64], dismissed: dict[tuple[str, str], Dismissal]) -> list[EarlyWarning]:
        return list(asked(twin, {}, batteries={key: percent}, dismissed=dismissed).warnings)

    (first,) = named(fall[:136], {})
    mark = (first.kind.value, first.point)
    assert named(fall[:138], {mark: Dismissal(first.level, HOURS - 48)}) == []
    assert len(named(fall[:150], {mark: Dismissal(first.level, HOURS - 14 * 24)})) == 1
    renewed = np.concatenate([fall, fall[:138]])
    assert len(named(renewed, {mark: Dismissal(first.level, HOURS - 200 * 24)})) == 1


def test_a_battery_that_says_it_is_low_is_named() -> None:
    twin = twin_of(device("d", "battery_low"))
    (one,) = asked(twin, {}, low_batteries=frozenset({PointId("d.battery_low")})).warnings
    assert one.text.code == "warning.battery_low"


def test_a_percentage_stands_for_a_week_and_a_day_and_no_longer() -> None:
    percent = np.array([np.nan, 80.0, *[np.nan] * 9, 70.0])
    found = carried(percent, 8)
    assert np.isnan(found[[0, 10]]).all()
    assert found[1:10].tolist() == [80.0] * 9
    assert found[11] == 70.0
