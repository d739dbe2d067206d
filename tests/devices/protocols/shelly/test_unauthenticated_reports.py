"""What comes in at the port for sleeping devices is not authenticated: it makes nothing grow, and nobody hang."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from devices.json_document import decoded, number
from devices.protocols.shelly import sleeping_session
from devices.protocols.shelly.component_points import points_of, unread_components
from devices.protocols.shelly.described_device import DescribedDevice, DeviceDocuments
from devices.protocols.shelly.push_listener import FRAMES, FRAMES_PER_S, FrameBudget
from devices.protocols.shelly.push_ports import PushPorts
from devices.protocols.shelly.shelly_options import ADDRESSES
from devices.protocols.shelly.sleeping_session import SleeperMemory, SleepingSession
from tests.devices.protocols.peer_process import free_port
from twin.model.report_columns import ReportColumns

UID = "aabbccddeeff"
STATUS: dict[str, Any] = {"temperature:0": {"id": 0, "tC": 22.5}, "sys": {"wakeup_period": 7200}}
DOCUMENTS = DeviceDocuments(information={"mac": UID}, config={}, status=STATUS, told_ms=1763894100000)


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


class CountingMemory(SleeperMemory):
    """A memory that counts its writings."""

    writings = 0

    def save(self, documents: DeviceDocuments) -> None:
        self.writings += 1
        super().save(documents)


def frame(method: str, **params: Any) -> dict[str, Any]:
    return {"src": f"shellyhtg3-{UID}", "method": method, "params": params}


async def test_foreign_components_and_endless_ones_are_not_kept_and_the_file_is_not_written_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sleeping_session, "SAVE_EVERY_S", 1e6)  # however slow this machine is
    memory, ports, port = CountingMemory(tmp_path / "known.json"), PushPorts(), free_port()
    session = SleepingSession(ADDRESSES.link(f"shelly://127.0.0.1/{UID}"), DOCUMENTS, memory, ports, port)
    await session.start()
    events = session.events()
    await anext(events)
    await anext(events)
    try:
        async with aiohttp.ClientSession() as http, http.ws_connect(f"http://127.0.0.1:{port}/shelly") as socket:
            for n in range(20):
                await socket.send_json(frame("NotifyFullStatus", ts=1.0, **{f"switch:{n}": {"output": True}}))
                padding = {f"{n}_{at}": "x" * 1000 for at in range(20)}
                await socket.send_json(frame("NotifyStatus", **{"temperature:0": padding}))
            await socket.send_json(frame("NotifyFullStatus", **{"temperature:0": {"tC": 19.0}}))
            while True:
                event = await anext(events)
                if isinstance(event, ReportColumns) and 19.0 in event.values:
                    break
    finally:
        await session.close()
    known = await asyncio.to_thread(memory.load)
    assert known is not None
    assert known.status == STATUS | {"temperature:0": {"id": 0, "tC": 19.0}}
    assert memory.writings <= 2  # the first change, and the end


async def test_two_sessions_that_open_and_leave_one_port_at_once_share_it() -> None:
    ports, port = PushPorts(), free_port()
    takes: dict[str, Any] = {uid: [].append for uid in ("a", "b", "c")}
    for _ in range(3):
        await asyncio.gather(*(ports.wait_for(uid, port, take) for uid, take in takes.items()))
        await asyncio.gather(*(ports.end(uid, port, take) for uid, take in takes.items()))
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_web_page_cannot_report_but_a_device_can() -> None:
    ports, port = PushPorts(), free_port()
    came: asyncio.Queue[Any] = asyncio.Queue()
    await ports.wait_for(UID, port, came.put_nowait)
    address = f"http://127.0.0.1:{port}/shelly"
    try:
        async with aiohttp.ClientSession() as http:
            for origin in ("https://evil.test", "null", "http://["):
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await http.ws_connect(address, headers={"Origin": origin})
            async with http.ws_connect(address, headers={"Origin": "http://127.0.0.1"}) as socket:
                await socket.send_str('{"a":' * 900 + "1" + "}" * 900)
                await socket.send_json(frame("NotifyStatus"))
                async with asyncio.timeout(60):
                    assert (await came.get())["method"] == "NotifyStatus"
    finally:
        await ports.end(UID, port, came.put_nowait)


@pytest.mark.parametrize("deep", [40, 900, 100_000])
def test_what_is_nested_without_end_is_no_document(deep: int) -> None:
    assert decoded('{"a":' * deep + "1" + "}" * deep) is None
    assert decoded("[" * deep) is None


def test_numbers_that_no_float_holds_are_none() -> None:
    assert [number(raw) for raw in (10**400, -(10**400), True, "1", None, 7, 0.5)] == [None] * 5 + [7.0, 0.5]


@pytest.mark.parametrize(
    ("status", "config"),
    [
        ({"enum:200": {"value": "eco"}}, {"enum:200": {"options": 5}}),
        ({"wifi": {"rssi": 10**400}, "cover:0": {"current_pos": 10**400}, "rgb:0": {"rgb": [10**400, 0, 0]}}, {}),
        ({f"switch:{'1' * 5000}": {"output": True}, "sys": {"wakeup_period": 10**400}}, {}),
        ({"number:200": {"value": 10**400}}, {"number:200": {"min": 10**400, "max": -(10**400)}}),
    ],
)
def test_a_description_of_the_wrong_types_is_got_over(status: dict[str, Any], config: dict[str, Any]) -> None:
    documents = DeviceDocuments(information={"mac": UID}, config=config, status=status)
    assert documents.wakes_every_s == 0.0
    reports = DescribedDevice(documents).reports(status, all=True)
    assert all(report.value is None or report.value == "eco" for report in reports)
    assert all(point.info.minimum is None for point in points_of(status, config))


def test_the_time_of_a_notification_is_no_component() -> None:
    assert unread_components({"ts": 1763894100.5, "teapot:0": {"id": 0}}) == ("teapot:0",)


def test_a_connection_that_floods_the_port_is_read_twenty_times_a_second() -> None:
    budget = FrameBudget(0.0)
    assert [budget.delay_s(0.0) for _ in range(FRAMES)] == [0.0] * FRAMES
    now_s = 0.0
    for _ in range(100):
        now_s += budget.delay_s(now_s)
    assert now_s == pytest.approx(100 / FRAMES_PER_S, rel=0.05)
    assert budget.delay_s(now_s + 60.0) == 0.0
