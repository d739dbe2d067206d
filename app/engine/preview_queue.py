"""Order of previews: one at a time, and an older one of a definition gives way to a newer one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from threading import Event

from twin.model.problem import Problem, ProblemError


class PreviewQueue:
    """Lets previews work one after the other. Event loop only."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._newest: dict[str, Event] = {}

    @asynccontextmanager
    async def turn(self, definition: str, dropped: Event) -> AsyncGenerator[None]:
        """The time in which a preview of a definition may work; `dropped` is set when a newer one of it is asked for,
        and at the end. ProblemError where that happens before its turn."""
        older, self._newest[definition] = self._newest.get(definition), dropped
        if older is not None:
            older.set()
        try:
            async with self._turn:
                if dropped.is_set():
                    raise ProblemError(Problem(code="rules.preview_dropped"))
                yield
        finally:
            dropped.set()
            if self._newest.get(definition) is dropped:
                del self._newest[definition]
