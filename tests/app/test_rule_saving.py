"""Changes of alarms and rules are written one transaction at a time, and what comes meanwhile goes with the next one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import cast

import pytest

from app.engine.rule_saving import RuleSaver
from twin.model.text import Text
from twin.rules.rule_memory import RuleMemory, TraceStep
from twin.store.history.rule_records import RuleRecord, RuleRecords


class SlowRecords:
    """Records that are written when the test says so."""

    def __init__(self) -> None:
        self.under_way: list[tuple[RuleRecord, Future[None]]] = []

    def keep(self, record: RuleRecord) -> Future[None]:
        self.under_way.append((record, Future()))
        return self.under_way[-1][1]

    def end(self, error: Exception | None = None) -> RuleRecord:
        record, written = self.under_way.pop(0)
        if error is not None:
            written.set_exception(error)
        else:
            written.set_result(None)
        return record


def step(at: int) -> TraceStep:
    return TraceStep(time_ms=at, rule="r", run=1, reason=Text("run.started"))


@pytest.fixture
def records() -> SlowRecords:
    return SlowRecords()


@pytest.fixture
def saver(records: SlowRecords) -> RuleSaver:
    def at_once(function: Callable[[], object]) -> None:
        function()

    return RuleSaver(cast("RuleRecords", records), at_once)


def happens(saver: RuleSaver, *times: int) -> None:
    for at in times:
        saver.rules(RuleMemory(last_ms=at), [step(at)])
        saver.save()


def times(record: RuleRecord) -> list[int]:
    return [one.time_ms for one in record.run_log]


def test_one_write_is_under_way_and_all_that_comes_meanwhile_goes_with_the_next(
    saver: RuleSaver, records: SlowRecords
) -> None:
    happens(saver, *range(100))
    assert len(records.under_way) == 1
    assert times(records.end()) == [0]
    assert len(records.under_way) == 1
    assert times(records.end()) == list(range(1, 100))
    assert records.under_way == []
    happens(saver, 100)
    assert times(records.end()) == [100]


def test_a_failed_write_is_repeated_with_what_came_meanwhile_and_not_without_end(
    saver: RuleSaver, records: SlowRecords
) -> None:
    happens(saver, 1, 2)
    records.end(OSError("full"))
    assert times(records.under_way[0][0]) == [1, 2]
    records.end(OSError("full"))
    assert records.under_way == [], "it is tried again with the next change"
    happens(saver, 3)
    assert times(records.end()) == [1, 2, 3]


def test_a_flush_hands_over_all_that_there_is_at_once(saver: RuleSaver, records: SlowRecords) -> None:
    happens(saver, 1, 2)
    newest = saver.flush()
    assert [times(record) for record, _ in records.under_way] == [[1], [2]]
    assert newest is records.under_way[-1][1]
    records.end()
    records.end()
    assert records.under_way == []
