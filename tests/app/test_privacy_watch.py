"""Privacy: at home nothing is deleted; in a shared building what tells of people is, with its roll-ups, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.presence_table import PresenceTable
from tests.app.conftest import Desk, World, lamp, rooms_building
from tests.app.test_care_watch import moves, report, sensor
from twin.insight.care_activity import HOUR_MS
from twin.model.capability import CAPABILITIES, REVEALS, Reveals
from twin.model.ids import PointId
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text


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


@pytest.fixture
def hall(building: Desk) -> Desk:
    """The building when it was new, with the motion sensor in a hall for six people."""
    edits, made = building.engine.session.edits, rooms_building("Hall")

    async def build() -> None:
        await edits.edit(lambda one: one.set_building(made), label=Text("edit.undo"))

    building.engine.context.loop.submit(build(), name="build").result(60)
    device = building.engine.twin.find_device("Hall")
    assert device is not None
    building.engine.bind(device.id, made.rooms[0].id).result(60)
    building.now[0] -= 99 * HOUR_MS
    return building


def swept(hall: Desk, hours: int = 72) -> list[int]:
    """Looks now; the hours (UTC ms) of the published table."""
    rooms = hall.engine.twin.rooms
    hall.engine.set_privacy(hours, shared=True, grouped=True, places={rooms[0].id: 6}).result(60)
    return [hour for hour, _, _ in hall.engine.presence_hours(0, 1 << 60).result(60).rows]


def test_a_wrong_clock_publishes_and_deletes_nothing(hall: Desk) -> None:
    published = swept(hall)
    right_ms = hall.now[0]
    hall.now[0] += 6 * 365 * 24 * HOUR_MS
    with pytest.raises(ProblemError, match=r"history\.clock"):
        swept(hall)
    assert [hour for hour, _, _ in hall.engine.presence_hours(0, 1 << 60).result(60).rows] == published
    hall.now[0] = right_ms + 2 * HOUR_MS
    assert len(swept(hall)) > len(published)


def test_hours_that_a_wrong_clock_left_in_the_future_stop_nothing(hall: Desk) -> None:
    swept(hall)
    later = hall.now[0] // HOUR_MS + 50_000
    zone = '{"rooms": [], "places": 5, "storey": null}'
    hall.engine.session.history.presence.keep({later: {zone: 5}}).result(60)
    before = len(swept(hall))
    hall.now[0] += 2 * HOUR_MS
    assert len(swept(hall)) > before


def test_what_cannot_be_published_is_deleted_in_time_all_the_same(hall: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ProblemError(Problem(code="store.full"))

    hall.now[0] += 99 * HOUR_MS
    monkeypatch.setattr(PresenceTable, "publish", refuse)
    with pytest.raises(ProblemError, match=r"store\.full"):
        swept(hall)
    assert recorded(hall, "motion", "Hall") == 0


def test_no_hour_is_lost_where_values_are_kept_for_one_and_a_look_comes_late(hall: Desk) -> None:
    hall.now[0] = hall.now[0] // HOUR_MS * HOUR_MS + HOUR_MS // 12
    moves(hall)
    hall.engine.session.history.flush()
    published = list[int]()
    for hours in (1.0, 1.0, 1.0, 1.9, 1.0, 1.0):
        hall.now[0] += round(hours * HOUR_MS)
        published = swept(hall, hours=1)
    assert published, "the sensor is known all the time"
    assert np.diff(published).tolist() == [HOUR_MS] * (len(published) - 1)
    assert len(published) >= 6


def test_hours_out_of_range_are_refused(building: Desk) -> None:
    with pytest.raises(ProblemError, match=r"privacy\.hours"):
        building.engine.set_privacy(0, shared=True).result(60)
