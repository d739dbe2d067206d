"""What is deleted, and when it is said: the loop's time and the clock are moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from app.engine.maintenance import DAY_MS, RetentionSweep, run_maintenance
from app.engine.repeating import repeat
from app.i18n import what
from twin.model.change import ProblemsSolved
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.problem import Problem
from twin.store.history import History
from twin.store.history.rule_records import LogRow, RuleRecord
from twin.store.history.session import BUILT_MS

NOW = BUILT_MS + 800 * DAY_MS
LINK = Link(id=LinkId("l"), protocol="test", address="here")
(POINT,) = device_from_description(
    DeviceInfo(uid="u", name="n", points=(PointInfo(key="t", capability="temperature"),)), LINK
).points


class FakeContext:
    """As much of the EngineContext as maintenance needs."""

    def __init__(self) -> None:
        self.now = NOW
        self.lived = 0.0
        self.problems: list[Problem] = []
        self.settings = SimpleNamespace(number=lambda name: 730)

    def now_ms(self) -> int:
        return self.now

    def raise_problem(self, problem: Problem) -> None:
        self.problems.append(problem)

    async def run_blocking(self, work: Callable[[], Any]) -> Any:
        return work()


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


def opened(path: Path, context: FakeContext, days: int) -> History:
    """So many days of samples a minute, the newest 728 days old."""
    store = History.open(path, now_ms=context.now_ms, lived_ms=lambda: int(context.lived * 1000))
    store.declare([POINT])
    times = NOW - 728 * DAY_MS - np.arange(days * 1440, 0, -1, dtype=np.int64) * 60_000
    store.bulk(POINT.id, times, np.round(np.sin(times / 1e7), 1))
    return store


def forgetting(context: FakeContext, store: History) -> Callable[[float], Awaitable[int]]:
    """Lets so many seconds pass, looks each minute as care does; the samples that are left."""
    one = RetentionSweep(cast(Any, context), store, lambda: context.lived)

    async def live(seconds: float) -> int:
        for _ in range(int(seconds // 60)):
            context.lived += 60
            context.now += 60_000
            await one.run_if_due()
        return int((store.raw(POINT.id, 0, 2**52).quality == 0).sum())

    return live


@pytest.mark.blocks
@pytest.mark.expects_log
def test_more_than_a_day_goes_only_an_hour_after_it_was_said(tmp_path: Path, context: FakeContext) -> None:
    async def story() -> None:
        with opened(tmp_path / "h", context, 20) as store:
            live = forgetting(context, store)
            assert await live(3000) == 20 * 1440
            (said,) = context.problems
            assert said.code == "history.retention"
            assert "samples" in what(said)
            assert await live(3600) < 5 * 1440
            assert len(context.problems) == 1
            context.problems.clear()
            gone = [await live(86_400) for _ in range(6)]
            assert gone[-1] == 0
            assert not context.problems

    asyncio.run(story())


@pytest.mark.blocks
@pytest.mark.expects_log
def test_by_a_clock_three_years_ahead_nothing_goes_however_long_it_runs(tmp_path: Path, context: FakeContext) -> None:
    async def story() -> None:
        opened(tmp_path / "h", context, 3).close()
        context.now += 3 * 365 * DAY_MS
        with History.open(tmp_path / "h", now_ms=context.now_ms, lived_ms=lambda: int(context.lived * 1000)) as store:
            live = forgetting(context, store)
            assert await live(3 * 86_400) == 3 * 1440
            assert [problem.code for problem in context.problems] == ["history.clock"]

    asyncio.run(story())


@pytest.mark.blocks
@pytest.mark.expects_log
@pytest.mark.parametrize(("years", "left"), [(0, [NOW]), (3, [NOW - 31 * DAY_MS, NOW])])
def test_old_rows_of_the_rules_log_go_within_a_day_and_not_by_a_clock_years_ahead(
    tmp_path: Path, context: FakeContext, years: int, left: list[int]
) -> None:
    async def story() -> None:
        with opened(tmp_path / "h", context, 3) as store:
            rows = tuple(LogRow(at, "rule", "{}") for at in (NOW - 31 * DAY_MS, NOW))
            await asyncio.wrap_future(store.rules.keep(RuleRecord(run_log=rows)))
        context.now += years * 365 * DAY_MS
        with History.open(tmp_path / "h", now_ms=context.now_ms, lived_ms=lambda: int(context.lived * 1000)) as store:
            await forgetting(context, store)(3600)
            assert sorted(row.time_ms for row in store.rules.run_log(0, 2**52, 9)) == left

    asyncio.run(story())


class FailingHistory:
    """A history whose disk is full for the looks that are given."""

    def __init__(self, looks: list[Problem | None]) -> None:
        self.events = SimpleNamespace(retry=lambda: None)
        self._looks = iter(looks)

    @property
    def failing(self) -> Problem | None:
        try:
            return next(self._looks)
        except StopIteration:
            raise asyncio.CancelledError from None


def test_a_write_failure_is_said_once_and_taken_back_when_all_is_written_again(
    context: FakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, later = Problem(code="store.full", where="a"), Problem(code="store.full", where="b")
    changes: list[object] = []
    context.bus = SimpleNamespace(publish=changes.append)  # type: ignore[attr-defined]
    monkeypatch.setattr("app.engine.maintenance.LOOK_S", 0.0)
    monkeypatch.setattr(RetentionSweep, "run_if_due", lambda sweep: asyncio.sleep(0))
    history = FailingHistory([None, full, later, None, None, full, None])
    damage = SimpleNamespace(report_new=lambda: None)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run_maintenance(cast("Any", Closes(context, 9)), cast("Any", history), cast("Any", damage)))
    assert context.problems == [full, full]
    assert changes == [ProblemsSolved((full,)), ProblemsSolved((full,))]


class Closes:
    """A project that is closed after so many looks."""

    def __init__(self, context: Any, looks: int) -> None:
        self.context, self.looks = context, looks

    @property
    def closing(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def test_what_fails_unexpectedly_is_reported_once_and_looked_at_again() -> None:
    lost: list[str] = []
    context = SimpleNamespace(report_unhandled=lambda error, where: lost.append(f"{where}: {error}"))
    looks: list[int] = []

    async def look() -> None:
        looks.append(1)
        if len(looks) in (1, 2, 4):
            raise ZeroDivisionError("by nought")

    asyncio.run(repeat(cast("Any", Closes(context, 5)), look, 0.0, name="expiry"))
    assert (len(looks), lost) == (5, ["expiry: by nought"] * 2)
