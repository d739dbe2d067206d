"""What accessories answer that is no answer: through the library's own parser, over a transport made of a script."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohomekit.controller.ip.connection import InsecureHomeKitProtocol

from devices.contract import RefusedError
from devices.host_link import HostPlace
from devices.protocols.homekit import accessory_connection, pair_setup
from devices.protocols.homekit.accessory_connection import AccessoryConnection, watch_input
from devices.protocols.homekit.adapter import ADAPTER, SERVICE
from devices.protocols.homekit.homekit_session import HomeKitSession
from devices.protocols.homekit.pairing_keys import PairingKeys
from twin.model.observation import Availability
from twin.model.problem import ProblemError

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
    watch_input(protocol)
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


BROKEN = {
    "bad JSON": http(200, b'{"accessories": ['),
    "infinity": http(200, b'{"accessories": 1e999}'),
    "no text": http(200, b"\xff\xfe"),
    "another document": http(200, b"[]"),
    "nothing": b"HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP 503": http(503, b"Service Unavailable"),
    "no HTTP": b"hello\r\nwho is there\r\n\r\n",
    "no number": b"HTTP/1.1 okay fine\r\n\r\n",
    "no length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
}
LAMP = http(
    200,
    json.dumps(
        {
            "accessories": [
                {
                    "aid": 1,
                    "services": [
                        {
                            "iid": 8,
                            "type": "43",
                            "characteristics": [
                                {"iid": 9, "type": "25", "perms": ["pr", "pw", "ev"], "format": "bool", "value": False}
                            ],
                        }
                    ],
                }
            ]
        }
    ).encode(),
)
WRITTEN = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
async def test_a_description_that_is_none_is_one_problem_or_an_error_of_the_connection(answer: bytes) -> None:
    connection, _transport = connected(answer)
    with pytest.raises((ProblemError, OSError)) as raised:
        await HomeKitSession(connection, LINK, KEYS, 10.0).describe()
    if isinstance(raised.value, ProblemError):
        assert [problem.code for problem in raised.value.problems] == ["homekit.unreadable"]


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
async def test_a_pairing_with_what_answers_no_pairing_is_one_problem_or_an_error_of_the_connection(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, _transport = connected(answer)

    async def at(hosts: tuple[str, ...], port: int) -> AccessoryConnection:
        del hosts, port
        return connection

    async def keep(keys: PairingKeys) -> None:
        raise AssertionError(keys.uid)

    monkeypatch.setattr(pair_setup, "_connected", at)
    nowhere_else = HostPlace(hosts=("127.0.0.1",), port=51826, service_type=SERVICE, is_wanted=None)
    with pytest.raises((ProblemError, OSError)):
        await pair_setup.pair(nowhere_else, "031-45-154", "lamp", keep)


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
async def test_a_value_that_was_accepted_has_not_failed_because_it_cannot_be_read_back(answer: bytes) -> None:
    connection, transport = connected(LAMP, WRITTEN, answer)
    session = HomeKitSession(connection, LINK, KEYS, 10.0)
    (device,) = await session.describe()
    await session.send(device.uid, device.points[0].key, "on", None)
    assert len(transport.requests) == 3


async def test_a_device_whose_bridge_is_short_of_resources_is_busy_and_not_offline() -> None:
    row = {"characteristics": [{"aid": 1, "iid": 9, "status": -70407}]}
    connection, _transport = connected(LAMP, WRITTEN, http(207, json.dumps(row).encode()))
    session = HomeKitSession(connection, LINK, KEYS, 10.0)
    (device,) = await session.describe()
    assert await anext(aiter(session.events())) == Availability(device.uid, online=True)
    with pytest.raises(RefusedError) as raised:
        await session.send(device.uid, device.points[0].key, "on", None)
    assert raised.value.args[0].code == "homekit.status.busy"


async def test_an_answer_without_an_end_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accessory_connection, "MAX_ANSWER_BYTES", 1000)
    connection, transport = connected(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b" " * 1001)
    with pytest.raises(ConnectionError):
        await connection.accessories()
    assert transport.closed
