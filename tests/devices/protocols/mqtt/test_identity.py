"""Who is who: no two entities share a key, no two devices a uid, and both are the same at every start."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry

_NAMES = st.sampled_from(
    ["relay1", "power", "mode", "a.b", "a", "b", "a@b", "Küche", "x~1", "", " ", "none"]
) | st.text(max_size=6)
_SEGMENT = st.sampled_from(["garage", "cellar", "relay1", "a", "a.b", "device", "~", "@a"])
_IDENTIFIERS = st.lists(st.sampled_from(["d1", "d2", "board", "", "null", "None"]) | st.none(), max_size=3)
_ENTITY = st.fixed_dictionaries(
    {
        "component": st.sampled_from(["switch", "sensor", "light", "climate", "fan"]),
        "node": st.none() | _SEGMENT,
        "object": _SEGMENT,
        "unique_id": st.none() | _NAMES | st.integers(),
        "identifiers": _IDENTIFIERS,
        "device": st.sampled_from(["", "Board", "Cellar", "Garage"]),
    }
)


def announced(entities: list[dict[str, Any]]) -> dict[str, bytes]:
    """Discovery topics and payloads; every entity has state and command topics of its own."""
    made: dict[str, bytes] = {}
    for number, one in enumerate(entities):
        node = f"{one['node']}/" if one["node"] else ""
        topic = f"homeassistant/{one['component']}/{node}{one['object']}/config"
        states = ("state_topic", "command_topic", "mode_state_topic", "percentage_state_topic")
        body = {name: f"{name}/{number}" for name in states} | {"modes": ["off", "heat"]}
        body |= {"device": {"identifiers": one["identifiers"], "name": one["device"]}}
        if one["unique_id"] is not None:
            body["unique_id"] = one["unique_id"]
        made[topic] = json.dumps(body).encode()
    return made


def settled(payloads: dict[str, bytes], memory: str = "") -> DiscoveryRegistry:
    world = DiscoveryRegistry()
    world.load(memory)
    for topic, payload in payloads.items():
        world.store_config(topic, payload)
    world.rebuild_devices()
    return world


@given(st.lists(_ENTITY, max_size=8))
def test_no_key_is_given_to_two_entities_whatever_is_announced(entities: list[dict[str, Any]]) -> None:
    payloads = announced(entities)
    world = settled(payloads)
    assert len({device.uid for device in world.devices}) == len(world.devices)
    asked: list[str] = []
    for device in world.devices:
        keys = [point.key for point in device.points]
        assert len(set(keys)) == len(keys)
        for point in device.points:
            if point.writable and point.capability == "on_off":
                asked += [message.topic for message in world.encode_command(device.uid, point.key, "on", None)]
    assert len(set(asked)) == len(asked), "two points command one topic"
    switches = [topic for topic in payloads if topic.split("/")[1] in ("switch", "light", "fan")]
    assert len(asked) == len(switches), "every switch can be commanded"


@given(st.lists(_ENTITY, max_size=8), st.randoms())
def test_keys_and_uids_are_the_same_in_any_order_and_stay_when_others_come(
    entities: list[dict[str, Any]], random: Any
) -> None:
    payloads = announced(entities)
    items = list(payloads.items())
    random.shuffle(items)
    first = settled(dict(items))
    assert first.devices == settled(payloads).devices
    assert settled(payloads, first.dump()).devices == first.devices


def board(name: str, unique_id: str, identifiers: list[Any]) -> tuple[str, bytes]:
    body = {"name": "Relay", "unique_id": unique_id, "state_topic": f"{name}/s", "command_topic": f"{name}/set",
            "device": {"identifiers": identifiers, "name": f"IO {name}"}}  # fmt: skip
    return f"homeassistant/switch/{name}/relay1/config", json.dumps(body).encode()


def test_two_boards_of_one_firmware_are_two_devices_and_the_first_keeps_its_uid() -> None:
    garage = board("garage", "g1", ["io-gateway", "garage"])
    alone = settled(dict([garage]))
    assert [device.uid for device in alone.devices] == ["io-gateway"]
    both = settled(dict([garage, board("cellar", "c1", ["io-gateway", "cellar"])]), alone.dump())
    assert {device.uid: device.name for device in both.devices} == {"io-gateway": "IO garage", "cellar": "IO cellar"}
    assert [m.topic for m in both.encode_command("cellar", "switch.c1", "on", None)] == ["cellar/set"]
    assert [m.topic for m in both.encode_command("io-gateway", "switch.g1", "on", None)] == ["garage/set"]


def test_who_comes_later_takes_nobodys_uid() -> None:
    known = board("plain", "p1", ["io-gateway"])
    alone = settled(dict([known]))
    both = settled(dict([known, board("annex", "a1", ["io-gateway", "annex"])]), alone.dump())
    assert {device.uid: device.name for device in both.devices} == {"io-gateway": "IO plain", "annex": "IO annex"}


@pytest.mark.parametrize("identifiers", [[None], [], [""], ["None"], ["null"], None])
def test_an_identifier_that_names_nobody_joins_nobody(identifiers: Any) -> None:
    world = settled(dict([board("a", "u1", identifiers), board("b", "u2", identifiers)]))
    assert {device.name for device in world.devices} == {"IO a", "IO b"}


def test_an_empty_connection_joins_nobody() -> None:
    payloads: dict[str, bytes] = {}
    for name in ("a", "b"):
        topic, payload = board(name, name, [])
        body = json.loads(payload)
        body["device"]["connections"] = [["mac", None], ["mac", "00:00:00:00:00:00"], ["mac"], 5]
        payloads[topic] = json.dumps(body).encode()
    assert len(settled(payloads).devices) == 2


def test_a_meter_of_three_nodes_has_three_points_whose_names_differ() -> None:
    payloads: dict[str, bytes] = {}
    for phase in ("l1", "l2", "l3"):
        body = {"name": "Power", "unique_id": f"mt_{phase}", "state_topic": f"mt/{phase}", "device_class": "power",
                "unit_of_measurement": "W", "device": {"identifiers": ["mt"], "name": "Meter"}}  # fmt: skip
        payloads[f"homeassistant/sensor/meter_{phase}/power/config"] = json.dumps(body).encode()
    (meter,) = settled(payloads).devices
    assert {point.key: point.label for point in meter.points} == {
        f"sensor.mt_{phase}": f"Power (meter_{phase})" for phase in ("l1", "l2", "l3")
    }


def test_what_is_announced_twice_in_the_same_words_is_there_once() -> None:
    topic, payload = board("a", "u", ["d"])
    world = settled({topic: payload, "homeassistant/switch/other/place/config": payload})
    assert len(world.devices[0].points) == 1
