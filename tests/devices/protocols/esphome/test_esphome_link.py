"""A link to real ESPHome firmware, plain and encrypted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.contract import ReportsSkipped, Secret, Service
from devices.link import LinkState
from devices.protocol_registry import adapters
from devices.protocols.esphome.sensor_classes import sensor_capability
from tests.devices.protocols.esphome.firmware import KEY, UID, WRONG_KEY, firmware
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.colour import xy_from_rgb
from twin.model.command import CommandState
from twin.model.text import Text

pytestmark = [
    pytest.mark.blocks,  # the start of a process blocks briefly
    pytest.mark.xdist_group("esphome"),
]


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


async def online(one: LinkUnderTest) -> None:
    await until(lambda: one.ears.online.get(UID) is True and one.last(UID, "temperature"), 60)


async def test_real_firmware_says_who_it_is_and_obeys_every_kind_of_command(tmp_path: Path) -> None:
    async with firmware() as device, running(LinkUnderTest(tmp_path / "mine", device.url)) as one:
        await online(one)
        (info,) = one.ears.devices
        assert (info.uid, info.name, info.model, info.firmware, info.area) == (
            UID, "Proto Node", "acme.multi", "1.2.3", "Kitchen",
        )  # fmt: skip
        session = one.runner.session
        assert isinstance(session, ReportsSkipped)
        assert [(left.where, left.reason) for left in session.skipped] == [("Restart", Text("esphome.entity"))]
        await until(lambda: one.last(UID, "sensor.co2") is not None)
        assert (one.last(UID, "sensor.room_temperature"), one.last(UID, "co2")) == (21.5, 612.0)
        for key, verb, value, said in (
            ("switch.relay", "on", None, True),
            ("light.lamp", "on", None, True),
            ("light.lamp.brightness", "set", 50.0, 50.0),
            ("light.lamp.colour", "set", xy_from_rgb((255, 0, 0)), None),
            ("light.lamp.temperature", "set", 4000.0, None),
            ("cover.blind", "set", 30.0, 30.0),
            ("lock.door", "lock", None, "locked"),
            ("number.setpoint", "set", 21.5, 21.5),
            ("select.mode", "set", "boost", "boost"),
            ("fan.vent.speed", "set", 75.0, 75.0),
            ("valve.water_valve", "close", None, 0.0),
        ):
            result = await one.command(UID, key, verb, value, deadline_s=60.0)
            assert result.state is CommandState.CONFIRMED, (key, result.reason)
            assert said is None or one.last(UID, key) == pytest.approx(said), key
        assert (await one.command(UID, "button.identify", "identify")).state is CommandState.SENT
        await until(lambda: one.last(UID, "binary_sensor.motion") is True)  # it follows the relay
        assert one.ears.problems == []


async def test_an_encrypted_device_needs_its_key_and_says_which_is_wrong(tmp_path: Path) -> None:
    async with firmware(key=KEY) as device:
        for n, (secret, reason) in enumerate(
            (
                (None, "esphome.key_needed"),
                (Secret(password=WRONG_KEY), "esphome.wrong_key"),
                (Secret(password="no key"), "esphome.wrong_key"),
            )
        ):
            async with running(LinkUnderTest(tmp_path / str(n), device.url, secret)) as one:
                await until(lambda one=one: one.runner.state is LinkState.NEEDS_LOGIN)
                assert one.runner.reason == Text(reason)
        async with running(LinkUnderTest(tmp_path / "right", device.url, Secret(password=KEY))) as one:
            await online(one)
            assert (await one.command(UID, "switch.relay", "on", deadline_s=60.0)).state is CommandState.CONFIRMED


async def test_a_device_that_no_longer_encrypts_is_not_spoken_to_with_a_key(tmp_path: Path) -> None:
    async with (
        firmware() as device,
        running(LinkUnderTest(tmp_path / "mine", device.url, Secret(password=KEY))) as one,
    ):
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert one.runner.reason == Text("esphome.plain")


def test_a_sensor_whose_unit_does_not_fit_its_class_is_a_raw_number() -> None:
    assert sensor_capability("temperature", "°F") == "temperature"
    assert sensor_capability("temperature", "bananas") == "raw_number"
    assert sensor_capability("", "rpm") == "raw_number"


def test_a_device_that_announces_itself_says_whether_it_needs_a_key() -> None:
    def claimed(**txt: str) -> str:
        service = Service(
            type="_esphomelib._tcp", name="node", host="node.local.", port=6053, addresses=("10.0.0.8",), txt=txt
        )
        found = adapters()["esphome"].claim(service)
        assert found is not None
        assert adapters()["esphome"].link(found).address == f"esphome://10.0.0.8:6053/{UID}"
        return str(found.needs)

    assert claimed(mac=UID) == "nothing"
    assert claimed(mac=UID, api_encryption="Noise_NNpsk0_25519_ChaChaPoly_SHA256") == "key"
