"""Measures the load of work on the GUI thread: CPU time and stalls of each step until its result is shown."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.api import EngineApi
from app.inbox import Inbox
from app.selection import Selection
from app.settings import Settings
from app.view import startup
from app.view.garbage_collection import GarbageCollection
from app.view.window import MainWindow

BEAT_MS = 4
CALM_BEATS, CALM_S = 120, 0.003
"""A step ends when this many beats in a row cost less than this many seconds and nothing is pending."""
LIMIT_S = 60.0

IDLE = "idle"
"""Name of steps that do nothing: they measure the idle load, which grows with the number of devices."""

type LoadStep = tuple[str, Callable[[], Future[Any]]]
"""The name of a step, and the function that begins it."""


@dataclass(slots=True)
class Load:
    """Load of the event loop over a period: CPU seconds of the GUI thread; `late_s` and `wall_s` are wall clock.
    Other programs cannot lengthen the CPU seconds."""

    cpu_s: float = 0.0
    longest_s: float = 0.0
    """The longest CPU time between two heartbeats, in seconds."""
    late_s: float = 0.0
    wall_s: float = 0.0
    busy_s: float = 0.0
    """CPU seconds above idle load: for each beat costlier than any idle beat, its excess over the idle median."""


class Heartbeat(QObject):
    """A timer on the GUI thread that measures the CPU and wall time between its beats."""

    beaten = Signal(float)
    """CPU seconds since the previous beat."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.load = Load()
        self._cpu_s, self._clock_s = time.thread_time(), time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)

    def begin(self) -> Load:
        """Starts a new measurement and returns the previous one."""
        ended, self.load = self.load, Load()
        return ended

    def _beat(self) -> None:
        cpu_s, clock_s = time.thread_time(), time.perf_counter()
        spent_s, passed_s = cpu_s - self._cpu_s, clock_s - self._clock_s
        self._cpu_s, self._clock_s = cpu_s, clock_s
        load = self.load
        load.cpu_s += spent_s
        load.wall_s += passed_s
        load.longest_s = max(load.longest_s, spent_s)
        load.late_s = max(load.late_s, passed_s - BEAT_MS / 1000)
        self.beaten.emit(spent_s)


class Player(QObject):
    """Begins each step after the previous one is shown; `found` holds each step's load. The first step must be IDLE."""

    finished = Signal()

    def __init__(self, window: MainWindow, steps: Iterator[LoadStep]) -> None:
        super().__init__(window)
        self.found: list[tuple[str, dict[str, float]]] = []
        self.heartbeat = Heartbeat(self)
        self.heartbeat.beaten.connect(self._beat)
        self._window, self._steps = window, steps
        self._name, self._job = "", Future[Any]()
        self._job.set_result(None)  # the first thing to wait for is the window itself
        self._calm, self._begun_s = 0, time.monotonic()
        self._idle: list[float] = []
        self._usual_s = self._most_s = 0.0
        """Median and maximum CPU seconds of the idle beats."""
        self._busy_s = 0.0

    def _beat(self, spent_s: float) -> None:
        if self._name == IDLE:
            self._idle.append(spent_s)
        elif spent_s > self._most_s:
            self._busy_s += spent_s - self._usual_s
        self._calm = self._calm + 1 if spent_s < CALM_S and self._window.feed.is_quiet() else 0
        late = time.monotonic() - self._begun_s > LIMIT_S
        if late or (self._job.done() and self._calm >= CALM_BEATS and self._window.is_filled()):
            self._next()

    def _next(self) -> None:
        load = self.heartbeat.begin()
        if self._name:
            self._job.result(0)
            if self._name == IDLE:
                self._usual_s, self._most_s = statistics.median(self._idle), max(self._idle)
            load.busy_s = self._busy_s
            self.found.append((self._name, asdict(load)))
        step = next(self._steps, None)
        if step is None:
            self.heartbeat.beaten.disconnect(self._beat)
            self.finished.emit()
            return
        self._name, begin = step
        self._idle, self._busy_s = [], 0.0
        self._calm, self._begun_s = 0, time.monotonic()
        self._job = begin()


def played(
    api: EngineApi, inbox: Inbox, settings: Settings, steps: Iterator[LoadStep]
) -> list[tuple[str, dict[str, float]]]:
    """Runs the steps in a new window and returns the load of each; must run on the main thread."""
    app = startup.application()
    startup.apply_appearance(app, settings)
    window = startup.build(api, inbox, Selection(), settings, opening=True)
    window.show()
    app.processEvents()
    startup.attach_scene(window)
    GarbageCollection(window).begin()
    player = Player(window, steps)
    player.finished.connect(app.quit)
    app.exec()
    window.close()
    window.deleteLater()
    startup.delete_closed_widgets(app)
    return player.found
