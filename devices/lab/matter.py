"""The lab's Matter devices: real Matter nodes, one process each, so that one can be killed and restarted.

They run on Node with the public `@matter` packages, which are installed once into Oikos' folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices.folders import lab_folder
from devices.lab.netlab import BRIDGE
from devices.lab.node_programs import MATTER
from devices.node_runtime import installed, node_program
from twin.model.problem import Problem, ProblemError

START_S = 60.0
ORDER_S = 5.0
STOP_S = 3.0
FIRST_PASSCODE = 20202021
PRODUCT = 0x8000
"""Product id of all devices."""
_AT_ONCE = 2

KINDS: tuple[tuple[str, str], ...] = (
    ("dimmable-light", "light"), ("temperature", "temperature"), ("plug-energy", "plug"), ("contact", "contact"),
    ("occupancy", "occupancy"), ("thermostat", "thermostat"), ("covering", "blind"), ("color-light", "colour light"),
    ("air-quality", "air"), ("humidity", "humidity"), ("light-level", "light level"), ("door-lock", "lock"),
    ("smoke-co", "smoke alarm"), ("fan", "fan"), ("leak", "leak"), ("switch", "button"), ("pressure", "pressure"),
    ("onoff-light", "lamp"), ("ct-light", "warm light"), ("plug", "socket"), ("bridge", "bridge"),
    ("rain", "rain"), ("freeze", "freeze"), ("charger", "car charger"), ("water-heater", "water heater"),
)  # fmt: skip
"""Device types with the word in their name, in the order in which `oikos lab --matter N` takes them."""

_CHILDREN = (
    {"id": "attic", "type": "onoff-light", "name": "Attic"},
    {"id": "cellar", "type": "temperature", "name": "Cellar"},
    {"id": "washer", "type": "plug-energy", "name": "Washer"},
)

type DeviceOrder = dict[str, Any]
type _Answer = tuple[str, Any]
"""Why an order failed (empty where it did not), and its result."""

_VALUES: Mapping[str, tuple[str, str, str, float]] = {
    "on": ("main", "onOff", "onOff", 0),
    "level": ("main", "levelControl", "currentLevel", 2.54),
    "temperature": ("main", "temperatureMeasurement", "measuredValue", 100),
    "humidity": ("main", "relativeHumidityMeasurement", "measuredValue", 100),
    "pressure": ("main", "pressureMeasurement", "measuredValue", 0.01),
    "power": ("meter", "electricalPowerMeasurement", "activePower", 1000),
    "voltage": ("meter", "electricalPowerMeasurement", "voltage", 1000),
    "co2": ("main", "carbonDioxideConcentrationMeasurement", "measuredValue", 1),
    "pm25": ("main", "pm25ConcentrationMeasurement", "measuredValue", 1),
    "battery": ("battery", "powerSource", "batPercentRemaining", 2),
    "leak": ("main", "booleanState", "stateValue", 0),
    "rain": ("main", "booleanState", "stateValue", 0),
    "freeze": ("main", "booleanState", "stateValue", 0),
    "smoke": ("main", "smokeCoAlarm", "smokeState", 0),
    "room_temperature": ("main", "thermostat", "localTemperature", 100),
}
"""Quantity to endpoint, cluster, attribute and factor from the canonical unit (0: value unchanged)."""


def order_for(word: str, value: Any) -> DeviceOrder:  # noqa: ANN401 - what the device measures
    """The order that sets a quantity of a device. Raises ProblemError for an unknown quantity."""
    if word == "energy":
        return {"op": "energy", "value": round(float(value) * 1000)}
    if word == "press":
        return {"op": "press", "times": int(value), "hold": 60}
    if word == "open":
        return _set("main", "booleanState", {"stateValue": not value})
    if word == "occupied":
        return _set("main", "occupancySensing", {"occupancy": {"occupied": bool(value)}})
    if word not in _VALUES:
        known = ", ".join(sorted({*_VALUES, "energy", "press", "open", "occupied"}))
        raise ProblemError(Problem(code="lab.value", args={"word": word, "known": known}))
    endpoint, cluster, attribute, factor = _VALUES[word]
    return _set(endpoint, cluster, {attribute: round(value * factor) if factor else value})


def _set(endpoint: str, cluster: str, values: dict[str, Any]) -> DeviceOrder:
    return {"op": "set", "endpoint": endpoint, "cluster": cluster, "values": values}


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualDeviceSpec:
    """Description of one virtual Matter device. The passcode is for the lab only and not secret."""

    id: str
    name: str
    type: str
    port: int
    passcode: int
    discriminator: int

    def environment(self, storage: Path) -> dict[str, str]:
        """Environment variables of the device's process."""
        interface = os.environ.get("OIKOS_LAB_INTERFACE") or (BRIDGE if _has_bridge() else "")
        told = {name: getattr(self, name) for name in ("id", "name", "type", "port", "passcode", "discriminator")}
        told |= {"storage": str(storage), "interface": interface}
        if self.type == "bridge":
            told["children"] = _CHILDREN
        return {**os.environ, "OIKOS_LAB_DEVICE": json.dumps(told)}


@dataclass(slots=True, eq=False)
class VirtualMatterDevice:
    """One virtual device with its process; `facts` has the data needed to commission it."""

    spec: VirtualDeviceSpec
    folder: Path
    storage: Path
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None
    _online: asyncio.Future[None] | None = None
    _answers: dict[int, asyncio.Future[_Answer]] = field(default_factory=dict[int, "asyncio.Future[_Answer]"])
    _number: int = 0

    async def start(self) -> None:
        """Starts the process; returns when the device is on the network. Raises ProblemError."""
        if self._process is not None and self._process.returncode is None:
            return
        log = self.storage.with_suffix(".log")
        self._online = asyncio.get_running_loop().create_future()
        with await asyncio.to_thread(log.open, "ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                node_program(),
                str(self.folder / "matter_devices.mjs"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env=self.spec.environment(self.storage),
                start_new_session=True,
            )
        self._reader = asyncio.ensure_future(self._listen(self._process))  # noqa: TID251 - awaited in kill and stop
        try:
            async with asyncio.timeout(START_S):
                await self._online
        except (TimeoutError, ConnectionError):
            await self.kill()
            raise ProblemError(_not_up(self.spec, log)) from None

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - asked for above
        async for line in process.stdout:
            try:
                fact = json.loads(line)
            except ValueError:
                continue
            if fact.get("event") == "online":
                self._came_up(fact)
            elif (waiting := self._answers.get(fact.get("number", 0))) and not waiting.done():
                waiting.set_result(("" if fact["event"] == "done" else str(fact.get("why")), fact.get("result")))
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_result(("the device is off", None))
        if self._online is not None and not self._online.done():
            self._online.set_exception(ConnectionError("the device ended"))

    def _came_up(self, fact: Mapping[str, Any]) -> None:
        self.facts.update(
            {name: getattr(self.spec, name) for name in ("id", "name", "type", "port", "discriminator")}
            | {"code": fact["code"], "manual": fact["manual"]}
        )
        if self._online is not None and not self._online.done():
            self._online.set_result(None)

    async def order(self, order: DeviceOrder) -> Any:  # noqa: ANN401 - JSON
        """Sends an order to the device, waits until it is done and returns its result, None for most. Raises ProblemError
        where it is off, fails or does not answer.
        """
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            raise ProblemError(_off(self.spec.name, "the device is off"))
        self._number += 1
        answer: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        result: Any = None
        try:
            process.stdin.write(json.dumps(order | {"number": self._number}).encode() + b"\n")
            async with asyncio.timeout(ORDER_S):
                await process.stdin.drain()
                why, result = await answer
        except (TimeoutError, OSError):
            why = "the device does not answer"
        finally:
            self._answers.pop(self._number, None)
        if why:
            raise ProblemError(_off(self.spec.name, why))
        return result

    async def kill(self) -> None:
        """Cuts the device's power: kills its process."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def stop(self) -> None:
        """Ends the process in order; kills it after STOP_S."""
        process = self._process
        if process is not None and process.stdin is not None and process.returncode is None:
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await process.wait()
        await self.kill()


class MatterLab:
    """Virtual Matter devices, addressed by id or name; `stop` ends them all."""

    def __init__(self) -> None:
        self.devices: dict[str, VirtualMatterDevice] = {}

    async def start(self, n: int, folder: Path, *, types: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """Starts n devices; returns facts of each: id, name, type, code, manual, port, discriminator. Raises
        ProblemError.
        """
        program = await installed(MATTER, lab_folder("matter"))
        storage = folder / "matter"
        storage.mkdir(parents=True, exist_ok=True)
        for spec in specs(n, types):
            self.devices[spec.id] = VirtualMatterDevice(spec, program, storage / spec.id)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def begin(device: VirtualMatterDevice) -> dict[str, Any]:
            async with gate:
                await device.start()
            return device.facts

        try:
            return list(await asyncio.gather(*map(begin, self.devices.values())))
        except BaseException:
            await self.stop()
            raise

    async def set(self, device: str, **values: Any) -> None:  # noqa: ANN401 - what the device measures
        """Changes measured values: temperature=21.5, power=60, on=True, energy=1234 (Wh), open=True ... Raises
        ProblemError.
        """
        one = self._device(device)
        for word, value in values.items():
            await one.order(order_for(word, value))

    async def kill(self, device: str) -> None:
        """Cuts a device's power: its process is killed."""
        await self._device(device).kill()

    async def revive(self, device: str) -> None:
        """Starts a device again after a power cut; it still belongs to its network."""
        await self._device(device).start()

    async def fabrics(self, device: str) -> list[dict[str, Any]]:
        """The device's own table of the fabrics that it is in: root key and node id in each. Raises ProblemError."""
        return await self._device(device).order({"op": "fabrics"})

    async def break_update(self, device: str, at: str) -> None:
        """Lets the device's next update fail at "load" or "install". Raises ProblemError."""
        await self._device(device).order({"op": "updates", "fault": at})

    async def stop(self) -> None:
        """Ends every device."""
        await asyncio.gather(*(device.stop() for device in self.devices.values()))
        self.devices.clear()

    def _device(self, name: str) -> VirtualMatterDevice:
        found = self.devices.get(name) or next((d for d in self.devices.values() if d.spec.name == name), None)
        if found is None:
            raise ProblemError(Problem(code="lab.unknown", args={"name": name}))
        return found


async def write_image(file: Path, number: int, text: str, *, size: int, product: int = PRODUCT) -> None:
    """Writes an image of a software version that the lab's devices install: its number and text, `size` bytes of payload.
    Raises ProblemError."""
    program = await installed(MATTER, lab_folder("matter"))
    command = [node_program(), str(program / "matter_image.mjs"), str(file), str(number), text, str(size), str(product)]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    if process.returncode:
        raise ProblemError(_off(file.name, errors.decode("utf-8", "replace")[-500:]))


def specs(n: int, types: tuple[str, ...] = ()) -> list[VirtualDeviceSpec]:
    """Descriptions of the first n devices, or of these types; the manual codes of the first sixteen differ in their
    discriminator.
    """
    names = dict(KINDS)
    chosen = types or tuple(KINDS[index % len(KINDS)][0] for index in range(n))
    ports = _free_ports(len(chosen))
    made: list[VirtualDeviceSpec] = []
    for index, type in enumerate(chosen):
        number = 1 + sum(one.type == type for one in made)
        made.append(
            VirtualDeviceSpec(
                id=f"{type}-{number}",
                name=f"Lab {names[type]} {number}",
                type=type,
                port=ports[index],
                passcode=FIRST_PASSCODE + index,
                discriminator=(index % 16 << 8 | index // 16) & 0xFFF,
            )
        )
    return made


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) for _ in range(count)]
        for one in sockets:
            one.bind(("::", 0))
        return [one.getsockname()[1] for one in sockets]


def _has_bridge() -> bool:
    return any(name == BRIDGE for _, name in socket.if_nameindex())


def _not_up(spec: VirtualDeviceSpec, log: Path) -> Problem:
    last = log.read_text("utf-8", "replace")[-500:] if log.exists() else ""
    return Problem(code="lab.device", args={"name": spec.name}, detail=last)


def _off(name: str, why: str) -> Problem:
    return Problem(code="lab.order", args={"name": name, "why": why})
