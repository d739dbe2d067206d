"""What differs between two snapshots: exactly what was changed, and nothing for what only is another object."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, RoomId, StoreyId
from twin.model.space import Room, Storey
from twin.model.twin import Twin
from twin.model.twin_diff import TwinDiff, diff

LINK = Link(id=LinkId("l"), protocol="none", address="nowhere")


def device(number: int) -> Device:
    points = (PointInfo(key="on", capability="on_off"),)
    return device_from_description(
        DeviceInfo(uid=f"u{number}", name=f"Lamp {number}", points=points, kind="light"), LINK
    )


def room(number: int) -> Room:
    return Room(id=RoomId(f"r{number}"), storey=StoreyId("s"), name=f"Room {number}", outline=((0, 0), (1, 0), (1, 1)))


TWIN = Twin(
    storeys=(Storey(id=StoreyId("s"), name="Ground", elevation_m=0.0, height_m=3.0),),
    rooms=tuple(map(room, range(4))),
    links=(LINK,),
    devices=tuple(map(device, range(6))),
)


def test_copies_of_the_same_differ_in_nothing() -> None:
    again = replace(TWIN, rooms=tuple(map(room, range(4))), devices=tuple(map(device, range(6))))
    assert diff(TWIN, again) == TwinDiff()
    assert diff(TWIN, again).is_empty


@given(st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_what_came_went_and_changed_is_told_and_nothing_else(
    before: set[int], after: set[int], renamed: set[int]
) -> None:
    old = replace(TWIN, devices=tuple(map(device, sorted(before))))
    names = {n: replace(device(n), name="Other") if n in renamed else device(n) for n in after}
    found = diff(old, replace(TWIN, devices=tuple(names[n] for n in sorted(after))))
    assert {one.name for one in found.went} == {f"Lamp {n}" for n in before - after}
    assert {one.id for one in found.came} == {device(n).id for n in after - before}
    assert {new.id for _, new in found.changed} == {device(n).id for n in renamed & before & after}
    assert found.only_names == (before == after)
    assert found.points == (before != after)


@pytest.mark.parametrize(
    ("changes", "told", "shape"),
    [
        ({"rooms": (*TWIN.rooms[:3], replace(TWIN.rooms[3], name="Attic"))}, "rooms", False),
        ({"rooms": (*TWIN.rooms[:3], replace(TWIN.rooms[3], ceiling_m=9.0))}, "rooms", True),
        ({"rooms": TWIN.rooms[:3]}, "rooms", True),
        ({"storeys": (replace(TWIN.storeys[0], elevation_m=1.0),)}, "rooms", True),
        ({"meshes": ("another",)}, "meshes", True),
        ({"name": "Other"}, "site", False),
        ({"links": ()}, "links", False),
    ],
)
def test_the_building_is_drawn_anew_only_where_its_shape_is_another(
    changes: dict[str, object], told: str, shape: bool
) -> None:
    found = diff(TWIN, replace(TWIN, **changes))  # type: ignore[arg-type]
    assert getattr(found, told) is True
    assert found.shape is shape
    assert found.only_names is (told == "rooms" and not shape)


def test_a_device_that_moves_is_more_than_a_name() -> None:
    moved = replace(TWIN.devices[0], room=TWIN.rooms[1].id)
    found = diff(TWIN, replace(TWIN, devices=(moved, *TWIN.devices[1:])))
    assert found.changed == ((TWIN.devices[0], moved),)
    assert not found.only_names
    assert not found.points


def test_the_same_two_snapshots_are_compared_once_however_many_ask() -> None:
    before = Twin(devices=(device(1), device(2)), links=(LINK,))
    after = replace(before, devices=(replace(device(1), name="Other"), before.devices[1]))
    found = diff(before, after)
    assert diff(before, after) is found
    assert diff(after, before).changed == tuple((new, old) for old, new in found.changed)
    again = diff(before, replace(after))
    assert again == found
    assert again is not found
