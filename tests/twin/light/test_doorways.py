"""Light in doorways belongs to the side of the leaf from which it comes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from rooms_of_boxes import QUICK, lamp, two_rooms

from twin.light import doorways
from twin.light.bake import bake
from twin.light.doorways import cut_at_doorways, floor_by_doorways, sides_of_doorways
from twin.light.floor_sheet import floor_sheet
from twin.light.model_bytes import pack_model, unpack_model

LEAF = (3.1, 1.0, 3.1, 2.0)
PLACED = doorways._placed


def test_jambs_behind_a_closed_leaf_have_no_light_of_the_room_before_it() -> None:
    model = two_rooms(lamp("a", 1.5, 1.5), shut=True)
    model = replace(model, rooms=model.rooms[:1], doorways=(LEAF,))  # to the open air
    light = bake(model, QUICK)
    bright = np.zeros(light.samples, np.float32)
    bright[light.lamps[0].rows] = light.lamps[0].light.mean(1)
    place, normals = light.positions, light.normals
    jamb = (abs(normals[:, 1]) > 0.9) & (place[:, 1] > 0.99) & (place[:, 1] < 2.01)
    jamb &= (place[:, 2] > 0.1) & (place[:, 2] < 2.0)
    ahead, behind = jamb & (place[:, 0] < 3.06), jamb & (place[:, 0] > 3.14)
    assert ahead.any()
    assert behind.any()
    assert bright[: light.floor_at][behind].max() < 0.02
    assert bright[: light.floor_at][ahead].mean() > 0.2


def test_walls_that_are_cut_at_a_leaf_keep_their_area_and_cross_its_faces_nowhere() -> None:
    model = two_rooms(shut=True)
    made = cut_at_doorways(model.walls, (LEAF,))
    areas: list[float] = []
    for surface in (model.walls, made):
        corner = surface.positions[surface.triangles].astype(np.float64)
        across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        areas.append(float(np.linalg.norm(across, axis=1).sum() / 2))
    assert abs(areas[1] - areas[0]) < 1e-4 * areas[0]
    corner = made.positions[made.triangles]
    jamb = ((abs(corner[:, :, 1] - 1) < 1e-4) | (abs(corner[:, :, 1] - 2) < 1e-4)).all(1)
    jamb &= (corner[:, :, 0] > 2.9).all(1) & (corner[:, :, 0] < 3.3).all(1)
    x = corner[jamb, :, 0]
    for face in (3.055, 3.145):
        assert not ((x.min(1) < face - 1e-3) & (x.max(1) > face + 1e-3)).any()


def test_the_floor_of_a_doorway_belongs_to_the_room_on_its_side_of_a_leaf_that_hangs_at_a_face() -> None:
    model = two_rooms(shut=True)
    sheet = floor_sheet(model.rooms, model.extent, 0.04)
    made = floor_by_doorways(sheet, ((3.18, 1.0, 3.18, 2.0),))
    cells = sheet.cell_centres
    doorway = (cells[..., 1] > 1.1) & (cells[..., 1] < 1.9) & (cells[..., 0] > 3.02) & (cells[..., 0] < 3.17)
    assert (made.room[doorway & (made.room >= 0)] == 0).all()
    assert (sheet.room[doorway & (sheet.room >= 0)] == 1).any()
    assert ((made.room >= 0) == (sheet.room >= 0)).all()


@pytest.mark.parametrize("cell_m", [0.06, 0.12])
@pytest.mark.parametrize("x", [1.5, 4.7])
def test_no_light_shines_under_a_closed_leaf_that_is_thinner_than_a_floor_cell(x: float, cell_m: float) -> None:
    model = replace(two_rooms(lamp("a", x, 1.5), shut=True), doorways=(LEAF,))
    light = bake(model, replace(QUICK, floor_m=cell_m))
    bright = np.zeros(light.samples, np.float32)
    bright[light.lamps[0].rows] = light.lamps[0].light.mean(1)
    rows, columns = light.floor
    floor = bright[light.floor_at : light.floor_at + rows * columns].reshape(rows, columns)
    step = model.extent.size[0] / columns
    y = slice(round(1.2 / 3.2 * rows), round(1.8 / 3.2 * rows))
    across = (model.extent.low[0] + (np.arange(columns) + 0.5) * step - 3.1) * (1 if x < 3 else -1)
    seen_beyond = across > 0.02 - step  # its picture reaches as far as the next cell's middle
    assert floor[y, seen_beyond & (across < 0.3)].max() < 0.02
    assert floor[y, (across < -0.02 - 2 * step) & (across > -0.5)].min() > 0.1


def test_the_side_of_a_doorway_is_the_same_whichever_other_places_there_are() -> None:
    rng = np.random.default_rng(4)
    leaves = ((3.0, 1.0, 3.0, 2.0), (6.0, 4.0, 6.7, 4.7), (8.0, 8.0, 7.0, 8.0), (3.2, 1.5, 3.9, 1.5))
    places = rng.uniform(0, 10, (20_000, 3))
    found = sides_of_doorways(places, leaves)
    assert set(found.tolist()) == set(range(9))
    for number, (x0, y0, x1, y1) in enumerate(leaves):
        length = np.hypot(x1 - x0, y1 - y0)
        way = np.array((x1 - x0, y1 - y0)) / length
        apart = places[:, :2] - (x0, y0)
        along, across = apart @ way, apart @ (-way[1], way[0])
        inside = (along > -0.15) & (along < length + 0.15) & (np.abs(across) < 0.5)
        later = found > 2 * number + 2
        assert (inside == np.isin(found, (2 * number + 1, 2 * number + 2)))[~later].all()
        assert (found == 2 * number + 2)[inside & ~later].tolist() == (across > 0)[inside & ~later].tolist()


def test_doorways_look_only_at_places_near_them(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def placed(plan: NDArray[np.float64], doorway: doorways.Doorway) -> object:
        looked.append(len(plan))
        return PLACED(plan, doorway)

    monkeypatch.setattr(doorways, "_placed", placed)
    places = np.random.default_rng(5).uniform(0, 100, (10_000, 3))
    sides_of_doorways(places, ((50.0, 50.0, 51.0, 50.0), (10.0, 10.0, 10.0, 11.0)))
    assert len(looked) == 2
    assert max(looked) < 50


def test_a_model_keeps_its_doorways_when_it_is_encoded() -> None:
    model = replace(two_rooms(shut=True), doorways=(LEAF,))
    assert unpack_model(pack_model(model)).doorways == (LEAF,)
    assert pack_model(model) != pack_model(two_rooms(shut=True))
