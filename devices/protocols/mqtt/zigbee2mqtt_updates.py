"""Software updates of devices behind Zigbee2MQTT: the member `update` of a device's own messages.

Format: Zigbee2MQTT documentation, "OTA updates", 2.14: `state` (idle, available, scheduled, updating), `progress` in %,
`remaining` in s, `installed_version`, `latest_version`, `latest_release_notes`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from devices.protocols.mqtt.entity import number
from devices.protocols.mqtt.zigbee2mqtt_devices import ListedDevice
from twin.model.device_sharing import SoftwareState, UpdateAct, UpdatePhase
from twin.model.ids import clean_name
from twin.model.text import Text

ACTS: Mapping[UpdatePhase, tuple[UpdateAct, ...]] = {
    UpdatePhase.UNKNOWN: (UpdateAct.CHECK,),
    UpdatePhase.IDLE: (UpdateAct.CHECK,),
    UpdatePhase.AVAILABLE: (UpdateAct.INSTALL, UpdateAct.SCHEDULE, UpdateAct.CHECK),
    UpdatePhase.SCHEDULED: (UpdateAct.UNSCHEDULE,),
    UpdatePhase.UPDATING: (UpdateAct.STOP,),
}
REQUESTS: Mapping[UpdateAct, str] = {
    UpdateAct.CHECK: "check", UpdateAct.INSTALL: "update", UpdateAct.SCHEDULE: "schedule",
    UpdateAct.UNSCHEDULE: "unschedule", UpdateAct.STOP: "update/abort",
}  # fmt: skip
"""By act, the end of the topic `<base>/bridge/request/device/ota_update/…`."""
UNTOLD = Text("update.untold")
MAX_NOTES = 2000
"""Most characters of release notes that are shown."""


class Zigbee2MqttUpdates:
    """What devices last told about their software, by topic."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, Any]] = {}
        self._failed: dict[str, Text] = {}
        """Why the last update failed, by topic."""

    def hear(self, topic: str, payload: bytes) -> None:
        """Takes the member `update` of a device's message, if it has one."""
        if b'"update"' not in payload:
            return
        try:
            body = json.loads(payload)
        except (ValueError, RecursionError):
            return
        told = cast("dict[str, Any]", body).get("update") if isinstance(body, dict) else None
        if isinstance(told, dict) and "state" in told:
            self._told[topic] = cast("dict[str, Any]", told)

    def begun(self, topic: str) -> None:
        """Something new was asked of the device with this topic: an earlier failure is over."""
        self._failed.pop(topic, None)

    def failed(self, topic: str, reason: Text) -> None:
        """An update of the device with this topic has failed."""
        self._failed[topic] = reason

    def phase(self, topic: str) -> UpdatePhase:
        """What the device with this topic does now."""
        told = self._told.get(topic, {})
        word, installed, latest = (told.get(name) for name in ("state", "installed_version", "latest_version"))
        if word == UpdatePhase.IDLE and isinstance(installed, int) and isinstance(latest, int) and latest > installed:
            return UpdatePhase.AVAILABLE  # what was scheduled and is not any more
        return UpdatePhase(word) if isinstance(word, str) and word in UpdatePhase else UpdatePhase.UNKNOWN

    def states(self, listed: Iterable[ListedDevice]) -> Mapping[str, SoftwareState]:
        """The software of each of these devices that can be updated, by address."""
        return {one.address: self._state(one) for one in listed if one.supports_ota and not one.disabled}

    def _state(self, one: ListedDevice) -> SoftwareState:
        told, phase = self._told.get(one.topic, {}), self.phase(one.topic)
        installed, latest = (_version(told.get(f"{name}_version")) for name in ("installed", "latest"))
        percent, remaining = (number(told.get(name)) for name in ("progress", "remaining"))
        updating = phase is UpdatePhase.UPDATING
        return SoftwareState(
            installed=installed or clean_name(one.software, 64),
            newer=latest if latest != installed and phase is not UpdatePhase.IDLE else "",
            notes=clean_name(told.get("latest_release_notes") or "", MAX_NOTES),
            unchecked=UNTOLD if phase is UpdatePhase.UNKNOWN else None,
            stage=self._failed.get(one.topic),
            phase=phase,
            percent=percent if updating else None,
            remaining_s=round(remaining) if updating and remaining is not None else None,
            acts=ACTS[phase],
        )


def _version(value: object) -> str:
    return "" if value is None or isinstance(value, list | dict) else clean_name(value, 64)
