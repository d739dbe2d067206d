"""Hostile topics and payloads: each is left out and named, and the link lives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.i18n import sentence
from devices.contract import AdapterContext
from devices.lab.mosquitto import Mosquitto
from devices.lab.mqtt_client import ConnectOptions, MqttClient
from devices.link import LinkRunner, LinkState
from devices.protocol_registry import adapters
from devices.protocols.mqtt.connection import BrokerConnection
from devices.protocols.mqtt.discovery_payload import good_topic
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from devices.protocols.mqtt.zigbee2mqtt_control import Zigbee2MqttControl
from tests.devices.conftest import Ears
from tests.devices.protocols.mqtt import tasmota_payloads
from tests.devices.protocols.mqtt.raw_broker import RawBroker

adapters()  # they are found before a test's loop runs, which may not read folders

GOOD = {"state_topic": "good/state", "device": {"identifiers": ["good"], "name": "Good"}}
TOPICS = (
    b"\xff\xfe",
    b"a\x01b",
    b"a/+/b",
    b"#",
    b"a\xc2\x85b",
    b"\xed\xa0\x80",
    b"x" * 65_000,
    b"$SYS/x",
    b"homeassistant/sensor/\xff/x/config",
)
PAYLOADS = (
    b"",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b"1" * 6_000,
    b'{"a":' * 5_000,
    b"NaN",
    b"x" * 2_000_000,
    b'"\\ud800"',
    b"1e999",
)


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


async def until(good: object, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not good():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def running(port: int, folder: Path, **options: str) -> tuple[LinkRunner, Ears, asyncio.Task[None]]:
    adapter, ears = adapters()["mqtt"], Ears()
    found = adapter.link(f"mqtt://127.0.0.1:{port}")
    known = replace(found, options=tuple({**dict(found.options), **options}.items()))
    link = LinkRunner(adapter, known, None, AdapterContext(folder=folder), ears)
    return link, ears, asyncio.create_task(link.run())


@pytest.mark.blocks
@pytest.mark.parametrize("old", ["", "refuses", "hangs up"], ids=["mqtt5", "refuses 5", "hangs up on 5"])
async def test_a_broker_that_sends_anything_does_not_take_the_link_down(tmp_path: Path, old: str) -> None:
    broker = RawBroker(old)
    broker.retained = [
        (b"homeassistant/sensor/n/good/config", json.dumps(GOOD).encode()),
        *((b"homeassistant/sensor/n/bad%d/config" % n, payload) for n, payload in enumerate(PAYLOADS)),
    ]
    link, ears, task = running(await broker.start(), tmp_path)
    try:
        await until(lambda: link.state is LinkState.ONLINE)
        assert broker.connections == [4 if old else 5]
        assert [device.name for device in ears.devices if device.uid == "good"] == ["Good"]
        for topic in TOPICS:
            broker.push(topic, b"x")
        for payload in PAYLOADS:
            broker.push(b"good/state", payload)
        broker.push(b"good/state", b"21.5")
        await until(lambda: any(report.value in (21.5, "21.5") for report in ears.reports))
        await until(lambda: any("UTF-8" in sentence(one.reason) for one in ears.left_out))
        assert link.state is LinkState.ONLINE
        assert len(broker.connections) == 1
        named = {one.where for one in ears.left_out}
        assert sum(f"homeassistant/sensor/n/bad{n}/config" in named for n in range(len(PAYLOADS))) >= 5
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await broker.stop()


@pytest.mark.blocks
@pytest.mark.usefixtures("mosquitto")
async def test_topics_that_a_real_broker_hangs_up_for_are_never_named_to_it(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, tls=False)
    facts = await broker.start()
    wire = await MqttClient.open(facts.host, facts.port, ConnectOptions("publisher"))
    hostile = ["a\x01b", "a\x85b", "\ud800", "\ufffe", "a/+/b", "#", "/" * 300, "x" * 70_000, "$share/g/x", "$share//"]
    for n, topic in enumerate(hostile):
        for place in ("state_topic", "availability_topic", "command_topic"):
            body = GOOD | {"device": {"identifiers": [f"bad{n}"]}, place: topic}
            wire.publish(f"homeassistant/switch/bad{n}/{place}/config", json.dumps(body), retain=True)
    wire.publish("homeassistant/hologram/n/x/config", json.dumps({"state_topic": "h"}), retain=True)
    wire.publish("homeassistant/sensor/giant/x/config", "x" * 20_000_000, retain=True)
    wire.publish("homeassistant/sensor/n/good/config", json.dumps(GOOD), retain=True)
    await wire.drain()
    wire.ping()
    link, ears, task = running(facts.port, tmp_path)
    try:
        await until(lambda: link.state is LinkState.ONLINE and any(one.uid == "good" for one in ears.devices))
        wire.publish("good/state", "on")
        await until(lambda: any(report.uid == "good" for report in ears.reports))
        assert ears.words == ["connecting", "online"]
        assert any("hologram" in sentence(one.reason) for one in ears.left_out)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await wire.close()
        await broker.stop()


async def test_an_error_that_nobody_thought_of_costs_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DiscoveryRegistry.handle_message

    def hear(self: DiscoveryRegistry, topic: str, payload: bytes, *, retained: bool = False) -> object:
        if payload == b"boom":
            raise ZeroDivisionError
        return real(self, topic, payload, retained=retained)

    monkeypatch.setattr(DiscoveryRegistry, "handle_message", hear)
    broker = RawBroker()
    broker.retained = [(b"homeassistant/sensor/n/good/config", json.dumps(GOOD).encode())]
    link, ears, task = running(await broker.start(), tmp_path)
    try:
        await until(lambda: link.state is LinkState.ONLINE)
        broker.push(b"good/state", b"boom")
        broker.push(b"good/state", b"7")
        await until(lambda: ears.reports and ears.left_out)
        assert ears.left_out[-1].where == "good/state"
        assert len(broker.connections) == 1
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await broker.stop()


def test_good_topics_are_those_that_every_broker_takes() -> None:
    assert good_topic("zigbee2mqtt/Büro/灯 1")
    for topic in ("", "a+", "#", "a\x00", "a\x1f", "a\x7f", "\udc00", "\ufdd0", "/" * 200, "$share/g/a"):
        assert not good_topic(topic), repr(topic)


@pytest.mark.parametrize("said", ["1e999", "NaN", "1" + "0" * 400])
async def test_what_a_bridge_says_of_joining_may_be_anything(tmp_path: Path, said: str) -> None:
    broker = RawBroker()
    broker.retained = [(b"homeassistant/sensor/n/good/config", json.dumps(GOOD).encode())]
    link, ears, task = running(await broker.start(), tmp_path)
    try:
        await until(lambda: link.state is LinkState.ONLINE)
        broker.push(b"zigbee2mqtt/bridge/info", b'{"permit_join": true, "permit_join_end": %s}' % said.encode())
        broker.push(b"good/state", b"7")
        await until(lambda: ears.reports)
        assert len(broker.connections) == 1
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await broker.stop()


async def test_an_error_in_what_bridges_tell_costs_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Zigbee2MqttControl.hear

    def hear(self: Zigbee2MqttControl, topic: str, payload: bytes) -> None:
        if payload == b"boom":
            raise ZeroDivisionError
        real(self, topic, payload)

    monkeypatch.setattr(Zigbee2MqttControl, "hear", hear)
    broker = RawBroker()
    broker.retained = [(b"homeassistant/sensor/n/good/config", json.dumps(GOOD).encode())]
    link, ears, task = running(await broker.start(), tmp_path)
    try:
        await until(lambda: link.state is LinkState.ONLINE)
        broker.push(b"good/state", b"boom")
        broker.push(b"good/state", b"7")
        await until(lambda: any(one.value in (7, 7.0, "7") for one in ears.reports) and ears.left_out)
        assert ears.left_out[-1].where == "good/state"
        assert len(broker.connections) == 1
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await broker.stop()


@pytest.mark.parametrize("birth", ["yes", "no"])
async def test_a_broker_that_is_to_be_left_alone_is_asked_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, birth: str
) -> None:
    said: list[str] = []

    async def publish(self: BrokerConnection, topic: str, *_: object, **__: object) -> None:
        said.append(topic)

    monkeypatch.setattr(BrokerConnection, "publish", publish)
    broker, plug = RawBroker(), tasmota_payloads.announced()
    broker.retained = [(b"homeassistant/sensor/n/good/config", json.dumps(GOOD).encode())]
    link, ears, task = running(await broker.start(), tmp_path, birth=birth)
    try:
        await until(lambda: link.state is LinkState.ONLINE)
        broker.push(f"tasmota/discovery/{plug['mac']}/config".encode(), json.dumps(plug).encode())
        await until(lambda: any(one.name == "Plug" for one in ears.devices))
        broker.push(b"tele/tasmota_0848A2/STATE", b'{"POWER": "ON"}')
        await until(lambda: ears.reports)
        assert ("cmnd/tasmota_0848A2/STATE" in said, "homeassistant/status" in said) == (birth == "yes", birth == "yes")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await broker.stop()
