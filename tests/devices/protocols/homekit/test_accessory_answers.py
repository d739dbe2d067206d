"""What accessories answer that is no answer: through the library's own parser, over a transport made of a script."""

from __future__ import annotations

from typing import Any

import pytest
from aiohomekit.controller.ip.connection import InsecureHomeKitProtocol

from devices.protocols.homekit.accessory_connection import AccessoryConnection
from devices.protocols.homekit.adapter import ADAPTER
from devices.protocols.homekit.homekit_session import HomeKitSession
from devices.protocols.homekit.pairing_keys import PairingKeys

KEYS = PairingKeys(
    accessory_id="A1:B2:C3:D4:E5:F6",
    accessory_public="00",
    controller_id="me",
    controller_public="00",
    controller_secret="00",
)
LINK = ADAPTER.link("homekit://127.0.0.1:51826")


class Scripted:
    """A transport that answers each request with the next of these bytes, and the last one again and again."""

    def __init__(self, *answers: bytes) -> None:
        self.answers, self.requests, self.closed = list(answers), list[bytes](), False
        self.protocol: Any = None

    def writelines(self, lines: Any) -> None:
        self.requests.append(b"".join(lines))
        self.protocol.data_received(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])

    def is_closing(self) -> bool:
        return self.closed

    def write_eof(self) -> None:
        """Nothing reads on."""

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.protocol.connection_lost(None)


def http(status: int, body: bytes, kind: bytes = b"application/hap+json") -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (status, kind, len(body), body)


def connected(*answers: bytes) -> tuple[AccessoryConnection, Scripted]:
    """A connection as it is after pair-verify, but without encryption."""
    connection, transport = AccessoryConnection(["127.0.0.1"], 51826, KEYS), Scripted(*answers)
    protocol: Any = InsecureHomeKitProtocol(connection)
    protocol.connection_made(transport)
    connection.transport, connection.protocol = transport, protocol  # pyright: ignore[reportAttributeAccessIssue]
    connection.host_header = "Host: 127.0.0.1"
    transport.protocol = protocol
    return connection, transport


REMOVED = b"\x06\x01\x02"


@pytest.mark.parametrize(
    ("answer", "noted"),
    [
        (http(200, REMOVED), False),
        (http(200, REMOVED + b"\x07\x01\x02"), True),  # kTLVError_Authentication
        (http(200, b""), True),
        (http(200, b"\x06\x01\x04"), True),
        (http(200, b"\x06\x09\x02"), True),  # shorter than it says
        (http(200, b"\x07"), True),
        (http(470, REMOVED), True),
        (http(500, REMOVED), True),
        (http(503, b"Service Unavailable"), True),
    ],
    ids=["M2", "error", "empty", "M4", "cut", "half a row", "470", "500", "503"],
)
async def test_a_pairing_counts_as_ended_only_where_the_accessory_says_so(answer: bytes, noted: bool) -> None:
    connection, transport = connected(answer)
    note = await HomeKitSession(connection, LINK, KEYS, 10.0).end_pairing()
    assert (note.code if note else None) == ("homekit.still_paired" if noted else None)
    assert len(transport.requests) == 1
