"""Congestion window for commands: how many may be unconfirmed per link, adapted to confirmation times.

Additive increase, multiplicative decrease, as TCP does it (RFC 5681, section 3.1): a gateway that answers quickly soon
carries hundreds side by side, a slow radio is not flooded. Commands that wait are sent in the order in which they came.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass

START, LEAST, MOST = 20, 8, 256
SHRINK = 0.9
"""Factor applied to the window for each command that was not confirmed in time."""
PER_DEVICE = 4
QUICK_S = 2.0
"""Confirmation time in seconds up to which the window grows by one."""


@dataclass(frozen=True, slots=True, eq=False)
class _WaitingCommand:
    device: str
    command: int
    turn: asyncio.Future[bool]


class SendWindow:
    """Lets commands through, oldest first; at most `limit` of the link and PER_DEVICE of one device are unconfirmed."""

    def __init__(self) -> None:
        self.limit = float(START)
        self._in_flight: Counter[str] = Counter()
        self._sent = 0
        self._queue: deque[_WaitingCommand] = deque()

    async def enter(self, device: str, command: int) -> bool:
        """Waits until the command may be sent; False where it was withdrawn. After True, call `leave` once."""
        waiting = _WaitingCommand(device, command, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._let_through()
        try:
            return await waiting.turn
        except asyncio.CancelledError:
            if waiting in self._queue:
                self._queue.remove(waiting)
            elif waiting.turn.done() and not waiting.turn.cancelled() and waiting.turn.result():
                self.leave(device, None)
            raise

    def leave(self, device: str, seconds: float | None) -> None:
        """Notes the end of a command, confirmed after `seconds`; None where it was not confirmed in time."""
        self._sent -= 1
        self._in_flight[device] -= 1
        if self._in_flight[device] <= 0:
            del self._in_flight[device]
        if seconds is None:
            self.limit = max(float(LEAST), self.limit * SHRINK)
        elif seconds <= QUICK_S:
            self.limit = min(float(MOST), self.limit + 1)
        self._let_through()

    def withdraw(self, commands: Collection[int] | None = None) -> None:
        """Withdraws waiting commands (by id; None: all): their `enter` returns False."""
        kept: deque[_WaitingCommand] = deque()
        for waiting in self._queue:
            if commands is None or waiting.command in commands:
                if not waiting.turn.done():
                    waiting.turn.set_result(False)
            else:
                kept.append(waiting)
        self._queue = kept

    def _let_through(self) -> None:
        busy: deque[_WaitingCommand] = deque()
        while self._queue and self._sent < int(self.limit):
            waiting = self._queue.popleft()
            if waiting.turn.done():
                continue
            if self._in_flight[waiting.device] >= PER_DEVICE:
                busy.append(waiting)
                continue
            self._sent += 1
            self._in_flight[waiting.device] += 1
            waiting.turn.set_result(True)
        self._queue.extendleft(reversed(busy))
