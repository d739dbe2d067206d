"""State of all Matter nodes: attributes, derived devices, availability. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from devices.contract import Redescribed
from devices.event_columns import ParsedEvent
from devices.protocols.matter.attribute_table import BUTTON
from devices.protocols.matter.clusters import (
    AttributePoint,
    Attributes,
    MatterDevice,
    is_intermittently_connected,
    matter_devices,
    reachable,
)
from twin.model.device import DeviceInfo
from twin.model.observation import Availability, Report
from twin.model.text import Text

MAX_NODES = 4096
_NAMES = ("/40/5", "/57/5", "/29/3", "/29/0")
_REACHABLE = "/57/17"
GONE = Text("reason.silent_device")


class _Node:
    """One node. `there` is its assumed availability, None while unknown; `available` what the server stated last."""

    def __init__(self, id: int) -> None:
        self.id = id
        self.attributes: dict[str, Any] = {}
        self.things: tuple[MatterDevice, ...] = ()
        self.spots: dict[str, list[tuple[str, str, AttributePoint]]] = {}
        self.there: bool | None = False
        self.available = False


class MatterNodes:
    """All nodes of one server. Methods return the events for the link, in order."""

    def __init__(self, address: str = "") -> None:
        self._address = address
        self._nodes: dict[int, _Node] = {}
        self._things: dict[str, MatterDevice] = {}

    @property
    def devices(self) -> tuple[DeviceInfo, ...]:
        """The devices of all nodes."""
        return tuple(thing.info for thing in self._things.values())

    @property
    def probe_targets(self) -> tuple[tuple[int, bool], ...]:
        """(node id, whether it is online) of the nodes that may be probed; intermittently connected ones may not."""
        return tuple(
            (node.id, node.there is True)
            for node in self._nodes.values()
            if not is_intermittently_connected(node.attributes)
        )

    def thing(self, uid: str) -> MatterDevice | None:
        """The device with this uid; None where there is none."""
        return self._things.get(uid)

    def of(self, node: int) -> tuple[MatterDevice, ...]:
        """The devices of a node."""
        return tuple(thing for thing in self._things.values() if thing.node == node)

    def attributes(self, node: int) -> Attributes:
        """The node's attributes by path, as last reported."""
        found = self._nodes.get(node)
        return found.attributes if found else {}

    def node_known(self, data: Mapping[str, Any]) -> None:
        """Adds a node at connection; one that the server reports as not available counts as unknown, because it may
        not be contacted yet.
        """
        self.node_updated(data)
        id = data.get("node_id")
        if isinstance(id, int) and (node := self._nodes.get(id)) is not None and not node.available:
            node.there = None

    def node_updated(self, data: Mapping[str, Any]) -> tuple[ParsedEvent, ...]:
        """Stores the server's full description of a node; returns the events for what changed."""
        id, attributes = data.get("node_id"), data.get("attributes")
        if not isinstance(id, int) or not isinstance(attributes, dict) or len(self._nodes) >= MAX_NODES:
            return ()
        new = id not in self._nodes
        node = self._nodes.setdefault(id, _Node(id))
        before, node.attributes = node.attributes, {**cast("Attributes", attributes)}
        events: list[ParsedEvent] = []
        if self._make(node):
            events.append(Redescribed())
        was_available, node.available = node.available, data.get("available") is True
        if new or was_available is not node.available:
            events += self._become(node, there=node.available)
        for path, spots in node.spots.items():
            if before.get(path) != node.attributes.get(path):
                events += self._reports(node, spots)
        return tuple(events)

    def is_there(self, id: int) -> bool:
        """Whether a node is known and not unreachable; True also while its state is unknown."""
        node = self._nodes.get(id)
        return node is not None and node.there is not False

    @property
    def unmet(self) -> frozenset[int]:
        """The nodes of which it is unknown whether they are there: the server has not reached them since its start."""
        return frozenset(node.id for node in self._nodes.values() if node.there is None)

    def node_removed(self, id: int) -> tuple[ParsedEvent, ...]:
        """Removes a node that left the network; returns the events."""
        if self._nodes.pop(id, None) is None:
            return ()
        self._things = {uid: thing for uid, thing in self._things.items() if thing.node != id}
        return (Redescribed(),)

    def attribute_changed(self, id: int, path: str, value: object) -> tuple[ParsedEvent, ...]:
        """Stores a new attribute value, which also shows that the node is online; returns the events."""
        node = self._nodes.get(id)
        if node is None:
            return ()
        node.attributes[path] = value
        events = list(self.node_alive(id))
        if path.endswith(_NAMES) and self._make(node):
            events.append(Redescribed())
        if path.endswith(_REACHABLE):
            events += self._presence(node)
        events += self._reports(node, node.spots.get(path, []))
        return tuple(events)

    def button_event(self, data: Mapping[str, Any]) -> tuple[ParsedEvent, ...]:
        """Events for a button's event (cluster 59)."""
        id, end = data.get("node_id"), data.get("endpoint_id")
        node = self._nodes.get(id) if isinstance(id, int) else None
        if node is None or data.get("cluster_id") != BUTTON or not isinstance(end, int):
            return ()
        features = node.attributes.get(f"{end}/{BUTTON}/65532")
        word = _press(data.get("event_id"), data.get("data"), features if isinstance(features, int) else 0)
        found = ((thing, key) for thing in self.of(node.id) if (key := thing.button(end)))
        return (*self.node_alive(node.id), *(Report(thing.info.uid, key, word) for thing, key in found if word))

    def node_alive(self, id: int) -> tuple[ParsedEvent, ...]:
        """Events for a sign of life of the node."""
        node = self._nodes.get(id)
        return self._become(node, there=True) if node and not node.there else ()

    def probe_answered(self, id: int) -> tuple[ParsedEvent, ...]:
        """Events for an answered probe, which counts as a sign of life of each of its devices."""
        node = self._nodes.get(id)
        return self._become(node, there=True) if node else ()

    def probe_unanswered(self, id: int) -> tuple[ParsedEvent, ...]:
        """Events for an unanswered probe."""
        node = self._nodes.get(id)
        return self._become(node, there=False) if node and node.there is not False else ()

    def all_events(self, only: int | None = None) -> tuple[ParsedEvent, ...]:
        """Availability and every known value as events, of one node or of all."""
        events: list[ParsedEvent] = []
        for node in self._nodes.values():
            if (only is None or node.id == only) and node.there is not None:
                events += self._known(node)
        return tuple(events)

    def _make(self, node: _Node) -> bool:
        """Makes the node's devices anew; whether they differ from before."""
        made = matter_devices(node.id, node.attributes, address=self._address)
        made = tuple(self._unmistakable(thing) for thing in made)
        same = [thing.info for thing in made] == [thing.info for thing in node.things]
        self._things = {uid: thing for uid, thing in self._things.items() if thing.node != node.id}
        self._things |= {thing.info.uid: thing for thing in made}
        node.things = made
        node.spots = {}
        for thing in made:
            for key, spot in thing.spots.items():
                for path in spot.paths:
                    node.spots.setdefault(path, []).append((thing.info.uid, key, spot))
        return not same

    def _unmistakable(self, device: MatterDevice) -> MatterDevice:
        """The device with a unique uid: where another node has the same serial number, the node id is appended."""
        other = self._things.get(device.info.uid)
        if other is None or other.node == device.node:
            return device
        return replace(device, info=replace(device.info, uid=f"{device.info.uid}#{device.node}"))

    def _become(self, node: _Node, *, there: bool) -> tuple[ParsedEvent, ...]:
        met, node.there = node.there is None, there
        return self._known(node) if met and there else self._presence(node)

    def _known(self, node: _Node) -> tuple[ParsedEvent, ...]:
        reports = (report for spots in node.spots.values() for report in self._reports(node, spots))
        return (*self._presence(node), *reports)

    def _presence(self, node: _Node) -> tuple[ParsedEvent, ...]:
        told: list[ParsedEvent] = []
        for thing in node.things:
            reached = node.there is True and reachable(thing, node.attributes)
            reason = None if reached else GONE if not node.there else Text("reason.bridge")
            told.append(Availability(thing.info.uid, reached, reason))
        return tuple(told)

    def _reports(self, node: _Node, spots: list[tuple[str, str, AttributePoint]]) -> tuple[ParsedEvent, ...]:
        attributes = node.attributes
        return tuple(Report(uid, key, spot.value(attributes)) for uid, key, spot in spots if spot.reported(attributes))


_RELEASES, _COUNTS = 1 << 2, 1 << 4


def _press(event: object, data: object, features: int) -> str:
    """The word for a switch's event: a switch that counts tells the count at the end, one that releases the release."""
    if event == 2:
        return "long"
    if event == 4:
        return "release"
    if features & _COUNTS:
        fields = cast("dict[str, object]", data) if isinstance(data, dict) else {}
        counted = fields.get("totalNumberOfPressesCounted", fields.get("1"))
        return ("double" if counted == 2 else "press") if event == 6 and counted else ""
    return "press" if event == (3 if features & _RELEASES else 1) else ""
