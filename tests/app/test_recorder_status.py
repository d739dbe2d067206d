"""`info` and `get` say since when nobody records, instead of that all is well; a window that is ended politely ends well."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.engine.recorder_status import RecorderStatus, outdated, status
from app.i18n import sentence
from app.stop_signals import handling
from twin.store.history import History

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
