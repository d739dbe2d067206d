"""What light does, whoever traces its rays."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from rooms_of_boxes import HIGH_M, QUICK, box, lamp, one_room, two_rooms

from twin.light.bake import bake
from twin.light.grid_clip import clip_to_grid
from twin.light.model import NORMAL, LightSource, PlanExtent, StoreyModel, Surface
from twin.light.model_bytes import pack_model, unpack_model
from twin.light.ray_tracing import has_embree, tracer_of
from twin.light.refinement import refined
from twin.light.storey_light import OPEN, StoreyLight, pack, unpack

TRACERS = [
    pytest.param(True, marks=pytest.mark.skipif(not has_embree(), reason="no Embree on this system"), id="embree"),
    pytest.param(False, id="voxels"),
]


def mixed(light: StoreyLight, **strengths: tuple[float, float, float]) -> NDArray[np.float32]:
    """(samples, 3) light of lamps of these colours."""
    made = np.zeros((light.samples, 3), np.float32)
    for one in light.lamps:
        if one.id in strengths:
            made[one.rows] += one.light * np.array(strengths[one.id], np.float32)
    return made


def floor_of(light: StoreyLight, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(rows, columns) what falls on the floor's cells."""
    return values[light.floor_at : light.ceiling_at].max(1).reshape(light.floor)


def at(light: StoreyLight, values: NDArray[np.float32], place: tuple[float, float, float]) -> NDArray[np.float32]:
    """The light on the nearest vertex to a place."""
    return values[((light.positions - np.array(place)) ** 2).sum(1).argmin()]


@pytest.mark.parametrize("embree", TRACERS)
def test_red_and_blue_are_magenta_on_the_wall_between_them(embree: bool) -> None:
    light = bake(one_room(lamp("red", 0.8, 1.5), lamp("blue", 3.2, 1.5)), QUICK, embree=embree)
    red, blue = {"red": (1.0, 0.0, 0.0)}, {"blue": (0.0, 0.0, 1.0)}
    wall = 2.0, 3.0, 1.2
    alone = at(light, mixed(light, **red), wall), at(light, mixed(light, **blue), wall)
    both = at(light, mixed(light, **red, **blue), wall)
    assert both[0] == pytest.approx(alone[0][0], rel=1e-5)
    assert both[2] == pytest.approx(alone[1][2], rel=1e-5)
    assert 0.6 < both[0] / both[2] < 1.7
    assert both[1] < 0.02 * both[0]


@pytest.mark.parametrize("embree", TRACERS)
def test_a_closed_door_keeps_the_light_out_and_an_open_one_lets_it_in(embree: bool) -> None:
    falls = []
    for shut in (True, False):
        light = bake(two_rooms(lamp("a", 1.5, 1.5), shut=shut), QUICK, embree=embree)
        floor = floor_of(light, mixed(light, a=(1.0, 1.0, 1.0)))
        middle = floor.shape[1] // 2
        falls.append((floor[:, : middle - 2].mean(), floor[4:-4, middle + 3 : -3].mean()))
    shut, opened = falls
    assert shut[0] > 0.1
    assert shut[1] < 0.01 * shut[0]
    assert opened[1] > 5 * max(shut[1], 0.002)


def test_light_of_two_lamps_is_the_sum_of_their_own() -> None:
    a, b = lamp("a", 0.8, 0.7), lamp("b", 3.1, 2.2, 1.0)
    both = bake(one_room(a, b), QUICK)
    total = mixed(both, a=(1.0, 1.0, 1.0), b=(0.5, 0.5, 0.5))
    parts = mixed(both, a=(1.0, 1.0, 1.0)) + mixed(both, b=(0.5, 0.5, 0.5))
    assert np.allclose(total, parts, atol=1e-5)
    alone = bake(one_room(a), QUICK)
    first, again = mixed(alone, a=(1.0, 1.0, 1.0)), mixed(both, a=(1.0, 1.0, 1.0))
    assert np.abs(first - again).mean() < 0.02 * first.mean()


@pytest.mark.parametrize("embree", TRACERS)
def test_nothing_is_negative_and_nothing_is_no_number(embree: bool) -> None:
    things = box((1.0, 1.0, 0.0), (2.0, 2.0, 0.8))
    light = bake(one_room(lamp("a", 1.5, 1.5, 1.6), things=things), QUICK, embree=embree)
    for layer in (*light.skies, *light.lamps):
        assert np.isfinite(layer.light).all()
        assert (layer.light >= 0).all()
    assert light.lamps[0].light.max() < 20


def test_a_storey_turned_by_ninety_degrees_is_lit_alike() -> None:
    def turned(model: StoreyModel) -> StoreyModel:
        def spin(surface: Surface) -> Surface:
            x, y, z = surface.positions.T
            return replace(surface, positions=np.column_stack([-y, x, z]).astype(np.float32))

        rooms = tuple(replace(one, outline=tuple((-y, x) for x, y in one.outline)) for one in model.rooms)
        (x0, y0), (wide, deep) = model.extent.low, model.extent.size
        lamps = tuple(
            replace(one, position_m=(-one.position_m[1], one.position_m[0], one.position_m[2])) for one in model.lamps
        )
        extent = replace(model.extent, low=(-y0 - deep, x0), size=(deep, wide))
        return replace(
            model, walls=spin(model.walls), things=spin(model.things), rooms=rooms, extent=extent, lamps=lamps
        )

    model = one_room(lamp("a", 1.1, 0.9), things=box((2.0, 1.0, 0.0), (2.6, 2.0, 0.8)))
    straight, round_ = bake(model, QUICK), bake(turned(model), QUICK)
    white = {"a": (1.0, 1.0, 1.0)}
    one = floor_of(straight, mixed(straight, **white))
    other = np.rot90(floor_of(round_, mixed(round_, **white)))
    assert one.shape == other.shape
    inside = slice(2, -2), slice(2, -2)
    assert np.abs(one[inside] - other[inside]).mean() < 0.04 * one[inside].mean()
    walls = [mixed(made, **white)[: made.floor_at].mean() for made in (straight, round_)]
    assert walls[0] == pytest.approx(walls[1], rel=0.05)


@pytest.mark.skipif(not has_embree(), reason="no Embree on this system")
def test_both_tracers_light_a_room_alike() -> None:
    model = one_room(lamp("a", 1.1, 0.9), things=box((2.0, 1.0, 0.0), (2.6, 2.0, 0.8)))
    floors = []
    for embree in (True, False):
        light = bake(model, QUICK, embree=embree)
        floors.append(floor_of(light, mixed(light, a=(1.0, 1.0, 1.0)))[2:-2, 2:-2])
    assert np.abs(floors[0] - floors[1]).mean() < 0.15 * floors[0].mean()
    assert floors[1].mean() == pytest.approx(floors[0].mean(), rel=0.1)


def test_a_table_throws_a_shadow_on_the_floor_below() -> None:
    table = box((1.0, 1.0, 0.70), (2.2, 2.0, 0.75))
    light = bake(one_room(lamp("a", 1.6, 1.5), things=table), QUICK)
    floor = floor_of(light, mixed(light, a=(1.0, 1.0, 1.0)))
    assert floor[8, 8] < 0.55 * floor[8, 15]


def test_a_lamp_is_not_in_the_dark_of_its_own_shade() -> None:
    shade = box((1.4, 1.4, 1.9), (1.6, 1.6, 2.1))
    dark = box((0.5, 1.4, 1.9), (0.7, 1.6, 2.1))
    things = Surface(
        np.concatenate([shade.positions, dark.positions]),
        np.concatenate([shade.triangles, dark.triangles + 8]),
        np.concatenate([shade.colours, dark.colours]),
        np.repeat(np.array([7, 9], np.int32), 12),
    )
    light = bake(one_room(lamp("a", 1.5, 1.5), things=things), QUICK)
    floor = floor_of(light, mixed(light, a=(1.0, 1.0, 1.0)))
    assert floor[8, 8] > 0.2
    assert set(light.elements[light.part % OPEN == 2].tolist()) == {7}
    assert set(light.glows[light.triangles[light.part % OPEN == 2]].ravel().tolist()) == {0}


def test_no_light_creeps_under_a_wall_into_the_next_room() -> None:
    light = bake(two_rooms(lamp("a", 1.5, 1.5), shut=True), replace(QUICK, sheet_m=0.2, floor_m=0.1))
    floor = floor_of(light, mixed(light, a=(1.0, 1.0, 1.0)))
    beyond = floor[:, round(3.4 / 6.4 * floor.shape[1]) :]
    assert beyond.max() < 0.02


def test_a_room_inside_out_and_one_of_single_sheets_are_not_black() -> None:
    model = one_room(lamp("a", 2.0, 1.5))
    whole = bake(model, QUICK)
    inside_out = replace(model, walls=replace(model.walls, triangles=model.walls.triangles[:, ::-1].copy()))
    sheets = replace(model, walls=model.walls.take(np.arange(len(model.walls)) % 12 < 10))
    for strange in (inside_out, sheets):
        light = bake(strange, QUICK)
        for place in ((2.0, 3.0, 1.0), (0.0, 1.5, 1.5)):
            white = {"a": (1.0, 1.0, 1.0)}
            assert at(light, mixed(light, **white), place).mean() > 0.4 * at(whole, mixed(whole, **white), place).mean()


def test_a_body_that_is_inside_out_within_its_element_is_as_bright_as_its_neighbour() -> None:
    right, wrong = box((1.0, 1.0, 0.0), (1.4, 1.4, 0.5)), box((2.6, 1.0, 0.0), (3.0, 1.4, 0.5))
    things = Surface(
        np.concatenate([right.positions, wrong.positions]),
        np.concatenate([right.triangles, wrong.triangles[:, ::-1] + 8]),
        np.concatenate([right.colours, wrong.colours]),
        np.zeros(24, np.int32),
    )
    light = bake(one_room(lamp("a", 2.0, 1.2), things=things), QUICK)
    white = mixed(light, a=(1.0, 1.0, 1.0))
    tops = [at(light, white, (x, 1.2, 0.5)).mean() for x in (1.2, 2.8)]
    assert tops[1] == pytest.approx(tops[0], rel=0.25)


def cupboard(x: float, number: int) -> Surface:
    """A box that is hollow and open at its front."""
    outer, hollow = box((x, 1.0, 0.0), (x + 1.0, 1.6, 0.8)), box((x + 0.02, 1.0, 0.02), (x + 0.98, 1.58, 0.78))
    closed = np.delete(outer.triangles, [4, 5], axis=0)  # less the front
    front = [0, 1, 5, 4]
    rim = [[(a, b, b + 8), (a, b + 8, a + 8)] for a, b in zip(front, [*front[1:], front[0]], strict=True)]
    triangles = np.concatenate([closed, closed[:, ::-1] + 8, np.array(rim).reshape(-1, 3)]).astype(np.int32)
    count = len(triangles)
    positions = np.concatenate([outer.positions, hollow.positions])
    if number % 2:  # mirrored: its sides have the diagonals of its neighbours'
        positions[:, 0], triangles = 2 * x + 1 - positions[:, 0], np.ascontiguousarray(triangles[:, ::-1])
    return Surface(positions, triangles, np.full((count, 3), 200, np.uint8), np.full(count, number, np.int32))


def test_cupboards_side_by_side_look_outwards_though_their_sides_are_at_one_place() -> None:
    parts = [cupboard(x, number) for number, x in enumerate((0.4, 1.4, 2.4))]
    starts = np.cumsum([0, *(len(part.positions) for part in parts)])[:-1]
    cupboards = Surface(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.triangles + int(at) for part, at in zip(parts, starts, strict=True)]).astype(np.int32),
        np.concatenate([part.colours for part in parts]),
        np.concatenate([part.elements for part in parts]),
    )
    light = bake(one_room(lamp("a", 2.0, 2.6), things=cupboards), QUICK)
    white = mixed(light, a=(1.0, 1.0, 1.0))
    for x in (0.9, 1.9, 2.9):
        assert at(light, white, (x, 1.6, 0.5)).mean() > 0.1
        near = np.linalg.norm(light.positions - np.array((x, 1.6, 0.4)), axis=1) < 0.3
        assert light.normals[near & (np.abs(light.positions[:, 1] - 1.6) < 1e-3), 1].max() > 0.9


def test_a_box_drawn_with_both_sides_of_every_face_is_lit_as_one_with_one() -> None:
    plain = box((1.0, 1.0, 0.0), (1.4, 1.4, 0.5))
    triangles = np.concatenate([plain.triangles, plain.triangles[:, ::-1]])[np.random.default_rng(1).permutation(24)]
    double = Surface(plain.positions, triangles, np.repeat(plain.colours, 2, 0), np.zeros(24, np.int32))
    tops = []
    for things in (plain, double):
        light = bake(one_room(lamp("a", 2.0, 1.2), things=things), QUICK)
        assert 10 <= (light.part % OPEN == 1).sum() <= 12  # one on the floor below needs none
        near = np.linalg.norm(light.positions - np.array((1.2, 1.2, 0.5)), axis=1) < 0.3
        tops.append(mixed(light, a=(1.0, 1.0, 1.0))[: light.floor_at][near].mean(1).max())
    assert tops[1] == pytest.approx(tops[0], rel=0.35)


def with_a_window() -> StoreyModel:
    """Two rooms, the eastern wall of the second one of glass."""
    model = two_rooms(shut=True)
    hole = model.walls.take(~np.isin(model.walls.elements, [3]))
    corners = np.array([[6.2, 0, 0], [6.2, 3, 0], [6.2, 3, HIGH_M], [6.2, 0, HIGH_M]], np.float32)
    return replace(model, walls=hole, panes=corners[np.array([[0, 3, 2], [0, 2, 1]])])


def sky_of(light: StoreyLight, place: int) -> NDArray[np.float32]:
    """(samples, 3) one of the skies."""
    made = np.zeros((light.samples, 3), np.float32)
    made[light.skies[place].rows] = light.skies[place].light
    return made


def test_the_sky_behind_a_blind_is_a_layer_of_its_own_and_all_add_up_to_the_open_one() -> None:
    model = with_a_window()
    whole = bake(model, QUICK)
    halves = bake(replace(model, pane_blinds=np.array([0, -1], np.int32), blinds=("blind",)), QUICK)
    assert [one.id for one in halves.skies] == ["", "blind"]
    floors = [floor_of(halves, sky_of(halves, place))[2:-2, -8:-2].mean() for place in (0, 1)]
    open_ = floor_of(whole, sky_of(whole, 0))[2:-2, -8:-2].mean()
    assert min(floors) > 0.1 * open_
    assert sum(floors) == pytest.approx(open_, rel=0.1)
    again = unpack(pack(halves))
    assert [(one.id, len(one.rows)) for one in again.skies] == [(one.id, len(one.rows)) for one in halves.skies]
    kept = unpack_model(pack_model(replace(model, pane_blinds=np.array([0, -1], np.int32), blinds=("blind",))))
    assert kept.blinds == ("blind",)
    assert kept.pane_blinds.tolist() == [0, -1]


def test_the_sky_comes_in_through_a_window_and_by_no_wall() -> None:
    shut = bake(one_room(), QUICK)
    rows = shut.skies[0].rows
    inside = rows[(rows >= shut.floor_at) & (rows < shut.ceiling_at)]
    assert not len(inside)
    light = bake(with_a_window(), QUICK)
    floor = floor_of(light, sky_of(light, 0))
    middle = floor.shape[1] // 2
    assert floor[:, middle + 3 : -1].mean() > 0.05
    assert floor[:, : middle - 2].max() < 0.01


def test_light_as_bytes_is_the_same_light() -> None:
    light = bake(one_room(lamp("a", 1.1, 0.9), things=box((2.0, 1.0, 0.0), (2.6, 2.0, 0.8))), QUICK)
    again = unpack(pack(light))
    here, there = light.triangles.ravel(), again.triangles.ravel()  # vertices have other numbers
    assert len(again.positions) == len(light.positions)
    assert np.abs(again.positions[there] - light.positions[here]).max() < 2e-4
    assert (again.colours[there] == light.colours[here]).all()
    assert (again.glows[there] == light.glows[here]).all()
    assert np.abs(again.normals[there] - light.normals[here]).max() < 1 / 127
    assert np.abs(again.openness[there] - light.openness[here].clip(0, 1)).max() < 1 / 254
    fall, again_fall = (mixed(one, a=(1.0, 1.0, 1.0)) for one in (light, again))
    for ours, theirs in ((fall[here], again_fall[there]), (fall[light.floor_at :], again_fall[light.floor_at :])):
        assert np.abs(np.sqrt(theirs) - np.sqrt(ours)).max() < np.sqrt(fall.max()) / 250
    assert (again.extent, again.floor, again.ceiling) == (light.extent, light.floor, light.ceiling)


def test_a_blind_before_no_window_and_a_storey_without_surfaces_are_bytes_too() -> None:
    light = bake(replace(with_a_window(), pane_blinds=np.array([-1, -1], np.int32), blinds=("blind",)), QUICK)
    again = unpack(pack(light))
    assert [(one.id, len(one.rows)) for one in again.skies] == [("", len(light.skies[0].rows)), ("blind", 0)]
    bare = unpack(pack(bake(StoreyModel(walls=Surface(), things=Surface()), QUICK)))
    assert not len(bare.triangles)


@pytest.mark.parametrize("cut", [0, 5, 40, -1, -300])
def test_damaged_bytes_are_refused(cut: int) -> None:
    data = pack(bake(one_room(lamp("a", 1.1, 0.9)), QUICK))
    with pytest.raises(ValueError):
        unpack(data[:cut])


def test_a_bake_can_be_stopped() -> None:
    class StoppedError(Exception):
        pass

    def tick(share: float) -> None:
        if share > 0.2:
            raise StoppedError

    with pytest.raises(StoppedError):
        bake(one_room(lamp("a", 1.1, 0.9)), QUICK, tick=tick)


def test_a_storey_with_nothing_in_it_has_light_without_samples() -> None:
    light = bake(StoreyModel(walls=Surface(), things=Surface()), QUICK)
    assert light.samples == light.floor[0] * light.floor[1] + light.ceiling[0] * light.ceiling[1]
    assert not light.lamps


def test_pieces_of_a_clipped_surface_cover_it_and_are_small() -> None:
    sliver = Surface(
        np.array([[0, 0, 0], [12, 0, 0.3], [12, 0.02, 0.3], [6, 5, 1]], np.float32),
        np.array([[0, 1, 2], [0, 2, 3]], np.int32),
        np.zeros((2, 3), np.uint8),
        np.array([4, 5], np.int32),
    )

    def area(surface: Surface) -> NDArray[np.float64]:
        a, b, c = np.moveaxis(surface.positions[surface.triangles].astype(float), 1, 0)
        return np.bincount(surface.elements, np.linalg.norm(np.cross(b - a, c - a), axis=1))

    pieces = clip_to_grid(sliver, 0.3)
    assert np.allclose(area(pieces), area(sliver), rtol=2e-3)
    corners = pieces.positions[pieces.triangles]
    size = np.sort(corners.max(1) - corners.min(1), axis=1)
    assert (size[:, 1] < 0.31).all()


@pytest.mark.parametrize("embree", TRACERS)
def test_a_ray_finds_the_wall_that_it_meets_and_which_side_of_it(embree: bool) -> None:
    wall = box((1.0, -2.0, -2.0), (1.4, 2.0, 2.0))
    rays = tracer_of(wall.positions, wall.triangles, embree=embree)
    origins = np.array([[0, 0.1, 0.2], [1.2, 0.1, 0.2], [0, 0.1, 0.2]], np.float32)
    ways = np.array([[1, 0, 0], [1, 0, 0], [-1, 0, 0]], np.float32)
    hits = rays.nearest(origins, ways)
    assert (hits.triangle >= 0).tolist() == [True, True, False]
    assert hits.back.tolist() == [False, True, False]
    assert hits.distance[0] == pytest.approx(1.0, abs=0.1)
    assert rays.blocked(origins[:1], ways[:1], np.array([3.0], np.float32)).tolist() == [True]
    assert rays.blocked(origins[:1], ways[:1], np.array([0.7], np.float32)).tolist() == [False]


def test_lamps_that_share_a_place_are_lit_alike() -> None:
    light = bake(one_room(lamp("a", 1.1, 0.9), LightSource("b", (1.1, 0.9, 2.0))), QUICK)
    first, second = (mixed(light, **{id: (1.0, 1.0, 1.0)}).mean() for id in ("a", "b"))
    assert first == pytest.approx(second, rel=0.02)


def test_the_mean_of_several_passes_is_the_same_light_with_less_noise() -> None:
    model, rough = one_room(lamp("a", 1.1, 0.9)), replace(QUICK, smooth=0)

    def lit(passes: int) -> NDArray[np.float32]:
        light = bake(model, replace(rough, passes=passes))
        return mixed(light, a=(1.0, 1.0, 1.0))

    best = lit(40)
    once, often = (float(np.sqrt(((lit(passes) - best) ** 2).mean())) for passes in (1, 9))
    assert 0 < often < 0.6 * once


def test_a_building_in_a_wrong_unit_is_cut_into_no_more_cells_than_any_other() -> None:
    model = one_room(lamp("a", 1.1, 0.9))
    huge = replace(model.walls, positions=model.walls.positions * np.float32(1000))
    room = model.rooms[0]
    outline = tuple((x * 1000, y * 1000) for x, y in room.outline)
    large = replace(
        model,
        walls=huge,
        rooms=(replace(room, outline=outline, ceiling_m=2600.0),),
        extent=PlanExtent((-100.0, -100.0), (4200.0, 3200.0)),
    )
    tracemalloc.start()
    try:
        work = refined(large, NORMAL)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(work.samples) < 2 * NORMAL.most_samples
    assert peak < 500e6


def test_a_lamp_beyond_the_ceiling_shines_under_it() -> None:
    inside, beyond = (bake(one_room(lamp("a", 2.0, 1.5, z)), QUICK) for z in (HIGH_M - 0.15, HIGH_M + 0.7))
    falls = [floor_of(light, mixed(light, a=(1.0, 1.0, 1.0))).mean() for light in (inside, beyond)]
    assert falls[1] == pytest.approx(falls[0], rel=0.1)


def test_a_lamp_of_a_high_room_is_stronger_and_reaches_its_floor() -> None:
    usual = one_room(lamp("a", 2.0, 1.5, HIGH_M - 0.2))
    stretched = np.array([1, 1, 8], np.float32)
    high = replace(
        usual,
        walls=replace(usual.walls, positions=usual.walls.positions * stretched),
        rooms=tuple(replace(one, ceiling_m=one.ceiling_m * 8) for one in usual.rooms),
        lamps=(lamp("a", 2.0, 1.5, HIGH_M * 8 - 0.2),),
    )
    falls = [
        floor_of(light, mixed(light, a=(1.0, 1.0, 1.0))).mean() for light in (bake(usual, QUICK), bake(high, QUICK))
    ]
    assert 0.3 * falls[0] < falls[1] < 3 * falls[0]


def test_a_space_too_low_for_a_lamp_has_a_pool_of_light_on_its_floor_and_is_not_dark() -> None:
    model = one_room(lamp("a", 2.0, 1.5, 1.5))
    flat = np.array([1, 1, 0.2], np.float32)
    low = replace(model, walls=replace(model.walls, positions=model.walls.positions * flat))
    light = bake(low, QUICK)
    floor = floor_of(light, mixed(light, a=(1.0, 1.0, 1.0)))
    middle = floor[floor.shape[0] // 2, floor.shape[1] // 2]
    assert middle == floor.max() > 0.5
    assert light.lamps[0].rows.min() >= light.floor_at
    assert np.median(light.openness[light.floor_at : light.ceiling_at]) >= 0.7


def test_hundreds_of_lamps_take_little_memory_once_they_are_decoded() -> None:
    light = unpack(pack(bake(one_room(lamp("a", 2.0, 1.5)), QUICK)))
    assert light.lamps[0].light.itemsize == 2
    mixed(light, a=(1.0, 1.0, 1.0))
