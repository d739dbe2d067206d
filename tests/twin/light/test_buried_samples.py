"""Light on faces that run on behind what stands against them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from rooms_of_boxes import QUICK, box, joined, lamp, one_room, two_rooms

from twin.light.bake import bake
from twin.light.buried_samples import nearest_rooms, split_by_room
from twin.light.grid_clip import clip_to_grid
from twin.light.storey_light import StoreyLight


def on_vertices(light: StoreyLight) -> NDArray[np.float32]:
    """(vertices,) light of all lamps."""
    made = np.zeros(light.samples, np.float32)
    for one in light.lamps:
        made[one.rows] += one.light.mean(1)
    return made[: light.floor_at]


@pytest.mark.parametrize("wall_m", [0.3, 0.4, 0.5, 0.7])
def test_no_light_of_a_room_is_on_the_wall_of_the_next_one_where_a_partition_meets_it(wall_m: float) -> None:
    light = bake(two_rooms(lamp("a", 1.5, 1.5), shut=True), replace(QUICK, wall_m=wall_m))
    bright = on_vertices(light)
    place = light.positions[light.triangles]
    ahead = light.normals[light.triangles[:, 0]] * 0.05
    # what is drawn of triangles that face into the dark room: their corners may lie within its walls
    dark = ((place.mean(1) + ahead)[:, :2] > (3.2, 0.0)).all(1) & ((place.mean(1) + ahead)[:, :2] < (6.2, 3.0)).all(1)
    dark &= (place.mean(1)[:, 2] > 0.05) & (place.mean(1)[:, 2] < 2.55)
    assert dark.sum() > 50
    assert bright[light.triangles[dark]].max() < 0.05


def test_the_foot_of_a_cupboard_behind_its_door_is_no_brighter_than_the_door() -> None:
    carcass, leaf = box((1.0, 2.4, 0.0), (2.0, 3.0, 2.0)), box((1.006, 2.38, 0.04), (1.994, 2.4, 1.99))
    light = bake(one_room(lamp("a", 1.5, 2.2, 2.4), things=joined(carcass, leaf)), replace(QUICK, thing_m=0.4))
    bright, place = on_vertices(light), light.positions
    front = light.normals[:, 1] < -0.9
    foot = front & (abs(place[:, 1] - 2.4) < 1e-3) & (place[:, 2] < 0.03)
    door = front & (abs(place[:, 1] - 2.38) < 1e-3) & (place[:, 2] < 1.0)
    assert foot.any()
    assert bright[foot].max() < 1.3 * bright[door].max()


def test_walls_are_split_in_the_middle_between_rooms_and_keep_their_area() -> None:
    model = two_rooms(shut=True)
    cells = clip_to_grid(model.walls, 0.37)
    regions = nearest_rooms(model)
    split = split_by_room(cells, regions)
    areas: list[float] = []
    for surface in (cells, split):
        corner = surface.positions[surface.triangles].astype(np.float64)
        across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        areas.append(float(np.linalg.norm(across, axis=1).sum() / 2))
    assert areas[1] == pytest.approx(areas[0], rel=1e-6)
    assert len(split) > len(cells)
    x = split.positions[split.triangles][:, :, 0]
    inner = (abs(split.positions[split.triangles][:, :, 1] - 3.0) < 1e-4).all(1)
    assert not (inner & (x.min(1) < 3.0) & (x.max(1) > 3.2)).any()


def test_a_face_whose_corners_all_lie_in_other_solids_is_drawn_in_the_light_of_what_is_seen_of_it() -> None:
    low, high, thick = 1.25, 1.55, 0.06
    seat = box((low, low, 0.45), (high, high, 0.5))
    ends = (low, high - thick)
    legs = [box((x, y, 0.0), (x + thick, y + thick, 0.48)) for x in ends for y in ends]
    light = bake(one_room(lamp("a", 2.5, 2.0, 2.4), things=joined(seat, *legs)), replace(QUICK, thing_m=0.4))
    corner = light.positions[light.triangles].astype(np.float64)
    under = (abs(corner[:, :, 2] - 0.45) < 1e-3).all(1) & (light.normals[light.triangles[:, 0], 2] < -0.9)
    across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[under]
    assert np.linalg.norm(across, axis=1).sum() / 2 == pytest.approx((high - low) ** 2, rel=0.01)
    assert on_vertices(light)[light.triangles[under]].min() > 0.01
