"""The stream of a bridge's events, kept open: opened again where it ends, breaks or is found deaf, and later where the bridge
has no time.
"""

from __future__ import annotations

import asyncio
import contextlib

from devices.json_document import Document
from devices.protocols.hue.hue_connection import CONNECT_S, BridgeBusyError, HueConnection

REOPEN_S = 1.0
"""Seconds after which a stream that has ended is opened again; each time twice as long, up to BUSY_MOST_S, until one lasts."""
LASTS_S = 30.0
"""Seconds after which a stream counts as one that lasts."""
BUSY_S, BUSY_MOST_S = 2.0, 60.0
"""Seconds after which a bridge that had no time is asked again: the first time, and at most; each time twice as long."""
MAX_WAITING = 10_000
"""Events that wait to be handed out; of more than that the oldest are dropped, and everything is read."""


class HueStream:
    """What a bridge tells, in a queue. `missed` is set where something may have been lost, so that everything must be read."""

    def __init__(self, connection: HueConnection) -> None:
        self._connection = connection
        self._told: asyncio.Queue[tuple[Document, ...] | Exception] = asyncio.Queue(MAX_WAITING)
        self._task: asyncio.Task[None] | None = None
        self.missed = False

    async def start(self) -> None:
        """Returns once the bridge has answered, be it that it has no time. Raises OSError or TimeoutError."""
        self._task = asyncio.create_task(self._listen(first=True))  # noqa: TID251 - awaited in close
        async with asyncio.timeout(CONNECT_S):
            if isinstance(first := await self._told.get(), Exception):
                raise first

    async def reopen(self) -> None:
        """Opens another stream instead of one that does not report what has changed."""
        await self.close()
        self._task = asyncio.create_task(self._listen(first=False))  # noqa: TID251 - awaited in close

    def wake(self) -> None:
        """Ends a wait in `next_events`."""
        if not self._told.full():
            self._told.put_nowait(())

    async def next_events(self, wait_s: float) -> tuple[Document, ...]:
        """All events within `wait_s`; raises why no stream can be opened."""
        waiting: list[tuple[Document, ...] | Exception] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(wait_s, 0.0)):
                waiting.append(await self._told.get())
        while waiting and not self._told.empty():
            waiting.append(self._told.get_nowait())
        found: list[Document] = []
        for one in waiting:
            if isinstance(one, Exception):
                raise one
            found += one
        return tuple(found)

    async def _listen(self, *, first: bool) -> None:
        """Puts events into the queue, and () whenever a stream has been opened; an error where none can be."""
        loop = asyncio.get_running_loop()
        busy_s, reopen_s = BUSY_S, REOPEN_S
        while True:
            opened_s: float | None = None
            pause_s = reopen_s
            try:
                async with asyncio.timeout(CONNECT_S) as opening:
                    async for told in self._connection.events():
                        if opened_s is None:
                            opening.reschedule(None)
                            opened_s = loop.time()
                            self.missed |= not first
                        self._put(told)
            except BridgeBusyError:
                self._put(())
                pause_s, busy_s = busy_s, min(2 * busy_s, BUSY_MOST_S)
            except Exception as error:
                if opened_s is None:
                    self._put(error)
                    return
            if opened_s is not None:
                lasted = loop.time() >= opened_s + LASTS_S
                busy_s = BUSY_S if lasted else busy_s
                pause_s = REOPEN_S if lasted else reopen_s
                reopen_s = min(2 * pause_s, BUSY_MOST_S)
            first = False
            await asyncio.sleep(pause_s)

    def _put(self, told: tuple[Document, ...] | Exception) -> None:
        if self._told.full():
            self._told.get_nowait()
            self.missed = True
        self._told.put_nowait(told)

    async def close(self) -> None:
        """Ends the stream; may be called twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
