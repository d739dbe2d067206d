"""Devices that are planned by hand: they wait in their rooms, whatever building files come."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.store.worlds import LINK, building, device
from twin.model.building import Intake
from twin.model.ids import PlaceholderId, RoomId
from twin.model.room_centroid import room_centroid
from twin.model.room_spots import spot_around
from twin.model.space import Placeholder
from twin.store.project import Project
from twin.store.project.planned_places import free_spot

HALL, BATH = RoomId("r-Hall"), RoomId("r-Bath")
LAMP = device("lamp", "on_off", "level")


@pytest.fixture
def project(tmp_path: Path):
    with Project.create(tmp_path / "house.oikos", "House") as opened:
        opened.set_building(building("Kitchen", "Hall", "Bath"))
        opened.add_link(LINK)
        opened.put_devices((LAMP,))
        yield opened


def by_hand(project: Project) -> list[Placeholder]:
    return [one for one in project.twin().placeholders if one.by_hand and one.id != "p"]


def test_what_is_planned_twice_is_two_places_apart_in_the_room_and_comes_back_after_a_restart(project: Project) -> None:
    for _ in range(2):
        project.plan(HALL, "smoke_alarm", "Smoke hall")
    first, second = by_hand(project)
    assert first.id != second.id
    assert first.position_m != second.position_m
    hall = project.twin().room_of[HALL]
    assert all(hall.contains(*one.position_m[:2]) for one in (first, second))
    path = project.path
    project.close()
    with Project.open(path) as again:
        assert by_hand(again) == [first, second]


def test_a_building_file_that_comes_again_leaves_what_was_planned(project: Project) -> None:
    project.plan(HALL, "smoke_alarm", "Smoke hall")
    planned = by_hand(project)
    project.set_building(building("Kitchen", "Hall", "Bath", sha="b" * 64))
    assert by_hand(project) == planned


def test_what_was_planned_in_a_room_that_goes_moves_as_decided_or_waits_without_a_room(project: Project) -> None:
    project.plan(HALL, "smoke_alarm", "Smoke hall")
    project.plan(BATH, "leak_sensor", "Leak bath")
    project.set_building(building("Kitchen", sha="b" * 64), intake=Intake(moves={HALL: RoomId("r-Kitchen")}))
    assert {one.name: one.room for one in by_hand(project)} == {"Smoke hall": RoomId("r-Kitchen"), "Leak bath": None}
    project.undo()
    assert {one.name: one.room for one in by_hand(project)} == {"Smoke hall": HALL, "Leak bath": BATH}


def test_a_device_that_takes_another_place_leaves_the_one_before_free(project: Project) -> None:
    project.plan(HALL, "light", "Hall light")
    project.plan(BATH, "light", "Bath light")
    hall, bath = by_hand(project)
    project.take_place(LAMP.id, hall.id)
    project.take_place(LAMP.id, bath.id)
    assert [one.device for one in by_hand(project)] == [None, LAMP.id]
    lamp = project.twin().device_of[LAMP.id]
    assert (lamp.name, lamp.room, lamp.position_m) == ("Bath light", BATH, bath.position_m)


@pytest.mark.parametrize(
    "leave",
    [
        lambda project: project.bind(LAMP.id, BATH),
        lambda project: project.bind_all({LAMP.id: BATH}),
        lambda project: project.unbind(LAMP.id),
    ],
)
def test_a_device_that_leaves_the_room_leaves_its_place_free(
    project: Project, leave: Callable[[Project], object]
) -> None:
    project.plan(HALL, "light", "Hall light")
    project.take_place(LAMP.id, by_hand(project)[0].id)
    project.bind(LAMP.id, HALL, (1.0, 1.0, 1.0))
    assert by_hand(project)[0].device == LAMP.id
    leave(project)
    assert by_hand(project)[0].device is None
    project.undo()
    assert by_hand(project)[0].device == LAMP.id


def test_a_name_means_the_place_that_is_free_before_one_that_is_taken(project: Project) -> None:
    for _ in range(2):
        project.plan(HALL, "light", "Hall light")
    taken, free = by_hand(project)
    assert project.twin().find_placeholder("hall light") is None
    assert project.twin().called("placeholder", "hall light") == (taken.id, free.id)
    project.take_place(LAMP.id, taken.id)
    assert project.twin().find_placeholder("hall light") == free


def test_a_place_of_the_building_file_gives_room_and_position_and_leaves_the_devices_name(project: Project) -> None:
    project.take_place(LAMP.id, PlaceholderId("p"))
    lamp = project.twin().device_of[LAMP.id]
    assert (lamp.name, lamp.room) == ("Lamp", RoomId("r-Kitchen"))


def test_what_is_planned_after_another_was_removed_has_a_spot_of_its_own(project: Project) -> None:
    for _ in range(3):
        project.plan(HALL, "smoke_alarm", "Smoke hall")
    project.unplan(by_hand(project)[0].id)
    project.plan(HALL, "smoke_alarm", "Smoke hall")
    assert len({one.position_m for one in by_hand(project)}) == 3


def test_what_is_planned_is_clear_of_devices_with_and_without_a_position(project: Project) -> None:
    hall = project.twin().room_of[HALL]
    project.put_devices((LAMP, device("plug", "on_off")))
    project.bind(LAMP.id, HALL, (*spot_around(hall, room_centroid(hall), 1), 0.0))
    project.bind_all({one.id: HALL for one in project.twin().devices if one.id != LAMP.id})
    project.plan(HALL, "light", "Hall light")
    x, y, _ = by_hand(project)[0].position_m
    assert [math.dist((x, y), spot_around(hall, room_centroid(hall), number)) > 0.3 for number in range(3)] == [
        True, True, False,
    ]  # fmt: skip


def test_positions_are_inside_a_room_whose_middle_is_outside(project: Project) -> None:
    corner = ((0.0, 0.0), (6.0, 0.0), (6.0, 1.0), (1.0, 1.0), (1.0, 6.0), (0.0, 6.0))
    hall = project.twin().room_of[HALL]
    room = replace(hall, outline=corner, floor_m=3.0, ceiling_m=5.5)
    assert room.contains(*free_spot(project.twin(), room, 2.6)[:2])
    assert free_spot(project.twin(), room, 2.6)[2] == 5.5
    assert free_spot(project.twin(), replace(room, outline=()), 1.0) == (0.0, 0.0, 4.0)
