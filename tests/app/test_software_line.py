"""`oikos software --install` goes on until the update has ended, or says that it did not."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, cast

import pytest

from app.cli import software
from app.engine.engine import Engine
from tests.twin.store.worlds import device
from twin.model.device_sharing import DeviceSoftware, SoftwareState, UpdatePhase
from twin.model.problem import Problem
from twin.model.text import Text

LAMP = device("lamp", "on_off")
OLD = SoftwareState(installed="1", newer="2", phase=UpdatePhase.AVAILABLE)
BUSY = SoftwareState(installed="1", newer="2", phase=UpdatePhase.UPDATING, percent=5.0)
NEW = SoftwareState(installed="2", phase=UpdatePhase.IDLE)
WHY = Text("update.failed", why=Text("update.untold"))
BROKEN = SoftwareState(installed="1", newer="2", phase=UpdatePhase.AVAILABLE, stage=WHY)

type Follow = Callable[..., tuple[Problem, ...]]


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Follow:
    """Follows an update whose states are told every quarter of a second, the last one for ever."""
    clock = Clock()
    monkeypatch.setattr(software, "time", clock)
    monkeypatch.setattr(software, "_PAUSE", clock)

    def run(*states: SoftwareState) -> tuple[Problem, ...]:
        told = list(states)

        class Told:
            def software_states(self) -> Future[Any]:
                found: Future[Any] = Future()
                state = told.pop(0) if len(told) > 1 else told[0]
                found.set_result((DeviceSoftware(device=LAMP.id, state=state),))
                return found

        return software._followed(cast("Engine", Told()), LAMP, OLD, as_json=False)

    return run


def test_a_bridge_that_still_reads_is_waited_for(follow: Follow, capsys: pytest.CaptureFixture[str]) -> None:
    assert follow(*[OLD] * 100, *[BUSY] * 20, NEW) == ()
    assert "5.0" in capsys.readouterr().out


def test_an_update_that_does_not_begin_within_two_minutes_is_a_problem(follow: Follow) -> None:
    assert [one.code for one in follow(OLD)] == ["update.no_answer"]


def test_a_device_that_begins_by_itself_is_waited_for_as_long_as_the_offer_stands(follow: Follow) -> None:
    waits = SoftwareState(installed="1", newer="2", phase=UpdatePhase.SCHEDULED)
    assert follow(*[waits] * 4 * 600, *[BUSY] * 20, NEW) == ()
    assert [one.code for one in follow(waits)] == ["update.no_answer"]


def test_an_update_that_was_too_quick_to_be_seen_is_over(follow: Follow) -> None:
    assert follow(OLD, NEW) == ()


@pytest.mark.parametrize("states", [(OLD, BROKEN), (BUSY, BROKEN)])
def test_an_update_that_failed_is_a_problem(follow: Follow, states: tuple[SoftwareState, ...]) -> None:
    assert [one.code for one in follow(*states)] == ["update.broken"]
