"""Collision and visibility for walking through a storey. No Qt, no VTK."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.scene.geometry import baked_light
from app.view.scene.geometry.baked_light import PlanGrid
from app.view.scene.geometry.mesh_cut import fill, slice_below
from app.view.scene.structure.storey_mesh import StoreyMesh
from twin.model.space import Room

WALK_M_S, RUN_M_S = 1.9, 4.2
_BODY_M = 0.20
_SHIN_M = 0.55
"""Height in metres at which walls are looked for: sills stop a walker, doorways do not."""
_STRIDE_M = 0.08
_REACH_M = 9.0


@dataclass(frozen=True, slots=True, eq=False)
class WalkGrid:
    """A storey's walls as a grid: `blocked` cells stop walkers, `seen` cells block the view."""

    plan_grid: PlanGrid
    blocked: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    cluttered: NDArray[np.bool_]
    """Cells near furniture or walls, where walking never starts."""

    @classmethod
    def of(cls, source: StoreyMesh, rooms: Sequence[Room], floor_z: float) -> WalkGrid:
        """The walls of a storey whose floor lies at `floor_z`."""
        triangle_set = source.frame.take(source.frame.shaded)
        points = [np.asarray(room.outline, np.float64) for room in rooms if len(room.outline) > 2]
        if len(triangle_set):
            points.append(triangle_set.positions[triangle_set.triangles.ravel(), :2].astype(np.float64))
        every = np.concatenate(points) if points else np.array([[-5.0, -5.0], [5.0, 5.0]])
        low, high = every.min(0) - 0.6, every.max(0) + 0.6
        plan_grid = PlanGrid.covering((low[0], low[1]), (high[0], high[1]), most=1400, finest=0.05)
        sliced = slice_below(triangle_set.positions, triangle_set.triangles, floor_z + _SHIN_M)
        plan, _ = fill(sliced.lines, triangle_set.elements[sliced.owners])
        mask = baked_light.rasterize(plan_grid, plan)
        soft = source.soft
        near = soft.take(soft.positions[soft.triangles, 2].min(1) < floor_z + 1.2) if len(soft) else soft
        things = baked_light.rasterize(plan_grid, near.positions[near.triangles][..., :2])
        blocked = baked_light.blur(mask, _BODY_M, plan_grid, times=1) > 1e-4
        indoors = (baked_light.room_map(rooms, plan_grid) > 0).astype(np.float32)
        out = baked_light.blur(indoors, 0.25, plan_grid, times=1) < 0.02 if indoors.any() else np.zeros_like(blocked)
        return cls(
            plan_grid, blocked, (mask > 0) | out, blocked | (baked_light.blur(things, 0.3, plan_grid, times=1) > 1e-4)
        )

    def free(self, x: float, y: float) -> bool:
        """Whether a walker can stand at this position; outside the grid is free."""
        column, row = self._cell(x, y)
        inside = 0 <= row < self.plan_grid.rows and 0 <= column < self.plan_grid.columns
        return not (inside and self.blocked[row, column])

    def way(self, x: float, y: float, dx: float, dy: float) -> tuple[float, float]:
        """End point of a walker's step by (dx, dy) metres: walls stop the step or deflect it along them."""
        stuck = not self.free(x, y)
        strides = max(1, math.ceil(math.hypot(dx, dy) / _STRIDE_M))
        for _ in range(strides):
            for sx, sy in ((dx, dy), (dx, 0.0), (0.0, dy)):
                if stuck or self.free(x + sx / strides, y + sy / strides):
                    x, y = x + sx / strides, y + sy / strides
                    break
        return x, y

    def sight(
        self, spots: NDArray[np.float64], headings_deg: NDArray[np.float64], seen: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """(n, h) sight distance in metres from each (n, 2) position in each of h directions, at most 9; `seen`
        overrides the grid's opaque cells.
        """
        far = np.arange(1, round(_REACH_M / 0.1) + 1) * 0.1
        turn = np.radians(headings_deg)
        way = np.stack([np.cos(turn), np.sin(turn)], 1)
        at = spots[:, None, None, :] + way[None, :, None, :] * far[None, None, :, None]
        column = np.clip(((at[..., 0] - self.plan_grid.x) / self.plan_grid.step).round(), 0, self.plan_grid.columns - 1)
        row = np.clip(((at[..., 1] - self.plan_grid.y) / self.plan_grid.step).round(), 0, self.plan_grid.rows - 1)
        hit = (self.seen if seen is None else seen)[row.astype(np.intp), column.astype(np.intp)]
        return np.where(hit.any(2), far[hit.argmax(2)], _REACH_M)

    def stand(self, room: Room) -> tuple[float, float, float]:
        """(x, y, heading in degrees) of the place in the room from which most of the room is visible."""
        spots = self._places(room)
        headings = np.arange(0, 360, 15.0)
        own = (baked_light.room_map([room], self.plan_grid) > 0).astype(np.float32)
        ends = self.seen | (baked_light.blur(own, 0.4, self.plan_grid, times=1) < 0.02)
        seen = self.sight(spots, headings, ends) ** 1.5
        cone = sum(np.roll(seen, shift, 1) for shift in (-2, -1, 0, 1, 2))
        behind = np.minimum(self.sight(spots, headings + 180.0, ends), 1.2) * 2.0
        best = int(np.argmax(cone + behind))
        spot, turn = divmod(best, len(headings))
        return float(spots[spot, 0]), float(spots[spot, 1]), float(headings[turn])

    def _places(self, room: Room) -> NDArray[np.float64]:
        ring = np.asarray(room.outline, np.float64)
        low, high = ring.min(0), ring.max(0)
        share = (np.arange(1, 400)[:, None] * np.array([0.7548776662, 0.5698402910])) % 1.0
        spots = low + (high - low) * share
        inside = [spot for spot in spots if room.contains(float(spot[0]), float(spot[1]))]
        for grid in (self.cluttered, self.blocked):
            found = [spot for spot in inside if not grid[self._row_column(spot)]]
            if found:
                return np.array(found[:60])
        return np.array(inside[:60] or [ring.mean(0)])

    def _row_column(self, spot: NDArray[np.float64]) -> tuple[int, int]:
        column, row = self._cell(float(spot[0]), float(spot[1]))
        return min(max(row, 0), self.plan_grid.rows - 1), min(max(column, 0), self.plan_grid.columns - 1)

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        return round((x - self.plan_grid.x) / self.plan_grid.step), round((y - self.plan_grid.y) / self.plan_grid.step)


@dataclass(frozen=True, slots=True, eq=False)
class StandingPlace:
    """Walls of a storey and the start (x, y, heading) in a room; None where no room was given."""

    walls: WalkGrid
    spot: tuple[float, float, float] | None = None


def standing_place(source: StoreyMesh, rooms: Sequence[Room], floor_z: float, room: Room | None) -> StandingPlace:
    """The collision grid and the start in `room`; takes tens of milliseconds, on any thread."""
    walls = WalkGrid.of(source, rooms, floor_z)
    return StandingPlace(walls, walls.stand(room) if room is not None else None)
