"""What people complained of in public about other readers of MQTT discovery, and what is right."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from devices.link import LinkState
from devices.protocols.mqtt.connection import BrokerConnection
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from tests.devices.protocols.mqtt.raw_broker import RawBroker
from tests.devices.protocols.mqtt.test_hostile import GOOD, running, until
from twin.model.observation import Report


def registry(**configs: dict[str, object]) -> DiscoveryRegistry:
    """A registry of announcements, by component."""
    made = DiscoveryRegistry()
    for component, body in configs.items():
        topic = f"homeassistant/{component}/n/x/config"
        device = {"identifiers": [f"of {component}"], "name": component}
        assert made.store_config(topic, json.dumps({"device": device} | body).encode())
    made.rebuild_devices()
    return made


def said(known: DiscoveryRegistry, topic: str, payload: bytes, *, retained: bool = False) -> list[object]:
    """The values that a message reports."""
    events = known.handle_message(topic, payload, retained=retained).events
    return [event.value for event in events if isinstance(event, Report)]


def test_core_180430_a_template_reads_an_empty_payload_too() -> None:
    known = registry(sensor={"state_topic": "box/mode", "value_template": "{{ 'idle' if value == '' else value }}"})
    assert [said(known, "box/mode", payload) for payload in (b"charging", b"")] == [["charging"], ["idle"]]


def test_core_106388_a_press_that_the_broker_kept_is_none() -> None:
    known = registry(
        event={"state_topic": "bell", "event_types": ["press"]},
        device_automation={"automation_type": "trigger", "type": "button_short_press", "subtype": "left",
                           "topic": "remote", "payload": "left"},
    )  # fmt: skip
    for topic, payload in (("bell", b'{"event_type": "press"}'), ("remote", b"left")):
        assert said(known, topic, payload, retained=True) == []
        assert len(said(known, topic, payload)) == 1


def test_boards_of_one_unique_id_hear_only_their_own_commands() -> None:
    known = DiscoveryRegistry()
    for name in ("stick1", "stick2"):
        body = {"unique_id": "led", "state_topic": f"{name}/led", "command_topic": f"{name}/led/set",
                "device": {"identifiers": [name], "name": name}}  # fmt: skip
        assert known.store_config(f"homeassistant/switch/{name}/led/config", json.dumps(body).encode())
    known.rebuild_devices()
    sent = {one.uid: known.encode_command(one.uid, one.points[0].key, "on", None)[0].topic for one in known.devices}
    assert sent == {"stick1": "stick1/led/set", "stick2": "stick2/led/set"}


@pytest.mark.blocks
async def test_core_39007_states_are_subscribed_before_the_birth_message_that_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, heard = RawBroker(), list[bytes]()
    real = RawBroker._answer

    def answer(self: RawBroker, kind: int, body: bytes, writer: asyncio.StreamWriter) -> bool:
        heard.append(body)
        return real(self, kind, body, writer)

    async def publish(self: BrokerConnection, topic: str, *_: object, **__: object) -> None:
        if topic == "homeassistant/status" and any(b"good/state" in body for body in heard):
            broker.push(b"good/state", b"7")  # a device that answers at once, once, and keeps nothing at the broker

    monkeypatch.setattr(RawBroker, "_answer", answer)
    monkeypatch.setattr(BrokerConnection, "publish", publish)
    broker.retained = [(b"homeassistant/sensor/n/good/config", json.dumps(GOOD).encode())]
    link, ears, task = running(await broker.start(), tmp_path)
    try:
        await until(lambda: link.state is LinkState.ONLINE and ears.reports)
        assert [str(one.value) for one in ears.reports] == ["7"]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await broker.stop()
