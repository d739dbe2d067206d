"""Announcements that change touch their own devices only; what comes of it is what grouping everything anew gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.protocols.mqtt import device_entities
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from twin.model.device import DeviceInfo
from twin.model.observation import Availability, Report

TOPICS = tuple(f"homeassistant/{component}/n{n}/x/config" for component in ("sensor", "switch") for n in range(2))
PARTS: dict[str, tuple[Any, ...]] = {
    "name": ("one", "two", ""),
    "state": ("s1", "s2", ""),
    "availability": ("", "v1", "v2"),
    "via": ("", "a", "c"),
    "template": ("", "{{ value }}", "{{ broken"),
    "ids": (["a"], ["a", "b"], ["c"], []),
}
BODIES = st.fixed_dictionaries({part: st.sampled_from(choices) for part, choices in PARTS.items()})
STEPS = st.one_of(
    st.tuples(st.sampled_from(TOPICS), BODIES | st.none()),
    *(st.tuples(st.sampled_from(TOPICS), st.sampled_from(PARTS[part]).map(lambda value, part=part: {part: value})) for part in PARTS),
)  # fmt: skip
"""An announcement is told, withdrawn, or changes in one part."""


def payload(body: dict[str, Any] | None) -> bytes:
    if body is None:
        return b""
    device = {"identifiers": body["ids"], "name": body["name"], "via_device": body["via"]}
    values = {"state_topic": body["state"], "command_topic": "c" if body["state"] else "", "unique_id": "u"}
    values |= {"value_template": body["template"], "availability_topic": body["availability"]}
    told = {"device": {key: value for key, value in device.items() if value}}
    return json.dumps(told | {key: value for key, value in values.items() if value}).encode()


def events(registry: DiscoveryRegistry) -> set[str]:
    """What messages on every topic come to, whatever the order among devices."""
    told: list[Report | Availability] = []
    for topic, text in (("s1", "1"), ("s2", "ON"), ("v1", "offline"), ("v2", "online"), ("v1", "online")):
        told += registry.handle_message(topic, text.encode()).events
    return set(map(repr, [*told, *registry.availability()]))


@settings(max_examples=300)
@given(st.lists(BODIES, min_size=len(TOPICS), max_size=len(TOPICS)), st.lists(STEPS, max_size=6))
def test_whatever_changes_the_devices_are_those_of_grouping_all_anew(first: list[Any], steps: list[Any]) -> None:
    one, whole, told = DiscoveryRegistry(), DiscoveryRegistry(), dict[str, Any]()
    for topic, change in (*zip(TOPICS, first, strict=True), *steps):
        told[topic] = change and (told.get(topic) or first[0]) | change
        for registry in (one, whole):
            registry.store_config(topic, payload(told[topic]))
        one.rebuild_devices()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(device_entities.DeviceEntities, "update", lambda *_: frozenset[str]())
            whole.rebuild_devices()
        assert one.devices == whole.devices
        assert one.topics == whole.topics
        assert one.skipped == whole.skipped
        assert events(one) == events(whole)


@settings(max_examples=200)
@given(st.lists(BODIES, min_size=len(TOPICS), max_size=len(TOPICS)), st.lists(STEPS, max_size=6))
def test_who_follows_what_is_untold_knows_of_every_device_what_all_together_would_say(
    first: list[Any], steps: list[Any]
) -> None:
    registry, told, known = DiscoveryRegistry(), dict[str, Any](), dict[tuple[str, str], bool]()
    for n, (topic, change) in enumerate((*zip(TOPICS, first, strict=True), *steps)):
        told[topic] = change and (told.get(topic) or first[0]) | change
        registry.store_config(topic, payload(told[topic]))
        registry.rebuild_devices()
        said = registry.handle_message("v1", b"online" if n % 2 else b"offline").events
        for one in (*registry.untold_availability(), *said):
            if isinstance(one, Availability):
                known[one.uid, one.key] = one.online
    assert {(one.uid, one.key): one.online for one in registry.availability()}.items() <= known.items()
    assert registry.untold_availability() == []


def thing(n: int, **more: Any) -> tuple[str, bytes]:
    body = {"name": f"thing {n}", "ids": [f"id{n}"], "state": f"t{n}", "availability": "v1", "via": "", "template": ""}
    return f"homeassistant/sensor/n{n}/x/config", payload(body | more)


def says(registry: DiscoveryRegistry, **payloads: str) -> None:
    for topic, text in payloads.items():
        registry.handle_message(topic, text.encode())


def online(registry: DiscoveryRegistry) -> dict[str, bool | None]:
    """The state of each device's topic; None while it is not known."""
    tracker = registry.availability_tracker
    return {uid: tracker.online((uid, key)) for uid, key in tracker.owners}


@pytest.mark.parametrize("grouped_anew", [False, True])
def test_devices_that_swap_their_topics_have_the_states_that_were_said_there(*, grouped_anew: bool) -> None:
    """The broker does not repeat what is subscribed to."""
    registry = DiscoveryRegistry()
    for n in range(2):
        registry.store_config(*thing(n, availability=f"v{n}"))
    registry.rebuild_devices()
    says(registry, v0="offline", v1="online")
    assert online(registry) == {"id0": False, "id1": True}
    for n in range(2):
        registry.store_config(*thing(n, availability=f"v{1 - n}"))
    if grouped_anew:
        registry.store_config(*thing(2, availability=""))
    registry.rebuild_devices()
    assert online(registry) == {"id0": True, "id1": False}


def test_a_device_that_takes_the_place_of_another_has_its_state_and_one_that_comes_later_has_not() -> None:
    registry = DiscoveryRegistry()
    registry.store_config(*thing(0, availability="v0"))
    registry.rebuild_devices()
    says(registry, v0="offline")
    registry.store_config(thing(0)[0], b"")
    registry.store_config(*thing(1, availability="v0"))
    registry.rebuild_devices()
    assert online(registry) == {"id1": False}
    registry.store_config(thing(1)[0], b"")
    registry.rebuild_devices()
    assert "v0" not in registry.topics, "it is not subscribed to any more, and said again when it is"
    registry.store_config(*thing(2, availability="v0"))
    registry.rebuild_devices()
    assert online(registry) == {"id2": None}


def test_a_renamed_device_is_made_anew_and_every_other_one_is_the_same_object(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = DiscoveryRegistry(address="mqtt://broker:1883")
    for n in range(20):
        registry.store_config(*thing(n))
    before: dict[str, DeviceInfo] = {device.uid: device for device in registry.rebuild_devices()}
    grouped: list[object] = []
    monkeypatch.setattr(device_entities, "groups", lambda *told: grouped.append(told) or ())
    registry.store_config(*thing(7, name="porch"))
    after = {device.uid: device for device in registry.rebuild_devices()}
    assert not grouped, "all devices were grouped anew for one of them"
    assert [uid for uid, device in after.items() if device is not before[uid]] == ["id7"]
    assert (after["id7"].name, after["id7"].address) == ("porch", "mqtt://broker:1883")
    assert list(after) == list(before)
