"""Light that is kept in memory is limited by what it takes, not by its number of samples."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np

from app.view.scene.light.bake_queue import LightKey
from app.view.scene.light.kept_lights import KeptLights
from app.view.scene.light.lit_model import LitModel
from twin.light.storey_light import LightLayer
from twin.model.ids import StoreyId


def key(door: int) -> LightKey:
    return LightKey(StoreyId("ground"), (), frozenset(), frozenset({door}), (), fine=False)


def model(lamps: int) -> LitModel:
    """A model of 100 samples, each of which every lamp lights."""
    rows = np.arange(100, dtype=np.int32)
    layers = tuple(LightLayer(f"{number}", rows, np.ones((100, 3), np.float32)) for number in range(lamps))
    return cast("LitModel", SimpleNamespace(light=SimpleNamespace(samples=100, skies=(), lamps=layers)))


def kept(lamps: int) -> int:
    """Of eight models, how many are kept in a hundred kilobytes."""
    lights = KeptLights(100_000)
    for door in range(8):
        lights.keep(key(door), model(lamps))
    return sum(lights.find(key(door)) is not None for door in range(8))


def test_models_with_many_lamps_take_more_memory_and_fewer_are_kept() -> None:
    assert kept(0) == 8
    assert kept(3) == 5
    assert kept(30) == 1
    assert kept(40) == 0  # larger than all that may be kept
