"""What moves is drawn in the light of its place: door leaves, blinds and fans look as the walls beside them."""

from __future__ import annotations

import numpy as np
from lit_house import DAY, SIZE, Baker, settle
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.view.scene.light.lit_storey import LitStorey
from app.view.scene.live.deformable_mesh import DeformableMesh
from app.view.scene.scene import Scene
from app.view.scene.sky.daylight import daylight
from app.view.theme import DARK

WHITE = 200


def shine(scene: Scene, *rooms: str) -> None:
    """Only the lamps of these rooms are on."""
    look = scene.appearance
    wanted = {room.id for room in scene.twin.rooms if room.name in rooms}
    of = {one.id: one.room for one in scene.twin.devices}
    look.lit = look.lights & np.array([of[id] in wanted for id in scene.placed.ids])
    look.strength[:] = 1.0
    scene._pools.stale = True


def lit_storey(scene: Scene) -> LitStorey:
    """The storey in focus."""
    return scene.lights._storeys[scene.storey_stack.focus]


def shown(mesh: DeformableMesh) -> NDArray[np.int64]:
    """The colours that VTK has of a mesh."""
    data = mesh.actor.GetMapper().GetInputDataObject(0, 0)
    return np.array(vtk_to_numpy(data.GetPointData().GetScalars())).astype(int)


def leaf(x: float, y: float, *, facing: float = 1.0) -> DeformableMesh:
    """One face of a leaf at a place, which looks along y."""
    a, b, c, d = (x, y, 0.1), (x + facing * 0.8, y, 0.1), (x + facing * 0.8, y, 1.2), (x, y, 1.2)
    corners = np.array([[a, c, b], [a, d, c]], np.float32)
    return DeformableMesh(corners, np.full((2, 3), WHITE, np.uint8), "body", DARK)


def test_light_at_a_wall_is_about_that_which_was_baked_on_it(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    shine(scene, *(room.name for room in scene.twin.rooms))
    scene.render(*SIZE)
    lit = lit_storey(scene)
    light = lit.light
    lamps = lit.mix.lamp_light(np.arange(light.floor_at)).mean(1)
    rows = np.flatnonzero((np.abs(light.normals[:, 2]) < 0.3) & (lamps > 0.05))
    assert lit.around is not None
    guessed = lit.model.places.colours(light.positions[rows], light.normals[rows], light.colours[rows], lit.around)
    baked = lit.mix.colours[rows].astype(int)
    assert np.median(np.abs(guessed.astype(int) - baked)) < 30
    assert abs(float(guessed.mean()) - float(baked.mean())) < 0.2 * float(baked.mean())


def test_a_leaf_has_the_lamplight_of_the_room_that_it_stands_in_and_none_outdoors(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    kitchen = next(one for one in scene.twin.rooms if one.name == "Kitchen")
    x, y = np.array(kitchen.outline).mean(0).tolist()
    mesh = leaf(x, y)
    level.set_moved("leaf", mesh)
    shine(scene)
    scene.render(*SIZE)
    dark = shown(mesh).mean()
    shine(scene, "Kitchen")
    scene.render(*SIZE)
    bright = shown(mesh).mean()
    assert bright > dark + 30
    mesh.points[:, :2] -= np.array(kitchen.outline).max(0) + 50  # outdoors, far away
    mesh.mark_modified()
    assert shown(mesh).mean() < dark + 5
    level.set_moved("leaf", None)


def test_without_baked_light_what_moves_is_lit_by_vtk_in_its_own_colours(scene: Scene, baker: Baker) -> None:
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    mesh = leaf(8.0, 2.0)
    level.set_moved("leaf", mesh)
    assert mesh.actor.GetProperty().GetLighting()
    settle(scene, baker)
    assert not mesh.actor.GetProperty().GetLighting()
    assert (shown(mesh) != WHITE).any()
    scene.set_daylight(None)
    scene.render(*SIZE)
    assert mesh.actor.GetProperty().GetLighting()
    assert (shown(mesh) == WHITE).all()


def test_by_day_it_has_the_days_look(scene: Scene, baker: Baker) -> None:
    scene.set_daylight(daylight(DAY))
    settle(scene, baker)
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    mesh = leaf(8.0, 2.0)
    level.set_moved("leaf", mesh)
    assert shown(mesh).mean() > 120
