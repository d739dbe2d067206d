"""The MQTT adapter against a real broker with TLS and a password, and the lab's devices behind it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.i18n import sentence
from devices.contract import Adapter, AdapterContext, AuthError, Secret
from devices.lab import Lab
from devices.lab.mosquitto import Mosquitto
from devices.lab.mqtt_client import ConnectOptions, MqttClient, MqttClientError
from devices.link import LinkRunner, LinkState
from devices.protocol_registry import adapters
from devices.protocols.mqtt import aiomqtt_client, connection
from devices.protocols.mqtt.probe import probe
from tests.devices.conftest import Ears
from tests.english import refused
from twin.model.command import Command, CommandResult, CommandState
from twin.model.device import device_from_description
from twin.model.observation import Value

pytestmark = [pytest.mark.usefixtures("mosquitto"), pytest.mark.blocks]  # process start and TLS files block briefly


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


def adapter() -> Adapter:
    return adapters()["mqtt"]


async def until(good: Any, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not good():  # noqa: ASYNC110 - whatever a sink was told has no event of its own
            await asyncio.sleep(0.02)


class Link:
    """A link to a broker, its ears, and commands by device uid and point."""

    def __init__(self, folder: Path, url: str, secret: Secret | None) -> None:
        self.ears = Ears()
        folder.mkdir(exist_ok=True)
        self.link = adapter().link(url)
        self.runner = LinkRunner(
            adapter(), self.link, secret, AdapterContext(folder=folder), self.ears, random=lambda: 0.2
        )
        self.ears.runner = self.runner

    async def command(
        self, uid: str, key: str, verb: str, value: Value = None, deadline_s: float = 60.0
    ) -> CommandResult:
        info = next(one for one in self.runner.devices if one.uid == uid)
        point = device_from_description(info, self.link).point(key)
        assert point is not None
        return await self.runner.command(
            Command(id=1, point=point.id, verb=verb, value=value, deadline_s=deadline_s), point
        )


@asynccontextmanager
async def linked(folder: Path, url: str, user: str = "", password: str = "") -> AsyncIterator[Link]:
    one = Link(folder, url, Secret(user=user, password=password) if user else None)
    task = asyncio.create_task(one.runner.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_devices_behind_a_broker_with_tls_live_obey_die_and_survive_its_restart(tmp_path: Path) -> None:
    async with Lab() as lab:
        facts = (await lab.start(mqtt=12, tls=True, folder=tmp_path, every_s=0.3))["mqtt"]
        assert json.dumps(facts)
        async with linked(tmp_path / "mine", facts["url"], facts["user"], facts["password"]) as one:
            await until(lambda: len(one.ears.online) == 12 and all(one.ears.online.values()))
            assert {device.name for device in one.ears.devices} == {device["name"] for device in facts["devices"]}
            light, plug, cover = "oikos-lab-light-1", "oikos-lab-plug-1", "oikos-lab-cover-1"
            for uid, key, verb, value in (
                (light, "on_off", "on", None), (light, "level", "set", 40.0), (light, "color_temperature", "set", 3000.0),
                (light, "on_off", "toggle", None), (plug, "on_off", "off", None), (cover, "position", "set", 90.0),
                ("oikos-lab-thermostat-1", "setpoint_heat", "set", 23.0), ("oikos-lab-thermostat-1", "hvac_mode", "set", "off"),
                ("oikos-lab-lock-1", "lock", "unlock", None), ("oikos-lab-colour-1", "color", "set", (0.3, 0.3)),
                ("oikos-lab-fan-1", "fan_speed", "set", 50.0),
            ):  # fmt: skip
                result = await one.command(uid, key, verb, value)
                assert result.state is CommandState.CONFIRMED, (uid, key, sentence(result.reason))
            await lab.set("climate-1", temperature=12.3)
            await until(lambda: any(report.value == 12.3 for report in one.ears.reports))

            await lab.kill("light-1")
            await until(lambda: one.ears.online[light] is False)
            assert (
                sentence((await one.command(light, "on_off", "on", deadline_s=0.3)).reason) == "the device is offline"
            )
            await lab.revive("light-1")
            await until(lambda: one.ears.online[light] is True)

            assert lab.broker is not None
            await lab.broker.restart(pause_s=0.1)
            await until(
                lambda: (
                    one.ears.words[-3:] == ["waiting", "connecting", "online"] or one.ears.words.count("online") == 2
                )
            )
            await until(lambda: all(one.ears.online.values()))
            assert len(one.runner.devices) == 12
            assert (await one.command(light, "on_off", "on")).state is CommandState.CONFIRMED
            assert one.ears.problems == []


async def test_a_broker_that_forgot_everything_leaves_the_devices_known(tmp_path: Path) -> None:
    async with Lab() as lab:
        facts = (await lab.start(mqtt=3, tls=False, folder=tmp_path))["mqtt"]
        async with linked(tmp_path / "mine", facts["url"]) as one:
            await until(lambda: len(one.ears.devices) == 3)
        assert lab.mqtt is not None
        assert lab.broker is not None
        await lab.mqtt.stop()
        await lab.broker.restart(pause_s=0.0)
        async with linked(tmp_path / "mine", facts["url"]) as one:
            await until(lambda: one.runner.state is LinkState.ONLINE)
            assert len(one.ears.devices) == 3
            assert not any(one.ears.online.values())


async def test_a_device_that_comes_later_is_described_without_a_new_connection(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, tls=False)
    facts = await broker.start()
    try:
        async with linked(tmp_path / "mine", facts.url) as one:
            await until(lambda: one.runner.state is LinkState.ONLINE)
            wire = await MqttClient.open(facts.host, facts.port, ConnectOptions("late"))
            config = {
                "state_topic": "late/s",
                "device_class": "motion",
                "off_delay": 0.1,
                "device": {"identifiers": "late"},
            }
            wire.publish("homeassistant/binary_sensor/late/config", json.dumps(config), retain=True)
            await until(lambda: [device.uid for device in one.ears.devices] == ["late"])
            await until(lambda: one.ears.online == {"late": True})
            wire.publish("late/s", "ON")
            await until(lambda: [report.value for report in one.ears.reports] == [True, False])
            wire.publish("homeassistant/binary_sensor/late/config", "", retain=True)
            await until(lambda: one.ears.devices == ())
            assert one.ears.words == ["connecting", "online"]
            await wire.close()
    finally:
        await broker.stop()


async def test_wrong_password_wrong_certificate_and_no_broker_are_told_apart(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, tls=True)
    facts = await broker.start()
    here = AdapterContext(folder=tmp_path)
    try:
        good = adapter().link(facts.url)
        for secret in (None, Secret(user="oikos", password="wrong")):
            with pytest.raises(AuthError):
                await adapter().open(good, secret, here)
        right = Secret(user=facts.user, password=facts.password)
        with refused("certificate"):
            await adapter().open(adapter().link(facts.url.split("?")[0]), right, here)
        with refused("cannot be read"):
            await adapter().open(adapter().link(facts.url + "x"), right, here)
        session = await adapter().open(good, right, here)
        await session.close()
        await session.close()
        assert await probe(facts.host, facts.port, timeout_s=0.2) is None
        with pytest.raises((MqttClientError, ssl.SSLError, OSError)):
            await MqttClient.open(facts.host, facts.port, ConnectOptions("plain"))
    finally:
        await broker.stop()
    with pytest.raises(OSError):
        await adapter().open(good, right, here)


@pytest.mark.parametrize("url", ["", "http://x", "mqtt://", "mqtts://h:99999999", "mqtt://u:p@h", "mqtt:///x"])
def test_what_is_no_address_of_a_broker_is_a_problem(url: str) -> None:
    with refused("address of a broker"):
        adapter().link(url)


def test_the_same_broker_is_the_same_link_and_its_options_are_kept() -> None:
    one, two = adapter().link("mqtts://hub.local"), adapter().link("mqtts://hub.local:8883?ca=/x")
    assert one.id == two.id
    assert two.options == (("ca", "/x"),)
    assert adapter().link("mqtt://[fe80::1]").address == "mqtt://[fe80::1]:1883"
    with refused("no option nonsense"):
        adapter().link("mqtts://hub.local:8883?ca=/x&nonsense=1")


async def test_a_password_does_not_travel_unencrypted_over_the_internet(tmp_path: Path) -> None:
    link = adapter().link("mqtt://broker.example.com")
    with refused("unencrypted"):
        await adapter().open(link, Secret(user="u", password="p"), AdapterContext(folder=tmp_path))


async def test_a_lab_without_mosquitto_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with refused("apt-get install mosquitto"):
        async with Lab() as lab:
            await lab.start(mqtt=1, folder=tmp_path)


@pytest.mark.parametrize("modern", [True, False])
async def test_a_message_that_is_too_long_is_named_fills_no_memory_and_the_session_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modern: bool
) -> None:
    monkeypatch.setattr(connection, "_MODERN", modern)
    async with AsyncExitStack() as stack:
        broker = Mosquitto(tmp_path, tls=False)
        facts = await broker.start()
        stack.push_async_callback(broker.stop)
        publisher = await connection.BrokerConnection.open(
            connection.BrokerAddress(hosts=[facts.host], port=facts.port), None
        )
        stack.push_async_callback(publisher.close)
        for name in ("one", "two"):
            said = {"name": name, "unique_id": name, "state_topic": f"{name}/state", "command_topic": f"{name}/set"}
            await publisher.publish(f"homeassistant/switch/{name}/config", json.dumps(said), retain=True)
        await publisher.publish("one/state", b"x" * (aiomqtt_client.MAX_PACKET + 5_000_000), retain=True)
        await publisher.publish(
            "homeassistant/switch/three/config", b"{" * (aiomqtt_client.MAX_PACKET + 1), retain=True
        )
        async with linked(tmp_path / "mine", facts.url) as one:
            await until(lambda: one.runner.state is LinkState.ONLINE)
            await until(
                lambda: (
                    {skipped.where for skipped in one.runner.skipped}
                    >= {"one/state", "homeassistant/switch/three/config"}
                ),
                20.0,
            )
            assert {sentence(skipped.reason) for skipped in one.runner.skipped} == {
                "A message of more than 16 MiB was left out"
            }
            await publisher.publish("two/state", "ON")
            await until(lambda: any(report.value is True for report in one.ears.reports))
            await publisher.publish("one/state", "ON", retain=True)
            await until(lambda: "one/state" not in {skipped.where for skipped in one.runner.skipped})
            assert one.ears.words.count("online") == 1


async def test_what_is_kept_of_a_message_that_is_too_long_is_its_beginning(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        broker = Mosquitto(tmp_path, tls=True)
        facts = await broker.start()
        stack.push_async_callback(broker.stop)
        here = connection.BrokerAddress(
            hosts=[facts.host], port=facts.port, tls=ssl.create_default_context(cafile=facts.ca)
        )
        secret = Secret(user=facts.user, password=facts.password)
        publisher, reader = [await connection.BrokerConnection.open(here, secret) for _ in range(2)]
        stack.push_async_callback(publisher.close)
        stack.push_async_callback(reader.close)
        left_out: list[tuple[str, str]] = []
        reader.on_unreadable(lambda topic, reason: left_out.append((topic, reason)))
        await reader.subscribe(["big", "small"])
        largest = 0
        await publisher.publish("big", bytes(30_000_000))
        await publisher.publish("small", "1")
        while not (messages := await reader.receive(0.01)):
            largest = max(largest, len(reader._client._client._in_packet["packet"]))
        assert [(one.topic, one.payload) for one in messages] == [("small", b"1")]
        assert [topic for topic, _ in left_out] == ["big"]
        assert largest <= 300_000
