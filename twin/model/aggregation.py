"""Aggregates the values of several devices into one value per room, by a rule per capability."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from twin.model.capability import Capability, Group, ValueType
from twin.model.device import Device, Point


class AggregationRule(StrEnum):
    """Rule by which the values of a room's devices combine into one value."""

    MEAN = "mean"
    MAX = "highest"
    MIN = "lowest"
    SUM = "sum"
    ANY = "any"
    MOST = "most"
    """The value that most devices have; where two are as frequent, the one with the lower code."""


_RULES = {
    **dict.fromkeys(("co2", "co", "pm1", "pm25", "pm10", "voc", "ozone", "nitrogen_dioxide", "formaldehyde", "air_quality", "noise"), AggregationRule.MAX),
    **dict.fromkeys(("battery", "signal", "link_quality"), AggregationRule.MIN),
    **dict.fromkeys(
        ("power", "apparent_power", "reactive_power", "current", "flow", "energy_import", "energy_export",
         "water_volume", "gas_volume"), AggregationRule.SUM,
    ),
}  # fmt: skip


def aggregation_rule(row: Capability) -> AggregationRule:
    """The aggregation rule for a capability: MOST for enums, ANY for bools and alarms, else by id; MEAN where no rule
    is listed.
    """
    if row.type is ValueType.ENUM:
        return AggregationRule.MOST
    if row.type is ValueType.BOOL or row.group is Group.ALARM:
        return AggregationRule.ANY
    return _RULES.get(row.id, AggregationRule.MEAN)


def counted_points(device: Device, capability: str) -> tuple[Point, ...]:
    """The points of a device that count towards its room's value.

    Under the rule SUM, where exactly one point is the total (its key or alias is the capability), only that one counts,
    so that a three-phase meter's power is not added to that of its phases, nor an inverter's to that of its inputs.
    """
    found = tuple(point for point in device.points if point.info.capability == capability)
    if len(found) < 2 or aggregation_rule(found[0].capability) is not AggregationRule.SUM:
        return found
    whole = tuple(point for point in found if capability in (point.info.key, point.info.alias))
    return whole if len(whole) == 1 else found


def colours_rooms(row: Capability) -> bool:
    """Whether rooms can be coloured by this capability: its value is a number, bool or enum."""
    return row.type in (ValueType.NUMBER, ValueType.BOOL, ValueType.ENUM)


def runs_smoothly(row: Capability) -> bool:
    """Whether this is a numeric sensor quantity (air, light), which may be interpolated between two sensors."""
    return row.type is ValueType.NUMBER and row.group is Group.SENSOR


def aggregate(
    rule: AggregationRule, values: NDArray[np.float64], group: NDArray[np.intp], groups: int
) -> NDArray[np.float64]:
    """The combined value of each group, (groups,); NaN for a group without finite values.

    `values` (n,) may contain NaN, which is ignored; `group` (n,) is the group number of each value and must be
    ascending. ANY gives 1.0 if any value is above 0.5, else 0.0.
    """
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
