# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Smooth colouring of floors: values interpolated between sensors on a subdivided floor mesh.

Inverse distance weighting (Shepard 1968), where the distance is measured within the room and through doors into the
next. Rooms without a sensor take the colours of those beyond their doors, fainter with every metre; where
nothing is within reach the floor stays hatched. Weights are computed once; a change of values costs one gather.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkTexture

from app.view.array_sets import distinct
from app.view.scene.data.colour_scale import ColourScale
from app.view.scene.data.scene_values import SceneValues
from app.view.scene.devices.device_places import PlacedDevices
from app.view.scene.geometry.vtk_meshes import actor, polydata, set_colours, set_texture_places
from app.view.scene.structure.drawn_parts import LIT, StoreyMode
from app.view.scene.structure.floor_mesh import FloorMesh
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_stack import EyePlace, Look, StoreyStack
from app.view.theme import Theme, rgb
from twin.model.aggregation import runs_smoothly
from twin.model.ids import RoomId
from twin.model.space import Door
from twin.model.twin import Twin

type Floats = NDArray[np.float64]
type Ints = NDArray[np.intp]
type Bytes = NDArray[np.uint8]

REACH_M = 12.0
"""Maximum distance in metres at which a sensor contributes in rooms without sensors."""
_BESIDE_M = 6.0
"""Maximum distance in metres at which a sensor contributes in rooms with their own sensors."""
_DOOR_M = 1.0
"""Metres of distance that passing a doorway adds."""
_CLOSE_M = 0.5
_NEAREST = 8
_FINEST_M, _MOST_TRIANGLES = 0.4, 5_000
_MOST_DOORS = 500
_MM = (1 << 21) - 1
"""Bit mask of a packed coordinate: 21 bits, two kilometres in millimetres."""
_FAINTEST, _STRONGEST = 0.25, 0.8
"""Colour strength of a room without a sensor at the end of the reach, and at the door."""


@dataclass(frozen=True, slots=True, eq=False)
class SensorSites:
    """Positions of a storey's sensors: (n, 2) metres in plan, (n,) index of the room within the storey."""

    at: Floats
    room: Ints


@dataclass(frozen=True, slots=True, eq=False)
class FieldWeights:
    """Interpolation weights per vertex: (n, k) sensor indices and weights, (n,) opacity."""

    sensor: Ints
    weight: NDArray[np.float32]
    strength: NDArray[np.float32]

    def values(self, sensor_values: Floats) -> Floats:
        """(n,) interpolated value of each vertex from the sensors' values (NaN where unknown); NaN where none is in
        reach.
        """
        if not len(sensor_values):
            return np.full(len(self.strength), np.nan)
        known = np.isfinite(sensor_values)
        sure = np.where(known, sensor_values, 0.0).astype(np.float32)
        weight = self.weight if known.all() else self.weight * known.astype(np.float32)[self.sensor]
        total = np.einsum("nk->n", weight)
        with np.errstate(invalid="ignore", divide="ignore"):  # nothing by nothing is NaN, which is what is meant
            return (np.einsum("nk,nk->n", weight, sure.take(self.sensor)) / total).astype(np.float64)


def divided(triangles: Floats, room: Ints) -> tuple[Floats, Ints, Ints]:
    """Subdivides (t, 3, 3) triangles until no edge is longer than a limit: (n, 3) vertices, (t, 3) triangles, (n,)
    room.

    Edges are halved, longest first, so that neighbours are halved at the same points.
    """
    side = triangles[:, (1, 2, 0)] - triangles
    area = 0.5 * float(np.abs(side[:, 0, 0] * side[:, 1, 1] - side[:, 0, 1] * side[:, 1, 0]).sum())
    most = max(_FINEST_M, 2.0 * (area / _MOST_TRIANGLES) ** 0.5)
    done: list[Floats] = []
    owner: list[Ints] = []
    while len(triangles):
        length = _length(triangles[:, (1, 2, 0)] - triangles)
        longest = length.argmax(1)
        small = length.max(1) <= most
        done.append(triangles[small])
        owner.append(room[small])
        rest, turn, room = triangles[~small], longest[~small], room[~small]
        a, b, c = (rest[np.arange(len(rest)), (turn + i) % 3] for i in range(3))
        middle = (a + b) / 2
        triangles = np.concatenate([np.stack([a, middle, c], 1), np.stack([middle, b, c], 1)])
        room = np.concatenate([room, room])
    corners, rooms = np.concatenate(done).reshape(-1, 3), np.repeat(np.concatenate(owner), 3)
    x, y, z = (np.round((corners - corners.min(0)) * 1000).astype(np.int64) & _MM).T
    _, first, place = np.unique((rooms << 47) | (x << 26) | (y << 5) | (z & 31), return_index=True, return_inverse=True)
    return corners[first], place.reshape(-1, 3).astype(np.intp), rooms[first]


def _length(way: Floats) -> Floats:
    """Euclidean norm along the last axis; several times faster than numpy's norm for short axes."""
    return np.sqrt(np.einsum("...i,...i->...", way, way))


def field_weights(
    plan: Floats, room: Ints, sensors: SensorSites, doors: list[tuple[int, int, float, float]]
) -> FieldWeights:
    """Interpolation weights for vertices at (n, 2) `plan` in (n,) `room`; doors are (room, room, x, y)."""
    n, k = len(plan), min(_NEAREST, len(sensors.room))
    sensor, weight = np.zeros((n, max(1, k)), np.intp), np.zeros((n, max(1, k)), np.float32)
    strength = np.zeros(n, np.float32)
    if not k:
        return FieldWeights(sensor, weight, strength)
    doorway = np.array([(x, y) for _, _, x, y in doors]).reshape(-1, 2)
    joins = np.array([(a, b) for a, b, _, _ in doors], np.intp).reshape(-1, 2)
    way = _through(doorway, joins, sensors)
    for one in distinct(room).tolist():
        rows, own = np.flatnonzero(room == one), sensors.room == one
        beyond = np.flatnonzero((joins == one).any(1))
        reach = _BESIDE_M if own.any() else REACH_M
        near = np.flatnonzero(own | (way[:, beyond].min(1, initial=np.inf) < reach))
        if not len(near):
            continue
        own = own[near]
        far = np.full((len(rows), len(near)), np.inf)
        for q in beyond.tolist():
            out = _length(plan[rows] - doorway[q])
            np.minimum(far, out[:, None] + way[None, near, q] + _DOOR_M, out=far)
        far[:, own] = _length(plan[rows, None] - sensors.at[near[own]])
        if len(near) > k:  # its own before all others
            kept = np.argpartition(far - np.where(own, 1e6, 0.0), k - 1, axis=1)[:, :k]
            far = np.take_along_axis(far, kept, 1)
        else:
            kept = np.broadcast_to(np.arange(len(near)), far.shape)
        taper = np.where(own[kept], 1.0, np.clip(1 - np.minimum(far, 1e6) / reach, 0, 1))
        sensor[rows, : kept.shape[1]] = near[kept]
        weight[rows, : kept.shape[1]] = taper**2 / (np.minimum(far, 1e6) ** 2 + _CLOSE_M**2)
        fade = np.clip(_STRONGEST - (_STRONGEST - _FAINTEST) * far.min(1) / REACH_M, _FAINTEST, _STRONGEST)
        strength[rows] = 1.0 if own.any() else fade
    return FieldWeights(sensor, weight, strength)


def _through(doorway: Floats, joins: Ints, sensors: SensorSites) -> Floats:
    """(sensors, doors) shortest distance in metres from each sensor to each door, through other doors where needed."""
    n = len(doorway)
    between = np.full((n, n), np.inf)
    shared = (joins[:, None, :, None] == joins[None, :, None, :]).any((2, 3)) if n else np.zeros((0, 0), np.bool_)
    between[shared] = _length(doorway[:, None] - doorway[None])[shared] + _DOOR_M
    np.fill_diagonal(between, 0.0)
    between[between > REACH_M] = np.inf
    if n <= _MOST_DOORS:  # Floyd and Warshall
        for q in range(n):
            np.minimum(between, between[:, q, None] + between[q], out=between)
    made = np.full((len(sensors.room), n), np.inf)
    for i, (at, room) in enumerate(zip(sensors.at, sensors.room.tolist(), strict=True)):
        own = np.flatnonzero((joins == room).any(1))
        if len(own):
            made[i] = (_length(doorway[own] - at)[:, None] + between[own]).min(0)
    return made


@dataclass(slots=True, eq=False)
class FieldMesh:
    """Subdivided floor mesh of a storey, shown as its actor `field`."""

    level: StoreyActors
    floor: FloorMesh
    """The floor from which this mesh was built; another floor needs a new mesh."""
    data: vtkPolyData
    colours: Bytes
    plan: Floats
    room: Ints
    key: object = None
    """Key of the sensors for which the weights were computed."""
    weights: FieldWeights | None = None
    painted_with: tuple[ColourScale, Floats, Bytes, NDArray[np.bool_]] | None = None
    """Scale, values and colours that are currently painted."""
    hatched: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    texture: vtkTexture | None = None
    """The floor's light that is laid over it."""

    @classmethod
    def over(cls, level: StoreyActors, floor: FloorMesh) -> FieldMesh:
        """The field mesh for a storey's floor."""
        corners = vtk_to_numpy(floor.data.GetPoints().GetData()).astype(np.float64).reshape(-1, 3, 3)
        points, triangles, room = divided(corners, floor.room[::3].astype(np.intp))
        data = polydata(points.astype(np.float32), triangles.astype(np.int64))
        colours = set_colours(data, np.zeros((len(points), 3), np.uint8))
        return cls(level, floor, data, colours, points[:, :2].copy(), room)

    def replace_floor(self) -> None:
        """Shows the field instead of the floor."""
        one = actor(self.data)
        look = one.GetProperty()
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        self.texture = None
        self.level.set_actor("field", one)

    def restore_floor(self) -> None:
        """Removes the field actor and shows the floor again."""
        self.level.set_actor("field", None)

    def show(
        self, scale: ColourScale, sensor_values: Floats, plain: Bytes, hidden: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Colours every vertex; returns (rooms,) which rooms have no sensor in reach. `plain` (3,) is the bare floor's
        colour.
        """
        now = (scale, sensor_values, plain, hidden)
        if self.weights is None or (self.painted_with is not None and _same(self.painted_with, now)):
            return self.hatched
        self.painted_with = now
        values = self.weights.values(sensor_values)
        values[hidden[self.room]] = np.nan
        known = np.isfinite(values)
        self.colours[:] = scale.paint(values)
        faint = np.flatnonzero(~known | (self.weights.strength < 1))
        share = np.where(known, self.weights.strength, 0.0)[faint, None]
        self.colours[faint] = plain + (self.colours[faint].astype(np.float32) - plain) * share
        self.data.GetPointData().GetScalars().Modified()
        self.data.Modified()
        self.hatched = (np.bincount(self.room[known], minlength=len(self.level.rooms)) == 0) & ~hidden
        return self.hatched

    def apply_floor_light(self) -> None:
        """Applies the floor's light once it exists: that of lamps and sky where the storey is drawn in it. Call before a
        frame.
        """
        level = self.level
        if level.floor is None or level.floor.light is None or level.plan_grid is None:
            return
        one, lit = level.actors["field"], level.actors.get(LIT + "floor")
        texture = level.floor.light.texture if lit is None else lit.GetTexture()
        if lit is not None:
            one.GetProperty().SetAmbient(lit.GetProperty().GetAmbient())
        if texture is self.texture:
            return
        set_texture_places(self.data, level.plan_grid.texture_coordinates(self.plan))
        one.SetTexture(texture)
        self.texture = texture


def _same(
    old: tuple[ColourScale, Floats, Bytes, NDArray[np.bool_]], new: tuple[ColourScale, Floats, Bytes, NDArray[np.bool_]]
) -> bool:
    return (
        old[0] == new[0]
        and np.array_equal(old[1], new[1], equal_nan=True)
        and np.array_equal(old[2], new[2])
        and np.array_equal(old[3], new[3])
    )


class FieldScene(Protocol):
    """The parts of the scene that scalar fields need."""

    @property
    def storey_stack(self) -> StoreyStack: ...
    @property
    def shown(self) -> Look: ...
    @property
    def twin(self) -> Twin: ...
    @property
    def theme(self) -> Theme: ...
    @property
    def scale(self) -> ColourScale | None: ...
    @property
    def readings(self) -> SceneValues: ...
    @property
    def placed(self) -> PlacedDevices: ...
    @property
    def centroids(self) -> Mapping[RoomId, tuple[float, float]]: ...


class ScalarFields:
    """Field meshes of the focused storeys, while smooth colouring is on."""

    def __init__(self) -> None:
        self.on = False
        self.reached = np.empty(0, np.bool_)
        """(rooms,) whether a field colours any part of the room."""
        self._field_meshes: dict[int, FieldMesh] = {}

    def drop(self) -> None:
        """Discards all field meshes when the building is replaced."""
        self._field_meshes.clear()

    def paint(
        self, scene: FieldScene, rooms: Sequence[Ints], hidden: NDArray[np.bool_]
    ) -> dict[int, NDArray[np.bool_]]:
        """Creates field meshes where needed and colours them; returns for each storey with one (rooms,) which rooms
        stay hatched.

        `rooms` are the rows of each storey's rooms, `hidden` (rows,) which of them are hidden.
        """
        levels, scale, made = scene.storey_stack.levels, scene.scale, dict[int, NDArray[np.bool_]]()
        wanted = dict[int, FloorMesh]()
        self.reached = np.zeros(len(hidden), np.bool_)
        if self.on and scale is not None and runs_smoothly(scale.row):
            wanted = {i: level.floor for i, level in enumerate(levels) if level.show is StoreyMode.CUT and level.floor}
        for index in self._field_meshes.keys() - wanted.keys():
            self._field_meshes.pop(index).restore_floor()
        if not wanted or scale is None:
            return made
        sensor_values = scene.readings.sensor_values()
        room, device = scene.readings.sensors()
        plain = np.array([round(part * 255) for part in rgb(scene.theme.floor)], np.uint8)
        for index, floor in wanted.items():
            place = np.full(len(hidden), -1, np.intp)
            place[rooms[index]] = np.arange(len(rooms[index]))
            own = np.flatnonzero(place[room] >= 0)
            field_mesh = self._field_mesh(levels[index], floor, index)
            key = (scene.readings, scene.readings.capability, len(room))
            if field_mesh.key != key:
                at = [_spot(scene, int(device[i]), int(room[i])) for i in own.tolist()]
                sensors = SensorSites(np.array(at).reshape(-1, 2), place[room[own]])
                field_mesh.weights = field_weights(
                    field_mesh.plan, field_mesh.room, sensors, doors_of(scene.twin.doors, levels[index])
                )
                field_mesh.key, field_mesh.painted_with = key, None
            made[index] = field_mesh.show(scale, sensor_values[own], plain, hidden[rooms[index]])
            self.reached[rooms[index]] = ~made[index]
            if scene.shown.stand is not EyePlace.OUTSIDE:
                made[index] = np.zeros_like(made[index])  # stripes under the feet of a walker tell nothing
        return made

    def apply_floor_light(self) -> None:
        """Applies the floors' light to new field meshes. Call before a frame."""
        for field_mesh in self._field_meshes.values():
            field_mesh.apply_floor_light()

    def _field_mesh(self, level: StoreyActors, floor: FloorMesh, index: int) -> FieldMesh:
        found = self._field_meshes.get(index)
        if found is None or found.floor is not floor:
            found = self._field_meshes[index] = FieldMesh.over(level, floor)
            found.replace_floor()
        return found


def _spot(scene: FieldScene, device: int, room: int) -> tuple[float, float]:
    """(x, y) of a sensor in plan, metres: its own position, else the centre of its room."""
    if device >= 0:
        return float(scene.placed.positions[device, 0]), float(scene.placed.positions[device, 1])
    return scene.centroids.get(scene.twin.rooms[room].id, (0.0, 0.0))


def doors_of(doors: tuple[Door, ...], level: StoreyActors) -> list[tuple[int, int, float, float]]:
    """Doors between two rooms of a storey: (index, index, x, y), metres."""
    at: dict[RoomId, int] = {room.id: i for i, room in enumerate(level.rooms)}
    pairs = [(door, [at[room] for room in door.rooms if room in at]) for door in doors]
    return [(own[0], own[1], *door.position_m[:2]) for door, own in pairs if len(own) == 2]
