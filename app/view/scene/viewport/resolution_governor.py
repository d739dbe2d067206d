"""Adapts the render resolution: coarse while moving, fine at rest, frames bounded in time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.view.scene.viewport.surface import RenderSurface

BUDGET_MS = 33.0
"""Maximum duration of a moving frame in milliseconds."""
LONGEST_MS = 60.0
"""Maximum duration in milliseconds of a frame at rest: with what is painted over it, input waits less than 100 ms."""
IDLE_MS = 180
_THINK_MS, _REFRESH_MS, _STEP_MS = 120, 350, 40.0
_COARSEST, _FINEST = 0.35, 2.0
_REST_SHARE, _LONGEST_PAUSE_MS = 6, 3000.0
MOST_OPTIONAL = 150_000
"""Triangles of optional parts in a moving frame without a GPU: they take half of BUDGET_MS at any resolution."""
_SHARP, _SOON_MS = 0.8, 250.0
"""A picture at rest that is coarser than `_SHARP` becomes sharp before it becomes fine, unless that takes `_SOON_MS`."""
_HEAVY_MS, _ANIMATED_MS = 90.0, 400
_CHEAP_MS = 8.0
"""If the finest picture takes at most this long (ms), every change is rendered at that resolution."""


class ResolutionGovernor(QObject):
    """Controls the surface's resolution. Double resolution looks better than FXAA and, without a GPU, costs little
    more.
    """

    def __init__(self, surface: RenderSurface) -> None:
        super().__init__(surface.widget())
        self._surface = surface
        self.moving = False
        self.scale = 1.0
        self.sparing = False
        """Whether optional parts are left out while moving, because even the coarsest picture with them is too slow."""
        self.refining = False
        """Whether a fine picture is being rendered in steps; movements would tear it."""
        self._per_pixel_ms = surface.pixel_ms
        self._is_measured = False
        self._stale = False
        """Whether the picture changed while a fine one was being rendered."""
        self._finished_ms = -math.inf
        self._resting_ms = 0.0
        """Duration of the last frame at rest, with all parts."""
        self._idle = self._timer(IDLE_MS, self.rest)
        self._refining = self._timer(_THINK_MS, self._refine)
        surface.painted.connect(self._after)
        surface.refined.connect(self._done)

    def touch(self) -> None:
        """Requests a frame for a movement, coarse if necessary, and a fine one after it ends."""
        if not self.moving:
            self.moving, self._stale = True, False
            self._refining.stop()
            self._surface.resolution = self.scale = self._affordable(BUDGET_MS, 1.0)
        self._idle.start()
        self._surface.request()

    def change(self) -> None:
        """Requests a frame for a change that is seen at once though nothing moves, such as a theme: as fine as the time
        allows, and then finer. While something moves, it is part of that movement.
        """
        if self.moving:
            self.touch()
        else:
            self.rest()

    def animate(self) -> None:
        """Requests a frame of an animation while the camera stands: lamps, doors and blinds move in a picture that keeps all
        its parts, unless that takes too long.
        """
        if self.moving or self._resting_ms > _HEAVY_MS:
            self.touch()
            return
        self.rest()
        if self._refining.isActive():
            self._refining.start(_ANIMATED_MS)  # after the last frame

    def weigh(self, triangles: int) -> None:
        """Leaves the optional parts, of so many triangles, out of a movement from its first frame on if they are too many
        for this surface; call before each frame. Fewer pixels would not make them faster.
        """
        if self.moving and triangles > MOST_OPTIONAL and self.cost_ms(_FINEST) > LONGEST_MS:
            self.sparing = True

    def resize(self) -> None:
        """Requests a frame of another size as `touch` does, its resolution chosen anew: of the size at rest, as fine as many
        turns could make it, it would take long."""
        self.moving = False
        self.touch()

    def refresh(self) -> None:
        """Requests one more fine frame after a change without movement, not before the last one is finished.

        The current picture stays until then: a coarse one in between would flicker, and a new request at each report of
        thousands of devices would postpone the fine one for ever.
        """
        if self.moving or 0 < self.cost_ms(_FINEST) <= _CHEAP_MS:
            self._surface.request()
        elif self.refining:
            self._stale = True
        elif not self._refining.isActive():
            self._refining.start(round(self._pause_ms()))

    def rest(self) -> None:
        """Ends a movement: renders as finely as the time allows, then finer step by step."""
        self._idle.stop()
        spared = self.sparing  # the frames measured lacked the parts that come back now
        self.moving = self.sparing = False
        is_cheap = not spared and self.cost_ms(_FINEST) <= LONGEST_MS
        coarser = self._affordable(BUDGET_MS if spared else LONGEST_MS, 1.0)
        self._surface.resolution = _FINEST if is_cheap else coarser
        if self._surface.resolution < _FINEST:
            self._refining.start(_THINK_MS)
        self._surface.request()

    def finest(self) -> None:
        """Renders the finest picture regardless of duration, for pictures to be saved."""
        self._idle.stop()
        self._refining.stop()
        self.moving = self.sparing = False
        self._surface.resolution = _FINEST

    def cost_ms(self, resolution: float) -> float:
        """Expected milliseconds of a frame at this resolution, estimated from the last frames."""
        width, height = self._surface.device_size()
        return self._per_pixel_ms * width * height * resolution**2

    def _affordable(self, budget_ms: float, most: float) -> float:
        full = self.cost_ms(1.0)
        if full <= 0:
            return most
        return min(most, max(_COARSEST, round(math.sqrt(budget_ms / full) * 20) / 20))

    def _refine(self) -> None:
        """Renders a finer picture: of one that is coarse and takes long to be fine, first a sharp one."""
        if not self.moving:
            self.refining = True
            fine = self._surface.resolution >= _SHARP or self.cost_ms(_FINEST) <= _SOON_MS
            factor = _FINEST if fine else 1.0
            self._surface.refine(factor, math.ceil(self.cost_ms(factor) / _STEP_MS))

    def _pause_ms(self) -> float:
        """Delay until the next fine picture, which limits them to one part in REST_SHARE of the time."""
        since = time.monotonic() * 1e3 - self._finished_ms
        return max(_REFRESH_MS, min(_LONGEST_PAUSE_MS, self.cost_ms(_FINEST) * (_REST_SHARE - 1) - since))

    def _done(self) -> None:
        self.refining, self._finished_ms = False, time.monotonic() * 1e3
        stale, self._stale = self._stale, False
        if self._surface.resolution < _FINEST:
            self._refining.start(0)  # it shows what changed meanwhile, too
        elif stale:
            self.refresh()

    def _after(self, took_ms: float) -> None:
        self.refining = False
        width, height = self._surface.device_size()
        drawn = max(1.0, width * height * self._surface.resolution**2)
        seen = took_ms / drawn
        self._per_pixel_ms = 0.6 * self._per_pixel_ms + 0.4 * seen if self._is_measured else seen
        self._is_measured = True
        if not self.moving:
            self._resting_ms = took_ms
            return
        self.sparing = self.sparing or (self.scale <= _COARSEST and took_ms > LONGEST_MS)
        want = min(1.0, max(_COARSEST, self.scale * math.sqrt(BUDGET_MS / max(took_ms, 1.0))))
        if want < self.scale * 0.85 or want > self.scale * 1.2:
            self.scale = round(want * 20) / 20
            self._surface.resolution = self.scale

    def _timer(self, milliseconds: int, then: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(milliseconds)
        made.timeout.connect(then)
        return made
