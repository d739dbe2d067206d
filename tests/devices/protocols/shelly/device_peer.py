"""A Shelly by its documented RPC, in a process of its own: `python device_peer.py PORT PASSWORD DOCUMENTS`.

DOCUMENTS is a JSON file with `shelly`, `config` and `status` as a real device answers Shelly.GetDeviceInfo, GetConfig and
GetStatus; `-` is the device below. The client that it is tried with (aioshelly) is not ours.

Prints a line of JSON once it listens; lines on its standard input command it: `{"change": {"switch:0": {"output": true}}}`
changes its status as a hand would, `{"events": […]}` fires events, `{"configure": {…}}` changes its configuration,
`{"deaf": true}` makes it answer nothing more, `{"refuses": TEXT}` refuse commands, `{"report_to": URL, "full": {…}}` is what a device does that wakes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web

from devices.lab.loopback import LOOPBACK

METERED = {
    "apower": 0.0, "voltage": 230.1, "current": 0.0, "freq": 50.0, "pf": 0.0,
    "aenergy": {"total": 1234.5, "by_minute": [0.0, 0.0, 0.0], "minute_ts": 1747488720},
    "temperature": {"tC": 40.6, "tF": 105.1},
}  # fmt: skip
DEVICE: dict[str, Any] = {
    "shelly": {
        "name": "Workshop", "id": "shellypro2-aabbccddeeff", "mac": "AABBCCDDEEFF", "slot": 0, "model": "SPSW-202XE16EU",
        "gen": 2, "fw_id": "20250508-110823/1.6.1-g8dbd358", "ver": "1.6.1", "app": "Pro2", "profile": "switch",
    },
    "config": {
        "switch:0": {"id": 0, "name": "Bench lamp"}, "switch:1": {"id": 1, "name": None},
        "input:0": {"id": 0, "type": "button", "name": "Wall button"}, "light:0": {"id": 0, "name": None},
        "cover:0": {"id": 0, "name": "Blind"}, "sys": {"device": {"name": "Workshop"}, "cfg_rev": 1},
        "number:200": {"id": 200, "name": "Target", "min": 0, "max": 10, "meta": {"ui": {"unit": "bar"}}},
        "enum:200": {"id": 200, "name": "Programme", "options": ["eco", "boost"]}, "ws": {"enable": False, "server": None},
    },
    "status": {
        "switch:0": {"id": 0, "output": False, **METERED}, "switch:1": {"id": 1, "output": False, **METERED},
        "input:0": {"id": 0, "state": None}, "light:0": {"id": 0, "output": False, "brightness": 50.0},
        "cover:0": {"id": 0, "state": "stopped", "current_pos": 40, "pos_control": True},
        "temperature:100": {"id": 100, "tC": 21.4, "tF": 70.5}, "humidity:100": {"id": 100, "rh": 45.5},
        "number:200": {"value": 3.0}, "enum:200": {"value": "eco"}, "teapot:0": {"id": 0},
        "wifi": {"rssi": -52, "ssid": "Home"}, "sys": {"mac": "AABBCCDDEEFF", "unixtime": 1747488776},
    },
}  # fmt: skip


class RefusalError(Exception):
    """Code and message of an error."""


class Shelly:
    def __init__(self, documents: dict[str, Any], password: str) -> None:
        self.shelly, self.config, self.status = documents["shelly"], documents["config"], documents["status"]
        self.password, self.realm = password, self.shelly["id"]
        self.shelly |= {"auth_en": bool(password), "auth_domain": self.realm if password else None}
        self.sockets: dict[web.WebSocketResponse, str] = {}
        self.nonces: set[int] = set()
        self.deaf, self.refuses = False, ""
        self.work: set[asyncio.Task[None]] = set()

    def allowed(self, auth: dict[str, Any] | None) -> bool:
        """RFC 7616 with SHA-256, as the documentation's "Authentication over WebSocket"."""
        if not self.password:
            return True
        if not auth or int(auth.get("nonce", 0)) not in self.nonces:
            return False
        ha1, ha2 = digest(f"admin:{self.realm}:{self.password}"), digest("dummy_method:dummy_uri")
        return digest(f"{ha1}:{auth['nonce']}:{auth['nc']}:{auth['cnonce']}:auth:{ha2}") == auth["response"]

    def call(self, method: str, params: dict[str, Any]) -> Any:
        match method.split("."):
            case ["Shelly", "GetDeviceInfo"]:
                return self.shelly
            case ["Shelly", "GetConfig"]:
                return self.config
            case ["Shelly", "GetStatus"]:
                return self.status
            case ["Shelly", "GetComponents"]:
                return {"components": [], "cfg_rev": 1, "offset": 0, "total": 0}
            case ["Ws", "SetConfig"]:
                self.config.setdefault("ws", {}).update(params["config"])
                return {"restart_required": False}
            case ["Cover", verb]:
                return self.move(verb, params)
            case [name, "Set"]:
                return self.set(name.lower(), params)
        raise RefusalError(404, f"No handler for {method}")

    def component(self, kind: str, params: dict[str, Any]) -> str:
        key = f"{kind}:{params['id']}"
        if key not in self.status:
            raise RefusalError(-105, f"Argument 'id', value {params['id']} not found!")
        return key

    def set(self, kind: str, params: dict[str, Any]) -> Any:
        key = self.component(kind, params)
        if self.refuses:
            raise RefusalError(-109, self.refuses)
        names = {"on": "output", "id": "id"}
        self.change({key: {names.get(name, name): value for name, value in params.items()}})
        return {"was_on": False}

    def move(self, verb: str, params: dict[str, Any]) -> None:
        key = self.component("cover", params)
        position = {"Open": 100, "Close": 0, "GoToPosition": params.get("pos")}.get(verb)
        if position is not None:
            self.change({key: {"id": params["id"], "current_pos": position, "state": "stopped"}})

    def change(self, changes: dict[str, Any]) -> None:
        for key, values in changes.items():
            self.status[key].update(values)
        self.notify("NotifyStatus", {"ts": time.time(), **changes})

    def notify(self, method: str, params: dict[str, Any]) -> None:
        for socket, source in self.sockets.items():
            frame = {"src": self.shelly["id"], "dst": source, "method": method, "params": params}
            task = asyncio.ensure_future(send(socket, frame))
            self.work.add(task)
            task.add_done_callback(self.work.discard)

    async def connected(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            async for message in socket:
                if not self.deaf:
                    await self.answer(socket, json.loads(message.data))
        finally:
            self.sockets.pop(socket, None)
        return socket

    async def answer(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        reply = {"id": frame["id"], "src": self.shelly["id"], "dst": frame.get("src")}
        if frame["method"] != "Shelly.GetDeviceInfo" and not self.allowed(frame.get("auth")):
            nonce = int(time.time()) + secrets.randbelow(1000)
            self.nonces.add(nonce)
            told = {"auth_type": "digest", "nonce": nonce, "nc": 1, "realm": self.realm, "algorithm": "SHA-256"}
            await socket.send_json(reply | {"error": {"code": 401, "message": json.dumps(told)}})
            return
        self.sockets[socket] = frame.get("src", "")
        try:
            result = self.call(frame["method"], frame.get("params") or {})
        except RefusalError as error:
            await socket.send_json(reply | {"error": {"code": error.args[0], "message": error.args[1]}})
        else:
            await socket.send_json(reply | {"result": result})

    async def order(self, told: dict[str, Any]) -> None:
        if "change" in told:
            self.change(told["change"])
        if "events" in told:
            self.notify("NotifyEvent", {"ts": time.time(), "events": told["events"]})
        if "raw" in told:
            for socket in self.sockets:
                await socket.send_str(told["raw"])
        if "configure" in told:
            self.config |= told["configure"]
            self.notify("NotifyEvent", {"ts": time.time(), "events": [{"component": "sys", "event": "config_changed"}]})
        self.refuses = told.get("refuses", self.refuses)
        if "deaf" in told:
            self.deaf = told["deaf"]
        if "report_to" in told:
            frame = {"src": self.shelly["id"], "dst": "ws", "method": "NotifyFullStatus", "params": told["full"]}
            async with ClientSession() as http, http.ws_connect(told["report_to"]) as socket:
                await socket.send_json(frame)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def send(socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):
        await socket.send_json(frame)


async def main(port: int, password: str, documents: dict[str, Any]) -> None:
    shelly = Shelly(documents, password)
    application = web.Application()
    application.add_routes([web.get("/rpc", shelly.connected)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port, reuse_address=True).start()
    print(json.dumps({"event": "online"}), flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        await shelly.order(json.loads(line))
        print(json.dumps({"event": "done"}), flush=True)


if __name__ == "__main__":
    given = DEVICE if sys.argv[3] == "-" else json.loads(Path(sys.argv[3]).read_text())
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], given))
