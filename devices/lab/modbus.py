"""Virtual Modbus devices behind one gateway (npm `modbus-serial`, through Node), TCP and RTU over TCP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices import tethered_process
from devices.folders import lab_folder
from devices.lab.loopback import IN_URL, LOOPBACK
from devices.lab.modbus_images import VirtualModbusDevice, virtual_devices
from devices.lab.node_programs import MODBUS
from devices.node_runtime import installed, node_program
from twin.model.problem import Problem, ProblemError

START_S, ORDER_S = 20.0, 5.0
TRIES = 3


@dataclass(slots=True)
class ModbusGateway:
    """The Node process with its units. Ports are kept across a restart."""

    program: Path
    units: dict[int, dict[str, dict[int, int]]]
    host: str = LOOPBACK
    port: int = 0
    rtu_port: int = 0
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None
    _online: asyncio.Future[None] | None = None
    _answers: dict[int, asyncio.Future[Any]] = field(default_factory=dict[int, asyncio.Future[Any]])
    _number: int = 0

    async def start(self) -> None:
        """Starts it and waits until it listens. Raises ProblemError."""
        if self.port:
            return await self._start()
        for _ in range(TRIES - 1):  # another program may take the free port before it listens
            with contextlib.suppress(ProblemError):
                self.port = _free_port(self.host)
                return await self._start()
        self.port = _free_port(self.host)
        return await self._start()

    async def _start(self) -> None:
        self._online = asyncio.get_running_loop().create_future()
        self._process = await asyncio.create_subprocess_exec(
            *tethered_process.command(node_program(), "modbus_devices.mjs"),
            cwd=self.program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._reader = asyncio.ensure_future(self._listen(self._process))  # noqa: TID251 - awaited in kill
        told = {"host": self.host, "port": self.port, "rtuPort": self.rtu_port, "units": self.units}
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        self._process.stdin.write(json.dumps(told).encode() + b"\n")
        try:
            async with asyncio.timeout(START_S):
                await self._online
        except (TimeoutError, ConnectionError) as error:
            await self.kill()
            raise ProblemError(_not_up(str(error))) from None

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - asked for above
        async for line in process.stdout:
            self._handle(json.loads(line))
        gone = ConnectionError("the virtual gateway ended")
        for waiting in (*self._answers.values(), self._online):
            if waiting is not None and not waiting.done():
                waiting.set_exception(gone)

    def _handle(self, fact: dict[str, Any]) -> None:
        if fact["event"] == "online" and self._online is not None:
            self.port, self.rtu_port = fact["port"], fact["rtuPort"]
            self._online.set_result(None)
        elif fact["event"] == "failed" and self._online is not None and not self._online.done():
            self._online.set_exception(ConnectionError(str(fact["why"])))
        elif (waiting := self._answers.get(fact.get("number", 0))) and not waiting.done():
            waiting.set_result(fact.get("value"))

    async def order(self, op: str, **more: Any) -> Any:  # noqa: ANN401 - JSON
        """Sends an order to the process and returns its answer. Raises ProblemError."""
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            raise ProblemError(_not_up("it is off"))
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        process.stdin.write(json.dumps({"op": op, "number": self._number, **more}).encode() + b"\n")
        try:
            async with asyncio.timeout(ORDER_S):
                return await answer
        except (TimeoutError, ConnectionError) as error:
            raise ProblemError(_not_up(str(error))) from None
        finally:
            del self._answers[self._number]

    async def kill(self) -> None:
        """Kills the process without an orderly end."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)
        if process.stdin is not None:
            process.stdin.close()


class ModbusLab:
    """Virtual Modbus devices on one gateway, addressed by id or name; `stop` ends them all."""

    def __init__(self, *, every_s: float = 5.0) -> None:
        self.devices: dict[str, VirtualModbusDevice] = {}
        self.gateway: ModbusGateway | None = None
        self._every_s = every_s
        self._energy_wh: dict[str, float] = {}
        self._measuring: asyncio.Task[None] | None = None

    async def start(self, n: int, program: Path | None = None) -> dict[str, Any]:
        """Starts n devices; returns the URL (with the units), that for RTU over TCP, and the devices. Raises
        ProblemError.
        """
        program = program or await installed(MODBUS, lab_folder("modbus"))
        self.devices = {device.id: device for device in virtual_devices(n)}
        self.gateway = ModbusGateway(program, {device.unit: device.image for device in self.devices.values()})
        await self.gateway.start()
        await self._measure(0.0)
        self._measuring = asyncio.ensure_future(self._keep_measuring())  # noqa: TID251 - awaited in stop
        units = ",".join(f"{d.unit}:{d.profile}" if d.profile else f"{d.unit}" for d in self.devices.values())
        at = f"{IN_URL}:{{}}?units={units}"
        return {
            "url": "modbus://" + at.format(self.gateway.port),
            "rtu_url": "modbus+rtu://" + at.format(self.gateway.rtu_port),
            "host": self.gateway.host,
            "port": self.gateway.port,
            "rtu_port": self.gateway.rtu_port,
            "devices": [{"id": d.id, "name": d.name, "unit": d.unit} for d in self.devices.values()],
        }

    def has(self, device: str) -> bool:
        """Whether the lab has a device with this id or name."""
        return any(device in (one.id, one.name) for one in self.devices.values())

    async def set(self, device: str, **values: float) -> None:
        """Sets measured values: power=1200 (W, 0 where left out), energy=5000 (Wh). Raises ProblemError for an unknown
        device.
        """
        one = self._device(device)
        energy = self._energy_wh[one.id] = values.get("energy", self._energy_wh.get(one.id, 0.0))
        await self._write(one, values.get("power", 0.0), energy)

    async def kill(self, device: str) -> None:
        """Cuts a device's power: its unit does not answer any more."""
        await self._gateway().order("silence", unit=self._device(device).unit, on=True)

    async def revive(self, device: str) -> None:
        """Starts a device again, as if its power had returned."""
        await self._gateway().order("silence", unit=self._device(device).unit, on=False)

    async def stop(self) -> None:
        """Ends every device."""
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)
        if self.gateway is not None:
            await self.gateway.kill()
        self.devices.clear()

    async def _keep_measuring(self) -> None:
        spent_s = 0.0
        while True:
            await asyncio.sleep(self._every_s)
            spent_s += self._every_s
            with contextlib.suppress(ProblemError):  # it was killed, and may come back
                await self._measure(spent_s)

    async def _measure(self, spent_s: float) -> None:
        for n, one in enumerate(self.devices.values()):
            power_w = 900.0 + 600.0 * math.sin(spent_s / 60.0 + n)
            energy_wh = self._energy_wh.get(one.id, 1_234_500.0) + power_w * self._every_s / 3600.0
            self._energy_wh[one.id] = energy_wh
            await self._write(one, power_w, energy_wh)

    async def _write(self, one: VirtualModbusDevice, power_w: float, energy_wh: float) -> None:
        for space, address, values in one.measured(power_w, energy_wh):
            await self._gateway().order("set", unit=one.unit, space=space, address=address, values=values)

    def _gateway(self) -> ModbusGateway:
        if self.gateway is None:
            raise ProblemError(_not_up("it is off"))
        return self.gateway

    def _device(self, name: str) -> VirtualModbusDevice:
        found = self.devices.get(name) or next((d for d in self.devices.values() if d.name == name), None)
        if found is None:
            raise ProblemError(Problem(code="lab.unknown", args={"name": name}))
        return found


def _free_port(host: str) -> int:
    family, *_, address = socket.getaddrinfo(host, 0)[0]
    with socket.socket(family) as free:
        free.bind(address)
        return free.getsockname()[1]


def _not_up(why: str) -> Problem:
    return Problem(code="lab.device", args={"name": "Modbus"}, detail=why)
