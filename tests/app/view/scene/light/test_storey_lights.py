"""Storeys in their own light: at night, when it has come, and as today until then."""

from __future__ import annotations

from dataclasses import replace

import house
import numpy as np
import pytest
from lit_house import DAY, NIGHT, SIZE, Baker, bright, lit_names, settle
from numpy.typing import NDArray

from app.view.scene.camera.camera import PictureFrame
from app.view.scene.light.ambient_light import AmbientMix, ambient_light
from app.view.scene.light.lamp_sources import unconnected_lamps
from app.view.scene.live.lamp_halos import HaloLayer
from app.view.scene.scene import Scene
from app.view.scene.sky.daylight import SunPosition, daylight
from app.view.scene.structure.drawn_parts import LIT
from app.view.scene.structure.storey_shapes import HungRectangle
from app.view.scene.structure.storey_stack import EyePlace
from app.view.theme import DARK, LIGHT
from twin.light.bake import bake
from twin.light.model import DRAFT
from twin.model.ids import DeviceId, PlaceholderId, StoreyId
from twin.model.kind import KINDS
from twin.model.space import Placeholder


def test_a_storey_looks_as_ever_until_its_light_comes_coarse_first(scene: Scene, baker: Baker) -> None:
    scene.render(*SIZE)
    assert baker.asked == [("ground", "draft")]
    assert not lit_names(scene)
    baker.answer()
    scene.render(*SIZE)
    assert {LIT + "body", LIT + "soft", LIT + "floor"} <= lit_names(scene)
    assert baker.asked[1:] == [("ground", "normal")]
    baker.answer()
    scene.render(*SIZE)
    scene.render(*SIZE)
    assert len(baker.asked) == 2


def test_where_there_is_no_light_the_storey_looks_as_ever_and_nobody_asks_again(scene: Scene, baker: Baker) -> None:
    before = scene.render(*SIZE)
    baker.answer(light=False)
    after = scene.render(*SIZE)
    assert not baker.waiting
    assert not lit_names(scene)
    assert (before == after).all()


def test_a_storey_without_anything_to_light_is_baked_once(scene: Scene, baker: Baker) -> None:
    scene.render(*SIZE)
    make, quality, done = baker.waiting.pop(0)
    model = make()
    assert model is not None
    light = bake(model, DRAFT)
    done((replace(light, triangles=light.triangles[:0], part=light.part[:0], elements=light.elements[:0]), quality))
    scene.render(*SIZE)
    assert baker.asked == [("ground", "draft")]
    assert not scene.lights.is_baking
    assert not lit_names(scene)


def test_light_that_comes_later_does_not_cover_the_halos_of_lamps(baker: Baker) -> None:
    made = Scene(DARK, None, [HaloLayer()])
    made.lights.baker = baker
    twin = house.house_twin()
    made.set_twin(twin)
    made.set_mesh(house.house_mesh())
    state = house.house_state(twin)
    made.apply(state, range(len(state)))
    made.look_at(StoreyId("ground"))
    made.colour_by("")
    made.set_daylight(daylight(NIGHT))
    made.step(1.0)
    made.stand(made.fitting(PictureFrame(SIZE[0] / SIZE[1])))
    came = settle(made, baker)
    (halos,) = made._layers.every
    halos.build(made)  # now the last to be painted
    assert np.abs(came.astype(int) - made.render(*SIZE)).max() <= 2
    halos.remove()
    assert (came != made.render(*SIZE)).any()
    made.release()


def test_by_day_a_storey_looks_as_ever_but_for_soft_shadows(scene: Scene, baker: Baker) -> None:
    scene.set_theme(LIGHT)
    scene.set_daylight(daylight(DAY))
    for id in scene.placed.ids:
        scene.set_online(id, False)
    before = scene.render(*SIZE)
    assert baker.asked == [("ground", "normal")]
    after = settle(scene, baker)
    assert lit_names(scene)
    apart = np.abs(before[..., :3].astype(int) - after[..., :3])
    assert 0 < apart.mean() < 12
    assert after[..., :3].mean() == pytest.approx(before[..., :3].mean(), rel=0.03)


def test_without_corners_and_sky_the_day_is_the_one_that_vtk_lights(
    scene: Scene, baker: Baker, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.set_theme(LIGHT)
    scene.set_daylight(daylight(DAY))
    for id in scene.placed.ids:
        scene.set_online(id, False)
    before = scene.render(*SIZE)
    monkeypatch.setattr(AmbientMix, "_shade", lambda _self, sky: np.ones_like(sky))
    apart = np.abs(before[..., :3].astype(int) - settle(scene, baker)[..., :3]).max(2)
    assert np.percentile(apart, 80) <= 3  # but for the walls' own shade towards the floor


def test_dusk_lies_between_night_and_day_and_lamps_count_less_by_day(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    lit = scene.lights._storeys[scene.storey_stack.focus]
    means: list[float] = []
    lamps: list[float] = []
    for degrees in (-20.0, -4.0, 0.0, 4.0, 40.0):
        around = ambient_light(daylight(SunPosition(150.0, degrees)), inside=False)
        means.append(float(lit.model.ambient.base(around).mean()))
        lamps.append(around.lamps)
    assert means == sorted(means)
    assert lamps == sorted(lamps, reverse=True)
    assert lamps[0] == 1


def test_at_night_the_back_of_a_thing_that_stands_against_a_wall_is_not_black(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    lit = scene.lights._storeys[scene.storey_stack.focus]
    around = ambient_light(daylight(NIGHT), inside=False)
    vertices = lit.light.floor_at
    hidden = np.flatnonzero(lit.light.openness[:vertices] < 0.2)
    assert len(hidden)
    light = (lit.model.ambient.base(around) / lit.mix.albedo)[hidden]
    assert (light >= 0.39 * np.array(around.glimmer)).all()


def test_a_blind_that_goes_down_dims_the_rooms_of_its_window_and_bakes_nothing(scene: Scene, baker: Baker) -> None:
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    scene.set_daylight(daylight(SunPosition(150.0, -2.0)))
    glass = level.source.glass.positions
    row = np.flatnonzero(np.abs(glass[:, 1] - glass[:, 1].min()) < 0.3)
    (west, south, foot), (east, north, head) = glass[row].min(0).tolist(), glass[row].max(0).tolist()
    front = HungRectangle(((west + east) / 2, (south + north) / 2), (1.0, 0.0), (east - west) / 2, foot, head)
    level.blinds, level.blinds_open = {"blind": front}, {"blind": 1.0}
    open_ = settle(scene, baker)[..., :3].astype(int)
    asked = len(baker.asked)
    level.blinds_open = {"blind": 0.0}
    shut = scene.render(*SIZE)[..., :3].astype(int)
    assert (shut <= open_ + 1).all()
    assert (open_ - shut).max() > 8
    assert len(baker.asked) == asked
    level.blinds_open = {"blind": 1.0}
    assert (scene.render(*SIZE)[..., :3] == open_).all()


def test_the_studio_of_a_drawing_is_never_baked(scene: Scene, baker: Baker) -> None:
    scene.set_daylight(None)
    scene.render(*SIZE)
    assert not baker.asked
    scene.set_daylight(daylight(NIGHT))
    settle(scene, baker)
    assert lit_names(scene)
    scene.set_daylight(None)
    scene.render(*SIZE)
    assert not lit_names(scene)


def test_the_same_building_in_another_theme_keeps_its_light(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    asked = len(baker.asked)
    scene.set_theme(LIGHT)
    scene.set_daylight(daylight(DAY))
    scene.render(*SIZE)
    assert len(baker.asked) == asked
    assert lit_names(scene)


def test_a_lamp_shines_from_its_own_height_though_its_marker_hangs_below_the_cut(scene: Scene, baker: Baker) -> None:
    scene.render(*SIZE)
    made = baker.waiting[0][0]()
    assert made is not None
    placed, devices = scene.markers.placed, scene.twin.device_of
    for lamp in made.lamps:
        device, marker = devices[DeviceId(lamp.id)], placed.positions[placed.row_of[DeviceId(lamp.id)]]
        high_m = KINDS[device.kind].mounts_at_m if device.position_m is None else device.position_m[2]
        assert lamp.position_m == pytest.approx((*marker[:2], high_m), abs=0.002)
    assert max(lamp.position_m[2] for lamp in made.lamps) > 2


def test_a_lamp_of_the_file_shines_where_the_room_has_no_other_with_its_power(scene: Scene, baker: Baker) -> None:
    twin = scene.twin
    room = next(one for one in twin.rooms if one.name == "Kitchen")
    kinds = {"light", "lamp"}
    bare = tuple(one for one in twin.devices if not (one.kind in kinds and one.room == room.id))
    planned = Placeholder(
        id=PlaceholderId("planned"), kind="light", name="Planned", storey=room.storey, room=room.id,
        position_m=(8.0, 2.0, 2.5), power=0.4, colour="#ff8040", source_id="guid",
    )  # fmt: skip
    scene.set_twin(replace(twin, devices=bare, placeholders=(planned,)))
    settle(scene, baker)
    lit = scene.lights._storeys[scene.storey_stack.focus]
    assert "planned" in {one.id for one in lit.light.lamps}
    red, green, blue = lit.mix._lamps["planned"]
    assert red > green > blue > 0
    with_it = bright(scene)
    scene.set_twin(replace(twin, devices=bare, placeholders=(replace(planned, power=0.0),)))
    assert bright(scene) < with_it
    scene.set_twin(replace(twin, placeholders=(planned,)))  # a device in the room says what is so
    settle(scene, baker)
    assert "planned" not in lit_lamps(scene)


def test_a_lamp_that_is_only_planned_does_not_shine(scene: Scene) -> None:
    storey = scene.twin.rooms[0].storey
    lamp = Placeholder(id=PlaceholderId("lamp"), kind="light", name="Lamp", storey=storey, room=None, source_id="guid")
    planned = replace(lamp, id=PlaceholderId("planned"), source_id="")
    twin = replace(scene.twin, placeholders=(lamp, planned))
    assert [one.id for one in unconnected_lamps(twin, storey)] == ["lamp"]


def lit_lamps(scene: Scene) -> set[str]:
    """The lamps that shine in the storey in focus."""
    return set(scene.lights._storeys[scene.storey_stack.focus].mix._lamps)


def test_new_light_goes_over_from_the_look_before_in_three_tenths_of_a_second(scene: Scene, baker: Baker) -> None:
    now_s = 10.0
    scene.lights.clock = lambda: now_s
    before = scene.render(*SIZE)
    baker.answer()
    pictures: list[NDArray[np.uint8]] = []
    for later_s in (0.0, 0.15, 0.31):
        now_s = 10.0 + later_s
        pictures.append(scene.render(*SIZE))
        assert scene.lights.is_moving is (later_s < 0.3)
    apart = [np.abs(one[..., :3].astype(int) - pictures[-1][..., :3]).mean() for one in (before, *pictures)]
    assert apart[0] > apart[2] > apart[3] == 0
    assert apart[1] > apart[2]


def test_a_bake_of_the_same_surfaces_begins_with_the_light_before(scene: Scene, baker: Baker) -> None:
    now_s = 10.0
    settle(scene, baker)
    scene.lights.clock = lambda: now_s
    settle(scene, baker)
    shining = {scene.placed.ids[row] for row in np.flatnonzero(scene.appearance.lit & scene.appearance.lights)}
    lamp = next(one for one in scene.twin.devices if one.id in shining and one.position_m is not None)
    x, y, z = lamp.position_m or (0.0, 0.0, 0.0)
    moved = replace(lamp, position_m=(x + 1.0, y, z - 1.0))
    scene.set_twin(replace(scene.twin, devices=tuple(moved if one is lamp else one for one in scene.twin.devices)))
    before = scene.render(*SIZE)
    baker.answer()
    first = scene.render(*SIZE)
    now_s = 11.0
    last = scene.render(*SIZE)
    start, end = (np.abs(one[..., :3].astype(int) - before[..., :3]).mean() for one in (first, last))
    assert start < 0.25 * end
    assert not scene.lights.is_moving


def test_a_lamp_that_goes_on_lights_the_room_without_another_bake(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    dark, asked = bright(scene), len(baker.asked)
    look = scene.appearance
    look.lit = look.lit.copy()
    look.lit[:] = look.lights
    look.strength[:] = 1.0
    scene._pools.stale = True
    assert bright(scene) > 1.05 * dark
    assert len(baker.asked) == asked


def test_a_lamp_that_is_gone_gives_no_light(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    lit = bright(scene)
    for id in scene.placed.ids:
        scene.set_online(id, False)
    assert bright(scene) < lit


def test_a_lamp_at_another_place_is_baked_anew_with_the_old_light_meanwhile(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    asked = len(baker.asked)
    lamp = next(one for one in scene.twin.devices if one.name == "Kitchen light")
    moved = replace(lamp, position_m=(8.0, 2.0, 2.5))
    scene.set_twin(replace(scene.twin, devices=tuple(moved if one is lamp else one for one in scene.twin.devices)))
    scene.render(*SIZE)
    assert baker.asked[asked:] == [("ground", "normal")]
    assert lit_names(scene)
    settle(scene, baker)
    assert len(baker.asked) == asked + 1


def test_light_for_a_building_that_is_gone_is_let_go(scene: Scene, baker: Baker) -> None:
    scene.render(*SIZE)
    scene.set_mesh(house.house_mesh())
    scene.render(*SIZE)
    baker.answer()
    scene.render(*SIZE)
    assert not lit_names(scene)


def test_another_cut_takes_the_light_along(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    asked = len(baker.asked)

    def top() -> float:
        level = scene.storey_stack.levels[scene.storey_stack.focus]
        return level.actors[LIT + "body"].GetBounds()[5]

    assert top() == pytest.approx(1.3507, abs=1e-3)
    scene.set_cut(2.0, exact=True)
    scene.render(*SIZE)
    assert top() == pytest.approx(2.0, abs=1e-3)
    assert len(baker.asked) == asked


def test_from_inside_the_ceiling_has_the_lamps_light(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    scene.set_eye_place(EyePlace.ENTERING)
    scene.set_eye_place(EyePlace.INSIDE)
    settle(scene, baker)
    ceiling = scene.around._ceiling
    assert ceiling is not None
    picture = scene.lights._storeys[scene.storey_stack.focus].ceiling_picture()
    assert ceiling.GetTexture() is picture
    scene.set_eye_place(EyePlace.OUTSIDE)
    scene.set_daylight(None)
    scene.set_eye_place(EyePlace.INSIDE)
    scene.render(*SIZE)
    assert scene.around._ceiling.GetTexture() is not picture


def test_draft_frames_leave_lit_furniture_out_and_bring_it_back(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    scene.set_draft_quality(True)
    assert LIT + "soft" not in lit_names(scene)
    scene.set_draft_quality(False)
    assert LIT + "soft" in lit_names(scene)
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    assert not level.actors["soft"].GetVisibility()


def test_colours_by_value_tint_the_lit_floor(scene: Scene, baker: Baker) -> None:
    plain = settle(scene, baker)
    scene.colour_by("temperature")
    tinted = scene.render(*SIZE)
    assert np.abs(plain[..., :3].astype(int) - tinted[..., :3]).max() > 20
    assert lit_names(scene)


def test_a_cut_that_is_dragged_cuts_the_lit_walls_too(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    scene._cut.exact_ms = 1e3  # exact cuts are slow here
    scene.set_cut(1.8, exact=False)
    scene.render(*SIZE)
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    planes = level.actors[LIT + "body"].GetMapper().GetClippingPlanes()
    assert planes is not None
    assert planes.GetNumberOfItems() == 1


def test_rooms_without_data_are_hatched_at_night_too(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    lit = scene.lights._storeys[scene.storey_stack.focus]
    assert lit._stripes is None
    scene.colour_by("temperature")
    scene.render(*SIZE)
    assert lit._stripes is not None
    assert lit._stripes.min() < 0.9
    assert lit._stripes.max() == 1


def open_door(scene: Scene, *elements: int) -> None:
    """Leaves of these elements are open, all others closed."""
    scene.storey_stack.levels[scene.storey_stack.focus].ajar = frozenset(elements)


def test_a_door_that_opens_is_baked_anew_and_light_comes_through(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    asked = len(baker.asked)
    open_door(scene, 1)
    scene.render(*SIZE)
    assert baker.asked[asked:] == [("ground", "normal")]
    assert lit_names(scene)


def test_a_door_that_was_open_before_opens_without_a_ray(scene: Scene, baker: Baker) -> None:
    settle(scene, baker)
    open_door(scene, 1)
    settle(scene, baker)
    asked, model = len(baker.asked), scene.lights._storeys[scene.storey_stack.focus].model
    for elements in ((), (1,), (), (1,)):
        open_door(scene, *elements)
        scene.render(*SIZE)
        scene.render(*SIZE)
        shown = scene.lights._storeys[scene.storey_stack.focus].model
        assert (shown is model) is bool(elements)
        assert lit_names(scene)
    assert len(baker.asked) == asked


def test_doors_are_baked_ahead_one_at_a_time_so_that_the_first_opening_bakes_nothing(
    scene: Scene, baker: Baker
) -> None:
    scene.lights.animate()
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    level.doors = (frozenset({1}), frozenset({2}))
    settle_still(scene, baker)
    assert baker.asked.count(("ground", "ahead")) == 2
    asked, closed = len(baker.asked), scene.lights._storeys[scene.storey_stack.focus].model
    open_door(scene, 2)
    scene.render(*SIZE)
    scene.render(*SIZE)
    assert scene.lights._storeys[scene.storey_stack.focus].model is not closed
    assert len(baker.asked) == asked
    scene.lights.finish()
    scene.render(*SIZE)
    assert baker.asked[asked:] == [("ground", "ahead")]  # the other door, from here
    assert not scene.lights.is_baking


def settle_still(scene: Scene, baker: Baker) -> None:
    """All light comes, and every transition ends."""
    scene.render(*SIZE)
    while baker.waiting:
        baker.answer()
        scene.render(*SIZE)
        scene.lights.finish()
        scene.render(*SIZE)


def test_light_that_is_stopped_while_it_is_baked_ahead_is_not_asked_for_for_ever(scene: Scene, baker: Baker) -> None:
    scene.lights.animate()
    scene.storey_stack.levels[scene.storey_stack.focus].doors = (frozenset({1}),)
    scene.render(*SIZE)
    for _ in range(12):
        if baker.waiting:
            baker.answer(light=baker.asked[-1][1] != "ahead")
        scene.render(*SIZE)
        scene.lights.finish()
        scene.render(*SIZE)
    assert baker.asked.count(("ground", "ahead")) == 3


def test_from_each_state_the_nearest_ones_are_baked_ahead_however_many_there_were_before(
    scene: Scene, baker: Baker
) -> None:
    scene.lights.animate()
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    level.doors = tuple(frozenset({number}) for number in range(1, 6))
    settle_still(scene, baker)
    for opened in ((1,), (1, 2), (1, 2, 3)):
        asked = baker.asked.count(("ground", "ahead"))
        open_door(scene, *opened)
        for _ in range(3):  # what was baked ahead is shown without a bake
            scene.render(*SIZE)
            scene.lights.finish()
        settle_still(scene, baker)
        assert baker.asked.count(("ground", "ahead")) > asked
    scene.render(*SIZE)
    assert not baker.waiting


def bake_until_ahead(scene: Scene, baker: Baker) -> None:
    """Light comes until the next that is asked for is one ahead."""
    for _ in range(12):
        if baker.waiting and baker.waiting[-1][1] == "ahead":
            return
        if baker.waiting:
            baker.answer()
        scene.render(*SIZE)
        scene.lights.finish()
        scene.render(*SIZE)
    pytest.fail("nothing is baked ahead")


def test_light_ahead_that_is_given_up_for_other_light_is_asked_for_again_however_often(
    scene: Scene, baker: Baker
) -> None:
    scene.lights.animate()
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    level.doors = (frozenset({1}),)
    scene.render(*SIZE)
    for turn in range(5):
        bake_until_ahead(scene, baker)
        level.ajar = frozenset({10 + turn})  # another leaf: other light is wanted now
        scene.render(*SIZE)
        baker.answer(light=False)  # that which was asked for ahead
        level.ajar = frozenset()
    bake_until_ahead(scene, baker)
    assert not scene.lights._ahead._tries
