"""Ids of the devices that links describe: each link has devices of its own, also where two report the same uid.

The first link of a protocol with a uid has the plain id, which is the same on every machine. A device stays with its link:
another one that reports this uid gets an id of its own for it, and keeps that, also where the first link is removed. A link that
describes the device for the first time after that has the plain id, and so the history.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from twin.model.device import Link
from twin.model.ids import DeviceId, LinkId, device_id, own_device_id
from twin.model.twin import Twin


class DeviceIds:
    """Event loop only."""

    def __init__(self) -> None:
        self._claims: dict[DeviceId, LinkId] = {}
        """Links by the plain ids of what they described, also where it is not in the twin yet."""

    def of(
        self, link: Link, twin: Twin, links: Collection[LinkId], out: Mapping[DeviceId, LinkId]
    ) -> Callable[[str], DeviceId]:
        """Function that gives the id of a link's device by uid. `links`: those that the project has, or is about to have;
        `out`: removed and replaced devices with their links, empty where not known."""
        mine = {device.uid: device.id for device in twin.devices if device.link == link.id}

        def id_of(uid: str) -> DeviceId:
            if uid in mine:
                return mine[uid]
            own, plain = own_device_id(link.id, link.protocol, uid), device_id(link.protocol, uid)
            if own in out:
                return own
            there = twin.device_of.get(plain)
            holders = (there.link if there else None, out.get(plain), self._claims.get(plain))
            if any(holder != link.id and holder in links for holder in holders):
                return own
            self._claims[plain] = link.id
            return plain

        return id_of
