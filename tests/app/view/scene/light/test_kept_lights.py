"""Light that is kept in memory is limited by what it takes, not by its number of samples."""

from __future__ import annotations

import gc
import tracemalloc
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from lit_house import QUICK, SIZE, Baker

from app.view.scene.light.ambient_light import AmbientLight, UnbakedLight
from app.view.scene.light.bake_queue import LightKey
from app.view.scene.light.kept_lights import KeptLights
from app.view.scene.light.lit_model import LitModel
from app.view.scene.scene import Scene
from twin.light.bake import bake
from twin.light.storey_light import pack, unpack
from twin.model.ids import StoreyId


def key(door: int) -> LightKey:
    return LightKey(StoreyId("ground"), (), frozenset(), frozenset({door}), (), fine=False)


def model(lamps: int) -> LitModel:
    """A model of 100 kB whose lamps each light a third of it."""
    return cast("LitModel", SimpleNamespace(memory_bytes=100_000 + 30_000 * lamps))


def kept(lamps: int) -> int:
    """Of eight models, how many are kept in a megabyte."""
    lights = KeptLights(1_000_000)
    for door in range(8):
        lights.keep(key(door), model(lamps))
    return sum(lights.find(key(door)) is not None for door in range(8))


def test_models_with_many_lamps_take_more_memory_and_fewer_are_kept() -> None:
    assert kept(0) == 8
    assert kept(3) == 5
    assert kept(30) == 1
    assert kept(40) == 0  # larger than all that may be kept


def arrays_traced() -> int:
    """Bytes of numpy's arrays made since memory is traced, and of nothing else, such as modules that are loaded late."""
    only = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
    return sum(one.size for one in tracemalloc.take_snapshot().filter_traces([only]).traces)


def test_a_model_weighs_what_its_making_took(scene: Scene, baker: Baker) -> None:
    scene.render(*SIZE)
    made, level = baker.waiting[0][0](), scene.storey_stack.levels[scene.storey_stack.focus]
    assert made is not None
    packed = pack(bake(made, QUICK))
    unbaked = UnbakedLight(np.ones((2, 2), np.float32), None, level.floor_z)
    tracemalloc.start()
    try:
        before = arrays_traced()
        lit = LitModel(unpack(packed), unbaked, level.rooms)
        lit.mix.set_base(lit.ambient.base(AmbientLight()))
        for cut in (1.3, 1.4, None):
            lit.shape((cut, frozenset()))
        gc.collect()
        took = arrays_traced() - before
    finally:
        tracemalloc.stop()
    assert lit.memory_bytes == pytest.approx(took, rel=0.1)
