"""Wires of the other four protocols made of recordings: a Hue bridge, a WLED controller, a SunSpec inverter and Matter nodes;
`TEN_WIRES` are those of all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, override

from devices.http_session import device_session
from devices.json_document import Document
from devices.protocols.hue.event_stream import EventStream
from devices.protocols.hue.hue_connection import HueConnection
from devices.protocols.hue.hue_keys import HueKeys
from devices.protocols.hue.hue_options import ADDRESSES as HUE
from devices.protocols.hue.hue_session import HueSession, HueSettings
from devices.protocols.matter.matter_session import MatterSession
from devices.protocols.matter.server_client import ServerAddress, ServerConnection
from devices.protocols.modbus.adapter import ADAPTER as MODBUS
from devices.protocols.modbus.link_settings import link_settings
from devices.protocols.modbus.modbus_client import DeviceRefusedError, ModbusClient
from devices.protocols.modbus.modbus_session import ModbusSession
from devices.protocols.modbus.register_map import RegisterSpace
from devices.protocols.modbus.unit_memory import UnitMemory
from devices.protocols.wled.adapter import ADAPTER as WLED
from devices.protocols.wled.wled_connection import WledConnection
from devices.protocols.wled.wled_session import WledSession
from tests.devices.protocols.matter.peer import Peer
from tests.devices.recorded_wires import PERIOD_S, WIRES, Opened, Wire

# -- Hue -----------------------------------------------------------------------------------------------------------------


class _ReadHue(HueConnection):
    """A bridge that knows its resources, and whose stream is fed by hand."""

    def __init__(self, resources: list[dict[str, Any]]) -> None:
        super().__init__("127.0.0.1", 443, pin=":".join(["00"] * 32), app_key="key")
        self.known = {one["id"]: one for one in resources}
        self._fed: asyncio.Queue[bytes] = asyncio.Queue()

    @override
    async def resources(self, path: str = "") -> tuple[Document, ...]:
        return tuple(json.loads(json.dumps([*self.known.values()])))

    @override
    async def events(self) -> AsyncIterator[tuple[Document, ...]]:
        stream = EventStream()
        yield ()
        while True:
            if found := tuple(stream.feed(await self._fed.get())):
                yield found

    def hear(self, resource: str, change: dict[str, Any]) -> None:
        self.known[resource] |= change
        told = {"id": resource, "type": self.known[resource]["type"], **change}
        self._fed.put_nowait(b"id: 1:0\ndata: " + json.dumps([{"type": "update", "data": [told]}]).encode() + b"\n\n")


@asynccontextmanager
async def hue(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """A real bridge with three lights, by its stream of server-sent events."""
    del folder
    resources = json.loads((shared / "protocols/hue/diyhue_resource.json").read_text())["data"]
    bridge = next(one["bridge_id"] for one in resources if one["type"] == "bridge")
    lights = [one for one in resources if one["type"] == "light"]
    connection = _ReadHue(resources)
    keys = HueKeys(uid=bridge, app_key="key", pin="")
    session = HueSession(connection, HUE.link("hue://127.0.0.1"), keys, HueSettings(groups=True, period_s=PERIOD_S))

    def push(n: int) -> None:
        one = lights[n % len(lights)]
        dimming = {**one["dimming"], "brightness": 1.0 + n * 7 % 990 / 10}
        connection.hear(one["id"], {"on": {"on": n // 3 % 2 == 0}, "dimming": dimming})

    try:
        await session.read_all()
        yield Wire(session, push)
    finally:
        await session.close()


# -- WLED ----------------------------------------------------------------------------------------------------------------


class _ReadWled(WledConnection):
    """A controller that answers with its document."""

    @property
    @override
    def pushes(self) -> bool:
        return True

    @override
    async def _asked(self, method: str, path: str, body: Document | None = None) -> Document:
        return {"state": self.state, "info": self.info}

    def hear(self, document: Document) -> None:
        self._take(document)


@asynccontextmanager
async def wled(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """A real controller with one segment, by the documents of its WebSocket."""
    del folder
    document = json.loads((shared / "protocols/wled/wled.json").read_text())
    connection = _ReadWled(device_session(), "127.0.0.1", 80)
    connection.state, connection.info = document["state"], document["info"]
    connection.effects, connection.palettes = tuple(document["effects"]), tuple(document["palettes"])
    session = WledSession(connection, WLED.link("wled://127.0.0.1"), PERIOD_S)

    def push(n: int) -> None:
        state = document["state"] | {"bri": 1 + n % 255, "on": n // 2 % 2 == 0}
        wifi = document["info"]["wifi"] | {"rssi": -40 - n % 50, "signal": 100 - n % 50}
        connection.hear({"state": state, "info": document["info"] | {"wifi": wifi}})

    try:
        yield Wire(session, push)
    finally:
        await session.close()


# -- Modbus --------------------------------------------------------------------------------------------------------------


class _Inverter(ModbusClient):
    """A unit that answers with the registers of its image."""

    def __init__(self, image: list[int]) -> None:
        super().__init__(rtu=False, timeout_s=30.0)
        self.image = image

    @override
    async def read(self, unit: int, space: RegisterSpace, address: int, count: int) -> tuple[int, ...]:
        start = address - FIRST_REGISTER
        if space is not RegisterSpace.HOLDING or not 0 <= start <= len(self.image) - count:
            raise DeviceRefusedError(2)
        return tuple(self.image[start : start + count])


FIRST_REGISTER = 40_000
CURRENT, POWER, FREQUENCY, ENERGY = 72, 84, 86, 95
"""Registers of the image's model 103 (three-phase inverter) that change."""


@asynccontextmanager
async def modbus(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """An inverter with a meter by SunSpec, by readings that are asked for as after a command."""
    image = json.loads((shared / "protocols/modbus/sunspec_image_1_103_203.json").read_text())
    link = MODBUS.link("modbus://127.0.0.1")
    client = _Inverter(image)
    settings = replace(link_settings(link), period_s=PERIOD_S)
    session = ModbusSession(client, link, settings, UnitMemory(folder / "units.json"), {})

    def push(n: int) -> None:
        image[CURRENT], image[POWER] = 100 + n % 900, 1000 + n * 7 % 9000
        image[FREQUENCY], image[ENERGY] = 4950 + n % 100, n % 65_536
        session._poller.hasten("1")

    try:
        yield Wire(session, push)
    finally:
        await session.close()


# -- Matter --------------------------------------------------------------------------------------------------------------


def _changing(nodes: dict[int, dict[str, Any]]) -> list[tuple[int, str, bool]]:
    """Attributes that are reported (node, path), and whether they are boolean: OnOff, CurrentLevel, and measured values."""
    measured = (("6", "0"), ("8", "0"), ("1026", "0"), ("1029", "0"))
    places = [(node, path, path.split("/")) for node, one in nodes.items() for path in one["attributes"]]
    return [(node, path, part[1] == "6") for node, path, part in places if (part[1], part[2]) in measured]


@asynccontextmanager
async def matter(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """Twenty-two recorded nodes behind a server, by its socket."""
    del shared, folder
    peer, said = Peer(), set[asyncio.Task[None]]()
    told = _changing(peer.nodes)
    async with peer.serving() as url:
        session = MatterSession(await ServerConnection.open(ServerAddress(url)), None, url)
        await session.begin()

        def push(n: int) -> None:
            node, path, switch = told[n % len(told)]
            value = n // len(told) % 2 == 0 if switch else 1 + n % 250
            task = asyncio.ensure_future(peer.say("attribute_updated", [node, path, value]))
            said.add(task)
            task.add_done_callback(said.discard)

        try:
            yield Wire(session, push)
        finally:
            await session.close()


TEN_WIRES: dict[str, Opened] = WIRES | {"hue": hue, "wled": wled, "modbus": modbus, "matter": matter}
"""By protocol."""
