"""A view whose work on another thread the test does, when it says so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import house
import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app.selection import Selection
from app.view.scene.view import TwinView
from app.view.screenshot import wait_until
from twin.model.ids import StoreyId

SIZE = (480, 300)


class Elsewhere:
    """Another thread for what a view must not wait for; the test says when its answers arrive."""

    def __init__(self) -> None:
        self.asked: list[tuple[Callable[[], Any], Callable[[Any], None], Callable[[], None]]] = []

    def __call__(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[], None]) -> None:
        self.asked.append((work, done, failed))

    def answer(self) -> None:
        """The oldest that was asked for is made on another thread and arrives."""
        work, done, _ = self.asked.pop(0)
        made: list[Any] = []
        thread = threading.Thread(target=lambda: made.append(work()))
        thread.start()
        thread.join()
        done(made[0])

    def answer_building(self, view: TwinView) -> None:
        """What is asked for arrives, up to the shapes of the newest building."""
        while view.loader._asked is not None:  # pyright: ignore[reportPrivateUsage]
            self.answer()

    def settle(self, view: TwinView) -> None:
        """All that is asked for arrives, and all of it is drawn."""
        assert wait_until(lambda: self.answered() and not view.loader.busy)

    def answered(self) -> bool:
        """All that is asked for has arrived."""
        while self.asked:
            self.answer()
        return True


def made_view(compute: Elsewhere | None) -> TwinView:
    selection = Selection()
    selection.change(storey=StoreyId("ground"))
    made = TwinView(selection, kind="image")
    made.resize(*SIZE)
    if compute is not None:
        made.set_compute(compute)
    twin = house.house_twin()
    made.set_twin(twin)
    state = house.house_state(twin)
    made.apply(state, np.arange(len(state)))
    made.show()
    return made


def gone(view: TwinView) -> None:
    view.release()
    view.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
