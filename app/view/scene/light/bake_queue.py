"""Requests the light of storeys from the baker, one storey at a time."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import partial

from app.view.scene.light.ambient_light import AmbientLight
from app.view.scene.light.lamp_sources import LampSources
from app.view.scene.light.light_request import LightRequest, storey_model
from app.view.scene.light.lit_scene import LitScene, is_seen
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_shapes import HungRectangle
from twin.light.model import LightSource, StoreyModel
from twin.light.storey_light import StoreyLight
from twin.model.ids import StoreyId

type Baked = tuple[StoreyLight, str] | None
type Baker = Callable[[StoreyId, Callable[[], StoreyModel | None], str, Callable[[Baked], None]], None]
"""Makes a storey's model on another thread, bakes it in this quality, and passes (light, quality), or None, to the
callback on
the GUI thread.
"""
type Asked = tuple[int, LightKey]
"""A storey's index, and what its light was requested for."""

_DIM = 0.5
"""Share of the day's look below which a draft bake is requested first."""


@dataclass(frozen=True, slots=True)
class LightKey:
    """The inputs for which a storey's light was baked."""

    storey: StoreyId
    lamps: tuple[LightSource, ...]
    moved: frozenset[int]
    ajar: frozenset[int]
    blinds: tuple[tuple[str, HungRectangle], ...]
    fine: bool
    """Whether it is of print quality."""


class BakeQueue:
    """Requests light, and records for which lamps, leaves and blinds each storey has it."""

    def __init__(self, lamps: LampSources) -> None:
        self.baker: Baker | None = None
        self.fine = False
        """Whether light of print quality is requested."""
        self.asked: Asked | None = None
        self.bakes = 0
        """Number of requests to the baker so far; each gives up what is baked ahead."""
        self._lamps = lamps
        self._keys: dict[int, LightKey] = {}
        self._qualities: dict[int, str] = {}

    def lacks_fine(self, index: int) -> bool:
        """Whether a storey's light was requested and is not of print quality: it was not asked for, or was stopped."""
        return index in self._keys and self._qualities.get(index) != "fine"

    def set_fine(self, on: bool) -> None:
        """Sets whether light of print quality is requested; one that was stopped before may be requested again."""
        self.fine = on
        if on:
            self._keys = {index: key for index, key in self._keys.items() if not self._was_stopped(index)}

    def is_fine_stopped(self, scene: LitScene) -> bool:
        """Whether light of print quality was requested for a visible storey, and its bake was stopped or failed."""
        return any(is_seen(one) and self._was_stopped(i) for i, one in enumerate(scene.storey_stack.levels))

    def _was_stopped(self, index: int) -> bool:
        key = self._keys.get(index)
        return key is not None and key.fine and self._qualities.get(index) != "fine"

    def follow(self, *, same: bool, give_up: bool) -> None:
        """Follows another building: `same` has the light of the one before, except one that is given up."""
        if not same:
            self._keys.clear()
            self._qualities.clear()
        if not same or give_up:
            self.asked = None

    def settled(self, scene: LitScene, index: int) -> LightKey | None:
        """What a visible storey's light was baked for, where that is what it should be now; else None."""
        key = self._key(scene, index) if is_seen(scene.storey_stack.levels[index]) else None
        return key if key is not None and self._keys.get(index) == key else None

    def ask(
        self,
        scene: LitScene,
        arrived: Callable[[Asked, AmbientLight, Baked], None],
        around: Callable[[StoreyActors], AmbientLight],
        lit: Container[int],
        recall: Callable[[Asked, AmbientLight], bool],
    ) -> None:
        """Requests the light of the first visible storey that has none, or that of other lamps, unless a request is in
        progress; `lit` are the storeys that have some light. `recall` takes light that is kept, and returns whether it
        did."""
        levels, focus = scene.storey_stack.levels, scene.storey_stack.focus
        if self.asked is not None or self.baker is None or (self.fine and self.is_fine_stopped(scene)):
            return  # the user who stopped one storey's light has stopped the picture
        for index in sorted(range(len(levels)), key=lambda i: i != focus):
            level = levels[index]
            if not is_seen(level) or not level.rooms or level.light is None:
                continue
            key = self._key(scene, index)
            if self._keys.get(index) == key:
                continue
            asked = self.asked = index, key
            surroundings = around(level)
            quality = "normal" if index in lit or surroundings.day > _DIM else "draft"
            if not key.fine and recall(asked, surroundings):
                return
            make = model_maker(scene, key, level)
            self.bakes += 1
            self.baker(level.storey.id, make, "fine" if key.fine else quality, partial(arrived, asked, surroundings))
            return

    def settle(self, asked: Asked, quality: str) -> None:
        """Ends the request in progress; after a draft the full quality is requested."""
        self.asked = None
        self._qualities[asked[0]] = quality
        if quality != "draft":
            self._keys[asked[0]] = asked[1]

    def _key(self, scene: LitScene, index: int) -> LightKey:
        level = scene.storey_stack.levels[index]
        lamps = self._lamps.places(scene, index, level.storey.id)
        blinds = tuple(level.blinds.items())
        return LightKey(level.storey.id, lamps, level.excluded_elements(), level.ajar, blinds, self.fine)


def model_maker(scene: LitScene, key: LightKey, level: StoreyActors) -> Callable[[], StoreyModel | None]:
    """Function that makes the model of a storey in this state, on any thread."""
    request = LightRequest(
        mesh=scene.mesh,
        storeys=tuple(one.storey for one in scene.storey_stack.levels),
        rooms=scene.twin.rooms,
        storey=key.storey,
        lamps=key.lamps,
        moved=key.moved,
        ajar=key.ajar,
        blinds=dict(level.blinds),
        doors=scene.twin.doors,
    )
    return partial(storey_model, request)
