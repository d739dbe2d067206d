"""The whole line with a BACnet device: what was commanded is taken back where its link, or the device alone, is removed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.engine.engine import Engine
from app.loop import Loop
from devices.protocols.bacnet.bacnet_client import BacnetClient
from tests.devices.protocols.bacnet.virtual_device import VirtualDevice, virtual_device
from twin.model.change import ProblemRaised
from twin.model.command import CommandState
from twin.model.device import Device
from twin.model.observation import Quality
from twin.model.text import Text

pytestmark = [pytest.mark.blocks, pytest.mark.timeout(300)]
OUTPUT, OVERRIDE = "analog-output.1", "analog-output.1.override"
OPTIONS = {"writable": "yes", "period": "0.3", "timeout": "2"}


class Peer:
    """The device on a loop of its own."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self.loop = Loop(lambda error, where: None)
        self.loop.start()
        self.device: VirtualDevice = self.loop.submit(
            self._stack.enter_async_context(virtual_device()), name="peer"
        ).result(60)

    def kill(self) -> None:
        self.loop.submit(self.device.kill(), name="peer").result(60)

    def stop(self) -> None:
        self.loop.submit(self._stack.aclose(), name="peer").result(60)
        self.loop.stop()


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.stop()


@pytest.fixture
def engine(home: Path, tmp_path: Path) -> Iterator[Engine]:
    one = Engine(home)
    one.start()
    one.new_project(str(tmp_path / "house.oikos")).result(60)
    yield one
    one.stop()


def added(engine: Engine, peer: Peer) -> Device:
    (device,) = engine.add(peer.device.url, options=OPTIONS).result(60)
    return device


def commanded(engine: Engine, device: Device) -> None:
    point = device.point(OUTPUT)
    assert point is not None
    assert engine.command(point.id, "set", 40.0).result(60).state is CommandState.CONFIRMED


def wait_for_recipients(peer: Peer, count: int) -> None:
    """Until the device lists so many."""

    async def wait() -> None:
        client = BacnetClient("127.0.0.1", peer.device.port, timeout_s=5.0)
        await client.ready()
        try:
            async with asyncio.timeout(60.0):
                while len(await client.recipients("notification-class,1")) != count:  # noqa: ASYNC110 - each is a request
                    await asyncio.sleep(0)
        finally:
            client.close()

    peer.loop.submit(wait(), name="recipients").result(90)


def wait_until_released(engine: Engine, device: Device) -> None:
    """Until a fresh reading says that no command of ours is in force."""
    point = device.point(OVERRIDE)
    assert point is not None
    state, end_s = engine.session.state, time.monotonic() + 60.0
    while (row := state.index(point.id)) is None or state.quality[row] != Quality.GOOD or state.value[row] != 0.0:
        assert time.monotonic() < end_s
        engine.context.loop.submit(asyncio.sleep(0.05), name="wait").result(60)


@pytest.mark.parametrize("alone", [False, True])
def test_commands_are_taken_back(engine: Engine, peer: Peer, *, alone: bool) -> None:
    device = added(engine, peer)
    commanded(engine, device)
    (engine.remove(device.id) if alone else engine.remove_link(device.link)).result(60)
    assert engine.twin.links == ()
    wait_until_released(engine, added(engine, peer))


def test_where_the_device_is_off_it_is_told_that_they_stay_in_force(engine: Engine, peer: Peer) -> None:
    device = added(engine, peer)
    commanded(engine, device)
    peer.kill()
    engine.inbox.drain()
    engine.remove_link(device.link).result(60)
    told = [one.problem.code for one in engine.inbox.drain()[1] if isinstance(one, ProblemRaised)]
    assert "link.still_commanded" in told


def test_the_undo_of_an_added_link_takes_back_what_it_commanded_and_where_it_is_entered(
    engine: Engine, peer: Peer
) -> None:
    (device,) = engine.add(peer.device.url, options=OPTIONS | {"receive_events": "yes"}).result(60)
    commanded(engine, device)
    wait_for_recipients(peer, 1)
    while engine.twin.links:
        assert engine.undo().result(60) is not None
    wait_for_recipients(peer, 0)
    engine.redo().result(60)
    wait_until_released(engine, device)
    wait_for_recipients(peer, 1)


def test_an_alarm_of_the_device_stands_in_the_list_until_the_device_ends_it(engine: Engine, peer: Peer) -> None:
    added(engine, peer)

    def wait_for(phase: str) -> None:
        end_s = time.monotonic() + 60.0
        while [one.phase for one in engine.alarms().result(60) if one.id.startswith("device_high_limit:")] != [phase]:
            assert time.monotonic() < end_s
            engine.context.loop.submit(asyncio.sleep(0.05), name="wait").result(60)

    def order(**told: object) -> None:
        peer.loop.submit(peer.device.order(**told), name="order").result(60)

    order(limit=1, value=30.0)
    order(input=1, value=35.0)
    wait_for("ack")  # this device wants no acknowledgement
    (one,) = [one for one in engine.alarms().result(60) if one.id.startswith("device_high_limit:")]
    assert one.title == Text("alarm.of.device_high_limit", name="Air handler, Supply temperature")
    assert (one.device, one.priority) == (engine.twin.devices[0].id, 4)
    order(input=1, value=20.0)
    wait_for("normal")
