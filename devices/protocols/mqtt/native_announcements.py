"""Announcements that are not Home Assistant discovery: lists of Zigbee2MQTT bridges, and Tasmota's own discovery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from devices.protocols.mqtt.entity import MqttEntity, OutgoingMessage
from devices.protocols.mqtt.tasmota_devices import TasmotaDevices, tasmota_topic
from devices.protocols.mqtt.zigbee2mqtt_devices import ListedDevice, Zigbee2MqttBridges, native_topic


def is_native(topic: str) -> bool:
    """Whether the topic is one of these announcements."""
    return native_topic(topic) is not None or tasmota_topic(topic) is not None


class NativeAnnouncements:
    """What a broker's bridges and devices announce in their own forms."""

    def __init__(self) -> None:
        self._bridges, self._tasmota = Zigbee2MqttBridges(), TasmotaDevices()

    @property
    def bridges(self) -> tuple[str, ...]:
        """Base topics of the Zigbee bridges."""
        return self._bridges.bases

    def announcements(self, topic: str, payload: bytes, stored: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The announcements of single devices that a message amounts to. Raises ValueError with a Text."""
        if tasmota_topic(topic) is not None:
            yield topic, payload
        else:
            yield from self._bridges.announcements(topic, payload, stored)

    def store(self, topic: str, payload: bytes) -> tuple[str, ...]:
        """Stores the facts in an announcement, empty where it is withdrawn; the start of topics whose entities have to be made
        anew. Raises ValueError with a Text."""
        return (self._tasmota if tasmota_topic(topic) is not None else self._bridges).store(topic, payload)

    def entities(self, topic: str, payload: bytes) -> tuple[MqttEntity, ...]:
        """The entities of an announcement. Raises ValueError with a Text."""
        return (self._tasmota if tasmota_topic(topic) is not None else self._bridges).entities(topic, payload)

    def listed(self, stored: Iterable[str]) -> tuple[ListedDevice, ...]:
        """The devices that bridges list, coordinators excepted, of those whose announcement is `stored`."""
        known = self._bridges.listed
        return tuple(known[topic] for topic in stored if topic in known)

    def state_requests(self) -> Iterator[OutgoingMessage]:
        """Messages that ask devices for their state, which they would else tell some minutes later."""
        return self._tasmota.state_requests()


def told_once(told: Iterable[MqttEntity]) -> Iterator[MqttEntity]:
    """Leaves out the entities of native announcements that Home Assistant discovery, which comes before them, announces too."""
    keys: set[str] = set()
    for one in told:
        native = is_native(one.config.topic)
        if native and one.config.key in keys:
            continue
        if not native:
            keys.add(one.config.key)
        yield one
