"""One connection, and a peer that answers late, short, wrong, or with noise."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.protocols.modbus.modbus_client import DeviceRefusedError, ModbusClient, NonsenseError
from devices.protocols.modbus.register_map import RegisterSpace

type Script = Callable[[bytes, int], list[bytes | float | None]]
"""The request and how many came before, to what is sent: bytes, seconds to wait, None to hang up."""
HOLDING, COIL = RegisterSpace.HOLDING, RegisterSpace.COIL
SHORT_S, PATIENCE_S = 0.3, 60.0
"""How long a client waits for what never comes, and for what comes: on a loaded machine later than one would think."""


def answer(request: bytes, pdu: bytes, *, unit: int | None = None, number: int | None = None) -> bytes:
    """A Modbus TCP frame that answers a request."""
    told = int.from_bytes(request[:2]) if number is None else number
    return struct.pack(">HHHB", told, 0, len(pdu) + 1, request[6] if unit is None else unit) + pdu


def registers(*words: int) -> bytes:
    return bytes([3, 2 * len(words)]) + b"".join(word.to_bytes(2) for word in words)


def crc(data: bytes) -> bytes:
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return data + value.to_bytes(2, "little")


@asynccontextmanager
async def peer(script: Script, *, rtu: bool = False, timeout_s: float = PATIENCE_S) -> AsyncIterator[ModbusClient]:
    """A client that is connected to a peer which does what the script says."""
    seen = 0
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        tasks.add(asyncio.current_task())  # pyright: ignore[reportArgumentType]
        try:
            while request := await reader.read(300):
                for step in script(request, seen):
                    if step is None:
                        return
                    if isinstance(step, float):
                        await asyncio.sleep(step)
                    else:
                        writer.write(step)
                        await writer.drain()
                seen += 1
        except (OSError, asyncio.CancelledError):  # the stream server logs a task that was cancelled
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = await ModbusClient.open(["127.0.0.1"], port, rtu=rtu, timeout_s=timeout_s)
    try:
        yield client
    finally:
        client.close()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_registers_come_as_they_were_sent() -> None:
    async with peer(lambda request, _: [answer(request, registers(7, 65535))]) as client:
        assert await client.read(1, HOLDING, 40000, 2) == (7, 65535)


async def test_an_answer_in_pieces_is_one_answer() -> None:
    def pieces(request: bytes, _: int) -> list[bytes | float | None]:
        whole = answer(request, registers(1, 2, 3))
        return [part for at in range(len(whole)) for part in (whole[at : at + 1], 0.001)]

    async with peer(pieces) as client:
        assert await client.read(1, HOLDING, 0, 3) == (1, 2, 3)


async def test_bits_come_as_they_were_sent() -> None:
    async with peer(lambda request, _: [answer(request, bytes([1, 2, 0b101, 0b1]))]) as client:
        assert await client.read(1, COIL, 0, 9) == (1, 0, 1, 0, 0, 0, 0, 0, 1)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (2, DeviceRefusedError),
        (1, DeviceRefusedError),
        (99, DeviceRefusedError),
        (0x0B, TimeoutError),
        (6, TimeoutError),
    ],
)
async def test_an_exception_of_the_device_is_an_answer_and_one_of_the_gateway_is_silence(
    code: int, error: type[Exception]
) -> None:
    async with peer(lambda request, _: [answer(request, bytes([0x83, code]))]) as client:
        with pytest.raises(error):
            await client.read(1, HOLDING, 0, 1)


@pytest.mark.parametrize(
    "pdu",
    [
        registers(1), registers(1, 2, 3), b"\x03", b"\x03\x04\x00", b"\x03\x00", b"\x03\xff" + b"\0" * 4, b"\x04\x04\0\0\0\0",
        b"\x11\x00", b"\x63\x01", b"\x03\x03\x00\x00\x00",
    ],
    ids=["too short", "too long", "no count", "cut", "empty", "boasting", "other function", "other kind", "unknown", "odd"],
)  # fmt: skip
async def test_an_answer_that_is_not_to_the_question_is_none(pdu: bytes) -> None:
    async with peer(
        lambda request, n: [answer(request, pdu if not n else registers(5, 6))], timeout_s=SHORT_S
    ) as client:
        with pytest.raises(TimeoutError):
            await client.read(1, HOLDING, 0, 2)
        client._timeout_s = PATIENCE_S
        assert await client.read(1, HOLDING, 0, 2) == (5, 6), "the connection lives on"


async def test_answers_of_another_unit_and_of_another_request_are_passed_over() -> None:
    def others_first(request: bytes, _: int) -> list[bytes | float | None]:
        return [
            answer(request, registers(666), unit=9), answer(request, registers(667), number=4711), answer(request, registers(5)),
        ]  # fmt: skip

    async with peer(others_first) as client:
        assert await client.read(1, HOLDING, 0, 1) == (5,)


async def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    def late(request: bytes, n: int) -> list[bytes | float | None]:
        return [SHORT_S + 0.1, answer(request, registers(111))] if not n else [answer(request, registers(222))]

    async with peer(late, timeout_s=SHORT_S) as client:
        with pytest.raises(TimeoutError):
            await client.read(1, HOLDING, 0, 1)
        client._timeout_s = PATIENCE_S
        assert await client.read(1, HOLDING, 0, 1) == (222,)


async def test_a_peer_that_hangs_up_is_noticed_at_once_by_whoever_waits() -> None:
    lost = asyncio.Event()
    async with peer(lambda request, _: [None]) as client:
        client.on_lost = lost.set
        with pytest.raises(ConnectionError):
            await client.read(1, HOLDING, 0, 1)
        await asyncio.wait_for(lost.wait(), 60)
        with pytest.raises(ConnectionError):
            await client.read(1, HOLDING, 0, 1)


@pytest.mark.parametrize(
    "noise",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x01\x00\x00\x00\x00\x01\x03", b"\x00\x01\x00\x00\xff\xff\x01\x03"],
)
async def test_a_peer_that_speaks_something_else_loses_the_connection(noise: bytes) -> None:
    async with peer(lambda request, _: [noise]) as client:
        with pytest.raises(ConnectionError):
            await client.read(1, HOLDING, 0, 1)


async def test_rtu_frames_are_checked_and_noise_before_them_does_no_harm() -> None:
    frames = [crc(b"\x01\x03\x02\x00\x2a"), b"\x01\x03\x02\x00\x2a\xff\xff", crc(b"\x02\x03\x02\x00\x2b")]

    def one(request: bytes, n: int) -> list[bytes | float | None]:
        return [frames[n]] if n < len(frames) else [crc(b"\x01\x03\x02\x00\x2c")]

    async with peer(one, rtu=True) as client:
        assert await client.read(1, HOLDING, 0, 1) == (42,)
        client._timeout_s = SHORT_S
        for _ in ("a wrong checksum", "another device"):
            with pytest.raises(TimeoutError):
                await client.read(1, HOLDING, 0, 1)
        client._timeout_s = PATIENCE_S
        assert await client.read(1, HOLDING, 0, 1) == (44,)


async def test_a_write_is_done_when_the_device_says_so() -> None:
    seen: list[bytes] = []

    def echo(request: bytes, _: int) -> list[bytes | float | None]:
        seen.append(request[7:])
        return [answer(request, request[7:12])]

    async with peer(echo) as client:
        await client.write_coil(1, 3, on=True)
        await client.write_registers(1, 7, (500,))
        await client.write_registers(1, 7, (500,), single=True)
    assert seen == [b"\x05\x00\x03\xff\x00", b"\x10\x00\x07\x00\x01\x02\x01\xf4", b"\x06\x00\x07\x01\xf4"]


async def test_nobody_waits_for_a_host_that_is_not_there() -> None:
    with pytest.raises(ConnectionRefusedError):
        await ModbusClient.open(["127.0.0.1"], 1, timeout_s=PATIENCE_S)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4), st.booleans())
def test_whatever_a_peer_sends_ends_in_a_value_or_in_an_error_that_says_so(chunks: list[bytes], rtu: bool) -> None:
    async def main() -> None:
        async with peer(lambda _request, _n: list(chunks), rtu=rtu, timeout_s=0.02) as client:
            try:
                words = await client.read(1, HOLDING, 0, 2)
            except (TimeoutError, OSError, DeviceRefusedError, NonsenseError):
                return
            assert len(words) == 2

    asyncio.run(main())
