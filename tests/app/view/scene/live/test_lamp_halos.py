"""Lamps that shine in the 3D picture."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from app.view.scene.live.lamp_halos import HaloLayer
from app.view.scene.scene import Scene
from app.view.theme import DARK

sys.path.insert(0, str(Path(__file__).parents[1]))
import house

sys.path.pop(0)


def test_each_lamp_that_is_on_in_the_focus_has_a_halo_and_none_is_left_behind() -> None:
    scene = Scene(DARK)
    scene.set_twin(house.house_twin())
    scene.set_mesh(house.house_mesh())
    state = house.house_state(scene.twin)
    halos = HaloLayer()
    before = scene.renderer.GetViewProps().GetNumberOfItems()
    halos.build(scene)
    assert halos.actor is None
    scene.apply(state, np.arange(len(state)))
    halos.apply(scene, {"lights"})
    lit = int((scene.appearance.lit & scene.shown_devices()).sum())
    assert lit > 0
    assert halos.actor is not None
    assert halos.actor.GetMapper().GetInput().GetNumberOfPoints() == lit
    assert not halos.tick(0.0)
    halos.remove()
    assert halos.actor is None
    assert scene.renderer.GetViewProps().GetNumberOfItems() >= before
    scene.release()
