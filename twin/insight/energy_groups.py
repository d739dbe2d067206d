"""A medium's use by device, room or storey: parts that together are the building's total, with what is not metered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from twin.insight.energy_texts import emitted
from twin.insight.meter_tree import ALIKE, is_part, own_before
from twin.model.energy import MediumReport, MeterUse
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.text import EARLIER, Text
from twin.model.twin import Twin


class EnergyGrouping(StrEnum):
    """By what use is divided."""

    DEVICE = "device"
    ROOM = "room"
    STOREY = "storey"


class GroupKind(StrEnum):
    """What a group of use is."""

    DEVICE = "device"
    ROOM = "room"
    STOREY = "storey"
    SHARED = "shared"
    """The part of a meter that measures an area, without the meters below it."""
    ELSEWHERE = "elsewhere"
    """Meters without a room."""
    REMAINDER = "remainder"
    """What no meter below the main one measures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyGroup:
    """One part of the use; amounts NaN and None where unknown."""

    kind: GroupKind
    title: Text
    total: float
    share: float
    """Of the building's total, 0 to 1; NaN where that is unknown."""
    before: float
    cost: float | None
    kg: float | None
    coverage: float
    rooms: tuple[RoomId, ...] = ()
    devices: tuple[DeviceId, ...] = ()


def plain(name: str) -> Text:
    """A name as a text that is shown unchanged."""
    return Text(EARLIER, text=name)


def energy_groups(report: MediumReport, twin: Twin, by: EnergyGrouping) -> tuple[EnergyGroup, ...]:
    """The parts of the use, largest first, the remainder last. Meters of which nothing is known are parts of unknown
    amount."""
    meters = [one for one in report.meters if is_part(one.meter)]
    keys = {one.meter.point: _key(one, twin, by, parents={m.meter.parent for m in meters}) for one in meters}
    before = own_before(report.meters)
    parts: tuple[dict[PointId, float], ...] = (
        {one.meter.point: one.own for one in meters},
        {one.meter.point: before[one.meter.point] if _comparable(one, report) else np.nan for one in meters},
        {one.meter.point: np.nan if one.own_cost is None else one.own_cost for one in meters},
        {one.meter.point: np.nan if one.own_kg is None else one.own_kg for one in meters},
    )
    members: dict[tuple[GroupKind, str], list[MeterUse]] = {}
    titles: dict[tuple[GroupKind, str], Text] = {}
    for one in meters:
        kind, id, title = keys[one.meter.point]
        members.setdefault((kind, id), []).append(one)
        titles[kind, id] = title
    made = [
        _group(key[0], titles[key], [[part[one.meter.point] for one in of] for part in parts], of, report.total)
        for key, of in members.items()
    ]
    made.sort(key=lambda one: -np.nan_to_num(one.total, nan=-1.0))
    return (*made, *_remainder(report))


def _comparable(one: MeterUse, report: MediumReport) -> bool:
    """Whether all that is known of a meter counts as its part, so that it can be compared with the period before."""
    return not report.measured or np.isnan(report.total) or one.coverage <= report.coverage + ALIKE


def _key(one: MeterUse, twin: Twin, by: EnergyGrouping, parents: Iterable[object]) -> tuple[GroupKind, str, Text]:
    meter = one.meter
    if meter.joined and meter.room is None:
        return GroupKind.ELSEWHERE, "", Text("energy.elsewhere")
    if meter.joined and by is not EnergyGrouping.STOREY:
        return GroupKind.ROOM, meter.room or "", plain(meter.title)
    if by is EnergyGrouping.DEVICE:
        shared = meter.point in parents
        title = Text("energy.shared", meter=meter.title) if shared else plain(meter.title)
        return (GroupKind.SHARED if shared else GroupKind.DEVICE), meter.point, title
    if by is EnergyGrouping.ROOM and meter.room is not None and meter.room in twin.room_of:
        return GroupKind.ROOM, meter.room, plain(twin.room_of[meter.room].title)
    if by is EnergyGrouping.ROOM and meter.storey is not None:
        return GroupKind.SHARED, meter.point, Text("energy.shared", meter=meter.title)
    storey = next((one for one in twin.storeys if one.id == meter.storey), None)
    if storey is not None:
        return GroupKind.STOREY, storey.id, plain(storey.name)
    return GroupKind.ELSEWHERE, "", Text("energy.elsewhere")


def _group(
    kind: GroupKind, title: Text, parts: Sequence[Sequence[float]], members: Sequence[MeterUse], total: float
) -> EnergyGroup:
    amount, before, cost, kg = (_sum(part) for part in parts)
    return EnergyGroup(
        kind=kind, title=title, total=amount, share=amount / total if total > 0 else float("nan"), before=before,
        cost=cost if np.isfinite(cost) else None, kg=kg if np.isfinite(kg) else None,
        coverage=min((one.coverage for one in members), default=0.0),
        rooms=tuple(dict.fromkeys(one.meter.room for one in members if one.meter.room is not None)),
        devices=tuple(dict.fromkeys(one.meter.device for one in members if not one.meter.joined)),
    )  # fmt: skip


def _sum(values: Sequence[float]) -> float:
    """Sum of what is known; NaN where nothing is."""
    known = [value for value in values if np.isfinite(value)]
    return float(sum(known)) if known else float("nan")


def _remainder(report: MediumReport) -> tuple[EnergyGroup, ...]:
    if not report.measured:
        return ()
    return (
        EnergyGroup(
            kind=GroupKind.REMAINDER, title=Text("energy.remainder"), total=report.remainder,
            share=report.remainder / report.total if report.total > 0 else float("nan"), before=float("nan"), cost=None,
            kg=None, coverage=report.coverage,
        ),
    )  # fmt: skip


TABLE_HEAD = ("medium", "kind", "name", "total", "unit", "share", "before", "cost", "kg", "coverage")
"""Columns of the table for CSV."""


def energy_rows(
    report: MediumReport, groups: Sequence[EnergyGroup], say: Callable[[Text], str]
) -> list[tuple[object, ...]]:
    """Rows of the table: one for each group, then the total. Unknown values are empty."""
    rows: list[tuple[object, ...]] = []
    for group in groups:
        numbers = (group.share, group.before, group.cost, group.kg, group.coverage)
        head = (report.medium.value, group.kind.value, say(group.title))
        rows.append((*head, _cell(group.total), report.unit, *map(_cell, numbers)))
    spent = report.cost.total if report.cost is not None else None
    numbers = (1.0 if np.isfinite(report.total) else None, report.before, spent, emitted(report), report.coverage)
    head = (report.medium.value, "total", say(Text("energy.total")))
    return [*rows, (*head, _cell(report.total), report.unit, *map(_cell, numbers))]


def _cell(value: float | None) -> str:
    return "" if value is None or not np.isfinite(value) else f"{value:.6f}".rstrip("0").rstrip(".")
