"""A choice is sent in the device's own spelling, in every protocol whose devices name their choices."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import aioesphomeapi as api
import pytest
from aioesphomeapi.client import APIClient
from hypothesis import given
from hypothesis import strategies as st

from devices.choice_names import ChoiceNames, unique_names
from devices.protocols.bacnet.bacnet_objects import point_of as bacnet_point
from devices.protocols.esphome.entity_points import points_of as esphome_points
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from devices.protocols.shelly.component_points import points_of as shelly_points
from devices.protocols.wled.light_points import points_of as wled_points
from twin.model.ids import clean_name
from twin.model.observation import Report, Value

NAMES = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=12),
        st.sampled_from(["Rainbow", "Rainbow ", " Rainbow", "Rain\tbow", "Rain bow", "Rain  bow", "\u202eX", "x" * 90, "x" * 91]),
    ),
    min_size=1,
    max_size=6,
    unique=True,
)  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """A point with choices: their names, what a report of the device's n-th is shown as, and what is sent for a name."""

    shown: tuple[str, ...]
    read: Callable[[int], Value]
    sent: Callable[[str], object]


def mqtt(component: str, body: dict[str, object], capability: str, spelled: list[str]) -> Choices:
    one = DiscoveryRegistry()
    topics = {"device": {"identifiers": ["d1"], "name": "Thing"}, "state_topic": "s", "command_topic": "c"}
    assert one.store_config(f"homeassistant/{component}/n/x/config", json.dumps(topics | body).encode())
    one.rebuild_devices()
    point = next(point for point in one.devices[0].points if point.capability == capability)

    def read(n: int) -> Value:
        topic = "s" if component == "select" else "state"
        events = one.handle_message(topic, spelled[n].encode("utf-8", "surrogatepass")).events
        return next(event.value for event in events if isinstance(event, Report) and event.key == point.key)

    def sent(name: str) -> object:
        (message,) = one.encode_command("d1", point.key, "set", name)
        return message.payload

    return Choices(point.options, read, sent)


def mqtt_select(spelled: list[str]) -> Choices:
    return mqtt("select", {"options": spelled}, "raw_enum", spelled)


def mqtt_effect(spelled: list[str]) -> Choices:
    topics = {"effect_state_topic": "state", "effect_command_topic": "set"}
    return mqtt("light", {"effect_list": spelled} | topics, "effect", spelled)


def mqtt_fan_mode(spelled: list[str]) -> Choices:
    topics = {"fan_mode_state_topic": "state", "fan_mode_command_topic": "set"}
    return mqtt("climate", {"fan_modes": spelled} | topics, "fan_mode", spelled)


class _Client(APIClient):
    def __init__(self) -> None:
        self.sent: object = None

    def select_command(self, key: int, state: str, *, device_id: int = 0) -> None:
        self.sent = state

    def light_command(self, key: int, **changes: object) -> None:
        self.sent = changes["effect"]


def esphome_select(spelled: list[str]) -> Choices:
    (point,) = esphome_points(api.SelectInfo(object_id="mode", key=1, name="Mode", options=spelled))

    def sent(name: str) -> object:
        client = _Client()
        assert point.send is not None
        point.send(client, "set", name, None)
        return client.sent

    return Choices(point.info.options, lambda n: point.read(api.SelectState(key=1, state=spelled[n])), sent)


def esphome_effect(spelled: list[str]) -> Choices:
    light = api.LightInfo(object_id="lamp", key=1, name="Lamp", effects=spelled)
    point = next(one for one in esphome_points(light) if one.info.capability == "effect")

    def sent(name: str) -> object:
        client = _Client()
        assert point.send is not None
        point.send(client, "set", name, None)
        return client.sent

    return Choices(point.info.options, lambda n: point.read(api.LightState(key=1, effect=spelled[n])), sent)


def shelly(spelled: list[str]) -> Choices:
    config = {"enum:200": {"options": spelled}}
    (point,) = shelly_points({"enum:200": {"value": spelled[0]}}, config)
    return Choices(
        point.info.options,
        lambda n: point.decoded({"enum:200": {"value": spelled[n]}}),
        lambda name: point.call("set", name, None)[1]["value"],
    )


def numbers_of(spelled: list[str]) -> list[int]:
    """The places that a WLED uses: names that are blank or a dash are none."""
    return [n for n, name in enumerate(spelled) if clean_name(name) not in ("", "-")]


def wled_effect(spelled: list[str]) -> Choices:
    state = {"on": True, "seg": [{"id": 0, "stop": 3, "fx": 0}]}
    point = next(one for one in wled_points(state, {}, tuple(spelled), (), {}) if one.info.capability == "effect")

    def sent(name: str) -> object:
        assert point.write is not None
        changes = point.write("set", name, None)["seg"]
        return spelled[changes[0]["fx"]]  # type: ignore[index]

    return Choices(point.info.options, lambda n: point.read({"seg": [{"id": 0, "stop": 3, "fx": n}]}, {}), sent)


def wled_preset(spelled: list[str]) -> Choices:
    presets = {str(n + 1): {"n": name} for n, name in enumerate(spelled)}
    point = next(one for one in wled_points({}, {}, (), (), presets) if one.info.capability == "scene")

    def sent(name: str) -> object:
        assert point.write is not None
        return spelled[point.write("activate", name, None)["ps"] - 1]  # type: ignore[operator]

    return Choices(point.info.options, lambda n: point.read({"ps": n + 1}, {}), sent)


def bacnet(spelled: list[str]) -> Choices:
    point = bacnet_point("multi-state-value,1", {"state-text": spelled, "number-of-states": len(spelled)})
    return Choices(
        point.info.options,
        lambda n: point.decoded(n + 1),
        lambda name: spelled[int(point.encoded("set", name, None)) - 1],
    )


@pytest.mark.parametrize(
    "protocol",
    [
        mqtt_select, mqtt_effect, mqtt_fan_mode, esphome_select, esphome_effect, shelly, wled_effect, wled_preset, bacnet,
    ],
)  # fmt: skip
@given(spelled=NAMES)
def test_each_choice_has_a_name_of_its_own_and_is_sent_as_the_device_spells_it(
    protocol: Callable[[list[str]], Choices], spelled: list[str]
) -> None:
    places = numbers_of(spelled) if protocol is wled_effect else range(len(spelled))
    if not places:
        return
    choices = protocol(spelled)
    assert len(set(choices.shown)) == len(choices.shown)
    assert all(name == clean_name(name, 256) and name for name in choices.shown)
    for n in places:
        name = choices.read(n)
        assert name in choices.shown
        assert isinstance(name, str)
        assert choices.sent(name) == spelled[n]


@given(st.lists(st.one_of(st.text(max_size=4), st.sampled_from(["a", "a (2)", "a (3)", " a", ""])), max_size=8))
def test_names_are_different_and_a_name_that_is_already_one_stays(spelled: list[str]) -> None:
    shown = unique_names(spelled)
    assert len(shown) == len(spelled) == len(set(shown))
    assert "" not in shown
    for n, name in enumerate(spelled):
        if clean_name(name) == name and name and name not in map(clean_name, spelled[:n]):
            assert shown[n] == name


def test_a_text_that_is_none_of_the_choices_is_shown_cleaned_and_sent_as_it_is() -> None:
    choices = ChoiceNames(["Party "])
    assert (choices.name_of("New\tone"), choices.spelling_of("New one")) == ("New one", "New one")
    assert (choices.name_of("Party"), choices.spelling_of("Party")) == ("Party", "Party ")
    assert "Party" in choices
    assert "New" not in choices
