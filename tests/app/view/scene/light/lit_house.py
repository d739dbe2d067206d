"""The house with a baker of light that answers when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.view.scene.light.bake_queue import Baked
from app.view.scene.scene import Scene
from app.view.scene.sky.daylight import SunPosition
from app.view.scene.structure.drawn_parts import LIT
from twin.light.bake import bake
from twin.light.model import BakeQuality, StoreyModel
from twin.light.model_bytes import pack_model, unpack_model
from twin.light.storey_light import StoreyLight, pack, unpack

QUICK = BakeQuality(wall_m=0.5, thing_m=0.6, floor_m=0.15, sheet_m=0.4, rays=16, shadow_rays=(2, 4), pane_rays=4)
NIGHT, DAY = SunPosition(160.0, -20.0), SunPosition(150.0, 40.0)
SIZE = 320, 200


@cache
def _baked(model: bytes) -> StoreyLight:
    return unpack(pack(bake(unpack_model(model), QUICK)))


class Baker:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.waiting: list[tuple[Callable[[], StoreyModel | None], str, Callable[[Baked], None]]] = []

    def __call__(
        self, storey: str, make: Callable[[], StoreyModel | None], quality: str, done: Callable[[Baked], None]
    ) -> None:
        self.asked.append((storey, quality))
        self.waiting.append((make, quality, done))

    def answer(self, *, light: bool = True) -> None:
        """Bakes the oldest wish, or says that there is no light."""
        make, quality, done = self.waiting.pop(0)
        model = make()
        done((_baked(pack_model(model)), quality) if light and model is not None else None)


def lit_names(scene: Scene) -> set[str]:
    """The baked actors of the storey in focus that are to be seen."""
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    return {name for name, one in level.actors.items() if name.startswith(LIT) and one.GetVisibility()}


def bright(scene: Scene) -> float:
    """The mean brightness of a picture."""
    return float(scene.render(*SIZE)[..., :3].mean())


def settle(scene: Scene, baker: Baker) -> NDArray[np.uint8]:
    """The picture after all light that is asked for has come."""
    picture = scene.render(*SIZE)
    while baker.waiting:
        baker.answer()
        picture = scene.render(*SIZE)
    return picture
