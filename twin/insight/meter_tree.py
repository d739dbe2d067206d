"""The tree of meters: which points count, which meter feeds which, and what no meter below a main one measures.

Feeds that are not set up are proposed: the main meter by its name or because it is the only one, meters of a storey below
it, plugs and lamps below the only meter of their storey.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
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
FEED_IN_WORDS = re.compile(r"feed[- ]?in|\bfed in\b|\bexport|einspeis|上网|馈入|馈网|送电", re.IGNORECASE)
"""What meters are called that count only what is fed into the grid."""
BATTERY = "battery_storage"
"""Kind of devices whose counters are what goes into and comes out of them, and no use."""
_COUNTERS: Mapping[str, tuple[Medium, Flow]] = {
    "energy_import": (Medium.ELECTRICITY, Flow.USED),
    "energy_export": (Medium.ELECTRICITY, Flow.EXPORTED),
    "water_volume": (Medium.WATER, Flow.USED),
    "gas_volume": (Medium.GAS, Flow.USED),
}
ALIKE = 0.05
"""Meters whose coverage differs by more are not subtracted from each other."""
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


def main_meters(twin: Twin, setup: EnergySetup) -> tuple[PointId, ...]:
    """The counters of electricity that no other meter feeds: together what the building uses from outside."""
    places = meter_places(twin, setup)
    own = (one for one in places if one.medium is Medium.ELECTRICITY and one.flow is Flow.USED and not one.by_power)
    return tuple(one.point for one in own if one.parent is None)


def _places(device: Device, storey: StoreyId | None) -> list[MeterPlace]:
    """The meters of one device: its counters, or its powers where it has no counter of energy."""
    makes = device.kind == "solar"
    counted = [point for point in device.points if point.capability.id in _COUNTERS]
    if makes and any(point.capability.id == "energy_export" for point in counted):
        counted = [point for point in counted if point.capability.id != "energy_import"]
    electric = any(_COUNTERS[point.capability.id][0] is Medium.ELECTRICITY for point in counted)
    if not electric and device.kind != BATTERY:
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
    used = [one for one in found if one.medium is medium and one.flow is Flow.USED and one.kind != BATTERY]
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
    if place.kind == BATTERY or place.flow is Flow.PRODUCED:
        return place
    if place.flow is Flow.EXPORTED:
        return replace(place, main=_feeds_in(place, found, mains, setup))
    stated = setup.feeds.get(place.point)
    if stated and stated in known:
        return replace(place, parent=stated)
    return replace(place, parent=_proposed(place, found, mains))


def _feeds_in(place: MeterPlace, found: Sequence[MeterPlace], mains: tuple[PointId, ...], setup: EnergySetup) -> bool:
    """Whether a meter counts what is fed into the grid: as set up, else that of a main meter's own device, else the only
    one of an area that is called so."""
    if place.point in setup.feeds:
        return not setup.feeds[place.point]
    out = [one for one in found if one.medium is place.medium and one.flow is Flow.EXPORTED and one.kind != BATTERY]
    devices = {one.device for one in found if one.point in mains}
    own = [one for one in out if one.device in devices]
    called = [one for one in out if one.kind in AREA_KINDS and FEED_IN_WORDS.search(one.title)]
    if own or any(one.point in setup.feeds and not setup.feeds[one.point] for one in out):
        return place in own
    return called == [place]


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


def is_part(place: MeterPlace) -> bool:
    """Whether a meter measures a part of the use: not the whole, what is made, fed in, or goes through a battery."""
    return place.flow is Flow.USED and not place.main and place.kind != BATTERY


def deepest_first(parts: Sequence[MeterPlace]) -> list[MeterPlace]:
    """The meters so that each comes after all those below it."""
    parent = {one.point: one.parent for one in parts}

    def depth(place: MeterPlace) -> int:
        at, steps = place.parent, 0
        while at is not None and at in parent:
            at, steps = parent[at], steps + 1
        return steps

    return sorted(parts, key=depth, reverse=True)


def own_before(meters: Sequence[MeterUse]) -> dict[PointId, float]:
    """Of each part, the use of the period before without that of the meters below it. NaN where one of them is unknown, or
    is known for another share of the time."""
    parts = {one.meter.point: one for one in meters if is_part(one.meter)}
    before = {point: one.before for point, one in parts.items()}
    for one in parts.values():
        parent = parts.get(one.meter.parent) if one.meter.parent is not None else None
        if parent is not None and np.isfinite(one.total):
            alike = abs(one.coverage - parent.coverage) <= ALIKE
            before[parent.meter.point] -= one.before if alike else np.nan
    return before


def top_use(meters: Sequence[MeterUse]) -> tuple[MeterUse, ...]:
    """The meters of use directly below the main ones, or below nothing."""
    inner = {one.meter.point for one in meters if is_part(one.meter)}
    return tuple(one for one in meters if is_part(one.meter) and one.meter.parent not in inner)


def too_much(meters: Sequence[MeterUse], total: float, remainder: float) -> MeterUse | None:
    """The meter whose removal from below the main one helps where the remainder is below 0; None where it is not."""
    if not np.isfinite(remainder) or remainder >= -TOLERANCE * abs(total):
        return None
    known = [one for one in top_use(meters) if np.isfinite(one.total)]
    enough = [one for one in known if one.total >= -remainder]
    return min(enough, key=lambda one: one.total, default=max(known, key=lambda one: one.total, default=None))
