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


class EventRecipient:
    """The entries of a link and its project in the lists of its device."""

    def __init__(self, file: Path, project: str = "") -> None:
        self._file, self._project = file, project
        self.own: tuple[Entry, ...] = ()
        """The entries of this project."""
        self._others: tuple[Entry, ...] = ()
        self._classes: list[str] | None = None
        self.refused: dict[str, Text] = {}
        """Classes that refused to enter us or to remove us, with the device's reason."""

    def load(self) -> None:
        """Reads the file; there are no entries where it is missing or damaged. An entry of a project that is not at its path any
        more is of this one, renamed. Blocks."""
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
        """Enters us in the list of each class where we are not, and removes entries with a former address. Raises TimeoutError, and
        BacnetRefusedError where it does not list its objects."""
        if self._classes is None:
            listed, _ = await client.object_list(device)
            self._classes = [one for one in listed if one.startswith(NOTIFICATION_CLASS)]
        host, port = client.local_address
        self.refused = {}
        for object in self._classes:
            wanted = Entry(object, host, port, self._project)
            former = [one for one in self.own if one.object == object and one != wanted]
            try:
                there = await client.recipients(object)
                await self._put((*self.own, wanted))  # before the device has it: a crash must not leave it behind
                if (host, port) not in there:
                    await client.change_recipients(object, (host, port), add=True)
                for one in former:
                    if (one.host, one.port) in there:
                        await client.change_recipients(object, (one.host, one.port), add=False)
                    await self._put(other for other in self.own if other != one)
            except BacnetRefusedError as error:
                self.refused[object] = Text("bacnet.not_recipient", why=why(error))

    async def leave(self, client: BacnetClient) -> None:
        """Removes all entries of this project. Raises TimeoutError."""
        self.refused = {}
        for one in self.own:
            try:
                if await self._has_entry(client, one):
                    await client.change_recipients(one.object, (one.host, one.port), add=False)
                await self._put(other for other in self.own if other != one)
            except BacnetRefusedError as error:
                self.refused[one.object] = Text("bacnet.still_recipient_reason", why=why(error))

    @staticmethod
    async def _has_entry(client: BacnetClient, entry: Entry) -> bool:
        try:
            return (entry.host, entry.port) in await client.recipients(entry.object)
        except BacnetRefusedError as error:
            if error.gone:
                return False
            raise

    async def _put(self, own: Iterable[Entry]) -> None:
        own = tuple(dict.fromkeys(own))
        if own == self.own:
            return
        try:
            kept = msgspec.json.encode((*self._others, *own))
            await asyncio.to_thread(atomic.write, self._file, kept, mode=0o600)
        except OSError:  # what cannot be kept could not be taken back after a crash
            raise BacnetRefusedError(Text("bacnet.entry_unkept")) from None
        self.own = own
