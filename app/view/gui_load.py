"""What work costs the GUI thread: plays steps in a real window and counts CPU time and stalls until each has been shown."""

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
"""An edit has been shown when so many beats in a row cost less than this, and nothing is awaited."""
LIMIT_S = 60.0

IDLE = "idle"
"""The name of steps that do nothing: from then on they say what idling costs, which is more with more devices."""

type LoadStep = tuple[str, Callable[[], Future[Any]]]
"""The name of a piece of work, and what begins it."""


@dataclass(slots=True)
class Load:
    """A stretch of the event loop's time. CPU seconds of the GUI thread, which other programs cannot lengthen; `late_s`
    and `wall_s` are by the clock."""

    cpu_s: float = 0.0
    longest_s: float = 0.0
    """The most between two heartbeats: nothing else had its turn meanwhile."""
    late_s: float = 0.0
    wall_s: float = 0.0
    busy_s: float = 0.0
    """What stands out of what the same window costs while nothing happens: of each beat that costs more than any
    idle one, what it costs more than the usual idle one."""


class Heartbeat(QObject):
    """A timer on the GUI thread that adds up what passes between its beats."""

    beaten = Signal(float)
    """CPU seconds since the last beat."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.load = Load()
        self._cpu_s, self._clock_s = time.thread_time(), time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)

    def begin(self) -> Load:
        """Starts a new stretch; the one that ended."""
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
    """Begins each step when the one before has been shown; `found` holds what each cost. The first step must be IDLE."""

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
        """Of the idle beats: the median, and the most."""
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
    """Plays the steps in a window of its own; what each cost. Must run on the process's main thread."""
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
