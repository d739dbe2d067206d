"""Commands at the priority of a link, and what takes them back when they have expired."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable

from devices.contract import RefusedError
from devices.protocols.bacnet.bacnet_client import BacnetClient, BacnetRefusedError
from devices.protocols.bacnet.bacnet_objects import BacnetPoint
from devices.protocols.bacnet.bacnet_options import BacnetSettings
from devices.protocols.bacnet.command_expiry import FOREVER_S, CommandExpiry, HeldCommand, Slot
from twin.model.text import Text, why

LOOK_S = 30.0
"""Longest time between two looks at the clock, which can be set, and which goes on in standby."""
RETRY_S = 5.0
"""Seconds after which a device that did not answer is asked again to take a command back."""
REFUSED_S = 300.0
"""Seconds after which a device that refused to take a command back is asked again: it may be busy, or locked at its panel."""


class PriorityCommands:
    """Commands the objects of a device, one after the other for each object."""

    def __init__(
        self,
        client: BacnetClient,
        settings: BacnetSettings,
        expiry: CommandExpiry | None,
        on_taken_back: Callable[[str], Awaitable[None]],
    ) -> None:
        self._client, self._settings, self._on_taken_back = client, settings, on_taken_back
        self.expiry = expiry
        self.changed = asyncio.Event()
        """Set where another command is held."""
        self.refused: dict[Slot, Text] = {}
        """Expired commands that the device refused to take back, with its reason."""
        self._commanding: dict[str, asyncio.Lock] = {}

    async def command(self, point: BacnetPoint, value: float) -> None:
        """Writes at the link's priority; when that is to be taken back is kept first. Raises BacnetRefusedError, RefusedError,
        OSError or TimeoutError.
        """
        slot, expiry = (point.object, self._settings.priority), self.expiry
        async with self._lock(point.object):
            if expiry is None or point.override is None:
                await self._client.write(point, value, slot[1])
                return
            before = expiry.held(slot)
            try:
                await asyncio.to_thread(expiry.begin, slot, self._settings.expiry_s or FOREVER_S)
            except OSError:
                if self._settings.expiry_s:
                    raise RefusedError(Text("bacnet.expiry_unkept")) from None
            self.changed.set()
            try:
                await self._client.write(point, value, slot[1])
            except BacnetRefusedError:  # without any answer it may have been written
                await self._put(slot, before)
                raise

    async def release(self, name: str) -> None:
        """Takes back what an object was commanded at the link's priority, and at any that the link had before. Raises
        BacnetRefusedError, OSError or TimeoutError.
        """
        async with self._lock(name):
            earlier = self.expiry.priorities(name) if self.expiry is not None else ()
            for priority in sorted({self._settings.priority, *earlier}):
                await self._relinquish((name, priority))

    async def release_all(self, slots: Iterable[Slot]) -> dict[Slot, Text]:
        """Takes back what these slots hold; those that the device refuses to take back, with its reasons. Raises OSError or
        TimeoutError.
        """
        refused: dict[Slot, Text] = {}
        for slot in slots:
            async with self._lock(slot[0]):
                try:
                    await self._relinquish(slot)
                except BacnetRefusedError as error:
                    if not error.gone:
                        refused[slot] = why(error)
        return refused

    async def run(self) -> None:
        """Takes back what has expired, also what was commanded by an earlier process. Runs until cancelled."""
        if (expiry := self.expiry) is None:
            return
        while True:
            self.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s(expiry)):
                    await self.changed.wait()
            if expiry.due():
                await asyncio.to_thread(expiry.load)  # another project may have commanded it anew, or taken it back
            for slot in expiry.due():
                with contextlib.suppress(TimeoutError, OSError):
                    await self._expired(expiry, slot)
            if expiry.unsaved:
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(expiry.save)
            if expiry.due():
                await asyncio.sleep(RETRY_S)

    @staticmethod
    def _pause_s(expiry: CommandExpiry) -> float | None:
        next_s = expiry.next_s()
        if next_s is None:
            return LOOK_S if expiry.unsaved else None
        return min(next_s, LOOK_S)

    async def _expired(self, expiry: CommandExpiry, slot: Slot) -> None:
        """Takes a command back. Raises TimeoutError or OSError where the device does not answer."""
        async with self._lock(slot[0]):
            if slot not in expiry.due():  # commanded anew, or taken back meanwhile
                return
            try:
                await self._relinquish(slot)
            except BacnetRefusedError as error:
                if not error.gone:
                    self.refused[slot] = why(error)
                    await asyncio.to_thread(expiry.postpone, slot, REFUSED_S)
                    return
                await self._put(slot, None)
        await self._on_taken_back(slot[0])

    async def _relinquish(self, slot: Slot) -> None:
        await self._client.relinquish(*slot)
        await self._put(slot, None)

    async def _put(self, slot: Slot, held: HeldCommand | None) -> None:
        self.refused.pop(slot, None)
        if self.expiry is not None:
            with contextlib.suppress(OSError):  # it is saved later, or taken back once more after a restart
                await asyncio.to_thread(self.expiry.put, slot, held)
            self.changed.set()

    def _lock(self, name: str) -> asyncio.Lock:
        return self._commanding.setdefault(name, asyncio.Lock())
