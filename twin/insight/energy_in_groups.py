"""Energy by groups of rooms: where presence is shown in groups, the use of a single room, which tells of who is there, is not
shown either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from twin.insight.meter_tree import is_part
from twin.model.energy import MediumReport, MeterPlace, MeterUse
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.twin import Twin


def grouped_use(medium: MediumReport, twin: Twin, shown: Twin) -> MediumReport:
    """The report of a twin's meters in which those of rooms that are joined in `shown` (`grouped_twin`) are one; those of rooms
    that are together meant for too few people are one without a room."""
    members: dict[RoomId | None, list[MeterUse]] = {}
    kept: list[MeterUse] = []
    for one in medium.meters:
        room = one.meter.room
        device = shown.device_of.get(one.meter.device)
        group = None if device is None or device.room is None else shown.room_of.get(device.room)
        if room is None or not is_part(one.meter) or group == twin.room_of.get(room):
            kept.append(one)
        else:
            members.setdefault(None if group is None else group.id, []).append(one)
    if not members:
        return medium
    joined = {one.meter.point: _id(room) for room, of in members.items() for one in of}
    made = [_joined(of, joined, room, shown) for room, of in members.items()]
    lost = {one.meter.parent for of in members.values() for one in of} - {one.meter.parent for one in made}
    kept = [_above(_below(one, joined), lost) for one in kept]
    meters = sorted((*kept, *made), key=lambda one: -np.nan_to_num(one.total, nan=-1.0))
    return replace(medium, meters=tuple(meters))


def _id(room: RoomId | None) -> PointId:
    """Id of the joined meter of a group: none of a meter, which would tell whose use it is."""
    return PointId(f"group:{room or ''}")


def _joined(members: Sequence[MeterUse], joined: dict[PointId, PointId], room: RoomId | None, shown: Twin) -> MeterUse:
    first, points = members[0].meter, {one.meter.point for one in members}
    tops = [one for one in members if one.meter.parent not in points]
    parents = {joined.get(one.meter.parent, one.meter.parent) if one.meter.parent else None for one in tops}
    place = MeterPlace(
        point=_id(room), device=DeviceId(""), title=shown.room_of[room].title if room is not None else "", kind="",
        room=room, storey=first.storey if room is not None else None, medium=first.medium,
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
