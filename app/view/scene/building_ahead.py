"""Prepares the first building of a 3D view on another thread while the view itself is being created."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from app.view.scene.structure.storey_stack import Look, StoreyStack, prepared
from app.view.theme import Theme
from twin.model.mesh import Mesh
from twin.model.twin import Twin


class BuildingAhead:
    """A building that is being prepared; taken once, by a view that loads the same building object (BuildingLoader)."""

    def __init__(
        self,
        twin: Twin,
        mesh: Future[Mesh | None],
        compute: Callable[[Callable[[], Any]], Future[Any]],
        theme: Theme,
        look: Look,
    ) -> None:
        """`compute` runs work on another thread; `look` is how the view will show the building at first."""
        self._twin, self._theme, self._look, self._compute = twin, theme, look, compute
        self._work: partial[StoreyStack] | None = None
        self._made: Future[StoreyStack] | None = None
        mesh.add_done_callback(self._begin)

    def _begin(self, mesh: Future[Mesh | None]) -> None:
        if mesh.cancelled() or mesh.exception() is not None or (shape := mesh.result()) is None:
            return
        twin = self._twin
        work = partial(prepared, twin.storeys, twin.rooms, shape, self._theme, self._look, lit=False)
        self._made = self._compute(work)
        self._work = work

    def instead_of(self, work: partial[StoreyStack]) -> Callable[[], StoreyStack]:
        """What returns the result of `work`: the prepared building if it was made by the same work, else `work`."""
        ours, made = self._work, self._made
        if ours is None or made is None or work.func is not ours.func or work.keywords != ours.keywords:
            return work
        same = all(
            one is other or (isinstance(one, Look) and one == other)
            for one, other in zip(work.args, ours.args, strict=True)
        )
        return made.result if same else work
