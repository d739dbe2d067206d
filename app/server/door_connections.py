"""Counts a door's connections, so that no machine keeps out the others. Runs on the engine's loop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from app.server import problems
from app.server.codec import json_encode
from app.server.messages import JSON

MOST_CONNECTIONS = 128
"""Most connections at a time, as the engine needs file handles itself."""
MOST_OF_ONE = 64
"""Most connections of one network address at a time, so that one machine does not keep out the others."""
MOST_REFUSED = 16
"""Most connections of one network address that are told that it has too many; others are closed without a word."""
MOST_SILENT = 32
"""Most connections of other machines without a valid token so far; beyond it the oldest of the address that has the
most of them is aborted."""
GREETING_S = 10.0
"""Time (seconds) after which a connection without any request is closed."""
CLOSING_TURNS = 1000
"""Turns of the loop until a connection that is closed has ended."""
ARRIVAL_S = 0.5
"""Least time (seconds) for which a new connection counts, even if lost at once."""
REFUSAL_S = 1.0
"""Time (seconds) for a refused client to read the reason."""


class DoorConnections:
    """The connections of one door, by the network address that they come from; "" for the user's own."""

    def __init__(
        self,
        refused: Callable[[str], object] = lambda origin: None,
        silent: Callable[[str], object] = lambda origin: None,
    ) -> None:
        """`refused` is told the network address of each connection that is not let in, `silent` that of one over TLS that
        ended without a request."""
        self._refused, self._silent = refused, silent
        self._all: dict[asyncio.BaseProtocol, str] = {}
        """Network address by connection, oldest first."""
        self._arriving: set[asyncio.BaseProtocol] = set()
        """Accepted connections that may not have their transport yet."""
        self._greeted: set[asyncio.BaseProtocol] = set()
        self._secured: set[asyncio.BaseProtocol] = set()
        """Connections over TLS without a request so far."""
        self._handshakes: dict[asyncio.BaseProtocol, asyncio.Task[object]] = {}

    def admit(self, make: Callable[[], asyncio.BaseProtocol], origin: str = "") -> asyncio.BaseProtocol:
        """The protocol of a new connection: that which `make` makes, or one that tells that there are too many."""
        self.remove_ended()
        let_in = [place for one, place in self._all.items() if not isinstance(one, _Refusal)]
        if len(let_in) >= MOST_CONNECTIONS or (origin and let_in.count(origin) >= MOST_OF_ONE):
            self._refused(origin)
            return self._counted(_Refusal(), origin)
        protocol = self._counted(make(), origin)
        asyncio.get_running_loop().call_later(GREETING_S, self._close_silent, protocol)
        return protocol

    def room_for(self, origin: str) -> bool:
        """Whether a network address may have one more, be it to be told that it has too many. Where connections without
        a token have taken their share, one of them is aborted."""
        self.remove_ended()
        mine = sum(place == origin for place in self._all.values())
        if mine >= MOST_OF_ONE + MOST_REFUSED or len(self._all) >= 2 * MOST_CONNECTIONS:
            self._refused(origin)
            return False
        silent = [
            one
            for one, place in self._all.items()
            if place and one not in self._greeted and not isinstance(one, _Refusal)
        ]
        if len(silent) >= MOST_SILENT:
            count = Counter(self._all[one] for one in silent)
            self._abort(max(silent, key=lambda one: count[self._all[one]]))  # of equal ones the first, the oldest
        return True

    def securing(self, protocol: asyncio.BaseProtocol, handshake: asyncio.Task[object]) -> None:
        """A connection arrives by the TLS handshake of this task."""

        def ended(task: asyncio.Task[object]) -> None:
            del task
            self._arriving.discard(protocol)
            self._handshakes.pop(protocol, None)

        self._handshakes[protocol] = handshake
        handshake.add_done_callback(ended)

    def secured(self, protocol: asyncio.BaseProtocol) -> None:
        """A connection's TLS handshake has succeeded."""
        if not isinstance(protocol, _Refusal):
            self._secured.add(protocol)

    def asked(self, protocol: asyncio.BaseProtocol) -> None:
        """A connection has sent a request."""
        self._secured.discard(protocol)

    def greeted(self, protocol: asyncio.BaseProtocol) -> None:
        """A connection's request was let in: it stays for as long as it likes."""
        self._greeted.add(protocol)

    async def stop_handshakes(self) -> None:
        """Cancels handshakes under way, and waits until they have ended."""
        under_way = tuple(self._handshakes.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def closed(self) -> None:
        """Aborts remaining connections and waits until they have ended."""
        for _ in range(CLOSING_TURNS):
            open_ones = [one for protocol in self._all if (one := getattr(protocol, "transport", None)) is not None]
            for transport in open_ones:
                transport.abort()
            if not open_ones:
                return
            await asyncio.sleep(0)

    def _abort(self, protocol: asyncio.BaseProtocol) -> None:
        if (handshake := self._handshakes.get(protocol)) is not None:
            handshake.cancel()
        if (transport := getattr(protocol, "transport", None)) is not None:
            transport.abort()

    def remove_ended(self) -> None:
        """Counts no longer what has ended."""
        gone = {one for one in self._all if one not in self._arriving and getattr(one, "transport", None) is None}
        self._greeted -= gone
        left = [self._all.pop(one) for one in gone if one in self._secured]
        self._secured -= gone
        for one in gone:
            self._all.pop(one, None)
        for origin in left:
            self._silent(origin)

    def _counted(self, protocol: asyncio.BaseProtocol, origin: str) -> asyncio.BaseProtocol:
        self._all[protocol] = origin
        self._arriving.add(protocol)
        if not origin:  # over TLS it has arrived when its handshake has ended
            asyncio.get_running_loop().call_later(ARRIVAL_S, self._arriving.discard, protocol)
        return protocol

    def _close_silent(self, protocol: asyncio.BaseProtocol) -> None:
        if protocol not in self._greeted:
            self._abort(protocol)


class _Refusal(asyncio.Protocol):
    """Answers 503 to a connection beyond MOST_CONNECTIONS."""

    transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream socket
        self.transport = transport
        body = json_encode({"problems": [problems.too_many(MOST_CONNECTIONS)]})
        head = f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: {JSON}\r\nContent-Length: {len(body)}\r\nConnection: close"
        transport.write(head.encode() + b"\r\n\r\n" + body)
        asyncio.get_running_loop().call_later(REFUSAL_S, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Closes once the request has arrived; closing earlier would discard the answer."""
        if self.transport is not None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has read the answer, or disconnected."""
        self.transport = None
