"""The digest of a site: what it counts, how old it may be, and who gets which part of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.engine.site_digests import EVERY_MS, midnight_ms
from app.server.network_engine import NetworkEngine
from tests.app.conftest import lamp
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far
from tests.app.server.test_network_door import far as far
from tests.app.server.test_scoped_access import House
from tests.app.server.test_scoped_access import house as house
from tests.app.server.test_scoped_access import olga as olga
from twin.model.alarm import AlarmStatus
from twin.model.device import DeviceInfo, PointInfo
from twin.model.ids import PointId, RoomId
from twin.model.observation import Report
from twin.model.site_digest import SiteDigest, with_alarms
from twin.model.space import Site
from twin.model.text import Text
from twin.model.twin import Twin

pytestmark = pytest.mark.timeout(300)


def meter(uid: str = "meter", name: str = "Main meter") -> DeviceInfo:
    points = (PointInfo(key="p", capability="power"), PointInfo(key="e", capability="energy_import"))
    return DeviceInfo(uid=uid, name=name, kind="meter", points=points)


def test_a_digest_counts_devices_links_power_and_rooms_outside_comfort(door: OpenDoor) -> None:
    desk = door.desk
    desk.world.describe(lamp(), meter())
    desk.until(lambda: desk.engine.twin.find_device("Main meter"), "a meter")
    device = desk.engine.twin.find_device("Lamp")
    assert device is not None
    desk.engine.bind(device.id, RoomId("room-Kitchen")).result(60)
    desk.world.say(Report("lamp", "t", 31.0))
    desk.world.say(Report("meter", "p", 420.0))
    desk.until(lambda: desk.engine.session.state.has_value([PointId(desk.point("p", "Main meter"))]), "a reading")
    desk.until(lambda: desk.engine.session.state.has_value([PointId(desk.point("t"))]), "a temperature")
    found = desk.engine.digest().result(60)
    assert (found.devices, found.offline, found.links, found.links_down) == (2, 0, 1, 0)
    assert (found.power_w, found.rooms, found.rooms_outside, found.partial) == (420.0, 1, 1, False)
    assert found.newest_ms is not None
    assert found.version


def test_what_a_meter_below_the_main_one_measures_is_not_counted_twice(door: OpenDoor) -> None:
    desk = door.desk
    desk.world.describe(lamp(), meter(), meter("sub", "Meter of the workshop"))
    desk.until(lambda: desk.engine.twin.find_device("Meter of the workshop"), "two meters")
    desk.world.say(Report("meter", "p", 3000.0))
    desk.world.say(Report("sub", "p", 1800.0))
    points = [PointId(desk.point("p", name)) for name in ("Main meter", "Meter of the workshop")]
    desk.until(lambda: desk.engine.session.state.has_value(points), "readings")
    assert desk.engine.digest().result(60).power_w == 3000.0


def test_a_digest_is_made_anew_after_a_minute_only(door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = door.desk.engine
    now = engine.now_ms()
    monkeypatch.setattr(engine.context, "now_ms", lambda: now)
    first = engine.digest().result(60)
    now += EVERY_MS - 1
    assert engine.digest().result(60).time_ms == first.time_ms
    now += 1
    assert engine.digest().result(60).time_ms == first.time_ms + EVERY_MS
    now -= 3 * EVERY_MS  # the clock was set back
    assert engine.digest().result(60).time_ms == now


def test_alarms_are_counted_by_priority_and_hidden_ones_are_not() -> None:
    rows = [AlarmStatus(id=str(at), title=Text("x"), priority=at, phase="unack") for at in (1, 3, 3, 4)]
    hidden = replace(rows[0], id="s", overlay="shelved")  # type: ignore[arg-type]
    calm, acked = replace(rows[0], id="n", phase="normal"), replace(rows[0], id="a", phase="ack")
    found = with_alarms(SiteDigest(), [*rows, hidden, calm, acked])
    assert (found.alarms, found.unacknowledged, found.most_urgent) == ((2, 0, 2, 1), 4, 1)
    assert SiteDigest().most_urgent == 0


def test_access_to_a_room_gets_the_digest_of_that_room(house: House, olga: NetworkEngine) -> None:
    whole, part = house.engine.digest().result(60), olga.digest().result(60)
    assert (whole.devices, whole.partial) == (2, False)
    assert (part.devices, part.partial, part.name) == (1, True, whole.name)


def test_a_viewer_gets_the_digest_and_nobody_without_a_token(far: Far) -> None:
    made = far.grant("Vera", "viewer")
    status, found, _ = far.ask(made.token, "GET", "/api/digest")
    assert (status, found["devices"]) == (200, 1)
    assert far.ask("", "GET", "/api/digest")[2] == ["door.unknown_token"]


def test_the_day_begins_at_the_sites_own_midnight() -> None:
    noon = 1_764_000_000_000 // 86_400_000 * 86_400_000 + 12 * 3_600_000
    shanghai = replace(Twin(), site=Site(time_zone="Asia/Shanghai"))
    assert midnight_ms(shanghai, noon) == noon - 20 * 3_600_000
