"""A Zigbee2MQTT bridge of many devices on a broker: what it publishes, of recorded definitions, by a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.bench.harness.result import UnmeasurableError
from devices.lab.mqtt_client import ConnectOptions, MqttClient

type Json = dict[str, Any]
BASE = "zigbee2mqtt"
RECORDED = ("z2m60", "z2m_bulk")
"""Recordings of real bridges: `<name>_bridge_devices.json`, their list, and `<name>_ha_discovery.json`, by topic."""
INFO = {"version": "2.14.1", "permit_join": False, "config": {"availability": {"enabled": True}}}


@dataclass(frozen=True, slots=True)
class RecordedDevice:
    """A device of a bridge: its entry in the list, and its announcements for Home Assistant discovery by topic."""

    listed: Json
    discovered: Mapping[str, str]

    @property
    def address(self) -> str:
        """Its IEEE address."""
        return str(self.listed["ieee_address"])

    def copy(self, number: int) -> RecordedDevice:
        """The same product with another address and name."""
        address, name = f"0x{number:016x}", f"thing {number}"
        said = {self.address: address, str(self.listed["friendly_name"]): name}

        def renamed(text: str) -> str:
            for old, new in said.items():
                text = text.replace(old, new)
            return text

        listed = self.listed | {"ieee_address": address, "friendly_name": name}
        return RecordedDevice(listed, {renamed(topic): renamed(text) for topic, text in self.discovered.items()})


def recorded_folder() -> Path:
    """The folder of recordings: that in OIKOS_BENCH_DATA, or the one beside the project."""
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    return Path(os.environ.get("OIKOS_BENCH_DATA", beside)) / "protocols" / "mqtt"


def recorded_devices(folder: Path) -> tuple[Json, list[RecordedDevice]]:
    """The coordinator and the devices of the recordings that are announced both ways; UnmeasurableError without them."""
    coordinator: Json = {}
    found: list[RecordedDevice] = []
    for name in RECORDED:
        try:
            listed = json.loads((folder / f"{name}_bridge_devices.json").read_bytes())
            announced = json.loads((folder / f"{name}_ha_discovery.json").read_bytes())
        except OSError:
            raise UnmeasurableError(f"set OIKOS_BENCH_DATA to a folder with protocols/mqtt/{name}_*.json") from None
        by_address: dict[str, dict[str, str]] = {}
        for topic, body in announced.items():
            by_address.setdefault(topic.split("/")[2], {})[topic] = json.dumps(body)
        coordinator = next((one for one in listed if one["type"] == "Coordinator"), coordinator)
        devices = (one for one in listed if one["type"] != "Coordinator")
        found += [
            RecordedDevice(one, by_address[one["ieee_address"]]) for one in devices if one["ieee_address"] in by_address
        ]
    return coordinator, found


def copies(count: int, folder: Path) -> tuple[Json, list[RecordedDevice]]:
    """The coordinator and so many devices, products by turns."""
    coordinator, known = recorded_devices(folder)
    return coordinator, [known[n % len(known)].copy(n + 1) for n in range(count)]


@dataclass(slots=True)
class BridgeProcess:
    """Publishes retained messages, in a process of its own."""

    process: subprocess.Popen[str]
    folder: Path

    def prepared(self, messages: Mapping[str, str]) -> Path:
        """Messages by topic as a file, to be sent later."""
        file = self.folder / "messages.json"
        file.write_text(json.dumps(messages), "utf-8")
        return file

    def send(self, file: Path) -> None:
        """Publishes prepared messages and returns when the broker has them."""
        if self.process.stdin is None or self.process.stdout is None:
            raise UnmeasurableError("the publisher has no pipes")
        self.process.stdin.write(f"{file}\n")
        self.process.stdin.flush()
        if self.process.stdout.readline().strip() != "done":
            raise UnmeasurableError("the publisher failed")

    def publish(self, messages: Mapping[str, str]) -> None:
        """Publishes messages by topic and returns when the broker has them."""
        self.send(self.prepared(messages))


@contextmanager
def bridge_process(host: str, port: int, folder: Path) -> Generator[BridgeProcess]:
    """A running publisher; ends with the context."""
    command = [sys.executable, "-m", __name__, host, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield BridgeProcess(process, folder)
        finally:
            if process.stdin is not None:
                process.stdin.close()


async def _serve(host: str, port: int) -> None:
    wire = await MqttClient.open(host, port, ConnectOptions("bridge", keepalive_s=0))
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        messages = json.loads(await asyncio.to_thread(Path(line).read_bytes))
        for topic, payload in messages.items():
            wire.publish(topic, payload, retain=True)
            await wire.drain()
        await _taken(wire)
        print("done", flush=True)  # noqa: T201 - the answer to the process that asked
    await wire.close()


async def _taken(wire: MqttClient) -> None:
    """Returns when the broker has taken what was published before: it answers in order."""
    topic = f"oikos-bench/{os.getpid()}"
    wire.subscribe(topic)
    wire.publish(topic, "")
    while (await wire.receive())[0] != topic:
        pass


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
