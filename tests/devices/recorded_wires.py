"""Wires of six protocols made of recordings: a session of the adapter, and reports pushed into it as the bytes that a device
sends, with values that change each time.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, override

import aioesphomeapi as esphome
from aioesphomeapi.client_base import on_state_msg
from aioesphomeapi.model_conversions import SUBSCRIBE_STATES_RESPONSE_TYPES
from xknx.cemi import CEMIFrame, CEMILData, CEMIMessageCode
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.io import ConnectionConfig
from xknx.telegram import GroupAddress as BusAddress
from xknx.telegram import IndividualAddress, Telegram
from xknx.telegram.apci import GroupValueWrite

from devices.contract import AdapterContext, AdapterSession
from devices.http_session import device_session
from devices.json_document import Document
from devices.protocols.bacnet.bacnet_client import BacnetClient, ObjectValues
from devices.protocols.bacnet.bacnet_session import BacnetSession
from devices.protocols.esphome.adapter import ADAPTER as ESPHOME
from devices.protocols.esphome.esphome_session import EspHomeSession
from devices.protocols.esphome.native_connection import NativeConnection
from devices.protocols.homekit.homekit_session import HomeKitSession
from devices.protocols.knx.ets_project import read_table
from devices.protocols.knx.group_table import GroupAddress
from devices.protocols.knx.knx_connection import KnxConnection
from devices.protocols.knx.knx_options import ADDRESSES, knx_settings
from devices.protocols.knx.knx_session import KnxSession
from devices.protocols.mqtt.adapter import ADAPTER as MQTT
from devices.protocols.shelly.adapter import ADAPTER as SHELLY
from devices.protocols.shelly.rpc_connection import RpcConnection
from devices.protocols.shelly.shelly_session import ShellySession
from tests.devices.protocols.bacnet.test_bacnet_session import LINK as BACNET_LINK
from tests.devices.protocols.bacnet.test_bacnet_session import SETTINGS as BACNET_SETTINGS
from tests.devices.protocols.bacnet.test_bacnet_session import ScriptedClient
from tests.devices.protocols.homekit.test_accessory_answers import KEYS, LINK, Scripted, connected, http
from tests.devices.protocols.mqtt.raw_broker import RawBroker, publish

PERIOD_S = 3600.0
"""Seconds between two questions of a session by itself: only what is pushed counts."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A session, and what pushes the n-th message into it, of which at least one report comes."""

    session: AdapterSession
    push: Callable[[int], object]


type Opened = Callable[[Path, Path], AbstractAsyncContextManager[Wire]]
"""A wire from the folder with recordings and a folder of its own."""


# -- MQTT ----------------------------------------------------------------------------------------------------------------


class _Zigbee2Mqtt(RawBroker):
    """A broker with one bridge, whose list of devices is retained."""

    def __init__(self, devices: bytes) -> None:
        super().__init__()
        self._list = devices

    @override
    def _answer(self, kind: int, body: bytes, writer: asyncio.StreamWriter) -> bool:
        answered = super()._answer(kind, body, writer)
        if kind == 0x80 and b"+/bridge/devices" in body:
            writer.write(publish(b"zigbee2mqtt/bridge/devices", self._list, modern=True, retain=True))
        return answered


@asynccontextmanager
async def mqtt(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """Sixty real devices of a Zigbee2MQTT bridge, by the socket."""
    recorded = (shared / "protocols/mqtt/z2m60_bridge_devices.json").read_bytes()
    devices = [one for one in json.loads(recorded) if one.get("definition")]
    broker = _Zigbee2Mqtt(recorded)
    link = MQTT.link(f"mqtt://127.0.0.1:{await broker.start()}")
    session = await MQTT.open(link, None, AdapterContext(folder=folder))

    def push(n: int) -> None:
        one = devices[n % len(devices)]
        state = _state(one["definition"]["exposes"], n) | {"linkquality": n % 255, "last_seen": 1_700_000_000_000 + n}
        broker.push(f"zigbee2mqtt/{one['friendly_name']}".encode(), json.dumps(state).encode())

    try:
        yield Wire(session, push)
    finally:
        await session.close()
        await broker.stop()


def _state(exposes: Iterable[dict[str, Any]], n: int) -> dict[str, object]:
    """A state of what is exposed."""
    found: dict[str, object] = {}
    for one in exposes:
        name = one.get("property")
        if one["type"] == "numeric":
            low = one.get("value_min", 0)
            found[name] = low + (n * 7 % 997) / 997 * (one.get("value_max", 1000) - low)
        elif one["type"] == "binary":
            found[name] = one["value_on" if n % 2 else "value_off"]
        elif one["type"] == "enum" and one.get("values"):
            found[name] = one["values"][n % len(one["values"])]
        elif "features" in one:
            inside = _state(one["features"], n)
            found |= {name: inside} if name else inside
    return found


# -- Shelly --------------------------------------------------------------------------------------------------------------


class _ReadShelly(RpcConnection):
    """A device that answers questions with its documents."""

    @override
    async def _answer(self, method: str, params: Document, take: Callable[[Document], None]) -> Document:
        result = self.status if method == "Shelly.GetStatus" else self.config
        take(result)
        return {"result": result}

    def hear(self, text: str) -> None:
        self._take(text)


@asynccontextmanager
async def shelly(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """A real Shelly 2PM Gen3, by the texts of its WebSocket."""
    del folder
    document = json.loads((shared / "protocols/shelly/2pm_gen3.json").read_text())
    connection = _ReadShelly(device_session(), "127.0.0.1", "")
    connection.information, connection.config = document["shelly"], document["config"]
    connection.status = document["status"]
    session = ShellySession(connection, SHELLY.link("shelly://127.0.0.1"), PERIOD_S)

    def push(n: int) -> None:
        energy = {"total": 1000.0 + n / 10, "by_minute": [float(n), n / 2, 0.0], "minute_ts": 1_700_000_000 + n}
        switch = {
            "id": 0,
            "output": n % 2 == 0,
            "apower": n % 2300 / 10,
            "voltage": 220 + n % 200 / 10,
            "aenergy": energy,
        }
        params = {"ts": 1_700_000_000.5 + n, f"switch:{n // 2 % 2}": switch, "wifi": {"rssi": -40 - n % 50}}
        event = {"ts": 1.0 + n, "events": [{"component": "input:0", "id": 0, "event": "single_push", "ts": 1.0 + n}]}
        told = ("NotifyEvent", event) if n % 50 == 49 else ("NotifyStatus", params)
        connection.hear(json.dumps({"src": "shelly", "dst": "oikos", "method": told[0], "params": told[1]}))

    try:
        yield Wire(session, push)
    finally:
        await session.close()


# -- KNX -----------------------------------------------------------------------------------------------------------------


class _Bus(KnxConnection):
    """An installation that asks for nothing and answers nothing by itself."""

    @override
    async def description(self) -> None: ...

    @override
    async def read(self, address: int) -> None: ...

    @override
    async def check(self) -> None: ...

    def hear(self, frame: bytes) -> None:
        self._xknx.cemi_handler.handle_raw_cemi(frame)


_TYPES = ((1, 1), (5, 1), (9, 1), (12, 1), (13, 10), (14, 56), (16, 0), (17, 1))
_BYTES = {5: 1, 9: 2, 12: 4, 13: 4, 14: 4, 16: 14, 17: 1}


@asynccontextmanager
async def knx(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """A real ETS project and sixty addresses of each size, by the frames of the bus; some do not fit their type."""
    del folder
    real = read_table(str(shared / "protocols/knx/testprojekt-ets6-functions.knxproj"))
    own = [GroupAddress(number=0x5000 + n, name=f"Value {n}", dpt=_TYPES[n % len(_TYPES)]) for n in range(60)]
    link = ADDRESSES.link(f"knx://224.0.23.12?transport=routing&period={60}")
    connection, chance = _Bus(ConnectionConfig()), random.Random(1)
    session = KnxSession(connection, link, knx_settings(link), [*real, *own])

    def push(n: int) -> None:
        one = own[n % len(own)]
        size = _BYTES.get(one.dpt[0], 0) if n % 1000 else 3
        value = DPTArray(tuple(chance.randbytes(size))) if size else DPTBinary(n // 60 % 2)
        sent = Telegram(
            BusAddress(one.number), payload=GroupValueWrite(value), source_address=IndividualAddress("1.1.9")
        )
        data = CEMILData.init_from_telegram(sent, src_addr=IndividualAddress("1.1.9"))
        connection.hear(CEMIFrame(code=CEMIMessageCode.L_DATA_IND, data=data).to_knx())

    try:
        yield Wire(session, push)
    finally:
        await session.close()


# -- ESPHome -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def esphome_node(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """A real node with fourteen entities, by the messages of its native API."""
    del folder
    recorded = json.loads((shared / "protocols/esphome/host_2026.10.json").read_text())
    link = ESPHOME.link("esphome://127.0.0.1")
    connection = NativeConnection(esphome.APIClient("127.0.0.1", 6053, None))
    connection.device = esphome.DeviceInfo.from_dict(recorded["device_info"])
    connection.entities = [getattr(esphome, one["type"]).from_dict(one) for one in recorded["entities"]]
    taking: list[Callable[[esphome.EntityState], None]] = []
    connection.subscribe = taking.append  # type: ignore[method-assign]
    messages = {kind.__name__: message for message, kind in SUBSCRIBE_STATES_RESPONSE_TYPES.items()}
    states = [
        one for one in recorded["states"] if one["type"] in ("SensorState", "BinarySensorState", "TextSensorState")
    ]
    stream: dict[int, bytearray | None] = {}

    def push(n: int) -> None:
        one = states[n % len(states)]
        value = {"SensorState": n / 7, "BinarySensorState": n % 2 == 0}.get(one["type"], f"text {n}")
        kind = messages[one["type"]]
        sent = kind(key=one["key"], state=value).SerializeToString()
        on_state_msg(taking[0], stream, kind.FromString(sent))

    yield Wire(EspHomeSession(connection, link), push)


# -- HomeKit -------------------------------------------------------------------------------------------------------------


class _Database(Scripted):
    """A bridge that answers each request with its database, or with nothing."""

    def __init__(self, accessories: bytes) -> None:
        super().__init__(b"")
        self._accessories = accessories

    @override
    def writelines(self, lines: Any) -> None:
        asked = b"".join(lines)
        self.protocol.data_received(
            http(200, self._accessories if b"/accessories" in asked else b'{"characteristics":[]}')
        )


@asynccontextmanager
async def homekit(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """A real bridge with 21 kinds of accessories, by the events of its connection."""
    del folder
    accessories = json.loads((shared / "protocols/hap/homebridge_dummy_21_types.json").read_text())
    connection, scripted = connected(b"")
    database = _Database(json.dumps({"accessories": accessories}).encode())
    database.protocol = scripted.protocol
    scripted.protocol.transport = database
    connection.transport = database  # type: ignore[assignment]
    told = [
        (one["aid"], value["iid"], value["format"])
        for one in accessories
        for service in one["services"]
        for value in service["characteristics"]
        if "ev" in value["perms"] and value["format"] in ("bool", "float", "uint8", "int") and "value" in value
    ]

    def push(n: int) -> None:
        rows: list[dict[str, object]] = []
        for at in range(n, n + 3):
            aid, iid, kind = told[at % len(told)]
            rows.append({"aid": aid, "iid": iid, "value": at % 2 == 0 if kind == "bool" else at % 2})
        event = http(200, json.dumps({"characteristics": rows}).encode())
        scripted.protocol.data_received(event.replace(b"HTTP/1.1", b"EVENT/1.0", 1))

    yield Wire(HomeKitSession(connection, LINK, KEYS, PERIOD_S), push)


# -- BACnet --------------------------------------------------------------------------------------------------------------


class _Notifying(BacnetClient):
    """The client's own socket and parser for notifications; questions are answered by a script."""

    def __init__(self, port: int, objects: int) -> None:
        super().__init__("127.0.0.1", port, timeout_s=30.0)
        self._device = ScriptedClient(objects)

    @override
    async def device(self) -> str:
        return await self._device.device()

    @override
    async def object_list(self, device: str) -> tuple[list[str], int]:
        return await self._device.object_list(device)

    @override
    async def read(self, objects: Iterable[str], properties: Iterable[str]) -> ObjectValues:
        self._device.reads.clear()
        return await self._device.read(objects, properties)

    @override
    async def subscribe(self, object: str, process: int) -> None: ...

    @property
    def where(self) -> tuple[str, int]:
        """The address of the socket."""
        return cast("tuple[str, int]", self._app._link.server.local_transport.get_extra_info("sockname"))


@asynccontextmanager
async def bacnet(shared: Path, folder: Path) -> AsyncGenerator[Wire]:
    """A device with 50 analog inputs, by datagrams of UnconfirmedCOVNotification (clause 13.7)."""
    del shared, folder
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.bind(("127.0.0.1", 0))
        client = _Notifying(device.getsockname()[1], 50)
        await client.ready()
        session = BacnetSession(client, BACNET_LINK, BACNET_SETTINGS)

        def push(n: int) -> None:
            flags = 0x40 if n % 500 == 499 else 0
            values = (
                b"\x09\x55\x2e\x44" + struct.pack(">f", n / 7) + b"\x2f\x09\x6f\x2e\x82\x04" + bytes([flags]) + b"\x2f"
            )
            monitored = b"\x09\x01\x1c\x02\x00\x00\x01\x2c" + (n % 50).to_bytes(4)
            apdu = b"\x10\x02" + monitored + b"\x39\x3c\x4e" + values + b"\x4f"
            device.sendto(b"\x81\x0a" + (6 + len(apdu)).to_bytes(2) + b"\x01\x00" + apdu, client.where)

        try:
            yield Wire(session, push)
        finally:
            await session.close()


WIRES: dict[str, Opened] = {
    "mqtt": mqtt, "shelly": shelly, "knx": knx, "esphome": esphome_node, "homekit": homekit, "bacnet": bacnet,
}  # fmt: skip
"""By protocol."""
