"""Points that a new description continues keep their ids, and so their history; what has another unit begins anew."""

from __future__ import annotations

import pytest

from twin.model.device import Device, Point, PointInfo, merged_description
from twin.model.ids import DeviceId, LinkId, PointId, point_id


def device(*infos: PointInfo) -> Device:
    id = DeviceId("d")
    points = tuple(Point(id=point_id(id, info.key), device=id, info=info) for info in infos)
    return Device(id=id, link=LinkId("l"), protocol="mqtt", kind="sensor", uid="u", name="S", points=points)


def raw(unit: str) -> PointInfo:
    return PointInfo(key="far", capability="raw_number", unit=unit)


def ids(one: Device) -> list[PointId]:
    return [point.id for point in one.points]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (raw("bar"), PointInfo(key="far", capability="pressure")),
        (PointInfo(key="far", capability="temperature"), PointInfo(key="far", capability="humidity")),
    ],
)
def test_a_point_in_another_unit_is_another_point_and_the_first_one_again_once_its_unit_is_back(
    before: PointInfo, after: PointInfo
) -> None:
    old = device(before)
    new = merged_description(old, device(after))
    assert ids(new) != ids(old)
    assert ids(merged_description(new, device(after))) == ids(new), "said again"
    assert ids(merged_description(new, device(before))) == ids(old)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (raw(""), raw("W")),
        (raw("W"), raw("")),
        (raw("W"), PointInfo(key="far", capability="power")),
        (PointInfo(key="far", capability="on_off"), PointInfo(key="far", capability="on_off", writable=True)),
    ],
)
def test_a_point_whose_unit_is_the_same_or_was_not_told_goes_on(before: PointInfo, after: PointInfo) -> None:
    old = device(before)
    assert ids(merged_description(old, device(after))) == ids(old)
