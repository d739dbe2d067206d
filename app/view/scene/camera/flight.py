"""Animated camera flights and storey transitions, driven by one timer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer

from app.view.scene.camera.camera import CameraPose, smooth

FLIGHT_MS, STOREYS_MS = 520, 380


class CameraFlight(QObject):
    """`fly` and `shift` start or redirect a movement; `land` ends all of them at once."""

    def __init__(self, parent: QObject, stand: Callable[[CameraPose], None], step: Callable[[float], None]) -> None:
        super().__init__(parent)
        self._stand, self._step = stand, step
        self._clock = QElapsedTimer()
        self._clock.start()
        self._way: tuple[CameraPose, CameraPose, int] | None = None
        self._then: Callable[[], None] | None = None
        self._takes_ms = FLIGHT_MS
        self._storeys_since: int | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(16)
        self._timer.timeout.connect(self._tick)

    @property
    def goal(self) -> CameraPose | None:
        """The pose at the end of the current flight; None if the camera is not flying."""
        return self._way[1] if self._way else None

    def fly(
        self, start: CameraPose, end: CameraPose, *, then: Callable[[], None] | None = None, takes_ms: int = FLIGHT_MS
    ) -> None:
        """Starts a flight between two poses; `then` is called on arrival, not on redirection."""
        self._way, self._then, self._takes_ms = (start, end, self._clock.elapsed()), then, takes_ms
        self._timer.start()

    def shift(self) -> None:
        """Starts the movement of storeys to their target places."""
        self._storeys_since = self._clock.elapsed()
        self._timer.start()

    def stop_camera(self) -> None:
        """Cancels the camera flight, because the user takes over."""
        self._way = self._then = None

    def land(self) -> None:
        """Jumps to the end of the camera flight and of the storeys' movement."""
        if self._way:
            end, self._way = self._way[1], None
            self._stand(end)
            self._arrive()
        if self._storeys_since is not None:
            self._storeys_since = None
            self._step(1.0)
        self._timer.stop()

    def _arrive(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _tick(self) -> None:
        now = self._clock.elapsed()
        if self._storeys_since is not None:
            share = (now - self._storeys_since) / STOREYS_MS
            if share >= 1.0:
                self._storeys_since = None
            self._step(min(1.0, share))
        if self._way:
            start, end, since = self._way
            share = (now - since) / self._takes_ms
            if share >= 1.0:
                self._way = None
            self._stand(start.towards(end, smooth(share)) if share < 1.0 else end)
            if share >= 1.0:
                self._arrive()
        if self._way is None and self._storeys_since is None:
            self._timer.stop()
