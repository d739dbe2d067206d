"""A WLED by its documented JSON API, in a process of its own: `python controller_peer.py PORT DOCUMENT`.

DOCUMENT is a JSON file as a real controller answers `GET /json`; `-` is the controller below. The client that it is tried
with (python-wled) is not ours. Prints a line of JSON once it listens; lines on its standard input command it:
`{"state": {…}}` changes the state as a hand would, `{"info": {…}}` the information, `{"raw": TEXT}` is pushed as it is,
`{"deaf": true}` makes it answer nothing more, `{"error": 9}` refuse, `{"presets": {…}}` are its presets,
`{"statuses": {PATH: 503}}` are the statuses of HTTP that it answers with instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from devices.lab.loopback import LOOPBACK

SEGMENT = {"id": 0, "start": 0, "stop": 30, "len": 30, "grp": 1, "spc": 0, "of": 0, "on": True, "frz": False, "bri": 255,
           "cct": 127, "set": 0, "col": [[255, 160, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], "fx": 0, "sx": 128, "ix": 128,
           "pal": 0, "sel": True, "rev": False, "mi": False}  # fmt: skip
CONTROLLER: dict[str, Any] = {
    "state": {
        "on": False, "bri": 128, "transition": 7, "ps": -1, "pl": -1, "lor": 0, "mainseg": 0, "seg": [SEGMENT],
        "nl": {"on": False, "dur": 60, "mode": 1, "tbri": 0, "rem": -1}, "udpn": {"send": False, "recv": True},
    },
    "info": {
        "ver": "0.15.4", "vid": 2412100, "name": "Shelf", "brand": "WLED", "product": "FOSS", "arch": "esp32",
        "mac": "aabbcc001122", "live": False, "lm": "", "lip": "", "ws": 0, "fxcount": 4, "palcount": 2, "udpport": 21324,
        "leds": {"count": 30, "pwr": 515, "fps": 5, "maxpwr": 850, "maxseg": 32, "lc": 7, "seglc": [7], "rgbw": True, "wv": 0,
                 "cct": 1}, "wifi": {"bssid": "AA:AA:AA:AA:AA:BB", "rssi": -43, "signal": 100, "channel": 11},
        "fs": {"u": 12, "t": 983, "pmt": 1}, "uptime": 966, "ip": "127.0.0.1", "freeheap": 198384, "opt": 79,
    },
    "effects": ["Solid", "Blink", "RSVD", "Rainbow@!"], "palettes": ["Default", "Ocean"],
}  # fmt: skip
PRESETS: dict[str, Any] = {"0": {}, "1": {"n": "Evening", "on": True, "bri": 40}, "2": {"n": "Party", "bri": 255}}


class Controller:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document, self.presets = document, PRESETS
        self.sockets: set[web.WebSocketResponse] = set()
        self.deaf = asyncio.Event()
        self.deaf.set()
        self.error = 0
        self.statuses: dict[str, int] = {}

    async def answered(self, request: web.Request) -> web.StreamResponse:
        await self.deaf.wait()
        if (status := self.statuses.get(request.path)) is not None:
            return web.Response(status=status, headers={"Location": "/json"})
        match request.path:
            case "/json" | "/json/":
                return web.json_response(self.document)
            case "/json/si":
                return web.json_response({key: self.document[key] for key in ("state", "info")})
            case "/presets.json":
                return web.json_response(self.presets)
        return web.Response(status=404)

    async def posted(self, request: web.Request) -> web.Response:
        await self.deaf.wait()
        if (status := self.statuses.get(request.path)) is not None:
            return web.Response(status=status)
        changes = await request.json()
        if self.error:
            return web.json_response({"error": self.error})
        await self.change(changes)
        return web.json_response(self.document["state"] if changes.get("v") else {"success": True})

    async def change(self, changes: dict[str, Any]) -> None:
        state = self.document["state"]
        if changes.get("ps") and str(changes["ps"]) in self.presets:
            changes = changes | {"on": True, "bri": self.presets[str(changes["ps"])].get("bri", state["bri"])}
        segments = changes.get("seg", [])
        for n, one in enumerate(segments if isinstance(segments, list) else [segments]):
            known = {segment["id"]: segment for segment in state["seg"]}
            known[one.get("id", n)].update(one)
        state |= {key: value for key, value in changes.items() if key in state and key != "seg"}
        await self.push()

    async def push(self, text: str = "") -> None:
        told = text or json.dumps({key: self.document[key] for key in ("state", "info")})
        for socket in tuple(self.sockets):
            with contextlib.suppress(ConnectionError):
                await socket.send_str(told)

    async def connected(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.add(socket)
        try:
            await socket.send_json({key: self.document[key] for key in ("state", "info")})
            async for _ in socket:
                pass
        finally:
            self.sockets.discard(socket)
        return socket

    async def order(self, told: dict[str, Any]) -> None:
        self.error = told.get("error", self.error)
        self.presets = told.get("presets", self.presets)
        self.statuses = told.get("statuses", self.statuses)
        if "deaf" in told:
            (self.deaf.clear if told["deaf"] else self.deaf.set)()
        self.document["info"] |= told.get("info", {})
        if "segments" in told:
            self.document["state"]["seg"] = told["segments"]
        if "raw" in told:
            await self.push(told["raw"])
        elif told.keys() & {"state", "info", "segments"}:
            await self.change(told.get("state", {}))


async def main(port: int, document: dict[str, Any]) -> None:
    controller = Controller(document)
    application = web.Application()
    if document["info"].get("ws", -1) != -1:
        application.router.add_get("/ws", controller.connected)
    application.router.add_post("/json/state", controller.posted)
    application.router.add_post("/json", controller.posted)
    application.router.add_get("/{path:.*}", controller.answered)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port, reuse_address=True).start()
    print(json.dumps({"event": "online"}), flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        await controller.order(json.loads(line))
        print(json.dumps({"event": "done"}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), CONTROLLER if sys.argv[2] == "-" else json.loads(Path(sys.argv[2]).read_text())))
