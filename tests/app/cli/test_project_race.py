"""`oikos run` while other programs have its project open: verbs are waited for, engines and windows are not."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import override

import pytest

from app.__main__ import main
from app.cli.framework import project_race
from app.cli.framework.project_race import ends_soon, wait_for_lock, wait_for_verb
from twin.store import lock_wait
from twin.store.file_lock import FileLock, LockHolder
from twin.store.lock_wait import LockWait
from twin.store.project import Project


class Terminal(io.StringIO):
    """Standard error; the first line written to it makes `then` happen."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self._then = then

    @override
    def write(self, text: str) -> int:
        self._then()
        return super().write(text)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "home"))
    path = tmp_path / "house.oikos"
    Project.create(path, name="House").close()
    return path


def waiting(house: Path) -> LockWait:
    """A wait of ten minutes."""
    return LockWait(house, ends_soon, time.monotonic() + 600)


def killed(lock: FileLock) -> None:
    """Ends the lock as the end of its process does: what it wrote stays."""
    left = lock.path.read_bytes()
    lock.release()
    lock.path.write_bytes(left)


def ran(house: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The codes of the problems of a short run."""
    main(["run", str(house), "--for", "0", "--json"])
    return [problem["code"] for problem in json.loads(capsys.readouterr().out)["problems"]]


def test_a_run_waits_for_the_verb_that_has_the_project_open_and_says_so(
    house: Path,
    held: Callable[[str], FileLock],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    verb = held("set")
    terminal = Terminal(verb.release)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert ran(house, capsys) == []
    assert terminal.getvalue().count("Waiting for oikos set, process ") == 1


def test_the_name_of_a_verb_that_was_killed_is_not_waited_for(
    house: Path, held: Callable[[str], FileLock], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its number may be that of another process by now, here of this one."""
    killed(held("set"))
    wait_for_lock(house, threading.Event())
    assert capsys.readouterr().err == ""


def test_a_verb_that_is_killed_while_it_is_waited_for_is_named_once(
    house: Path,
    held: Callable[[str], FileLock],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    verb, tries = held("set"), list[str]()
    monkeypatch.setattr(lock_wait, "TRY_S", 0.0)
    read = lock_wait.read_holder

    def read_again(path: Path) -> LockHolder | None:
        tries.append("")
        if len(tries) == 6:
            killed(verb)
        return read(path)

    monkeypatch.setattr(lock_wait, "read_holder", read_again)
    wait_for_lock(house, threading.Event())
    assert len(tries) >= 6
    assert capsys.readouterr().err.count("Waiting for oikos set, process ") == 1


def test_ctrl_c_ends_the_wait(
    house: Path,
    held: Callable[[str], FileLock],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    held("set")
    monkeypatch.setattr(sys, "stderr", Terminal(lambda: os.kill(os.getpid(), signal.SIGINT)))
    assert ran(house, capsys) == ["oikos.interrupted"]


def test_a_verb_that_does_not_end_is_not_waited_for_any_longer(
    house: Path,
    held: Callable[[str], FileLock],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    held("pair")
    monkeypatch.setattr(project_race, "VERB_S", 0.0)
    assert ran(house, capsys) == ["store.locked"]


@pytest.mark.parametrize("words", ["", "run", "serve", "demo", "open", "house", "house.oikos"])
def test_engines_and_windows_are_not_waited_for(
    house: Path, held: Callable[[str], FileLock], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    held(words)
    assert wait_for_verb(waiting(house), threading.Event(), set()) is False
    assert capsys.readouterr().err == ""


def test_a_verb_with_a_door_is_an_engine_and_one_of_another_computer_may_have_ended_long_ago(
    house: Path, held: Callable[[str], FileLock]
) -> None:
    lock = held("set")
    lock.announce({"protocol": 2})
    assert wait_for_verb(waiting(house), threading.Event(), set()) is False
    lock.announce({})
    lock.path.write_text(lock.path.read_text().replace('"host": "', '"host": "attic-'))
    assert wait_for_verb(waiting(house), threading.Event(), set()) is False
