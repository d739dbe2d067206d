"""Edits of a drawing's storeys and backdrop: each returns a new value, or raises ProblemError with the reason."""

from __future__ import annotations

import math
from dataclasses import replace

from twin.model.drawing import HEIGHT_M, MOST_STOREYS, Backdrop, Drawing, DrawnStorey, Spot, refusal, spot
from twin.model.drawing_limits import height_within, room_or_storey_name
from twin.model.problem import ProblemError


def add_storey(drawing: Drawing, name: str, *, copy: bool = False) -> Drawing:
    """Adds a storey on top; with `copy` it gets the walls and openings of the one below. ProblemError beyond
    MOST_STOREYS.
    """
    if len(drawing.storeys) >= MOST_STOREYS:
        raise ProblemError(refusal("drawing.many_storeys", most=MOST_STOREYS))
    id = 1 + max((storey.id for storey in drawing.storeys), default=0)
    if not drawing.storeys:
        return replace(drawing, storeys=(DrawnStorey(id=id, name=room_or_storey_name(name)),))
    below = drawing.storeys[-1]
    up = round(below.elevation_m + below.height_m, 4)
    new = DrawnStorey(id=id, name=room_or_storey_name(name), elevation_m=up, height_m=below.height_m)
    if copy:
        new = replace(new, walls=below.walls, openings=below.openings)
    return replace(drawing, storeys=(*drawing.storeys, new))


def set_storey(drawing: Drawing, id: int, *, name: str | None = None, height_m: float | None = None) -> Drawing:
    """Renames a storey or changes its height (metres), which moves the storeys above. ProblemError where an opening
    does not fit.
    """
    out: list[DrawnStorey] = []
    rise = 0.0
    for storey in drawing.storeys:
        new = replace(storey, elevation_m=round(storey.elevation_m + rise, 4))
        if storey.id == id:
            if name is not None:
                new = replace(new, name=room_or_storey_name(name))
            if height_m is not None:
                new = _heightened(new, height_within(height_m, least=HEIGHT_M[0]))
                rise = new.height_m - storey.height_m
        out.append(new)
    return replace(drawing, storeys=tuple(out))


def remove_storey(drawing: Drawing, id: int) -> Drawing:
    """Removes a storey; those above are lowered by its height. ProblemError for the last one."""
    if len(drawing.storeys) <= 1:
        raise ProblemError(refusal("drawing.last"))
    drop = 0.0
    out: list[DrawnStorey] = []
    for storey in drawing.storeys:
        if storey.id == id:
            drop = storey.height_m
        else:
            out.append(replace(storey, elevation_m=round(storey.elevation_m - drop, 4)))
    return replace(drawing, storeys=tuple(out))


def scale_backdrop(backdrop: Backdrop, one: Spot, other: Spot, distance_m: float) -> Backdrop:
    """The backdrop scaled about the first spot so that the two spots are `distance_m` apart. ProblemError outside 1 cm
    to 10 km.
    """
    drawn = math.dist(one, other)
    if drawn < 1e-6 or not 0.01 <= distance_m <= 10_000.0:
        raise ProblemError(refusal("drawing.scale"))
    by = distance_m / drawn
    origin = spot(one[0] + (backdrop.origin[0] - one[0]) * by, one[1] + (backdrop.origin[1] - one[1]) * by)
    return replace(backdrop, m_per_px=backdrop.m_per_px * by, origin=origin)


def _heightened(storey: DrawnStorey, height_m: float) -> DrawnStorey:
    storey = replace(storey, height_m=height_m)
    for one in storey.openings:
        wall = storey.wall(one.wall)
        if wall is not None and one.sill_m + one.height_m > storey.height_of(wall) + 1e-6:
            raise ProblemError(refusal("drawing.tall", kind=one.kind))
    return storey
