"""The log of the rules' runs: 30 days, and what was notable for longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from twin.model.text import Text
from twin.rules.rule_memory import TraceStep
from twin.rules.trace_history import ORDINARY_STEPS
from twin.store.history import History
from twin.store.history.rule_records import DAY_MS, NOTABLE_RUNS, LogRow, RuleRecord

NOW = 80 * DAY_MS
OLD = 40 * DAY_MS
MINUTE = 60_000


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History.open(tmp_path / "h") as made:
        yield made


def steps_of(run: int, code: str, at_ms: int, rule: str = "r") -> list[TraceStep]:
    codes = ("run.started", code, "run.finished")
    return [TraceStep(time_ms=at_ms + n, rule=rule, run=run, reason=Text(one)) for n, one in enumerate(codes)]


def write(history: History, steps: list[TraceStep]) -> None:
    rows = tuple(LogRow(one.time_ms, one.rule, msgspec.json.encode(one).decode()) for one in steps)
    history.rules.keep(RuleRecord(run_log=rows)).result(60)


def runs(history: History, rule: str = "r") -> list[int]:
    history.rules.forget_before(NOW, ORDINARY_STEPS).result(60)
    rows = history.rules.run_log(0, 2**52, 100_000, rule)
    return sorted({msgspec.json.decode(row.body)["run"] for row in rows})


def test_core_117133_ordinary_runs_never_push_the_one_out_that_is_needed(history: History) -> None:
    write(history, steps_of(1, "run.failed", OLD))
    write(history, [step for run in range(2, 500) for step in steps_of(run, "run.command", OLD + run * MINUTE)])
    write(history, steps_of(500, "run.command", NOW - DAY_MS))
    assert runs(history) == [1, 500]
    assert len(history.rules.run_log(0, NOW - 30 * DAY_MS, 10, "r")) == 3


def test_of_many_notable_runs_the_newest_are_kept_of_each_rule(history: History) -> None:
    write(history, [step for run in range(1, 51) for step in steps_of(run, "run.failed", OLD + run * MINUTE)])
    write(history, steps_of(1, "run.failed", OLD, "other"))
    assert runs(history) == list(range(51 - NOTABLE_RUNS, 51))
    assert runs(history, "other") == [1]


def test_what_is_part_of_no_run_goes_with_its_age(history: History) -> None:
    write(history, steps_of(1, "run.failed", OLD))
    write(history, [TraceStep(time_ms=at, rule="r", run=0, reason=Text("run.late")) for at in (OLD, NOW)])
    history.rules.keep(RuleRecord(run_log=(LogRow(OLD, "r", "{}"),))).result(60)
    assert runs(history) == [0, 1]
    assert len(history.rules.run_log(0, NOW - 30 * DAY_MS, 10, "r")) == 3


def test_core_70310_66060_and_frontend_12025_traces_are_rows_that_survive_any_number_of_restarts(
    tmp_path: Path,
) -> None:
    with History.open(tmp_path / "again") as history:
        write(history, steps_of(1, "run.failed", OLD))
    for _ in range(3):
        with History.open(tmp_path / "again") as history:
            assert runs(history) == [1]
