"""KNX IP Secure: a tunnel whose server's side is written from the standard (secure_session.py), and ETS's files of keys."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override

import pytest
from xknx.exceptions import CommunicationError
from xknx.telegram import IndividualAddress

from devices.contract import AuthError, Secret
from devices.link import LinkState
from devices.protocols.knx import knx_opening
from devices.protocols.knx.knx_keyring import read_keyring
from tests.devices.protocols.bacnet.virtual_device import free_port
from tests.devices.protocols.knx.keyring_file import write_keyring
from tests.devices.protocols.knx.secure_session import SecureSession
from tests.devices.protocols.knx.test_knx_over_tcp import DEVICE, FAMILIES, UID, Interface, frame
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.command import CommandState
from twin.model.problem import ProblemError
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the table is read from a file
PASSWORD, AUTHENTICATION = "of the keyring", "of the device"
USERS = {2: "first tunnel", 3: "second tunnel"}
IN_USE = 0x24


class SecureInterface(Interface):
    """A KNX/IP interface that takes tunnels in secure sessions only."""

    def __init__(self) -> None:
        super().__init__()
        self.users, self.authentication = dict(USERS), AUTHENTICATION
        self.in_use: set[int] = set()
        self.plain: list[int] = []
        """Services that were asked for outside of a session."""
        self.connected: list[int] = []
        self.status = 0

    @override
    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self._sequence = 0
        session = SecureSession(writer, self.users, self.authentication)
        session.status = self.status
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                header = await reader.readexactly(6)
                body = await reader.readexactly(int.from_bytes(header[4:]) - 6)
                service = int.from_bytes(header[2:4])
                if service not in (0x0950, 0x0951):
                    self.plain.append(service)
                if (asked := session.took(service, body)) is not None:
                    self.refuses = IN_USE if session.user in self.in_use else 0
                    if asked[0] == 0x0205 and not self.refuses:
                        self.connected.append(session.user)
                    self.answer(*asked, session)
        writer.close()


class Description(asyncio.DatagramProtocol):
    """Describes the interface over UDP, as 1.1.0."""

    @override
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        asked = int.from_bytes(data[2:4])
        about = DEVICE[:4] + b"\x11\x00" + DEVICE[6:] + FAMILIES
        answers = {0x0203: frame(0x0204, about), 0x020B: frame(0x020C, bytes.fromhex("0801000000000000") + about)}
        self._transport.sendto(answers[asked], addr)


@pytest.fixture
async def interface() -> AsyncIterator[tuple[SecureInterface, str]]:
    one = SecureInterface()
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(Description, local_addr=("127.0.0.1", free_port()))
    port = udp.get_extra_info("sockname")[1]
    server = await asyncio.start_server(one.serve, "127.0.0.1", port)
    yield one, f"knx://127.0.0.1:{port}"
    udp.close()
    server.close()
    for writer in one.writers:
        writer.transport.abort()
    await server.wait_closed()
    await asyncio.get_running_loop().shutdown_default_executor()


def keys(folder: Path, host: str = "1.1.0", **more: Any) -> Path:
    tunnels = [
        {"Host": host, "IndividualAddress": f"1.1.{user}", "UserID": str(user), "Password": password}
        for user, password in USERS.items()
    ]
    given: dict[str, Any] = {"tunnels": tunnels, "authentication": AUTHENTICATION, "backbone": bytes(range(16))}
    return write_keyring(folder / "house.knxkeys", PASSWORD, **(given | more))


def linked(url: str, folder: Path, password: str = PASSWORD, **options: str) -> LinkUnderTest:
    table = folder / "groups.csv"
    table.write_text("Lamp switch;1/1/1;1.001\nLamp status;1/1/2;1.001\nHall temperature;3/1/1;9.001\n")
    given = {
        "table": str(table),
        "keyring": str(keys(folder)),
        "transport": "secure",
        "writable": "yes",
        "period": "0.3",
    }
    return LinkUnderTest(folder / "mine", url, Secret(password=password), **(given | options))


async def test_a_secure_tunnel_reads_writes_and_confirms_and_nothing_is_asked_in_plain(
    interface: tuple[SecureInterface, str], tmp_path: Path
) -> None:
    peer, url = interface
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.last(f"{UID}/3/1/1", "temperature") == 21.0)
        assert (await one.command(f"{UID}/1/1/1", "on_off", "on")).state is CommandState.CONFIRMED
        peer.writers[-1].transport.abort()
        await until(lambda: one.ears.words.count("online") == 2)
    assert (peer.plain, peer.connected) == ([], [2, 2])


async def test_a_tunnel_in_use_is_passed_over_and_one_that_is_named_is_taken(
    interface: tuple[SecureInterface, str], tmp_path: Path
) -> None:
    peer, url = interface
    peer.in_use.add(2)
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.ONLINE)
    peer.in_use.clear()
    async with running(linked(url, tmp_path, address="1.1.3")) as one:
        await until(lambda: one.runner.state is LinkState.ONLINE)
    assert peer.connected == [3, 3]
    peer.in_use |= {2, 3}
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.WAITING)
        assert one.runner.reason == Text("knx.no_free_tunnel")


@pytest.mark.parametrize(
    ("password", "reason"), [("", "knx.keyring_password"), ("guessed", "knx.keyring_wrong_password")]
)
async def test_another_password_asks_for_the_keyring_s_own_once(
    interface: tuple[SecureInterface, str], tmp_path: Path, password: str, reason: str
) -> None:
    _, url = interface
    async with running(linked(url, tmp_path, password)) as one:
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert (one.ears.words, one.runner.reason) == (["connecting", "needs login"], Text(reason))
        one.runner.login(Secret(password=PASSWORD))
        await until(lambda: one.runner.state is LinkState.ONLINE)


@pytest.mark.parametrize("changed", ["users", "authentication"])
async def test_keys_that_the_interface_does_not_take_are_not_tried_again(
    interface: tuple[SecureInterface, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    described(monkeypatch, lost=0)
    peer, url = interface
    setattr(peer, changed, {2: "other", 3: "other"} if changed == "users" else "other")
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert one.runner.reason == Text("knx.keys_refused")
    assert len(peer.writers) == 1


def described(monkeypatch: pytest.MonkeyPatch, lost: float) -> None:
    """So many questions for the interface's description get no answer, as where datagrams are lost."""
    left = lost

    async def answer(*_: object) -> SimpleNamespace:
        nonlocal left
        left -= 1
        if left >= 0:
            raise CommunicationError("no answer")
        return SimpleNamespace(individual_address=IndividualAddress("1.1.0"))

    monkeypatch.setattr(knx_opening, "request_description", answer)


def keys_of_two(folder: Path) -> str:
    """A keyring in which another interface comes first."""
    tunnels = [
        {"Host": host, "IndividualAddress": f"{host[:-1]}2", "UserID": "2", "Password": password}
        for host, password in (("1.2.0", "of the other interface"), ("1.1.0", USERS[2]))
    ]
    return str(keys(folder, tunnels=tunnels))


@pytest.mark.parametrize(("lost", "tried"), [(2, 1), (math.inf, 2)])
async def test_of_a_keyring_with_two_interfaces_the_right_one_s_keys_are_found(
    interface: tuple[SecureInterface, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: float, tried: int
) -> None:
    described(monkeypatch, lost)
    peer, url = interface
    link = linked(url, tmp_path)
    keys_of_two(tmp_path)
    async with running(link) as one:
        await until(lambda: one.runner.state is LinkState.ONLINE)
        assert one.ears.words == ["connecting", "online"]
    assert len(peer.writers) == tried


async def test_where_the_interface_is_not_known_and_takes_no_keys_of_the_keyring_the_user_is_asked(
    interface: tuple[SecureInterface, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described(monkeypatch, math.inf)
    peer, url = interface
    peer.users = {2: "other", 3: "other"}
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert one.runner.reason == Text("knx.keys_refused")
    assert len(peer.writers) == 2


async def test_a_session_that_the_interface_ends_while_it_begins_is_tried_again(
    interface: tuple[SecureInterface, str], tmp_path: Path
) -> None:
    peer, url = interface
    peer.status = 3  # STATUS_TIMEOUT
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.WAITING)
        assert one.runner.reason == Text("knx.refused", code="STATUS_TIMEOUT")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"keyring": ""}, "knx.keyring_needed"),
        ({"address": "4.4.4"}, "knx.keyring_no_tunnel"),
        ({"transport": "secure_routing", "keyring": "bare"}, "knx.keyring_no_backbone"),
        ({"keyring": "damaged"}, "knx.keyring_damaged"),
    ],
)
async def test_a_keyring_that_does_not_serve_is_one_problem_that_names_it(
    interface: tuple[SecureInterface, str], tmp_path: Path, options: dict[str, str], reason: str
) -> None:
    _, url = interface
    files = {"damaged": tmp_path / "damaged.knxkeys", "bare": tmp_path / "bare.knxkeys"}
    files["damaged"].write_text("<Keyring")
    keys(tmp_path, backbone=None).rename(files["bare"])
    options = {name: str(files.get(value, value)) for name, value in options.items()}
    if options.get("transport") == "secure_routing":
        url = "knx://224.0.23.12:3671"
    async with running(linked(url, tmp_path, **options)) as one:
        await until(lambda: one.ears.problems)
        assert (one.ears.problems[0].code, one.ears.problems[0].args["why"]["code"]) == ("knx.keyring", reason)


def test_whatever_is_in_a_file_of_keys_it_is_keys_or_a_problem(tmp_path: Path) -> None:
    whole = keys(tmp_path).read_bytes()
    cut = tmp_path / "cut.knxkeys"
    for length in range(0, len(whole), 101):
        for data in (whole[:length], whole[:length] + bytes([whole[length] ^ 1]) + whole[length + 1 :]):
            cut.write_bytes(data)
            with pytest.raises((ProblemError, AuthError)):
                read_keyring(str(cut), PASSWORD)
    read_keyring(str(keys(tmp_path)), PASSWORD)
