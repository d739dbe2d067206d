# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""VTK actors of one storey: cut walls, floor with room colours, baked light."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from app.view.scene.geometry import baked_light
from app.view.scene.geometry.array_sets import is_among
from app.view.scene.geometry.baked_light import LampLight, PlanGrid
from app.view.scene.geometry.materials import material
from app.view.scene.geometry.shape_work import Work, work_on
from app.view.scene.geometry.vtk_meshes import (
    EditableTexture,
    TriangleMesh,
    actor,
    picture,
    polydata,
    set_colours,
    set_texture_places,
)
from app.view.scene.structure.ceilings import CeilingShape, ceiling_shape
from app.view.scene.structure.floor_texture import PREFIX, FloorTextures
from app.view.scene.structure.ghost_storey import GhostShape, ghost_actors, ghost_shape, opacity_of
from app.view.scene.structure.light_pool import BakedPool, LightPool
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet
from app.view.scene.structure.storey_shape import (
    FloorLight,
    FloorShape,
    base_of,
    cut_shape,
    floor_light,
    floor_shape,
    soft_shape,
)
from app.view.theme import Theme, rgb
from twin.model.space import Room, Storey

type Bytes = NDArray[np.uint8]

CUT_M = 1.3507
"""Height of the cut above the floor in metres; the odd value avoids surfaces that files put at round heights."""
_CUTS_KEPT = 4
_HATCH = 0.13
"""Darkening of the stripes of rooms without data."""
_MESHES = ("body", "caps", "glass", "soft", "exterior")
"""Names of the actors made from the building's mesh, in drawing order."""
_PLAIN = ("body", "caps", "glass", "exterior")
"""Actors drawn for storeys below the one in focus."""
_GHOST = ("ghost", "ghost_edges")
LIT = "lit "
"""Prefix of the names of actors with baked light."""
_UNLIT = frozenset({"body", "soft", "floor", "glow"})
"""Names of the actors that baked ones replace."""
_WORN = frozenset({"caps", "glow", "leaf", "leaf_caps", "leaf_glass", "shade"})
"""Names of actors drawn with walls where they exist."""


@dataclass(frozen=True, slots=True)
class HungRectangle:
    """An upright rectangle, metres: centre and direction in plan, half width, lower and upper edge."""

    middle: tuple[float, float]
    along: tuple[float, float]
    half_m: float
    low: float
    high: float


class StoreyMode(StrEnum):
    """Drawing mode of a storey."""

    HIDDEN = "hidden"
    CUT = "cut"
    PLAIN = "plain"
    """Storey below the focus: not cut, without furniture."""
    GHOST = "ghost"
    """Transparent shell."""


@dataclass(slots=True, eq=False)
class FloorMesh:
    """The rooms' floors as one mesh: `colours` is a view of VTK's array, `room` the room of each vertex."""

    data: vtkPolyData
    colours: Bytes
    room: NDArray[np.int64]
    plan: NDArray[np.float64]
    """(n, 2) plan coordinates of each vertex in metres."""
    light: EditableTexture | None = None
    plain_light: NDArray[np.float32] | None = None


@dataclass(slots=True, eq=False)
class StoreyActors:
    """Actors of one storey, built when first needed."""

    storey: Storey
    rooms: tuple[Room, ...]
    source: StoreyMesh
    theme: Theme
    renderer: vtkRenderer | None = None
    """None until the storey is added to a renderer; its shapes as arrays may be computed before, on any thread."""
    textures: FloorTextures | None = None
    plain: bool = False
    """Whether floors show their own textures because no value colours the rooms."""
    show: StoreyMode = StoreyMode.HIDDEN
    lift: float = 0.0
    opacity: float = 1.0
    cut_m: float = CUT_M
    actors: dict[str, vtkActor] = field(default_factory=dict[str, vtkActor])
    floor: FloorMesh | None = None
    plan_grid: PlanGrid | None = None
    rooms_at: NDArray[np.int32] | None = None
    light: FloorLight | None = None
    """Baked floor light that the next frame shows."""
    lit: bool = False
    """Whether the storey is drawn in its baked light; set by `set_lit`."""
    ajar: frozenset[int] = frozenset()
    """Elements of open leaves among those drawn by other layers; light passes there."""
    blinds: dict[str, HungRectangle] = field(default_factory=dict[str, HungRectangle])
    """Rectangles of the blinds in front of windows, by device."""
    blinds_open: dict[str, float] = field(default_factory=dict[str, float])
    """Share of sky light that each blind lets in, by device."""
    patient: bool = False
    """Whether the floor's light is baked on another thread instead of within a frame."""
    held: bool = False
    """Whether the mesh is not drawn yet and `fill_in` draws it step by step; floors are drawn already."""
    pool: LightPool = field(default_factory=LightPool)
    _cut: float | None = None
    _whole: StoreyMesh | None = None
    """The source before elements were excluded."""
    _left: dict[str, tuple[frozenset[int], frozenset[int]]] = field(
        default_factory=dict[str, tuple[frozenset[int], frozenset[int]]]
    )
    _painted: Bytes | None = None
    _empty: NDArray[np.bool_] | None = None
    _shapes: dict[float | None, dict[str, TriangleMesh]] = field(
        default_factory=dict[float | None, dict[str, TriangleMesh]]
    )
    _floors: tuple[FloorShape | None, ...] = ()
    """Cached floor shape; empty if not computed yet."""
    _ghosts: tuple[GhostShape | None, ...] = ()
    """Cached ghost shape; empty if not computed yet."""
    _ceilings: tuple[CeilingShape | None, ...] = ()
    """Cached ceiling shape; empty if not computed yet."""
    _exterior: dict[str, TriangleMesh] | None = None
    _awaited: tuple[float | None, ...] = ()
    """Cuts whose shapes are being computed on another thread; the drawn shape stays until then."""

    @property
    def cut_z(self) -> float:
        """Height z in metres at which this storey is cut when in focus."""
        return self.floor_z + self.cut_m

    @property
    def floor_z(self) -> float:
        """Floor level z in metres: that of the largest room, else the storey's elevation."""
        if not self.rooms:
            return self.storey.elevation_m
        return max(self.rooms, key=lambda room: room.area_m2).floor_m

    def present(self, show: StoreyMode, cut_z: float | None) -> None:
        """Draws the storey in this mode, cut at height `cut_z` in metres; None for its whole height."""
        if cut_z is not None and show is StoreyMode.PLAIN and self.top <= cut_z:
            cut_z = None
        self.show, self._awaited = show, ()
        if show is StoreyMode.GHOST:
            if not self.held:
                self._need_ghost()
        elif show is not StoreyMode.HIDDEN:
            if not self.held and not self._is_ready(cut_z):
                self._awaited = (cut_z,)
            elif cut_z != self._cut:
                self._cut = cut_z
                self._undraw()
            self._draw_missing()
        self._apply_theme()

    @property
    def awaits_shape(self) -> bool:
        """Whether the drawn shape stays until the new one has been computed on another thread."""
        return bool(self._awaited)

    @property
    def cut_now(self) -> float | None:
        """Height of the cut drawn now in metres; None for the whole height."""
        return self._cut

    @property
    def is_solid(self) -> bool:
        """Whether walls are drawn, rather than a ghost or nothing."""
        there = not self.held and not (self._awaited and "body" not in self.actors)
        return there and self.show in (StoreyMode.CUT, StoreyMode.PLAIN)

    @property
    def is_whole(self) -> bool:
        """Whether the storey is drawn uncut."""
        return self._cut is None

    @property
    def top(self) -> float:
        """The highest z of anything that can be cut."""
        return max(self.source.frame.top, self.source.glass.top)

    def place(self, lift: float, opacity: float) -> None:
        """Sets lift in metres and opacity of all actors (animations)."""
        self.lift, self.opacity = lift, opacity
        for one in self.actors.values():
            one.SetPosition(0.0, 0.0, lift)
        self._apply_theme()

    def paint_rooms(self, colours: Bytes, empty: NDArray[np.bool_], *, plain: bool = False) -> None:
        """Sets (r, 3) colours of the rooms in place and hatches `empty` rooms; `plain` shows the floors' textures."""
        if plain is not self.plain:
            self.plain = plain
            self._apply_theme()
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

    def bake_floor_light(self) -> bool:
        """Applies baked light to the floor of a focused storey that has none yet; returns whether it did. Call before
        a frame.
        """
        if self.show is not StoreyMode.CUT or self.floor is None or self.floor.light is not None:
            return False
        if self.light is None and self.patient:
            return False
        light = self._light(self.floor)
        self.actors["floor"].SetTexture(light.texture)
        self._lay_textures(self.floor, light)
        self._hatch()
        return True

    def _lay_textures(self, floor: FloorMesh, light: EditableTexture) -> None:
        if self.textures is None or self.plan_grid is None:
            return
        positions = np.asarray(vtk_to_numpy(floor.data.GetPoints().GetData()), np.float32)
        shine = light.texture, self.plan_grid.texture_coordinates(floor.plan)
        for name, one in self.textures.actors(self.rooms, positions, floor.room, shine).items():
            self._add(name, one)
        self._apply_theme()

    def set_lamp_pools(self, lamps: Sequence[LampLight]) -> None:
        """Sets the lamps whose pools of light are drawn; a `patient` storey draws them in `keep_pool`. Empty removes
        the pools.
        """
        if self.floor is None or self.plan_grid is None or self.held:
            return
        if not lamps or self.lit:
            self.pool.clear()
            if "glow" in self.actors:
                self._remove("glow")
            return
        self.pool.wanted = tuple(lamps)
        if not self.patient and (bake := self.pool_baking()) is not None:
            self.keep_pool(bake())

    def pool_baking(self) -> Callable[[], BakedPool] | None:
        """Function that bakes the visible pools of light on any thread; None if there is nothing to bake."""
        if self.rooms_at is None or self.plan_grid is None or self.show is StoreyMode.HIDDEN:
            return None
        return self.pool.baking(self.rooms_at, self.plan_grid)

    def keep_pool(self, baked: BakedPool) -> None:
        """Draws these pools of light if lamps are still on."""
        if self.floor is not None and self.pool.wanted and (made := self.pool.take(baked, self.floor.data)) is not None:
            self._add("glow", made)
            self._apply_theme()

    def set_actor(self, name: str, one: vtkActor | None) -> None:
        """Adds an actor to the storey under a name, or removes it for None; a `field` replaces the floor."""
        if name in self.actors:
            self._remove(name)
        if one is not None:
            self._add(name, one)
        self._apply_theme()

    def stripes(self, shape: tuple[int, int]) -> NDArray[np.float32] | None:
        """(rows, columns) brightness of the hatching of rooms without data, over the floor's grid; None where every
        room has data.
        """
        if self.plan_grid is None or self.rooms_at is None or self._empty is None or not self._empty.any():
            return None
        rows, columns = ((np.arange(n) + 0.5) * size / n for n, size in zip(shape, self.rooms_at.shape, strict=True))
        at = np.ix_(rows.astype(np.intp), columns.astype(np.intp))
        striped = np.concatenate([[False], self._empty])[self.rooms_at[at]]
        return 1 - _HATCH * baked_light.hatch(self.plan_grid)[at] * striped

    def set_lit(self, on: bool) -> None:
        """Sets whether the actors with the prefix LIT replace walls, furniture, floors and pools of light."""
        self.lit = on
        self._apply_theme()

    def excluded_elements(self) -> frozenset[int]:
        """The wall elements whose triangles other layers draw."""
        return self._gone()[0]

    def exclude_elements(self, who: str, solid: frozenset[int], glass: frozenset[int]) -> None:
        """Excludes these elements' wall and glass triangles, which the layer `who` draws, and restores those it had
        excluded before.
        """
        if (solid, glass) == self._left.get(who, (frozenset(), frozenset())):
            return
        self._left[who] = (solid, glass)
        solid, glass = self._gone()
        if self._whole is None:
            self._whole = self.source
        whole = self._whole
        self.source = replace(whole, frame=_without(whole.frame, solid), glass=_without(whole.glass, glass))
        if any(base_of(name) in ("body", "glass") for name in self.actors):
            self._undraw()
            self._draw_missing()
            self._apply_theme()

    # shapes ahead of their use: arrays, which any thread may make

    def shaping(self, cut_z: float | None) -> Callable[[], dict[str, TriangleMesh]]:
        """Function that computes the shape for this cut on any thread, including elements moved by other layers."""
        return partial(cut_shape, self._whole or self.source, cut_z, self.floor_z)

    def has_shape(self, cut_z: float | None) -> bool:
        """Whether the shape for this cut is cached."""
        return cut_z in self._shapes

    def keep_shape(self, cut_z: float | None, shape: dict[str, TriangleMesh]) -> None:
        """Caches a shape and drops the oldest other ones."""
        self._shapes[cut_z] = shape
        for old in [z for z in self._shapes if z not in (None, cut_z, self._cut)][:-_CUTS_KEPT]:
            del self._shapes[old]

    def floor_shape(self) -> FloorShape | None:
        """Floor shape of the storey's rooms, cached; None without floors."""
        if not self._floors:
            self.keep_floor(floor_shape(self.rooms))
        return self._floors[0]

    def flooring(self) -> Callable[[], FloorShape | None] | None:
        """Function that computes the floor shape on any thread; None if already computed."""
        return None if self._floors else partial(floor_shape, self.rooms)

    def keep_floor(self, floor: FloorShape | None) -> None:
        """Stores the floor shape."""
        self._floors = (floor,)

    def baking(self) -> Callable[[], FloorLight] | None:
        """Function that bakes the floor's light on any thread; None without a floor or if already baked."""
        floor = self.floor_shape()
        if floor is None or self.light is not None:
            return None
        return partial(floor_light, self._whole or self.source, self.rooms, self.floor_z, floor.plan)

    def ghost_making(self) -> Callable[[], GhostShape | None] | None:
        """Function that computes the ghost shape on any thread; None if already computed."""
        return None if self._ghosts else partial(ghost_shape, self.source)

    def keep_ghost(self, ghost: GhostShape | None) -> None:
        """Stores the ghost shape, and draws it if the storey is shown as a ghost."""
        self._ghosts = (ghost,)
        if self.show is StoreyMode.GHOST:
            self.present(StoreyMode.GHOST, None)

    def ceiling_shape(self) -> CeilingShape | None:
        """Cached ceiling shape; computed on first use unless the storey is `patient`."""
        if not self.patient and (make := self.ceiling_making()) is not None:
            self.keep_ceiling(make())
        return self._ceilings[0] if self._ceilings else None

    def ceiling_at_hand(self) -> CeilingShape | None:
        """The ceiling shape if already computed, else None."""
        return self._ceilings[0] if self._ceilings else None

    def ceiling_making(self) -> Callable[[], CeilingShape | None] | None:
        """Function that computes the ceiling shape on any thread; None if done or before the floor is baked."""
        return None if self._ceilings or self.plan_grid is None else partial(ceiling_shape, self.source, self.rooms, self.plan_grid)  # fmt: skip

    def keep_ceiling(self, ceiling: CeilingShape | None) -> None:
        """Stores the ceiling shape."""
        self._ceilings = (ceiling,)

    def work_in_sight(self) -> Work | None:
        """Next pending computation for visible parts: floor light, pools of light, ghost; None if there is none."""
        for cut in self._awaited:
            return work_on(self.shaping(cut), partial(self._take_shape, cut))
        dark = self.show is StoreyMode.CUT and self.floor is not None and self.floor.light is None
        if dark and (bake := self.baking()) is not None:
            return work_on(bake, partial(setattr, self, "light"))
        if (pools := self.pool_baking()) is not None:
            return work_on(pools, self.keep_pool)
        ghost = self.ghost_making() if self.show is StoreyMode.GHOST else None
        return None if ghost is None else work_on(ghost, self.keep_ghost)

    def work_ahead(self) -> Work | None:
        """Next pending computation for parts needed when another storey is chosen; None if there is none."""
        if (floor := self.flooring()) is not None:
            return work_on(floor, self.keep_floor)
        for cut in (self.cut_z, None):
            if not self.has_shape(cut):
                return work_on(self.shaping(cut), partial(self.keep_shape, cut))
        ghost = self.ghost_making()
        return None if ghost is None else work_on(ghost, self.keep_ghost)

    def fill_in(self, most: int) -> int:
        """Draws pending meshes until at least `most` triangles are new; returns their number. Ends `held` when all are
        drawn.
        """
        drawn = 0
        if self.show in (StoreyMode.CUT, StoreyMode.PLAIN) and self._is_ready(self._cut):
            for name, mesh in self._missing():
                if drawn >= most:
                    break
                self._draw(name, mesh)
                drawn += len(mesh)
            else:
                self.held = False
        else:
            self.held = False
            self.present(self.show, self._cut)
        self._apply_theme()
        return drawn

    def remove(self) -> None:
        """Removes all actors for good; results that arrive later are not drawn."""
        for name in list(self.actors):
            self._remove(name)
        self.renderer, self.show, self._awaited = None, StoreyMode.HIDDEN, ()
        self.pool.clear()
        self._shapes.clear()

    # what is drawn how

    def _wanted(self, show: StoreyMode) -> set[str]:
        parts = {StoreyMode.HIDDEN: (), StoreyMode.PLAIN: ("floor", *_PLAIN), StoreyMode.GHOST: _GHOST}
        names = parts.get(show, ("body", "caps", "floor", "glass", "soft", "exterior"))
        has = {
            "body": len(self.source.frame) > 0,
            "caps": len(self.source.frame) > 0,
            "glass": len(self.source.glass) > 0,
            "soft": len(self.source.soft) > 0,
            "exterior": len(self.source.exterior) > 0,
            "floor": bool(self.rooms),
            "ghost": bool(self.source.frame.solid.any()),
            "ghost_edges": bool(self.source.frame.solid.any()),
        }
        return {name for name in names if has[name]}

    def _apply_theme(self) -> None:
        there = self.show in (StoreyMode.CUT, StoreyMode.PLAIN)
        wanted = self._wanted(self.show) | (_WORN if there else set())
        if self.show is StoreyMode.CUT:
            wanted = wanted | {"rotor"} | ({n for n in self.actors if n.startswith(PREFIX)} if self.plain else set())
        if "field" in self.actors and self.show is StoreyMode.CUT:
            wanted = wanted - {"floor"} | {"field"}
        if self.lit and self.show is StoreyMode.CUT:
            wanted = self._wanted_lit(wanted)
        for name, one in self.actors.items():
            one.SetVisibility(base_of(name) in wanted and self.opacity > 0.01)
            one.GetProperty().SetOpacity(opacity_of(base_of(name)) * self.opacity)

    def _wanted_lit(self, wanted: set[str]) -> set[str]:
        names = {name for name in self.actors if name.startswith(LIT)}
        if not self.plain:
            names -= {name for name in names if name.startswith(LIT + PREFIX)}
        if "field" in self.actors:
            names -= {LIT + "floor"}
        return {name for name in wanted if name not in _UNLIT and not name.startswith(PREFIX)} | names

    def _undraw(self) -> None:
        """Removes the actors that depend on the cut."""
        for name in [name for name in self.actors if base_of(name) in _MESHES and base_of(name) != "exterior"]:
            self._remove(name)

    def _draw_missing(self) -> None:
        """Adds the actors that are missing; while the storey is held, only its floor."""
        if not self.held and self._is_ready(self._cut):
            for name, mesh in self._missing():
                self._draw(name, mesh)
        self._need_floor()

    def _is_ready(self, cut_z: float | None) -> bool:
        """Whether the shape for this cut can be drawn now, from the cache or computed at once."""
        return self.has_shape(cut_z) or not self.patient

    def _take_shape(self, cut_z: float | None, shape: dict[str, TriangleMesh]) -> None:
        self.keep_shape(cut_z, shape)
        if self._awaited == (cut_z,):
            self.present(self.show, cut_z)

    def _missing(self) -> list[tuple[str, TriangleMesh]]:
        """The meshes that are still to be drawn, cut where the storey is cut."""
        if not self.has_shape(self._cut):
            self.keep_shape(self._cut, self.shaping(self._cut)())
        shape = self._shapes[self._cut]
        solid, glass = self._gone()
        gone = {"body": solid, "caps": solid, "glass": glass}
        if len(self.source.exterior) and not any(base_of(name) == "exterior" for name in self.actors):
            self._exterior = self._exterior or soft_shape("exterior", self.source.exterior)
            shape = shape | self._exterior
        ways = _PLAIN if self.show is StoreyMode.PLAIN else _MESHES
        names = [name for name in shape if name not in self.actors and base_of(name) in ways]
        left = [(name, shape[name].without(gone.get(base_of(name), frozenset()))) for name in names]
        return [(name, mesh) for name, mesh in left if len(mesh)]

    def _gone(self) -> tuple[frozenset[int], frozenset[int]]:
        """The elements of solid parts and of glass that other layers draw."""
        left = list(self._left.values())
        return frozenset[int]().union(*(one[0] for one in left)), frozenset[int]().union(*(one[1] for one in left))

    def _draw(self, name: str, mesh: TriangleMesh) -> None:
        kind = "soft" if base_of(name) == "exterior" else base_of(name)
        self._add(name, material(kind, actor(mesh.polydata()), self.theme))

    def _need_ghost(self) -> None:
        if not self.patient and (make := self.ghost_making()) is not None:
            self._ghosts = (make(),)
        if self._ghosts and self._ghosts[0] is not None and "ghost" not in self.actors:
            for name, one in ghost_actors(self._ghosts[0], self.theme).items():
                self._add(name, one)

    def _add(self, name: str, one: vtkActor) -> None:
        one.SetPosition(0.0, 0.0, self.lift)
        self.actors[name] = one
        if self.renderer is not None:
            self.renderer.AddActor(one)

    def _remove(self, name: str) -> None:
        one = self.actors.pop(name)
        if self.renderer is not None:
            self.renderer.RemoveActor(one)

    def _need_floor(self) -> None:
        if self.floor is not None or (shape := self.floor_shape()) is None:
            return
        data = polydata(shape.positions, np.arange(len(shape.positions)).reshape(-1, 3))
        base = np.tile((np.array(rgb(self.theme.floor)) * 255).astype(np.uint8), (len(shape.positions), 1))
        self.floor = FloorMesh(data, set_colours(data, base), shape.room, shape.plan)
        self._painted = self._empty = None
        one = actor(data)
        look = one.GetProperty()
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        self._add("floor", one)

    def _light(self, floor: FloorMesh) -> EditableTexture:
        made = self.light = self.light or floor_light(self._whole or self.source, self.rooms, self.floor_z, floor.plan)
        self.plan_grid, self.rooms_at, floor.plain_light = made.plan_grid, made.rooms_at, made.plain
        set_texture_places(floor.data, made.plan_grid.texture_coordinates(floor.plan))
        floor.light = picture(np.repeat((made.plain * 255).astype(np.uint8)[..., None], 3, 2))
        return floor.light

    def _hatch(self) -> None:
        floor = self.floor
        if floor is None or floor.light is None or floor.plain_light is None or self.plan_grid is None:
            return
        if self.rooms_at is None or self._empty is None:
            return
        light = floor.plain_light
        if self._empty.any():
            striped = np.concatenate([[False], self._empty])[self.rooms_at]
            light = light * (1 - _HATCH * baked_light.hatch(self.plan_grid) * striped)
        pixels = (light * 255).astype(np.uint8)
        if not np.array_equal(pixels, floor.light.pixels[..., 0]):
            floor.light.pixels[:] = pixels[..., None]
            floor.light.changed()


def _without(triangles: TriangleSet, elements: frozenset[int]) -> TriangleSet:
    return triangles.take(~is_among(triangles.elements, elements)) if elements and len(triangles) else triangles
