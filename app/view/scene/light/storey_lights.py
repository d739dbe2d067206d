"""Baked light of the scene: which storeys have it, requests to the baker, and transitions to new light."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.view.scene.light.ambient_light import AmbientLight, UnbakedLight, ambient_light
from app.view.scene.light.bake_ahead import AHEAD, BakeAhead
from app.view.scene.light.bake_queue import Asked, Baked, BakeQueue, Baker, LightKey
from app.view.scene.light.kept_lights import KeptLights
from app.view.scene.light.lamp_sources import LampSources
from app.view.scene.light.light_mix import Floats, Rgb
from app.view.scene.light.lit_model import Cut, LitModel, LitShape, begun, samples_before
from app.view.scene.light.lit_scene import LitScene, is_seen
from app.view.scene.light.lit_storey import LitStorey
from app.view.scene.structure.floor_colours import floor_colours, with_surface_reflection
from app.view.scene.structure.floor_texture import FloorTextures
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_stack import EyePlace, StoreyStack
from app.view.theme import LIGHT
from twin.light.storey_light import StoreyLight
from twin.model.mesh import Mesh
from twin.model.twin import Twin

type LightWorker = Callable[[Callable[[], Any], Callable[[Any], None], Callable[[], None]], None]
"""Runs the first function on another thread, then on the GUI thread the second with its result, or the third on
failure.
"""

_BLEND_S = 0.3
_LIGHT = "light"


@dataclass(frozen=True, slots=True, eq=False)
class _Arrival:
    """Prepared baked light: its base, its shape and the model that it replaces."""

    model: LitModel
    around: AmbientLight
    base: Floats
    shape: LitShape
    old: LitModel | None
    rows: NDArray[np.int32]
    """Index of the old sample at each sample's place; empty where there is no old light."""
    unlit: NDArray[np.uint8]
    """Unbaked colours, where there is no old light."""


class StoreyLights:
    """Baked light of all storeys; call `prepare` before each frame."""

    def __init__(self) -> None:
        self.compute: LightWorker | None = None
        """Runs shape and light computations on another thread; None computes them at once."""
        self.clock: Callable[[], float] | None = None
        """Clock in seconds for transitions; None shows new light at once."""
        self._relit: tuple[Callable[[], None], ...] = ()
        """Called when new light is ready for the next frame."""
        self._lamps = LampSources()
        self.queue = BakeQueue(self._lamps)
        self._kept = KeptLights()
        self._ahead = BakeAhead(self.queue, self._kept)
        self._storeys: dict[int, LitStorey] = {}
        self._storey_stack: StoreyStack | None = None
        self._made_of: tuple[Mesh, Twin] | None = None
        self._twin: Twin | None = None
        self._floor_paint: NDArray[np.uint8] | None = None
        self._painted: dict[int, tuple[NDArray[np.uint8], float]] = {}
        """Floor colours, and the share of the day's look for which they are painted."""
        self._arrivals: dict[int, _Arrival] = {}
        self._making: set[tuple[object, ...]] = set()
        """Keys of the computations in progress on another thread."""
        self._since_s: dict[int, float] = {}
        """Start time in seconds of each storey's transition."""

    @property
    def is_baking(self) -> bool:
        """Whether light is being requested, computed or waiting to be shown."""
        return self.queue.asked is not None or bool(self._making or self._arrivals)

    @property
    def is_moving(self) -> bool:
        """Whether a light transition is running or about to start."""
        return bool(self._since_s or self._arrivals)

    @property
    def baker(self) -> Baker | None:
        """Bakes the light of storeys; None: there is no baked light."""
        return self.queue.baker

    @baker.setter
    def baker(self, baker: Baker | None) -> None:
        self.queue.baker = baker

    def set_fine(self, on: bool) -> None:
        """Sets whether storeys get light of print quality, which takes minutes; else the usual one."""
        self.queue.set_fine(on)

    def is_fine(self, scene: LitScene) -> bool:
        """Whether every storey in the picture that has light has that of print quality."""
        levels = scene.storey_stack.levels
        return not any(is_seen(level) and self.queue.lacks_fine(index) for index, level in enumerate(levels))

    def is_fine_stopped(self, scene: LitScene) -> bool:
        """Whether light of print quality was stopped: no more of it is requested, and there will be no picture."""
        return self.queue.is_fine_stopped(scene)

    @property
    def is_waiting(self) -> bool:
        """Whether light is being made, and no frame would change anything before it comes."""
        return (self.queue.asked is not None or bool(self._making)) and not self._arrivals

    def animate(self, *relit: Callable[[], None]) -> None:
        """Turns on transitions between old and new light; the callbacks are called when new light is ready for the
        next frames.
        """
        self._relit, self.clock = relit, time.monotonic

    def finish(self) -> None:
        """Completes all transitions at once."""
        for index in self._since_s:
            self._storeys[index].go_on(1.0)
        self._since_s.clear()

    def prepare(self, scene: LitScene, *, relit: bool) -> bool:
        """Shows baked light on the storeys that have it and requests it for the others. `relit`: lamps may have
        changed since the last
        frame. Returns whether a storey changed between baked light and pools.
        """
        if scene.storey_stack is not self._storey_stack:
            self._change_building(scene)
        relit |= scene.twin is not self._twin  # lamps of the file may be others
        self._twin = scene.twin
        before = [level.lit for level in scene.storey_stack.levels]
        for index in list(self._arrivals):
            self._enter(scene, index, self._arrivals.pop(index))
        for index, lit in self._storeys.items():
            level = scene.storey_stack.levels[index]
            if scene.around.daylight is not None and is_seen(level) and level.floor is not None:
                self._show(scene, index, lit, relit=relit)
            else:
                lit.hold()
                self._since_s.pop(index, None)
        self._go_on()
        focus = self._storeys.get(scene.storey_stack.focus)
        scene.around.set_ceiling_picture(focus.ceiling_picture() if focus is not None and focus.is_drawn else None)
        if scene.around.daylight is not None:
            self.queue.ask(scene, self._arrived, lambda level: self._around(scene, level), self._storeys, self._recall)
            if self.clock is not None and not self.is_baking and not self.is_moving:
                self._ahead.ask(scene, self._keep_ahead)
        return before != [level.lit for level in scene.storey_stack.levels]

    # what is drawn

    def _change_building(self, scene: LitScene) -> None:
        """Follows another building; the same spaces and shape in another theme keep their light."""
        self._storey_stack, self._floor_paint = scene.storey_stack, None
        same = (
            self._made_of is not None and self._made_of[0] is scene.mesh and scene.twin.has_spaces_of(self._made_of[1])
        )
        self._made_of = scene.mesh, scene.twin
        levels = scene.storey_stack.levels
        old = self._storeys if same else {}
        textures = FloorTextures(scene.mesh, LIGHT)
        self._storeys = {index: LitStorey(levels[index], lit.model, textures) for index, lit in old.items()}
        if not same:
            self._arrivals.clear()
            self._kept.clear()
            self._ahead.clear()
        light_is_made = any(name[0] == _LIGHT for name in self._making)  # which is not taken any more
        self.queue.follow(same=same, give_up=light_is_made)
        self._painted.clear()
        self._making.clear()
        self._since_s.clear()

    def _show(self, scene: LitScene, index: int, lit: LitStorey, *, relit: bool) -> None:
        level, was, around = lit.level, lit.is_drawn, self._around(scene, lit.level)
        if lit.model.ambient.lacks_ceiling and (ceilings := level.ceiling_at_hand()) is not None:
            lit.model.ambient.set_ceiling(ceilings.light)
        if not lit.has_base_of(around):
            bare = lit.model.ambient.lacks_ceiling
            take = partial(self._take_base, lit, around, bare=bare)
            self._later(("base", index, around, bare), partial(lit.model.ambient.base, around), take)
        if lit.around is None:
            return
        cut = level.cut_now, level.excluded_elements()
        if lit.drawn_at != cut:
            if lit.model.shape_at_hand(cut) is None:
                self._later(("shape", index, cut), partial(lit.model.shape, cut), lambda _shape: None)
            if (shape := lit.model.shape_at_hand(cut)) is not None:
                lit.draw(shape)
        if not lit.is_drawn:
            return
        if (relit or not was or lit.lamps_stale) and lit.set_lamps(*self._lamp_colours(scene, index, lit.around)):
            lit.paint()
        self._show_floor(scene, index, lit, new=not was)

    def _show_floor(self, scene: LitScene, index: int, lit: LitStorey, *, new: bool) -> None:
        """Paints the floor where its paint has changed, or its actor is `new`."""
        colours, day = scene.room_colours, 1.0 if lit.around is None else lit.around.day
        painted = self._painted.get(index)
        if new or painted is None or painted[0] is not colours or painted[1] != day:
            self._painted[index] = colours, day
            rows = [scene.room_row[room.id] for room in lit.level.rooms]
            plain = scene.is_plain  # colours of values keep to their scale
            lit.paint_floor(with_surface_reflection(self._paint(scene)[rows], 1 - day) if plain else colours[rows])

    def _take_base(self, lit: LitStorey, around: AmbientLight, base: Floats, *, bare: bool) -> None:
        """Takes over a base for another hour or eye position; `bare`: computed without ceilings."""
        if bare is not lit.model.ambient.lacks_ceiling:
            return
        if self.clock is not None and lit.is_drawn and lit.around is not None:
            lit.begin(lit.colours.copy())
            self._since_s[next(index for index, one in self._storeys.items() if one is lit)] = self.clock()
        lit.set_base(around, base)
        lit.paint()

    def _lamp_colours(self, scene: LitScene, index: int, around: AmbientLight) -> tuple[dict[str, Rgb], dict[str, Rgb]]:
        linear, shown = self._lamps.colours(scene, (index, scene.storey_stack.levels[index].storey.id), 1 - around.day)
        if around.lamps != 1.0:
            linear = {id: (r * around.lamps, g * around.lamps, b * around.lamps) for id, (r, g, b) in linear.items()}
        return linear, shown

    def _around(self, scene: LitScene, level: StoreyActors) -> AmbientLight:
        light = scene.around.daylight
        if light is None:
            return AmbientLight()
        dimmed = tuple(sorted((id, share) for id, share in level.blinds_open.items() if share < 1.0))
        return ambient_light(light, inside=scene.shown.stand is not EyePlace.OUTSIDE, blinds=dimmed)

    def _paint(self, scene: LitScene) -> NDArray[np.uint8]:
        """Floor colours of the light theme: darkness is part of the light, not of the surfaces."""
        if self._floor_paint is None:
            self._floor_paint = floor_colours(scene.mesh, scene.twin.rooms, LIGHT)
        return self._floor_paint

    def _go_on(self) -> None:
        if self.clock is None:
            return
        now_s = self.clock()
        for index, since_s in list(self._since_s.items()):
            if not self._storeys[index].go_on(min(1.0, (now_s - since_s) / _BLEND_S)):
                del self._since_s[index]

    def _later[T](
        self,
        name: tuple[object, ...],
        make: Callable[[], T],
        take: Callable[[T], None],
        give_up: Callable[[], None] = lambda: None,
    ) -> None:
        """Runs `make` (on another thread where there is one) and passes its result to `take`, or calls `give_up` on
        failure; neither
        where the building changed meanwhile.
        """
        if self.compute is None:
            take(make())
            return
        if name in self._making:
            return
        self._making.add(name)
        building = self._storey_stack

        def done(made: T) -> None:
            if building is self._storey_stack:
                self._making.discard(name)
                take(made)
                self._notify_relit()

        def failed() -> None:
            if building is self._storey_stack:
                self._making.discard(name)
                give_up()

        self.compute(make, done, failed)

    def _notify_relit(self) -> None:
        for one in self._relit:
            one()

    # what arrives

    def _arrived(self, asked: Asked, around: AmbientLight, found: Baked) -> None:
        if self.queue.asked is not asked or self._storey_stack is None:
            return  # of a building that is gone
        if not self._storey_stack.levels:  # out of the picture, and the next one has not been prepared: that asks again
            self.queue.asked = None
            return
        index = asked[0]
        if found is None or not len(found[0].triangles):
            self.queue.settle(asked, "fine" if found is not None and found[1] == "fine" else "")  # final, drafts too
            if found is not None:  # else the bake was stopped or failed: the light that is there stays
                self._drop(index)
            self._notify_relit()
            return
        light, quality = found
        self._make_ready(asked, around, _model_of(light, self._storey_stack.levels[index]), quality)

    def _make_ready(self, asked: Asked, around: AmbientLight, model: Callable[[], LitModel], quality: str) -> None:
        """Prepares a model for drawing, for the next frame."""
        if self._storey_stack is None:
            return
        index = asked[0]
        level, old = self._storey_stack.levels[index], self._storeys.get(index)
        cut = level.cut_now, level.excluded_elements()
        old_model = old.model if old is not None and old.is_drawn else None
        make = partial(_prepared, model, (around, cut), old_model)
        take, give_up = partial(self._take_light, asked, quality), partial(self.queue.settle, asked, "")
        self._later((_LIGHT, index), make, take, give_up)

    def _recall(self, asked: Asked, around: AmbientLight) -> bool:
        """Shows light that is kept for this; returns whether there is any."""
        model = self._kept.find(asked[1])
        if model is None:
            return False
        self._make_ready(asked, around, lambda: model, "normal")
        return True

    def _keep_ahead(self, key: LightKey, found: Baked) -> None:
        """Keeps light that was baked ahead."""
        level = next((one for one in self._storey_stack.levels if one.storey.id == key.storey), None) if self._storey_stack else None  # fmt: skip
        wanted = found is not None and len(found[0].triangles) > 0 and self._kept.find(key) is None
        if level is not None and found is not None and wanted:
            self._later((AHEAD, key), _model_of(found[0], level), partial(self._kept.keep, key))
        self._notify_relit()

    def _take_light(self, asked: Asked, quality: str, arrival: _Arrival) -> None:
        self.queue.settle(asked, quality)
        if quality == "normal":
            self._kept.keep(asked[1], arrival.model)
        self._arrivals[asked[0]] = arrival
        self._notify_relit()

    def _drop(self, index: int) -> None:
        """Discards a storey's baked light and shows it unbaked."""
        if (old := self._storeys.pop(index, None)) is not None:
            old.hold()
        self._since_s.pop(index, None)
        self._painted.pop(index, None)

    def _enter(self, scene: LitScene, index: int, arrival: _Arrival) -> None:
        """Replaces the old light by the new one."""
        level, old = scene.storey_stack.levels[index], self._storeys.get(index)
        shown = old.colours.copy() if old is not None and old.is_drawn and old.model is arrival.old else None
        seen = scene.around.daylight is not None and is_seen(level) and level.floor is not None
        if old is not None:
            old.hold()
        lit = self._storeys[index] = LitStorey(level, arrival.model, FloorTextures(scene.mesh, LIGHT))
        lit.set_base(arrival.around, arrival.base)
        lit.set_lamps(*self._lamp_colours(scene, index, arrival.around))
        self._painted.pop(index, None)
        self._since_s.pop(index, None)
        if not seen:
            return
        lit.draw(arrival.shape)
        if self.clock is not None and (shown is not None or arrival.old is None):
            lit.begin(arrival.unlit if shown is None else begun(lit.mix.colours, shown, arrival.rows))
            self._since_s[index] = self.clock()


def _model_of(light: StoreyLight, level: StoreyActors) -> Callable[[], LitModel]:
    """Function that makes the model of a storey's light, on any thread."""
    ceilings = level.ceiling_at_hand()
    unbaked = UnbakedLight(
        level.light.plain if level.light is not None else np.ones((2, 2), np.float32),
        None if ceilings is None else ceilings.light,
        level.floor_z,
    )
    return partial(LitModel, light, unbaked, level.rooms)


def _prepared(make: Callable[[], LitModel], shown: tuple[AmbientLight, Cut], old: LitModel | None) -> _Arrival:
    """Prepares light for drawing; takes 0.1 s. Any thread."""
    around, cut = shown
    model = make()
    base, shape = model.ambient.base(around), model.shape(cut)
    rows = np.empty(0, np.int32) if old is None else samples_before(model.light, old.light)
    unlit = model.ambient.unlit(around) if old is None else np.empty((0, 3), np.uint8)
    return _Arrival(model, around, base, shape, old, rows, unlit)
