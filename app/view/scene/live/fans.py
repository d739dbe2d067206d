"""Layer that rotates fans at their reported speed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.view.scene.live.deformable_mesh import DeformableMesh
from app.view.scene.live.fan_mesh import rotor, spun
from app.view.scene.scene import Scene
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.storey_actors import StoreyActors
from twin.model.device import Device
from twin.model.ids import DeviceId, PointId
from twin.model.kind import KINDS
from twin.model.space import Room

type Floats = NDArray[np.float64]

NAME = "rotor"
"""Name of the fan actor among a storey's actors."""
_MOST = 200
"""Most fans drawn on one storey; more are an air handler's inside."""
_HUNG_M = 1.5
"""Fans mounted above this height hang from the ceiling; lower ones stand."""
_BELOW_M, _UNDER_CUT_M = 0.32, 0.06
"""Distance in metres of a fan below its ceiling, and below the cut where the ceiling is cut away."""
_STANDS_M = 1.05
_SLOW, _FAST = 0.3, 0.85
"""Slowest and fastest speed in turns per second."""
_INERTIA_S = 0.7
_STEP_RAD = math.radians(31.0)
"""Largest rotation per frame; four blades that turn farther seem to turn backwards."""
_USUAL = 0.6
_MODES = {"off": 0.0, "low": 0.3, "medium": 0.6, "high": 1.0, "auto": _USUAL}


@dataclass(frozen=True, slots=True)
class _Fan:
    device: DeviceId
    switch: PointId | None
    speed: PointId | None
    mode: PointId | None
    options: tuple[str, ...]
    at: tuple[float, float, float]
    """Position of the blades in metres, before storeys are lifted."""
    rod_m: float
    facing: tuple[float, float] | None
    """Direction in plan in which a standing fan blows; None for a ceiling fan."""


@dataclass(slots=True, eq=False)
class _FanStorey:
    fans: list[int] = field(default_factory=list[int])
    sheet: DeformableMesh | None = None
    corners: Floats = field(default_factory=lambda: np.empty((0, 3, 3)))
    """(m, 3, 3) triangles relative to the fan's middle."""
    owner: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    turns: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    middle: Floats = field(default_factory=lambda: np.empty((0, 3)))
    frame: Floats = field(default_factory=lambda: np.empty((0, 3, 3)))
    """(m, 3, 3) the fan's own axes as rows, per triangle."""
    cut_z: float | None = None
    drawn: bool = False


class FanLayer:
    """Layer of turning fans, one mesh per storey."""

    endless = True

    def __init__(self) -> None:
        self.speed: Floats = np.empty(0)
        """(fans,) current turns per second."""
        self.angle: Floats = np.empty(0)
        """(fans,) current angle in radians."""
        self._aim: Floats = np.empty(0)
        self._fans: list[_Fan] = []
        self._storeys: dict[int, _FanStorey] = {}
        self._levels: list[StoreyActors] = []
        self._last_s: float | None = None
        self._known: tuple[object, ...] = ()

    def build(self, scene: Scene) -> None:
        """Rebuilds the fans if the building or a fan changed; otherwise they go on turning."""
        fans = tuple(device for device in scene.twin.devices if device.kind == "fan")
        known = self._known
        self._known = (scene.storey_stack, tuple((one.id, one.room, one.position_m, one.points) for one in fans))
        if known == self._known:
            self._head(scene)
            return
        self._drop()
        self._levels, self._fans = scene.storey_stack.levels, []
        level_of = {level.storey.id: index for index, level in enumerate(self._levels)}
        for device in fans:
            room = scene.twin.room_of.get(device.room) if device.room else None
            level = level_of.get(room.storey) if room is not None else None
            if room is None or level is None:
                continue
            mine = self._storeys.setdefault(level, _FanStorey())
            if len(mine.fans) < _MOST:
                mine.fans.append(len(self._fans))
                self._fans.append(_fan(device, room, scene.centroids.get(room.id)))
        self.speed, self.angle = np.zeros(len(self._fans)), np.zeros(len(self._fans))
        self._head(scene)
        self.speed = self._aim.copy()
        self.place(scene)

    def apply(self, scene: Scene, touched: set[str]) -> None:
        """Updates target speeds when switches or speeds change."""
        if self._fans and touched & {"moves", "online"}:
            self._head(scene)

    def place(self, scene: Scene) -> None:
        """Redraws the fans of storeys whose cut changed."""
        for index, one in self._storeys.items():
            level = self._levels[index]
            if level.show is StoreyMode.CUT and not (one.drawn and one.cut_z == level.cut_now):
                self._draw(one, level)

    def tick(self, now_s: float) -> bool:
        """Turns the visible fans; returns whether any is turning."""
        passed, self._last_s = (0.0 if self._last_s is None else now_s - self._last_s), now_s
        seen = [one for index, one in self._storeys.items() if self._levels[index].show is StoreyMode.CUT]
        rows = np.array([fan for one in seen for fan in one.fans], np.intp)
        if not len(rows) or not (self.speed[rows].any() or self._aim[rows].any()):
            self._last_s = None
            return False
        share = min(1.0, passed / _INERTIA_S)
        self.speed[rows] += (self._aim[rows] - self.speed[rows]) * share
        self.speed[rows[(self._aim[rows] == 0) & (self.speed[rows] < 0.03)]] = 0.0
        self.angle[rows] = (self.angle[rows] + np.minimum(self.speed[rows] * passed * 2 * np.pi, _STEP_RAD)) % (
            2 * np.pi
        )
        for one in seen:
            self._pose(one)
        return bool(self.speed[rows].any() or self._aim[rows].any())

    def remove(self) -> None:
        """Removes the fans from the renderer."""
        self._drop()
        self._levels, self._fans, self._known = [], [], ()

    def _drop(self) -> None:
        for index in self._storeys:
            self._levels[index].set_moved(NAME, None)
        self._storeys = {}

    def _head(self, scene: Scene) -> None:
        none = PointId("")
        columns = [
            scene.readings.point_values([point or none for point in points])
            for points in zip(*((fan.switch, fan.speed, fan.mode) for fan in self._fans), strict=True)
        ]
        if not columns:
            self._aim = np.zeros(len(self._fans))
            return
        switch, speed, mode = columns
        levels = np.array([_mode(fan, code) for fan, code in zip(self._fans, mode.tolist(), strict=True)])
        level = np.where(np.isnan(speed), levels, np.clip(speed / 100.0, 0.0, 1.0))
        level = np.where(np.isnan(level) & (switch > 0.5), _USUAL, level)
        here = np.array([scene.is_online(fan.device) for fan in self._fans], np.bool_)
        on = here & (level > 0) & ~(switch <= 0.5)
        self._aim = np.where(on, _SLOW + (_FAST - _SLOW) * level, 0.0)

    def _pose(self, one: _FanStorey) -> None:
        if one.sheet is None:
            return
        turned = spun(one.corners, np.where(one.turns, self.angle[one.owner], 0.0))
        one.sheet.points[:] = (np.einsum("mij,mjk->mik", turned, one.frame) + one.middle[:, None, :]).reshape(-1, 3)
        one.sheet.mark_modified()

    def _draw(self, one: _FanStorey, level: StoreyActors) -> None:
        one.cut_z, one.drawn = level.cut_now, True
        pieces: list[tuple[Floats, NDArray[np.bool_], NDArray[np.uint8]]] = []
        owner: list[int] = []
        middles: list[tuple[float, float, float]] = []
        frames: list[Floats] = []
        for number in one.fans:
            fan = self._fans[number]
            x, y, z = fan.at
            rod = fan.rod_m
            if fan.facing is None and one.cut_z is not None and z > one.cut_z - _UNDER_CUT_M:
                z, rod = one.cut_z - _UNDER_CUT_M, 0.05
            made = rotor(level.theme, standing=fan.facing is not None, rod_m=round(rod, 2))
            pieces.append((made.corners, made.turns, made.colours))
            owner += [number] * len(made.corners)
            middles += [(x, y, z)] * len(made.corners)
            frames.append(np.tile(_axes(fan.facing), (len(made.corners), 1, 1)))
        one.corners, one.turns, colours = (np.concatenate(column) for column in zip(*pieces, strict=True))
        one.owner, one.middle, one.frame = np.array(owner, np.intp), np.array(middles), np.concatenate(frames)
        one.sheet = DeformableMesh(one.corners, colours, "body", level.theme, spins=True)
        self._pose(one)
        level.set_moved(NAME, one.sheet)


def _fan(device: Device, room: Room, middle: tuple[float, float] | None) -> _Fan:
    spot = device.position_m or (*(middle or room.outline[0]), room.floor_m + KINDS["fan"].mounts_at_m)
    points = [device.point(word) for word in ("on_off", "fan_speed", "fan_mode")]
    switch, speed, mode = (point.id if point is not None else None for point in points)
    options = points[2].options if points[2] is not None else ()
    x, y, z = spot
    if z - room.floor_m > _HUNG_M:
        low = max(room.floor_m + _HUNG_M, room.ceiling_m - _BELOW_M)
        return _Fan(device.id, switch, speed, mode, options, (x, y, low), room.ceiling_m - low, None)
    way = np.array(middle or (x, y - 1.0)) - (x, y)
    length = float(np.hypot(*way))
    facing = (float(way[0]) / length, float(way[1]) / length) if length > 0.05 else (0.0, -1.0)
    return _Fan(device.id, switch, speed, mode, options, (x, y, room.floor_m + _STANDS_M), _STANDS_M, facing)


def _mode(fan: _Fan, code: float) -> float:
    if math.isnan(code) or not 0 <= int(code) < len(fan.options):
        return math.nan
    return _MODES.get(fan.options[int(code)], _USUAL)


def _axes(facing: tuple[float, float] | None) -> Floats:
    """A fan's own x, y and z in the building, as rows: blades lie across its z."""
    if facing is None:
        return np.eye(3)
    x, y = facing
    return np.array([[-y, x, 0.0], [0.0, 0.0, 1.0], [x, y, 0.0]])
