"""Devices that a person took out of the project, or replaced, while their system still describes them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import cast

from app.engine.edit_queue import EditQueue
from twin.model.device import Device
from twin.model.ids import DeviceId, LinkId
from twin.store.project.kept_settings import ids_of

REMOVED = "removed"
"""Project setting with the removed devices, which their system still describes."""
REPLACED = "replaced"
"""Project setting with the devices that another one replaced; adding their link again does not bring them back."""
LINKS = "removed_from"
"""Project setting with the links of both."""


class RemovedDevices:
    """They stay out until they are let back. Event loop only."""

    def __init__(self, edits: EditQueue) -> None:
        self._edits = edits
        self.removed: set[DeviceId] = _kept_ids(edits.project.setting(REMOVED))
        self.replaced: set[DeviceId] = _kept_ids(edits.project.setting(REPLACED))
        self._links = _kept_links(edits.project.setting(LINKS))

    def without(self, devices: Iterable[Device]) -> tuple[Device, ...]:
        """The devices that are not among them."""
        out = self.removed | self.replaced
        return tuple([device for device in devices if device.id not in out]) if out else tuple(devices)

    @property
    def links(self) -> Mapping[DeviceId, LinkId]:
        """The links that the devices were behind; empty where not known."""
        return {id: self._links.get(id, LinkId("")) for id in self.removed | self.replaced}

    async def remove(self, device: Device) -> None:
        """Marks a device as removed."""
        self.removed.add(device.id)
        self._links[device.id] = device.link
        await self._keep()

    async def retire(self, device: Device) -> None:
        """Marks a device as replaced."""
        self.replaced.add(device.id)
        self._links[device.id] = device.link
        await self._keep()

    async def let_back(self, devices: Collection[DeviceId], *, replaced: bool = True) -> None:
        """Lets removed devices in again, and replaced ones unless `replaced` is False; saves where any is one of these."""
        back = self.removed.intersection(devices)
        back_in_place = self.replaced.intersection(devices) if replaced else set[DeviceId]()
        if back or back_in_place:
            self.removed -= back
            self.replaced -= back_in_place
            await self._keep()

    async def _keep(self) -> None:
        await self._edits.remember(REMOVED, json.dumps(sorted(self.removed)))
        if self.replaced or self._edits.project.setting(REPLACED) is not None:
            await self._edits.remember(REPLACED, json.dumps(sorted(self.replaced)))
        self._links = {id: link for id, link in self.links.items() if link}
        await self._edits.remember(LINKS, json.dumps(self._links, sort_keys=True))


def _kept_ids(stored: object) -> set[DeviceId]:
    """The ids of the text that the project keeps; empty where it cannot be read."""
    try:
        return set(map(DeviceId, ids_of(json.loads(str(stored))) or ()))
    except ValueError:
        return set()


def _kept_links(stored: object) -> dict[DeviceId, LinkId]:
    """Links by device, of the text that the project keeps; empty where it cannot be read."""
    try:
        found = json.loads(str(stored))
    except ValueError:
        return {}
    rows = cast("dict[str, object]", found).items() if isinstance(found, dict) else ()
    return {DeviceId(id): LinkId(link) for id, link in rows if isinstance(link, str)}
