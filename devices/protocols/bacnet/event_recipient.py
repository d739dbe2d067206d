"""Ourselves in the recipient lists of a device's notification classes (ASHRAE 135-2020, clause 12.21).

Where we were entered is kept in a file, since it is to be taken back even after a crash, or when this computer has got another
address.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from devices.protocols.bacnet.bacnet_client import BacnetClient, BacnetRefusedError
from devices.protocols.bacnet.shared_file import changing
from twin.files import atomic
from twin.model.text import Text, why

NOTIFICATION_CLASS = "notification-class,"


class Entry(msgspec.Struct, frozen=True):
    """One entry of ours in the list of a class."""

    object: str
    """The notification class."""
    host: str
    port: int
    project: str = ""
    """Path of the project that asked for it, for several may have the link."""

    def is_at(self, other: Entry) -> bool:
        """Whether both are one entry at the device."""
        return (self.object, self.host, self.port) == (other.object, other.host, other.port)


class EventRecipient:
    """The entries of a link and its project in the lists of its device."""

    def __init__(self, file: Path, project: str = "") -> None:
        self._file, self._project = file, project
        self.own: tuple[Entry, ...] = ()
        """The entries of this project."""
        self._others: tuple[Entry, ...] = ()
        """Those of other projects, as last read."""
        self._classes: list[str] = []
        self.refused: dict[str, Text] = {}
        """Classes, or the device, that do not enter us or do not remove us, with the reason."""

    def load(self) -> None:
        """Reads the file, which other projects may have changed; where it is missing or damaged, all entries stay. An entry of a
        project that is not at its path any more is of this one, renamed. Blocks."""
        with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
            found = msgspec.json.decode(self._file.read_bytes(), type=tuple[Entry, ...])
            foreign = [one for one in found if one.project not in ("", self._project) and Path(one.project).exists()]
            self._others = tuple(foreign)
            self.own = tuple(one for one in found if one not in foreign)

    @property
    def port(self) -> int:
        """The port at which we were entered; 0 for none."""
        return next((one.port for one in self.own), 0)

    async def enter(self, client: BacnetClient, device: str) -> None:
        """Enters us in the list of each class where we are not, and removes entries with a former address. Raises TimeoutError where
        the device answers nothing."""
        refused: dict[str, Text] = {}
        if client.is_ipv6:  # lists have virtual addresses then, and the device asks all by multicast whose ours is
            self.refused = {device: Text("bacnet.no_recipient", why=Text("bacnet.no_ipv6_recipient"))}
            return
        try:
            self._classes = self._classes or await _classes(client, device)
            if not self._classes:
                refused[device] = Text("bacnet.no_recipient", why=Text("bacnet.no_classes"))
        except (BacnetRefusedError, TimeoutError) as error:
            refused[device] = Text("bacnet.no_recipient", why=await _reason(client, error))
        for object in self._classes:
            try:
                await self._enter(client, object)
            except (BacnetRefusedError, TimeoutError) as error:
                refused[object] = Text("bacnet.not_recipient", why=await _reason(client, error))
        self.refused = refused

    async def _enter(self, client: BacnetClient, object: str) -> None:
        host, port = client.local_address
        there = await client.recipients(object)
        await self._keep(add=Entry(object, host, port, self._project))  # first: a crash must not leave it at the device
        if (host, port) not in there:
            await client.change_recipients(object, (host, port), add=True)
        for one in self.own:
            if one.object == object and (one.host, one.port) != (host, port):
                await self._remove(client, one, there)

    async def leave(self, client: BacnetClient) -> None:
        """Removes all entries of this project. Raises TimeoutError where the device answers nothing."""
        refused: dict[str, Text] = {}
        for one in self.own:
            try:
                await self._remove(client, one, await _recipients(client, one.object))
            except (BacnetRefusedError, TimeoutError) as error:
                refused[one.object] = Text("bacnet.still_recipient_reason", why=await _reason(client, error))
        self.refused = refused

    async def _remove(self, client: BacnetClient, one: Entry, there: Iterable[tuple[str, int]]) -> None:
        """Removes an entry from the device, which lists `there`, unless another project has got the same address since."""
        await asyncio.to_thread(self.load)
        shared = any(one.is_at(other) for other in self._others)
        if (one.host, one.port) in there and not shared:
            await client.change_recipients(one.object, (one.host, one.port), add=False)
        await self._keep(remove=one)

    async def _keep(self, *, add: Entry | None = None, remove: Entry | None = None) -> None:
        """Changes the file, and takes over what other projects changed. An entry that is added replaces the one with its address."""
        try:
            await asyncio.to_thread(self._change, add, remove)
        except OSError:  # what cannot be kept could not be taken back after a crash
            raise BacnetRefusedError(Text("bacnet.entry_unkept")) from None

    def _change(self, add: Entry | None, remove: Entry | None) -> None:
        with changing(self._file):
            self.load()
            without = [one for one in self.own if one != remove and not (add is not None and one.is_at(add))]
            own = (*without, add) if add is not None else tuple(without)
            if set(own) != set(self.own):
                atomic.write(self._file, msgspec.json.encode((*self._others, *own)), mode=0o600)
            self.own = own


async def _classes(client: BacnetClient, device: str) -> list[str]:
    listed, _ = await client.object_list(device)
    return [one for one in listed if one.startswith(NOTIFICATION_CLASS)]


async def _recipients(client: BacnetClient, object: str) -> tuple[tuple[str, int], ...]:
    """The recipients of a class; none of one that the device has no more."""
    try:
        return await client.recipients(object)
    except BacnetRefusedError as error:
        if error.gone:
            return ()
        raise


async def _reason(client: BacnetClient, error: BacnetRefusedError | TimeoutError) -> Text:
    """Why a device did not do what it was asked. Raises TimeoutError where it answers nothing else either."""
    if isinstance(error, BacnetRefusedError):
        return why(error)
    with contextlib.suppress(BacnetRefusedError):
        await client.device()
    return Text("bacnet.ignored")
