"""Who is there, point by point; what expires; what is only repeated from memory. Time is moved by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app.engine.device_presence import DevicePresence
from app.engine.event_bus import EventBus, SubscriberRole
from app.engine.ingest import Ingest
from app.engine.reading import ProjectReader
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry as MqttWorld
from tests.app.conftest import Desk, World
from tests.app.test_ingest import reraise
from tests.english import words
from twin.model.change import DeviceOnline
from twin.model.command import CommandState
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.observation import Availability, Quality, Report, StringTable
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.state import State

LEAK = DeviceInfo(
    uid="leak",
    name="Leak",
    points=(
        PointInfo(key="wet", capability="water_leak"),
        PointInfo(key="cold", capability="temperature", expires_s=60.0),
        PointInfo(key="far", capability="signal", expires_s=60.0),
        PointInfo(key="tap", capability="on_off", writable=True),
    ),
)


@pytest.fixture
def leak(make_desk: Callable[..., Desk], world: World) -> Desk:
    world.devices = [LEAK]
    one = make_desk()
    one.engine.new_project(str(one.path)).result(60)
    one.engine.add("pretend://a").result(60)
    return one


def quality(api: Desk, key: str) -> Quality:
    row = api.engine.session.state.index(api.engine.twin.devices[0].point(key).id)  # type: ignore[union-attr,arg-type]
    return Quality(int(api.engine.session.state.quality[row]))  # type: ignore[index]


def shown(api: Desk) -> tuple[dict[str, object], dict[object, dict[str, object]]]:
    """The device and its points by capability, as `oikos info` shows them."""
    api.engine.session.history.flush()
    with ProjectReader.open(api.path) as project:
        document = project.info(api.now[0] + 1000)
    points = {row["capability"]: row for row in document["points"]}  # type: ignore[index,attr-defined]
    return document["devices"][0], points  # type: ignore[index,return-value]


def expire(api: Desk) -> None:
    api.engine.context.loop.submit(_once(api), name="expire").result(60)


async def _once(api: Desk) -> None:
    api.engine.session.presence.expire(api.now[0])


def test_a_sibling_that_goes_takes_no_running_alarm_with_it(leak: Desk, world: World) -> None:
    world.report("wet", True, uid="leak")
    world.report("tap", True, uid="leak")
    leak.until(lambda: quality(leak, "tap") is Quality.GOOD)
    world.say(Availability("leak", False, words("gone"), key="tap"))
    leak.until(lambda: quality(leak, "tap") is Quality.OFFLINE)
    assert quality(leak, "wet") is Quality.GOOD
    device, points = shown(leak)
    assert (device["online"], points["water_leak"]["value"], points["on_off"]["value"]) == (True, True, None)


def test_a_device_is_as_available_as_its_points(leak: Desk, world: World) -> None:
    world.report("wet", True, uid="leak")
    leak.until(lambda: quality(leak, "wet") is Quality.GOOD)
    for key in ("wet", "cold", "far", "tap"):
        world.say(Availability("leak", False, words("gone"), key=key))
    leak.until(lambda: any(not change.online for change in leak.seen(DeviceOnline)))
    world.say(Availability("leak", True, key="wet"))
    leak.until(lambda: leak.seen(DeviceOnline)[-1].online)


def test_a_dead_thermometer_has_no_value_although_its_radio_speaks(leak: Desk, world: World) -> None:
    world.report("cold", -18.5, uid="leak")
    leak.until(lambda: quality(leak, "cold") is Quality.GOOD)
    leak.now[0] += 50_000
    world.report("far", -60.0, uid="leak")
    leak.until(lambda: quality(leak, "far") is Quality.GOOD)
    leak.now[0] += 20_000
    expire(leak)
    assert (quality(leak, "cold"), quality(leak, "far")) == (Quality.OFFLINE, Quality.GOOD)
    device, points = shown(leak)
    assert (device["online"], points["temperature"]["value"], points["signal"]["value"]) == (True, None, -60.0)
    world.report("cold", -17.0, uid="leak")
    leak.until(lambda: quality(leak, "cold") is Quality.GOOD)


def test_a_value_that_is_only_repeated_is_marked_and_does_not_hold_anew(leak: Desk, world: World) -> None:
    world.say(Report("leak", "cold", -18.5, retained=True))
    leak.until(lambda: quality(leak, "cold") is Quality.UNCERTAIN)
    leak.now[0] += 50_000
    world.say(Report("leak", "cold", -18.5, retained=True))
    world.report("wet", False, uid="leak")
    leak.until(lambda: quality(leak, "wet") is Quality.GOOD)
    counts = leak.engine.session.ingest.counts
    assert counts.reports == counts.kept + counts.unsaid, "what came and what was recorded add up"
    assert counts.unsaid == 1
    leak.now[0] += 20_000
    expire(leak)
    assert quality(leak, "cold") is Quality.OFFLINE, "a minute after the first time that we know of"


def test_no_value_ends_the_line_and_is_shown_as_none(leak: Desk, world: World) -> None:
    world.report("far", -60.0, uid="leak")
    leak.until(lambda: quality(leak, "far") is Quality.GOOD)
    leak.now[0] += 10_000
    world.report("far", None, uid="leak")
    leak.until(lambda: quality(leak, "far") is Quality.BAD)
    leak.now[0] += 10_000
    point = leak.engine.twin.devices[0].point("far")
    assert point is not None
    device, points = shown(leak)
    row = points["signal"]
    assert (device["online"], row["value"], row["quality"]) == (True, None, "bad")
    history, now = leak.engine.session.history, leak.now[0]
    before, after = (history.moment(at, [point.id]) for at in (now - 15_000, now))
    assert (before.value[0], Quality(int(before.quality[0]))) == (-60.0, Quality.GOOD)
    assert math.isnan(after.value[0])
    (columns,) = history.columns([point.id], now - 20_000, now, 20)
    assert columns.last[~np.isnan(columns.last)].tolist() == [-60.0]


def test_a_repeated_value_is_as_old_as_it_says(leak: Desk, world: World) -> None:
    said = leak.now[0] - 3_600_000
    world.say(Report("leak", "wet", True, time_ms=said, retained=True))
    leak.until(lambda: quality(leak, "wet") is Quality.GOOD)
    world.say(Report("leak", "cold", -18.5, time_ms=said, retained=True))
    leak.until(lambda: quality(leak, "cold") is Quality.GOOD)
    expire(leak)
    assert (quality(leak, "wet"), quality(leak, "cold")) == (Quality.GOOD, Quality.OFFLINE)
    assert shown(leak)[1]["water_leak"]["time"] == said


def test_every_mqtt_sensor_that_keeps_its_expiry_is_there_for_an_hour_and_one_that_died_is_not() -> None:
    link, world, now = Link(id=LinkId("l"), protocol="mqtt", address=""), MqttWorld(), [1_763_894_400_000]
    for name, expiry in (("quick", 15), ("slow", 600), ("quiet", 0)):
        config = {"state_topic": f"{name}/s", "device_class": "temperature", "unique_id": name,
                  "device": {"identifiers": name}} | ({"expire_after": expiry} if expiry else {})  # fmt: skip
        world.store_config(f"homeassistant/sensor/{name}/config", json.dumps(config).encode())
    devices = {info.uid: device_from_description(info, link) for info in world.rebuild_devices()}
    state, bus = State(), EventBus(reraise)
    line = Ingest(state=state, publish=bus.publish, strings=StringTable(), now_ms=lambda: now[0],
                  raised=lambda problem: None)  # fmt: skip
    table = ReportTable()
    line.route(link.id, devices.values())
    gone: list[tuple[str, bool]] = []
    names = {device.id: uid for uid, device in devices.items()}
    presence = DevicePresence(
        line, bus.publish, lambda device, online, time_ms, assumed: gone.append((names[device], online))
    )
    bus.subscribe(SubscriberRole.STATE, state.take)
    bus.subscribe(SubscriberRole.PRESENCE, presence.values_reported)
    presence.watch(devices.values())
    for uid, device in devices.items():
        presence.set_online(device, Availability(uid, True), now[0])
    alive, begun = {"quick": 15, "slow": 600, "quiet": 1800}, now[0]
    gone.clear()

    def pass_time(seconds: int) -> None:
        for _ in range(seconds):
            for name, every in alive.items():
                if (now[0] - begun) // 1000 % every == 0:
                    for event in world.handle_message(f"{name}/s", f"2{now[0] // 1000 % 10}".encode()).events:
                        if isinstance(event, Report):
                            line.report(link.id, ReportColumns.of((event,), table))
            presence.expire(now[0])
            now[0] += 1000

    pass_time(3600)
    assert gone == []
    del alive["quick"]
    pass_time(20)
    assert gone == [("quick", False)]
    alive["quick"] = 1
    pass_time(2)
    assert gone == [("quick", False), ("quick", True)]


def test_expiry_counts_for_what_an_earlier_run_heard(leak: Desk, world: World) -> None:
    world.report("cold", -18.5, uid="leak")
    leak.until(lambda: quality(leak, "cold") is Quality.GOOD)
    world.alive = False
    leak.now[0] += 90_000
    leak.engine.open_project(str(leak.path)).result(60)
    expire(leak)
    assert quality(leak, "cold") is Quality.OFFLINE
    world.alive = True


@pytest.mark.expects_log  # the command waits so long that the care of history looks at this clock
def test_a_device_that_nobody_speaks_for_is_not_called_online_before_it_speaks(
    make_desk: Callable[..., Desk], world: World
) -> None:
    world.devices = [replace(LEAK, uid="mute", name="Mute")]
    api = make_desk()
    api.engine.new_project(str(api.path)).result(60)
    world.assumed = True
    api.engine.add("pretend://a").result(60)
    world.say(Report("mute", "tap", True, retained=True))
    api.until(lambda: quality(api, "tap") is Quality.UNCERTAIN)
    assert [(change.online, change.assumed) for change in api.seen(DeviceOnline)] == [(True, True)]
    device, points = shown(api)
    assert (device["online"], device["last_seen"]) == (None, None)
    assert (points["on_off"]["value"], points["on_off"]["quality"]) == (True, "uncertain")
    world.deaf = True
    point = api.engine.twin.devices[0].point("tap")
    assert point is not None
    failed = api.engine.command(point.id, "on").result(30)
    assert failed.state is CommandState.FAILED, "what was only repeated does not show that it already was so"
    world.report("tap", False, uid="mute")
    api.until(lambda: not api.seen(DeviceOnline)[-1].assumed)
    assert shown(api)[0]["online"] is True
