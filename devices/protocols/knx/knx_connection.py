"""A tunnel to a KNX/IP interface, or the multicast of routers: telegrams as they arrive, sending within the bus's rate, and a
heartbeat that notices within seconds that the other side is gone (a tunnel's own, by the standard, takes 60 to 120 s).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any, override

from xknx import XKNX
from xknx.core.connection_state import XknxConnectionState
from xknx.exceptions import CommunicationError, ConfirmationError, IPSecureError, XKNXException
from xknx.io import ConnectionConfig
from xknx.io.gateway_scanner import GatewayDescriptor
from xknx.io.request_response.connectionstate import ConnectionState
from xknx.io.routing import Routing
from xknx.io.util import get_default_local_ip
from xknx.telegram import GroupAddress, Telegram
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

from devices.contract import AuthError
from devices.protocols.knx.data_secure import KeptCemiHandler, SequenceNumbers
from devices.protocols.knx.datapoint_codec import Payload
from devices.protocols.knx.knx_search import GROUP, search
from twin.model.text import Text

logging.getLogger("xknx").setLevel(logging.CRITICAL)  # it reports each malformed telegram
_IP_MULTICAST_ALL = 49
"""<linux/in.h>, ip(7)."""
GAP_S = 0.05
"""Least seconds between two telegrams: 20 per second, what a twisted-pair line carries beside its own."""
ANSWER_S = 2.0
TRIES = 2
DESCRIPTION_TRIES = 3
CLOSE_S = 1.5
KEEP_S = 5.0
"""Seconds between two writings of the numbers of KNX Data Secure."""
NO_MORE = "E_NO_MORE_CONNECTIONS"
KEYS_REFUSED = ("STATUS_AUTHENTICATION_FAILED", "MAC verification failed")
"""How the library names keys that do not fit; its other errors of a session (timeout, closed) pass."""
MAX_WAITING = 10_000
"""Telegrams that wait to be handed out; further ones are dropped."""


class _Arrived(asyncio.Queue[Telegram | None]):
    @override
    def put_nowait(self, item: Telegram | None) -> None:
        if item is None or self.qsize() < MAX_WAITING:
            super().put_nowait(item)


class NoFreeTunnelError(ConnectionRefusedError):
    """All tunnels of the interface are in use."""


class KnxConnection:
    """One connection; `opened` makes it, `close` ends it."""

    def __init__(self, config: ConnectionConfig, numbers: SequenceNumbers | None = None) -> None:
        self._config, self._numbers = config, numbers
        self._keeping: asyncio.Task[None] | None = None
        self._has_router = False
        """Whether a router has answered."""
        self._xknx = XKNX(connection_config=config)
        self._xknx.telegrams = self._arrived = _Arrived()
        if numbers is not None:
            self._xknx.cemi_handler = KeptCemiHandler(self._xknx, numbers)
        self._lost = False
        self._failure: Exception | None = None
        self._sending = asyncio.Lock()
        self._next_s = 0.0
        self._xknx.connection_manager.register_connection_state_changed_cb(self._changed)

    @classmethod
    async def opened(cls, config: ConnectionConfig, numbers: SequenceNumbers | None = None) -> KnxConnection:
        """A connected tunnel, or the multicast of routers; `numbers` are those of KNX Data Secure, None without. Raises
        AuthError where the interface takes other keys, NoFreeTunnelError, OSError or TimeoutError.
        """
        connection = cls(config, numbers)
        try:
            await connection._xknx.knxip_interface.start()
            connection._guard()
            connection._keep_to_network()
            if numbers is not None:
                connection._keeping = asyncio.create_task(_kept(numbers))  # noqa: TID251 - awaited in close
        except XKNXException as error:
            await connection.close()
            raise _refusal(error) from None
        except BaseException:
            await connection.close()
            raise
        return connection

    def _changed(self, state: XknxConnectionState) -> None:
        if state is XknxConnectionState.DISCONNECTED:
            self._lost = True
            self._arrived.put_nowait(None)

    def _guard(self) -> None:
        """Drops datagrams that the library cannot parse, and ends a stream that it cannot: some raise an IndexError in it."""
        tunnel = self._xknx.knxip_interface._interface  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        transport: Any = getattr(getattr(tunnel, "transport", None), "transport", None)
        if transport is None:
            return
        protocol: Any = transport.get_protocol()
        take: Callable[..., None] = protocol.data_received_callback

        def guarded(*received: object) -> None:
            try:
                take(*received)
            except Exception:
                if not isinstance(transport, asyncio.DatagramTransport):
                    transport.abort()

        protocol.data_received_callback = guarded

    def _keep_to_network(self) -> None:
        """Leaves out telegrams of other networks in routing: Linux gives a socket what any socket of this computer has joined."""
        tunnel = self._xknx.knxip_interface._interface  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        if not isinstance(tunnel, Routing) or sys.platform != "linux":
            return
        if (listener := tunnel.transport.multicast_listener) is not None:
            listener.get_extra_info("socket").setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        while not self._arrived.empty():
            self._arrived.get_nowait()

    @property
    def _routes(self) -> bool:
        return isinstance(self._xknx.knxip_interface._interface, Routing)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    async def description(self) -> GatewayDescriptor | None:
        """The description of the interface (name, serial number), asked up to three times: a datagram may be lost; None in
        routing, where there is none. Raises TimeoutError where it does not answer, which each has to (KNX 03.08.02, 7.7).
        """
        if self._routes:
            return None
        for _ in range(DESCRIPTION_TRIES):
            if (about := await self._xknx.knxip_interface.gateway_info()) is not None:
                return about
        raise TimeoutError

    async def telegrams(self, wait_s: float | None) -> list[tuple[int, Payload]]:
        """Values written or answered on the bus, with their group addresses; empty after `wait_s` (None: never). Raises
        ConnectionResetError where the tunnel is gone, and what `fail` was told.
        """
        waiting: list[Telegram | None] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if wait_s is None else max(wait_s, 0.0)):
                waiting.append(await self._arrived.get())
        while not self._arrived.empty():
            waiting.append(self._arrived.get_nowait())
        if self._failure is not None:
            raise self._failure
        if self._lost:
            raise ConnectionResetError(Text("reason.connection_lost"))
        found: list[tuple[int, Payload]] = []
        for telegram in waiting:
            if telegram is not None and isinstance(telegram.destination_address, GroupAddress):
                payload = telegram.payload
                if isinstance(payload, GroupValueWrite | GroupValueResponse):
                    found.append((telegram.destination_address.raw, payload.value))
        return found

    def fail(self, error: Exception) -> None:
        """Ends waiting for telegrams with this error."""
        self._failure = error
        self._arrived.put_nowait(None)

    async def read(self, address: int) -> None:
        """Asks for the value of a group address; the answer is a telegram. Raises OSError or TimeoutError."""
        await self._send(Telegram(GroupAddress(address), payload=GroupValueRead()))

    async def write(self, address: int, payload: Payload) -> None:
        """Writes a group address; returns when the interface has confirmed that it is on the bus. Raises OSError or
        TimeoutError.
        """
        await self._send(Telegram(GroupAddress(address), payload=GroupValueWrite(payload)))

    async def _send(self, telegram: Telegram) -> None:
        loop = asyncio.get_running_loop()
        async with self._sending:
            await asyncio.sleep(self._next_s - loop.time())
            try:
                await self._xknx.cemi_handler.send_telegram(telegram)
            except ConfirmationError:
                raise TimeoutError(Text("knx.unconfirmed")) from None
            except XKNXException as error:
                raise ConnectionError(_reason(error)) from None
            finally:
                self._next_s = loop.time() + GAP_S

    async def check(self) -> None:
        """Asks whether the tunnel, or a router that was there, is still there. Raises TimeoutError or ConnectionResetError."""
        if self._routes:
            await self._check_routers()
            return
        tunnel = self._xknx.knxip_interface._interface  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        channel = getattr(tunnel, "communication_channel", None)
        if tunnel is None or channel is None:
            raise ConnectionResetError(Text("reason.connection_lost"))
        for left in reversed(range(TRIES)):
            asked = ConnectionState(tunnel.transport, channel, tunnel.local_hpai)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
            asked.timeout_in_seconds = ANSWER_S
            try:
                await asked.request()
            except CommunicationError as error:
                if getattr(error, "error_code", None) is not None:
                    raise ConnectionResetError(Text("reason.connection_lost")) from None
                if not left:
                    raise TimeoutError from None
            else:
                return

    async def _check_routers(self) -> None:
        """Searches for routers, in the link's group and, where that is a group of its own, in that of KNX searches, which alone a
        router has to answer in. Where none has ever answered, the devices may be on KNX IP themselves: that they are gone cannot
        be detected.
        """
        host = self._config.local_ip or await get_default_local_ip(self._config.multicast_group)
        group, port = self._config.multicast_group, self._config.multicast_port
        for _ in range(TRIES):
            async for found in search([host] if host else [], group=group, port=port, listen_s=ANSWER_S):
                if found.routing:
                    self._has_router = True
                    return
            if group == GROUP:
                continue
            async for found in search([host] if host else [], listen_s=ANSWER_S):
                if found.routing and found.group == group:
                    self._has_router = True
                    return
        if self._has_router:
            raise TimeoutError

    async def close(self) -> None:
        """Ends the tunnel; may be called twice."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        with contextlib.suppress(XKNXException, TimeoutError, OSError):
            async with asyncio.timeout(CLOSE_S):
                await self._xknx.knxip_interface.stop()
        if keeping is not None and self._numbers is not None:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._numbers.save)


async def _kept(numbers: SequenceNumbers) -> None:
    """Writes the numbers of KNX Data Secure as they change, until cancelled; where that fails, again later."""
    while True:
        await asyncio.sleep(KEEP_S)
        if numbers.is_due:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(numbers.save)


def _refusal(error: XKNXException) -> Exception:
    """Why there is no connection."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, IPSecureError):
            if any(sign in str(cause) for sign in KEYS_REFUSED):
                return AuthError(Text("knx.keys_refused"))
            return ConnectionRefusedError(Text("knx.refused", code=str(cause).rpartition(".")[2][:60]))
        if str(getattr(getattr(cause, "error_code", None), "name", "")) == NO_MORE:
            return NoFreeTunnelError(Text("knx.no_free_tunnel"))
        cause = cause.__cause__
    return ConnectionRefusedError(_reason(error))


def _reason(error: BaseException) -> Text:
    """The interface's own code where it gave one; only so many tunnels are open at once."""
    cause: BaseException | None = error
    while cause is not None:
        code = getattr(cause, "error_code", None)
        if code is not None:
            name = str(getattr(code, "name", code))
            return Text("knx.no_free_tunnel") if name == NO_MORE else Text("knx.refused", code=name)
        cause = cause.__cause__
    return Text("knx.no_answer")
