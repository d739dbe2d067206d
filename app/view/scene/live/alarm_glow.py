"""Red glow along the walls of rooms in alarm. Static in 3D; its outline pulses in the overlay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry.vtk_meshes import actor, polydata, set_colours
from app.view.scene.overlay.alarm_rooms import alarm_rooms
from app.view.scene.scene import Scene
from app.view.theme import rgb
from twin.model.space import Room

type Floats = NDArray[np.float64]

_REACH_M, _HIGH_M = 1.1, 0.95
"""Extent of the glow in metres, over the floor and up the walls."""
_SHARE = 0.3
"""Largest share of a narrow room's width that the glow covers."""
_OFF_WALL_M, _OVER_FLOOR_M = 0.03, 0.03
_AT_FOOT, _ON_WALL = 0.85, 0.6
"""Opacity where wall and floor meet; it fades from there."""
_SHARPEST = 0.35
"""Cosine below which a corner's mitre is shortened."""
_MOST = 200
"""Maximum number of rooms that glow at once."""


class AlarmGlowLayer:
    """One mesh for all rooms in alarm on the storeys in focus; nothing where there is none."""

    def __init__(self) -> None:
        self.actor: vtkActor | None = None
        self._scene: Scene | None = None
        self._drawn: object = None

    def build(self, scene: Scene) -> None:
        """Rebuilds the glow for the current alarms."""
        self.remove()
        self._glow(scene)

    def apply(self, scene: Scene, touched: set[str]) -> None:
        """Updates the glow when alarms or connections change."""
        if touched & {"alarms", "online"}:
            self._glow(scene)

    def place(self, scene: Scene) -> None:
        """Moves the glow with the storeys."""
        self._glow(scene)

    def tick(self, now_s: float) -> bool:
        """False: the glow is not animated."""
        return False

    def remove(self) -> None:
        """Removes the glow from the renderer."""
        if self.actor is not None and self._scene is not None:
            self._scene.renderer.RemoveActor(self.actor)
        self.actor, self._drawn = None, None

    def _glow(self, scene: Scene) -> None:
        shown, levels = scene.storey_stack.shown(), scene.storey_stack.levels
        wanted: list[tuple[Room, float]] = []
        for room in alarm_rooms(scene)[:_MOST]:
            level = scene.storey_stack.level_of(room.storey)
            if level in shown:
                wanted.append((room, levels[level].lift))
        key = tuple((room.id, lift) for room, lift in wanted)
        if self.actor is not None and key == self._drawn:
            return
        self.remove()
        self._scene, self._drawn = scene, key
        if not wanted:
            return
        parts = [
            skirt(ring, room.floor_m + lift, inwards=inwards)
            for room, lift in wanted
            for ring, inwards in ((room.outline, True), *((hole, False) for hole in room.holes))
            if len(ring) > 2
        ]
        self._draw(scene, parts)

    def _draw(self, scene: Scene, parts: list[tuple[Floats, Floats, NDArray[np.int64]]]) -> None:
        starts = np.cumsum([0, *(len(points) for points, _, _ in parts[:-1])])
        triangles = np.concatenate([part[2] + start for part, start in zip(parts, starts.tolist(), strict=True)])
        points = np.concatenate([part[0] for part in parts]).astype(np.float32)
        tint = np.empty((len(points), 4), np.uint8)
        tint[:, :3] = np.round(np.array(rgb(scene.theme.error)) * 255)
        tint[:, 3] = np.round(np.concatenate([part[1] for part in parts]) * 255)
        data = polydata(points, triangles)
        set_colours(data, tint)
        made = self.actor = actor(data)
        made.ForceTranslucentOn()
        made.PickableOff()
        look = made.GetProperty()
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        scene.renderer.AddActor(made)


def skirt(
    ring: tuple[tuple[float, float], ...], floor_z: float, *, inwards: bool
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """((n, 3) points in metres, (n,) opacity, (t, 3) triangles) of a band over the floor and one up the walls, inside
    the ring, or
    outside of it for a hole.
    """
    at = np.asarray(ring, np.float64).reshape(-1, 2)
    along = np.roll(at, -1, 0) - at
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    x, y = at.T
    twice = float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    left = np.column_stack([-along[:, 1], along[:, 0]]) * (1.0 if (twice > 0) is inwards else -1.0)
    before = np.roll(left, 1, 0)
    middle = left + before
    middle /= np.maximum((middle * left).sum(1, keepdims=True), _SHARPEST)
    reach = min(
        _REACH_M, _SHARE * abs(twice) / max(1e-9, float(np.linalg.norm(np.roll(at, -1, 0) - at, axis=1).sum())) * 2
    )
    foot, inner = at + middle * _OFF_WALL_M, at + middle * reach
    low, high = floor_z + _OVER_FLOOR_M, floor_z + _HIGH_M
    count, one = len(at), np.arange(len(at))
    after = (one + 1) % count
    points = np.concatenate(
        [
            np.column_stack([plan, np.full(count, z)])
            for plan, z in ((inner, low), (foot, low), (foot, low), (foot, high))
        ]
    )
    opacity = np.repeat([0.0, _AT_FOOT, _ON_WALL, 0.0], count)
    band = np.concatenate([np.stack([one, after, after + count], 1), np.stack([one, after + count, one + count], 1)])
    return points, opacity, np.concatenate([band, band + 2 * count]).astype(np.int64)
