"""Energy by groups of rooms: where presence is shown in groups, the use of a single room, which tells of who is there, is not
shown either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from twin.insight.meter_tree import is_part
from twin.insight.use_groups import Rooms, UseGroups, use_groups, use_places
from twin.model.energy import MediumReport, MeterPlace, MeterUse
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.privacy import LEAST_PLACES
from twin.model.twin import Twin


def grouped_use(medium: MediumReport, twin: Twin, places: Mapping[RoomId, int]) -> MediumReport | None:
    """The report of a twin's meters in which those of a group of rooms (`use_groups`) are one; what is left is one without a
    room. None where even that is of too few people and no main meter measures the whole: then nothing is told."""
    inner = [one.meter for one in medium.meters if is_part(one.meter)]
    placed = [one for one in medium.meters if is_part(one.meter) and one.meter.room is not None]
    known = [
        one for one in placed if np.isfinite(one.total)
    ] or placed  # where all are silent, nothing is told by silence
    groups = use_groups(twin, places, {one.meter.room for one in known if one.meter.room is not None})
    if not groups.rest_told:
        return _whole_only(medium)
    place = _places(inner, groups, use_places(twin, places))
    members: dict[Rooms, list[MeterUse]] = {}
    for one in medium.meters:
        if one.meter.point in place:
            members.setdefault(place[one.meter.point], []).append(one)
    if not members:
        return medium
    kept = [one for one in medium.meters if one.meter.point not in place]
    joined = {point: _id(rooms) for point, rooms in place.items()}
    made = [_joined(of, joined, rooms, twin) for rooms, of in members.items()]
    lost = {one.meter.parent for of in members.values() for one in of} - {one.meter.parent for one in made}
    kept = [_above(_below(one, joined), lost) for one in kept]
    meters = sorted((*kept, *made), key=lambda one: -np.nan_to_num(one.total, nan=-1.0))
    return replace(medium, meters=tuple(meters))


def _whole_only(medium: MediumReport) -> MediumReport | None:
    if not medium.measured:
        return None
    meters = tuple(one for one in medium.meters if not is_part(one.meter))
    return replace(medium, meters=meters, remainder=medium.total, remainder_use=medium.use)


def _places(inner: Sequence[MeterPlace], groups: UseGroups, meant: Mapping[RoomId, int]) -> dict[PointId, Rooms]:
    """Of each meter that is not told by itself, the rooms of its group; none for what is left. A meter of an area is told where
    it feeds whole groups for enough people together."""
    of = {room: rooms for rooms in groups.groups for room in rooms}
    place = {one.point: of.get(one.room, ()) for one in inner if one.room is not None and one.room not in groups.alone}
    group = {one.point: of.get(one.room, ()) for one in inner if one.room is not None}
    parent = {one.point: one.parent for one in inner}
    for area in inner:
        if area.room is not None:
            continue
        below = {point for point in group if _feeds(area.point, point, parent)}
        fed = {group[point] for point in below}
        whole = all(point in below for point, rooms in group.items() if rooms in fed)
        if not (whole and () not in fed and sum(meant[room] for rooms in fed for room in rooms) >= LEAST_PLACES):
            place[area.point] = fed.pop() if len(fed) == 1 else ()
    return place


def _feeds(area: PointId, point: PointId, parent: Mapping[PointId, PointId | None]) -> bool:
    at = parent[point]
    while at is not None and at != area:
        at = parent.get(at)
    return at == area


def _id(rooms: Rooms) -> PointId:
    """Id of the joined meter of a group: none of a meter, which would tell whose use it is."""
    return PointId(f"group:{rooms[0] if rooms else ''}")


def _joined(members: Sequence[MeterUse], joined: dict[PointId, PointId], rooms: Rooms, twin: Twin) -> MeterUse:
    first, points = members[0].meter, {one.meter.point for one in members}
    tops = [one for one in members if one.meter.parent not in points]
    parents = {joined.get(one.meter.parent, one.meter.parent) if one.meter.parent else None for one in tops}
    place = MeterPlace(
        point=_id(rooms), device=DeviceId(""), title=", ".join(twin.room_of[one].title for one in rooms), kind="",
        room=rooms[0] if rooms else None, storey=twin.room_of[rooms[0]].storey if rooms else None, medium=first.medium,
        parent=parents.pop() if len(parents) == 1 else None, joined=True,
    )  # fmt: skip
    uses = np.array([one.use for one in tops])
    known = np.isfinite(uses)
    total = _sum([one.total for one in tops])
    estimated = sum(one.estimated * one.total for one in tops if np.isfinite(one.total))
    return MeterUse(
        meter=place, use=np.where(known.any(0), np.where(known, uses, 0.0).sum(0), np.nan), total=total,
        coverage=min(one.coverage for one in members), estimated=estimated / total if total > 0 else 0.0,
        before=float(np.sum([one.before for one in tops])), own=_sum([one.own for one in members]),
        cost=_spent([one.cost for one in tops]), kg=_spent([one.kg for one in tops]),
        own_cost=_spent([one.own_cost for one in members]), own_kg=_spent([one.own_kg for one in members]),
    )  # fmt: skip


def _below(one: MeterUse, joined: dict[PointId, PointId]) -> MeterUse:
    """A meter that a joined one feeds."""
    parent = one.meter.parent
    if parent is None or parent not in joined:
        return one
    return replace(one, meter=replace(one.meter, parent=joined[parent]))


def _above(one: MeterUse, lost: set[PointId | None]) -> MeterUse:
    """A meter whose part of the period before is not known any more, since meters below it are joined with others."""
    return replace(one, before=float("nan")) if is_part(one.meter) and one.meter.point in lost else one


def _sum(values: Sequence[float]) -> float:
    """Sum of what is known; NaN where nothing is."""
    known = [value for value in values if np.isfinite(value)]
    return float(sum(known)) if known else float("nan")


def _spent(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(sum(known)) if known else None
