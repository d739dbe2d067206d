"""A Shelly as a device of the twin: its description, and what its status and events report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

from devices.contract import RefusedError
from devices.json_document import Document, number, value_at
from devices.protocols.shelly.component_points import EVENTS, ComponentPoint, points_of, unread_components
from twin.model.device import DeviceInfo, Link
from twin.model.ids import clean_name
from twin.model.observation import Report, Value
from twin.model.skipped import Skipped
from twin.model.text import Text

MAX_POINTS = 500
AWAKE_FACTOR = 1.2
"""A sleeping device reports every `wakeup_period`; after this multiple of it without a report it counts as offline."""


class DeviceDocuments(msgspec.Struct, frozen=True):
    """A device's information, and its components' configuration and status."""

    information: dict[str, Any]
    config: dict[str, Any]
    status: dict[str, Any]
    told_ms: int = 0
    """When the status came in by this machine's clock, UTC ms; 0 for unknown."""

    @property
    def uid(self) -> str:
        """The hardware address, 12 lower-case hex digits."""
        return clean_name(self.information.get("mac", "")).lower()

    @property
    def model(self) -> str:
        """The product, and its number: `Pro2 (SPSW-202XE16EU)`."""
        product, number = (clean_name(self.information.get(key) or "") for key in ("app", "model"))
        return f"{product} ({number})" if product and number else product or number

    @property
    def wakes_every_s(self) -> float:
        """Seconds between two reports of a sleeping device; 0 for one that is always awake."""
        return max(0.0, number(value_at(self.status, "sys.wakeup_period")) or 0.0)


class DescribedDevice:
    """The points of a device and their last values."""

    def __init__(self, documents: DeviceDocuments) -> None:
        self.uid = documents.uid
        points = points_of(documents.status, documents.config)
        self._points, self._beyond = points[:MAX_POINTS], len(points) - MAX_POINTS
        self._documents = documents
        self._last: dict[str, Value] = {}

    def info(self, link: Link, interval_s: float) -> DeviceInfo:
        """The device, which reports at least every `interval_s` seconds."""
        information = self._documents.information
        return DeviceInfo(
            uid=self.uid,
            name=clean_name(information.get("name") or "") or f"Shelly {self.uid[-6:].upper()}",
            points=tuple(point.info for point in self._points),
            maker="Shelly",
            model=self._documents.model,
            serial=self.uid.upper(),
            firmware=clean_name(information.get("ver") or ""),
            address=link.address.partition("://")[2],
            interval_s=interval_s,
        )

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Components that are not read."""
        unread = tuple(Skipped(key, Text("shelly.component")) for key in unread_components(self._documents.status))
        beyond = (Skipped("", Text("shelly.many_points", count=self._beyond)),) if self._beyond > 0 else ()
        return (*unread, *beyond)

    def reports(
        self,
        status: Document,
        *,
        all: bool,
        components: frozenset[str] | None = None,
        retained_ms: int | None = None,
    ) -> list[Report]:
        """Values of a status document, or of some of its components: all, or those that changed; `retained_ms` is the time
        of a remembered one.
        """
        found: list[Report] = []
        for point in self._points:
            if point.fires or (components is not None and point.component not in components):
                continue
            value = point.decoded(status)
            key = point.info.key
            if all or key not in self._last or self._last[key] != value:
                self._last[key] = value
                found.append(Report(self.uid, key, value, retained_ms, retained=retained_ms is not None))
        return found

    def event_reports(self, params: Document) -> list[Report]:
        """Pushes of buttons in the parameters of NotifyEvent."""
        return [
            Report(self.uid, point.info.key, EVENTS.get(word, word), time_ms)
            for component, word, time_ms in _events(params)
            for point in self._points
            if point.fires and point.component == component and word in (*EVENTS, "triple_push")
        ]

    def last(self, point: ComponentPoint) -> Value:
        """The value that a point reported last."""
        return self._last.get(point.info.key)

    def point(self, uid: str, key: str) -> ComponentPoint:
        """The point that a command is for. Raises RefusedError where there is none, or it is only read."""
        found = next((one for one in self._points if uid == self.uid and one.info.key == key), None)
        if found is None or not found.row.command:
            raise RefusedError(Text("reason.gone_point"))
        return found


def has_new_configuration(params: Document) -> bool:
    """Whether the parameters of NotifyEvent report that a component's configuration has changed."""
    return any(word == "config_changed" for _, word, _ in _events(params))


def _events(params: Document) -> Iterator[tuple[str, str, int | None]]:
    """Component, event and time (UTC ms) of each event."""
    events = params.get("events")
    for one in cast("list[object]", events) if isinstance(events, list) else ():
        if isinstance(one, Mapping):
            event = cast(Document, one)
            told = event.get("ts")
            time_ms = round(told * 1000) if isinstance(told, int | float) and 0 < told < 1e11 else None
            yield str(event.get("component")), clean_name(event.get("event", "")), time_ms
