"""Layer that draws blinds, curtains and shutters at their reported position."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.view.array_sets import is_among
from app.view.scene.geometry.opening_index import OpeningIndex
from app.view.scene.live.blind_shapes import BlindShape, BlindStyle, HungBlind, colour_of, let_in, make, style_of
from app.view.scene.live.deformable_mesh import DeformableMesh
from app.view.scene.live.easing import EasedShares
from app.view.scene.live.opening_pane import OpeningPane, pane_of
from app.view.scene.scene import Scene
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_mesh import TriangleSet
from app.view.scene.structure.storey_shapes import HungRectangle
from twin.model.device import Device
from twin.model.ids import DeviceId, PointId
from twin.model.space import Room
from twin.model.state import State

_REACH_M = 1.6
_GATE_M = 1.9
"""Doors wider than this many metres are closed by a shutter."""
_TAKES_S = 0.9
_MOST = 100
"""If more blinds than this move at once, they jump to their targets."""
_DEFAULT_TILT = 0.12
_AIR_M, _STANDS_OUT_M = 0.032, 0.16
_EDGE_M = 0.015
NAME = "shade"
"""Name of the blinds actor among a storey's actors."""


@dataclass(slots=True)
class _ShadeStorey:
    """Coverings of one storey: indices in the layer's lists, and their common mesh."""

    covers: list[int] = field(default_factory=list[int])
    gates: set[int] = field(default_factory=set[int])
    blinds: list[tuple[int, BlindShape, slice]] = field(default_factory=list[tuple[int, BlindShape, slice]])
    sheet: DeformableMesh | None = None
    cut_z: float | None = None
    drawn: bool = False


class ShadeLayer:
    """Layer of blinds, one mesh per storey; unknown and offline ones are drawn open."""

    def __init__(self) -> None:
        self.course, self.tilt = EasedShares(0, takes_s=_TAKES_S), EasedShares(0, takes_s=_TAKES_S)
        self._storeys: dict[int, _ShadeStorey] = {}
        self._levels: list[StoreyActors] = []
        self._hanging: list[HungBlind] = []
        self._devices: list[DeviceId] = []
        self._points: tuple[list[PointId], list[PointId | None]] = ([], [])
        self._openings = OpeningIndex()
        self._state: State | None = None
        self._known: tuple[object, ...] = ()

    def build(self, scene: Scene) -> None:
        """Assigns covers to windows and creates their shapes; skipped if neither changed."""
        covers = scene.readings.devices_with("position")
        known = self._known
        self._known = (
            scene.storey_stack,
            tuple((one.id, one.name, one.room, one.position_m, one.points) for one in covers),
        )
        if known == self._known:
            self._head(scene, at_once=scene.state is not self._state)
            return
        self._drop()
        self._levels = scene.storey_stack.levels
        self._bind(scene, covers)
        for index, level in enumerate(self._levels):
            level.blinds = self._rectangles(self._storeys.get(index))
            gates = frozenset(self._storeys[index].gates if index in self._storeys else ())
            level.exclude_elements("shades", gates, gates)
        self._head(scene, at_once=True)
        self.place(scene)

    def apply(self, scene: Scene, touched: set[str]) -> None:
        """Updates targets when positions change; a past moment's values apply at once."""
        if self._devices and touched & {"moves", "online"}:
            self._head(scene, at_once=scene.state is not self._state)

    def place(self, scene: Scene) -> None:
        """Redraws the blinds of storeys whose cut changed."""
        for index, one in self._storeys.items():
            level = self._levels[index]
            if level.is_solid and not (one.drawn and one.cut_z == level.cut_now):
                self._draw(one, level)

    def tick(self, now_s: float) -> bool:
        """Advances opening and tilt of the blinds; returns whether any still moves."""
        if not (self.course.moving or self.tilt.moving):
            return False
        before = self.course.now.copy(), self.tilt.now.copy()
        self.course.advance(now_s)
        self.tilt.advance(now_s)
        self._pose((self.course.now != before[0]) | (self.tilt.now != before[1]), self._storeys.values())
        return self.course.moving or self.tilt.moving

    def remove(self) -> None:
        """Removes all blinds from the renderer."""
        self._drop()
        self._levels, self._known = [], ()

    def _drop(self) -> None:
        for index in self._storeys:
            self._levels[index].set_moved(NAME, None)
        self._storeys = {}

    def _head(self, scene: Scene, *, at_once: bool) -> None:
        self._state = scene.state
        here = np.array([scene.is_online(device) for device in self._devices], np.bool_)
        position = scene.readings.point_values(self._points[0])
        turned = scene.readings.point_values([point or PointId("") for point in self._points[1]])
        share = np.where(np.isnan(position) | ~here, 1.0, np.clip(position / 100.0, 0.0, 1.0))
        tilt = np.where(np.isnan(turned) | ~here, _DEFAULT_TILT, np.clip(turned / 100.0, 0.0, 1.0))
        self._dim(share, tilt)
        moved = (share != self.course.aim) | (tilt != self.tilt.aim)
        at_once = at_once or int(moved.sum()) > _MOST
        jumped = self.course.set_targets(share, at_once=at_once) | self.tilt.set_targets(tilt, at_once=at_once)
        if jumped and at_once:
            self._pose(np.ones(len(share), np.bool_), self._storeys.values())

    def _rectangles(self, storey: _ShadeStorey | None) -> dict[str, HungRectangle]:
        """Rectangles of the storey's blinds, by device."""
        hanging = {self._devices[cover]: self._hanging[cover].pane for cover in (storey.covers if storey else ())}
        return {id: HungRectangle(one.middle, one.along, one.half_m, one.low, one.high) for id, one in hanging.items()}

    def _dim(self, share: NDArray[np.float64], tilt: NDArray[np.float64]) -> None:
        """Passes the share of sky light that each blind lets in to the storeys."""
        for index, one in self._storeys.items():
            self._levels[index].blinds_open = {
                self._devices[cover]: let_in(self._hanging[cover].style, float(share[cover]), float(tilt[cover]))
                for cover in one.covers
            }

    def _pose(self, moved: NDArray[np.bool_], storeys: Iterable[_ShadeStorey]) -> None:
        for one in storeys:
            if one.sheet is None:
                continue
            news = [row for row in one.blinds if moved[row[0]]]
            for cover, blind, rows in news:
                where = blind.at(float(self.course.now[cover]), float(self.tilt.now[cover]))
                one.sheet.points[rows] = where.reshape(-1, 3)
            if news:
                one.sheet.mark_modified()

    def _draw(self, one: _ShadeStorey, level: StoreyActors) -> None:
        one.cut_z, one.drawn, one.sheet, one.blinds, start = level.cut_now, True, None, [], 0
        colours: list[NDArray[np.uint8]] = []
        for cover in one.covers:
            blind = make(self._hanging[cover], level.cut_now)
            if blind is None:
                continue
            count = len(blind.local)
            one.blinds.append((cover, blind, slice(start * 3, (start + count) * 3)))
            colours.append(blind.paint())
            start += count
        if one.blinds:
            corners = np.concatenate([blind.local for _, blind, _ in one.blinds])
            one.sheet = DeformableMesh(corners, np.concatenate(colours), "body", level.theme)
            self._pose(np.ones(len(self._devices), np.bool_), (one,))
        level.set_moved(NAME, one.sheet)

    # whose window is whose

    def _bind(self, scene: Scene, covers: Sequence[Device]) -> None:
        self._devices, self._hanging, self._points = [], [], ([], [])
        level_of = {level.storey.id: index for index, level in enumerate(self._levels)}
        taken: set[int] = set()
        for device in covers:
            point = device.point("position")
            room = scene.twin.room_of.get(device.room) if device.room else None
            level = level_of.get(room.storey) if room is not None else None
            if point is None or point.info.capability != "position" or level is None or room is None:
                continue
            self._openings = scene.storey_stack.openings
            hanging = self._found(scene, level, device, room, taken)
            if hanging is not None:
                tilt = device.point("tilt")
                self._storeys.setdefault(level, _ShadeStorey()).covers.append(len(self._devices))
                self._devices.append(device.id)
                self._hanging.append(hanging)
                self._points[0].append(point.id)
                self._points[1].append(tilt.id if tilt is not None else None)
        self.course = EasedShares(len(self._devices), takes_s=_TAKES_S)
        self.tilt = EasedShares(len(self._devices), takes_s=_TAKES_S)

    def _found(self, scene: Scene, level: int, device: Device, room: Room, taken: set[int]) -> HungBlind | None:
        """The nearest window within reach; for a device without a position, the next free one of its room. None where
        there is none.
        """
        spot = device.position_m
        style = style_of(device.name, tilts=device.point("tilt") is not None)
        rows = self._rows(level, room, spot)
        if style is not BlindStyle.SHUTTER:
            rows.sort(key=lambda row: bool(self._openings.door[row]))
        for row in rows:
            if row in taken:
                continue
            hanging = self._before(scene, row, (room, spot), style)
            if hanging is not None:
                taken.add(row)
                return hanging
        return None

    def _rows(self, level: int, room: Room, spot: Sequence[float] | None) -> list[int]:
        if spot is not None:
            return self._openings.near(level, spot, _REACH_M)
        return self._openings.of_room(level, room, door=False)

    def _before(
        self, scene: Scene, row: int, place: tuple[Room, Sequence[float] | None], style: BlindStyle
    ) -> HungBlind | None:
        """A covering in front of an opening, on its room's side; None where it has no pane or belongs to another room."""
        level, elements = int(self._openings.level[row]), list(self._openings.elements[row])
        source, (room, spot) = scene.storey_stack.source_of(level), place
        frame = source.frame.take(is_among(source.frame.elements, elements))
        found = pane_of(source.glass.take(is_among(source.glass.elements, elements)))
        gate = bool(self._openings.door[row]) and (found is None or style is BlindStyle.SHUTTER)
        if gate:
            found = pane_of(frame)
            if found is None or 2 * found[0].half_m < _GATE_M:
                return None
            self._storeys.setdefault(level, _ShadeStorey()).gates |= set(elements)
            style = BlindStyle.SHUTTER
        if found is None:
            return None
        pane = found[0]
        inside = _side(pane, room, spot)
        if inside == 0.0:
            return None
        off = 0.0 if gate else inside * (_depth(pane, frame, inside) + _AIR_M)
        wider = OpeningPane(pane.middle, pane.along, pane.half_m + _EDGE_M, pane.deep_m, pane.low, pane.high)
        return HungBlind(wider, off, style, colour_of(style, scene.theme))


def _side(pane: OpeningPane, room: Room, spot: Sequence[float] | None) -> float:
    """Side of the pane on which the room lies, as a sign along `across`; 0 for neither."""
    (x, y), (a, b) = pane.middle, pane.across
    for far in (0.3, 0.5):
        for side in (1.0, -1.0):
            if room.contains(x + a * far * side, y + b * far * side):
                return side
    if spot is None:
        return 0.0
    return 1.0 if (spot[0] - x) * a + (spot[1] - y) * b > 0 else -1.0


def _depth(pane: OpeningPane, frame: TriangleSet, inside: float) -> float:
    """Depth in metres by which the frame projects on that side, without its sill."""
    if not len(frame):
        return 0.02
    points = frame.positions[frame.triangles].reshape(-1, 3)
    points = points[(points[:, 2] > pane.low + 0.1) & (points[:, 2] < pane.high - 0.1)]
    if not len(points):
        points = frame.positions[frame.triangles].reshape(-1, 3)
    out = (points[:, :2] - pane.middle) @ np.array(pane.across) * inside
    return float(np.clip(out.max(), 0.0, _STANDS_OUT_M))
