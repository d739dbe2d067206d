"""`oikos alarms` with a real BACnet device: what it says stands with its alarm, and while it is silent it is not told, but later."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.cli import alarms as verb
from app.engine.engine import Engine
from app.loop import Loop
from devices.protocols.bacnet.bacnet_client import BacnetClient
from tests.devices.protocols.bacnet.virtual_device import AlarmDevice, alarm_device
from twin.model.alarm import AlarmStatus

pytestmark = [pytest.mark.blocks, pytest.mark.timeout(300)]
OPTIONS = {"period": "0.3", "timeout": "0.5", "receive_events": "yes"}
NOT_TOLD = "not yet told to the device: it does not answer"


class Peer:
    """The device on a loop of its own."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self.loop = Loop(lambda error, where: None)
        self.loop.start()
        self.device: AlarmDevice = self.loop.submit(
            self._stack.enter_async_context(alarm_device()), name="peer"
        ).result(60)

    def order(self, **told: object) -> None:
        self.loop.submit(self.device.order(**told), name="order").result(60)

    def acknowledgements(self) -> list[str]:
        """By whom the device was told."""
        found = self._ask(lambda client: client.read(["analog-input,1"], ["description"]))
        return [who for who, *_ in json.loads(found["analog-input,1"]["description"] or "[]")]

    def notifies(self) -> bool:
        """Whether anyone stands in the device's own list of recipients."""
        return bool(self._ask(lambda client: client.recipients("notification-class,1")))

    def _ask[T](self, question: Callable[[BacnetClient], Coroutine[Any, Any, T]]) -> T:
        async def ask() -> T:
            client = BacnetClient("127.0.0.1", self.device.port, timeout_s=5.0)
            await client.ready()
            try:
                return await question(client)
            finally:
                client.close()

        return self.loop.submit(ask(), name="ask").result(60)

    def stop(self) -> None:
        self.loop.submit(self._stack.aclose(), name="peer").result(60)
        self.loop.stop()


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.stop()


@pytest.fixture
def open_engine(home: Path) -> Iterator[Callable[[], Engine]]:
    engines: list[Engine] = []

    def make() -> Engine:
        engines.append(Engine(home))
        engines[-1].start()
        return engines[-1]

    yield make
    for one in engines:
        one.stop()


def wait_for(engine: Engine, holds: Callable[[AlarmStatus], bool]) -> AlarmStatus:
    end_s = time.monotonic() + 120.0
    while True:
        found = [one for one in engine.alarms().result(60) if one.id.startswith("device_high_limit:")]
        if found and holds(found[0]):
            return found[0]
        assert time.monotonic() < end_s, found
        engine.context.loop.submit(asyncio.sleep(0.05), name="wait").result(60)


def line(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> Any:
    capsys.readouterr()
    assert main(["alarms", str(path), *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_silent_device_is_told_once_it_answers_again(
    open_engine: Callable[[], Engine],
    peer: Peer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, path = open_engine(), tmp_path / "house.oikos"
    engine.new_project(str(path)).result(60)
    engine.add(peer.device.url, options=OPTIONS).result(60)
    peer.order(state="high-limit", message="送风过热")
    wait_for(engine, lambda one: one.phase == "unack")
    engine.stop()
    peer.order(silent=True)
    monkeypatch.setattr(verb, "READY_S", 1.0)
    (said,) = line(capsys, path, "--ack", "all")["alarms"]
    assert (said["phase"], said["untold"]["code"]) == ("ack", "alarm.device_silent")
    assert main(["alarms", str(path)]) == 0
    assert NOT_TOLD in capsys.readouterr().out
    (entry,) = [one for one in line(capsys, path, "--log")["log"] if one["event"] == "acknowledged"]
    assert entry["reason"] == NOT_TOLD
    peer.order(silent=False)
    assert peer.acknowledgements() == []
    engine = open_engine()
    engine.open(path).result(60)
    told = wait_for(engine, lambda one: one.untold is None)
    assert (told.phase, peer.acknowledgements()) == ("ack", [told.acked_by])


def test_what_the_device_says_stands_with_its_alarm(
    open_engine: Callable[[], Engine], peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, path = open_engine(), tmp_path / "house.oikos"
    engine.new_project(str(path)).result(60)
    engine.add(peer.device.url, options=OPTIONS).result(60)
    end_s = time.monotonic() + 120.0
    while not peer.notifies():
        assert time.monotonic() < end_s
    peer.order(state="high-limit", message="送风过热")
    assert wait_for(engine, lambda one: bool(one.message)).message == "送风过热"
    engine.stop()
    (said,) = line(capsys, path)["alarms"]
    assert said["message"] == "送风过热"
    assert main(["alarms", str(path)]) == 0
    assert "The device says: 送风过热" in capsys.readouterr().out
