"""A link to a Shelly in a process of its own, awake and asleep."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from devices.contract import ReportsSkipped, Secret
from devices.link import LinkState
from devices.protocol_registry import adapters
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from tests.devices.protocols.peer_process import free_port
from tests.devices.protocols.shelly.virtual_shelly import PASSWORD, UID, VirtualShelly, virtual_shelly
from twin.model.command import CommandState
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly
SLEEPER: dict[str, Any] = {
    "shelly": {"name": "Bath", "id": "shellyhtg3-aabbccddeeff", "mac": "AABBCCDDEEFF", "model": "S3SN-0U12A", "gen": 3, "ver": "1.4.4", "fw_id": "20241011-114455/1.4.4-g6d2a586"},
    "config": {"temperature:0": {"id": 0}, "humidity:0": {"id": 0}, "devicepower:0": {}, "ws": {"enable": False, "server": None}, "sys": {}},
    "status": {
        "temperature:0": {"id": 0, "tC": 22.5}, "humidity:0": {"id": 0, "rh": 61.0},
        "devicepower:0": {"id": 0, "battery": {"V": 5.9, "percent": 88}, "external": {"present": False}},
        "sys": {"mac": "AABBCCDDEEFF", "wakeup_period": 7200, "unixtime": 1763894000}, "wifi": {"rssi": -60},
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def device() -> AsyncIterator[VirtualShelly]:
    async with virtual_shelly() as one:
        yield one


def linked(device: VirtualShelly, folder: Path, secret: Secret | None = None, **options: str) -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", device.url, secret, **({"period": "3600"} | options))


async def online(one: LinkUnderTest) -> None:
    await until(lambda: one.ears.online.get(UID) is True and one.last(UID, "humidity"), 60)


async def test_a_device_says_who_it_is_and_what_its_components_measure(device: VirtualShelly, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path)) as one:
        await online(one)
        (info,) = one.ears.devices
        assert (info.uid, info.name, info.maker, info.model, info.firmware) == (
            UID, "Workshop", "Shelly", "Pro2 (SPSW-202XE16EU)", "1.6.1",
        )  # fmt: skip
        points = {point.key: (point.capability, point.label, point.unit, point.writable) for point in info.points}
        assert points == points | {
            "switch.0.output": ("on_off", "Bench lamp", "", True),
            "switch.1.output": ("on_off", "switch 2", "", True),
            "switch.0.aenergy_total": ("energy_import", "Bench lamp Energy used", "Wh", False),
            "switch.0.temperature_tC": ("raw_number", "Bench lamp Device temperature", "°C", False),
            "temperature.100.tC": ("temperature", "", "°C", False),
            "number.200.value": ("raw_number", "Target", "bar", True),
            "cover.0.position": ("position", "", "", True),
        }
        assert (one.last(UID, "switch.0.aenergy_total"), one.last(UID, "signal")) == (1234.5, -52.0)
        session = one.runner.session
        assert isinstance(session, ReportsSkipped)
        assert [(skipped.where, skipped.reason) for skipped in session.skipped] == [
            ("teapot:0", Text("shelly.component"))
        ]


@pytest.mark.parametrize(
    ("key", "verb", "value", "said"),
    [
        ("switch.1.output", "on", None, True),
        ("light.0.brightness", "set", 42.0, 42.0),
        ("cover.0.position", "open", None, 100.0),
        ("cover.0.position", "set", 30.0, 30.0),
        ("number.200.value", "set", 7.5, 7.5),
        ("enum.200.value", "set", "boost", "boost"),
    ],
)
async def test_a_command_is_confirmed_by_what_the_device_notifies(
    device: VirtualShelly, tmp_path: Path, key: str, verb: str, value: float, said: object
) -> None:
    async with running(linked(device, tmp_path)) as one:
        await online(one)
        assert (await one.command(UID, key, verb, value, deadline_s=60.0)).state is CommandState.CONFIRMED
        assert one.last(UID, key) == said


async def test_the_device_s_own_words_say_why_it_refuses(device: VirtualShelly, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path)) as one:
        await online(one)
        await device.order(refuses="Overpower condition!")
        result = await one.command(UID, "switch.0.output", "on")
        assert result.reason == Text("shelly.refused", said="Overpower condition!", code="-109")


async def test_a_button_fires_and_a_hand_at_the_switch_is_seen_at_once(device: VirtualShelly, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path)) as one:
        await online(one)
        await device.order(events=[{"component": "input:0", "id": 0, "event": "double_push", "ts": 1763894399.5}])
        await until(lambda: one.last(UID, "button") == "double")
        assert next(r.time_ms for r in one.ears.reports if r.value == "double") == 1763894399500
        await device.order(change={"switch:0": {"output": True, "apower": 40.0}})
        await until(lambda: one.last(UID, "switch.0.apower") == 40.0)


async def test_what_is_renamed_or_configured_anew_is_described_anew(device: VirtualShelly, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path)) as one:
        await online(one)
        await device.order(configure={"switch:1": {"id": 1, "name": "Grinder"}})
        await until(lambda: any(point.label == "Grinder" for point in one.ears.devices[0].points))


@pytest.mark.expects_log
@pytest.mark.parametrize(
    "frame", ["[]", "7", "{", '{"method": "NotifyStatus", "params": {"switch:0": 7, "cover:0": null}}']
)
async def test_nonsense_from_the_device_harms_nothing_and_is_got_over(
    device: VirtualShelly, tmp_path: Path, frame: str
) -> None:
    async with running(linked(device, tmp_path)) as one:
        await online(one)
        await device.order(raw=frame)
        await until(lambda: one.runner.state is LinkState.ONLINE and one.runner.session is not None)
        await until(lambda: one.ears.online[UID])
        result = await one.command(UID, "light.0.output", "on", deadline_s=60.0)
        if result.state is CommandState.FAILED:  # the connection broke meanwhile
            await until(lambda: one.ears.words.count("online") == 2)
            result = await one.command(UID, "light.0.output", "on", deadline_s=60.0)
        assert result.state is CommandState.CONFIRMED
        assert one.ears.problems == []


async def test_a_device_that_hangs_without_closing_is_noticed(
    device: VirtualShelly, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(linked(device, tmp_path, period="0.3")) as one:
        await online(one)
        await device.order(deaf=True)
        await until(lambda: one.runner.state is not LinkState.ONLINE, 90)
        await device.order(deaf=False)
        await until(lambda: one.runner.state is LinkState.ONLINE, 90)


async def test_without_its_password_the_link_asks_for_it_and_says_which(tmp_path: Path) -> None:
    async with virtual_shelly(password=PASSWORD) as device:
        for secret, reason in ((None, "shelly.password_needed"), (Secret(password="no"), "shelly.wrong_password")):
            async with running(linked(device, tmp_path, secret)) as one:
                await until(lambda one=one: one.runner.state is LinkState.NEEDS_LOGIN)
                assert one.runner.reason == Text(reason)


@pytest.mark.expects_log  # the library's own word for a wrong password
@pytest.mark.filterwarnings("ignore")
async def test_the_device_of_these_tests_speaks_to_a_client_that_is_not_ours(tmp_path: Path) -> None:
    aioshelly = pytest.importorskip("aioshelly.rpc_device", reason="aioshelly is not installed (uv sync)")
    from aioshelly.common import ConnectionOptions
    from aioshelly.exceptions import InvalidAuthError

    async with virtual_shelly(password=PASSWORD) as device, aiohttp.ClientSession() as http:
        for password in ("wrong", PASSWORD):
            options = ConnectionOptions("127.0.0.1", username="admin", password=password, port=device.port)
            theirs = await aioshelly.RpcDevice.create(http, None, options)
            try:
                if password != PASSWORD:
                    with pytest.raises(InvalidAuthError):
                        await theirs.initialize()
                    continue
                await theirs.initialize()
                told = asyncio.Event()
                theirs.subscribe_updates(lambda *_, told=told: told.set())
                await theirs.switch_set(0, True)
                async with asyncio.timeout(60):
                    await told.wait()
                assert theirs.status["switch:0"]["output"] is True
            finally:
                await theirs.shutdown()


async def test_what_is_no_shelly_is_said_to_be_none(tmp_path: Path) -> None:
    from aiohttp import web

    runner = web.AppRunner(web.Application())
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    try:
        async with running(LinkUnderTest(tmp_path / "mine", f"shelly://127.0.0.1:{port}")) as one:
            await until(lambda: one.runner.state is LinkState.WAITING)
            assert one.runner.reason == Text("shelly.no_rpc")
    finally:
        await runner.cleanup()


async def sleeping(tmp_path: Path, **change: Any) -> Path:
    file = tmp_path / "sleeper.json"
    file.write_text(json.dumps(SLEEPER | change))
    return file


async def test_a_device_that_sleeps_is_told_where_to_report_and_is_known_at_the_next_start(tmp_path: Path) -> None:
    port = free_port()
    async with virtual_shelly(documents=await sleeping(tmp_path)) as device:
        async with running(linked(device, tmp_path, push=str(port))) as one:
            await until(lambda: one.runner.state is LinkState.ONLINE)
            assert one.ears.devices[0].interval_s == 1.2 * 7200
            assert (await one.command(UID, "temperature", "set", 3.0)).state is CommandState.FAILED
            full = {"temperature:0": {"tC": 19.0}, "sys": {"unixtime": 1763894100}}
            await device.order(report_to=f"http://127.0.0.1:{port}/shelly", full=full)
            await until(lambda: one.last(UID, "temperature") == 19.0)
            await until(lambda: one.ears.online.get(UID) is True)
        await device.kill()  # it sleeps
        async with running(linked(device, tmp_path, push=str(port))) as one:
            await until(lambda: one.last(UID, "temperature") is not None)
            remembered = [r for r in one.ears.reports if r.key == "temperature.0.tC"]
            assert [(r.value, r.retained, r.time_ms) for r in remembered] == [(19.0, True, 1763894100000)]
            await asyncio.sleep(0)
            async with aiohttp.ClientSession() as http, http.ws_connect(f"http://127.0.0.1:{port}/shelly") as socket:
                for text in ("[]", "nonsense", '{"src": "shellyhtg3-000000000000", "method": "NotifyFullStatus"}'):
                    await socket.send_str(text)
                told = {
                    "src": "shellyhtg3-aabbccddeeff",
                    "method": "NotifyStatus",
                    "params": {"humidity:0": {"rh": 70}},
                }
                await socket.send_json(told)
                await until(lambda: one.last(UID, "humidity") == 70.0)
            assert one.ears.problems == []


async def test_a_device_that_sleeps_says_which_option_it_needs(tmp_path: Path) -> None:
    async with virtual_shelly(documents=await sleeping(tmp_path)) as device, running(linked(device, tmp_path)) as one:
        await until(lambda: one.ears.problems)
        assert [problem.code for problem in one.ears.problems] == ["shelly.sleeps"]


async def test_a_device_that_reports_to_another_system_is_not_turned_to_this_one(tmp_path: Path) -> None:
    server = "ws://192.0.2.7:8123/api/shelly/ws"
    config = SLEEPER["config"] | {"ws": {"enable": True, "server": server}}
    port = str(free_port())
    async with (
        virtual_shelly(documents=await sleeping(tmp_path, config=config)) as device,
        running(linked(device, tmp_path, push=port)) as one,
    ):
        await until(lambda: one.ears.problems)
        assert [(problem.code, problem.args) for problem in one.ears.problems] == [
            ("shelly.reports_elsewhere", {"server": server})
        ]
        await device.order(configure={"ws": {"enable": True, "server": "ws://192.0.2.7:1/shelly"}})  # ours, of before
        one.runner.wake()
        await until(lambda: one.runner.state is LinkState.ONLINE)


async def test_several_sleepers_share_a_port_and_the_last_one_closes_it(tmp_path: Path) -> None:
    port = free_port()
    other = {"shelly": SLEEPER["shelly"] | {"id": "shellyhtg3-112233445566", "mac": "112233445566"}}
    (tmp_path / "b").mkdir()
    first, second = await sleeping(tmp_path), await sleeping(tmp_path / "b", **other)
    async with virtual_shelly(documents=first) as a, virtual_shelly(documents=second) as b:
        async with running(linked(a, tmp_path, push=str(port))) as one:
            await until(lambda: one.runner.state is LinkState.ONLINE)
            async with running(linked(b, tmp_path / "b", push=str(port))) as two:
                await until(lambda: two.runner.state is LinkState.ONLINE)
                address = f"http://127.0.0.1:{port}/shelly"
                await b.order(report_to=address, full={"temperature:0": {"tC": 5.0}})
                await until(lambda: two.last("112233445566", "temperature") == 5.0)
                assert one.last(UID, "temperature") == 22.5
            await a.order(report_to=address, full={"temperature:0": {"tC": 6.0}})
            await until(lambda: one.last(UID, "temperature") == 6.0)
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)


def test_shellies_that_announce_themselves_are_claimed_by_their_hardware_address() -> None:
    from devices.contract import Service

    def claimed(type: str, name: str, **txt: str) -> Any:
        service = Service(type=type, name=name, host=f"{name}.local.", port=80, addresses=("10.0.0.5",), txt=txt)
        return adapters()["shelly"].claim(service)

    found = claimed("_shelly._tcp", "shellyplus1-a8032ab12345", gen="2", app="Plus1", ver="1.4.4")
    assert (found.key, found.model, str(found.needs)) == ("shelly:a8032ab12345", "Plus1", "password")
    assert adapters()["shelly"].link(found).address == "shelly://10.0.0.5:80/a8032ab12345"
    assert claimed("_http._tcp", "shelly1-a8032ab12345") is None
