# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Layer of floor rings around motion sensors that report movement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry.vtk_meshes import actor, polydata, set_colours
from app.view.scene.scene import Scene
from app.view.theme import rgb
from twin.model.capability import CAPABILITIES
from twin.model.ids import PointId, RoomId
from twin.model.observation import Quality
from twin.model.space import Room
from twin.model.state import State

type Floats = NDArray[np.float64]
type Rows = NDArray[np.intp]

_MOST = 60
"""Maximum number of rings at once."""
_BURST, _APART_S, _SPREAD_S = 3, 0.45, 1.7
"""Rings of a burst, the time between them, and how long each one spreads."""
_BURST_S = _SPREAD_S + (_BURST - 1) * _APART_S
_CALM_S = 3.4
_REACH_M, _HALF_M = 1.9, 0.11
_STILL_M = (0.45, 0.85)
"""Radii of the rings of a moment of the past, and of graphics too slow to move them."""
_OVER_FLOOR_M = 0.035
_CORNERS = 48
_SLOW_S = 0.3
_PATIENCE = 3
"""Ticks farther apart than this, and more often than that, count as no animation."""
_ANGLES = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
_WAYS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], 1)


class RippleLayer:
    """Layer of motion rings: one mesh whose corners move in place."""

    endless = True

    def __init__(self) -> None:
        self.actor: vtkActor | None = None
        self.rings = 0
        """Number of rings drawn now."""
        self._scene: Scene | None = None
        self.corners = np.empty((0, 3, _CORNERS, 3), np.float32)
        """(rings, edges, corners, 3) metres; the first `rings` of them are drawn."""
        self._data: vtkPolyData | None = None
        self._state: State | None = None
        self._known = -1
        self._none()

    def build(self, scene: Scene) -> None:
        """Finds the motion sensors; sensors already reporting motion start no new rings."""
        self.remove()
        self._none()
        self._scene, self._state = scene, None
        found = [
            (row, point.id)
            for id, row in scene.placed.row_of.items()
            for point in scene.twin.device_of[id].points
            if point.info.capability in _SENSED
        ]
        self._points = [point for _, point in found]
        self._row = np.array([row for row, _ in found], np.intp)
        self._on = np.zeros(len(found), np.bool_)
        self._began = np.full(len(found), -np.inf)
        self._on[:] = self._read(scene)
        self._choose(scene)

    def apply(self, scene: Scene, touched: set[str]) -> None:
        """Updates rings when sensors or connections change."""
        if not len(self._row) or not touched & {"moves", "online"}:
            return
        now = self._read(scene)
        self._began[now & ~self._on] = np.nan if not scene.past else -np.inf
        if "online" in touched:
            self._began[~now] = -np.inf
        self._on = now
        self._choose(scene)

    def place(self, scene: Scene) -> None:
        """Updates rings when storeys move."""
        if len(self._row):
            self._choose(scene)

    def tick(self, now_s: float) -> bool:
        """Advances the rings; returns whether any is visible."""
        scene, self._now_s = self._scene, now_s
        self._began[np.isnan(self._began)] = now_s  # what began since the last tick begins with this one
        if scene is None or not len(self._chosen) or scene.past:
            self._last_s = None
            return False
        if self._last_s is not None and now_s - self._last_s > _SLOW_S:
            self._late += 1
        self._last_s = now_s
        if self._late > _PATIENCE:
            self._draw_still()
            return False
        if self._spread() or self._on[self._chosen].any():
            return True
        self._choose(scene)
        return False

    def remove(self) -> None:
        """Removes the rings from the renderer."""
        if self.actor is not None and self._scene is not None:
            self._scene.renderer.RemoveActor(self.actor)
        self.actor, self._data, self.rings = None, None, 0

    def _none(self) -> None:
        self._points: list[PointId] = []
        self._row = self._chosen = self._at = np.empty(0, np.intp)
        self._on, self._began = np.empty(0, np.bool_), np.empty(0)
        self._middle, self._walls = np.empty((0, 3)), np.empty((0, _CORNERS))
        self._far: dict[int, Floats] = {}
        self._last_s: float | None = None
        self._now_s, self._late = 0.0, 0

    def _read(self, scene: Scene) -> NDArray[np.bool_]:
        state = scene.state
        if state is None or not len(self._points):
            return np.zeros(len(self._points), np.bool_)
        if state is not self._state or len(state) != self._known:
            self._state, self._known = state, len(state)
            rows = (state.index(point) for point in self._points)
            self._at = np.array([-1 if row is None else row for row in rows], np.intp)
        there = self._at >= 0
        made = there & (state.value[self._at] > 0.5) & (state.quality[self._at] < Quality.OFFLINE)
        gone = np.zeros(len(scene.placed.ids), np.bool_)
        gone[scene.offline_rows()] = True
        return made & ~gone[self._row]

    def _choose(self, scene: Scene) -> None:
        """Chooses the sensors whose rings are drawn, newest first."""
        seen = scene.shown_devices()[self._row]
        wanted = np.flatnonzero(seen & (self._on | np.isnan(self._began) | (self._began > self._now_s - _BURST_S)))
        wanted = wanted[np.isfinite(self._began[wanted]) | self._on[wanted]]
        latest = np.nan_to_num(self._began[wanted], nan=np.inf)
        self._chosen = wanted[np.argsort(-latest, kind="stable")][: _MOST // (_BURST + 1)]
        if not len(self._chosen):
            self.remove()
            return
        rows = self._row[self._chosen]
        self._middle = scene.device_pick.positions[rows].copy()
        self._walls = np.full((len(rows), _CORNERS), _REACH_M)
        for i, row in enumerate(rows.tolist()):
            room = scene.twin.room_of.get(scene.placed.room[row] or RoomId(""))
            if room is not None:
                self._middle[i, 2] = room.floor_m + scene.storey_stack.levels[int(scene.placed.level[row])].lift
                if row not in self._far:
                    self._far[row] = _to_walls(room, self._middle[i, :2])
                self._walls[i] = self._far[row]
        if self.actor is None:
            self._make(scene)
        if self._last_s is None or self._late > _PATIENCE:
            self._draw_still()
        else:
            self._spread()

    def _spread(self) -> int:
        """Updates the ring mesh; returns the number of rings."""
        now_s, began = self._now_s, self._began[self._chosen]
        age = now_s - began[:, None] - np.arange(_BURST) * _APART_S
        calm = ((now_s + self._chosen * 0.77) % _CALM_S)[:, None]
        resting = self._on[self._chosen] & (now_s - began > _BURST_S)
        shares = np.hstack([age / _SPREAD_S, np.where(resting[:, None], calm / (_CALM_S * 0.85), -1.0)])
        sensor, ring = np.nonzero((shares >= 0) & (shares < 1))
        share = shares[sensor, ring]
        strength = np.where(ring < _BURST, 1.0, 0.75) * (1 - share) ** 1.3 * np.clip(share * 8, 0, 1)
        self._draw(sensor, share * _REACH_M + 0.12, strength)
        return len(share)

    def _draw_still(self) -> None:
        on = np.flatnonzero(self._on[self._chosen])
        sensor = np.repeat(on, len(_STILL_M))
        self._draw(sensor, np.tile(_STILL_M, len(on)), np.tile((0.75, 0.4), len(on)))

    def _make(self, scene: Scene) -> None:
        one = np.arange(_CORNERS)
        after = (one + 1) % _CORNERS
        band = np.concatenate(
            [np.stack([one, after, after + _CORNERS], 1), np.stack([one, after + _CORNERS, one + _CORNERS], 1)]
        )
        mesh = np.concatenate([band, band + _CORNERS])
        triangles = (mesh[None] + np.arange(_MOST)[:, None, None] * 3 * _CORNERS).reshape(-1, 3)
        self._data = polydata(np.zeros((_MOST * 3 * _CORNERS, 3), np.float32), triangles.astype(np.int64))
        self.corners = vtk_to_numpy(self._data.GetPoints().GetData()).reshape(_MOST, 3, _CORNERS, 3)
        tint = np.zeros((_MOST * 3 * _CORNERS, 4), np.uint8)
        tint[:, :3] = np.round(np.array(rgb(scene.theme.accent)) * 255)
        self._shades = set_colours(self._data, tint).reshape(_MOST, 3, _CORNERS, 4)
        made = self.actor = actor(self._data)
        made.ForceTranslucentOn()
        made.PickableOff()
        look = made.GetProperty()
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        scene.renderer.AddActor(made)

    def _draw(self, sensor: Rows, radius: Floats, strength: Floats) -> None:
        if self._data is None:
            return
        sensor, radius, strength = sensor[:_MOST], radius[:_MOST], strength[:_MOST]
        count = self.rings = len(sensor)
        self._shades[..., 3] = 0
        if count:
            wide = radius[:, None, None] + np.array([-_HALF_M, 0.0, _HALF_M])[None, :, None]
            wall = self._walls[sensor][:, None, :]
            inside = np.clip((wall - wide) / 0.12, 0.0, 1.0)
            reach = np.clip(wide, 0.0, wall)
            self.corners[:count, ..., :2] = self._middle[sensor, None, None, :2] + reach[..., None] * _WAYS
            self.corners[:count, ..., 2] = self._middle[sensor, None, None, 2] + _OVER_FLOOR_M
            self._shades[:count, 1, :, 3] = np.round(255 * strength[:, None] * inside[:, 1])
        self._data.GetPointData().GetScalars().Modified()
        self._data.GetPoints().Modified()
        self._data.Modified()


_SENSED = frozenset(row.id for row in CAPABILITIES.values() if row.glyph == "ripple")


def _to_walls(room: Room, at: Floats) -> Floats:
    """(corners,) distance in metres from a spot to the room's outline in each direction, limited to the rings' reach."""
    rings = [np.asarray(one, np.float64).reshape(-1, 2) for one in (room.outline, *room.holes)]
    start = np.concatenate(rings) - at
    along = np.concatenate([np.roll(ring, -1, 0) for ring in rings]) - at - start
    across = _WAYS[:, None, 0] * along[None, :, 1] - _WAYS[:, None, 1] * along[None, :, 0]
    across = np.where(np.abs(across) < 1e-9, 1e-9, across)
    far = (start[:, 0] * along[:, 1] - start[:, 1] * along[:, 0]) / across
    share = (start[None, :, 0] * _WAYS[:, None, 1] - start[None, :, 1] * _WAYS[:, None, 0]) / across
    met = (far > 0) & (share >= 0) & (share <= 1)
    return np.minimum(np.where(met, far, np.inf).min(1, initial=np.inf), _REACH_M + _HALF_M)
