"""HTTPS to the engine of another machine, whose certificate is pinned. Standard library only."""

from __future__ import annotations

import errno
import hashlib
import http.client
import json
import ssl
from pathlib import Path
from typing import Any, cast, override
from urllib.parse import quote, urlsplit

from app.server.door_address import DoorAddress, fingerprint_text
from app.server.file_references import SENT, short_name
from app.server.problems import engine_gone, not_understood, other_certificate, unreachable
from twin.model.problem import Problem, ProblemError, Severity

CONNECT_S = 10.0
"""Longest time (seconds) for an engine to accept a connection and to prove its certificate, and to answer `hello`."""
MOST_HELLO = 1 << 16
"""Most bytes of an answer to `hello` that are read."""
_BROKEN = (ConnectionError, TimeoutError, ssl.SSLError)
_NO_ROUTE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN})


class PinnedConnection(http.client.HTTPSConnection):
    """HTTPS to exactly one certificate; nothing is sent before it was checked. An empty pin accepts any, to look at it."""

    def __init__(self, address: DoorAddress) -> None:
        parts = urlsplit(address.url)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is the pin that is verified
        super().__init__(parts.hostname or "", parts.port, context=context, timeout=CONNECT_S)
        self._address = address
        self.shown = ""
        """Fingerprint of the certificate that the peer has shown."""

    @override
    def connect(self) -> None:
        """Connects; raises ProblemError where nothing listens, or the certificate is another one."""
        try:
            super().connect()
        except (OSError, UnicodeError) as error:  # a name that cannot be one
            raise ProblemError(unreachable(self._address.url, str(error))) from error
        wire = cast("ssl.SSLSocket", self.sock)
        self.shown = fingerprint_text(hashlib.sha256(wire.getpeercert(binary_form=True) or b"").digest())
        if self._address.pin and self.shown != self._address.pin:
            self.close()
            raise ProblemError(other_certificate(self._address.url, self.shown))
        wire.settimeout(None)


def shown_certificate(url: str) -> str:
    """The fingerprint of the certificate that is shown at a URL; no token is sent. Raises ProblemError."""
    connection = PinnedConnection(DoorAddress(protocol=0, url=url))
    try:
        connection.connect()
        return connection.shown
    finally:
        connection.close()


def hello(address: DoorAddress) -> dict[str, Any]:
    """The engine's identity, as answered to this token. Raises ProblemError: wrong token, paused, unreachable."""
    connection = PinnedConnection(address)
    try:
        connection.connect()
        connection.sock.settimeout(CONNECT_S)
        connection.request("GET", "/hello", headers=headers_of(address))
        answer = connection.getresponse()
        body = answer.read(MOST_HELLO)
    except (OSError, http.client.HTTPException) as error:
        raise ProblemError(engine_gone(str(error)[:80])) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise ProblemError(*refused_with(body))
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProblemError(not_understood(body[:80].decode("utf-8", "replace")))
    return cast("dict[str, Any]", found)


def send_file(address: DoorAddress, path: str, scheme: str = SENT) -> str:
    """Sends a file to the engine; returns its reference (of this scheme) for calls. Raises ProblemError or OSError."""
    with Path(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.seek(0, 2)
        file.seek(0)
        connection = PinnedConnection(address)
        try:
            connection.request("GET", f"/blob/{digest}", headers=headers_of(address))
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 404:
                connection.request("PUT", f"/blob/{digest}", file, {**headers_of(address), "Content-Length": str(size)})
                answer = connection.getresponse()
                body = answer.read()
        except (http.client.HTTPException, OSError) as error:
            if not is_of_connection(error):
                raise
            raise ProblemError(engine_gone(str(error)[:80])) from error
        finally:
            connection.close()
    if answer.status != 204:
        raise ProblemError(*refused_with(body))
    return f"{scheme}:{digest}/{short_name(Path(path).name)}"


def is_of_connection(error: OSError | http.client.HTTPException) -> bool:
    """Whether an error is one of the connection, not of a file that is sent or written."""
    return not isinstance(error, OSError) or isinstance(error, _BROKEN) or error.errno in _NO_ROUTE


def headers_of(address: DoorAddress) -> dict[str, str]:
    """The headers of every request: the token."""
    return {"Authorization": f"Bearer {quote(address.secret)}"}


def refused_with(body: bytes) -> tuple[Problem, ...]:
    """The problems in a refusal."""
    try:
        rows = json.loads(body)["problems"]
        return tuple(_problem(row) for row in rows)
    except (ValueError, KeyError, TypeError):
        return (not_understood(body[:80].decode("utf-8", "replace")),)


def _problem(row: dict[str, Any]) -> Problem:
    return Problem(
        code=str(row["code"]), args=row["args"], where=str(row["where"]), retry=bool(row["retry"]),
        severity=Severity(row["severity"]), detail=str(row["detail"]),
    )  # fmt: skip
