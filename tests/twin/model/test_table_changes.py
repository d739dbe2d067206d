"""What another table of devices would change: each device stands under one heading."""

from __future__ import annotations

from dataclasses import replace

from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.table_changes import TableChanges, table_changes

LINK = Link(id=LinkId("knx"), protocol="knx", address="knx://bus")


def info(number: int, name: str = "") -> DeviceInfo:
    point = PointInfo(key="on_off", capability="on_off", writable=True)
    return DeviceInfo(uid=f"bus/1/1/{number}", name=name or f"Lamp {number}", points=(point,), area="Hall")


BEFORE = tuple(device_from_description(info(n), LINK) for n in range(1, 7))


def test_the_same_table_changes_nothing() -> None:
    assert table_changes(BEFORE, [info(n) for n in range(1, 7)]) == TableChanges(same=6)
    assert TableChanges(same=6).are_none


def test_a_new_device_without_a_name_is_told_by_its_id() -> None:
    assert table_changes((), [replace(info(1), name="")]).added == ("bus/1/1/1",)


def test_new_gone_altered_renamed_and_moved_devices_are_told_apart() -> None:
    level = PointInfo(key="level", capability="level", writable=True)
    changes = table_changes(
        BEFORE,
        [
            info(1),
            replace(info(2), points=(level,)),
            info(3, "Lamp by the door"),
            replace(info(4), area="Kitchen"),
            replace(info(5), name="Desk lamp", area="Kitchen", points=(*info(5).points, level)),
            info(9),
        ],
    )
    assert changes == TableChanges(
        added=("Lamp 9",),
        gone=("Lamp 6",),
        altered=(("Lamp 2", 1, 1), ("Lamp 5", 1, 0)),
        renamed=(("Lamp 3", "Lamp by the door"),),
        moved=(("Lamp 4", "Hall", "Kitchen"),),
        same=1,
    )
    assert not changes.are_none


def test_a_name_that_the_user_gave_is_no_change_of_the_table() -> None:
    mine = replace(BEFORE[0], name="My lamp")
    assert table_changes([mine], [info(1)]) == TableChanges(same=1)
