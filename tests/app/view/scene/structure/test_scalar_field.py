"""Colours between sensors: they meet what each sensor says, keep to walls, pass through doors, and end somewhere."""

from dataclasses import replace

import house
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.view.scene.camera.camera import PictureFrame
from app.view.scene.scene import Scene
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.scalar_field import REACH_M, SensorSites, divided, doors_of, field_weights
from app.view.theme import DARK, LIGHT
from twin.model.aggregation import runs_smoothly
from twin.model.capability import CAPABILITIES
from twin.model.ids import DoorId, RoomId, StoreyId
from twin.model.observation import Quality
from twin.model.space import Door

SQUARE = np.array([[[0, 0, 0], [4, 0, 0], [4, 4, 0]], [[0, 0, 0], [4, 4, 0], [0, 4, 0]]], float)


def rooms_in_a_row(many: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of rooms of 4 x 4 m, one beside the other along x, and the room of each."""
    points, _, _ = divided(SQUARE, np.zeros(2, np.intp))
    plan = np.concatenate([points[:, :2] + (4 * i, 0) for i in range(many)])
    return plan, np.repeat(np.arange(many), len(points))


def test_a_floor_is_divided_without_a_gap_and_without_a_long_edge() -> None:
    points, triangles, room = divided(SQUARE, np.array([3, 3]))
    side = points[triangles][:, (1, 2, 0)] - points[triangles]
    assert np.linalg.norm(side, axis=2).max() <= 0.4 + 1e-9
    area = 0.5 * np.abs(side[:, 0, 0] * side[:, 1, 1] - side[:, 0, 1] * side[:, 1, 0]).sum()
    assert area == pytest.approx(16.0)
    assert set(room.tolist()) == {3}
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, count = np.unique(edges, axis=0, return_counts=True)
    border = np.ptp(points[np.unique(edges, axis=0)[count == 1]][..., :2], axis=1).min(1)
    assert set(count.tolist()) == {1, 2}
    assert border.max() < 1e-9, "edges with one neighbour only are those of the square"


def test_rooms_side_by_side_share_no_vertex() -> None:
    both = np.concatenate([SQUARE, SQUARE + np.array([4, 0, 0])])
    points, triangles, room = divided(both, np.array([0, 0, 1, 1]))
    assert (room[triangles] == room[triangles][:, :1]).all()
    assert len(points) == (room == 0).sum() * 2


def test_between_two_sensors_of_a_room_the_value_runs_from_one_to_the_other() -> None:
    plan, room = rooms_in_a_row(1)
    weights = field_weights(plan, room, SensorSites(np.array([[0.5, 2], [3.5, 2]]), np.array([0, 0])), [])
    values = weights.values(np.array([20.0, 24.0]))
    along = np.argsort(plan[:, 0])[np.abs(plan[np.argsort(plan[:, 0]), 1] - 2) < 1e-6]
    inner = along[(plan[along, 0] >= 0.5) & (plan[along, 0] <= 3.5)]
    assert (np.diff(values[inner]) >= 0).all()
    assert values[inner[0]] == pytest.approx(20.0, abs=0.15)
    assert np.abs(values[inner] - 22.0).min() < 0.3
    assert (weights.strength == 1).all()


def test_a_wall_keeps_values_apart_and_a_door_lets_them_through() -> None:
    plan, room = rooms_in_a_row(2)
    sensors = SensorSites(np.array([[2.0, 2], [6.0, 2]]), np.array([0, 1]))
    shut = field_weights(plan, room, sensors, []).values(np.array([20.0, 24.0]))
    assert set(np.round(shut[room == 0], 3)) == {20.0}
    through = field_weights(plan, room, sensors, [(0, 1, 4.0, 2.0)]).values(np.array([20.0, 24.0]))
    at_door = np.linalg.norm(plan - (4, 2), axis=1) < 0.4
    corner = np.linalg.norm(plan - (0, 0), axis=1) < 0.4
    assert through[at_door & (room == 0)].max() > 20.3
    assert through[corner].max() < 20.3


def test_a_room_without_a_sensor_takes_after_its_neighbours_fainter_and_only_within_reach() -> None:
    plan, room = rooms_in_a_row(6)
    doors = [(i, i + 1, 4.0 * i + 4, 2.0) for i in range(5)]
    weights = field_weights(plan, room, SensorSites(np.array([[2.0, 2]]), np.array([0])), doors)
    values = weights.values(np.array([21.0]))
    strength = [weights.strength[room == i].max() for i in range(3)]
    assert strength[0] == 1
    assert strength[0] > strength[1] > strength[2]
    assert np.isfinite(values[room == 1]).all()
    assert np.isnan(values[room == 5]).all()
    assert np.isnan(values[plan[:, 0] > 2 + REACH_M]).all()


def test_a_sensor_that_says_nothing_leaves_the_others_to_speak() -> None:
    plan, room = rooms_in_a_row(1)
    weights = field_weights(plan, room, SensorSites(np.array([[0.5, 2], [3.5, 2]]), np.array([0, 0])), [])
    assert np.allclose(weights.values(np.array([np.nan, 24.0])), 24.0)
    assert np.isnan(weights.values(np.array([np.nan, np.nan]))).all()
    assert np.isnan(
        field_weights(plan, room, SensorSites(np.empty((0, 2)), np.empty(0, np.intp)), []).values(np.empty(0))
    ).all()


@given(
    arrays(float, st.tuples(st.integers(0, 8), st.just(2)), elements=st.floats(-50, 50)),
    st.data(),
)
def test_values_never_leave_what_the_sensors_say(at: np.ndarray, data: st.DataObject) -> None:
    plan, room = rooms_in_a_row(3)
    where = data.draw(arrays(np.intp, len(at), elements=st.integers(0, 2)))
    said = data.draw(arrays(float, len(at), elements=st.floats(-40, 60) | st.just(np.nan)))
    doors = [(0, 1, 4.0, 2.0), (1, 2, 8.0, 2.0), (0, 1, 4.0, 2.0)]
    values = field_weights(plan, room, SensorSites(at, where), doors).values(said)
    found, known = values[np.isfinite(values)], said[np.isfinite(said)]
    if len(found):
        assert known.min() - 1e-3 <= found.min()
        assert found.max() <= known.max() + 1e-3
    for one in np.unique(where[np.isfinite(said)]):
        assert np.isfinite(values[room == one]).all(), "a room with a sensor that speaks is never without a value"


def test_only_quantities_of_air_and_light_run_between_sensors() -> None:
    smooth = {id for id, row in CAPABILITIES.items() if runs_smoothly(row)}
    assert {"temperature", "humidity", "co2", "illuminance"} <= smooth
    assert not {"power", "battery", "contact", "hvac_mode", "setpoint_heat"} & smooth


@pytest.fixture
def scene(qapp):
    made = Scene(LIGHT)
    twin = house.house_twin()
    own = [room for room in twin.rooms if room.storey == StoreyId("ground")]
    between = tuple(
        Door(id=DoorId(f"{a.name}-{b.name}"), storey=a.storey, name="", rooms=(a.id, b.id), position_m=(6.2, 3.0, 0.0))
        for a in own for b in own if (a.name, b.name) == ("Living room", "Kitchen")
    )  # fmt: skip
    twin = replace(twin, doors=between)
    made.set_twin(twin)
    made.set_mesh(house.house_mesh())
    made.look_at(StoreyId("ground"))
    made.step(1.0)
    made.colour_by("temperature")
    state = house.house_state(twin)
    warm = [point.id for device in twin.devices for point in device.points if point.info.capability == "temperature"]
    state.value[[state.index(point) for point in warm]] = np.where(np.arange(len(warm)) % 2, 17.0, 28.0)
    made.apply(state, np.arange(len(state)))
    made.stand(made.fitting(PictureFrame(1.6)))
    yield made
    made.release()


def level(scene: Scene):
    return next(one for one in scene.storey_stack.levels if one.show is StoreyMode.CUT)


def test_a_smooth_floor_takes_the_place_of_the_plain_one_and_gives_it_back(scene: Scene) -> None:
    plain = scene.render(320, 200)
    scene.set_smooth(True)
    smooth = scene.render(320, 200)
    own = level(scene)
    assert own.actors["field"].GetVisibility()
    assert not own.actors["floor"].GetVisibility()
    assert own.actors["field"].GetTexture() is own.floor.light.texture
    assert np.abs(smooth.astype(int) - plain.astype(int)).max() > 20
    scene.set_smooth(False)
    assert "field" not in own.actors
    assert own.actors["floor"].GetVisibility()
    assert (scene.render(320, 200) == plain).mean() > 0.99


def test_what_has_no_values_between_sensors_is_painted_room_by_room(scene: Scene) -> None:
    scene.set_smooth(True)
    assert "field" in level(scene).actors
    scene.colour_by("power")
    assert "field" not in level(scene).actors
    scene.colour_by("temperature")
    assert "field" in level(scene).actors


def test_a_new_value_changes_the_colours_and_the_same_value_costs_nothing(scene: Scene) -> None:
    scene.set_smooth(True)
    field_mesh = next(iter(scene.fields._field_meshes.values()))
    before, painted_with = field_mesh.colours.copy(), field_mesh.painted_with
    scene._paint_rooms()
    assert field_mesh.painted_with is painted_with
    scene._state.value[:] = 29.0
    scene.apply(scene._state, np.arange(len(scene._state)))
    assert (field_mesh.colours != before).any()
    scene._state.quality[:] = Quality.OFFLINE
    scene.apply(scene._state, np.arange(len(scene._state)))
    assert field_mesh.hatched.all()
    assert not scene.fields.reached.any()
    assert (field_mesh.colours == field_mesh.colours[0]).all()


def test_theme_structure_and_storeys_may_change_while_it_is_smooth(scene: Scene) -> None:
    scene.set_smooth(True)
    scene.set_theme(DARK)
    assert "field" in level(scene).actors
    scene.set_twin(replace(scene.twin, devices=scene.twin.devices[:3]))
    scene.look_at(StoreyId("upper"))
    scene.step(1.0)
    scene.explode(True)
    scene.step(1.0)
    shown = [one for one in scene.storey_stack.levels if one.show is StoreyMode.CUT]
    assert all("field" in one.actors for one in shown if one.rooms)
    scene.render(160, 100)
    assert all(one.actors["field"].GetPosition()[2] == one.lift for one in shown if one.rooms)


def test_doors_join_rooms_of_one_storey_only(scene: Scene) -> None:
    own = level(scene)
    a, b = own.rooms[0].id, own.rooms[1].id
    storey = StoreyId("ground")
    doors = tuple(
        Door(id=DoorId(str(i)), storey=storey, name="", rooms=rooms, position_m=(1.0, 2.0, 0.0))
        for i, rooms in enumerate([(a, b), (a,), (), (a, RoomId("elsewhere"))])
    )
    assert doors_of(doors, own) == [(0, 1, 1.0, 2.0)]
