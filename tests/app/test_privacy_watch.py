"""Privacy: at home nothing is deleted; in a shared building what tells of people is, with its roll-ups, and nothing else."""

from __future__ import annotations

import pytest

from tests.app.conftest import Desk, World, lamp
from tests.app.test_care_watch import moves, report, sensor
from twin.insight.care_activity import HOUR_MS
from twin.model.capability import CAPABILITIES, REVEALS, Reveals
from twin.model.ids import PointId
from twin.model.problem import ProblemError


@pytest.fixture
def building(api: Desk, world: World) -> Desk:
    """A motion sensor and a leak sensor that reported, and 100 hours that went by."""
    world.devices = [lamp(), sensor("hall", "Hall", "motion"), sensor("sink", "Sink", "water_leak")]
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == 3)
    moves(api)
    report(api, "water_leak", True, "Sink", "sink")
    api.now[0] += 100 * HOUR_MS
    return api


def recorded(building: Desk, key: str, device: str) -> int:
    point = PointId(building.point(key, device))
    return len(building.engine.session.history.raw(point, 0, building.now[0] - HOUR_MS).times)


def test_every_row_of_the_table_is_a_capability() -> None:
    assert REVEALS.keys() <= CAPABILITIES.keys()
    assert CAPABILITIES["motion"].reveals is Reveals.PRESENCE
    assert CAPABILITIES["temperature"].reveals is Reveals.NOTHING


def test_at_home_nothing_is_deleted(building: Desk) -> None:
    assert building.engine.privacy().result(60).shared is False
    building.engine.set_privacy(72, shared=False).result(60)
    assert recorded(building, "motion", "Hall") == 2


def test_in_a_shared_building_what_tells_of_people_is_deleted_and_a_leak_is_kept(building: Desk) -> None:
    status = building.engine.set_privacy(72, shared=True).result(60)
    assert (status.shared, status.hours, status.swept_ms) == (True, 72, building.now[0])
    assert (recorded(building, "motion", "Hall"), recorded(building, "water_leak", "Sink") > 0) == (0, True)
    assert dict(status.points)["presence"] == 1


def test_younger_values_are_kept(building: Desk) -> None:
    building.engine.set_privacy(200, shared=True).result(60)
    assert recorded(building, "motion", "Hall") == 2


def test_hours_out_of_range_are_refused(building: Desk) -> None:
    with pytest.raises(ProblemError, match=r"privacy\.hours"):
        building.engine.set_privacy(0, shared=True).result(60)
