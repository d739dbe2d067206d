"""A device that announces itself by Tasmota's own discovery, behind a real broker: asked, confirmed, offline, vanished."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.lab.mosquitto import Mosquitto
from devices.protocols.mqtt.connection import BrokerAddress, BrokerConnection
from tests.devices.protocols.adapters.test_mqtt import linked, until
from tests.devices.protocols.mqtt.tasmota_payloads import announced
from twin.model.command import CommandState

pytestmark = [pytest.mark.usefixtures("mosquitto"), pytest.mark.blocks]  # process start blocks briefly

UID, RELAY = "0848A2", "switch.0848A2_RL_1"
HOME = "tasmota/discovery/DC4F220848A2"
SENSORS = {"sn": {"AM2301": {"Temperature": 21.5}, "TempUnit": "C"}, "ver": 1}


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


async def serve(wire: BrokerConnection) -> None:
    """Answers as the firmware does: the state and the measured values where asked, and each change of the relay."""
    state = "OFF"
    with contextlib.suppress(ConnectionError):
        while True:
            for message in await wire.receive(None):
                end = message.topic.rpartition("/")[2]
                if end == "POWER1":
                    state = message.payload.decode()
                if end == "STATUS":
                    measured = {"StatusSNS": SENSORS["sn"]}
                    await wire.publish("stat/tasmota_0848A2/STATUS10", json.dumps(measured))
                else:
                    await wire.publish("stat/tasmota_0848A2/RESULT", json.dumps({"POWER": state}))


async def test_a_device_is_asked_for_its_state_obeys_goes_offline_and_vanishes(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, tls=False)
    facts = await broker.start()
    wire = await BrokerConnection.open(BrokerAddress(hosts=[facts.host], port=facts.port), None)
    await wire.subscribe(("cmnd/tasmota_0848A2/#",))
    await wire.publish(f"{HOME}/config", json.dumps(announced()), retain=True)
    await wire.publish(f"{HOME}/sensors", json.dumps(SENSORS), retain=True)
    await wire.publish("tele/tasmota_0848A2/LWT", "Online", retain=True)
    serving = asyncio.create_task(serve(wire))
    try:
        async with linked(tmp_path / "mine", facts.url) as link:
            await until(lambda: link.ears.online.get(UID) is True)
            await until(lambda: {report.value for report in link.ears.reports} >= {False, 21.5})
            for verb, value in (("on", True), ("off", False)):
                assert (await link.command(UID, RELAY, verb)).state is CommandState.CONFIRMED
                assert [one.value for one in link.ears.reports if one.key == RELAY][-1] is value
            await wire.publish("tele/tasmota_0848A2/LWT", "Offline", retain=True)
            await until(lambda: link.ears.online[UID] is False)
            await wire.publish(f"{HOME}/config", "", retain=True)
            await until(lambda: UID not in {device.uid for device in link.ears.devices})
            assert link.ears.problems == []
    finally:
        await wire.close()
        await asyncio.gather(serving, return_exceptions=True)
        await broker.stop()
