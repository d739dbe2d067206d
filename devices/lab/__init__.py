"""Virtual devices with the real protocols on loopback, for tests and training."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from devices.lab.matter import MatterLab
    from devices.lab.modbus import ModbusLab
    from devices.lab.mosquitto import Mosquitto
    from devices.lab.mqtt import MqttLab


def not_fetched(*, matter: int, modbus: int) -> bool:
    """Whether packages of this many devices have to be fetched before they start. Blocks."""
    from devices.folders import lab_folder
    from devices.lab.node_programs import MATTER, MODBUS
    from devices.node_runtime import is_installed

    wanted = ((matter, MATTER, "matter"), (modbus, MODBUS, "modbus"))
    return any(n > 0 and not is_installed(program, lab_folder(name)) for n, program, name in wanted)


class Lab:
    """Virtual devices as an async context manager; everything started ends with it."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self.broker: Mosquitto | None = None
        self.mqtt: MqttLab | None = None
        self.matter: MatterLab | None = None
        self.modbus: ModbusLab | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def start(
        self,
        *,
        matter: int = 0,
        mqtt: int = 0,
        modbus: int = 0,
        tls: bool = True,
        folder: Path | None = None,
        every_s: float = 5.0,
    ) -> dict[str, Any]:
        """Starts this many devices of each protocol; returns facts as JSON: ports, codes, addresses, credentials.
        Raises ProblemError.
        """
        if folder is None:
            temporary = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="oikos-lab-"))
            folder = Path(temporary)
        facts: dict[str, Any] = {}
        if mqtt > 0:
            facts["mqtt"] = await self._start_mqtt(mqtt, tls=tls, folder=folder, every_s=every_s)
        if modbus > 0:
            facts["modbus"] = await self._start_modbus(modbus, every_s=every_s)
        if matter > 0:
            facts["matter"] = await self._start_matter(matter, folder)
        return facts

    async def _start_mqtt(self, n: int, *, tls: bool, folder: Path, every_s: float) -> dict[str, Any]:
        from devices.lab.mdns_announcement import announced
        from devices.lab.mosquitto import Mosquitto
        from devices.lab.mqtt import MqttLab

        self.broker = Mosquitto(folder, tls=tls)
        self._stack.push_async_callback(self.broker.stop)
        facts = await self.broker.start()
        self.mqtt = MqttLab(facts, every_s=every_s)
        self._stack.push_async_callback(self.mqtt.stop)
        devices, _ = await asyncio.gather(
            self.mqtt.start(n), self._stack.enter_async_context(announced(facts.port, tls=tls))
        )
        return asdict(facts) | {"devices": devices}

    async def _start_matter(self, n: int, folder: Path) -> list[dict[str, Any]]:
        from devices.lab.matter import MatterLab

        self.matter = MatterLab()
        self._stack.push_async_callback(self.matter.stop)
        return await self.matter.start(n, folder)

    async def _start_modbus(self, n: int, *, every_s: float) -> dict[str, Any]:
        from devices.lab.modbus import ModbusLab

        self.modbus = ModbusLab(every_s=every_s)
        self._stack.push_async_callback(self.modbus.stop)
        return await self.modbus.start(n)

    async def set(self, device: str, **values: Any) -> None:  # noqa: ANN401 - what the device measures
        """Changes a device's values or state, which it then reports. Raises ProblemError for an unknown device."""
        one = self._mqtt_device(device)
        if one is not None:
            one.set(**values)
        else:
            await self._process_lab(device).set(device, **values)

    async def kill(self, device: str) -> None:
        """Cuts a device's power: it disappears without a disconnect."""
        one = self._mqtt_device(device)
        if one is not None:
            one.kill()
        else:
            await self._process_lab(device).kill(device)

    async def revive(self, device: str) -> None:
        """Starts a device again, as if its power had returned."""
        one = self._mqtt_device(device)
        if one is not None:
            one.revive()
        else:
            await self._process_lab(device).revive(device)

    def _mqtt_device(self, name: str) -> Any:  # noqa: ANN401 - imported lazily
        devices = self.mqtt.devices if self.mqtt else {}
        return devices.get(name) or next((one for one in devices.values() if one.name == name), None)

    def _process_lab(self, device: str) -> Any:  # noqa: ANN401 - another part's class
        """The lab whose devices are processes or units of one."""
        if self.modbus is not None and self.modbus.has(device):
            return self.modbus
        if self.matter is None:
            raise ProblemError(Problem(code="lab.unknown", args={"name": device}))
        return self.matter
