"""What rooms say of their devices: one rule a capability, words of many lists in one."""

import numpy as np
import pytest

from app.view.scene.data.scene_values import SceneValues
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, RoomId, StoreyId
from twin.model.observation import Quality
from twin.model.room_comfort import RoomVerdict
from twin.model.space import Room, Storey
from twin.model.state import State
from twin.model.twin import Twin

ROOMS = ("Hall", "Lab", "Attic")


def told(*said: tuple[str, str, str, float, tuple[str, ...]], capability: str) -> tuple[SceneValues, State]:
    """Readings of devices as (room, kind, point key, value, words)."""
    link = Link(id=LinkId("L"), protocol="mqtt", address="a")
    devices = []
    for i, (room, kind, key, _, words) in enumerate(said):
        point = PointInfo(key=key, capability=capability, options=words)
        info = DeviceInfo(uid=str(i), name=str(i), kind=kind, points=(point,))
        devices.append(replace_room(device_from_description(info, link), RoomId(room)))
    rooms = tuple(Room(id=RoomId(name), storey=StoreyId("S"), name=name) for name in ROOMS)
    storeys = (Storey(id=StoreyId("S"), name="S", elevation_m=0, height_m=3),)
    twin = Twin(storeys=storeys, rooms=rooms, devices=tuple(devices))
    state = State(point.id for device in devices for point in device.points)
    values = np.array([value for _, _, _, value, _ in said])
    n = np.arange(len(values))
    state.apply_rows(n, values, n + 1000, np.full(len(n), Quality.GOOD, np.uint8))
    made = SceneValues(twin, [room.id for room in rooms], [device.id for device in devices])
    made.capability = capability
    made.bind(state)
    return made, state


def replace_room(device, room):
    from dataclasses import replace

    return replace(device, room=room)


def test_power_adds_up_but_what_a_meter_has_counted_is_not_counted_twice() -> None:
    readings, _ = told(
        ("Hall", "plug", "p", 40.0, ()), ("Lab", "meter", "p", 500.0, ()), ("Hall", "plug", "p", 2.5, ()),
        ("Lab", "plug", "p", 60.0, ()), capability="power",
    )  # fmt: skip
    assert readings.room_values()[:2].tolist() == [42.5, 500.0]
    assert np.isnan(readings.room_values()[2])
    assert readings.newest_ms() == 1002


def test_one_open_window_opens_the_room_and_the_worst_air_is_the_rooms() -> None:
    readings, _ = told(
        ("Lab", "c", "c", 0.0, ()), ("Lab", "c", "c", 1.0, ()), ("Hall", "c", "c", 0.0, ()), capability="contact"
    )
    assert readings.room_values()[:2].tolist() == [0.0, 1.0]
    readings, _ = told(("Lab", "c", "c", 700.0, ()), ("Lab", "c", "c", 1500.0, ()), capability="co2")
    assert readings.room_values()[1] == 1500.0


def test_a_value_that_is_offline_counts_for_nothing() -> None:
    readings, state = told(("Lab", "c", "c", 700.0, ()), ("Lab", "c", "c", 1500.0, ()), capability="co2")
    state.quality[1] = Quality.OFFLINE
    assert readings.room_values()[1] == 700.0


def test_words_of_different_lists_mean_the_same_in_the_picture() -> None:
    readings, state = told(
        ("Hall", "t", "m", 1.0, ("off", "heat")),
        ("Lab", "t", "m", 2.0, ("off", "cool", "heat")),
        capability="hvac_mode",
    )
    hall, lab, attic = readings.room_values()
    assert readings.options[int(hall)] == readings.options[int(lab)] == "heat"
    assert np.isnan(attic)
    state.value[:] = (1007.0, -3.0)
    assert np.isnan(readings.room_values()[0]), "a word that the list does not have has no colour"


@pytest.mark.parametrize("capability", ["color", "raw_text", "", "no such thing"])
def test_what_cannot_colour_rooms_leaves_them_without_a_value(capability: str) -> None:
    readings, _ = told(("Hall", "l", "x", 1.0, ()), capability="on_off")
    readings.colour_by(capability)
    assert np.isnan(readings.room_values()).all()
    assert readings.newest_ms() == 0


def test_comfort_is_what_was_judged_last_and_unknown_elsewhere_and_at_other_moments() -> None:
    readings, state = told(("Hall", "climate_sensor", "p", 19.0, ()), capability="temperature")
    readings.colour_by("comfort")
    assert np.isnan(readings.room_values()).all(), "nothing was judged yet"
    readings.judge({RoomId("Hall"): RoomVerdict.TOO_COLD, RoomId("Lab"): None, RoomId("gone"): RoomVerdict.COOL})
    assert readings.room_values()[0] == list(RoomVerdict).index(RoomVerdict.TOO_COLD)
    assert np.isnan(readings.room_values()[1:]).all()
    assert readings.options == tuple(RoomVerdict)
    assert np.isnan(readings.room_values(State(state.points))).all()
