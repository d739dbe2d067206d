"""A gateway with many unit ids of which most are silent: time moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from devices.lab.modbus_images import virtual_devices
from devices.polling import SILENT_PAUSE
from devices.protocols.modbus.device_profiles import profiles
from devices.protocols.modbus.link_settings import link_settings
from devices.protocols.modbus.modbus_client import DeviceRefusedError, ModbusClient
from devices.protocols.modbus.modbus_session import DESCRIBE_S, ModbusSession
from devices.protocols.modbus.register_map import RegisterSpace
from devices.protocols.modbus.unit_memory import UnitMemory
from tests.devices.conftest import spread
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.model.observation import Report

profiles()  # read before any loop runs


class InlineExecutor(ThreadPoolExecutor):
    """Does the work at once: a loop whose time is moved by hand waits for no thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


type ByHand = Callable[[Coroutine[Any, Any, Any]], Any]
TIMEOUT_S = 1.0


class SerialLine:
    """Units behind a gateway that passes one request at a time; who is not there costs the whole time-out."""

    def __init__(self, *units: int) -> None:
        (device,) = virtual_devices(1)
        self.image, self.units, self.lost_s = device.image, units, 0.0
        self.on_lost: Callable[[], None] = lambda: None
        self._turn = asyncio.Lock()

    async def read(self, unit: int, space: RegisterSpace, address: int, count: int) -> tuple[int, ...]:
        async with self._turn:
            if unit not in self.units:
                await asyncio.sleep(TIMEOUT_S)
                self.lost_s += TIMEOUT_S
                raise TimeoutError
            await asyncio.sleep(0.02)
            cells = self.image.get(space, {})
            try:
                return tuple(cells[at] for at in range(address, address + count))
            except KeyError:
                raise DeviceRefusedError(2) from None

    def close(self) -> None:
        """Nothing to let go of."""


def session(line: SerialLine, folder: Path, units: range, **more: float) -> ModbusSession:
    link = Link(id=LinkId("link"), protocol="modbus", address="modbus://host:502", title="Host")
    settings = replace(link_settings(link), units=tuple((unit, "") for unit in units), timeout_s=TIMEOUT_S, **more)
    return ModbusSession(cast("ModbusClient", line), link, settings, UnitMemory(folder / "memory.json"), {})


@pytest.mark.blocks
def test_a_description_ends_in_time_and_whoever_was_not_asked_is_found_later(by_hand: ByHand, tmp_path: Path) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(InlineExecutor())
        line = SerialLine(1, 60)
        one = session(line, tmp_path, range(1, 62))
        started = loop.time()
        assert len(await one.describe()) == 1
        assert loop.time() - started <= DESCRIBE_S + 2 * TIMEOUT_S
        async for event in one.events():
            if any(isinstance(one, Report) and one.uid.endswith("@60") for one in spread(event)):
                break
        assert loop.time() - started < 1200.0
        assert len(await one.describe()) == 2
        await one.close()

    by_hand(main())


@pytest.mark.blocks
def test_sixty_silent_units_leave_the_meter_its_period(by_hand: ByHand, tmp_path: Path) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(InlineExecutor())
        line = SerialLine(1)
        one = session(line, tmp_path, range(1, 62))
        await one.describe()
        started, times, settled_s, lost_s = loop.time(), list[float](), 0.0, 0.0
        async for event in one.events():
            if any(isinstance(one, Report) and one.key == "power" for one in spread(event)):
                times.append(loop.time() - started)
                if times[-1] < 600.0:
                    settled_s, lost_s = times[-1], line.lost_s
                if times[-1] > 1200.0:
                    break
        await one.close()
        late = [later - earlier for earlier, later in pairwise(times) if earlier > 300.0]
        assert max(late) <= 5.0 * 1.05 + 2 * TIMEOUT_S + 0.5
        assert line.lost_s - lost_s <= (times[-1] - settled_s) / SILENT_PAUSE + 2 * TIMEOUT_S

    by_hand(main())
