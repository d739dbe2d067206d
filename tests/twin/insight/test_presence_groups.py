"""Rooms are joined until they are meant for five people; what is too small stays hidden, and rooms for many stand alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.twin.store.worlds import building, device
from twin.insight.presence_counts import room_people, rounded, seen_quarters
from twin.insight.presence_groups import (
    grouped_twin,
    presence_groups,
    presence_points,
    room_places,
    single_rooms_hidden,
    untold_points,
    withheld_points,
)
from twin.model.ids import RoomId
from twin.model.twin import Twin

NAMES = ("Lab", "Office", "Studio", "Hall")


def house() -> Twin:
    """Four rooms of one storey with a motion and a leak sensor each, and a motion sensor in none."""
    made = building(*NAMES)
    devices = tuple(
        replace(device(f"{name} {what}", what), room=RoomId(f"r-{name}"))
        for name in NAMES
        for what in ("motion", "water_leak")
    )
    return replace(Twin(), storeys=made.storeys, rooms=made.rooms, devices=(*devices, device("stray", "motion")))


def grouped(**places: int) -> list[tuple[list[str], int, bool]]:
    found = presence_groups(house(), {RoomId(f"r-{name}"): n for name, n in places.items()})
    return [([room[2:] for room in one.rooms], one.places, one.shown) for one in found]


def test_without_numbers_a_room_is_for_as_many_people_as_it_has_sensors() -> None:
    assert set(room_places(house(), {}).values()) == {1}
    assert grouped() == [([*NAMES], 4, False)]


def test_rooms_are_joined_until_they_are_for_five_and_the_rest_joins_the_last_group() -> None:
    assert grouped(Lab=3, Office=2, Studio=4, Hall=4) == [(["Lab", "Office"], 5, True), (["Studio", "Hall"], 8, True)]
    assert grouped(Lab=3, Office=2, Studio=1, Hall=1) == [([*NAMES], 7, True)]


def test_a_room_for_many_stands_alone_and_only_its_sensors_are_shown() -> None:
    assert grouped(Hall=30)[0] == (["Hall"], 30, True)
    hidden = withheld_points(house(), {RoomId("r-Hall"): 30})
    shown = {room for room, point in presence_points(house()) if point.id not in hidden}
    assert shown == {RoomId("r-Hall")}


def with_doors(**places: int) -> tuple[Twin, dict[RoomId, int]]:
    """The house with a door contact in place of each motion sensor, but in the hall and the studio."""
    twin = house()
    seeing = {RoomId("r-Hall"), RoomId("r-Studio")}
    devices = tuple(
        one if one.room in seeing or one.room is None else replace(device(f"{one.uid} d", "contact"), room=one.room)
        for one in twin.devices
    )
    return replace(twin, devices=devices), {RoomId(f"r-{name}"): n for name, n in places.items()}


def test_a_group_in_which_people_are_seen_in_rooms_for_too_few_goes_on_to_be_joined() -> None:
    twin, places = with_doors(Lab=4, Office=0, Studio=1, Hall=4)
    (group,) = presence_groups(twin, places)
    assert (group.places, group.seen_places, group.counted) == (9, 5, True)
    twin, places = with_doors(Lab=4, Office=3, Studio=1, Hall=1)
    (group,) = presence_groups(twin, places)
    assert (group.seen_places, group.shown, group.counted) == (2, True, False)


def test_what_is_measured_in_rooms_for_too_few_is_not_told_of_their_group_either() -> None:
    twin, places = with_doors(Lab=4, Office=3, Studio=1, Hall=1)
    untold = {twin.point_of[point].capability.id for point in untold_points(twin, places)}
    assert untold == {"motion"}, "the contacts are of rooms for seven people"
    twin, places = with_doors(Lab=4, Office=0, Studio=1, Hall=4)
    assert not {"motion"} & {twin.point_of[point].capability.id for point in untold_points(twin, places)}


def test_leaks_and_smoke_are_never_hidden_and_what_is_in_no_room_is() -> None:
    twin = house()
    hidden = {twin.point_of[point].capability.id for point in withheld_points(twin, {})}
    assert hidden == {"motion"}
    assert any(twin.device_of[twin.point_of[point].device].room is None for point in withheld_points(twin, {}))


def test_reports_show_a_group_as_one_room_and_what_is_for_too_few_in_none() -> None:
    twin = grouped_twin(
        house(), {RoomId("r-Lab"): 3, RoomId("r-Office"): 2, RoomId("r-Studio"): 9, RoomId("r-Hall"): 0}
    )
    assert [(room.id, room.title) for room in twin.rooms] == [
        ("r-Lab", "0 Lab, 1 Office, 3 Hall"),
        ("r-Studio", "2 Studio"),
    ]
    rooms = {device.uid: device.room for device in twin.devices}
    assert (rooms["Office motion"], rooms["Studio motion"], rooms["stray"]) == ("r-Lab", "r-Studio", None)
    small = grouped_twin(house(), {})
    assert small.rooms == ()
    assert {device.room for device in small.devices} == {None}


def test_single_rooms_are_hidden_but_those_for_many() -> None:
    twin, places = house(), {RoomId("r-Hall"): 30}
    hidden = single_rooms_hidden(twin, withheld_points(twin, places))
    assert hidden == {RoomId(f"r-{name}") for name in NAMES if name != "Hall"}


QUARTER = 900_000


def test_a_sensor_counts_in_each_quarter_hour_in_which_it_saw_somebody() -> None:
    times = np.array([-1000, 60_000, QUARTER + 5, QUARTER + 9, 3 * QUARTER], np.int64)
    values = np.array([0.0, 1.0, 1.0, 0.0, np.nan])
    assert seen_quarters(times, values, 0)[:3].tolist() == [1.0, 1.0, 0.0]
    assert np.isnan(seen_quarters(times, values, 0)[3]) or seen_quarters(times, values, 0)[3] == 0.0
    assert np.isnan(seen_quarters(times[:0], values[:0], 0)).all()


def test_people_of_a_room_are_known_where_some_sensor_is_in_each_quarter_hour() -> None:
    one, two = np.array([1.0, 0.0, np.nan, 1.0]), np.array([0.0, 0.0, 1.0, np.nan])
    assert room_people([one, two]) == 0.75
    assert np.isnan(room_people([one]))
    assert np.isnan(room_people([]))


@pytest.mark.parametrize("people", [0.0, 1.0, 4.0, 5.0, 7.0, 23.0])
def test_rounding_is_to_fives_and_true_in_the_mean(people: float) -> None:
    found = [rounded(people, 5, chance) for chance in np.linspace(0, 1, 1000, endpoint=False)]
    assert {one % 5 for one in found} == {0}
    assert np.mean(found) == pytest.approx(people, abs=0.01)
