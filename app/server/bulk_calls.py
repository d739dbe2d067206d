"""Calls with large arguments or answers: over HTTP, each on a connection of its own, so that news do not wait behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, Protocol

import aiohttp
import msgspec

from app.server.door_cache import DoorCache
from app.server.engine_greeting import problems_in
from app.server.messages import MSGPACK
from app.server.method_table import result_decoder
from app.server.problems import engine_gone
from twin.model.problem import ProblemError

BULK = frozenset({
    "mesh", "drawing", "page", "set_drawing", "check_out", "checkout_photo", "kept_light", "keep_light", "change_work_orders",
})  # fmt: skip
"""Methods that are called this way."""
CACHED = frozenset({"mesh"})
"""Methods whose answers are cached, and transferred again only where their digest changed."""


class Aside(Protocol):
    """Runs a function on a thread of the client's pool."""

    def __call__[T](self, work: Callable[[], T]) -> Awaitable[T]:
        """The function's result, once it is there."""
        ...


class BulkCalls:
    """The bulk calls of one client."""

    def __init__(self, cache: DoorCache, aside: Aside) -> None:
        self._cache, self._aside = cache, aside

    async def call(self, session: aiohttp.ClientSession, name: str, packed: bytes, answer: Future[Any]) -> None:
        """Calls a method with packed arguments; `answer` gets its result, or fails with ProblemError."""
        kept = await self._aside(lambda: self._cache.find(name, packed)) if name in CACHED else None
        headers = {"Content-Type": MSGPACK, "Accept": MSGPACK} | ({"If-None-Match": kept[0]} if kept else {})
        try:
            async with session.post(f"/api/{name}", data=packed, headers=headers) as response:
                body = await response.read()
                if response.status == 304 and kept:
                    body = kept[1]
                elif response.status != 200:
                    raise ProblemError(*problems_in(body))
                elif name in CACHED:
                    tag = response.headers.get("ETag", "")
                    await self._aside(lambda: self._cache.keep(name, packed, tag, body))
            answer.set_result(await self._aside(lambda: result_decoder(name).decode(body)))
        except ProblemError as error:
            answer.set_exception(error)
        except (aiohttp.ClientError, OSError, msgspec.DecodeError, asyncio.CancelledError) as error:
            answer.set_exception(ProblemError(engine_gone(str(error)[:80])))
