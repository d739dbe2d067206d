"""Real building files at night with a lamp in every room, all on: baked light leaves no room dark that pools of light lit."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.view.scene.camera.camera import PictureFrame
from app.view.scene.light.bake_queue import Baked
from app.view.scene.scene import Scene
from app.view.scene.sky.daylight import SunPosition, daylight
from app.view.theme import DARK
from twin.building.import_worker import read_building
from twin.light.bake import bake
from twin.light.model import BakeQuality, StoreyModel
from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, StoreyId
from twin.model.mesh import Mesh
from twin.model.observation import Observation
from twin.model.problem import ProblemError
from twin.model.room_centroid import room_centroid
from twin.model.space import Room
from twin.model.state import State
from twin.model.twin import Twin

QUICK = BakeQuality(wall_m=0.5, thing_m=0.6, floor_m=0.12, sheet_m=0.3, rays=16, shadow_rays=(2, 6), pane_rays=4)
SIZE, STEP = (480, 300), 6
EVERY = bool(os.environ.get("OIKOS_ALL_BUILDINGS"))
"""Whether all storeys of all files are looked at, which takes minutes: asked for in the environment."""
STOREYS = (
    ("AC20-FZK-Haus.ifc", "Erdgeschoss"),
    ("Duplex_A.ifc", "Level 1"),
    ("Duplex_A.ifc", "Roof"),
    ("abesalomi_v1.sh3d", "Ground floor"),
    ("cli_Home.sh3d", "Ground Floor"),
    ("svg_ha_home.svg", "Ground floor"),
    ("xbim_SampleHouse4.ifc", "Roof"),  # a roof that is lower than the ceiling of its room
    ("BIMcollab_STR.ifc", "-01 Foundation"),  # spaces of half a metre under a slab
    ("andijcr_default.sh3d", "False ceiling"),
    ("broken/ifc_units_feet.ifc", "Level 1"),  # rooms of a kilometre
)
BUILDINGS = {".ifc", ".ifczip", ".ifcxml", ".sh3d", ".svg"}
MOST_ROOMS = 1_000
"""Rooms of a file that is no building but a trial of the readers: one has ten thousand walls."""
FROM_ABOVE = 85.0
"""Elevation of the eye in degrees: no wall and no railing is between it and a floor."""
DARKER = 0.99
"""What a room's mean may lack. It changes by up to a hundredth with the seed of so few rays, and by half a step of 255
with the version of the graphics library; no room is darker where the light is the same."""


def lamp_in(room: Room, number: int) -> Device:
    """A lamp under the middle of the room's ceiling."""
    x, y = room_centroid(room)
    points = (PointInfo(key="on", capability="on_off"),)
    link = Link(id=LinkId("l"), protocol="simulated", address="")
    made = device_from_description(
        DeviceInfo(uid=f"d{number}", name=f"Lamp {number}", kind="light", points=points), link
    )
    return replace(made, room=room.id, position_m=(x, y, max(room.ceiling_m, room.floor_m + 2) - 0.15))


def night(twin: Twin, mesh: Mesh | None, storey: StoreyId, *, baked: bool) -> dict[int, float]:
    """The mean brightness of each room of the storey, by its row, all lamps on."""
    scene = Scene(DARK)
    if baked:
        scene.lights.baker = bake_at_once
    scene.set_twin(twin)
    scene.set_mesh(mesh)
    scene.look_at(storey)
    scene.colour_by("")
    state = State(point.id for point in twin.points)
    for point in twin.points:
        state.apply(Observation(point.id, 1, 1.0))
    scene.apply(state, range(len(state)))
    scene.set_daylight(daylight(SunPosition(160.0, -20.0)))
    scene.step(1.0)
    frame = PictureFrame(SIZE[0] / SIZE[1])
    scene.stand(scene.fitting(frame, pose=replace(scene.pose, elevation_deg=FROM_ABOVE)))
    scene.render(*SIZE)
    found = by_room(scene, scene.render(*SIZE)[..., :3].mean(2))
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    assert level.lit is baked
    scene.release()
    return found


def bake_at_once(
    _storey: StoreyId, make: Callable[[], StoreyModel | None], _quality: str, done: Callable[[Baked], None]
) -> None:
    """A baker without another process."""
    model = make()
    done(None if model is None else (bake(model, QUICK), "normal"))


def by_room(scene: Scene, bright: NDArray[np.floating]) -> dict[int, float]:
    """The mean over the pixels in which a room's floor is picked, of rooms with enough of them."""
    view = scene.projections.at(*SIZE)
    index = scene.storey_stack.focus
    found: dict[int, list[float]] = {}
    for y in range(0, SIZE[1], STEP):
        for x in range(0, SIZE[0], STEP):
            met = scene.room_picks[index].at(view, (float(x), float(y)), scene.storey_stack.levels[index].lift)
            if met is not None:
                found.setdefault(met[0], []).append(float(bright[y, x]))
    return {row: float(np.mean(values)) for row, values in found.items() if len(values) > 8}


def darker_rooms(file: Path, name: str | None = None) -> dict[str, tuple[float, float]]:
    """Rooms of a file, or of its storeys of this name, that are darker in baked light: brightness with pools, and baked."""
    building = read_building(file)
    rooms = tuple(room for room in building.rooms if len(room.outline) > 2)
    if len(rooms) > MOST_ROOMS:
        return {}
    devices = tuple(lamp_in(room, number) for number, room in enumerate(rooms))
    twin = Twin(name=file.name, storeys=building.storeys, rooms=building.rooms, doors=building.doors, devices=devices)
    found: dict[str, tuple[float, float]] = {}
    for storey in building.storeys:
        if (name is not None and storey.name != name) or not any(room.storey == storey.id for room in rooms):
            continue
        today, lit = (night(twin, building.mesh, storey.id, baked=baked) for baked in (False, True))
        assert lit or name is None
        darker = [row for row in today if row in lit and lit[row] < DARKER * today[row]]
        found |= {f"{storey.name}: {building.rooms[row].name} {row}": (today[row], lit[row]) for row in darker}
    return found


@pytest.mark.parametrize(("file", "storey"), STOREYS)
def test_no_room_of_a_real_building_is_darker_by_its_own_lamps_than_by_pools_of_light(
    shared_data: Path, file: str, storey: str
) -> None:
    assert not darker_rooms(shared_data / "building-models" / file, storey)


@pytest.mark.skipif(not EVERY, reason="all buildings take minutes: OIKOS_ALL_BUILDINGS=1")
@pytest.mark.timeout(3600)
def test_no_room_of_any_building_is_darker_by_its_own_lamps_than_by_pools_of_light(shared_data: Path) -> None:
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for file in sorted((shared_data / "building-models").rglob("*")):
        if file.suffix in BUILDINGS:
            with contextlib.suppress(ProblemError):  # some are no buildings, and say so
                found[file.name] = darker_rooms(file)
    assert len(found) > 40
    assert not {name: rooms for name, rooms in found.items() if rooms}
