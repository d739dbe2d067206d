"""An hour of every protocol, with time moved by hand: who is healthy stays online, who is dead does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devices.contract import AdapterContext, AdapterSession
from devices.link import LinkRunner
from devices.link_presence import GRACE_S
from devices.protocols.matter.matter_session import MatterSession
from devices.protocols.matter.server_client import ServerEvent
from devices.protocols.simulated import adapter as simulated
from devices.protocols.simulated.simulator import Simulator
from tests.devices.conftest import LINK, Ears
from tests.devices.protocols.matter.peer import recorded

HOUR_S = 3600


class Opens:
    """Opens this session."""

    def __init__(self, session: Callable[[], Any]) -> None:
        self._session = session

    async def open(self, *_: object) -> Any:
        return await self._session()


@asynccontextmanager
async def linked(adapter: Any, ears: Ears) -> AsyncGenerator[LinkRunner]:
    link = LinkRunner(adapter, LINK, None, AdapterContext(folder=Path("/nonexistent")), ears, random=lambda: 1.0)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def hour(ears: Ears, seconds: float = HOUR_S) -> set[str]:
    """The devices that were called offline while this time passed."""
    before = len(ears.comings)
    await asyncio.sleep(seconds)
    return {one.uid for one in ears.comings[before:] if not one.online}


@pytest.fixture
def moved_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock and worker threads go by the loop whose time is moved by hand."""

    async def inline(work: Callable[..., Any], *args: object) -> Any:
        return work(*args)

    began = time.time_ns()
    monkeypatch.setattr(asyncio, "to_thread", inline)
    monkeypatch.setattr(time, "time_ns", lambda: began + int(asyncio.get_running_loop().time() * 1e9))


@pytest.mark.parametrize("building", ["home", "office"])
@pytest.mark.blocks  # worker threads are played on the loop
@pytest.mark.usefixtures("moved_clock")
def test_every_device_of_a_demo_is_online_for_an_hour_and_one_that_died_is_not(
    building: str, by_hand: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated, "TICK_S", 20.0)
    advance = Simulator.advance
    dead: set[str] = set()
    monkeypatch.setattr(Simulator, "advance", lambda life, ms: [one for one in advance(life, ms) if one[0] not in dead])

    async def main() -> None:
        ears, real = Ears(), simulated.ADAPTER
        link = real.link(f"simulated://{building}")

        async def session() -> AdapterSession:
            return await real.open(link, None, AdapterContext(folder=Path("/nonexistent")))

        async with linked(Opens(session), ears):
            await asyncio.sleep(1)
            everybody = {device.uid for device in ears.devices}
            assert len(everybody) >= 40
            assert await hour(ears) == set()
            assert {uid for uid, online in ears.online.items() if online} == everybody
            dead.add(ears.devices[0].uid)
            assert await hour(ears, ears.devices[0].interval_s + GRACE_S + 25.0) == dead

    by_hand(main())


class Nothing:
    """A Matter server whose nodes say nothing by themselves, and answer when they are asked, but for the dead."""

    def __init__(self, nodes: list[dict[str, Any]]) -> None:
        self.nodes = nodes
        self.dead: set[int] = set()

    async def call(self, command: str, timeout_s: float = 10.0, **args: Any) -> object:
        if command == "start_listening":
            return self.nodes
        if args["node_id"] in self.dead:
            await asyncio.sleep(timeout_s)
            raise TimeoutError
        await asyncio.sleep(0.2)
        return {args["attribute_path"]: 1}

    async def events(self) -> AsyncGenerator[ServerEvent]:
        await asyncio.sleep(10 * HOUR_S)
        for nothing in ():
            yield nothing

    async def close(self) -> None:
        pass


def test_every_matter_device_is_online_for_an_hour_though_forty_others_are_dead(by_hand: Callable[..., Any]) -> None:
    (plug,) = recorded("plug")
    serial = "0/40/15"
    nodes = [
        plug | {"node_id": id, "available": True, "attributes": plug["attributes"] | {serial: f"S{id}"}}
        for id in range(1, 61)
    ]

    async def main() -> None:
        ears, server = Ears(), Nothing(nodes)

        async def session() -> MatterSession:
            made = MatterSession(server, None, "ws://server")  # type: ignore[arg-type]
            await made.begin()
            return made

        async with linked(Opens(session), ears):
            await asyncio.sleep(1)
            assert len(ears.online) == 60
            assert await hour(ears) == set()
            server.dead |= set(range(1, 41))
            gone = await hour(ears)
            assert len(gone) == 40
            assert sum(ears.online.values()) == 20

    by_hand(main())
