"""A signal ends the window between two frames, never in the middle of one."""

from __future__ import annotations

import signal
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from app.stop_signals import handling
from app.view.startup import end_soon
from app.view.window import MainWindow


def test_a_frame_that_a_signal_interrupts_is_finished_before_the_window_ends(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = list[str]()
    monkeypatch.setattr(window, "end", lambda: done.append("ended"))

    def frame(_rows: object) -> None:
        signal.raise_signal(signal.SIGTERM)
        done.append("frame")

    window.feed.slow.connect(frame)
    with handling(partial(end_soon, window)):
        window.feed.slow.emit(window.feed.live.take_dirty())
        qtbot.waitUntil(lambda: "ended" in done, timeout=60_000)
    window.feed.slow.disconnect(frame)
    assert done == ["frame", "ended"]
