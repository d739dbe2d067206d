"""`oikos meter`, and what damage in a history does to the answers of other verbs."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.__main__ import main
from app.cli.framework.project_access import raised, working
from app.engine.clock import utc_ms
from app.engine.meter_changes import edges
from app.i18n import sentence
from tests.twin.store.worlds import LINK, QUIET, device
from twin.store.history import History
from twin.store.project import Project

METER = device("meter", "energy_import", "power")
POINT = METER.points[0]
MIN = 60_000

type Line = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """Runs a verb with --json: exit code and document."""
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "home"))

    def run(*words: str) -> tuple[int, dict[str, object]]:
        capsys.readouterr()
        code = main([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A day of a meter at 600 W, replaced by another in its 700th minute."""
    path = tmp_path / "house.oikos"
    with Project.create(path) as project:
        project.add_link(LINK)
        project.put_devices([METER])
    times = utc_ms() // MIN * MIN - 1500 * MIN + np.arange(1440, dtype=np.int64) * MIN
    values = np.concatenate([1_000_000 + 10 * np.arange(700.0), 4_500_000 + 10 * np.arange(740.0)])
    with History.open(tmp_path / "house.oikos-history", pace=QUIET) as store:
        store.declare(METER.points)
        store.bulk(POINT.id, times, values)
        store.bulk(METER.points[1].id, times, values)
    return path


def test_a_change_is_found_marked_undone_and_taken_back_on_the_command_line(line: Line, house: Path) -> None:
    name = "Meter/energy_import"
    found = line("meter", str(house), name)[1]
    ((at,), before) = (found["suspected"], found["counted"])  # type: ignore[misc]
    assert before == pytest.approx(6990 + 7390)
    code, found = line("meter", str(house), name, "--changed", at, "--old", "1007 kWh", "--new", "4499990")
    assert code == 0
    assert found["suspected"] == []
    assert found["counted"] == pytest.approx(6990 + 7390 + 10 + 10)
    told = line("history", str(house), name, "--from", "-48h", "--columns", "24")[1]
    assert told["counted"] == pytest.approx(6990 + 7390 + 20)
    assert (told["estimated"], told["suspected"]) == (False, [])
    assert [mark["first"] for mark in told["meter_changes"]] == [4499990]  # type: ignore[attr-defined]
    assert line("undo", str(house))[1]["undo"] == "Meter changed at Meter"
    assert line("meter", str(house), name)[1]["suspected"] == [at]
    line("redo", str(house))
    code, found = line("meter", str(house), name, "--not-changed", at)
    assert (code, found["meter_changes"], found["suspected"]) == (0, [], [at])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("Meter/energy_import", "--changed", "now", "--old", "5"), "meter.final_too_low"),
        (("Meter/energy_import", "--changed", "2099-01-01"), "meter.future"),
        (("Meter/power", "--changed", "-2h"), "meter.none"),
        (("Meter/energy_import", "--not-changed", "-2h"), "meter.unmarked"),
    ],
)
def test_a_mark_that_cannot_be_is_refused(line: Line, house: Path, words: tuple[str, ...], code: str) -> None:
    rc, found = line("meter", str(house), *words)
    assert rc == 1
    assert [problem["code"] for problem in found["problems"]] == [code]  # type: ignore[attr-defined]
    assert line("meter", str(house), "Meter/energy_import")[1]["meter_changes"] == []


def test_what_is_an_estimate_says_so_in_columns_and_csv(line: Line, house: Path, tmp_path: Path) -> None:
    rows = line("history", str(house), "Meter/energy_import", "--from", "-48h", "--columns", "48")[1]["columns"]
    assert [row["estimated"] for row in rows].count(True) == 1  # type: ignore[attr-defined]
    line("export", str(house), "--csv", str(tmp_path / "out.csv"))
    with (tmp_path / "out.csv").open(newline="") as file:
        samples = [row for row in csv.DictReader(file) if row["capability"] == "energy_import"]
    assert [row["estimated"] for row in samples].count("estimated") == 1
    assert samples[0]["counted"] == ""
    assert sum(float(row["counted"] or 0) for row in samples) == pytest.approx(6990 + 7390)


def hurt(house: Path) -> None:
    """Zeroes what is sealed of the meter."""
    db = sqlite3.connect(f"{house}-history")
    db.execute(
        "update block set data = zeroblob(length(data)) where point = (select id from point where uid = ?)", (POINT.id,)
    )
    db.commit()
    db.close()


@pytest.mark.parametrize("read", ["columns", "moments", "consumption"])
def test_a_running_engine_tells_damage_once_with_whatever_meets_it_first(line: Line, house: Path, read: str) -> None:
    hurt(house)
    now = utc_ms()
    with working(str(house)) as engine:
        for again in (False, True):
            if read == "columns":
                engine.columns([POINT.id], now - 48 * 60 * MIN, now, 5000).result()
            elif read == "moments":
                engine.moments([now - 600 * MIN, now - 500 * MIN]).result()
            else:
                engine.consumption([POINT.id], now - 48 * 60 * MIN, now, 5000).result()
            told = [problem.code for problem in raised(engine) if problem.code.startswith("history.")]
            assert told == ([] if again else ["history.damaged"])


def test_the_use_of_a_whole_period_is_that_of_no_other_time(line: Line, house: Path) -> None:
    """A week was counted from the Thursday before it to the one after it: the window's answer to a question told up to
    twice as much."""
    monday = 1_795_388_400_000  # in Berlin, 2026-11-23
    assert edges(monday, monday + 7 * 1440 * MIN, 1).tolist() == [monday, monday + 7 * 1440 * MIN]
    now = utc_ms()
    with working(str(house)) as engine:
        (found,) = engine.consumption([POINT.id], now - 600 * MIN - 1, now - 500 * MIN + 1, 1).result()
    with History.open(Path(f"{house}-history"), pace=QUIET) as history:
        counted = history.consumption(POINT.id, np.array([now - 600 * MIN - 1, now - 500 * MIN + 1]))
    assert counted is not None
    assert found.total == counted.total


def test_a_running_engine_counts_by_the_marks_and_undoes_them(line: Line, house: Path) -> None:
    now = utc_ms()

    def used() -> tuple[float, int]:
        (found,) = engine.consumption([p.id for p in METER.points], now - 48 * 60 * MIN, now, 48).result()
        return round(found.total), len(found.suspected_ms)

    with working(str(house)) as engine:
        assert used() == (14_380, 1)
        (at,) = engine.consumption([POINT.id], now - 48 * 60 * MIN, now, 48).result()[0].suspected_ms
        engine.mark_meter(POINT.id, at, 1_007_000.0, 4_499_990.0).result()
        assert used() == (14_400, 0)
        assert sentence(engine.undo().result()) == "Meter changed at Meter"
        assert used() == (14_380, 1)
        engine.redo().result()
        engine.unmark_meter(engine.twin.meter_changes[0].id).result()
        assert used() == (14_380, 1)


@pytest.mark.parametrize("verb", ["get", "info", "history", "csv"])
def test_every_verb_that_meets_damage_says_so(line: Line, house: Path, tmp_path: Path, verb: str) -> None:
    hurt(house)
    words = {
        "get": ("get", str(house)),
        "info": ("info", str(house)),
        "history": ("history", str(house), "Meter/energy_import", "--from", "-48h", "--columns", "5000"),
        "csv": ("export", str(house), "--csv", str(tmp_path / "out.csv")),
    }[verb]
    code, found = line(*words)
    assert code == 1
    assert [problem["code"] for problem in found["problems"]] == ["history.damaged"]  # type: ignore[attr-defined]
    if verb == "history":
        assert len(found["damaged"]) == 1  # type: ignore[arg-type]
