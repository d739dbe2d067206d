"""`oikos comfort`: rooms of a period, evidence of a complaint with who set what, on a real project with a history."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.__main__ import main
from app.engine.comfort_reports import ComfortAccounts
from app.engine.privacy_setup import PrivacySetup
from tests.app.conftest import rooms_building
from tests.twin.store.worlds import LINK, QUIET, device
from twin.insight.comfort_texts import air_texts
from twin.model.energy import EnergySpan
from twin.model.room_comfort import ComfortAssumptions
from twin.store.history import History
from twin.store.history.event_log import LoggedEvent
from twin.store.project import Project

BEGIN_MS, MIN, HOUR = 1_709_510_400_000, 60_000, 3_600_000
"""2024-03-04T00:00Z, a Monday."""
SENSOR = device("air", "temperature", "humidity", "co2", "occupancy", "setpoint_heat", name="Air")
RADIATOR = device("radiator", "temperature", name="Radiator")

type Line = Callable[..., tuple[int, Any]]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """Runs a verb with --json in the time zone UTC: exit code and document."""
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "UTC")

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two days of a kitchen at 22.5 °C, cold at 16 °C on the second day from 9 to 10; people from 8 to 12, and a decay of
    CO2 by one air change per hour after them. Anna lowered the setting at 8:30 on the second day."""
    path = tmp_path / "house.oikos"
    with Project.create(path) as project:
        project.set_building(rooms_building("Kitchen", "Hall"))
        project.add_link(LINK)
        found = project.twin().find_room("Kitchen")
        assert found is not None
        sensor, radiator = (
            replace(SENSOR, room=found.id, kind="air_sensor"),
            replace(RADIATOR, room=found.id, kind="radiator"),
        )
        project.put_devices([sensor, radiator])
    points = {point.capability.id: point for point in SENSOR.points}
    minutes = np.arange(2 * 24 * 60)
    times = BEGIN_MS + minutes * MIN
    hour = minutes % 1440 / 60
    there = (hour >= 8) & (hour < 12)
    cold = (minutes >= 1440 + 540) & (minutes < 1440 + 600)
    since = np.clip(hour - 12, 0, None)
    co2 = np.where(there, 1500.0, 420 + 1080 * np.exp(-since) * (hour >= 12))
    with History.open(tmp_path / "house.oikos-history", pace=QUIET) as store:
        store.declare([*SENSOR.points, *RADIATOR.points])
        store.bulk(points["temperature"].id, times, np.where(cold, 16.0, 22.5))
        store.bulk(points["humidity"].id, times, np.full(len(times), 45.0))
        store.bulk(points["occupancy"].id, times, there.astype(float))
        store.bulk(points["co2"].id, times, co2)
        store.bulk(RADIATOR.points[0].id, times, np.full(len(times), 50.0))
        body = {"point": points["setpoint_heat"].id, "verb": "set", "value": 16.0, "result": "confirmed"}
        other = {**body, "point": "elsewhere.setpoint_heat"}
        at_ms = BEGIN_MS + 32 * HOUR + 30 * MIN
        store.events.add(
            LoggedEvent(time_ms=at_ms, who="Anna", origin="", kind="command", body=json.dumps(body)),
            LoggedEvent(time_ms=at_ms + 1, who="Ben", origin="", kind="command", body=json.dumps(other)),
        )
        store.events.flush()
    return path


def test_a_room_is_judged_while_it_is_occupied(line: Line, house: Path) -> None:
    code, found = line("comfort", str(house), "day", "--at", "2024-03-05", "--clo", "0.9")
    assert code == 0
    (room,) = found["rooms"]
    assert (room["name"], room["occupied_known"]) == ("Kitchen", True)
    assert room["minutes"] == pytest.approx({"a": 180, "b": 0, "c": 0, "outside": 60}, abs=1)
    assert room["too_cold"] == pytest.approx(60, abs=1)
    assert room["worst_at"].startswith("2024-03-05T09:")
    assert room["mean_c"] < 23, "the radiator's own sensor does not count"
    assert room["co2_minutes_above"]["1000"] == pytest.approx(240, abs=1)
    assert found["assumptions"]["clo"] == 0.9
    assert [one["code"] for one in found["notes"]] == ["comfort.no_outdoor"]


def test_ventilation_is_the_decay_after_people_left(line: Line, house: Path) -> None:
    (room,) = line("comfort", str(house), "day", "--at", "2024-03-04T12:00")[1]["rooms"]
    assert room["decays"] == 1
    assert room["air_changes_per_h"] == pytest.approx(1.0, abs=0.05)


def test_the_occupied_hour_with_most_co2_tells_how_much_air_each_person_gets_at_most(line: Line, house: Path) -> None:
    (room,) = line("comfort", str(house), "day", "--at", "2024-03-04T12:00")[1]["rooms"]
    assert room["air_per_person_l_s"] == pytest.approx(5000 / (1500 - 420), abs=0.1)
    (room,) = line("comfort", str(house), "month", "--at", "2024-03-04T12:00")[1]["rooms"]
    assert room["air_per_person_l_s"] is None


def test_a_vote_beyond_the_range_of_the_standard_is_told(line: Line, house: Path) -> None:
    words = ("comfort", str(house), "day", "--at", "2024-03-05")
    found = line(*words, "--clo", "0.6", "--met", "1.1")[1]
    (note,) = [one for one in found["notes"] if one["code"] == "comfort.beyond_range"]
    assert found["rooms"][0]["minutes_beyond_iso_7730"] == pytest.approx(60, abs=1)
    assert note["args"] == pytest.approx({"n": 1, "hours": 1.0}, abs=0.02)
    found = line(*words, "--clo", "0.6", "--met", "1.1", "--model", "adaptive")[1]
    assert "comfort.beyond_range" not in [one["code"] for one in found["notes"]]


def test_the_mould_index_of_a_wall_is_told_for_a_month_that_is_known_and_not_for_a_day(tmp_path: Path) -> None:
    """A cold month: 20 °C and 60 % inside, 0 °C outside are 87 % at a wall of factor 0.7."""
    hours = 31 * 24
    path = tmp_path / "damp.oikos"
    with Project.create(path) as project:
        project.set_building(rooms_building("Bath", "Attic"), keep={})
        bath, attic = (room.id for room in project.twin().rooms)
        air = [
            replace(device(name, "temperature", "humidity"), room=room)
            for name, room in (("bath", bath), ("attic", attic))
        ]
        outdoor = device("weather", "temperature")
        project.put_devices([*air, outdoor])
        twin = project.twin()
    times = BEGIN_MS + np.arange(hours) * HOUR
    with History.open(tmp_path / "damp.oikos-history", pace=QUIET) as store:
        store.declare(twin.points)
        store.bulk(outdoor.points[0].id, times, np.zeros(hours))
        for one, part in zip(air, (hours, hours // 3), strict=True):
            store.bulk(one.points[0].id, times[:part], np.full(part, 20.0))
            store.bulk(one.points[1].id, times[:part], np.full(part, 60.0))
        accounts = ComfortAccounts(twin, store, outdoor.points[0].id)
        month, day = (
            {
                one.room: one
                for one in accounts.report(span, BEGIN_MS, BEGIN_MS + hours * HOUR, ComfortAssumptions()).rooms
            }
            for span in (EnergySpan.MONTH, EnergySpan.DAY)
        )
    assert (month[bath].mould_index or 0) == pytest.approx(0.30, abs=0.02)
    assert [one.code for one in air_texts(month[bath])][-1] == "comfort.mould_index"
    assert month[attic].mould_index is None
    assert day[bath].mould_index is None


def test_of_a_group_in_which_too_few_are_seen_neither_occupancy_nor_co2_is_told(house: Path) -> None:
    with Project.open(house) as project, History.open(house.with_suffix(".oikos-history"), pace=QUIET) as history:
        twin, kitchen, hall = project.twin(), *(room.id for room in project.twin().rooms)
        twin = replace(twin, devices=(*twin.devices, replace(device("door", "contact"), room=hall)))
        for places, told in ((1, False), (5, True)):
            privacy = PrivacySetup(shared=True, grouped=True, places={kitchen: places, hall: 4})
            accounts = ComfortAccounts(privacy.shown_twin(twin), history, untold=privacy.untold(twin))
            report = accounts.report(EnergySpan.DAY, BEGIN_MS, BEGIN_MS + 48 * HOUR, ComfortAssumptions())
            (room,) = report.rooms
            assert (room.occupied_known, room.decays, room.coverage) == (told, int(told), 1.0)


def test_the_evidence_of_a_complaint_names_who_set_what(line: Line, house: Path) -> None:
    code, found = line("comfort", str(house), "--room", "Kitchen", "--evidence", "--at", "2024-03-05T09:20")
    assert code == 0
    assert (found["temperature_c"], found["humidity"], found["co2_ppm"]) == pytest.approx((16.0, 45.0, 1500.0))
    assert found["pmv"] < -1
    assert found["ppd"] > 25
    assert [(one["who"], one["value"], one["result"]) for one in found["commands"]] == [("Anna", 16.0, "confirmed")]
    assert found["day"]["too_cold"] == pytest.approx(60, abs=1)
    assert len(found["points"]) >= 4


def test_what_is_not_there_is_said(line: Line, house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert line("comfort", str(house), "--room", "Cellar")[1]["problems"][0]["code"].startswith("unknown")
    (empty,) = line("comfort", str(house), "day", "--at", "2023-01-01")[1]["rooms"]
    assert (empty["minutes"], empty["coverage"], empty["mean_c"]) == (None, 0.0, None)
    capsys.readouterr()
    assert main(["comfort", str(house), "day", "--at", "2024-03-05", "--lang", "zh_CN"]) == 0
    assert "过冷" in capsys.readouterr().out
    assert main(["comfort", str(house), "--evidence"]) == 2
    assert main(["comfort", str(house), "--met", "nan"]) == 2
