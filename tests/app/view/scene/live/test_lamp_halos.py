# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""Lamps that shine in the 3D picture."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.view.scene.live.lamp_halos import HaloLayer
from app.view.scene.scene import Scene
from app.view.scene.structure.storey_shapes import CUT_M
from app.view.scene.structure.storey_stack import EyePlace
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


def test_a_halo_hangs_where_its_lamp_shines_unless_a_cut_removes_that() -> None:
    scene, halos = Scene(DARK), HaloLayer()
    twin = house.house_twin()
    lamps = [one for one in twin.devices if one.kind in ("light", "lamp") and one.position_m is not None]
    high = {one.id: (*one.position_m[:2], 2.6) for one in lamps if one.position_m is not None}
    twin = replace(
        twin, devices=tuple(replace(one, position_m=high.get(one.id, one.position_m)) for one in twin.devices)
    )
    scene.set_twin(twin)
    scene.set_mesh(house.house_mesh())
    scene.look_at(twin.storeys[0].id)
    state = house.house_state(scene.twin)
    scene.apply(state, np.arange(len(state)))
    scene.step(10.0)

    def heights() -> list[float]:
        halos.place(scene)
        assert halos.actor is not None
        data = halos.actor.GetMapper().GetInputDataObject(0, 0)
        return vtk_to_numpy(data.GetPoints().GetData())[:, 2].tolist()

    def widths() -> list[float]:
        assert halos.actor is not None
        data = halos.actor.GetMapper().GetInputDataObject(0, 0)
        return [float(one) for one in vtk_to_numpy(data.GetPointData().GetArray("wide"))]

    assert max(heights()) < CUT_M + 0.3
    outside = max(widths())
    scene.set_eye_place(EyePlace.INSIDE)
    scene.step(10.0)
    assert max(heights()) == pytest.approx(2.6, abs=1e-3)
    assert max(widths()) < 0.6 * outside
    halos.remove()
    scene.release()


def test_a_lamp_that_is_offline_has_no_halo_and_gets_it_back() -> None:
    scene, halos = Scene(DARK), HaloLayer()
    scene.set_twin(house.house_twin())
    scene.set_mesh(house.house_mesh())
    state = house.house_state(scene.twin)
    scene.apply(state, np.arange(len(state)))

    def count() -> int:
        halos.apply(scene, {"online"})
        return 0 if halos.actor is None else halos.actor.GetMapper().GetInput().GetNumberOfPoints()

    lit = np.flatnonzero(scene.appearance.lit & scene.shown_devices())
    before = count()
    scene.set_online(scene.placed.ids[lit[0]], False)
    assert count() == before - 1
    scene.set_online(scene.placed.ids[lit[0]], True)
    assert count() == before == len(lit)
    halos.remove()
    scene.release()
