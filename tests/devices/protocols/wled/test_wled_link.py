"""A link to a WLED controller in a process of its own, with its WebSocket and without."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.abc
import pytest

from devices.contract import Service
from devices.link import LinkState
from devices.protocol_registry import adapters
from devices.protocols.wled.light_points import points_of
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from tests.devices.protocols.wled.controller_peer import CONTROLLER, SEGMENT
from tests.devices.protocols.wled.virtual_controller import UID, VirtualController, virtual_controller
from twin.model.colour import xy_from_rgb
from twin.model.command import CommandState
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def controller() -> AsyncIterator[VirtualController]:
    async with virtual_controller() as one:
        yield one


def linked(controller: VirtualController, folder: Path, **options: str) -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", controller.url, **({"period": "3600"} | options))


async def online(one: LinkUnderTest, uid: str = UID) -> None:
    await until(lambda: one.ears.online.get(uid) is True and one.last(uid, "bri") is not None, 60)


async def test_a_controller_says_who_it_is_and_what_it_can(controller: VirtualController, tmp_path: Path) -> None:
    async with running(linked(controller, tmp_path)) as one:
        await online(one)
        (info,) = one.ears.devices
        assert (info.uid, info.name, info.kind, info.maker, info.firmware) == (UID, "Shelf", "light", "WLED", "0.15.4")
        points = {point.key: (point.capability, point.writable) for point in info.points}
        assert points == {
            "on": ("on_off", True), "bri": ("level", True), "seg.col": ("color", True),
            "seg.cct": ("color_temperature", True), "seg.fx": ("effect", True), "seg.pal": ("raw_enum", True),
            "preset": ("scene", True), "wifi.rssi": ("signal", False), "leds.pwr": ("current", False),
            "live": ("raw_bool", False),
        }  # fmt: skip
        assert next(point.options for point in info.points if point.key == "seg.fx") == ("Solid", "Blink", "Rainbow")
        assert one.last(UID, "seg.col") == xy_from_rgb((255, 160, 0))


@pytest.mark.parametrize(
    ("key", "verb", "value", "said"),
    [
        ("on", "on", None, True),
        ("bri", "set", 40.0, 40.0),
        ("seg.fx", "set", "Rainbow", "Rainbow"),
        ("seg.pal", "set", "Ocean", "Ocean"),
        ("seg.cct", "set", 4460.0, 4460.0),
        ("preset", "activate", "Evening", "Evening"),
        ("seg.col", "set", xy_from_rgb((0, 0, 255)), None),
    ],
)
async def test_a_command_is_confirmed_by_what_the_controller_pushes(
    controller: VirtualController, tmp_path: Path, key: str, verb: str, value: Any, said: object
) -> None:
    async with running(linked(controller, tmp_path)) as one:
        await online(one)
        assert (await one.command(UID, key, verb, value, deadline_s=60.0)).state is CommandState.CONFIRMED
        assert one.last(UID, key) == said if said is not None else one.last(UID, key)


async def test_a_light_that_is_on_is_turned_off_by_level_0(controller: VirtualController, tmp_path: Path) -> None:
    async with running(linked(controller, tmp_path)) as one:
        await online(one)
        await controller.order(state={"on": True, "bri": 255})
        await until(lambda: one.last(UID, "bri") == 100.0)
        assert (await one.command(UID, "bri", "set", 0.0, deadline_s=60.0)).state is CommandState.CONFIRMED
        assert (one.last(UID, "bri"), one.last(UID, "on")) == (0.0, False)


async def test_a_change_by_hand_is_seen_at_once_and_a_refusal_is_said(
    controller: VirtualController, tmp_path: Path
) -> None:
    async with running(linked(controller, tmp_path)) as one:
        await online(one)
        await controller.order(state={"on": True, "bri": 255})
        await until(lambda: one.last(UID, "bri") == 100.0)
        await controller.order(error=9)
        assert (await one.command(UID, "on", "on")).reason == Text("wled.refused", code="9")


async def test_without_a_websocket_the_controller_is_read(tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(json.dumps(CONTROLLER | {"info": CONTROLLER["info"] | {"ws": -1}}))
    async with virtual_controller(file) as controller, running(linked(controller, tmp_path)) as one:
        await online(one)
        assert (await one.command(UID, "on", "on", deadline_s=60.0)).state is CommandState.CONFIRMED
        await controller.order(state={"on": True, "bri": 255})
        await until(lambda: one.last(UID, "bri") == 100.0)


async def test_segments_that_are_made_are_lights_of_their_own(controller: VirtualController, tmp_path: Path) -> None:
    async with running(linked(controller, tmp_path)) as one:
        await online(one)
        second = SEGMENT | {"id": 1, "n": "Left", "on": False, "fx": 1}
        await controller.order(segments=[SEGMENT, second], info={"name": "Shelves"})
        await until(lambda: any(point.key == "seg.1.on" for point in one.ears.devices[0].points))
        assert one.ears.devices[0].name == "Shelves"
        assert (await one.command(UID, "seg.1.on", "on", deadline_s=60.0)).state is CommandState.CONFIRMED
        assert one.last(UID, "seg.1.fx") == "Blink"


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"state": 7}', '{"state": {"bri": "x", "seg": [7, {"id": "a"}]}, "info": {"mac": 7}}']
)
async def test_nonsense_that_is_pushed_is_got_over(controller: VirtualController, tmp_path: Path, text: str) -> None:
    async with running(linked(controller, tmp_path)) as one:
        await online(one)
        await controller.order(raw=text)
        await controller.order(state={"on": True, "bri": 255})
        await until(lambda: one.last(UID, "bri") == 100.0)
        assert one.ears.problems == []


async def test_a_controller_that_hangs_is_noticed(
    controller: VirtualController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.protocols.wled.wled_connection.ANSWER_S", 1.0)
    async with running(linked(controller, tmp_path, period="0.3")) as one:
        await online(one)
        await controller.order(deaf=True)
        await until(lambda: one.runner.state is not LinkState.ONLINE, 90)
        await controller.order(deaf=False)
        await until(lambda: one.runner.state is LinkState.ONLINE, 90)


@pytest.mark.filterwarnings("ignore")
async def test_the_controller_of_these_tests_speaks_to_a_client_that_is_not_ours(controller: VirtualController) -> None:
    wled = pytest.importorskip("wled", reason="python-wled is not installed (uv sync)")
    connector = aiohttp.TCPConnector(resolver=PortResolver(controller.port))
    async with aiohttp.ClientSession(connector=connector) as http:
        theirs = wled.WLED("shelf.test", session=http)
        device = await theirs.update()
        assert (device.info.name, device.state.brightness) == ("Shelf", 128)
        await theirs.master(on=True, brightness=40)
        assert (await theirs.update()).state.brightness == 40


class PortResolver(aiohttp.abc.AbstractResolver):
    """Every host is a port of this machine, for a library that knows port 80 only."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[Any]:
        del port, family
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": self._port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
        ]

    async def close(self) -> None:
        return None


@pytest.mark.parametrize("name", ["rgb", "rgbw", "wled", "versions_0.14.4", "versions_0.15.4"])
async def test_real_controllers_are_read_whole(shared_data: Path, tmp_path: Path, name: str) -> None:
    file = shared_data / "protocols" / "wled" / f"{name}.json"
    document = json.loads(file.read_text())
    async with virtual_controller(file) as controller, running(linked(controller, tmp_path)) as one:
        uid = document["info"]["mac"]
        await online(one, uid)
        state = document["state"]
        assert one.last(uid, "bri") == pytest.approx(state["bri"] / 2.55 if state["on"] else 0.0)
        segments = sum(1 for segment in document["state"]["seg"] if segment.get("stop") != 0)
        keys = {point.key for point in one.ears.devices[0].points}
        assert ("seg.fx" in keys) is (segments == 1)
        assert one.ears.problems == []


def test_a_white_light_has_no_colour_and_its_brightness_is_never_nought() -> None:
    info = {"leds": {"lc": 2, "seglc": [2]}}
    points = {p.info.key: p for p in points_of({"seg": [SEGMENT]}, info, (), (), {})}
    assert set(points) == {"on", "bri"}
    write = points["bri"].write
    assert write is not None
    assert [write("set", value, None) for value in (0.0, 0.1, 100.0)] == [
        {"on": False}, {"on": True, "bri": 1}, {"on": True, "bri": 255},
    ]  # fmt: skip


def test_a_controller_that_announces_itself_is_claimed_by_its_hardware_address() -> None:
    service = Service(
        type="_wled._tcp", name="Shelf", host="wled-shelf.local.", port=80, addresses=("10.0.0.7",), txt={"mac": UID}
    )
    found = adapters()["wled"].claim(service)
    assert found is not None
    assert (found.key, str(found.needs)) == (f"wled:{UID}", "nothing")
    assert adapters()["wled"].link(found).address == f"wled://10.0.0.7:80/{UID}"


async def test_presets_outlast_a_busy_answer_and_are_read_once_it_has_time(
    controller: VirtualController, tmp_path: Path
) -> None:
    def presets(one: LinkUnderTest) -> tuple[str, ...]:
        return next((point.options for point in one.ears.devices[0].points if point.key == "preset"), ())

    async with running(linked(controller, tmp_path, period="0.3")) as one:
        await online(one)
        kept = presets(one)
        await controller.order(statuses={"/presets.json": 503})
        await controller.order(info={"name": "Renamed"})
        await until(lambda: one.ears.devices[0].name == "Renamed")
        assert presets(one) == kept != ()
        await controller.order(presets={"1": {"n": "Morning"}}, statuses={})
        await until(lambda: presets(one) == ("Morning",))


async def test_a_controller_that_has_no_time_for_a_command_refuses_it(
    controller: VirtualController, tmp_path: Path
) -> None:
    async with running(linked(controller, tmp_path)) as one:
        await online(one)
        await controller.order(statuses={"/json/state": 503})
        assert (await one.command(UID, "on", "on")).reason == Text("wled.http", status=503)


async def test_a_redirection_is_not_followed(controller: VirtualController, tmp_path: Path) -> None:
    await controller.order(statuses={"/presets.json": 302})
    async with running(linked(controller, tmp_path)) as one:
        await online(one)
        assert all(point.key != "preset" for point in one.ears.devices[0].points)
    await controller.order(statuses={"/json": 302})
    async with running(linked(controller, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.WAITING)
        assert one.runner.reason == Text("wled.http", status=302)
