"""Announcements behind a broker that drops what its queue cannot hold: all of them arrive, or it is said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.contract import AdapterContext
from devices.lab.mosquitto import Mosquitto
from devices.lab.mqtt_client import ConnectOptions, MqttClient
from devices.protocol_registry import adapters
from devices.protocols.mqtt.components import SUBSCRIBED
from devices.protocols.mqtt.retained_snapshot import LONG, FilterPart, RetainedSnapshot


def matches(filter_: str, topic: str) -> bool:
    wanted, there = filter_.split("/"), topic.split("/")
    return len(wanted) == len(there) and all(a in ("+", b) for a, b in zip(wanted, there, strict=True))


def brought(part: FilterPart, retained: Iterable[str], queue: int) -> list[str]:
    """What a broker sends for a subscription: in the order in which it came, cut at its queue."""
    return [topic for topic in retained if any(matches(one, topic) for one in part)][:queue]


def read_all(retained: list[str], queue: int) -> tuple[RetainedSnapshot, set[str], int]:
    snapshot, seen, first = RetainedSnapshot("ha", ("sensor", "switch", "light")), set[str](), 0
    while parts := snapshot.next_round():
        for part in parts:
            for topic in brought(part, retained, queue):
                snapshot.saw(topic)
                seen.add(topic)
        first = first or len(seen)
    return snapshot, seen, first


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 40),
    st.integers(1, 6),
    st.integers(0, 20),
    st.lists(st.sampled_from(("switch", "light")), max_size=2),
)
def test_every_announcement_is_read_from_a_broker_that_cuts_long_snapshots(
    nodes: int, objects: int, odd: int, more: list[str]
) -> None:
    retained = [f"ha/sensor/n{node}/o{object_}/config" for node in range(nodes) for object_ in range(objects)]
    retained += [f"ha/{component}/n{node}/x/config" for component in more for node in range(0, nodes, 3)]
    retained += [f"ha/sensor/odd{n}/o{n % objects}/config" for n in range(odd)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("devices.protocols.mqtt.retained_snapshot.LONG", 20)
        patch.setattr("devices.protocols.mqtt.retained_snapshot.QUEUE", 40)
        snapshot, seen, _ = read_all(list(dict.fromkeys(retained)), queue=61)
    assert seen == set(retained)
    assert snapshot.complete
    assert not snapshot.unstable


def test_a_short_snapshot_is_read_once_and_a_long_one_is_cut_at_first() -> None:
    snapshot, seen, first = read_all([f"ha/light/n{n}/light/config" for n in range(LONG)], queue=1000)
    assert (len(seen), first) == (LONG, LONG)
    retained = [f"ha/sensor/n{n}/o{m}/config" for n in range(300) for m in range(10)]
    snapshot, seen, first = read_all(retained, queue=1000)
    assert (len(seen), first) == (3000, 1000)
    assert snapshot.complete


@pytest.mark.usefixtures("mosquitto")
@pytest.mark.blocks
@pytest.mark.parametrize("modern", [True, False], ids=["mqtt5", "mqtt311"])
async def test_a_real_broker_with_a_short_queue_gives_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modern: bool
) -> None:
    """The announcements are longer than socket buffers and queue together: one reading of the lot gets a part of it."""
    nodes, objects = 300, 12
    broker = Mosquitto(tmp_path, tls=False, more=("max_queued_messages 300",))
    facts = await broker.start()
    rounds: list[int] = []
    monkeypatch.setattr("devices.protocols.mqtt.connection._MODERN", modern)
    real = RetainedSnapshot.next_round

    def counted(self: RetainedSnapshot) -> list[FilterPart]:
        rounds.append(self.count)
        return real(self)

    monkeypatch.setattr(RetainedSnapshot, "next_round", counted)
    try:
        await announce(facts.host, facts.port, nodes, objects)
        adapter = adapters()["mqtt"]
        session = await adapter.open(adapter.link(facts.url), None, AdapterContext(folder=tmp_path))
        try:
            devices = await session.describe()
        finally:
            await session.close()
    finally:
        await broker.stop()
        await asyncio.get_running_loop().shutdown_default_executor()
    assert (len(devices), sum(len(device.points) for device in devices)) == (nodes, nodes * objects)
    assert 0 < rounds[1] < nodes * objects, "the first round was not cut: this test proves nothing"


async def announce(host: str, port: int, nodes: int, objects: int) -> None:
    wire = await MqttClient.open(host, port, ConnectOptions("publisher"))
    for node in range(nodes):
        for object_ in range(objects):
            payload = {
                "state_topic": f"z/{node}",
                "unique_id": f"{node}-{object_}",
                "value_template": "{{ value_json.o" + str(object_) + " }}",
                "device": {"identifiers": [f"n{node}"]},
                "filler": "x" * 4000,
            }
            wire.publish(f"homeassistant/sensor/n{node}/o{object_}/config", json.dumps(payload), retain=True)
        await wire.drain()
    wire.ping()
    await wire.drain()
    await wire.close()


def test_components_are_read_one_by_one() -> None:
    parts = RetainedSnapshot("ha", SUBSCRIBED).next_round()
    assert len(parts) == len(SUBSCRIBED) + 1
    assert parts[-1] == ("ha/+/+/config", "ha/+/+/+/config")
