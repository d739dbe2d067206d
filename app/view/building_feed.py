"""Fetches the mesh of the open project's building for the 3D view when its shape changes; reports slow progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QObject

from app.view.feed import Feed
from app.view.scene_widget import SceneWidget
from twin.light.model import StoreyModel
from twin.light.storey_light import StoreyLight
from twin.model.change import Progress
from twin.model.ids import StoreyId
from twin.model.mesh import Mesh
from twin.model.problem import Problem
from twin.model.text import Text
from twin.model.twin import Twin

JOB = "drawing"
FINE_LIGHT_JOB = "fine_light"
"""The job that bakes light of print quality (app.light_baking)."""
QUIET_S = 0.3
"""Drawing that is finished within this many seconds shows no progress."""


class BuildingView(Protocol):
    """The methods of the 3D view that load a building (app.view.scene.view.TwinView)."""

    def as_widget(self) -> SceneWidget: ...

    def set_mesh(self, mesh: Mesh | None) -> None: ...
    def set_compute(self, compute: Callable[..., None]) -> None: ...
    def set_light_baker(self, bake: Callable[..., None]) -> None: ...
    def stop_fine_picture(self) -> bool: ...


def compute_on_pool(
    feed: Feed, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[], None]
) -> None:
    """Runs `work` on the engine's thread pool; calls `done` with its result in a turn of its own on the GUI thread."""

    def take(made: Any) -> None:  # noqa: ANN401 - whatever the work makes
        feed.turns.add(partial(done, made))

    def fail(problem: Problem) -> None:
        feed.raise_problem(problem)
        failed()

    feed.when(feed.api.compute(work), take, fail)


class BuildingFeed(QObject):
    """Fetches one mesh at a time; edits that change names only fetch none."""

    def __init__(self, feed: Feed, *, entered: Callable[[], None], filled: Callable[[], None]) -> None:
        """`entered`: called when the first part, or no building, is shown; `filled`: called when all of it is."""
        super().__init__()
        self._feed, self._say_entered, self._say_filled = feed, entered, filled
        self._view: BuildingView | None = None
        self._drawn: Twin | None = None
        """The structure whose mesh was requested last; None after `forget`."""
        self._asked: Twin | None = None
        """The very snapshot whose mesh was requested last."""
        self._ahead: tuple[Twin, Future[Mesh | None]] | None = None
        """A mesh that was requested before the view was there, and its structure."""
        self.is_there = self.is_whole = False
        """Whether a part, or all, of the mesh requested last is in the 3D view."""
        self._begun_s = 0.0
        feed.project_left.connect(self._stop_fine_picture)

    def attach(self, view: BuildingView) -> None:
        """Connects the 3D view and gives it access to the engine's thread pool and light baker."""
        self._view = view
        view.set_compute(partial(compute_on_pool, self._feed))
        view.set_light_baker(self._bake)
        view.as_widget().entered.connect(self._entered)
        view.as_widget().built.connect(self._built)
        view.as_widget().progressed.connect(self._progressed)

    @property
    def is_asked(self) -> bool:
        """Whether a mesh was requested since `forget`."""
        return self._drawn is not None

    def forget(self) -> None:
        """Makes the next `follow` fetch the mesh even if the shape is the same: another project is opened."""
        self._drawn = None

    def fetch_ahead(self) -> tuple[Twin, Future[Mesh | None]] | None:
        """Requests the mesh of the open project before the view is there, for the first `fetch`; returns it and its
        structure, or None if no building is open yet."""
        twin = self._feed.api.twin
        self._ahead = (twin, self._feed.api.mesh()) if twin.storeys else None
        return self._ahead

    def follow(self, twin: Twin) -> bool:
        """Fetches the mesh if the shape of `twin` differs from the drawn one; returns whether it did."""
        if twin is self._asked:  # read by the window before it heard that the project was opened
            self._drawn = twin
        if self._drawn is not None and twin.has_shape_of(self._drawn):
            return False
        self.fetch()
        return True

    def fetch(self) -> None:
        """Requests the mesh of the feed's structure and passes it to the 3D view."""
        self._drawn = self._asked = self._feed.twin
        self.is_whole = False
        ahead, self._ahead = self._ahead, None
        fits = ahead is not None and ahead[0] is self._drawn
        self._feed.when(ahead[1] if ahead and fits else self._feed.api.mesh(), self._show, self._failed)

    def _show(self, mesh: Mesh | None) -> None:
        if self._view is None:
            self._entered()
            self._built()
        else:
            self._view.set_mesh(mesh)

    def _failed(self, problem: Problem) -> None:
        self._feed.raise_problem(problem)
        self._show(None)

    def _entered(self) -> None:
        self.is_there = True
        self._say_entered()

    def _built(self) -> None:
        if not self.is_whole:
            self.is_there = self.is_whole = True
            self._say_entered()
            if self._feed.twin.storeys:
                self._say_filled()

    def _stop_fine_picture(self) -> None:
        """Gives up a picture of print quality, and its light, with the project that it was to show."""
        if self._view is not None and self._view.stop_fine_picture():
            self._feed.api.cancel(FINE_LIGHT_JOB)

    def _bake(
        self,
        storey: StoreyId,
        make: Callable[[], StoreyModel | None],
        quality: str,
        done: Callable[[tuple[StoreyLight, str] | None], None],
    ) -> None:
        """Requests the baked light of a storey from the engine; `done` gets None on failure."""

        def take(baked: tuple[StoreyLight, str] | None) -> None:
            self._feed.turns.add(partial(done, baked))

        def fail(problem: Problem) -> None:
            self._feed.raise_problem(problem)
            done(None)

        self._feed.when(self._feed.api.light(storey, make, quality), take, fail)

    def _progressed(self, share: float) -> None:
        now_s = time.monotonic()
        if share <= 0.0:
            self._begun_s = now_s
        if share < 1.0 and now_s - self._begun_s < QUIET_S:
            return
        if share < 1.0 or JOB in self._feed.jobs:
            self._feed.show_progress(Progress(job=JOB, title=Text("job.drawing"), fraction=share, done=share >= 1.0))
