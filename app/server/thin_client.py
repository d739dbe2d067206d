"""Sends a verb's command line to a running engine. Imports only the standard library, to answer fast."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from app.server.door_address import PROTOCOL, PROTOCOL_HEADER, DoorAddress, is_ours
from app.server.problems import another_version, engine_gone, not_understood
from twin.model.problem import ProblemError

REFUSALS = (401, 403, 426, 429)
"""Status of requests that the door does not let in."""
CONNECT_S = 5.0
"""Longest time (seconds) for an engine to accept a connection."""


class _UnixConnection(http.client.HTTPConnection):
    """HTTP to the user's own engine over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("oikos")
        self._path = path

    def connect(self) -> None:
        """Connects; ConnectionError where the socket belongs to another user."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(CONNECT_S)
        self.sock.connect(self._path)
        self.sock.settimeout(None)
        if _peer(self.sock) not in (None, _user()):
            self.sock.close()
            raise ConnectionRefusedError("the socket is another user's")


def _peer(wire: socket.socket) -> int | None:
    """User id of the peer; None where the system does not report it (Linux does: unix(7), SO_PEERCRED)."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    return struct.unpack("3i", wire.getsockopt(socket.SOL_SOCKET, option, 12))[1]


def _user() -> int:
    import os

    return os.getuid() if hasattr(os, "getuid") else -1


def connected(address: DoorAddress) -> http.client.HTTPConnection | None:
    """A connection to the door; None where nothing listens (any more). Raises ProblemError for an incompatible
    version.
    """
    if address.url:
        from app.server.network_client import PinnedConnection

        pinned = PinnedConnection(address)
        pinned.connect()
        return pinned
    if address.socket and not is_ours(address.socket):
        return None
    connection = _UnixConnection(address.socket) if address.socket else _port(address.port)
    try:
        connection.connect()
    except OSError:
        connection.close()
        return None
    if address.protocol != PROTOCOL:
        connection.close()
        raise ProblemError(another_version(address.version, f"another version (protocol {PROTOCOL})"))
    return connection


def _port(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port)


def ask(
    connection: http.client.HTTPConnection, address: DoorAddress, arguments: Sequence[str], given: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    """Yields the engine's answer to a verb line by line. Raises ProblemError where the connection ends early."""
    request = {"words": list(arguments), "given": dict(given)}
    headers = {"Content-Type": "application/json", PROTOCOL_HEADER: str(PROTOCOL)}
    if token := address.token():
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request("POST", "/verb", json.dumps(request).encode(), headers)
        answer = connection.getresponse()
        if answer.status in REFUSALS:
            from app.server.network_client import refused_with

            raise ProblemError(*refused_with(answer.read()))
        while line := answer.readline():
            yield _read(line)
    except (OSError, http.client.HTTPException) as error:
        raise ProblemError(engine_gone(str(error)[:80])) from error
    finally:
        connection.close()


def _read(line: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ProblemError(not_understood(line[:80].decode("utf-8", "replace")))
    return cast("dict[str, Any]", answer)
