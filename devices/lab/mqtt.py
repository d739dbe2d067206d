"""The lab's MQTT devices: each with its own connection and last will, so that each can be killed and restarted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from random import Random
from typing import Any

from devices.lab.mosquitto import BrokerFacts
from devices.lab.mqtt_client import ConnectOptions, MqttClient
from devices.lab.virtual_mqtt_devices import THINGS, VirtualDeviceRow, obey
from twin.model.problem import Problem, ProblemError

BASE = "oikos-lab"
PREFIX = "homeassistant"
JOINING_AT_ONCE = 20
"""Devices that connect at a time. A radio or a Wi-Fi spreads those of a house, too; thousands at once would each be given too
little of the processor to be welcomed within `WELCOME_S`, and all begin again."""
WELCOME_S = 5.0


class VirtualMqttDevice:
    """One device: announces itself, executes commands, changes its values, reconnects; `kill` drops its connection."""

    def __init__(
        self,
        device: VirtualDeviceRow,
        number: int,
        broker: BrokerFacts,
        tls: ssl.SSLContext | None,
        joining: asyncio.Semaphore,
    ) -> None:
        self.thing = device
        self.id = f"{device.id}-{number}"
        self.name = f"Lab {device.title.lower()} {number}"
        self.state = dict(device.start)
        self.alive = asyncio.Event()
        self.alive.set()
        self.online = asyncio.Event()
        self._broker, self._tls, self._joining = broker, tls, joining
        self._base = f"{BASE}/{self.id}"
        self._chance = Random(self.id)  # noqa: S311 - living values, not secrets
        self._wire: MqttClient | None = None

    async def run(self, every_s: float) -> None:
        """Keeps the device connected while it has power, until cancelled; `every_s` is the seconds between reports."""
        try:
            while True:
                await self.alive.wait()
                with contextlib.suppress(OSError, TimeoutError):
                    await self._connected(every_s)
                if self._wire is not None:
                    self._wire.disconnect_abruptly()
                    self._wire = None
                self.online.clear()
                await asyncio.sleep(self._chance.uniform(0.1, 0.4))
        finally:
            if self._wire is not None:
                self._wire.publish(f"{self._base}/availability", "offline", retain=True)
                await self._wire.close()

    async def _connected(self, every_s: float) -> None:
        will = (f"{self._base}/availability", "offline")
        hello = ConnectOptions(f"oikos-lab-{self.id}", self._broker.user, self._broker.password, will)
        async with self._joining, asyncio.timeout(WELCOME_S):
            wire = await MqttClient.open(self._broker.host, self._broker.port, hello, self._tls)
        if not self.alive.is_set():
            wire.disconnect_abruptly()
            return
        self._wire = wire
        self._announce(wire)
        self.online.set()
        loop = asyncio.get_running_loop()
        due = loop.time() + every_s
        step: asyncio.Future[tuple[str, bytes]] | None = None
        try:
            while True:
                step = step or asyncio.ensure_future(wire.receive())  # noqa: TID251 - ended below
                done, _ = await asyncio.wait((step,), timeout=max(due - loop.time(), 0.0))
                if done:
                    (topic, payload), step = step.result(), None
                    self._handle_command(wire, topic, payload)
                if loop.time() >= due:
                    self.thing.live(self.state, every_s, self._chance)
                    self._publish_state(wire)
                    wire.ping()
                    due = loop.time() + (0.1 if "goal" in self.state else every_s)
        finally:
            if step is not None:
                step.cancel()
                await asyncio.gather(step, return_exceptions=True)

    def _announce(self, wire: MqttClient) -> None:
        for place, body in self.thing.components.items():
            component, object_ = place.split("/")
            config = {
                "~": self._base,
                "name": None if component == object_ else object_.capitalize(),
                "unique_id": f"oikos_lab_{self.id}_{object_}",
                "state_topic": "~/state",
                "availability_topic": "~/availability",
                "device": self._about(),
                "origin": {"name": "Oikos lab"},
            } | dict(body)
            wire.publish(f"{PREFIX}/{component}/oikos_lab_{self.id}/{object_}/config", json.dumps(config), retain=True)
        wire.subscribe(f"{self._base}/set", f"{self._base}/set/+", f"{PREFIX}/status")
        wire.publish(f"{self._base}/availability", "online", retain=True)
        self._publish_state(wire)

    def _about(self) -> dict[str, Any]:
        return {
            "identifiers": [f"oikos-lab-{self.id}"],
            "name": self.name,
            "manufacturer": "Oikos lab",
            "model": self.thing.model,
            "sw_version": "1.0",
        }

    def _handle_command(self, wire: MqttClient, topic: str, payload: bytes) -> None:
        if topic == f"{PREFIX}/status":
            self._publish_state(wire)
            return
        obey(
            self.thing,
            self.state,
            topic.removeprefix(f"{self._base}/set").strip("/"),
            payload.decode("utf-8", "replace"),
        )
        self.thing.live(self.state, 0.0, self._chance)
        self._publish_state(wire)

    def _publish_state(self, wire: MqttClient) -> None:
        wire.publish(
            f"{self._base}/state", json.dumps({k: v for k, v in self.state.items() if k != "goal"}), retain=True
        )

    def set(self, **values: Any) -> None:  # noqa: ANN401 - fields of the state
        """Changes fields of the device's state and publishes it. Raises KeyError for an unknown field."""
        for name in values:
            self.state[name]
        self.state |= values
        if self._wire is not None:
            self._publish_state(self._wire)

    def kill(self) -> None:
        """Cuts the power: the broker notices and publishes the last will."""
        self.alive.clear()
        if self._wire is not None:
            self._wire.disconnect_abruptly()

    def revive(self) -> None:
        """Gives the device power again."""
        self.alive.set()


class MqttLab:
    """Virtual devices at one broker."""

    def __init__(self, broker: BrokerFacts, *, every_s: float = 5.0) -> None:
        self._broker, self._every_s = broker, every_s
        self.devices: dict[str, VirtualMqttDevice] = {}
        self._tasks: list[asyncio.Future[None]] = []

    async def start(self, n: int) -> list[dict[str, Any]]:
        """Starts n devices and waits until all have announced themselves; returns id, name and type of each. Raises
        ProblemError.
        """
        tls = await asyncio.to_thread(ssl.create_default_context, cafile=self._broker.ca) if self._broker.ca else None
        joining = asyncio.Semaphore(JOINING_AT_ONCE)
        for index in range(n):
            kind, number = THINGS[index % len(THINGS)], index // len(THINGS) + 1
            device = VirtualMqttDevice(kind, number, self._broker, tls, joining)
            self.devices[device.id] = device
            self._tasks.append(asyncio.ensure_future(device.run(self._every_s)))  # noqa: TID251 - ended in stop()
        try:
            async with asyncio.timeout(20 + n / 10):
                await asyncio.gather(*(device.online.wait() for device in self.devices.values()))
        except TimeoutError:
            await self.stop()
            raise ProblemError(_late(self._broker.url)) from None
        return [{"id": d.id, "name": d.name, "type": d.thing.id} for d in self.devices.values()]

    async def stop(self) -> None:
        """Ends every device in order; may be called twice."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _late(where: str) -> Problem:
    return Problem(code="lab.mqtt_late", where=where, retry=True)
