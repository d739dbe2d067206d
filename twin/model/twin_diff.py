"""Differences between two snapshots of a twin; unchanged parts are the same objects and compared by identity first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from weakref import ref

from twin.model.device import Device
from twin.model.twin import Twin


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinDiff:
    """Differences between two snapshots of a twin, by kind of thing."""

    site: bool = False
    """Whether the twin's name or its site changed."""
    spaces: bool = False
    """Whether storeys or rooms changed in more than their names."""
    meshes: bool = False
    rooms: bool = False
    """Whether any storey or room changed, even if only by its name."""
    doors: bool = False
    placeholders: bool = False
    orphans: bool = False
    meter_changes: bool = False
    checkouts: bool = False
    links: bool = False
    definitions: bool = False
    """Whether any alarm, automation, schedule, scene or calendar changed."""
    came: tuple[Device, ...] = ()
    went: tuple[Device, ...] = ()
    changed: tuple[tuple[Device, Device], ...] = ()
    """(before, after) of each device that is in both snapshots and differs."""

    @property
    def shape(self) -> bool:
        """Whether the shape of the building changed: storeys, rooms or meshes."""
        return self.spaces or self.meshes

    @property
    def devices(self) -> bool:
        """Whether any device was added, removed or changed."""
        return bool(self.came or self.went or self.changed)

    @property
    def count(self) -> int:
        """Number of devices that were added, removed or changed."""
        return len(self.came) + len(self.went) + len(self.changed)

    @property
    def points(self) -> bool:
        """Whether any point was added, removed or changed."""
        return bool(self.came or self.went) or any(
            old.points is not new.points and old.points != new.points for old, new in self.changed
        )

    @property
    def only_names(self) -> bool:
        """Whether nothing but names of devices and rooms changed."""
        building = self.site or self.shape or self.doors or self.placeholders
        marks = self.orphans or self.meter_changes or self.checkouts
        if building or marks or self.links or self.definitions or self.came or self.went:
            return False
        return not self.points and all(
            replace(old, name=new.name, reported_name=new.reported_name, points=new.points) == new
            for old, new in self.changed
        )

    @property
    def is_empty(self) -> bool:
        """Whether the two snapshots are the same."""
        return not (self.rooms or self.devices) and self.only_names


def diff(before: Twin, after: Twin) -> TwinDiff:
    """The differences between two snapshots; cached for the last pair, because all clients ask for the same one."""
    seen = _newest[0]
    if seen is not None and seen[0]() is before and seen[1]() is after:
        return seen[2]
    found = _diff(before, after)
    _newest[0] = (ref(before), ref(after), found)
    return found


_newest: list[tuple[ref[Twin], ref[Twin], TwinDiff] | None] = [None]
"""The pair compared last (weak references) and its differences; replaced as a whole, so any thread may read it."""


def _diff(before: Twin, after: Twin) -> TwinDiff:
    came, went, changed = _devices(before.devices, after.devices)
    storeys = before.storeys is not after.storeys and before.storeys != after.storeys
    return TwinDiff(
        site=before.name != after.name or before.site != after.site,
        spaces=not after.has_spaces_of(before),
        meshes=before.meshes != after.meshes,
        rooms=storeys or (before.rooms is not after.rooms and before.rooms != after.rooms),
        doors=before.doors is not after.doors and before.doors != after.doors,
        placeholders=before.placeholders is not after.placeholders and before.placeholders != after.placeholders,
        orphans=before.orphans != after.orphans,
        meter_changes=before.meter_changes is not after.meter_changes and before.meter_changes != after.meter_changes,
        checkouts=before.checkouts is not after.checkouts and before.checkouts != after.checkouts,
        links=before.links is not after.links and before.links != after.links,
        definitions=before.definitions is not after.definitions and before.definitions != after.definitions,
        came=came,
        went=went,
        changed=changed,
    )


def _devices(
    before: tuple[Device, ...], after: tuple[Device, ...]
) -> tuple[tuple[Device, ...], tuple[Device, ...], tuple[tuple[Device, Device], ...]]:
    if before is after:
        return (), (), ()
    if len(before) == len(after):
        others = [(old, new) for old, new in zip(before, after, strict=True) if old is not new]
        if all(old.id == new.id for old, new in others):
            return (), (), _pairs(others)
    old_by_id = {device.id: device for device in before}
    there = {device.id for device in after}
    came = tuple(device for device in after if device.id not in old_by_id)
    went = tuple(device for device in before if device.id not in there)
    return came, went, _pairs((old_by_id[device.id], device) for device in after if device.id in old_by_id)


def _pairs(pairs: Iterable[tuple[Device, Device]]) -> tuple[tuple[Device, Device], ...]:
    return tuple((old, new) for old, new in pairs if old is not new and old != new)
