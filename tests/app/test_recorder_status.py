"""`info` and `get` say since when nobody records, instead of that all is well; a window that is ended politely ends well."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.__main__ import main
from app.engine.recorder_status import RecorderStatus, outdated, status
from app.i18n import sentence
from app.stop_signals import handling
from twin.store.file_lock import lock_file
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.project import Project

TOP = Path(__file__).parents[2]
NOW = 1_796_000_000_000


def test_a_recorder_is_running_stopped_or_crashed(tmp_path: Path) -> None:
    now = [NOW]
    with History.open(tmp_path / "h", now_ms=lambda: now[0], lived_ms=None) as store:
        assert (running := status(store, NOW + 5_000)) is not None
        crashed = status(store, NOW + 71 * 60_000)
    assert sentence(running.text) == "recording"
    assert crashed is not None
    assert (sentence(crashed.text), crashed.stopped, crashed.crashed) == ("recorder crashed 71 min ago", True, True)
    with History.open(tmp_path / "h", readonly=True) as store:
        ended = status(store, NOW + 3 * 86_400_000)
    assert ended is not None
    assert sentence(ended.text) == "recorder stopped 3 d ago"
    assert status(None, NOW) is None


def test_nothing_is_good_or_online_when_nobody_recorded_since() -> None:
    rows: list[dict[str, object]] = [{"online": True}, {"online": False}, {"quality": "good"}, {"quality": "offline"}]
    outdated(rows)
    assert rows == [{"online": None}, {"online": False}, {"quality": "stale"}, {"quality": "offline"}]
    assert not RecorderStatus(NOW, 30_000).stopped


@pytest.mark.skipif(not hasattr(signal, "SIGTERM") or sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_whatever_asks_a_process_to_end_is_heard_and_the_handler_before_comes_back(number: str) -> None:
    asked, wanted = threading.Event(), getattr(signal, number)
    before = signal.getsignal(wanted)
    with handling(asked.set):
        os.kill(os.getpid(), wanted)
        asked.wait(60)
    assert asked.is_set()
    assert signal.getsignal(wanted) is before


@pytest.mark.blocks
@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("after_s", [0.0, 3.0])
def test_a_window_that_is_told_to_end_leaves_a_closed_history(tmp_path: Path, after_s: float) -> None:
    project = tmp_path / "p.oikos"
    env = os.environ | {"OIKOS_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(TOP)}
    subprocess.run([sys.executable, "-m", "app", "new", str(project)], check=True, env=env, cwd=TOP, timeout=400)
    env["OIKOS_START_MARK"] = "1"
    with subprocess.Popen([sys.executable, "-m", "app", str(project)], env=env, cwd=TOP) as child:
        history = project.with_suffix(".oikos-history")
        pause = threading.Event()
        while not (history.exists() and _sessions(history)):
            assert child.poll() is None
            pause.wait(0.02)
        pause.wait(after_s)
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
    ((ended,),) = _sessions(history)
    assert ended is not None


def _sessions(path: Path) -> list[tuple[int | None]]:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return db.execute("select ended from session").fetchall()
    except sqlite3.Error:
        return []
    finally:
        db.close()


RECORDS = "import sys, pathlib; from twin.store.history import History; store = History.open(pathlib.Path(sys.argv[1])); print('open', flush=True); input()"


@pytest.mark.blocks
@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_right_after_a_kill_nobody_records_although_the_timestamp_is_fresh(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "p.oikos"
    Project.create(project).close()
    with subprocess.Popen(
        [sys.executable, "-c", RECORDS, str(history_file(project))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=TOP, text=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        during = _told(project, capsys)
        child.kill()
        child.wait()
    after = _told(project, capsys)
    lock_file(history_file(project)).unlink()  # a verb had the history since, and went
    assert (during["recording"], during["crashed"]) == (True, False)
    assert [one["recording"] for one in (after, _told(project, capsys))] == [False, False]
    assert after["crashed"]


def _told(project: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found = list[dict[str, object]]()
    for verb in ("get", "info"):
        assert main([verb, str(project), "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["recorder"])
    assert found[0]["recording"] == found[1]["recording"]
    return found[0]
