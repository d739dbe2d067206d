"""Rooms are joined until they are meant for five people; what is too small stays hidden, and rooms for many stand alone."""

from __future__ import annotations

from dataclasses import replace

from tests.twin.store.worlds import building, device
from twin.insight.presence_groups import presence_groups, presence_points, room_places, withheld_points
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


def test_leaks_and_smoke_are_never_hidden_and_what_is_in_no_room_is() -> None:
    twin = house()
    hidden = {twin.point_of[point].capability.id for point in withheld_points(twin, {})}
    assert hidden == {"motion"}
    assert any(twin.device_of[twin.point_of[point].device].room is None for point in withheld_points(twin, {}))
