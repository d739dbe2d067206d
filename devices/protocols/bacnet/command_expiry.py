"""When commands expire, in a file: BACnet has no expiry of its own, and what was commanded before a crash is taken back after it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from twin.files import atomic

RETRY_S = 5.0
"""Seconds after which a device that did not answer is asked again to take a command back."""


class HeldCommand(msgspec.Struct, frozen=True):
    """A command that is to be taken back."""

    priority: int
    until_s: float
    """Unix time."""
    lasts_s: float
    """Seconds from the command to its end: where the clock was set back, it lasts no longer than that from then on."""


class CommandExpiry:
    """The commands of a link by object. What changes it blocks until it is on disk."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file, self._clock = file, clock
        self._held: dict[str, HeldCommand] = {}

    def load(self) -> None:
        """Reads the file; nothing is held where it is missing or damaged. Blocks."""
        try:
            held = msgspec.json.decode(self._file.read_bytes(), type=dict[str, HeldCommand])
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return
        latest_s = self._clock()
        self._held = {
            name: msgspec.structs.replace(one, until_s=min(one.until_s, latest_s + one.lasts_s))
            for name, one in held.items()
        }

    def held(self, name: str) -> HeldCommand | None:
        """The command of an object that is to be taken back."""
        return self._held.get(name)

    def begin(self, name: str, priority: int, lasts_s: float) -> HeldCommand:
        """A command to an object, before it is sent. Raises OSError where that cannot be kept. Blocks."""
        held = HeldCommand(priority, self._clock() + lasts_s, lasts_s)
        self._keep(self._held | {name: held})
        return held

    def put(self, name: str, held: HeldCommand | None) -> None:
        """What an object holds now; None for nothing. Raises OSError. Blocks."""
        without = {key: one for key, one in self._held.items() if key != name}
        changed = without if held is None else without | {name: held}
        if changed != self._held:
            self._keep(changed)

    def next_s(self) -> float | None:
        """Seconds until the next command expires; None where none is held."""
        soonest = min((one.until_s for one in self._held.values()), default=None)
        return None if soonest is None else max(0.0, soonest - self._clock())

    def due(self) -> dict[str, HeldCommand]:
        """Commands that have expired, by object."""
        now_s = self._clock()
        return {name: one for name, one in self._held.items() if one.until_s <= now_s}

    def _keep(self, held: dict[str, HeldCommand]) -> None:
        atomic.write(self._file, msgspec.json.encode(held), mode=0o600)
        self._held = held


async def take_back_expired(
    expiry: CommandExpiry, changed: asyncio.Event, take_back: Callable[[str, int], Awaitable[None]]
) -> None:
    """Takes back what has expired, also what was commanded by an earlier process; `changed` tells of new commands. Runs until
    cancelled.
    """
    while True:
        changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(expiry.next_s()):
                await changed.wait()
        try:
            for name, held in expiry.due().items():
                await take_back(name, held.priority)
        except (TimeoutError, OSError):
            await asyncio.sleep(RETRY_S)
