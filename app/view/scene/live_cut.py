"""Cut while it is dragged, and section box: clipping planes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from vtkmodules.vtkRenderingCore import vtkRenderer

from app.view.scene.structure.clip_planes import ClipPlanes, PlaneSet, plane
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.theme import Theme

_QUICK_MS = 14.0
"""Exact cuts that take at most this many milliseconds are repeated while dragging."""


class LiveCut:
    """Call `prepare` before each frame."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._clips = ClipPlanes(renderer)
        self.box: PlaneSet = ()
        """Planes of the section box; everything outside is clipped. Empty shows all."""
        self._sawn: PlaneSet = ()
        self._ending = False
        """Whether the exact cut is being computed on another thread; the clipping plane remains until then."""
        self.exact_ms = _QUICK_MS
        """Duration of the last exact cut in milliseconds."""

    @property
    def is_quick(self) -> bool:
        """Whether exact cuts are fast enough to be made while dragging."""
        return self.exact_ms < _QUICK_MS

    def exact(self, level: StoreyActors, cut: Callable[[], object]) -> None:
        """Cuts a storey exactly by calling `cut`, which may compute the shape on another thread."""
        started = time.perf_counter()
        cut()
        self._ending = level.awaits_shape
        if not self._ending:
            self._sawn = ()
            self.exact_ms = (time.perf_counter() - started) * 1e3

    def coarse(self, level: StoreyActors) -> None:
        """Cuts a storey approximately: draws it whole and clips it by a plane."""
        if not self._sawn or self._ending:
            level.present(StoreyMode.CUT, None)
        self._ending = False
        self._sawn = (plane((0.0, 0.0, level.cut_z + level.lift), (0.0, 0.0, -1.0)),)

    def prepare(self, levels: Sequence[StoreyActors], theme: Theme) -> None:
        """Updates the clipping of the storeys drawn now."""
        if self._ending and not any(level.awaits_shape for level in levels):
            self._sawn, self._ending = (), False
        self._clips.update_clipping(levels, self._sawn, self.box, theme)

    def remove(self) -> None:
        """Removes all clipping before another building is shown."""
        self._clips.remove()
