"""Light that an engine in another process keeps, for windows that bake on their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from app.log import topic
from twin.model.problem import ProblemError

_LOG = topic("door")


class ClientLights:
    """Reads and keeps light by calls to the engine; one that is refused is not repeated."""

    def __init__(self, call: Callable[..., Future[Any] | None]) -> None:
        """`call` calls a method of the engine by its name."""
        self._call = call
        self._refused: set[str] = set()

    async def read(self, key: str) -> bytes | None:
        """The compressed light stored under a key; None where there is none, or access to it is refused."""
        data: bytes | None = await self._asked("kept_light", key)
        return data

    async def keep(self, storey: str, key: str, data: bytes) -> None:
        """Stores compressed light with the project, where this client may."""
        await self._asked("keep_light", storey, key, data)

    async def _asked(self, name: str, *args: object) -> Any:  # noqa: ANN401 - as the method says
        if name in self._refused:
            return None
        try:
            answer = self._call(name, *args)
            return None if answer is None else await asyncio.wrap_future(answer)
        except ProblemError as error:
            if any(not one.retry for one in error.problems):
                self._refused.add(name)
            _LOG.info("%s: %s", name, error)
            return None
