"""Edits of a drawing: each function returns a new value, or raises ProblemError with the reason."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from twin.model.drawing import (
    MOST_WALLS,
    SHORTEST_M,
    THICKNESS_M,
    DrawnOpening,
    DrawnStorey,
    DrawnWall,
    OpeningKind,
    RoomName,
    Spot,
    refusal,
    spot,
)
from twin.model.drawing_limits import height_within, room_or_storey_name
from twin.model.drawn_wall_geometry import ON_AXIS_M, axes_meet, blocks, crossing, leans, on_top, uncovered
from twin.model.problem import Problem, ProblemError

USUAL = {
    OpeningKind.DOOR: (0.9, 2.05, 0.0), OpeningKind.WINDOW: (1.2, 1.3, 0.9), OpeningKind.PASSAGE: (1.2, 2.1, 0.0),
}  # fmt: skip
"""Width, height and sill of a new opening, metres."""
EDGE_M = 0.05
"""Least length of wall on each side of an opening, metres."""


# ---------------------------------------------------------------- walls
def add_wall(storey: DrawnStorey, a: Spot, b: Spot, *, thickness_m: float = 0.12, height_m: float = 0.0) -> DrawnStorey:
    """The storey with a new wall; walls are split where they cross.

    ProblemError where it is too short, on top of another, passes through an opening, or walls are too many.
    """
    a, b = spot(*a), spot(*b)
    if math.dist(a, b) < SHORTEST_M:
        raise ProblemError(refusal("drawing.short"))
    if len(storey.walls) >= MOST_WALLS:
        raise ProblemError(refusal("drawing.many", most=MOST_WALLS))
    low, high = THICKNESS_M
    new = DrawnWall(
        id=storey.next_id, a=a, b=b, thickness_m=min(max(thickness_m, low), high), height_m=height_within(height_m)
    )
    if any(on_top(new, wall) for wall in storey.walls):
        raise ProblemError(refusal("drawing.double"))
    for one in storey.openings:
        held = _wall(storey, one.wall)
        if any(leans(held, end) and blocks(held.offset(end), new, one) for end in (a, b)):
            raise ProblemError(_through(one))
    met = [(new.offset(at), at, wall.id) for wall in storey.walls if (at := crossing(new, wall)) is not None]
    cuts: list[Spot] = []
    last = 0.0
    for far, at, wall in sorted(met):
        if far - last >= SHORTEST_M:  # walls that cross closer together than that stay whole
            storey = split(storey, wall, at)
            cuts.append(at)
            last = far
    next_id = storey.next_id
    points = [a, *cuts, b]
    pieces = [replace(new, id=next_id + n, a=p, b=q) for n, (p, q) in enumerate(itertools.pairwise(points))]
    return replace(storey, walls=(*storey.walls, *pieces))


def add_box(storey: DrawnStorey, a: Spot, b: Spot, *, thickness_m: float = 0.12) -> DrawnStorey:
    """The storey with four walls around the rectangle between two corners; existing walls on its sides are reused.

    ProblemError where a side has no length or all four walls exist already.
    """
    (west, east), (south, north) = (sorted((a[i], b[i])) for i in (0, 1))
    corners = [(west, south), (east, south), (east, north), (west, north)]
    if min(east - west, north - south) < SHORTEST_M:
        raise ProblemError(refusal("drawing.no_size"))
    before = storey
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        for p, q in uncovered(storey, start, end):
            storey = add_wall(storey, p, q, thickness_m=thickness_m)
    if storey == before:
        raise ProblemError(refusal("drawing.double_room"))
    return storey


def split(storey: DrawnStorey, wall: int, at: Spot) -> DrawnStorey:
    """The storey with a wall split in two at the nearest spot on its axis; openings stay in place.

    ProblemError where the cut goes through an opening or lies within SHORTEST_M of an end.
    """
    old = _wall(storey, wall)
    at = spot(*old.at(old.offset(at)))
    cut = old.offset(at)
    if cut < SHORTEST_M or old.length_m - cut < SHORTEST_M:
        raise ProblemError(refusal("drawing.wall_end"))
    second = storey.next_id
    openings: list[DrawnOpening] = []
    for one in storey.openings:
        if one.wall != wall:
            openings.append(one)
        elif abs(one.offset_m - cut) < one.width_m / 2:
            raise ProblemError(_through(one))
        else:
            there = one.offset_m > cut
            openings.append(replace(one, wall=second, offset_m=one.offset_m - cut) if there else one)
    walls = tuple(replace(one, b=at) if one.id == wall else one for one in storey.walls)
    return replace(storey, walls=(*walls, replace(old, id=second, a=at)), openings=tuple(openings))


def move_point(storey: DrawnStorey, point: Spot, to: Spot) -> DrawnStorey:
    """Moves every wall end at `point` to `to`; openings keep their place.

    ProblemError where a wall gets too short or an opening does not fit any more.
    """
    return _moved(storey, {point: spot(*to)})


def move_wall(storey: DrawnStorey, wall: int, by: Spot) -> DrawnStorey:
    """Moves a wall by an offset in metres, with its corners and the ends of walls that abut it."""
    return move_walls(storey, [wall], by)


def move_walls(storey: DrawnStorey, walls: Iterable[int], by: Spot) -> DrawnStorey:
    """Moves several walls by an offset in metres, with their corners and the ends of walls that abut them."""
    ends: set[Spot] = set()
    for old in (_wall(storey, wall) for wall in walls):
        leaning = {end for one in storey.walls if one.id != old.id for end in (one.a, one.b) if leans(old, end)}
        ends |= {old.a, old.b} | leaning
    return _moved(storey, {end: spot(end[0] + by[0], end[1] + by[1]) for end in ends})


def set_wall(
    storey: DrawnStorey,
    wall: int,
    *,
    thickness_m: float | None = None,
    height_m: float | None = None,
    length_m: float | None = None,
) -> DrawnStorey:
    """Changes a wall's thickness, height (0: the storey's) or length (moves end b), metres. ProblemError outside the
    limits.
    """
    old = _wall(storey, wall)
    low, high = THICKNESS_M
    if thickness_m is not None and not low <= thickness_m <= high:
        raise ProblemError(refusal("drawing.thickness", low=low * 100, high=high * 100))
    if length_m is not None:
        if length_m < SHORTEST_M:
            raise ProblemError(refusal("drawing.too_short"))
        storey = move_point(storey, old.b, old.at(length_m))
        old = _wall(storey, wall)
    new = replace(
        old,
        thickness_m=old.thickness_m if thickness_m is None else thickness_m,
        height_m=old.height_m if height_m is None else height_within(height_m),
    )
    return replace(storey, walls=tuple(new if one.id == wall else one for one in storey.walls))


def join(storey: DrawnStorey, one: int, other: int) -> DrawnStorey:
    """Lengthens or shortens two walls to the intersection of their axes. ProblemError for parallel walls."""
    first, second = _wall(storey, one), _wall(storey, other)
    at = axes_meet(first, second)
    if at is None:
        raise ProblemError(refusal("drawing.parallel"))
    corner = spot(*at)
    near = {min((wall.a, wall.b), key=lambda end: math.dist(end, corner)): corner for wall in (first, second)}
    return _moved(storey, near)


def remove(storey: DrawnStorey, ids: Iterable[int]) -> DrawnStorey:
    """The storey without these walls (and the openings in them), openings and names."""
    gone = set(ids)
    return replace(
        storey,
        walls=tuple(one for one in storey.walls if one.id not in gone),
        openings=tuple(one for one in storey.openings if one.id not in gone and one.wall not in gone),
        names=tuple(one for one in storey.names if one.id not in gone),
    )


# ---------------------------------------------------------------- doors and windows
def nearest_wall(storey: DrawnStorey, at: Spot, reach_m: float) -> DrawnWall | None:
    """The wall whose side is nearest to a spot; None where none is within `reach_m` metres."""
    found = min(storey.walls, key=lambda wall: wall.distance(at) - wall.thickness_m / 2, default=None)
    return found if found and found.distance(at) - found.thickness_m / 2 <= reach_m else None


def new_opening(storey: DrawnStorey, kind: OpeningKind, at: Spot, *, reach_m: float = 1.0) -> DrawnOpening:
    """The opening of usual size that would be placed in the nearest wall, not added yet. ProblemError: no wall in
    reach or too short.
    """
    wall = nearest_wall(storey, at, reach_m)
    if wall is None:
        raise ProblemError(refusal("drawing.no_wall", kind=kind))
    width, height, sill = USUAL[kind]
    room = wall.length_m - 2 * EDGE_M
    if room < 0.3:
        raise ProblemError(_narrow(kind))
    width = min(width, room)
    x, y = wall.along
    right = (at[0] - wall.a[0]) * y - (at[1] - wall.a[1]) * x > 0
    top = storey.height_of(wall)
    return DrawnOpening(
        id=storey.next_id, wall=wall.id, offset_m=_clamped(wall, wall.offset(at), width), width_m=width,
        height_m=min(height, top - sill) if top - sill > 0.3 else top, sill_m=sill if top - sill > 0.3 else 0.0,
        kind=kind, swings_right=right,
    )  # fmt: skip


def add_opening(storey: DrawnStorey, kind: OpeningKind, at: Spot, *, reach_m: float = 1.0) -> DrawnStorey:
    """Adds an opening of usual size to the nearest wall. ProblemError: no wall in reach, no space, overlap."""
    return put_opening(storey, new_opening(storey, kind, at, reach_m=reach_m))


def put_opening(storey: DrawnStorey, opening: DrawnOpening) -> DrawnStorey:
    """Adds an opening, or replaces the one with its id.

    ProblemError where it does not fit into the wall, overlaps another opening or a wall ends in it.
    """
    wall = _wall(storey, opening.wall)
    if opening.width_m > wall.length_m - 2 * EDGE_M + 1e-6 or opening.width_m < 0.1:
        raise ProblemError(_narrow(opening.kind))
    if not (opening.sill_m >= 0 and opening.height_m >= 0.1) or (
        opening.sill_m + opening.height_m > storey.height_of(wall) + 1e-6
    ):
        raise ProblemError(refusal("drawing.tall", kind=opening.kind))
    opening = replace(opening, offset_m=_clamped(wall, opening.offset_m, opening.width_m))
    for one in storey.openings:
        near = abs(one.offset_m - opening.offset_m) < (one.width_m + opening.width_m) / 2 - 1e-6
        apart = one.sill_m >= opening.sill_m + opening.height_m or opening.sill_m >= one.sill_m + one.height_m
        if one.id != opening.id and one.wall == opening.wall and near and not apart:
            raise ProblemError(refusal("drawing.overlap", kind=one.kind))
    for other in storey.walls:
        for end in (other.a, other.b):
            if other.id != wall.id and leans(wall, end) and blocks(wall.offset(end), other, opening):
                raise ProblemError(refusal("drawing.blocked", kind=opening.kind))
    others = tuple(one for one in storey.openings if one.id != opening.id)
    return replace(storey, openings=(*others, opening))


def move_opening(storey: DrawnStorey, opening: int, to: Spot, *, reach_m: float = 1.0) -> DrawnStorey:
    """Moves an opening to the nearest place in the nearest wall. ProblemError as in `put_opening`."""
    old = _opening(storey, opening)
    wall = nearest_wall(storey, to, reach_m) or _wall(storey, old.wall)
    return put_opening(storey, replace(old, wall=wall.id, offset_m=wall.offset(to)))


def set_opening(storey: DrawnStorey, opening: int, **changes: Any) -> DrawnStorey:  # noqa: ANN401 - fields of DrawnOpening
    """Changes fields of an opening (size, position, hinge). ProblemError as in `put_opening`."""
    return put_opening(storey, replace(_opening(storey, opening), **changes))


# ---------------------------------------------------------------- names
def name_room(storey: DrawnStorey, at: Spot, name: str) -> DrawnStorey:
    """Adds a room name at a spot. ProblemError where the name is empty."""
    new = RoomName(id=storey.next_id, name=room_or_storey_name(name), at=spot(*at))
    return replace(storey, names=(*storey.names, new))


def rename_room(storey: DrawnStorey, label: int, name: str) -> DrawnStorey:
    """Renames a room name. ProblemError where the new name is empty."""
    clean = room_or_storey_name(name)
    return replace(storey, names=tuple(replace(one, name=clean) if one.id == label else one for one in storey.names))


def move_name(storey: DrawnStorey, label: int, to: Spot) -> DrawnStorey:
    """Moves a room name to another spot."""
    at = spot(*to)
    return replace(storey, names=tuple(replace(one, at=at) if one.id == label else one for one in storey.names))


def nudge(storey: DrawnStorey, ids: Iterable[int], by: Spot) -> DrawnStorey:
    """Moves walls with their corners, openings (unless their wall moves too) and names by an offset, metres."""
    picked = set(ids)
    walls = [wall.id for wall in storey.walls if wall.id in picked]
    storey = move_walls(storey, walls, by) if walls else storey
    for one in storey.openings:
        wall = storey.wall(one.wall)
        if one.id in picked and wall is not None and wall.id not in picked:
            along = by[0] * wall.along[0] + by[1] * wall.along[1]
            storey = set_opening(storey, one.id, offset_m=one.offset_m + along)
    for label in storey.names:
        if label.id in picked:
            storey = move_name(storey, label.id, (label.at[0] + by[0], label.at[1] + by[1]))
    return storey


# ---------------------------------------------------------------- inside
def _moved(storey: DrawnStorey, to: dict[Spot, Spot]) -> DrawnStorey:
    walls: list[DrawnWall] = []
    changed: dict[int, tuple[DrawnWall, DrawnWall]] = {}
    for old in storey.walls:
        new = old
        if old.a in to or old.b in to:
            new = replace(old, a=to.get(old.a, old.a), b=to.get(old.b, old.b))
            if new.length_m < SHORTEST_M:
                raise ProblemError(refusal("drawing.collapsed"))
            changed[old.id] = (old, new)
        walls.append(new)
    openings = [_kept(one, *changed[one.wall]) if one.wall in changed else one for one in storey.openings]
    return replace(storey, walls=tuple(walls), openings=tuple(openings))


def _kept(one: DrawnOpening, old: DrawnWall, new: DrawnWall) -> DrawnOpening:
    """The opening where it was, or as near as its wall allows; a wall that only moved keeps it at its offset."""
    if one.width_m > new.length_m - 2 * EDGE_M + 1e-6:
        raise ProblemError(refusal("drawing.no_room_left", kind=one.kind))
    same = abs(old.length_m - new.length_m) < ON_AXIS_M
    offset = one.offset_m if same else new.offset(old.at(one.offset_m))
    return replace(one, offset_m=_clamped(new, offset, one.width_m))


def _clamped(wall: DrawnWall, offset_m: float, width_m: float) -> float:
    least = width_m / 2 + EDGE_M
    return round(min(max(offset_m, least), max(wall.length_m - least, least)), 4)


def _wall(storey: DrawnStorey, id: int) -> DrawnWall:
    if (wall := storey.wall(id)) is not None:
        return wall
    raise ProblemError(refusal("drawing.gone"))


def _opening(storey: DrawnStorey, id: int) -> DrawnOpening:
    if (opening := storey.opening(id)) is not None:
        return opening
    raise ProblemError(refusal("drawing.gone_opening"))


def _through(one: DrawnOpening) -> Problem:
    return refusal("drawing.through", kind=one.kind)


def _narrow(kind: OpeningKind) -> Problem:
    return refusal("drawing.no_room", kind=kind)
