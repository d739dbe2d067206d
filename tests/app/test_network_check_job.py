"""The engine's network check: it tells its progress, ends when it is cancelled, and needs no project."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine import network_checking
from app.engine.engine import Engine
from app.inbox import Inbox
from twin.model.change import Progress
from twin.model.network_check import JOB, CheckVerdict, NetworkFinding
from twin.model.problem import ProblemError
from twin.model.text import Text

FOUND = (NetworkFinding(verdict=CheckVerdict.PASS, evidence=Text("network.clock.kept")),)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(tmp_path, inbox=Inbox())
    made.start()
    yield made
    made.stop()


def test_a_check_ends_with_its_findings_and_its_progress_is_done(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(now_ms: int, built_ms: int) -> tuple[NetworkFinding, ...]:
        return FOUND

    monkeypatch.setattr("devices.network_check.check.check_network", found)
    assert engine.check_network().result(60) == FOUND
    told = [change for change in engine.inbox.drain()[1] if isinstance(change, Progress)]
    assert told[0].job == JOB
    assert [one.done for one in told][-1]


def test_a_check_that_is_cancelled_ends_with_that_problem(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    async def endless(now_ms: int, built_ms: int) -> tuple[NetworkFinding, ...]:
        engine.cancel(JOB)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("probes")
        return FOUND

    monkeypatch.setattr("devices.network_check.check.check_network", endless)
    with pytest.raises(ProblemError) as refused:
        engine.check_network().result(60)
    assert refused.value.problems[0].code == "network.check_cancelled"
    assert ended == ["probes"]


def test_a_check_that_takes_too_long_is_given_up(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(now_ms: int, built_ms: int) -> tuple[NetworkFinding, ...]:
        await asyncio.Event().wait()
        return FOUND

    monkeypatch.setattr("devices.network_check.check.check_network", endless)
    monkeypatch.setattr(network_checking, "LONGEST_S", 0.05)
    with pytest.raises(ProblemError) as refused:
        engine.check_network().result(60)
    assert refused.value.problems[0].code == "network.check_too_long"
