"""What was a quarter of an hour ago, asked once for each thing that is shown."""

from collections.abc import Sequence
from concurrent.futures import Future

import numpy as np
from PySide6.QtWidgets import QWidget

from app.view.recent_values import BEFORE_MS, RecentValues
from app.view.window import MainWindow
from tests.english import plain
from twin.model.history_series import PastMoment
from twin.model.problem import ProblemError
from twin.model.state import State


class Witness(QWidget):
    """Stands where the 3D view stands."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[State, int]] = []

    def remember(self, state: State, time_ms: int) -> None:
        self.told.append((state, time_ms))


def moments(window: MainWindow, monkeypatch, *, fails: bool = False) -> list[int]:
    """The moments that the engine is asked for; it answers with 19 for every point."""
    asked: list[int] = []

    def moments(times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        (time_ms,) = times_ms
        asked.append(time_ms)
        future: Future[list[PastMoment]] = Future()
        if fails:
            future.set_exception(ProblemError(plain("no", "none", code="x")))
        else:
            points = tuple(window.feed.live.points)
            n = len(points)
            future.set_result(
                [PastMoment(points=points, time_ms=time_ms, value=np.full(n, 19.0), quality=np.zeros(n, np.uint8))]
            )
        return future

    monkeypatch.setattr(window.feed.api, "moments", moments)
    return asked


def test_the_view_hears_once_what_was_and_again_when_something_else_is_shown(
    window: MainWindow, live, monkeypatch
) -> None:
    asked, witness = moments(window, monkeypatch), Witness()
    RecentValues(window.feed, witness)
    for _ in range(3):
        live(window)
    assert asked == [time_ms for _, time_ms in witness.told]
    assert len(asked) == 1
    assert window.feed.now_ms() - BEFORE_MS - 60_000 < asked[0] <= window.feed.now_ms() - BEFORE_MS
    assert (witness.told[0][0].value == 19.0).all()
    window.feed.selection.change(colour_by="humidity")
    for _ in range(3):
        live(window)
    assert len(asked) == 2
    witness.deleteLater()


def test_where_there_is_no_history_nobody_is_bothered(window: MainWindow, live, monkeypatch) -> None:
    asked, witness = moments(window, monkeypatch, fails=True), Witness()
    RecentValues(window.feed, witness)
    problems = len(window.feed.problems)
    for _ in range(3):
        live(window)
    assert len(asked) == 1
    assert not witness.told
    assert len(window.feed.problems) == problems
    witness.deleteLater()
