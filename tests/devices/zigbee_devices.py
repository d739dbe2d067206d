"""Reads a thousand Zigbee2MQTT devices from a stock Mosquitto, by the bridge's own list and by Home Assistant discovery, and prints
whether all came, how many of their main features are in the vocabulary, and which are not.

    uv run python -m tests.devices.zigbee_devices [--devices 1000]

The list has the definitions of two recorded bridges by turns. Discovery is that of one recorded bridge with a thousand different ones.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.bench.harness.zigbee_bridge import BASE, INFO, bridge_process, copies
from devices.lab.mosquitto import Mosquitto
from devices.protocols.mqtt.entity import MqttEntity
from devices.protocols.mqtt.mqtt_session import MqttSession
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until

SHARED = Path(__file__).parents[3] / "shared" / "data"
LEAST_PERCENT = 90.0
PATIENCE_S = 300.0


@dataclass(slots=True)
class MainFeatures:
    """What devices measure, detect, switch or tell; not how they are set up, nor facts of the devices themselves."""

    named: int = 0
    """In the vocabulary outright."""
    raw: Counter[str] = field(default_factory=Counter[str])
    """The others, with their number, by name and raw capability."""

    @property
    def percent(self) -> float:
        """Share of the features that are in the vocabulary."""
        return 100.0 * self.named / max(self.named + self.raw.total(), 1)

    @classmethod
    def of(cls, entities: Iterable[MqttEntity]) -> MainFeatures:
        """The main features of these entities; one that a device has several times counts once."""
        found, seen = cls(), set[tuple[str, str, str]]()
        for one in entities:
            config, device = one.config, one.config.identifiers[0]
            if config.component in ("number", "select", "text", "button") or config.values.get("entity_category"):
                continue
            name = re.sub(r"_(l\d+|switch_\d|\d+)$", "", config.object)
            for point in one.points:
                if "bridge" in device or (device, name, point.capability) in seen:
                    continue
                seen.add((device, name, point.capability))
                if point.capability.startswith("raw_"):
                    found.raw[f"{name} ({point.capability})"] += 1
                else:
                    found.named += 1
        return found


@dataclass(slots=True)
class Taken:
    """What a link made of the announcements."""

    wanted: int
    missing: frozenset[str]
    """Uids of devices that did not come."""
    skipped: int
    complete: bool
    features: MainFeatures

    @property
    def good(self) -> bool:
        """Whether all came, and enough of their main features are in the vocabulary."""
        return self.complete and not self.missing and not self.skipped and self.features.percent >= LEAST_PERCENT


def native(count: int, data: Path) -> tuple[Mapping[str, str], frozenset[str]]:
    """Messages by topic, and the uids of the devices that they announce: a bridge without Home Assistant discovery."""
    coordinator, devices = copies(count, data / "protocols" / "mqtt")
    listed = [coordinator, *(one.listed for one in devices)]
    messages = {f"{BASE}/bridge/info": json.dumps(INFO), f"{BASE}/bridge/devices": json.dumps(listed)}
    return messages, frozenset(f"zigbee2mqtt_{one.address}" for one in devices)


def discovered(count: int, data: Path) -> tuple[Mapping[str, str], frozenset[str]]:
    """As `native`, of a bridge that is known by Home Assistant discovery only."""
    with gzip.open(data / "protocols" / "mqtt" / "z2m_1000_ha_discovery.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [row.rstrip("\n").split("\t", 1) for row in file]
    addresses = dict.fromkeys(topic.split("/")[2] for topic, _ in rows if topic.split("/")[2].startswith("0x"))
    chosen = frozenset(list(addresses)[:count])
    messages = {topic: payload for topic, payload in rows if topic.split("/")[2] in chosen}
    return messages, frozenset(f"zigbee2mqtt_{address}" for address in chosen)


WAYS = {"native": native, "discovery": discovered}


async def taken(way: str, count: int, data: Path, folder: Path) -> Taken:
    """Publishes devices on a broker of its own and reads them by a link."""
    messages, wanted = await asyncio.to_thread(WAYS[way], count, data)
    broker = Mosquitto(folder, tls=False)
    facts = await broker.start()
    try:
        with bridge_process(facts.host, facts.port, folder) as bridge:
            await asyncio.to_thread(bridge.publish, messages)
            one = LinkUnderTest(folder / "mine", facts.url)
            async with running(one):
                await until(lambda: one.ears.devices and one.runner.complete, PATIENCE_S)
                session = one.runner.session
                assert isinstance(session, MqttSession)
                entities = [made for told in session._registry._entities.values() for made in told]
                return Taken(
                    wanted=len(wanted),
                    missing=wanted - {device.uid for device in one.ears.devices},
                    skipped=len(session.skipped),
                    complete=one.runner.complete,
                    features=MainFeatures.of(entities),
                )
    finally:
        await broker.stop()


def lines(way: str, done: Taken) -> list[str]:
    """The printed result."""
    features = done.features
    count = features.named + features.raw.total()
    raw = ", ".join(f"{number} {name}" for name, number in features.raw.most_common())
    state = "complete" if done.complete and not done.missing else "INCOMPLETE"
    return [
        f"{way}: {done.wanted - len(done.missing)} of {done.wanted} devices, {state}, {done.skipped} entries left out",
        f"{way}: {features.named} of {count} main features in the vocabulary outright ({features.percent:.1f} %)",
        f"{way}: raw: {raw}",
    ]


def main() -> int:
    """Prints both ways; 1 where a device is missing, or too few main features are in the vocabulary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--devices", type=int, default=1000)
    count = parser.parse_args().devices
    good = True
    for way in WAYS:
        with tempfile.TemporaryDirectory(prefix="oikos-zigbee-") as folder:
            done = asyncio.run(taken(way, count, SHARED, Path(folder)))
        print(*lines(way, done), sep="\n", flush=True)
        good &= done.good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
