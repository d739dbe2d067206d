"""A bridge that announces nothing but its own list, behind a real broker: found, confirmed, offline, renamed, removed."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devices.lab.mosquitto import Mosquitto
from devices.protocols.mqtt.connection import BrokerAddress, BrokerConnection
from tests.devices.protocols.adapters.test_mqtt import Link, linked, until
from twin.model.command import CommandState

pytestmark = [pytest.mark.usefixtures("mosquitto"), pytest.mark.blocks]  # process start blocks briefly

BASE = "home/zigbee"
LAMP = {"type": "light", "features": [
    {"type": "binary", "name": "state", "property": "state", "access": 7, "value_on": "ON", "value_off": "OFF"},
    {"type": "numeric", "name": "brightness", "property": "brightness", "access": 7, "value_min": 0, "value_max": 254},
]}  # fmt: skip
COUNTDOWN = {
    "type": "numeric",
    "name": "countdown",
    "property": "countdown",
    "access": 7,
    "value_min": 0,
    "value_max": 600,
}
CONTACT = {
    "type": "binary",
    "name": "contact",
    "property": "contact",
    "access": 1,
    "value_on": False,
    "value_off": True,
}


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


class Bridge:
    """Publishes as Zigbee2MQTT does with Home Assistant discovery off, and answers what is set."""

    def __init__(self, wire: BrokerConnection) -> None:
        self._wire = wire
        self.names = {"0x01": "lamp", "0x02": "hall/door"}
        self.joining = False

    async def tell(self, topic: str, body: object, *, retain: bool = True) -> None:
        await self._wire.publish(f"{BASE}/{topic}", json.dumps(body), retain=retain)

    async def list(self) -> None:
        exposes = {"0x01": [LAMP, COUNTDOWN], "0x02": [CONTACT]}
        devices: list[dict[str, Any]] = [
            {"ieee_address": "0x00", "type": "Coordinator", "friendly_name": "Coordinator"}
        ]
        for address, name in self.names.items():
            definition = {"vendor": "Acme", "model": "A1", "description": "Thing", "exposes": exposes[address]}
            devices.append({"ieee_address": address, "friendly_name": name, "type": "Router", "definition": definition})
        await self.tell("bridge/devices", devices)

    async def info(self) -> None:
        config = {"availability": {"enabled": True}}
        await self.tell("bridge/info", {"version": "2.14.1", "permit_join": self.joining, "config": config})

    async def start(self) -> None:
        await self.info()
        await self.list()
        await self.tell("bridge/state", {"state": "online"})
        for name in self.names.values():
            await self.tell(f"{name}/availability", {"state": "online"})
        await self._wire.subscribe((f"{BASE}/lamp/set", f"{BASE}/lamp/set/+", f"{BASE}/bridge/request/permit_join"))

    async def serve(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                for message in await self._wire.receive(None):
                    await self._answer(message.topic, json.loads(message.payload))

    async def _answer(self, topic: str, body: Any) -> None:
        if topic.endswith("permit_join"):
            self.joining = body["time"] > 0
            await self.info()
            return
        name = topic.rpartition("/")[2]
        await self.tell("lamp", body if name == "set" else {name: body}, retain=False)


@asynccontextmanager
async def bridged(folder: Path) -> AsyncGenerator[tuple[Bridge, Link]]:
    broker = Mosquitto(folder, tls=False)
    facts = await broker.start()
    wire = await BrokerConnection.open(BrokerAddress(hosts=[facts.host], port=facts.port), None)
    bridge = Bridge(wire)
    await bridge.start()
    serving = asyncio.create_task(bridge.serve())
    try:
        async with linked(folder / "mine", facts.url) as link:
            yield bridge, link
    finally:
        await wire.close()
        await asyncio.gather(serving, return_exceptions=True)
        await broker.stop()


LAMP_UID, DOOR_UID, BRIDGE_UID = "zigbee2mqtt_0x01", "zigbee2mqtt_0x02", "zigbee2mqtt_bridge_0x00"


async def test_a_bridge_without_discovery_is_found_obeys_and_lets_devices_join(tmp_path: Path) -> None:
    async with bridged(tmp_path) as (bridge, one):
        await until(lambda: {one.ears.online.get(uid) for uid in (LAMP_UID, DOOR_UID, BRIDGE_UID)} == {True})
        assert {device.uid for device in one.ears.devices} == {LAMP_UID, DOOR_UID, BRIDGE_UID}
        keys = {point.key for device in one.ears.devices if device.uid == LAMP_UID for point in device.points}
        level = next(key for key in keys if key.endswith("level"))
        assert level.startswith("light.0x01_light")
        countdown = next(key for key in keys if "countdown" in key)
        for key, verb, value in (
            (level, "set", 50.0),
            (level.replace("level", "on_off"), "off", None),
            (countdown, "set", 30.0),
        ):
            assert (await one.command(LAMP_UID, key, verb, value)).state is CommandState.CONFIRMED
        join = next(
            point.key
            for device in one.ears.devices if device.uid == BRIDGE_UID
            for point in device.points if "permit_join" in point.key
        )  # fmt: skip
        for verb, joining in (("on", True), ("off", False)):
            assert (await one.command(BRIDGE_UID, join, verb)).state is CommandState.CONFIRMED
            assert bridge.joining is joining
        assert one.ears.problems == []


async def test_a_device_goes_and_comes_is_renamed_and_removed_while_linked(tmp_path: Path) -> None:
    async with bridged(tmp_path) as (bridge, one):
        await until(lambda: one.ears.online.get(DOOR_UID) is True)
        await bridge.tell("hall/door/availability", {"state": "offline"})
        await until(lambda: one.ears.online[DOOR_UID] is False)
        await bridge.tell("hall/door/availability", {"state": "online"})
        await until(lambda: one.ears.online[DOOR_UID] is True)
        bridge.names["0x02"] = "porch"
        await bridge.tell("porch/availability", {"state": "online"})
        await bridge.tell("porch", {"contact": False})
        await bridge.list()
        await until(lambda: any(report.uid == DOOR_UID and report.value is True for report in one.ears.reports))
        assert {device.uid: device.name for device in one.ears.devices}[DOOR_UID] == "porch"
        del bridge.names["0x01"]
        await bridge.list()
        await until(lambda: LAMP_UID not in {device.uid for device in one.ears.devices})
        assert one.ears.words.count("online") == 1
