"""Requests to Zigbee2MQTT bridges, and what these tell about joining and software.

A request carries a `transaction`, which its response repeats (Zigbee2MQTT documentation, "MQTT topics and messages", 2.14).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from devices.protocols.mqtt.zigbee2mqtt_devices import ListedDevice
from devices.protocols.mqtt.zigbee2mqtt_joining import MOST_S, Zigbee2MqttJoining
from devices.protocols.mqtt.zigbee2mqtt_updates import REQUESTS, Zigbee2MqttUpdates
from twin.model.device_sharing import SoftwareState, UpdateAct, UpdatePhase
from twin.model.ids import clean_name
from twin.model.joining import JoinNetwork
from twin.model.problem import Problem, ProblemError
from twin.model.text import LIBRARY, Text

_TOLD = ("bridge/event", "bridge/response/permit_join", "bridge/response/device/ota_update/#")
FILTERS = tuple(f"{base}/{told}" for told in _TOLD for base in ("+", "+/+"))
"""Topic filters of the events and responses of all bridges, whatever their base topic of one or two levels."""
ANSWER_S = 15.0
"""Time (seconds) for the answer to a request."""
CHECK_S = 120.0
"""Time (seconds) for the search for newer software: the bridge asks the device, which may sleep, and the internet."""
_TOPIC = re.compile(r"(.{1,256})/bridge/(info|event|logging|response/.+)")

type Publish = Callable[[str, str], Awaitable[None]]


class Zigbee2MqttControl:
    """All bridges behind one broker."""

    def __init__(self, registry: DiscoveryRegistry, publish: Publish) -> None:
        self._registry, self._publish = registry, publish
        self._joining, self._updates = Zigbee2MqttJoining(), Zigbee2MqttUpdates()
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        """Requests that are not answered yet, by transaction."""
        self._updating: dict[str, ListedDevice] = {}
        """Devices by the transaction of the update that is under way."""
        self._numbers, self._own = itertools.count(1), secrets.token_hex(4)

    def hear(self, topic: str, payload: bytes) -> None:
        """Takes a message of a bridge or device."""
        found = _TOPIC.fullmatch(topic)
        if found is None:
            if not self._registry.is_announcement(topic):  # a list of a thousand devices has the word, too
                self._updates.hear(topic, payload)
            return
        try:
            known = json.loads(payload) if payload else None
        except (ValueError, RecursionError):
            return
        if not isinstance(known, dict):
            return
        body, what = cast("dict[str, Any]", known), found[2]
        if what == "info":
            self._joining.hear_info(found[1], body)
        elif what == "event":
            self._joining.hear_event(found[1], body)
        elif what == "logging":
            self._joining.hear_log(found[1], body)
        else:
            self._answered(body)

    def _answered(self, body: Mapping[str, Any]) -> None:
        transaction = str(body.get("transaction", ""))
        device, waiting = self._updating.pop(transaction, None), self._waiting.get(transaction)
        if device is not None and body.get("status") == "error":
            self._updates.failed(device.topic, Text("update.failed", why=_why(body)))
        if waiting is not None and not waiting.done():
            waiting.set_result(dict(body))

    @property
    def log_topics(self) -> frozenset[str]:
        """Topics of the logs that are followed now: of networks that are open."""
        return frozenset(f"{base}/bridge/logging" for base in self._joining.open_bases)

    # -- joining -----------------------------------------------------------------------------------------------------

    def join_networks(self) -> tuple[JoinNetwork, ...]:
        """Every network, with the devices that join it."""
        return self._joining.networks(self._registry.listed_devices, self._registry.uid_of)

    async def permit_join(self, network: str, seconds: int, through: str) -> None:
        """Opens a network or closes it. Raises ProblemError, OSError."""
        if network not in {one.id for one in self.join_networks()}:
            raise ProblemError(Problem(code="join.no_network", where=network))
        if not 0 <= seconds <= MOST_S:
            raise ProblemError(Problem(code="join.time", where=network, args={"most": MOST_S}))
        body: dict[str, object] = {"time": seconds}
        if through and seconds:
            body["device"] = through
        answer = await self._request(network, "permit_join", body, ANSWER_S)
        if answer is None:
            raise ProblemError(Problem(code="join.no_answer", where=network, retry=True))
        if answer.get("status") != "ok":
            raise ProblemError(Problem(code="join.refused", where=network, args={"why": _why(answer)}, retry=True))
        if seconds:
            self._joining.opened(network, through)

    # -- software ----------------------------------------------------------------------------------------------------

    def software_states(self) -> Mapping[str, SoftwareState]:
        """The software of every device that can be updated, by uid."""
        states = self._updates.states(self._registry.listed_devices)
        return {uid: state for address, state in states.items() if (uid := self._registry.uid_of(address))}

    async def change_software(self, uid: str, act: UpdateAct) -> None:
        """Carries out an act; an update goes on after it has begun. Raises ProblemError, OSError."""
        listed = self._registry.listed_devices
        device = next((one for one in listed if self._registry.uid_of(one.address) == uid), None)
        if device is None or not device.supports_ota:
            raise ProblemError(Problem(code="update.unsupported", where=device.name if device else uid))
        self._updates.begun(device.topic)
        wait_s = CHECK_S if act is UpdateAct.CHECK else ANSWER_S
        answer = await self._request(
            device.base, f"device/ota_update/{REQUESTS[act]}", {"id": device.address}, wait_s, device=device, act=act
        )
        if answer is None:
            if act is UpdateAct.INSTALL:
                return  # it reads the device and the image first; how it goes on is told by the device
            raise ProblemError(Problem(code="update.no_answer", where=device.name, retry=True))
        if answer.get("status") != "ok":
            raise ProblemError(
                Problem(code="update.refused", where=device.name, args={"why": _why(answer)}, retry=True)
            )

    # -- requests ----------------------------------------------------------------------------------------------------

    async def _request(
        self,
        base: str,
        what: str,
        body: Mapping[str, object],
        wait_s: float,
        *,
        device: ListedDevice | None = None,
        act: UpdateAct | None = None,
    ) -> dict[str, Any] | None:
        """The response to a request; None where none came in time. An update counts as answered once it has begun."""
        transaction = f"oikos-{self._own}-{next(self._numbers)}"
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = answer
        if device is not None and act is UpdateAct.INSTALL:
            self._updating[transaction] = device
        try:
            await self._publish(f"{base}/bridge/request/{what}", json.dumps({**body, "transaction": transaction}))
            async with asyncio.timeout(wait_s):
                while not answer.done():
                    await asyncio.wait((answer,), timeout=0.2)
                    if transaction in self._updating and device and self._is_updating(device):
                        return {"status": "ok"}
            return answer.result()
        except TimeoutError:
            return None
        finally:
            del self._waiting[transaction]

    def _is_updating(self, device: ListedDevice) -> bool:
        return self._updates.phase(device.topic) is UpdatePhase.UPDATING


def _why(body: Mapping[str, Any]) -> Text:
    return Text(LIBRARY, text=clean_name(body.get("error") or "", 300))
