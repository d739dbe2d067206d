"""A Hue bridge by its documented API (CLIP v2), in a process of its own: `python bridge_peer.py PORT FOLDER`.

FOLDER keeps its certificate and the keys that it has handed out. The client that it is tried with (aiohue) is not ours.
Prints a line of JSON once it listens; lines on its standard input command it: `{"press": true}` presses the link button,
`{"update": {ID: {…}}}` changes resources as a hand would, `{"add": [{…}]}` and `{"delete": [ID]}` them, `{"mute": true}` keeps
changes from the stream, `{"reset": true}` forgets all keys, `{"drop": true}` ends the streams, `{"status": 429}` is the
status of HTTP that it refuses commands with, `{"redirect": true}` answers all with another address, `{"raw": TEXT}` is sent
on the stream as it is, `{"deafen": true}` keeps changes from the streams that are open now, `{"busy": 429}` is the status that
it refuses everything with, and `{"vanish": true}` makes their connections end without a word, as a loss of power does.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import os
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devices.lab.loopback import LOOPBACK

BRIDGE_ID = "001788fffe123456"
PRESSED_S = 30.0
TCP_REPAIR = 19
"""Of <linux/tcp.h>; needs CAP_NET_ADMIN."""


def rid(n: int) -> str:
    return f"{n:08x}-1111-4222-8333-444455556666"


def ref(n: int, type: str) -> dict[str, str]:
    return {"rid": rid(n), "rtype": type}


def device(n: int, name: str, product: str, archetype: str, *services: dict[str, str], **more: Any) -> dict[str, Any]:
    about = {"model_id": "X1", "manufacturer_name": "Signify Netherlands B.V.", "product_name": product,
             "product_archetype": archetype, "certified": True, "software_version": "1.104.2"}  # fmt: skip
    return {"id": rid(n), "type": "device", "product_data": about, "metadata": {"name": name, "archetype": archetype},
            "services": list(services), **more}  # fmt: skip


def light(n: int, owner: int, name: str, archetype: str, **more: Any) -> dict[str, Any]:
    return {"id": rid(n), "type": "light", "owner": ref(owner, "device"), "mode": "normal", "on": {"on": False},
            "metadata": {"name": name, "archetype": archetype, "function": "mixed"}, **more}  # fmt: skip


def radio(n: int, owner: int) -> dict[str, Any]:
    return {"id": rid(n), "type": "zigbee_connectivity", "owner": ref(owner, "device"), "status": "connected",
            "mac_address": f"00:17:88:01:00:00:00:{n:02x}"}  # fmt: skip


CHANGED = "2026-11-29T18:00:00.000Z"
RESOURCES: list[dict[str, Any]] = [
    {"id": rid(1), "type": "bridge", "owner": ref(2, "device"), "bridge_id": BRIDGE_ID, "time_zone": {"time_zone": "UTC"}},
    device(2, "Bridge", "Hue Bridge", "bridge_v2", ref(1, "bridge"), ref(3, "zigbee_connectivity")),
    radio(3, 2),
    device(10, "Sofa lamp", "Hue color lamp", "sultan_bulb", ref(11, "light"), ref(12, "zigbee_connectivity"),
           ref(13, "device_software_update"), identify={}),
    light(11, 10, "Sofa lamp", "sultan_bulb", dimming={"brightness": 50.0, "min_dim_level": 0.2},
          color_temperature={"mirek": 366, "mirek_valid": True,
                             "mirek_schema": {"mirek_minimum": 153, "mirek_maximum": 500}},
          color={"xy": {"x": 0.4573, "y": 0.41}, "gamut_type": "C",
                 "gamut": {"red": {"x": 0.6915, "y": 0.3083}, "green": {"x": 0.17, "y": 0.7},
                           "blue": {"x": 0.1532, "y": 0.0475}}},
          effects={"effect_values": ["no_effect", "candle", "fire"], "status": "no_effect",
                   "status_values": ["no_effect", "candle", "fire"]}, alert={"action_values": ["breathe"]}),
    radio(12, 10),
    {"id": rid(13), "type": "device_software_update", "owner": ref(10, "device"), "state": "no_update", "problems": []},
    device(20, "Heater", "Hue smart plug", "plug", ref(21, "light"), ref(22, "zigbee_connectivity"), identify={}),
    light(21, 20, "Heater", "plug"),
    radio(22, 20),
    device(30, "Hall sensor", "Hue motion sensor", "unknown_archetype", ref(31, "motion"), ref(32, "temperature"),
           ref(33, "light_level"), ref(34, "device_power"), ref(35, "zigbee_connectivity")),
    {"id": rid(31), "type": "motion", "owner": ref(30, "device"), "enabled": True,
     "motion": {"motion": False, "motion_valid": True, "motion_report": {"changed": CHANGED, "motion": False}}},
    {"id": rid(32), "type": "temperature", "owner": ref(30, "device"), "enabled": True,
     "temperature": {"temperature": 21.5, "temperature_valid": True,
                     "temperature_report": {"changed": CHANGED, "temperature": 21.5}}},
    {"id": rid(33), "type": "light_level", "owner": ref(30, "device"), "enabled": True,
     "light": {"light_level": 20001, "light_level_valid": True,
               "light_level_report": {"changed": CHANGED, "light_level": 20001}}},
    {"id": rid(34), "type": "device_power", "owner": ref(30, "device"),
     "power_state": {"battery_level": 88, "battery_state": "normal"}},
    radio(35, 30),
    device(40, "Front door", "Hue secure contact sensor", "unknown_archetype", ref(41, "contact"), ref(42, "tamper"),
           ref(43, "zigbee_connectivity")),
    {"id": rid(41), "type": "contact", "owner": ref(40, "device"), "enabled": True,
     "contact_report": {"changed": CHANGED, "state": "contact"}},
    {"id": rid(42), "type": "tamper", "owner": ref(40, "device"),
     "tamper_reports": [{"changed": CHANGED, "source": "battery_door", "state": "not_tampered"}]},
    radio(43, 40),
    device(50, "Remote", "Hue dimmer switch", "unknown_archetype", ref(51, "button"), ref(52, "button"),
           ref(53, "relative_rotary"), ref(54, "zigbee_connectivity")),
    *({"id": rid(50 + n), "type": "button", "owner": ref(50, "device"), "metadata": {"control_id": n},
       "button": {"event_values": ["initial_press", "repeat", "short_release", "long_release"]}} for n in (1, 2)),
    {"id": rid(53), "type": "relative_rotary", "owner": ref(50, "device"), "relative_rotary": {}, "rotary_report": {
        "updated": CHANGED, "action": "start", "rotation": {"direction": "clock_wise", "steps": 30, "duration": 400}}},
    radio(54, 50),
    {"id": rid(60), "type": "room", "metadata": {"name": "Living room", "archetype": "living_room"},
     "children": [ref(10, "device"), ref(20, "device")], "services": [ref(61, "grouped_light")]},
    {"id": rid(61), "type": "grouped_light", "owner": ref(60, "room"), "on": {"on": False},
     "dimming": {"brightness": 50.0}, "alert": {"action_values": ["breathe"]}},
    *({"id": rid(62 + n), "type": "scene", "metadata": {"name": name}, "group": ref(60, "room"), "actions": [],
       "status": {"active": "inactive"}, "palette": {"color": [], "dimming": [], "color_temperature": [], "effects": []},
       "speed": 0.5, "auto_dynamic": False}
      for n, name in enumerate(("Relax", "Read"))),
]  # fmt: skip


def certificate(folder: Path) -> tuple[Path, Path]:
    """The files of the bridge's certificate and key, made at its first start."""
    made, private = folder / "certificate.pem", folder / "key.pem"
    if not made.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Philips Hue"),
                x509.NameAttribute(NameOID.COMMON_NAME, (folder / "name").read_text()),
            ]
        )
        begins = datetime.datetime(2017, 1, 1, tzinfo=datetime.UTC)
        built = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(begins)
            .not_valid_after(begins + datetime.timedelta(days=7600)).sign(key, hashes.SHA256())
        )  # fmt: skip
        made.write_bytes(built.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    return made, private


class Bridge:
    def __init__(self, folder: Path) -> None:
        self._keys = folder / "keys.json"
        self.keys: list[str] = json.loads(self._keys.read_text()) if self._keys.exists() else []
        self.resources: dict[str, dict[str, Any]] = {one["id"]: one for one in RESOURCES}
        self.streams: dict[web.StreamResponse, asyncio.Event] = {}
        """What ends each stream."""
        self.pressed_s = -PRESSED_S
        self.mute = self.redirect = False
        self.deaf: set[web.StreamResponse] = set()
        self.status = self.busy = 0
        self.asked = 0
        """Requests that it had no time for."""
        self.times: list[tuple[str, float]] = []
        self._count = 0

    def keep(self, keys: list[str]) -> None:
        self.keys = keys
        self._keys.write_text(json.dumps(keys))

    @web.middleware
    async def checked(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.busy:
            self.asked += 1
            return web.Response(status=self.busy)
        if self.redirect:
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/elsewhere"})
        if (
            request.path.startswith(("/clip", "/eventstream"))
            and request.headers.get("hue-application-key") not in self.keys
        ):
            return web.Response(status=403)
        return await handler(request)

    async def config(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"name": "Bridge", "bridgeid": BRIDGE_ID.upper(), "modelid": "BSB002", "swversion": "1967054020",
             "apiversion": "1.67.0", "mac": "00:17:88:12:34:56"}
        )  # fmt: skip

    async def paired(self, _request: web.Request) -> web.Response:
        if time.monotonic() - self.pressed_s >= PRESSED_S:
            error = {"type": 101, "address": "", "description": "link button not pressed"}
            return web.json_response([{"error": error}])
        self._count += 1
        key = f"key-{len(self.keys)}-{self._count}-0123456789012345678901234567890"[:40]
        self.keep([*self.keys, key])
        return web.json_response([{"success": {"username": key, "clientkey": "00" * 16}}])

    async def removed(self, request: web.Request) -> web.Response:
        if request.match_info["key"] not in self.keys:
            return web.json_response([{"error": {"type": 1, "address": "/", "description": "unauthorized user"}}])
        self.keep([key for key in self.keys if key != request.match_info["key"]])
        return web.json_response([{"success": "deleted"}])

    async def listed(self, request: web.Request) -> web.Response:
        type, id = request.match_info.get("type", ""), request.match_info.get("id", "")
        found = [one for one in self.resources.values() if type in ("", one["type"]) and id in ("", one["id"])]
        return web.json_response({"errors": [], "data": found}, status=200 if found or not id else 404)

    async def changed(self, request: web.Request) -> web.Response:
        type, id = request.match_info["type"], request.match_info["id"]
        self.times.append((type, time.monotonic()))
        if self.status:
            return web.Response(status=self.status)
        one = self.resources.get(id)
        if one is None or one["type"] != type:
            errors = [{"description": "Not Found"}]
            return web.json_response({"errors": errors, "data": []}, status=404)
        if self.is_unreachable(one):
            words = f"device ({type}) {id} has communication issues, command (.on) may not have effect"
            return web.json_response(
                {"errors": [{"description": words}], "data": [{"rid": id, "rtype": type}]}, status=207
            )
        await self.change(one, await request.json())
        return web.json_response({"errors": [], "data": [{"rid": id, "rtype": type}]})

    def is_unreachable(self, one: dict[str, Any]) -> bool:
        """Whether the device of a service has no radio contact."""
        radios = (other for other in self.resources.values() if other["type"] == "zigbee_connectivity")
        return any(radio["owner"] == one.get("owner") and radio["status"] != "connected" for radio in radios)

    async def change(self, one: dict[str, Any], changes: dict[str, Any]) -> None:
        if one["type"] == "scene":
            scenes = [other for other in self.resources.values() if other["type"] == "scene"]
            for other in scenes:
                await self.update(other, {"status": {"active": "static" if other is one else "inactive"}})
            return
        if "color_temperature" in changes and one["type"] == "light":
            changes = changes | {"color_temperature": changes["color_temperature"] | {"mirek_valid": True}}
        if "effects" in changes:
            changes = changes | {"effects": {"status": changes["effects"]["effect"]}}
        if "identify" in changes:
            return
        await self.update(one, changes)

    async def update(self, one: dict[str, Any], changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            one[name] = one[name] | value if isinstance(one.get(name), dict) and isinstance(value, dict) else value
        told = {"id": one["id"], "type": one["type"], **({"owner": one["owner"]} if "owner" in one else {}), **changes}
        await self.tell("update", [told])

    async def tell(self, type: str, data: list[dict[str, Any]]) -> None:
        self._count += 1
        event = {"creationtime": CHANGED, "id": rid(9000 + self._count), "type": type, "data": data}
        if not self.mute:
            await self.write(f"id: 1:{self._count}\ndata: {json.dumps([event])}\n\n".encode())

    async def write(self, text: bytes) -> None:
        for stream in self.streams.keys() - self.deaf:
            with contextlib.suppress(ConnectionError):
                await stream.write(text)

    async def streamed(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        end = self.streams[stream] = asyncio.Event()  # at once: whoever has read the headers may be told something
        try:
            await stream.write(b": hi\n\n")
            await end.wait()
        finally:
            self.streams.pop(stream, None)
        return stream

    def vanish(self) -> None:
        for stream in self.streams:
            transport = stream._req.transport  # type: ignore[union-attr]
            assert transport is not None
            silent = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
            silent.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)  # is closed without a segment being sent
            silent.close()
            transport.abort()
        self.streams.clear()

    async def order(self, told: dict[str, Any]) -> object:
        if "press" in told:
            self.pressed_s = time.monotonic() if told["press"] else -PRESSED_S
        self.mute = told.get("mute", self.mute)
        self.redirect = told.get("redirect", self.redirect)
        self.status, self.busy = told.get("status", self.status), told.get("busy", self.busy)
        if "deafen" in told:
            self.deaf |= self.streams.keys()
        if "vanish" in told:
            self.vanish()
        if "reset" in told:
            self.keep([])
        for id, changes in told.get("update", {}).items():
            await self.update(self.resources[id], changes)
        for one in told.get("add", ()):
            self.resources[one["id"]] = one
            await self.tell("add", [one])
        for id in told.get("delete", ()):
            await self.tell("delete", [{"id": id, "type": self.resources.pop(id)["type"]}])
        if "raw" in told:
            await self.write(told["raw"].encode())
        if "drop" in told:
            for end in self.streams.values():
                end.set()
        return None


async def main(port: int, folder: Path) -> None:
    bridge = Bridge(folder)
    application = web.Application(middlewares=[bridge.checked])
    application.router.add_get("/api/0/config", bridge.config)
    application.router.add_get("/api/config", bridge.config)
    application.router.add_post("/api", bridge.paired)
    application.router.add_delete("/api/{key}/config/whitelist/{again}", bridge.removed)
    application.router.add_get("/eventstream/clip/v2", bridge.streamed)
    application.router.add_get("/clip/v2/resource", bridge.listed)
    application.router.add_get("/clip/v2/resource/{type}", bridge.listed)
    application.router.add_get("/clip/v2/resource/{type}/{id}", bridge.listed)
    application.router.add_put("/clip/v2/resource/{type}/{id}", bridge.changed)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(folder))
    await web.TCPSite(runner, LOOPBACK, port, reuse_address=True, ssl_context=context).start()
    print(json.dumps({"event": "online"}), flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        told = json.loads(line)
        await bridge.order(told)
        (folder / "times.json").write_text(json.dumps(bridge.times))
        (folder / "asked").write_text(str(bridge.asked))
        print(json.dumps({"event": "done"}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
