"""The tree of meters: which points count, which meter feeds which, and what no meter below a main one measures.

Feeds that are not set up are proposed: the main meter by its name or because it is the only one, meters of a storey below
it, plugs and lamps below the only meter of their storey.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin.model.device import Device, Point
from twin.model.energy import EnergySetup, Flow, Medium, MeterPlace, MeterUse
from twin.model.ids import PointId, RoomId, StoreyId
from twin.model.twin import Twin

type Numbers = NDArray[np.float64]

AREA_KINDS = frozenset({"meter", "board"})
"""Kinds of devices that measure an area and not the room in which they hang."""
BY_STOREY = frozenset({"plug", "outlet", "light", "lamp", "switch"})
"""Kinds of devices that the only meter of their storey is taken to feed; others have circuits of their own."""
MAIN_WORDS = re.compile(r"\b(main|mains|total|grid|utility|house)\b|haupt|gesamt|总|主表|主电|入户|进线", re.IGNORECASE)
"""What main meters are called."""
_COUNTERS: Mapping[str, tuple[Medium, Flow]] = {
    "energy_import": (Medium.ELECTRICITY, Flow.USED),
    "energy_export": (Medium.ELECTRICITY, Flow.EXPORTED),
    "water_volume": (Medium.WATER, Flow.USED),
    "gas_volume": (Medium.GAS, Flow.USED),
}
TOLERANCE = 0.01
"""A remainder below 0 by more than this share of the total means a wrong tree."""


def meter_places(twin: Twin, setup: EnergySetup) -> tuple[MeterPlace, ...]:
    """Every meter of the twin that counts, with the meter that feeds it: as set up, else as proposed."""
    storey_of: dict[RoomId | None, StoreyId] = {room.id: room.storey for room in twin.rooms}
    found = [place for device in twin.devices for place in _places(device, storey_of.get(device.room))]
    found = [place for place in found if place.point not in setup.left_out]
    mains = {medium: _mains(found, medium, setup) for medium in Medium}
    known = {place.point for place in found}
    placed = [_fed(place, found, mains[place.medium], setup, known) for place in found]
    return tuple(_without_loops(placed))


def _places(device: Device, storey: StoreyId | None) -> list[MeterPlace]:
    """The meters of one device: its counters, or its powers where it has no counter of energy."""
    makes = device.kind == "solar"
    counted = [point for point in device.points if point.capability.id in _COUNTERS]
    if makes and any(point.capability.id == "energy_export" for point in counted):
        counted = [point for point in counted if point.capability.id != "energy_import"]
    electric = any(_COUNTERS[point.capability.id][0] is Medium.ELECTRICITY for point in counted)
    if not electric and device.kind != "battery_storage":
        counted += [point for point in device.points if point.capability.id == "power"]
    number = Counter(point.capability.id for point in counted)
    return [_place(device, storey, point, titled=number[point.capability.id] > 1) for point in counted]


def _place(device: Device, storey: StoreyId | None, point: Point, *, titled: bool) -> MeterPlace:
    area = device.kind in AREA_KINDS
    medium, flow = _COUNTERS.get(point.capability.id, (Medium.ELECTRICITY, Flow.USED))
    if device.kind == "solar" and medium is Medium.ELECTRICITY:
        flow = Flow.PRODUCED
    return MeterPlace(
        point=point.id, device=device.id, title=f"{device.name} / {point.title}" if titled else device.name,
        kind=device.kind, room=None if area else device.room, storey=storey, medium=medium, flow=flow,
        by_power=point.capability.id == "power",
    )  # fmt: skip


def _mains(found: Sequence[MeterPlace], medium: Medium, setup: EnergySetup) -> tuple[PointId, ...]:
    """The main meters of a medium: as set up, else the one that is called so, else the only one that measures an area."""
    used = [one for one in found if one.medium is medium and one.flow is Flow.USED]
    stated = tuple(one.point for one in used if one.point in setup.feeds and not setup.feeds[one.point])
    if stated:
        return stated
    free = [one for one in used if one.kind in AREA_KINDS and not one.by_power and one.point not in setup.feeds]
    named = [one for one in free if MAIN_WORDS.search(one.title)]
    for candidates in (named, free):
        if len(candidates) == 1:
            return (candidates[0].point,)
    return ()


def _fed(
    place: MeterPlace, found: Sequence[MeterPlace], mains: tuple[PointId, ...], setup: EnergySetup, known: set[PointId]
) -> MeterPlace:
    if place.point in mains:
        return replace(place, main=True, room=None)
    if place.flow is Flow.EXPORTED:  # what a main meter's own device feeds into the grid
        return replace(place, main=any(one.point in mains and one.device == place.device for one in found))
    if place.flow is Flow.PRODUCED:
        return place
    stated = setup.feeds.get(place.point)
    if stated and stated in known:
        return replace(place, parent=stated)
    return replace(place, parent=_proposed(place, found, mains))


def _proposed(place: MeterPlace, found: Sequence[MeterPlace], mains: tuple[PointId, ...]) -> PointId | None:
    main = mains[0] if len(mains) == 1 else None
    if place.kind not in BY_STOREY or place.storey is None:
        return main
    of_storey = [
        one.point
        for one in found
        if one.storey == place.storey and one.kind in AREA_KINDS and one.medium is place.medium
        and one.flow is Flow.USED and one.point not in mains and not one.by_power
    ]  # fmt: skip
    return of_storey[0] if len(of_storey) == 1 else main


def _without_loops(places: Sequence[MeterPlace]) -> list[MeterPlace]:
    """Cuts feeds that lead back to the meter itself: it is then fed by nothing."""
    parent = {one.point: one.parent for one in places}
    kept: list[MeterPlace] = []
    for one in places:
        seen, at = {one.point}, one.parent
        while at is not None and at not in seen:
            seen.add(at)
            at = parent.get(at)
        kept.append(replace(one, parent=None) if at == one.point else one)
    return kept


def own_use(
    meters: Sequence[MeterUse], value: Callable[[MeterUse], float] = lambda one: one.total
) -> dict[PointId, float]:
    """Of each meter of use that is no main one: its `value` without that of the meters below it, so that all of these and
    the remainder are the building's. NaN where its own is unknown."""
    used = {one.meter.point: one for one in meters if one.meter.flow is Flow.USED and not one.meter.main}
    values = {point: value(one) for point, one in used.items()}
    below: dict[PointId, float] = {}
    for point, one in used.items():
        parent = one.meter.parent
        if parent is not None and parent in used and np.isfinite(values[point]):
            below[parent] = below.get(parent, 0.0) + values[point]
    return {point: amount - below.get(point, 0.0) for point, amount in values.items()}


def top_use(meters: Sequence[MeterUse]) -> tuple[MeterUse, ...]:
    """The meters of use directly below the main ones, or below nothing."""
    inner = {one.meter.point for one in meters if not one.meter.main}
    return tuple(
        one
        for one in meters
        if one.meter.flow is Flow.USED and not one.meter.main and one.meter.parent not in inner
    )  # fmt: skip


def too_much(meters: Sequence[MeterUse], total: float, remainder: float) -> MeterUse | None:
    """The meter whose removal from below the main one helps where the remainder is below 0; None where it is not."""
    if not np.isfinite(remainder) or remainder >= -TOLERANCE * abs(total):
        return None
    known = [one for one in top_use(meters) if np.isfinite(one.total)]
    enough = [one for one in known if one.total >= -remainder]
    return min(enough, key=lambda one: one.total, default=max(known, key=lambda one: one.total, default=None))
