"""What another table of devices (a file, such as an ETS project) would change in a project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from twin.model.device import Device, DeviceInfo, PointInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChanges:
    """Names of devices, in their order; each stands under one heading, the first that fits."""

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Of the project, and not in the table: they stay, without new values."""
    altered: tuple[tuple[str, int, int], ...] = ()
    """Devices whose points differ: name, number of new or other points, number of points that are gone."""
    renamed: tuple[tuple[str, str], ...] = ()
    """The name that the table had, and has."""
    moved: tuple[tuple[str, str, str], ...] = ()
    """Name, the room that the table named, and names."""
    same: int = 0
    """Number of devices that are as they were."""

    @property
    def are_none(self) -> bool:
        """Whether nothing would change."""
        return not (self.added or self.gone or self.altered or self.renamed or self.moved)


def table_changes(before: Iterable[Device], after: Iterable[DeviceInfo]) -> TableChanges:
    """Compares the devices that the project has of a table with those of another table, by uid."""
    known, now = {device.uid: device for device in before}, {info.uid: info for info in after}
    altered: list[tuple[str, int, int]] = []
    renamed: list[tuple[str, str]] = []
    moved: list[tuple[str, str, str]] = []
    both = [(known[uid], info) for uid, info in now.items() if uid in known]
    for device, info in both:
        new_name = (info.name or info.uid) != device.reported_name
        points = {p.info.key: _named(p.info, named=not new_name) for p in device.points}
        wanted = {p.key: _named(p, named=not new_name) for p in info.points}
        fresh = sum(points.get(key) != point for key, point in wanted.items())
        lost = len(points.keys() - wanted.keys())
        if fresh or lost:
            altered.append((device.name, fresh, lost))
        elif new_name:
            renamed.append((device.reported_name, info.name or info.uid))
        elif info.area != device.area:
            moved.append((device.name, device.area, info.area))
    return TableChanges(
        added=tuple(info.name or uid for uid, info in now.items() if uid not in known),
        gone=tuple(device.name for uid, device in known.items() if uid not in now),
        altered=tuple(altered),
        renamed=tuple(renamed),
        moved=tuple(moved),
        same=len(both) - len(altered) - len(renamed) - len(moved),
    )


def _named(point: PointInfo, *, named: bool) -> PointInfo:
    """The point without its label where that follows the name of the device, which is told by itself."""
    return point if named else replace(point, label="")
