"""Tunnels over TCP, which knxd does not have: the frames of KNX 03.08.02 and 03.08.04, byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from devices.link import LinkState
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.command import CommandState
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the table is read from a file
DEVICE = (
    bytes.fromhex("36010200110100")
    + b"\0"
    + bytes.fromhex("00c501026d77e000170c0002b3040506")
    + b"Router".ljust(30, b"\0")
)
FAMILIES = bytes.fromhex("0a02020203020402") + b"\x05\x01"
STATUS, COMMAND, TEMPERATURE = b"\x09\x02", b"\x09\x01", b"\x19\x01"
UID = "00c501026d77"


def frame(service: int, body: bytes) -> bytes:
    return b"\x06\x10" + service.to_bytes(2) + (6 + len(body)).to_bytes(2) + body


class Sink(Protocol):
    def write(self, data: bytes, /) -> None: ...


class Interface:
    """A KNX/IP interface with one tunnel over TCP, and a relay and a thermometer on its bus."""

    def __init__(self) -> None:
        self.refuses = 0
        self.writers: list[asyncio.StreamWriter] = []
        self._sequence = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self._sequence = 0
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                header = await reader.readexactly(6)
                body = await reader.readexactly(int.from_bytes(header[4:]) - 6)
                self.answer(int.from_bytes(header[2:4]), body, writer)
        writer.close()

    def answer(self, service: int, body: bytes, writer: Sink) -> None:
        """Does what a frame asks for."""
        anywhere = bytes.fromhex("0802000000000000")
        match service:
            case 0x0203:
                writer.write(frame(0x0204, DEVICE + FAMILIES))
            case 0x0205 if self.refuses:
                writer.write(frame(0x0206, bytes([0, self.refuses])))
            case 0x0205:
                writer.write(frame(0x0206, b"\x01\x00" + anywhere + b"\x04\x04\x11\x09"))
            case 0x0207 | 0x0209:
                writer.write(frame(service + 1, b"\x01\x00"))
            case 0x0420:
                self._bus(body[4:], writer)
            case _:
                pass

    def _bus(self, cemi: bytes, writer: Sink) -> None:
        address, service, value = cemi[6:8], cemi[10] & 0xC0, cemi[10] & 0x3F
        self.tell(b"\x2e" + cemi[1:], writer)  # L_Data.con
        if service == 0x80 and address == COMMAND:
            self.tell(bytes.fromhex("2900bce01105") + STATUS + bytes([1, 0, 0x80 | value]), writer)
        if service == 0 and address == TEMPERATURE:
            self.tell(bytes.fromhex("2900bce01105") + address + bytes.fromhex("0300400c1a"), writer)

    def tell(self, cemi: bytes, writer: Sink) -> None:
        writer.write(frame(0x0420, bytes([4, 1, self._sequence, 0]) + cemi))
        self._sequence = (self._sequence + 1) & 0xFF


@pytest.fixture
async def interface() -> AsyncIterator[tuple[Interface, str]]:
    one = Interface()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    yield one, f"knx://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in one.writers:
        writer.transport.abort()
    await server.wait_closed()
    await asyncio.get_running_loop().shutdown_default_executor()


def linked(url: str, folder: Path) -> LinkUnderTest:
    table = folder / "groups.csv"
    table.write_text("Lamp switch;1/1/1;1.001\nLamp status;1/1/2;1.001\nHall temperature;3/1/1;9.001\n")
    return LinkUnderTest(folder / "mine", url, table=str(table), transport="tcp", writable="yes", period="0.3")


async def test_a_tunnel_over_tcp_reads_writes_and_confirms(interface: tuple[Interface, str], tmp_path: Path) -> None:
    _, url = interface
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.last(f"{UID}/3/1/1", "temperature") == 21.0, 60)
        assert (await one.command(f"{UID}/1/1/1", "on_off", "on")).state is CommandState.CONFIRMED
        assert next((info.name, info.serial) for info in one.ears.devices) == ("Router", UID)


async def test_a_connection_that_ends_is_noticed_and_made_again(
    interface: tuple[Interface, str], tmp_path: Path
) -> None:
    peer, url = interface
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.last(f"{UID}/3/1/1", "temperature") == 21.0, 60)
        peer.writers[-1].transport.abort()
        await until(lambda: one.ears.words.count("online") == 2, 60)


@pytest.mark.parametrize(
    "garbage", [b"\xff" * 40, frame(0x0420, b"\x04"), frame(0x9999, b"x"), b"\x06\x10\x04\x20\0\0"]
)
async def test_a_hostile_interface_ends_nothing_but_its_connection(
    interface: tuple[Interface, str], tmp_path: Path, garbage: bytes
) -> None:
    peer, url = interface
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.last(f"{UID}/3/1/1", "temperature") == 21.0, 60)
        peer.writers[-1].write(garbage)
        peer.writers[-1].transport.abort()
        await until(lambda: one.ears.words.count("online") == 2, 60)
        assert (await one.command(f"{UID}/1/1/1", "on_off", "on")).state is CommandState.CONFIRMED


async def test_an_interface_without_a_free_tunnel_is_waited_for(
    interface: tuple[Interface, str], tmp_path: Path
) -> None:
    peer, url = interface
    peer.refuses = 0x24  # E_NO_MORE_CONNECTIONS
    async with running(linked(url, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.WAITING, 60)
        assert one.runner.reason is not None
        assert Text("knx.no_free_tunnel").code in str(one.runner.reason.as_json())
