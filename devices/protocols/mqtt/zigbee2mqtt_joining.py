"""Networks of Zigbee2MQTT bridges that let devices join, and who joins them.

Topics: `<base>/bridge/info` (`permit_join`, `permit_join_end`), `<base>/bridge/event` (`device_joined`, `device_interview`,
`device_leave`) and, while a network is open, the errors on `<base>/bridge/logging`, which alone tell why an interview failed.
Format: Zigbee2MQTT documentation, "MQTT topics and messages", 2.14.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from devices.protocols.mqtt.entity import number
from devices.protocols.mqtt.zigbee2mqtt_devices import ListedDevice
from twin.model.ids import clean_name
from twin.model.joining import JoiningDevice, JoinNetwork, JoinRouter, JoinStage
from twin.model.text import LIBRARY, Text

MOST_S = 254
"""Longest time of a permission (Zigbee specification, Mgmt_Permit_Joining_req: 8 bits, 255 being forever)."""
MOST_JOINING = 100
"""Most devices that are remembered of one network; the oldest are forgotten."""
UNSUPPORTED = Text("join.unsupported")
_FAILED = re.compile(r"Interview failed for '(0x[0-9a-fA-F]{1,32})'? with error '(?:Error: )?(.*?)'?\Z", re.DOTALL)


@dataclass(slots=True)
class _Network:
    is_open: bool = False
    ends_ms: int | None = None
    through: str = ""
    joining: dict[str, JoiningDevice] = field(default_factory=dict[str, JoiningDevice])
    """By address, in the order in which they came."""


class Zigbee2MqttJoining:
    """What the bridges of a broker tell about joining."""

    def __init__(self) -> None:
        self._networks: dict[str, _Network] = {}

    def hear_info(self, base: str, body: Mapping[str, Any]) -> None:
        """Takes the facts that a bridge publishes."""
        network, end = self._networks.setdefault(base, _Network()), number(body.get("permit_join_end"))
        was_open, network.is_open = network.is_open, body.get("permit_join") is True
        network.ends_ms = int(end) if network.is_open and end is not None else None
        if network.is_open and not was_open:
            network.joining.clear()
        if not network.is_open:
            network.through = ""

    def hear_event(self, base: str, body: Mapping[str, Any]) -> None:
        """Takes one event of a bridge."""
        data: dict[str, Any] = body["data"] if isinstance(body.get("data"), dict) else {}
        address = data.get("ieee_address")
        if not isinstance(address, str) or not address:
            return
        stage = _stage(str(body.get("type", "")), data)
        network = self._networks.setdefault(base, _Network())
        known = network.joining.get(address)
        begins = stage is JoinStage.JOINED or network.is_open
        if stage is None or (known is None and (stage is JoinStage.LEFT or not begins)):
            return  # a device that has been there for long is asked again, or leaves
        known = known or JoiningDevice(address=address, name=address, stage=stage)
        if stage is JoinStage.JOINED and known.stage in (JoinStage.INTERVIEWING, JoinStage.READY):
            return  # said again by a device that rejoins
        about = _mapping(data.get("definition"))
        product = clean_name(" ".join(str(about[name]) for name in ("vendor", "model") if about.get(name)), 128)
        reason = known.reason if stage is JoinStage.FAILED else None
        if stage is JoinStage.READY and data.get("supported") is False:
            reason = UNSUPPORTED
        name = clean_name(data.get("friendly_name") or known.name, 128)
        network.joining.pop(address, None)
        network.joining[address] = replace(
            known, name=name, stage=stage, product=product or known.product, reason=reason
        )
        while len(network.joining) > MOST_JOINING:
            del network.joining[next(iter(network.joining))]

    def hear_log(self, base: str, body: Mapping[str, Any]) -> None:
        """Takes the reason of a failed interview from a bridge's log; the event of the failure may come before or after."""
        found = _FAILED.search(str(body.get("message", "")))
        if found is None or base not in self._networks:
            return
        joining, address = self._networks[base].joining, found[1]
        known = joining.get(address) or JoiningDevice(address=address, name=address, stage=JoinStage.FAILED)
        reason = Text(LIBRARY, text=clean_name(found[2], 300))
        joining[address] = replace(known, stage=JoinStage.FAILED, reason=reason)

    def opened(self, base: str, through: str) -> None:
        """A network was opened by us, through this router or all."""
        network = self._networks.setdefault(base, _Network())
        network.through = through
        network.joining.clear()

    @property
    def open_bases(self) -> frozenset[str]:
        """Base topics of the networks that are open."""
        return frozenset(base for base, network in self._networks.items() if network.is_open)

    def networks(self, listed: Iterable[ListedDevice], uid_of: Callable[[str], str]) -> tuple[JoinNetwork, ...]:
        """Every network of which a bridge lists the devices or tells its state."""
        found: dict[str, list[JoinRouter]] = {base: [] for base in self._networks}
        for one in listed:
            routers = found.setdefault(one.base, [])
            if one.type == "Router" and not one.disabled:
                routers.append(JoinRouter(address=one.address, name=clean_name(one.name, 128)))
        return tuple(self._network(base, found[base], uid_of) for base in sorted(found))

    def _network(self, base: str, routers: list[JoinRouter], uid_of: Callable[[str], str]) -> JoinNetwork:
        known = self._networks.get(base, _Network())
        return JoinNetwork(
            id=base,
            name=base,
            is_open=known.is_open,
            ends_ms=known.ends_ms,
            through=known.through,
            most_s=MOST_S,
            routers=tuple(sorted(routers, key=lambda one: one.name.casefold())),
            devices=tuple(replace(one, uid=uid_of(one.address)) for one in reversed(known.joining.values())),
        )


def _stage(kind: str, data: Mapping[str, Any]) -> JoinStage | None:
    if kind == "device_interview":
        return _INTERVIEW.get(str(data.get("status")))
    return _EVENTS.get(kind)


_EVENTS = {"device_joined": JoinStage.JOINED, "device_leave": JoinStage.LEFT}
_INTERVIEW = {"started": JoinStage.INTERVIEWING, "successful": JoinStage.READY, "failed": JoinStage.FAILED}


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
