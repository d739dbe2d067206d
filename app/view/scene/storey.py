"""One storey in the picture: its cut shape, its floor with the colours of its rooms, its light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from app.view.scene import bake
from app.view.scene.bake import Ground, Lamp
from app.view.scene.cut import divide, fill, ring_lines, slice_below
from app.view.scene.floor_texture import PREFIX, FloorTextures
from app.view.scene.ghost import ghost_of, opacity_of
from app.view.scene.meshing import (
    Picture,
    actor,
    compact,
    creased,
    picture,
    polydata,
    set_colours,
    set_texture_places,
    spread,
    vtk_points,
)
from app.view.scene.source import Source, Stuff
from app.view.theme import Theme, rgb
from twin.model.space import Room, Storey

type Bytes = NDArray[np.uint8]

CUT_M = 1.3507
"""Height of the cut above the floor; the odd tenth keeps it off the surfaces that files put at round heights."""
_CUTS_KEPT = 4
_FLOOR_M = 0.012
_POOL_M = 0.006
"""How far pools of light lie above the floor; depth offsets differ between drivers, millimetres do not."""
_FOOT_M = 0.30
_THRESHOLD_M = 0.115
"""Half of a thin wall: rooms meet in the doorway."""
_CREASE_DEG = 38.0
_WORN = frozenset({"caps", "glow", "leaf", "leaf_caps", "leaf_glass", "shade"})
"""Drawn with walls, where they are there at all."""


class Show(StrEnum):
    """How a storey is drawn."""

    HIDDEN = "hidden"
    CUT = "cut"
    PLAIN = "plain"
    """Below the focus: whole, without what stands in it."""
    GHOST = "ghost"
    """A shell that one sees through."""


@dataclass(slots=True, eq=False)
class Floor:
    """The rooms' floors as one mesh: `colours` is VTK's own memory, `room` the room of each vertex."""

    data: vtkPolyData
    colours: Bytes
    room: NDArray[np.int64]
    plan: NDArray[np.float64]
    """(n, 2) metres of each vertex."""
    light: Picture | None = None
    plain_light: NDArray[np.float32] | None = None


@dataclass(slots=True, eq=False)
class StoreyProps:
    """At most seven actors; what they show is made when it is first needed."""

    storey: Storey
    rooms: tuple[Room, ...]
    source: Source
    theme: Theme
    renderer: vtkRenderer
    textures: FloorTextures | None = None
    plain: bool = False
    """No value colours the rooms: their floors have their own textures."""
    show: Show = Show.HIDDEN
    lift: float = 0.0
    opacity: float = 1.0
    cut_m: float = CUT_M
    actors: dict[str, vtkActor] = field(default_factory=dict[str, vtkActor])
    floor: Floor | None = None
    ground: Ground | None = None
    rooms_at: NDArray[np.int32] | None = None
    glow: Picture | None = None
    _cut: float | None = None
    _whole: Source | None = None
    """The source before anything was taken out."""
    _left: dict[str, tuple[frozenset[int], frozenset[int]]] = field(
        default_factory=dict[str, tuple[frozenset[int], frozenset[int]]]
    )
    _painted: Bytes | None = None
    _empty: NDArray[np.bool_] | None = None
    _shapes: dict[float | None, dict[str, vtkPolyData]] = field(
        default_factory=dict[float | None, dict[str, vtkPolyData]]
    )

    @property
    def cut_z(self) -> float:
        """Where this storey is cut when it is in focus."""
        return self.floor_z + self.cut_m

    @property
    def floor_z(self) -> float:
        """The level that people stand on: of the largest room, else the storey's own."""
        if not self.rooms:
            return self.storey.elevation_m
        return max(self.rooms, key=lambda room: room.area_m2).floor_m

    def present(self, show: Show, cut_z: float | None) -> None:
        """Draws the storey this way; `cut_z` is where everything ends, None for its own whole height."""
        if cut_z is not None and show is Show.PLAIN and self.top <= cut_z:
            cut_z = None
        wanted = self._wanted(show)
        if show is Show.GHOST:
            self._need_ghost(wanted)
        elif show is not Show.HIDDEN and (cut_z != self._cut or not wanted <= self.actors.keys()):
            self._cut = cut_z
            self._shape(cut_z)
        self.show = show
        self._dress()

    @property
    def cut_now(self) -> float | None:
        """Where it is cut as it is drawn now; None for its whole height."""
        return self._cut

    @property
    def is_solid(self) -> bool:
        """Whether its walls are drawn, and not only their ghosts, or nothing."""
        return self.show in (Show.CUT, Show.PLAIN)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is drawn, up to its top."""
        return self._cut is None

    @property
    def top(self) -> float:
        """The highest z of anything that can be cut."""
        return max(self.source.frame.top, self.source.glass.top)

    def place(self, lift: float, opacity: float) -> None:
        """Lifts all of it by metres and lets it fade (animations)."""
        self.lift, self.opacity = lift, opacity
        for one in self.actors.values():
            one.SetPosition(0.0, 0.0, lift)
        self._dress()

    def paint_rooms(self, colours: Bytes, empty: NDArray[np.bool_], *, plain: bool = False) -> None:
        """(r, 3) colours of the rooms, in place; rooms marked `empty` are hatched. `plain` ones show their textures."""
        if plain is not self.plain:
            self.plain = plain
            self._dress()
        if self.floor is None:
            return
        if self._painted is None or not np.array_equal(self._painted, colours):
            self._painted = colours
            self.floor.colours[:] = colours[self.floor.room]
            self.floor.data.GetPointData().GetScalars().Modified()
            self.floor.data.Modified()
        if self._empty is None or not np.array_equal(self._empty, empty):
            self._empty = empty
            self._hatch()

    def light_up(self) -> None:
        """Bakes the floor's light where the storey is in focus and that has not been done; before a frame."""
        if self.show is not Show.CUT or self.floor is None or self.floor.light is not None:
            return
        light = self._bake(self.floor)
        self.actors["floor"].SetTexture(light.texture)
        self._lay_textures(self.floor, light)
        self._hatch()

    def _lay_textures(self, floor: Floor, light: Picture) -> None:
        if self.textures is None or self.ground is None:
            return
        positions = np.asarray(vtk_to_numpy(floor.data.GetPoints().GetData()), np.float32)
        shine = light.texture, self.ground.places(floor.plan)
        for name, one in self.textures.actors(self.rooms, positions, floor.room, shine).items():
            self._add(name, one)
        self._dress()

    def lamps(self, lamps: Sequence[Lamp]) -> None:
        """The lights that are on throw these pools of light; none takes the pools away."""
        if self.ground is None or self.rooms_at is None or self.floor is None:
            return
        if not lamps:
            if "glow" in self.actors:
                self.renderer.RemoveActor(self.actors.pop("glow"))
            self.glow = None
            return
        pixels = bake.lamplight(lamps, self.rooms_at, self.ground)
        if self.glow is not None:
            self.glow.pixels[:] = pixels
            self.glow.changed()
            return
        self.glow = picture(pixels, mipmap=False)
        data = vtkPolyData()
        data.ShallowCopy(self.floor.data)
        data.GetPointData().SetScalars(None)
        raised = vtk_to_numpy(self.floor.data.GetPoints().GetData()) + np.array([0, 0, _POOL_M], np.float32)
        data.SetPoints(vtk_points(raised))
        pool = actor(data)
        pool.GetMapper().ScalarVisibilityOff()
        pool.SetTexture(self.glow.texture)
        pool.GetProperty().LightingOff()
        pool.ForceTranslucentOn()
        self._add("glow", pool)
        self._dress()

    def wear(self, name: str, one: vtkActor | None) -> None:
        """Puts an actor into the picture with the storey; None takes it out. A `field` lies in the floor's place."""
        if name in self.actors:
            self.renderer.RemoveActor(self.actors.pop(name))
        if one is not None:
            self._add(name, one)
        self._dress()

    def take_out(self, who: str, solid: frozenset[int], glass: frozenset[int]) -> None:
        """Leaves the walls' and the glass's triangles of these elements to `who`, which moves them; what it had returns."""
        if (solid, glass) == self._left.get(who, (frozenset(), frozenset())):
            return
        self._left[who] = (solid, glass)
        solid, glass = (frozenset[int]().union(*column) for column in zip(*self._left.values(), strict=True))
        if self._whole is None:
            self._whole = self.source
        whole = self._whole
        self.source = replace(whole, frame=_without(whole.frame, solid), glass=_without(whole.glass, glass))
        soft = {z: shape["soft"] for z, shape in self._shapes.items() if "soft" in shape}
        self._shapes.clear()
        if "body" in self.actors or "glass" in self.actors:
            self._shapes[self._cut] = self._cut_shape(self._cut, soft.get(self._cut))
            self._shape(self._cut)
            self._dress()

    def prepare_cut(self) -> bool:
        """Makes the cut shape ahead of its first use; whether there was something to make."""
        if self.cut_z in self._shapes:
            return False
        self._shapes[self.cut_z] = self._cut_shape(self.cut_z)
        return True

    def remove(self) -> None:
        """Takes everything out of the picture."""
        for one in self.actors.values():
            self.renderer.RemoveActor(one)
        self.actors.clear()
        self._shapes.clear()

    # what is drawn how

    def _wanted(self, show: Show) -> set[str]:
        parts = {Show.HIDDEN: (), Show.PLAIN: ("body", "floor", "glass", "yard"), Show.GHOST: ("ghost", "ghost_edges")}
        names = parts.get(show, ("body", "caps", "floor", "glass", "soft", "yard"))
        has = {
            "body": len(self.source.frame) > 0,
            "caps": len(self.source.frame) > 0,
            "glass": len(self.source.glass) > 0,
            "soft": len(self.source.soft) > 0,
            "yard": len(self.source.yard) > 0,
            "floor": bool(self.rooms),
            "ghost": bool(self.source.frame.solid.any()),
            "ghost_edges": bool(self.source.frame.solid.any()),
        }
        return {name for name in names if has[name]}

    def _dress(self) -> None:
        wanted = self._wanted(self.show) | (_WORN if self.is_solid else set())
        if self.show is Show.CUT:
            wanted = wanted | {"rotor"} | ({n for n in self.actors if n.startswith(PREFIX)} if self.plain else set())
        if "field" in self.actors and self.show is Show.CUT:
            wanted = wanted - {"floor"} | {"field"}
        for name, one in self.actors.items():
            one.SetVisibility(name in wanted and self.opacity > 0.01)
            one.GetProperty().SetOpacity(opacity_of(name) * self.opacity)

    def _shape(self, cut_z: float | None) -> None:
        shapes = self._shapes.get(cut_z)
        if shapes is None:
            shapes = self._shapes[cut_z] = self._cut_shape(cut_z)
            for old in [z for z in self._shapes if z not in (None, cut_z)][:-_CUTS_KEPT]:
                del self._shapes[old]
        for name in ("body", "caps", "glass", "soft"):
            if name in self.actors:
                self.renderer.RemoveActor(self.actors.pop(name))
            if name in shapes:
                self._add(name, material(name, actor(shapes[name]), self.theme))
        yard = self.source.yard
        if len(yard) and "yard" not in self.actors:
            mesh = creased(*compact(yard.positions, yard.triangles), yard.colours, _CREASE_DEG)
            self._add("yard", material("soft", actor(mesh), self.theme))
        self._need_floor()

    def _need_ghost(self, wanted: set[str]) -> None:
        if not wanted <= self.actors.keys():
            for name, one in ghost_of(self.source, self.theme).items():
                self._add(name, one)

    def _add(self, name: str, one: vtkActor) -> None:
        one.SetPosition(0.0, 0.0, self.lift)
        self.actors[name] = one
        self.renderer.AddActor(one)

    def _cut_shape(self, cut_z: float | None, known_soft: vtkPolyData | None = None) -> dict[str, vtkPolyData]:
        frame, made = self.source.frame, dict[str, vtkPolyData]()
        if len(frame):
            below, caps = cut_stuff(frame, cut_z)
            if len(below):
                made["body"] = shaded_mesh(below, self.floor_z)
            if len(caps):
                made["caps"] = cap_mesh(caps, cut_z or 0.0)
        if len(self.source.glass):
            below, _ = cut_stuff(self.source.glass, cut_z)
            if len(below):
                made["glass"] = polydata(*compact(below.positions, below.triangles))
        soft = Stuff() if known_soft is not None else self._standing(cut_z)
        if known_soft is not None:
            made["soft"] = known_soft
        if len(soft):
            made["soft"] = creased(*compact(soft.positions, soft.triangles), soft.colours, _CREASE_DEG)
        return made

    def _standing(self, cut_z: float | None) -> Stuff:
        soft = self.source.soft
        if cut_z is None or not len(soft):
            return soft
        low = soft.positions[soft.triangles, 2].min(1)
        _, owner = np.unique(soft.elements, return_inverse=True)
        lowest = np.full(owner.max() + 1, np.inf)
        np.minimum.at(lowest, owner, low)
        return soft.take(lowest[owner] < cut_z - 0.05)

    def _need_floor(self) -> None:
        if self.floor is not None or not self.rooms:
            return
        lines = [ring_lines([room.outline, *room.holes]) for room in self.rooms]
        owner = np.repeat(np.arange(len(lines)), [len(one) for one in lines])
        plan, room = fill(np.concatenate(lines), owner)
        if not len(plan):
            return
        edges, edge_room = thresholds(np.concatenate(lines), owner)
        level = np.array([room.floor_m for room in self.rooms])
        corners = np.concatenate([plan.reshape(-1, 2), edges.reshape(-1, 2)])
        vertex_room = np.repeat(np.concatenate([room, edge_room]), 3)
        height = np.where(np.arange(len(corners)) < plan.shape[0] * 3, _FLOOR_M, _FLOOR_M * 0.6)
        positions = np.column_stack([corners, level[vertex_room] + height]).astype(np.float32)
        data = polydata(positions, np.arange(len(positions)).reshape(-1, 3))
        base = np.tile((np.array(rgb(self.theme.floor)) * 255).astype(np.uint8), (len(positions), 1))
        self.floor = Floor(data, set_colours(data, base), vertex_room, corners)
        self._painted = self._empty = None
        one = actor(data)
        look = one.GetProperty()
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        self._add("floor", one)

    def _bake(self, floor: Floor) -> Picture:
        low, high = floor.plan.min(0) - 0.05, floor.plan.max(0) + 0.05
        ground = self.ground = Ground.over(tuple(low), tuple(high), most=760, finest=0.04)
        walls = self.source.frame.take(self.source.frame.shaded)
        line_z = self.floor_z + 0.35
        sliced = slice_below(walls.positions, walls.triangles, line_z)
        plan, _ = fill(sliced.lines, walls.elements[sliced.owners])
        soft = self.source.soft
        near = soft.take(soft.positions[soft.triangles, 2].min(1) < self.floor_z + 0.6) if len(soft) else soft
        light = bake.floor_light(
            bake.stamp(ground, plan), bake.stamp(ground, near.positions[near.triangles][..., :2]), ground
        )
        self.rooms_at = bake.room_map(self.rooms, ground)
        set_texture_places(floor.data, ground.places(floor.plan))
        floor.plain_light = light
        made = floor.light = picture(np.repeat((light * 255).astype(np.uint8)[..., None], 3, 2))
        return made

    def _hatch(self) -> None:
        floor = self.floor
        if floor is None or floor.light is None or floor.plain_light is None or self.ground is None:
            return
        if self.rooms_at is None or self._empty is None:
            return
        light = floor.plain_light
        if self._empty.any():
            striped = np.concatenate([[False], self._empty])[self.rooms_at]
            light = light * (1 - 0.13 * bake.hatch(self.ground) * striped)
        pixels = (light * 255).astype(np.uint8)
        if not np.array_equal(pixels, floor.light.pixels[..., 0]):
            floor.light.pixels[:] = pixels[..., None]
            floor.light.changed()


def _without(stuff: Stuff, elements: frozenset[int]) -> Stuff:
    return stuff.take(~np.isin(stuff.elements, list(elements))) if elements and len(stuff) else stuff


def thresholds(lines: NDArray[np.float64], owner: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """((t, 3, 2) triangles, (t,) room) that reach from each room's outline under its walls, so that doorways are floor."""
    way = lines[:, 2:] - lines[:, :2]
    out = np.column_stack([way[:, 1], -way[:, 0]]) / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    twice = np.bincount(owner, lines[:, 0] * lines[:, 3] - lines[:, 2] * lines[:, 1])
    out *= np.where(twice < 0, -_THRESHOLD_M, _THRESHOLD_M)[owner][:, None]
    a, b = lines[:, :2], lines[:, 2:]
    near, far = np.stack([a, b, b + out], 1), np.stack([a, b + out, a + out], 1)
    return np.concatenate([near, far]), np.concatenate([owner, owner])


def cut_stuff(stuff: Stuff, cut_z: float | None) -> tuple[Stuff, NDArray[np.float64]]:
    """(what lies below the cut, (t, 3, 2) triangles in plan that close the solids)."""
    if cut_z is None or stuff.top <= cut_z:
        return stuff, np.empty((0, 3, 2))
    sliced = slice_below(stuff.positions, stuff.triangles, cut_z)
    rest = Stuff(
        sliced.positions,
        sliced.triangles,
        stuff.colours[sliced.source],
        stuff.elements[sliced.source],
        stuff.shaded[sliced.source],
        stuff.solid[sliced.source],
    )
    closed = stuff.solid[sliced.owners]
    caps, _ = fill(sliced.lines[closed], stuff.elements[sliced.owners[closed]])
    return rest, caps


def shaded_mesh(stuff: Stuff, floor_z: float) -> vtkPolyData:
    """The solid parts with their colours, walls darker towards the floor as if the light had not got there."""
    walls, rest = stuff.take(stuff.shaded), stuff.take(~stuff.shaded)
    positions, triangles, source = divide(walls.positions, walls.triangles, floor_z + _FOOT_M)
    p1, t1, c1 = spread(*compact(positions, triangles), walls.colours[source])
    height = p1[:, 2] - floor_z
    tone = np.interp(height, [-0.4, 0.0, _FOOT_M, 1.35, 2.6], [0.80, 0.70, 0.88, 1.0, 1.0])
    c1 = c1.copy()
    c1[:, :3] = c1[:, :3] * tone[:, None]
    p2, t2, c2 = spread(*compact(rest.positions, rest.triangles), rest.colours)
    return polydata(
        np.concatenate([p1, p2]), np.concatenate([t1, t2 + len(p1)]), colours=np.concatenate([c1, c2])[:, :3]
    )


def cap_mesh(plan: NDArray[np.float64], z: float) -> vtkPolyData:
    """The closed cut as a mesh at height z."""
    corners = plan.reshape(-1, 2)
    positions = np.column_stack([corners, np.full(len(corners), z)]).astype(np.float32)
    return polydata(positions, np.arange(len(positions)).reshape(-1, 3))


def material(name: str, one: vtkActor, theme: Theme) -> vtkActor:
    """An actor made to look like a storey's body, caps, glass, soft or floor."""
    look = one.GetProperty()
    dark = theme.name == "dark"
    if name in ("caps", "glass"):
        one.GetMapper().ScalarVisibilityOff()
        look.SetColor(*rgb(theme.cap if name == "caps" else theme.glass))
    if name == "caps":
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        return one
    if name == "glass":
        look.SetAmbient(0.75)
        look.SetDiffuse(0.35)
        look.SetInterpolationToFlat()
        return one
    look.SetAmbient(0.48 if dark else 0.55)
    look.SetDiffuse(0.78 if dark else 0.66)
    if name == "soft":
        look.SetAmbient(0.42)
        look.SetDiffuse(0.62)
    if name == "body":
        look.SetInterpolationToFlat()
    return one
