"""Engines in the background: started, found, asked to end, killed; each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from app.__main__ import main
from app.cli.framework import window_launch
from app.cli.framework.engine_verbs import verbs_of
from app.server import background_engine
from app.server.background_engine import environment, running, start, stop
from app.settings import Settings
from app.view.startup import WindowEnd
from tests.app.conftest import Desk, rooms_building
from tests.app.server.conftest import OpenDoor
from tests.english import words
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.model.problem import ProblemError
from twin.store.file_lock import FileLock, LockHolder, read_holder
from twin.store.project import Project

TOP = Path(__file__).parents[3]
PATIENCE_TURNS = 1200


def until(holds: Callable[[], object], what: str) -> None:
    """Waits for a condition of another process."""
    pause = threading.Event()
    for _ in range(PATIENCE_TURNS):
        if holds():
            return
        pause.wait(0.1)
    raise AssertionError(f"never: {what}")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Path]:
    """A project with a link of simulated devices; whatever engine it has at the end is ended."""
    path = tmp_path / "my house.oikos"
    with Project.create(path, name="House") as project:
        project.set_building(rooms_building("Kitchen", "Hall"), label=words("Import"), keep={})
        project.add_link(Link(id=LinkId("l"), protocol="simulated", address="simulated://office"))
    yield path
    if (holder := read_holder(path)) is not None and holder.pid != os.getpid():
        os.kill(holder.pid, signal.SIGKILL)


def ended(holder: LockHolder, path: Path) -> Callable[[], bool]:
    """Whether the engine that held the lock has let it go."""
    return lambda: (now := read_holder(path)) is None or (now.pid, now.since_s) != (holder.pid, holder.since_s)


def test_an_engine_outlives_who_started_it_and_is_started_once(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun = subprocess.run(
        [sys.executable, "-m", "app", "run", str(house), "--background", "--json"],
        cwd=house.parent, env=environment(), capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert begun.returncode == 0, begun.stdout + begun.stderr
    holder = running(house)
    assert holder is not None
    assert json.loads(begun.stdout)["pid"] == holder.pid
    assert main(["service", "start", str(house), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["running"], said["pid"], said["installed"]) == (True, holder.pid, False)
    assert main(["bind", str(house), "--suggested", "--json"]) == 0
    assert main(["service", "stop", str(house), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["running"] is False
    assert read_holder(house) is None, "it took its lock with it"
    assert main(["check", str(house), "--json"]) == 0
    assert main(["service", "stop", str(house)]) == 0, "what is ended is ended"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_polite_signal_ends_it_with_everything_written_down(house: Path, home: Path, sign: signal.Signals) -> None:
    holder = start(house)
    os.kill(holder.pid, sign)
    until(ended(holder, house), "its end")
    assert read_holder(house) is None
    assert not [file.name for file in house.parent.glob("*-wal")], "both files are closed"
    assert main(["check", str(house)]) == 0


def test_one_that_is_killed_leaves_a_sound_project_and_can_be_started_again(
    house: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = start(house)
    os.kill(holder.pid, signal.SIGKILL)
    until(lambda: running(house) is None, "a closed door")
    again = start(house)
    assert again.pid != holder.pid
    assert stop(house) is True
    assert stop(house) is False
    assert main(["check", str(house), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sound"] is True


def test_one_that_cannot_open_the_project_says_why(tmp_path: Path, home: Path) -> None:
    with pytest.raises(ProblemError) as refused:
        start(tmp_path / "nowhere.oikos")
    assert [problem.code for problem in refused.value.problems] == ["project.missing"]
    (tmp_path / "broken.oikos").write_bytes(b"SQLite format 3\0 and then nothing")
    with pytest.raises(ProblemError) as refused:
        start(tmp_path / "broken.oikos")
    assert refused.value.problems[0].code.startswith(("project.", "store."))


def test_a_project_that_another_program_holds_without_a_door_is_told_locked(
    house: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_engine, "OTHER_S", 0.0)
    lock = FileLock(house)
    try:
        with pytest.raises(ProblemError) as refused:
            start(house)
        assert [problem.code for problem in refused.value.problems] == ["store.locked"]
    finally:
        lock.release()


def test_the_engine_of_a_window_is_not_ended_from_outside(door: OpenDoor, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "stop", str(door.desk.path), "--json"]) == 1
    assert [problem["code"] for problem in json.loads(capsys.readouterr().out)["problems"]] == ["engine.window"]
    assert running(door.desk.path) is not None


def test_an_engine_that_is_asked_to_end_and_hangs_is_named(
    api: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, other = threading.Event(), api.folder / "other.oikos"
    api.engine.listen(lambda: verbs_of(api.engine, asked.set))
    api.engine.new_project(str(other)).result(60)
    until(lambda: (holder := read_holder(other)) is not None and holder.door, "a door")
    monkeypatch.setattr(background_engine, "STOP_S", 0.0)
    assert main(["service", "stop", str(other), "--json"]) == 1
    assert [problem["code"] for problem in json.loads(capsys.readouterr().out)["problems"]] == ["engine.busy"]
    assert asked.is_set()


def test_a_service_manager_is_told_that_it_is_ready_alive_and_stopping(house: Path, tmp_path: Path) -> None:
    told: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(0.1)
        engine = subprocess.Popen(
            [sys.executable, "-m", "app", "run", str(house), "--json"],
            cwd=TOP, stdout=subprocess.PIPE, text=True,
            env=environment() | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"},
        )  # fmt: skip

        def heard(state: str, times: int = 1) -> Callable[[], bool]:
            def look() -> bool:
                try:
                    told.append(manager.recv(100).decode())
                except TimeoutError:
                    assert engine.poll() is None or told.count(state) >= times, "it ended"
                return told.count(state) >= times

            return look

        until(heard("READY=1"), "ready")
        until(heard("WATCHDOG=1", 3), "signs of life")
        engine.terminate()
        until(heard("STOPPING=1"), "stopping")
        printed, _ = engine.communicate(timeout=400)
    assert "observations" in json.loads(printed)


def test_a_window_that_is_to_go_on_in_the_background_starts_its_engine_and_leaves_it(house: Path, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text('background = "always"\n')
    env = environment() | {"QT_QPA_PLATFORM": "offscreen", "OIKOS_START_MARK": "quit"}
    seen: list[int] = []
    for _ in range(2):
        window = subprocess.run(
            [sys.executable, "-m", "app", str(house)],
            cwd=TOP, env=env, capture_output=True, text=True, timeout=400, check=False,
        )  # fmt: skip
        assert (window.returncode, "first-frame" in window.stdout) == (0, True), window.stderr
        holder = running(house)
        assert holder is not None, "the window is gone, the engine records"
        seen.append(holder.pid)
    assert seen[0] == seen[1], "the second window used the engine of the first"
    assert stop(house) is True


@pytest.mark.parametrize("program", ["run", "import"])
def test_a_window_attaches_to_an_engine_that_is_still_opening_the_project_and_to_nobody_else(
    house: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["oikos", program])
    monkeypatch.setattr(window_launch, "DOOR_S", 0.0)
    lock = FileLock(house)  # its door is not open yet
    try:
        assert window_launch.reached(house, None) == (house if program == "run" else None)
        assert window_launch.opening_path(house, None) == (str(house) if program == "run" else "")
    finally:
        lock.release()
    assert window_launch.reached(house, None) is None


@pytest.mark.parametrize("program", ["run", "import"])
def test_a_window_whose_project_an_engine_takes_just_before_it_attaches_to_that_one(
    house: Path, home: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["oikos", program])
    lock, begun = FileLock(house), Future[None]()  # its door is not open yet
    try:
        with pytest.raises(ProblemError) as locked:
            FileLock(house)
        begun.set_exception(locked.value)
        attached, own = list[Path](), list[object]()
        monkeypatch.setattr(window_launch, "_show_attached", lambda path, *_, **__: attached.append(path))
        monkeypatch.setattr("app.view.startup.run", lambda *_, **__: own.append(0) or WindowEnd("", False, False))
        window_launch._show_own(Settings.load(home), lambda _: begun, draw=False, over=None, named=house)
        assert (attached, len(own)) == (([house], 0) if program == "run" else ([], 1))
    finally:
        lock.release()


@pytest.mark.parametrize("slow", [True, False])
def test_a_window_does_not_wait_for_an_engine_that_takes_long_to_start(
    house: Path, slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_launch, "DOOR_S", 0.0)
    words = "input()" if slow else "raise SystemExit(1)"
    with subprocess.Popen([sys.executable, "-c", words], stdin=subprocess.PIPE) as starting:
        if not slow:
            starting.wait()
        assert window_launch.reached(house, starting) == (house if slow else None)
        starting.kill()


def test_an_engine_of_a_window_hands_its_project_over_to_one_in_the_background(house: Path, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text('background = "always"\n')
    script = (
        "import sys\nfrom pathlib import Path\nfrom app.cli.framework.window_launch import show\n"
        f"sys.exit(show(None, opening=lambda engine: engine.open(Path({str(house)!r}))).exit_code)\n"
    )
    env = environment() | {"QT_QPA_PLATFORM": "offscreen", "OIKOS_START_MARK": "quit"}
    window = subprocess.run(
        [sys.executable, "-c", script], cwd=TOP, env=env, capture_output=True, text=True, timeout=400, check=False
    )
    assert window.returncode == 0, window.stderr
    holder = running(house)
    assert holder is not None
    assert holder.program == "oikos run"
    assert stop(house) is True
