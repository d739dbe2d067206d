"""One connection to an ESPHome device by its native API, by aioesphomeapi, without the library's reconnecting.

Everything that can go wrong becomes an AuthError, OSError or TimeoutError.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

from aioesphomeapi import DeviceInfo, EntityInfo, EntityState
from aioesphomeapi.client import APIClient
from aioesphomeapi.core import (
    APIConnectionError,
    BadMACAddressAPIError,
    EncryptionPlaintextAPIError,
    InvalidAuthAPIError,
    InvalidEncryptionKeyAPIError,
    RequiresEncryptionAPIError,
    ResolveAPIError,
    TimeoutAPIError,
)

from devices.contract import AuthError
from twin.model.text import Text

CONNECT_S = 15.0
CLOSE_S = 1.0
"""Seconds that the end of a connection waits for the device to agree to it; one without power does not."""


class NativeConnection:
    """A connected device, what it is, and its entities."""

    def __init__(self, client: APIClient) -> None:
        self.client = client
        self.device: DeviceInfo
        self.entities: list[EntityInfo] = []
        self.is_lost = False
        self.on_lost: Callable[[], None] = lambda: None

    @classmethod
    async def opened(cls, hosts: tuple[str, ...], port: int, key: str, uid: str, keepalive_s: float) -> Self:
        """Connects, encrypted where there is a key, and reads all. Raises AuthError, OSError or TimeoutError."""
        client = APIClient(
            hosts[0],
            port,
            None,
            noise_psk=key.strip() or None,
            client_info="Oikos",
            keepalive=keepalive_s,
            addresses=list(hosts),
            expected_mac=uid or None,
        )
        connection = cls(client)
        try:
            async with asyncio.timeout(CONNECT_S):
                await connection._connect()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _connect(self) -> None:
        try:
            await self.client.connect(on_stop=self._stopped, login=True, log_errors=False)
            self.device, self.entities, _ = await self.client.device_info_and_list_entities()
        except RequiresEncryptionAPIError:
            raise AuthError(Text("esphome.key_needed")) from None
        except EncryptionPlaintextAPIError:
            raise AuthError(Text("esphome.plain")) from None
        except (InvalidEncryptionKeyAPIError, InvalidAuthAPIError):
            raise AuthError(Text("esphome.wrong_key")) from None
        except BadMACAddressAPIError:
            raise ConnectionError(Text("reason.other_device")) from None
        except ResolveAPIError:
            raise ConnectionError(Text("reason.unknown_name")) from None
        except TimeoutAPIError:
            raise TimeoutError from None
        except APIConnectionError as error:
            cause = error.__cause__
            raise cause if isinstance(cause, OSError) else ConnectionError(_reason(error)) from None

    async def _stopped(self, expected: bool) -> None:
        del expected
        self.is_lost = True
        self.on_lost()

    def subscribe(self, take: Callable[[EntityState], None]) -> None:
        """Calls `take` with the state of each entity, now and when it changes. Raises ConnectionError."""
        try:
            self.client.subscribe_states(take)
        except APIConnectionError:
            raise ConnectionResetError(Text("reason.connection_lost")) from None

    def command(self, work: Callable[[APIClient], None]) -> None:
        """Sends a command, to which the device has no answer. Raises ConnectionError."""
        try:
            work(self.client)
        except APIConnectionError:
            raise ConnectionResetError(Text("reason.connection_lost")) from None

    async def close(self) -> None:
        """Ends the connection; may be called twice."""
        self.on_lost = lambda: None
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.client.disconnect(force=self.is_lost)
        except (APIConnectionError, OSError, TimeoutError):
            self.client.force_disconnect()


def _reason(error: APIConnectionError) -> Text:
    return Text("esphome.failed", said=str(error)[:160])
