"""A point is found by whatever the command line shows of it, and never where two could be meant."""

from __future__ import annotations

import pytest

from twin.model.device import Device, Point, PointInfo
from twin.model.ids import DeviceId, LinkId, PointId
from twin.model.twin import Twin


def point(key: str, capability: str, label: str = "") -> Point:
    return Point(
        id=PointId(f"meter.{key}"),
        device=DeviceId("meter"),
        info=PointInfo(key=key, capability=capability, label=label),
    )


TWIN = Twin(
    devices=(
        Device(
            id=DeviceId("meter"),
            link=LinkId("link"),
            name="Meter 2/3",
            protocol="mqtt",
            uid="m",
            kind="meter",
            points=(
                point("sensor.l1", "power", "Power L1"),
                point("sensor.l2", "power", "Power L2"),
                point("sensor.a", "raw_number", "Load"),
                point("sensor.b", "raw_number", "load"),
                point("sensor.c", "raw_text", "Power"),
            ),
        ),
    )
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Meter 2/3/sensor.l2", "sensor.l2"),
        ("Meter 2/3/raw_text", "sensor.c"),
        ("Meter 2/3/Power L2", "sensor.l2"),
        ("meter 2/3/power l1", "sensor.l1"),
        ("meter/Power L1", "sensor.l1"),
        ("meter.sensor.a", "sensor.a"),
    ],
)
def test_a_point_has_the_name_that_is_shown_beside_its_key_and_capability(text: str, key: str) -> None:
    found = TWIN.find_point(text)
    assert found is not None
    assert found.info.key == key


@pytest.mark.parametrize("text", ["Meter 2/3/Load", "Meter 2/3/", "Meter 2/3", "nobody/Power L1", "/", ""])
def test_a_title_that_two_points_have_or_none_is_not_guessed(text: str) -> None:
    assert TWIN.find_point(text) is None


def test_a_capability_that_several_points_have_names_them_all_and_finds_none() -> None:
    assert [point.info.key for point in TWIN.points_called("Meter 2/3/power")] == ["sensor.l1", "sensor.l2"]
    assert TWIN.find_point("Meter 2/3/power") is None
