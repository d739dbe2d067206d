"""`oikos energy`: reports, table and setup on the command line, on a real project with a history."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.__main__ import main
from tests.app.conftest import rooms_building
from tests.twin.store.worlds import LINK, QUIET, device
from twin.model.device import Device
from twin.store.history import History
from twin.store.project import Project

BEGIN_MS, MIN = 1_709_510_400_000, 60_000
"""2024-03-04T00:00Z, a Monday."""

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


def placed(one: Device, kind: str, room: str, project: Project) -> Device:
    found = project.twin().find_room(room)
    assert found is not None
    return replace(one, kind=kind, room=found.id)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two weeks of a main meter at 600 W and a plug of the kitchen at 240 W."""
    path = tmp_path / "house.oikos"
    main_meter, plug = device("main", "energy_import", name="Main meter"), device("plug", "energy_import", name="=Plug")
    with Project.create(path) as project:
        project.set_building(rooms_building("Kitchen", "Hall"))
        project.add_link(LINK)
        project.put_devices([placed(main_meter, "meter", "Hall", project), placed(plug, "plug", "Kitchen", project)])
    times = BEGIN_MS + np.arange(14 * 24 * 60 + 1) * MIN
    with History.open(tmp_path / "house.oikos-history", pace=QUIET) as store:
        for one, rate in ((main_meter, 10.0), (plug, 4.0)):
            store.declare(one.points)
            store.bulk(one.points[0].id, times, 1000 + rate * np.arange(len(times)))
    return path


def test_a_week_by_room_with_the_remainder_and_the_week_before(line: Line, house: Path) -> None:
    code, found = line("energy", str(house), "week", "--at", "2024-03-12")
    assert code == 0
    (medium,) = found["media"]
    assert (medium["total"], medium["before"], medium["coverage"]) == pytest.approx((100.8, 100.8, 1.0), abs=0.02)
    groups = {one["name"]: one["total"] for one in medium["groups"]}
    assert groups == pytest.approx({"Kitchen": 40.32, "Not metered separately": 60.48}, abs=0.02)
    assert len(medium["use"]) == 7
    assert (found["span"], found["zone"], found["from"]) == ("week", "UTC", "2024-03-11T00:00:00.000Z")


def test_what_lies_before_and_after_the_records_is_null(line: Line, house: Path) -> None:
    (medium,) = line("energy", str(house), "month", "--at", "2024-03-12")[1]["media"]
    assert medium["use"][0] is None
    assert medium["use"][20] is None
    assert 0.4 < medium["coverage"] < 0.5
    assert [one["code"] for one in medium["notes"]] == ["energy.known_part"]
    (empty,) = line("energy", str(house), "day", "--at", "2023-01-10")[1]["media"]
    assert (empty["total"], empty["coverage"]) == (None, 0.0)


def test_a_setup_is_shown_changed_and_bills(line: Line, house: Path, tmp_path: Path) -> None:
    setup = line("energy", str(house), "--show-setup")[1]["setup"]
    setup |= {"region": "GB", "area_m2": 100.0}
    price = {
        "medium": "electricity",
        "first": "2024-01-01",
        "currency": "GBP",
        "prices": [{"price": 0.25}],
        "standing_per_day": 0.5,
    }
    file = tmp_path / "setup.json"
    file.write_text(json.dumps({"setup": setup | {"tariffs": [price]}}))
    code, kept = line("energy", str(house), "--setup", str(file))
    assert (code, kept["setup"]["region"]) == (0, "GB")
    (medium,) = line("energy", str(house), "week", "--at", "2024-03-12")[1]["media"]
    assert medium["cost"]["total"] == pytest.approx(100.8 * 0.25 + 3.5, abs=0.01)
    assert medium["emissions"][0]["kg"] == pytest.approx(100.8 * 0.20705, abs=0.01)
    assert medium["emissions"][0]["source"].startswith("UK Government")
    meter = medium["meters"][1]
    assert (meter["name"], meter["cost"]) == ("=Plug", pytest.approx(40.32 * 0.25, abs=0.01))


def test_a_change_of_the_setup_is_an_undo_step_and_an_earlier_setting_counts_until_then(
    line: Line, house: Path, tmp_path: Path
) -> None:
    with Project.open(house) as project:
        project.set_setting("energy", {"region": "DE", "area_m2": 80.0})
    assert line("energy", str(house), "--show-setup")[1]["setup"]["region"] == "DE"
    file = tmp_path / "setup.json"
    for region in ("GB", "FR"):
        file.write_text(json.dumps({"region": region}))
        assert line("energy", str(house), "--setup", str(file))[0] == 0
    assert line("undo", str(house))[1]["undo"] == "Set up energy"
    assert line("energy", str(house), "--show-setup")[1]["setup"]["region"] == "GB"
    line("undo", str(house))
    assert line("energy", str(house), "--show-setup")[1]["setup"]["region"] == "DE"
    line("redo", str(house))
    assert line("energy", str(house), "--show-setup")[1]["setup"]["region"] == "GB"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", "energy.setup_unreadable"),
        ('{"setup": {"region": 4}}', "energy.setup_unreadable"),
        ("[" * 100_000, "energy.setup_unreadable"),
        ('{"tariffs": [{"medium": "electricity", "first": "2026-02-30"}]}', "energy.setup_unreadable"),
        ('{"tariffs": [{"medium": "electricity", "first": "2026-02-03", "prices": [{"price": 1, "begin": 9999}]}]}', "energy.price"),
        ('{"feeds": {"nothing": ""}}', "energy.no_meter"),
        ('{"area_m2": -4}', "energy.area"),
    ],
)  # fmt: skip
def test_a_wrong_setup_changes_nothing(line: Line, house: Path, tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "setup.json"
    file.write_text(text)
    exit_code, found = line("energy", str(house), "--setup", str(file))
    assert (exit_code, [one["code"] for one in found["problems"]]) == (1, [code])
    assert line("energy", str(house), "--show-setup")[1]["setup"]["tariffs"] == []


def test_both_emissions_duration_and_fit_are_told(line: Line, house: Path, tmp_path: Path) -> None:
    file = tmp_path / "setup.json"
    setup = {"region": "GB", "contract_kg": 0.05, "contract_source": "Green tariff", "outdoor": None}
    file.write_text(json.dumps(setup))
    assert line("energy", str(house), "--setup", str(file))[0] == 0
    found = line("energy", str(house), "week", "--at", "2024-03-12")[1]
    (medium,) = found["media"]
    assert medium["location_kg"] == pytest.approx(100.8 * 0.20705, abs=0.01)
    assert medium["market_kg"] == pytest.approx(100.8 * 0.05, abs=0.01)
    assert [(one["year"], one["market"], one["factor"]) for one in medium["emissions"]] == [
        (2024, False, 0.20705),
        (2024, True, 0.05),
    ]
    assert medium["fit"] is None, "no outdoor temperature"
    assert found["load"]["duration_curve_w"] == pytest.approx([600.0] * 101)


def test_the_table_is_written_and_no_name_becomes_a_formula(line: Line, house: Path, tmp_path: Path) -> None:
    out = tmp_path / "energy.csv"
    code, _ = line("energy", str(house), "week", "--at", "2024-03-12", "--by", "device", "--csv", str(out))
    assert code == 0
    rows = list(csv.reader(out.read_text(encoding="utf-8").splitlines()))
    assert rows[0][:4] == ["medium", "kind", "name", "total"]
    assert [(row[1], row[2], float(row[3])) for row in rows[1:4]] == [
        ("device", "'=Plug", pytest.approx(40.32, abs=0.02)),
        ("remainder", "Not metered separately", pytest.approx(60.48, abs=0.02)),
        ("total", "Total", pytest.approx(100.8, abs=0.02)),
    ]
    figures = {row[2]: row[3:5] for row in rows[4:]}
    assert figures["base load"] == ["600", "W"]
    assert figures["power exceeded for 50 %"] == ["600", "W"]
    code, found = line("energy", str(house), "--csv", str(house))
    assert (code, len(found["problems"])) == (1, 1)


def test_a_project_without_meters_and_history_answers(
    line: Line, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.oikos"
    with Project.create(path):
        pass
    assert line("energy", str(path))[1]["media"] == []
    assert main(["energy", str(path), "--lang", "zh_CN"]) == 0
    assert "没有设备计量" in capsys.readouterr().out
