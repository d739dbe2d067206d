"""The ids that Home Assistant gives to discovered entities, as far as the discovery tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devices.protocols.mqtt.discovery_payload import EntityConfig
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from devices.protocols.mqtt.hass_entity_id import entity_ids, slug


def config(component: str = "sensor", device: str = "Küche Klima", **values: Any) -> EntityConfig:
    return EntityConfig(component, "x", "homeassistant/sensor/n/x/config", values, {"name": device})


def test_what_a_discovery_asks_for_comes_before_what_follows_from_names() -> None:
    asked = config(default_entity_id="sensor.wanted", object_id="older", name="Temperature", unique_id="0x01_t")
    assert entity_ids([config(component="light", name=None), asked]) == (
        "sensor.wanted",
        "sensor.older",
        "light.kuche_klima",
        "sensor.kuche_klima_temperature",
        "sensor.0x01_t",
    )


def test_an_id_of_another_domain_is_none_of_its_own() -> None:
    assert "light.wanted" not in entity_ids([config(default_entity_id="light.wanted")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Küche 1", "kuche_1"), ("Straße", "strasse"), ("  A--B  ", "a_b"), ("温度", ""), ("", ""), ("Salle d'eau", "salle_d_eau")],
)  # fmt: skip
def test_names_become_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_a_discovered_device_says_which_entities_it_is() -> None:
    one = DiscoveryRegistry()
    body = {"name": "Temperature", "state_topic": "t", "object_id": "kuche_t", "device": {"identifiers": ["d"]}}
    assert one.store_config("homeassistant/sensor/n/x/config", json.dumps(body).encode())
    (device,) = one.rebuild_devices()
    assert device.entities[0] == "sensor.kuche_t"
