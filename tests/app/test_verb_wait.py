"""A window's engine waits for the verb that has its project open, and says so; engines and windows are not waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from app.cli.framework import project_race, window_launch
from app.cli.framework.project_race import ends_soon, is_taken_before
from app.engine.engine import Engine
from app.engine.verb_wait import JOB
from twin.model.change import Change, Progress, ProjectOpened, ProjectOpenFailed
from twin.model.problem import ProblemError
from twin.store import lock_wait
from twin.store.file_lock import FileLock
from twin.store.project import Project

type Hold = Callable[[str], FileLock]
LONG_S = 600.0


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.oikos"
    Project.create(path, name="House").close()
    return path


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    one = Engine(tmp_path / "home")
    one.start()
    one.wait_for_verbs(ends_soon, LONG_S)
    yield one
    one.stop()


def until_it_waits(engine: Engine, opening: Future[None]) -> Progress:
    """The first progress of the wait."""
    pause, end = threading.Event(), time.monotonic() + 60
    while time.monotonic() < end and not opening.done():
        for change in engine.inbox.drain()[1]:
            if isinstance(change, Progress) and change.job == JOB:
                return change
        pause.wait(0.01)
    pytest.fail(f"it does not wait: {opening}")


def rest_of(engine: Engine) -> list[Change]:
    return engine.inbox.drain()[1]


def test_the_project_opens_once_the_verb_has_ended_and_until_then_it_is_named(
    engine: Engine, house: Path, held: Hold
) -> None:
    verb = held("set")
    opening = engine.open(house)
    waits = until_it_waits(engine, opening)
    assert waits.title is not None
    assert waits.title.code == "job.verb"
    assert "oikos set" in str(waits.title)
    assert not opening.done()
    verb.release()
    opening.result(60)
    changes = rest_of(engine)
    assert [one.done for one in changes if isinstance(one, Progress) and one.job == JOB][-1] is True
    assert any(isinstance(one, ProjectOpened) for one in changes)
    assert not any(isinstance(one, ProjectOpenFailed) for one in changes)


def test_who_gives_up_is_told_who_has_the_project_and_may_try_again(engine: Engine, house: Path, held: Hold) -> None:
    verb = held("set")
    opening = engine.open_project(str(house))
    until_it_waits(engine, opening)
    engine.cancel(JOB)
    with pytest.raises(ProblemError, match="locked"):
        opening.result(60)
    assert any(isinstance(one, ProjectOpenFailed) for one in rest_of(engine))
    verb.release()
    engine.open_again().result(60)


def test_a_window_that_closes_meanwhile_does_not_wait_any_longer(engine: Engine, house: Path, held: Hold) -> None:
    held("set")
    opening = engine.open(house)
    until_it_waits(engine, opening)
    assert engine.stop() == ()


def test_a_verb_that_does_not_end_is_not_waited_for_any_longer(engine: Engine, house: Path, held: Hold) -> None:
    held("pair")
    engine.wait_for_verbs(ends_soon, 0.0)
    with pytest.raises(ProblemError, match="locked"):
        engine.open(house).result(60)


def test_the_name_of_a_verb_that_was_killed_does_not_keep_it_from_opening(
    engine: Engine, house: Path, held: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number may be that of another process by now, here of this one."""
    monkeypatch.setattr(lock_wait, "TRY_S", 0.0)
    verb = held("set")
    opening = engine.open(house)
    left = verb.path.read_bytes()
    until_it_waits(engine, opening)
    verb.release()
    verb.path.write_bytes(left)
    opening.result(60)


@pytest.mark.parametrize("words", ["", "run", "house.oikos"])
def test_engines_and_windows_are_not_waited_for(engine: Engine, house: Path, held: Hold, words: str) -> None:
    held(words)
    with pytest.raises(ProblemError, match="locked"):
        engine.open(house).result(60)
    assert not [one for one in rest_of(engine) if isinstance(one, Progress)]


def test_the_window_is_shown_at_once_and_waits_itself(house: Path, held: Hold, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = held("set")
    lock.path.write_text(lock.path.read_text().replace('"pid": ', '"pid": 1, "ours": '))
    monkeypatch.setattr(window_launch, "DOOR_S", LONG_S)
    monkeypatch.setattr(project_race, "LOCK_S", LONG_S)
    assert window_launch.reached(house, None) is None
    assert is_taken_before(house, Future[None]()) is False
