"""A project that an earlier version recorded under its own keys, opened on the same broker: nothing recorded is lost.

The files were made by the version of 2026-11-28, which keyed points by component and object: its one point of a meter were
three, its one board were two.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.engine.engine import Engine
from app.i18n import what
from app.loop import Loop
from devices.lab.mosquitto import Mosquitto
from devices.lab.mqtt_client import ConnectOptions, MqttClient
from twin.model.change import ProblemRaised
from twin.model.command import CommandState
from twin.model.device import Point
from twin.model.ids import LinkId, PointId, derived
from twin.model.observation import Quality
from twin.store.history import History

pytestmark = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin") is None,
    reason="the broker mosquitto is not installed",
)
FILES = Path(__file__).with_name("files")
STATES = {"meter/l1": "111", "meter/l2": "222", "meter/l3": "333", "io/garage/relay1": "ON", "io/cellar/relay1": "OFF",
          "z2m/climate": '{"temperature": 21.5, "humidity": 40}', "fan/mode": "night", "z2m/desk": '{"state": "ON"}'}  # fmt: skip


def unpacked(name: str, to: Path) -> Path:
    to.write_bytes(gzip.decompress((FILES / f"{name}.gz").read_bytes()))
    return to


async def feed(broker: Mosquitto, payloads: dict[str, str]) -> None:
    facts = await broker.start()
    wire = await MqttClient.open(facts.host, facts.port, ConnectOptions("feed"))
    for topic, payload in (payloads | STATES).items():
        wire.publish(topic, payload, retain=True)
    await wire.drain()
    await wire.close()


async def listening(broker: Mosquitto) -> MqttClient:
    wire = await MqttClient.open(broker.facts.host, broker.facts.port, ConnectOptions("echo"))
    wire.subscribe("io/+/relay1/set")
    wire.publish("io/nobody/relay1/set", "are we subscribed?")
    await wire.receive()
    return wire


async def echo(wire: MqttClient) -> tuple[str, bytes]:
    """Answers as the boards do, and tells what was asked."""
    topic, payload = await wire.receive()
    wire.publish(topic.removesuffix("/set"), payload.decode(), retain=True)
    await wire.drain()
    await wire.close()
    return topic, payload


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[Mosquitto, Loop]]:
    loop = Loop(lambda error, where: None)
    loop.start()
    one = Mosquitto(tmp_path / "lab", tls=False)
    kept = json.loads(gzip.decompress((FILES / "mqtt-memory.json.gz").read_bytes()))["payloads"]
    payloads = {topic: base64.b64decode(payload).decode() for topic, payload in kept.items()}
    loop.submit(feed(one, payloads), name="feed").result(60)
    yield one, loop
    loop.submit(one.stop(), name="stop").result(60)
    loop.stop()


@pytest.fixture
def project(tmp_path: Path, home: Path, broker: tuple[Mosquitto, Loop]) -> Path:
    """The old files, their link pointed at the broker of this test, with what was remembered of its announcements."""
    path = unpacked("mqtt.oikos", tmp_path / "mqtt.oikos")
    unpacked("mqtt.oikos-history", tmp_path / "mqtt.oikos-history")
    db = sqlite3.connect(path)
    (link,) = db.execute("select id from link").fetchone()
    db.execute("update link set address = ?", (broker[0].facts.url,))
    db.execute("update device set name = 'Main meter' where name = 'Meter'")  # as a user who renamed it
    db.commit()
    db.close()
    folder = home / "protocols" / "mqtt"
    folder.mkdir(parents=True)
    unpacked("mqtt-memory.json", folder / f"{derived('mqtt', LinkId(link))}.json")
    return path


def recorded(path: Path, points: list[PointId]) -> dict[PointId, list[float]]:
    with History.open(path.with_suffix(".oikos-history"), readonly=True) as history:
        return {point: history.raw(point, 0, 2**52).values.tolist() for point in points}


@pytest.mark.blocks
@pytest.mark.expects_log
def test_an_old_project_goes_on_with_every_series_and_tells_what_was_two(
    project: Path, home: Path, broker: tuple[Mosquitto, Loop]
) -> None:
    db = sqlite3.connect(project)
    old = dict(db.execute("select id, key from point"))
    db.close()
    before = recorded(project, [PointId(id) for id in old])
    assert all(before.values())
    engine = Engine(home)
    engine.start()
    try:
        engine.open(project).result(60)
        for id in old:
            assert engine.ready(PointId(id), 20).result() is None
        until(lambda: len(engine.twin.devices) == 6 and all(spoke(engine, point) for point in engine.twin.points))
        _, changes = engine.inbox.drain()
        twin = engine.twin
        assert {device.name for device in twin.devices} == {
            "Desk lamp", "Fan", "Climate", "Main meter", "Cellar board", "Garage board"
        }  # fmt: skip
        assert set(old) <= {point.id for point in twin.points}, "an id that was recorded is an id for ever"
        meter = next(device for device in twin.devices if device.name == "Main meter")
        assert sorted(value(engine, point) for point in meter.points) == [111.0, 222.0, 333.0]
        boards = {device.name: device.points[0] for device in twin.devices if device.name.endswith("board")}
        assert (value(engine, boards["Garage board"]), value(engine, boards["Cellar board"])) == (1.0, 0.0)
        (told,) = [c.problem for c in changes if isinstance(c, ProblemRaised) and c.problem.code == "points.split"]
        assert "came from 3" in what(told)
        wire = broker[1].submit(listening(broker[0]), name="listen").result(60)
        asked = broker[1].submit(echo(wire), name="echo")
        assert engine.command(boards["Cellar board"].id, "on").result(60).state is CommandState.CONFIRMED
        assert asked.result(60) == ("io/cellar/relay1/set", b"ON")
    finally:
        engine.stop()
    after = recorded(project, [PointId(id) for id in old])
    for id, values in before.items():
        assert np.array_equal(after[id][: len(values)], values), old[id]
    assert after[PointId(next(id for id in old if id.endswith("sensor.temperature")))][-1] == 21.5


def until(holds: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(1200):
        if holds():
            return
        pause.wait(0.05)
    raise AssertionError(f"never: {holds}")


def spoke(engine: Engine, point: Point) -> bool:
    row = engine.session.state.index(point.id)
    silent = point.info.capability == "level"  # the lamp says only that it is on
    return silent or (row is not None and engine.session.state.quality[row] < Quality.STALE)


def value(engine: Engine, point: Point) -> float:
    row = engine.session.state.index(point.id)
    assert row is not None
    return float(engine.session.state.value[row])
