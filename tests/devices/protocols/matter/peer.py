"""A Matter server made of JSON lines, with recorded nodes: obeys, refuses, falls silent and dies when told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

RECORDING = Path(__file__).parents[3] / "captures" / "matter" / "lab_nodes.jsonl"
HELLO: dict[str, Any] = {
    "fabric_id": 1, "compressed_fabric_id": 9876543210, "schema_version": 11, "min_supported_schema_version": 9,
    "sdk_version": "2025.7.0", "wifi_credentials_set": False, "thread_credentials_set": False,
}  # fmt: skip


def recorded(*products: str) -> list[dict[str, Any]]:
    """The recorded nodes of these products; all of them where none is named."""
    lines = RECORDING.read_text("utf-8").splitlines()
    nodes = {node["attributes"]["0/40/3"]: node for node in map(json.loads, lines)}
    return [nodes[product] for product in products or nodes]


class Peer:
    """Answers like python-matter-server 8.1; `asked` remembers every command."""

    def __init__(self, *products: str) -> None:
        self.nodes = {node["node_id"]: node for node in recorded(*products)}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refusals: dict[str, tuple[int, str]] = {}
        self.answers: dict[str, object] = {}
        """What a device command is answered with, by its name; None for others."""
        self.silent: set[int] = set()
        self.status = 0
        self.update_source = "main-net-dcl"
        self._sockets: list[web.WebSocketResponse] = []

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[str]:
        """Its address while the context lives."""
        app = web.Application()
        app.router.add_get("/ws", self._talk)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"ws://127.0.0.1:{runner.addresses[0][1]}/ws"
        finally:
            await runner.cleanup()

    async def say(self, event: str, data: object) -> None:
        """Tells everybody an event."""
        for socket in self._sockets:
            await socket.send_json({"event": event, "data": data})

    async def die(self) -> None:
        """Ends every connection."""
        for socket in self._sockets:
            await socket.close()

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(HELLO)
        self._sockets.append(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._answer(socket, json.loads(message.data))
        self._sockets.remove(socket)
        return socket

    async def _answer(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        command, args = message["command"], message.get("args") or {}
        self.asked.append((command, args))
        if args.get("node_id") in self.silent:
            return
        if refusal := self.refusals.get(command):
            said: dict[str, Any] = {"error_code": refusal[0], "details": refusal[1]}
        else:
            said = {"result": await self._result(command, args)}
        if not socket.closed:
            await socket.send_json({"message_id": message["message_id"], **said})

    async def _result(self, command: str, args: dict[str, Any]) -> object:
        match command:
            case "start_listening" | "get_nodes":
                return list(self.nodes.values())
            case "get_node":
                return self.nodes[args["node_id"]]
            case "read_attribute":
                path = args["attribute_path"]
                return {path: self.nodes[args["node_id"]]["attributes"].get(path)}
            case "write_attribute":
                return [{"Path": args["attribute_path"], "Status": self.status}]
            case "device_command":
                self._obey(args)
                return self.answers.get(args["command_name"])
            case "commission_on_network" | "commission_with_code":
                (node,) = recorded("plug")
                self.nodes[node["node_id"]] = node
                await self.say("node_added", node)
                return node
            case "open_commissioning_window":
                return {
                    "setup_pin_code": 1,
                    "setup_manual_code": "34970112332",
                    "setup_qr_code": "MT:Y.K9042C00KA0648G00",
                }
            case "get_vendor_names":
                return {"65521": "Test Vendor"}
            case "check_node_update":
                return {
                    "software_version": 2,
                    "software_version_string": "2.0",
                    "release_notes_url": "https://maker.example/notes",
                    "update_source": self.update_source,
                }
            case "remove_node":
                del self.nodes[args["node_id"]]
                await self.say("node_removed", args["node_id"])
            case _:
                pass
        return None

    def _obey(self, args: dict[str, Any]) -> None:
        switched = {"On": True, "Off": False}.get(args["command_name"])
        if switched is not None:
            self.nodes[args["node_id"]]["attributes"][f"{args['endpoint_id']}/6/0"] = switched


async def drained(queue: asyncio.Queue[Any]) -> list[Any]:
    """What is in a queue once nobody has anything else to do."""
    await asyncio.sleep(0.05)
    return [queue.get_nowait() for _ in range(queue.qsize())]
