"""The wire to a Matter server, against a server of JSON lines: answers, refusals, silence, strangers and sudden ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from devices.protocols.matter import server_client
from devices.protocols.matter.server_client import (
    NotAMatterServerError,
    ServerAddress,
    ServerConnection,
    ServerError,
    ServerEvent,
)
from tests.english import refused

HELLO = {
    "fabric_id": 1, "compressed_fabric_id": 9876543210, "schema_version": 11, "min_supported_schema_version": 9,
    "sdk_version": "2025.7.0", "wifi_credentials_set": False, "thread_credentials_set": False,
}  # fmt: skip

SILENT = object()

type Act = Callable[[web.WebSocketResponse, dict[str, Any]], Any]


async def echo(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
    """A server that answers with what it was asked."""
    await socket.send_json({"message_id": message["message_id"], "result": message["args"]})


@asynccontextmanager
async def serving(act: Act = echo, hello: object = HELLO) -> AsyncGenerator[str]:
    """A server's address while the context lives."""

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if hello is not SILENT:
            await socket.send_str(hello if isinstance(hello, str) else json.dumps(hello))
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await act(socket, json.loads(message.data))
        return socket

    app = web.Application()
    app.router.add_get("/ws", talk)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}/ws"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def wired(act: Act = echo) -> AsyncGenerator[ServerConnection]:
    """A wire to such a server."""
    async with serving(act) as url:
        wire = await ServerConnection.open(ServerAddress(url))
        try:
            yield wire
        finally:
            await wire.close()


async def test_the_greeting_says_which_home_it_is() -> None:
    async with wired() as wire:
        assert (wire.hello.fabric, wire.hello.schema, wire.hello.version) == (9876543210, 11, "2025.7.0")


async def test_answers_find_their_questions_in_any_order() -> None:
    asked: list[dict[str, Any]] = []

    async def backwards(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        asked.append(message)
        if len(asked) == 3:
            for one in reversed(asked):
                await echo(socket, one)

    async with wired(backwards) as wire:
        answers = await asyncio.gather(*(wire.call("read_attribute", node_id=node) for node in (1, 2, 3)))
    assert answers == [{"node_id": 1}, {"node_id": 2}, {"node_id": 3}]


async def test_a_refusal_carries_the_code_and_the_words_of_the_server() -> None:
    async def refuse(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        await socket.send_json(
            {"message_id": message["message_id"], "error_code": 5, "details": "Node 7 does not exist"}
        )

    async with wired(refuse) as wire:
        with pytest.raises(ServerError, match="Node 7") as error:
            await wire.call("get_node", node_id=7)
    assert error.value.code == 5


async def test_a_question_without_answer_ends_at_its_limit_and_the_next_one_works() -> None:
    async def deaf_to_pings(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        if message["command"] != "ping_node":
            await echo(socket, message)

    async with wired(deaf_to_pings) as wire:
        with pytest.raises(TimeoutError):
            await wire.call("ping_node", timeout_s=0.05)
        assert await wire.call("get_node", node_id=1) == {"node_id": 1}


async def test_events_come_in_order_and_noise_between_them_is_left_out() -> None:
    async def tell(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        for noise in ("{", "[]", "7", '{"message_id": "999", "result": 1}', "[" * 5000):
            await socket.send_str(noise)
        for number in range(3):
            await socket.send_json({"event": "attribute_updated", "data": [1, "1/6/0", number]})
        await echo(socket, message)

    async with wired(tell) as wire:
        await wire.call("start_listening")
        heard = [event async for event in _first(wire.events(), 3)]
    assert heard == [ServerEvent("attribute_updated", [1, "1/6/0", number]) for number in range(3)]


async def test_a_server_that_goes_ends_the_events_and_every_open_question() -> None:
    async def die(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        del message
        await socket.close()

    async with wired(die) as wire:
        with pytest.raises(ConnectionError):
            await wire.call("start_listening")
        with pytest.raises(ConnectionError):
            await anext(wire.events())
        with pytest.raises(ConnectionError):
            await wire.call("get_nodes")


@pytest.mark.parametrize(
    "hello",
    [
        "hello", "null", "[]", "{}", json.dumps({**HELLO, "schema_version": 10}),
        json.dumps({**HELLO, "schema_version": 20, "min_supported_schema_version": 12}),
        json.dumps({**HELLO, "compressed_fabric_id": "x"}),
    ],
)  # fmt: skip
async def test_who_does_not_greet_like_a_matter_server_of_our_time_is_a_stranger(hello: str) -> None:
    async with serving(hello=hello) as url:
        with pytest.raises(NotAMatterServerError):
            await ServerConnection.open(ServerAddress(url))


async def test_who_takes_the_call_and_says_nothing_is_left_after_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_client, "CONNECT_S", 0.1)
    monkeypatch.setattr(server_client, "CLOSE_S", 0.05)
    async with serving(hello=SILENT) as url:
        with pytest.raises(TimeoutError):
            await ServerConnection.open(ServerAddress(url))


async def test_a_web_page_is_a_stranger_and_a_closed_port_is_no_server() -> None:
    async with serving() as url:
        with refused("404", NotAMatterServerError):
            await ServerConnection.open(ServerAddress(url.replace("/ws", "/other")))
    with refused("cannot be reached", OSError):
        await ServerConnection.open(ServerAddress(url))


async def _first(events: AsyncIterator[ServerEvent], count: int) -> AsyncIterator[ServerEvent]:
    for _ in range(count):
        yield await anext(events)
