"""Aggregates the values of several devices into one value per room, by a rule per capability."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from twin.model.capability import Capability, Group, ValueType
from twin.model.device import Device, Point


class AggregationRule(StrEnum):
    """How device values combine into a room value."""

    MEAN = "mean"
    MAX = "highest"
    MIN = "lowest"
    SUM = "sum"
    ANY = "any"
    MOST = "most"
    """The commonest word; of two as common, the first of the list."""


_RULES = {
    **dict.fromkeys(("co2", "co", "pm25", "pm10", "voc", "air_quality", "noise"), AggregationRule.MAX),
    **dict.fromkeys(("battery", "signal", "link_quality"), AggregationRule.MIN),
    **dict.fromkeys(
        ("power", "apparent_power", "reactive_power", "current", "flow", "energy_import", "energy_export",
         "water_volume", "gas_volume"), AggregationRule.SUM,
    ),
}  # fmt: skip


def aggregation_rule(row: Capability) -> AggregationRule:
    """The rule for a capability; what is true of one device is true of the room."""
    if row.type is ValueType.ENUM:
        return AggregationRule.MOST
    if row.type is ValueType.BOOL or row.group is Group.ALARM:
        return AggregationRule.ANY
    return _RULES.get(row.id, AggregationRule.MEAN)


def counted_points(device: Device, capability: str) -> tuple[Point, ...]:
    """The points of a device that its room counts. Where values add up and one of them is the whole (its key or alias is
    the capability), that one alone: a three-phase meter's power is not counted again by its phases, an inverter's not by
    its inputs."""
    found = tuple(point for point in device.points if point.info.capability == capability)
    if len(found) < 2 or aggregation_rule(found[0].capability) is not AggregationRule.SUM:
        return found
    whole = tuple(point for point in found if capability in (point.info.key, point.info.alias))
    return whole if len(whole) == 1 else found


def colours_rooms(row: Capability) -> bool:
    """Whether rooms can be coloured by it: numbers, truths and words, not colours, texts and passing events."""
    return row.type in (ValueType.NUMBER, ValueType.BOOL, ValueType.ENUM)


def runs_smoothly(row: Capability) -> bool:
    """Whether it is a quantity of the air or the light in a room, which has a value between two sensors too."""
    return row.type is ValueType.NUMBER and row.group is Group.SENSOR


def aggregate(
    rule: AggregationRule, values: NDArray[np.float64], group: NDArray[np.intp], groups: int
) -> NDArray[np.float64]:
    """(groups,) one value for each group; `group` (n,) must rise. NaN counts for nothing, and is what nothing gives."""
    known = np.isfinite(values)
    values, group = values[known], group[known]
    made = np.full(groups, np.nan)
    if not len(values):
        return made
    count = np.bincount(group, minlength=groups)
    there = count > 0
    if rule in (AggregationRule.MEAN, AggregationRule.SUM):
        total = np.bincount(group, values, groups)[there]
        made[there] = total / count[there] if rule is AggregationRule.MEAN else total
    elif rule is AggregationRule.MOST:
        made[there] = _commonest(values, group, groups)[there]
    else:
        first = np.searchsorted(group, np.flatnonzero(there))
        made[there] = (np.minimum if rule is AggregationRule.MIN else np.maximum).reduceat(values, first)
        if rule is AggregationRule.ANY:
            made[there] = made[there] > 0.5
    return made


def _commonest(values: NDArray[np.float64], group: NDArray[np.intp], groups: int) -> NDArray[np.float64]:
    codes, code = np.unique(values, return_inverse=True)
    votes = np.bincount(group * len(codes) + code, minlength=groups * len(codes)).reshape(groups, len(codes))
    return codes[votes.argmax(1)]
