"""Keeps commands apart in time, as the peer takes only so many a second."""

from __future__ import annotations

import asyncio


class SendGate:
    """Lets one through at a time, each `gap_s` seconds after the one before, in their order."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._next_s = 0.0
        self._turn = asyncio.Lock()

    async def enter(self) -> None:
        """Waits for the next turn."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            await asyncio.sleep(self._next_s - loop.time())
            self._next_s = loop.time() + self._gap_s
