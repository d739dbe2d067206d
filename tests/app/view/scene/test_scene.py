"""The scene without a widget: storeys, colours, light, picks, and what it costs."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.view.scene.camera.camera import CameraPose, PictureFrame, corners, fitted
from app.view.scene.devices.picking import RoomPick
from app.view.scene.scene import Scene
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.storey_mesh import sort_parts
from app.view.scene.structure.storey_shape import cut_solid
from app.view.scene.structure.storey_stack import StoreyStack
from app.view.theme import DARK, LIGHT, paint, rgb
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.mesh import Element, Mesh
from twin.model.observation import Observation, Quality
from twin.model.room_centroid import room_centroid
from twin.model.space import Room
from twin.model.twin import Twin

_spec = importlib.util.spec_from_file_location("scene_house", Path(__file__).with_name("house.py"))
assert _spec
assert _spec.loader
house = importlib.util.module_from_spec(_spec)
import sys  # noqa: E402

sys.modules["scene_house"] = house
_spec.loader.exec_module(house)

GROUND, UPPER, ROOF = StoreyId("ground"), StoreyId("upper"), StoreyId("roof")
MESH = house.house_mesh()
TWIN = house.house_twin()


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene(LIGHT)
    made.look_at(GROUND)
    made.set_twin(TWIN)
    made.set_mesh(MESH)
    state = house.house_state(TWIN)
    made.apply(state, np.arange(len(state)))
    made.stand(made.fitting(PictureFrame(1.6)))
    yield made
    made.release()


def device(name: str) -> DeviceId:
    return next(one.id for one in TWIN.devices if one.name == name)


def test_the_storey_in_focus_is_cut_and_closed_with_caps(scene: Scene) -> None:
    level = scene.storey_stack.levels[0]
    assert level.show is StoreyMode.CUT
    assert "caps" in level.actors
    top = level.actors["body"].GetMapper().GetInput().GetBounds()[5]
    assert top == pytest.approx(level.cut_z, abs=1e-3)
    caps = level.actors["caps"].GetMapper().GetInput()
    assert caps.GetNumberOfCells() > 20
    assert caps.GetBounds()[4:] == (pytest.approx(level.cut_z), pytest.approx(level.cut_z))


def test_caps_have_the_area_of_the_walls_in_plan(scene: Scene) -> None:
    source = sort_parts(MESH, TWIN.storeys, LIGHT)[0]
    _, caps, _ = cut_solid(source.frame, 0.5)
    a, b = caps[:, 1] - caps[:, 0], caps[:, 2] - caps[:, 0]
    area = 0.5 * np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
    assert 14 < area < 20


def test_only_the_storey_asked_for_and_those_below_are_drawn(scene: Scene) -> None:
    assert [level.show for level in scene.storey_stack.levels] == [StoreyMode.CUT, StoreyMode.HIDDEN, StoreyMode.HIDDEN]
    scene.look_at(UPPER)
    scene.step(1.0)
    assert [level.show for level in scene.storey_stack.levels] == [StoreyMode.PLAIN, StoreyMode.CUT, StoreyMode.HIDDEN]


def test_the_whole_building_is_cut_at_its_highest_real_storey(scene: Scene) -> None:
    scene.look_at(None)
    scene.step(1.0)
    assert scene.storey_stack.shown() == [1]


def test_a_storey_leaves_with_a_movement_and_is_gone_after_it(scene: Scene) -> None:
    scene.look_at(UPPER)
    scene.step(1.0)
    assert scene.look_at(GROUND)
    scene.step(0.4)
    assert 0 < scene.storey_stack.levels[1].opacity < 1
    scene.step(1.0)
    assert scene.storey_stack.levels[1].show is StoreyMode.HIDDEN


def test_storeys_pulled_apart_are_all_cut_and_hang_above_each_other(scene: Scene) -> None:
    scene.explode(True)
    scene.step(1.0)
    lifts = list(scene.storey_stack.lifts().values())
    assert scene.storey_stack.shown() == [0, 1, 2]
    assert lifts[0] < lifts[1] < lifts[2]


def test_the_number_of_props_stays_small(scene: Scene) -> None:
    scene.render(64, 40)
    assert scene.renderer.GetViewProps().GetNumberOfItems() <= 12
    scene.explode(True)
    scene.step(1.0)
    assert scene.renderer.GetViewProps().GetNumberOfItems() <= 26


def test_rooms_wear_the_colour_of_the_mean_of_their_good_values(scene: Scene) -> None:
    row = scene.room_row[RoomId("Living room")]
    assert scene.room_values[row] == pytest.approx(22.4)
    expected = paint("thermal", np.array([22.4]), 16.0, 30.0)[0]
    assert tuple(scene.room_colours[row]) == tuple(expected)
    floor = scene.storey_stack.levels[0].floor
    assert floor is not None
    vertex = int(
        np.flatnonzero(floor.room == [r.id for r in scene.storey_stack.levels[0].rooms].index("Living room"))[0]
    )
    assert tuple(floor.colours[vertex]) == tuple(expected)


def test_a_room_without_data_is_hatched_and_keeps_the_plain_floor(scene: Scene) -> None:
    scene.render(64, 40)
    row = scene.room_row[RoomId("Utility")]
    plain = [round(part * 255) for part in rgb(LIGHT.floor)]
    assert list(scene.room_colours[row]) == plain
    level = scene.storey_stack.levels[0]
    assert level.floor is not None
    assert level.floor.light is not None
    assert level.rooms_at is not None
    assert level.light is not None
    inside = level.rooms_at == [room.id for room in level.rooms].index("Utility") + 1
    told = level.floor.light.pixels[..., 0][inside].astype(int)
    bare = (level.light.plain[inside] * 255).astype(int)
    striped = np.abs(told - bare) > 8
    assert 0.25 < striped.mean() < 0.75


def test_an_offline_value_does_not_colour_a_room(scene: Scene) -> None:
    state = house.house_state(TWIN)
    point = next(p for d in TWIN.devices if d.name == "Climate" for p in d.points if p.info.capability == "temperature")
    state.apply(Observation(point=point.id, time_ms=2, value=22.4, quality=Quality.OFFLINE))
    scene.apply(state, [0])
    assert np.isnan(scene.room_values[scene.room_row[RoomId("Living room")]])


def test_lights_that_are_on_glow_and_light_their_own_room_only(scene: Scene) -> None:
    scene.render(64, 40)
    level = scene.storey_stack.levels[0]
    assert level.pool.texture is not None
    assert level.rooms_at is not None
    alpha = level.pool.texture.pixels[..., 3]
    rooms = [room.id for room in level.rooms]
    assert alpha[level.rooms_at == rooms.index("Living room") + 1].max() > 90
    assert alpha[level.rooms_at == rooms.index("Hall") + 1].max() == 0
    colour = scene.markers.colours[scene.placed.row_of[device("Ceiling light")]].astype(int)
    assert colour[0] > colour[2] + 30


def test_switching_the_light_off_takes_its_pool_away(scene: Scene) -> None:
    scene.render(64, 40)
    state = house.house_state(TWIN)
    rows = []
    for one in TWIN.devices:
        for point in one.points:
            if point.info.capability == "on_off":
                state.apply(Observation(point=point.id, time_ms=2, value=0.0))
                rows.append(state.index(point.id))
    assert "lights" in scene.apply(state, rows)
    scene.render(64, 40)
    assert scene.storey_stack.levels[0].pool.texture is None


def test_an_alarm_is_seen_and_an_absent_device_is_grey(scene: Scene) -> None:
    state = house.house_state(TWIN)
    smoke = next(one for one in TWIN.devices if one.name == "Smoke")
    state.apply(Observation(point=smoke.points[0].id, time_ms=2, value=1.0))
    scene.apply(state, [0])
    assert list(scene.appearance.alarms) == [scene.placed.row_of[smoke.id]]
    scene.set_online(device("Ceiling light"), False)
    scene.prepare()
    grey = [round(part * 255) for part in rgb(LIGHT.offline)]
    assert list(scene.markers.colours[scene.placed.row_of[device("Ceiling light")]][:3]) == grey


def test_a_click_in_the_middle_of_a_floor_finds_its_room(scene: Scene) -> None:
    projection = scene.projections.at(1280, 800)
    for room in scene.storey_stack.levels[0].rooms:
        x, y, _ = projection.pixels(np.array([(*scene.centroids[room.id], room.floor_m)]))[0]
        found = scene.room_picks[0].at(projection, (float(x), float(y)), 0.0)
        assert found is not None
        assert scene.room_picks[0].rooms[found[0]].id == room.id


def test_a_click_on_a_marker_finds_its_device_and_beside_it_none(scene: Scene) -> None:
    projection = scene.projections.at(1280, 800)
    row = scene.placed.row_of[device("Air")]
    x, y, _ = scene.device_pick.seen(projection)[row]
    assert scene.device_pick.at(projection, (x + 3, y - 2), 15, scene.shown_devices()) == row
    assert scene.device_pick.at(projection, (5, 5), 15, scene.shown_devices()) == -1


def test_devices_of_hidden_storeys_are_not_met(scene: Scene) -> None:
    projection = scene.projections.at(1280, 800)
    row = scene.placed.row_of[device("Bed light")]
    x, y, _ = scene.device_pick.seen(projection)[row]
    assert scene.device_pick.at(projection, (float(x), float(y)), 2, scene.shown_devices()) != row


def test_picks_agree_with_what_vtk_projects(scene: Scene) -> None:
    projection = scene.projections.at(1280, 800)
    scene.render(1280, 800)
    spot = (6.2, 4.0, 0.3)
    scene.renderer.SetWorldPoint(*spot, 1)
    scene.renderer.WorldToDisplay()
    x, y, _ = scene.renderer.GetDisplayPoint()
    found = projection.pixels(np.array([spot]))[0]
    assert found[:2] == pytest.approx([x, 800 - y], abs=0.01)


def test_the_picture_changes_with_the_theme_the_focus_and_the_values(scene: Scene) -> None:
    first = scene.render(320, 200).astype(int)
    assert np.array_equal(first, scene.render(320, 200))
    scene.colour_by("humidity")
    second = scene.render(320, 200).astype(int)
    assert 0.02 < (np.abs(first - second).max(2) > 12).mean() < 0.6
    scene.set_theme(DARK)
    third = scene.render(320, 200).astype(int)
    assert third[..., :3].mean() < second[..., :3].mean() - 40


def test_a_storey_taller_than_its_own_height_is_cut_where_the_focus_is(scene: Scene) -> None:
    tall = house.Boxes()
    tall.add("ground", "wall", (0, 0, 0, 6, 0.3, 8.0), house.WALL)
    tall.add("upper", "wall", (0, 4, 3, 6, 4.3, 6.0), house.WALL)
    scene.set_mesh(tall.mesh())
    scene.look_at(UPPER)
    scene.step(1.0)
    low = scene.storey_stack.levels[0].actors["body"].GetMapper().GetInput().GetBounds()
    assert low[5] == pytest.approx(scene.storey_stack.levels[1].cut_z, abs=1e-3)


def test_terrain_is_left_out() -> None:
    boxes = house.Boxes()
    boxes.add("ground", "other", (-90, -90, -1, 90, 90, -0.5), house.GREEN)
    mesh = boxes.mesh()
    land = Mesh(parts=mesh.parts, elements=(Element(name="Site", ifc_class="IfcSite"),))
    assert len(sort_parts(land, TWIN.storeys, LIGHT)[0].frame) == 0
    assert len(sort_parts(mesh, TWIN.storeys, LIGHT)[0].frame) == 12


def test_parts_of_no_storey_go_where_they_lie() -> None:
    boxes = house.Boxes()
    boxes.add("", "wall", (0, 0, 3.2, 1, 1, 5), house.WALL)
    part = replace(boxes.mesh().parts[0], storey=None)
    sources = sort_parts(Mesh(parts=(part,)), TWIN.storeys, LIGHT)
    assert [len(source.frame) for source in sources] == [0, 12, 0]


def test_rooms_without_a_mesh_are_shown_as_floors() -> None:
    scene = Scene(DARK)
    scene.set_twin(TWIN)
    scene.stand(scene.fitting(PictureFrame(1.6)))
    bare = scene.render(160, 100)
    assert len(np.unique(bare.reshape(-1, 4), axis=0)) > 4
    scene.release()


def test_nothing_at_all_is_an_empty_sky() -> None:
    scene = Scene(LIGHT)
    scene.set_twin(Twin())
    picture = scene.render(32, 20)
    assert (np.abs(picture[..., :3].astype(int) - [round(part * 255) for part in rgb(LIGHT.sky)]) <= 1).all()
    scene.release()


def test_changing_devices_only_keeps_the_building(scene: Scene) -> None:
    before = scene.storey_stack
    scene.set_twin(replace(TWIN, devices=TWIN.devices[:3]))
    assert scene.storey_stack is before
    assert len(scene.placed.ids) == 3


def test_devices_without_a_place_spread_inside_their_room(scene: Scene) -> None:
    loose = [replace(one, position_m=None, room=RoomId("Bath")) for one in TWIN.devices[:9]]
    scene.set_twin(replace(TWIN, devices=tuple(loose)))
    bath = TWIN.room_of[RoomId("Bath")]
    assert all(bath.contains(x, y) for x, y, _ in scene.placed.positions.tolist())
    apart = {tuple(np.round(row, 2)) for row in scene.placed.positions}
    assert len(apart) >= 8


def test_a_fitted_camera_fills_the_frame_and_no_more() -> None:
    points = corners(np.array([0.0, 0, 0]), np.array([12.0, 9, 3]))
    frame = PictureFrame(1.6, left=0.1, right=0.1, top=0.1, bottom=0.1)
    scene = Scene(LIGHT)
    scene.stand(fitted(points, CameraPose(), frame))
    seen = scene.projections.at(1600, 1000).pixels(points)
    assert seen[:, 0].min() >= 155
    assert seen[:, 0].max() <= 1445
    assert seen[:, 1].min() >= 95
    assert seen[:, 1].max() <= 905
    assert np.ptp(seen[:, 0]) > 1250 or np.ptp(seen[:, 1]) > 780
    scene.release()


def test_zooming_keeps_what_is_under_the_cursor_there(scene: Scene) -> None:
    spot = scene.projections.at(1280, 800).on_plane(900, 300, 0.0)
    assert spot is not None
    scene.stand(scene.pose.zoomed(0.6, spot))
    x, y, _ = scene.projections.at(1280, 800).pixels(spot[None])[0]
    assert (x, y) == pytest.approx((900, 300), abs=0.6)


def test_the_name_of_an_l_shaped_room_stands_inside_it() -> None:
    ring = ((0, 0), (10, 0), (10, 1.5), (1.5, 1.5), (1.5, 8), (0, 8))
    room = Room(id=RoomId("l"), storey=GROUND, name="L", outline=ring)
    assert room.contains(*room_centroid(room))


def test_a_hole_in_a_room_is_not_the_room() -> None:
    ring = ((0.0, 0.0), (12.0, 0.0), (12.0, 9.0), (0.0, 9.0))
    hole = ((4.0, 3.0), (4.0, 6.0), (8.0, 6.0), (8.0, 3.0))
    room = Room(id=RoomId("h"), storey=GROUND, name="H", outline=ring, holes=(hole,))
    x, y = room_centroid(room)
    assert room.contains(x, y)
    scene = Scene(LIGHT)
    scene.set_twin(replace(TWIN, rooms=(room,), devices=()))
    scene.stand(scene.fitting(PictureFrame(1.6)))
    projection = scene.projections.at(640, 400)
    at = projection.pixels(np.array([(6.0, 4.5, 0.0)]))[0]
    assert RoomPick([room]).at(projection, (float(at[0]), float(at[1])), 0.0) is None
    scene.release()


def test_rooms_are_painted_however_far_a_change_of_the_building_came(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object, **named: object) -> None:
        raise RuntimeError("the renderer is gone")

    monkeypatch.setattr(StoreyStack, "add_to_renderer", gone)
    with pytest.raises(RuntimeError):
        scene.set_twin(Twin())
    scene.colour_by("temperature")
    assert not scene.storey_stack.levels
