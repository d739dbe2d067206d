"""VTK actors of one storey: cut walls, floor with room colours, baked light."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from app.view.scene.geometry.baked_light import LampLight
from app.view.scene.geometry.materials import material
from app.view.scene.geometry.shape_work import Work, work_on
from app.view.scene.geometry.vtk_meshes import (
    EditableTexture,
    TriangleMesh,
    actor,
)
from app.view.scene.structure.drawn_parts import MESHES, PLAIN, StoreyMode, visible_parts
from app.view.scene.structure.floor_mesh import FloorMesh
from app.view.scene.structure.floor_texture import FloorTextures
from app.view.scene.structure.ghost_storey import GhostShape, ghost_actors, opacity_of
from app.view.scene.structure.light_pool import BakedPool, LightPool
from app.view.scene.structure.storey_shape import (
    base_of,
    soft_shape,
)
from app.view.scene.structure.storey_shapes import HungRectangle, StoreyShapes
from app.view.theme import Theme

type Bytes = NDArray[np.uint8]
type SurfaceLight = Callable[[NDArray[np.float32], NDArray[np.float32], Bytes], Bytes]
"""Colours of a surface from its points, unit normals and paint, each (n, 3)."""


class MovedMesh(Protocol):
    """A mesh that moves, or stands elsewhere than when the storey's light was baked."""

    @property
    def actor(self) -> vtkActor: ...
    def set_light(self, light: SurfaceLight | None) -> None:
        """Draws it in this light; None: as VTK lights it."""
        ...


@dataclass(slots=True, eq=False)
class StoreyActors(StoreyShapes):
    """Actors of one storey, built when first needed."""

    theme: Theme
    renderer: vtkRenderer | None = None
    """None until the storey is added to a renderer; its shapes as arrays may be computed before, on any thread."""
    textures: FloorTextures | None = None
    plain: bool = False
    """Whether floors show their own textures because no value colours the rooms."""
    show: StoreyMode = StoreyMode.HIDDEN
    lift: float = 0.0
    opacity: float = 1.0
    actors: dict[str, vtkActor] = field(default_factory=dict[str, vtkActor])
    floor: FloorMesh | None = None
    lit: bool = False
    """Whether the storey is drawn in its baked light; set by `set_lit`."""
    ajar: frozenset[int] = frozenset()
    """Elements of open leaves among those drawn by other layers; light passes there."""
    doors: tuple[frozenset[int], ...] = ()
    """Elements of each leaf that other layers draw, open or closed."""
    blinds: dict[str, HungRectangle] = field(default_factory=dict[str, HungRectangle])
    """Rectangles of the blinds in front of windows, by device."""
    blinds_open: dict[str, float] = field(default_factory=dict[str, float])
    """Share of sky light that each blind lets in, by device."""
    held: bool = False
    """Whether the mesh is not drawn yet and `fill_in` draws it step by step; floors are drawn already."""
    pool: LightPool = field(default_factory=LightPool)
    moved: dict[str, MovedMesh] = field(default_factory=dict[str, MovedMesh])
    """Meshes that layers move, by the names of their actors."""
    _moved_light: SurfaceLight | None = None
    _exterior: dict[str, TriangleMesh] | None = None
    _awaited: tuple[float | None, ...] = ()
    """Cuts whose shapes are being computed on another thread; the drawn shape stays until then."""

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
        self.floor.paint(colours)
        self.floor.hatch(empty)

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
        return True

    def _lay_textures(self, floor: FloorMesh, light: EditableTexture) -> None:
        if self.textures is None or self.plan_grid is None:
            return
        shine = light.texture, self.plan_grid.texture_coordinates(floor.plan)
        for name, one in self.textures.actors(self.rooms, floor.positions(), floor.room, shine).items():
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

    def set_moved(self, name: str, mesh: MovedMesh | None) -> None:
        """Adds the actor of a mesh that moves, or removes it for None; it is drawn in the light of its place."""
        self.moved.pop(name, None)
        if mesh is not None:
            self.moved[name] = mesh
            mesh.set_light(self._moved_light)
        self.set_actor(name, mesh.actor if mesh is not None else None)

    def light_moved(self, light: SurfaceLight | None) -> None:
        """Draws all meshes that move in this light; None: as VTK lights them."""
        self._moved_light = light
        for mesh in self.moved.values():
            mesh.set_light(light)

    def stripes(self, shape: tuple[int, int]) -> NDArray[np.float32] | None:
        """(rows, columns) brightness of the hatching of rooms without data, over the floor's grid; None where every
        room has data.
        """
        return None if self.floor is None else self.floor.stripes(shape)

    def set_lit(self, on: bool) -> None:
        """Sets whether the actors with the prefix LIT replace walls, furniture, floors and pools of light."""
        self.lit = on
        self._apply_theme()

    def exclude_elements(self, who: str, solid: frozenset[int], glass: frozenset[int]) -> None:
        """Excludes these elements' wall and glass triangles, which the layer `who` draws, and restores those it had
        excluded before.
        """
        if not self._leave_out(who, solid, glass):
            return
        if any(base_of(name) in ("body", "glass") for name in self.actors):
            self._undraw()
            self._draw_missing()
            self._apply_theme()

    def keep_ghost(self, ghost: GhostShape | None) -> None:
        """Stores the ghost shape, and draws it if the storey is shown as a ghost."""
        self._ghosts = (ghost,)
        if self.show is StoreyMode.GHOST:
            self.present(StoreyMode.GHOST, None)

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
        self.moved.clear()
        self.renderer, self.show, self._awaited = None, StoreyMode.HIDDEN, ()
        self.pool.clear()
        self._shapes.clear()

    # what is drawn how

    def _apply_theme(self) -> None:
        wanted = visible_parts(
            self.actors, self.show, self.source, floors=bool(self.rooms), plain=self.plain, lit=self.lit
        )
        for name, one in self.actors.items():
            one.SetVisibility(base_of(name) in wanted and self.opacity > 0.01)
            one.GetProperty().SetOpacity(opacity_of(base_of(name)) * self.opacity)

    def _undraw(self) -> None:
        """Removes the actors that depend on the cut."""
        for name in [name for name in self.actors if base_of(name) in MESHES and base_of(name) != "exterior"]:
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
        ways = PLAIN if self.show is StoreyMode.PLAIN else MESHES
        names = [name for name in shape if name not in self.actors and base_of(name) in ways]
        left = [(name, shape[name].without(gone.get(base_of(name), frozenset()))) for name in names]
        return [(name, mesh) for name, mesh in left if len(mesh)]

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
        if self.floor is None and (shape := self.floor_shape()) is not None:
            self.floor = FloorMesh.of(shape, self.theme)
            self._add("floor", self.floor.drawn())

    def _light(self, floor: FloorMesh) -> EditableTexture:
        made = self.baked(floor.plan)
        self.plan_grid, self.rooms_at = made.plan_grid, made.rooms_at
        return floor.lay(made)
