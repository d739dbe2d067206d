"""`oikos warn` and the engine: what is warned of on a real project with a history, called normal, undone, and alarmed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.__main__ import main
from app.engine.clock import utc_ms
from app.engine.engine import Engine
from app.engine.sensor_hours import SensorHours
from app.engine.warning_reports import DAYS, WarningAccounts, first_levels
from tests.app.conftest import rooms_building
from tests.twin.store.worlds import LINK, QUIET, device
from twin.insight.sensor_faults import HOUR_MS
from twin.model.definition import DefinitionKind
from twin.model.device import Device
from twin.model.early_warning import WarningKind
from twin.model.problem import Problem, ProblemError
from twin.rules.alarm_proposals import proposals
from twin.store.history import History
from twin.store.project import Project

SENSORS = 6
NOW_MS = utc_ms() // HOUR_MS * HOUR_MS

type Line = Callable[..., tuple[int, Any]]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """Runs a verb with --json: exit code and document."""
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "home"))

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def sensor(number: int) -> Device:
    return replace(device(f"s{number}", "temperature", name=f"Sensor {number}"), kind="temperature_sensor")


def record(store: History, devices: list[Device]) -> None:
    """45 days of readings each half-hour; the fourth sensor drifts by half a kelvin a day in the last ten."""
    times = np.arange(NOW_MS - 45 * 24 * HOUR_MS, NOW_MS, HOUR_MS // 2, dtype=np.int64)
    hour = (times - times[0]) / HOUR_MS
    for number, one in enumerate(devices):
        own = np.random.default_rng(number).normal(0, 0.1, len(times))
        off = np.clip(hour - 35 * 24, 0, None) / 24 * (0.5 if number == 3 else 0.0)
        store.bulk(one.points[0].id, times, (21 + 2 * np.sin(hour / 24 * 6.283) + own).round(1) + off)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.oikos"
    with Project.create(path) as project:
        project.set_building(rooms_building("Kitchen", "Hall"))
        project.add_link(LINK)
        found = project.twin().find_room("Kitchen")
        assert found is not None
        devices = [replace(sensor(number), room=found.id) for number in range(SENSORS)]
        project.put_devices(devices)
    with History.open(tmp_path / "house.oikos-history", pace=QUIET) as store:
        store.declare([point for one in devices for point in one.points])
        record(store, devices)
    return path


@pytest.fixture
def engine(tmp_path: Path, house: Path) -> Iterator[Engine]:
    """An engine with the house open, whose clock stands at the end of what is recorded."""
    engine = Engine(tmp_path / "home", now_ms=lambda: NOW_MS, lived_ms=None)
    engine.start()
    engine.open(house, links=()).result(60)
    yield engine
    engine.stop()


def test_a_drifting_sensor_is_named_with_what_its_peers_suggest(line: Line, house: Path) -> None:
    code, found = line("warn", str(house))
    assert code == 0
    (one,) = found["warnings"]
    assert (one["kind"], one["name"], one["peers"]) == ("drift", "Sensor 3", SENSORS - 1)
    assert one["value"] - one["expected"] > 3
    assert "drifts from that of 5 like sensors" in one["text"]
    assert (found["watched"], found["learning"], found["dismissed"]) == (SENSORS, [], 0)


def test_called_normal_it_is_hidden_until_it_is_restored_or_undone(line: Line, house: Path) -> None:
    (one,) = line("warn", str(house))[1]["warnings"]
    code, found = line("warn", str(house), "--dismiss", one["id"])
    assert code == 0
    assert (found["warnings"], found["dismissed"], [mark["id"] for mark in found["normal"]]) == ([], 1, [one["id"]])
    assert [again["id"] for again in line("warn", str(house), "--restore", one["id"])[1]["warnings"]] == [one["id"]]
    line("warn", str(house), "--dismiss", one["id"])
    code, undone = line("undo", str(house))
    assert (code, undone["undo"]) == (0, "Normal: Sensor 3")
    assert [again["id"] for again in line("warn", str(house))[1]["warnings"]] == [one["id"]]


def test_an_unknown_warning_is_refused(line: Line, house: Path) -> None:
    code, found = line("warn", str(house), "--dismiss", "drift:nothing")
    assert (code, found["problems"][0]["code"]) == (1, "unknown.warning")
    assert line("warn", str(house), "--restore", "drift:nothing")[1]["problems"][0]["code"] == "unknown.warning"


def test_its_alarm_is_raised_once_accepted_and_ends_when_it_is_called_normal(engine: Engine) -> None:
    (warning,) = engine.warnings().result(60).warnings
    (offer,) = [one for one in proposals(engine.twin) if one.group == "early_warning"]
    assert len(offer.alarms) == SENSORS
    engine.change_definitions(offer.edits).result(60)
    engine.warnings().result(60)
    (alarm,) = [one for one in engine.alarms().result(60) if one.active]
    assert (alarm.id, alarm.priority, alarm.category) == (f"early_warning:{warning.device}", 4, "service")
    assert alarm.device == warning.device
    engine.dismiss_warning(warning.id).result(60)
    assert engine.warnings().result(60).warnings == ()
    assert engine.twin.definitions.find(DefinitionKind.NORMAL_MARK, warning.id) is not None


def test_begin_and_end_of_a_warning_are_in_the_event_log(engine: Engine) -> None:
    (warning,) = engine.warnings().result(60).warnings
    engine.dismiss_warning(warning.id).result(60)
    engine.warnings().result(60)
    engine.warnings().result(60)
    rows = [one for one in engine.session.history.events.rows(0, NOW_MS * 2) if one.kind == "warning"]
    assert [json.loads(one.body)["result"] for one in reversed(rows)] == ["begun", "ended"]


def test_since_when_a_warning_lasts_is_known_after_a_restart(tmp_path: Path, engine: Engine, house: Path) -> None:
    (before,) = engine.warnings().result(60).warnings
    engine.stop()
    later = Engine(tmp_path / "home", now_ms=lambda: NOW_MS + 5 * 24 * HOUR_MS, lived_ms=None)
    later.start()
    try:
        later.open(house, links=()).result(60)
        found = {one.device: one for one in later.warnings().result(60).warnings}
    finally:
        later.stop()
    assert found[before.device].since_ms <= before.since_ms or found[before.device].kind is not WarningKind.DRIFT


def test_the_chart_shows_the_sensor_and_what_its_peers_suggest(engine: Engine) -> None:
    (warning,) = engine.warnings().result(60).warnings
    chart = engine.warning_chart(warning.point).result(60)
    assert len(chart.time_ms) == len(chart.value) == len(chart.expected) == 14 * 24
    off = chart.value - chart.expected
    assert off[-1] > 3
    assert abs(float(np.nanmean(off[:24]))) < 0.7
    with pytest.raises(ProblemError, match="unknown"):
        engine.warning_chart(replace(sensor(9)).points[0].id).result(60)


def test_a_sensor_that_died_before_the_days_that_are_read_is_named_with_its_last_report(house: Path) -> None:
    dead = sensor(9)
    times = np.arange(NOW_MS - 100 * 24 * HOUR_MS, NOW_MS - 70 * 24 * HOUR_MS, HOUR_MS, dtype=np.int64)
    with Project.open(house) as project, History.open(house.with_suffix(".oikos-history"), pace=QUIET) as store:
        project.put_devices([dead])
        store.declare(dead.points)
        store.bulk(dead.points[0].id, times, np.full(len(times), 21.0))
        found = WarningAccounts(project.twin(), store).report(NOW_MS).warnings
    silent = [one for one in found if one.kind is WarningKind.SILENT]
    assert [(one.device, one.since_ms) for one in silent] == [(dead.id, times[-1] + HOUR_MS)]


def test_hours_that_were_read_before_are_the_same_when_they_are_kept(house: Path) -> None:
    points = [sensor(number).points[0].id for number in range(SENSORS)]
    begin_ms, hours = NOW_MS - DAYS * 24 * HOUR_MS, DAYS * 24
    with History.open(house.with_suffix(".oikos-history"), pace=QUIET) as store:
        kept = SensorHours()
        kept.read(store, points, begin_ms - 24 * HOUR_MS, hours - 5, lambda: None)
        found = kept.read(store, points, begin_ms, hours, lambda: None)
        fresh = SensorHours().read(store, points, begin_ms, hours, lambda: None)
    assert found.keys() == fresh.keys()
    for point, (values, counts) in fresh.items():
        assert np.allclose(found[point][0], values, atol=1e-5, equal_nan=True)
        assert np.array_equal(found[point][1], counts)


def test_the_first_levels_of_sensors_are_kept_and_never_learned_anew(tmp_path: Path, engine: Engine) -> None:
    engine.warnings().result(60)
    engine.session.history.flush()
    kept = first_levels(engine.session.history, engine.twin)
    assert len(kept) == SENSORS - 1, "not that of the sensor that drifts"
    engine.warnings().result(60)
    assert first_levels(engine.session.history, engine.twin) == kept


def test_the_first_level_of_a_sensor_is_forgotten_when_it_is_moved_or_replaced(engine: Engine) -> None:
    engine.warnings().result(60)
    history, twin = engine.session.history, engine.twin
    history.flush()
    first, second, *others = twin.devices
    hall = twin.find_room("Hall")
    assert hall is not None
    changed = replace(twin, devices=(replace(first, room=hall.id), replace(second, uid="another"), *others))
    assert first_levels(history, changed).keys() == {
        id for id in first_levels(history, twin) if id not in (first.points[0].id, second.points[0].id)
    }


def test_a_failed_reading_of_the_first_levels_learns_nothing_anew(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.warnings().result(60)
    engine.session.history.flush()
    kept = first_levels(engine.session.history, engine.twin)

    def unread(self: object) -> dict[str, str]:
        raise ProblemError(Problem(code="unknown.warning"))

    with monkeypatch.context() as patched:
        patched.setattr(type(engine.session.history.rules), "memory", unread)
        with pytest.raises(ProblemError):
            engine.warnings().result(60)
    assert first_levels(engine.session.history, engine.twin) == kept
