"""One connection to a Modbus device or gateway: one request at a time, and only its own answer is accepted.

pymodbus frames and decodes (MODBUS Application Protocol V1.1b3; MODBUS Messaging on TCP/IP V1.0b); its client is not
used: it waits for answers of a lost connection, and accepts any frame with the right id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Self, override

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from devices.protocols.modbus.register_map import RegisterSpace
from twin.model.text import Text

CONNECT_S = 5.0
_MAX_FRAME = 260
_MBAP = 7
_READS: dict[RegisterSpace, type[ModbusPDU]] = {
    RegisterSpace.COIL: ReadCoilsRequest,
    RegisterSpace.DISCRETE: ReadDiscreteInputsRequest,
    RegisterSpace.INPUT: ReadInputRegistersRequest,
    RegisterSpace.HOLDING: ReadHoldingRegistersRequest,
}
_BITS, _REGISTERS = (1, 2), (3, 4)
"""Functions that read bits, and those that read registers."""
_GATEWAY = (0x0A, 0x0B)
"""Exception codes 0x0A and 0x0B: the gateway got no answer from the device behind it."""
_BUSY = (0x05, 0x06)
_REASONS = {
    1: Text("modbus.no_function"),
    2: Text("modbus.no_register"),
    3: Text("modbus.no_value"),
    4: Text("modbus.device_failed"),
    8: Text("modbus.parity"),
}


logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # it reports each silence as an error


class DeviceRefusedError(Exception):
    """The device answered with an exception; `code` is its number, the message its meaning."""

    def __init__(self, code: int) -> None:
        super().__init__(_REASONS.get(code) or Text("modbus.exception", number=code))
        self.code = code


class NonsenseError(TimeoutError):
    """The device answered something else than was asked for. Counts as no answer."""


class ModbusClient(asyncio.Protocol):
    """A connected peer. `on_lost` is called once when the connection ends."""

    def __init__(self, *, rtu: bool, timeout_s: float) -> None:
        self._rtu = rtu
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._asked: ModbusPDU | None = None
        self._answer: asyncio.Future[ModbusPDU] | None = None
        self._last_id = 0
        self._late_s = 0.0
        """RTU: until this loop time the answer to a request that timed out may still arrive."""
        self._decoder = DecodePDU(False)
        self._framer = FramerRTU(self._decoder) if rtu else FramerSocket(self._decoder)
        self.on_lost: Callable[[], None] = lambda: None

    @classmethod
    async def open(cls, hosts: Iterable[str], port: int, *, rtu: bool = False, timeout_s: float = 1.0) -> Self:
        """Connects to the first of these addresses that answers. Raises OSError or TimeoutError."""
        client = cls(rtu=rtu, timeout_s=timeout_s)
        failed: Exception = ConnectionError(Text("modbus.no_address"))
        for host in hosts:
            try:
                async with asyncio.timeout(CONNECT_S):
                    await asyncio.get_running_loop().create_connection(lambda: client, host, port)
            except (OSError, TimeoutError) as error:
                failed = error
            else:
                return client
        raise failed

    async def read(self, unit: int, space: RegisterSpace, address: int, count: int) -> tuple[int, ...]:
        """`count` registers (or bits, 0 or 1). Raises DeviceRefusedError, TimeoutError, or OSError where the
        connection is lost.
        """
        answer = await self._ask(_READS[space](address=address, count=count, dev_id=unit))
        return tuple(map(int, answer.bits[:count])) if space.is_bits else tuple(answer.registers)

    async def write_coil(self, unit: int, address: int, on: bool) -> None:
        """Writes a coil by function 5. Raises as `read`."""
        await self._ask(WriteSingleCoilRequest(address=address, bits=[on], dev_id=unit))

    async def write_registers(self, unit: int, address: int, values: tuple[int, ...], *, single: bool = False) -> None:
        """Writes registers by function 16, or by 6 with `single` and one register. Raises as `read`."""
        kind = WriteSingleRegisterRequest if single and len(values) == 1 else WriteMultipleRegistersRequest
        await self._ask(kind(address=address, registers=list(values), dev_id=unit))

    def close(self) -> None:
        """Closes the connection; may be called twice."""
        if self._transport is not None:
            self._transport.abort()

    async def _ask(self, request: ModbusPDU) -> ModbusPDU:
        async with self._turn:
            await self._let_late_answers_pass()
            if self._transport is None or self._transport.is_closing():
                raise ConnectionResetError(Text("modbus.closed"))
            self._last_id = self._last_id % 0xFFFF + 1
            request.transaction_id = self._last_id
            loop = asyncio.get_running_loop()
            self._asked, self._answer = request, loop.create_future()
            if self._rtu:
                self._buffer.clear()
            self._transport.write(self._framer.buildFrame(request))
            try:
                async with asyncio.timeout(self._timeout_s):
                    answer = await self._answer
            except TimeoutError:
                self._late_s = loop.time() + self._timeout_s if self._rtu else 0.0
                raise
            finally:
                self._asked = self._answer = None
        return _checked(answer, request)

    async def _let_late_answers_pass(self) -> None:
        """RTU frames carry no number: what answers an older request must be gone before the same device is asked."""
        if (wait_s := self._late_s - asyncio.get_running_loop().time()) > 0:
            self._late_s = 0.0
            await asyncio.sleep(min(wait_s, 0.1 * self._timeout_s))

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Stores the transport (called by asyncio)."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Fails the pending request (called by asyncio)."""
        self._fail(exc if isinstance(exc, OSError) else ConnectionResetError(Text("modbus.closed")))
        self.on_lost()

    @override
    def data_received(self, data: bytes) -> None:
        """Parses received frames (called by asyncio); frames that answer no pending request are dropped."""
        self._buffer += data
        while len(self._buffer) >= (4 if self._rtu else _MBAP):
            if not self._rtu and not _is_header(self._buffer):
                self._fail(ConnectionError(Text("modbus.not_modbus")))
                self.close()
                return
            frame = self._next_frame()
            if frame is None:
                break
            unit, number, pdu = frame
            if pdu and self._asked is not None and self._is_answer(self._asked, unit, number, pdu):
                self._settle(pdu)
        if len(self._buffer) > _MAX_FRAME:
            self._buffer.clear()  # RTU noise; a TCP frame is never longer

    def _next_frame(self) -> tuple[int, int, bytes] | None:
        try:
            used, unit, number, pdu = self._framer.decode(bytes(self._buffer))
        except (ValueError, IndexError):
            used, unit, number, pdu = len(self._buffer), 0, 0, b""
        del self._buffer[:used]
        return (unit, number, pdu) if used else None

    def _is_answer(self, asked: ModbusPDU, unit: int, number: int, pdu: bytes) -> bool:
        """RTU: the device and the function must fit, for a late answer may come first. TCP numbers its requests."""
        if unit != asked.dev_id:
            return False
        return pdu[0] & 0x7F == asked.function_code if self._rtu else number == asked.transaction_id

    def _settle(self, frame: bytes) -> None:
        if self._answer is None or self._answer.done():
            return
        answer = self._decoder.decode(frame)
        if answer is None:
            self._answer.set_exception(NonsenseError(Text("modbus.unreadable")))
        else:
            self._answer.set_result(answer)

    def _fail(self, error: OSError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


def _is_header(data: bytearray) -> bool:
    """Whether these bytes begin a frame: protocol 0, a length that the specification allows (section 3.1.3)."""
    return not data[2] and not data[3] and 2 <= (data[4] << 8 | data[5]) <= _MAX_FRAME - 6


def _checked(answer: ModbusPDU, request: ModbusPDU) -> ModbusPDU:
    """The answer where it is one to this request. Raises DeviceRefusedError, TimeoutError."""
    if answer.isError():
        code = answer.exception_code
        if code in _GATEWAY or code in _BUSY:
            raise TimeoutError(Text("modbus.no_such_device" if code in _GATEWAY else "matter.device_busy"))
        raise DeviceRefusedError(code)
    wanted, got = request.count, len(answer.bits) if request.function_code in _BITS else len(answer.registers)
    if answer.function_code != request.function_code:
        raise NonsenseError(Text("modbus.nonsense"))
    if request.function_code in _BITS and not wanted <= got < wanted + 8:
        raise NonsenseError(Text("modbus.wrong_length"))
    if request.function_code in _REGISTERS and got != wanted:
        raise NonsenseError(Text("modbus.wrong_length"))
    return answer
