"""IMDF archives (OGC 20-094, Indoor Mapping Data Format 1.0.0): levels, units and openings in WGS 84."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

from twin.building import plan_outline
from twin.building.archive import Archive
from twin.building.limits import refuse, warn
from twin.building.outline_rooms import RISE_M, OutlinedDoor, OutlinedLevel, OutlinedRoom, build_outlined
from twin.model.building import Building, Source
from twin.model.problem import Problem
from twin.model.space import Site

FEATURES = 200_000
FAR_M = 20_000.0
"""Largest distance of a feature from the middle of the venue, metres; farther ones count as damaged."""
_A, _E2 = 6_378_137.0, 6.694_379_990_14e-3
"""Semi-major axis and squared first eccentricity of WGS 84 (EPSG 7030)."""
_NOT_ROOMS = ("nonpublic.void", "opentobelow", "structure", "column", "brick", "concrete", "drywall", "glass", "wood")
"""Unit categories that are solid or void (IMDF 1.0.0, "unit category")."""

type Feature = dict[str, Any]


def read_imdf(path: Path, source: Source, on_progress: Callable[[str, float | None], None]) -> Building:
    """The building of an IMDF archive. Raises ProblemError where it is damaged or has no rooms."""
    on_progress("job.reading", None)
    archive = Archive(path)
    try:
        kinds = {kind: _features(archive, path, kind) for kind in ("venue", "building", "level", "unit", "opening")}
    finally:
        archive.close()
    if not kinds["unit"] or not kinds["level"]:
        raise refuse("imdf.empty", str(path))
    problems: list[Problem] = []
    plane = _Plane(kinds["level"] + kinds["unit"], path)
    levels = _levels(kinds["level"], path, problems)
    lost = 0
    for unit in kinds["unit"]:
        lost += not _put_room(unit, levels, plane)
    for opening in kinds["opening"]:
        lost += not _put_door(opening, levels, plane)
    if lost:
        problems.append(warn("imdf.features", str(path), n=lost))
    furnished = [level for level in levels.values() if level.rooms]
    if not furnished:
        raise refuse("imdf.unplaced", str(path))
    on_progress("job.shapes", None)
    name = _name((kinds["venue"] or kinds["building"] or [{}])[0])
    site = Site(name=name, latitude=plane.latitude, longitude=plane.longitude)
    return build_outlined(source, furnished, problems, site=site)


def _features(archive: Archive, path: Path, kind: str) -> list[Feature]:
    """The features of one file; none where the archive lacks it."""
    name = next((one for one in archive.names if one.rsplit("/", 1)[-1].lower() == f"{kind}.geojson"), None)
    if name is None:
        return []
    try:
        document: Any = json.loads(archive.read(name))
        found = document["features"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refuse('imdf.unreadable', str(path), detail=str(error)[:200], kind=kind) from error  # fmt: skip
    if not isinstance(found, list) or len(cast("list[Any]", found)) > FEATURES:
        raise refuse("imdf.huge", str(path), kind=kind)
    return [one for one in cast("list[Any]", found) if isinstance(one, dict)]


class _Plane:
    """Metres east and north of the middle of all levels: a tangent plane, exact to millimetres over a venue."""

    def __init__(self, features: list[Feature], path: Path) -> None:
        middles = [one.representative_point() for f in features if (one := _shape(f)) is not None and not one.is_empty]
        places = [(p.x, p.y) for p in middles if abs(p.x) <= 180 and abs(p.y) < 89]
        if not places:
            raise refuse("imdf.nowhere", str(path))
        self.longitude, self.latitude = (round(float(value), 8) for value in np.median(np.array(places), axis=0))
        sine = math.sin(math.radians(self.latitude))
        curve = 1 - _E2 * sine * sine
        self._north = math.radians(1) * _A * (1 - _E2) / curve**1.5
        self._east = math.radians(1) * _A / curve**0.5 * math.cos(math.radians(self.latitude))

    def flat(self, shape: BaseGeometry) -> BaseGeometry | None:
        """The shape in metres; None where it lies absurdly far away."""
        middle = np.array([self.longitude, self.latitude])
        scale = np.array([self._east, self._north])
        flat = shapely.transform(shape, lambda points: (points - middle) * scale)
        bounds = np.array(flat.bounds)
        return flat if bounds.size == 4 and np.isfinite(bounds).all() and np.abs(bounds).max() < FAR_M else None


def _shape(feature: Feature) -> BaseGeometry | None:
    try:
        return shape_of(feature["geometry"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, shapely.errors.ShapelyError):
        return None


def _levels(features: list[Feature], path: Path, problems: list[Problem]) -> dict[str, OutlinedLevel]:
    """Levels by id; height is ordinal × RISE_M, because IMDF has no vertical metres."""
    found: dict[str, OutlinedLevel] = {}
    for feature in features:
        properties = _properties(feature)
        ordinal = properties.get("ordinal")
        if not isinstance(ordinal, (int, float)) or not abs(ordinal) < 1000 or properties.get("outdoor") is True:
            continue
        id = str(feature.get("id", ""))[:100]
        found[id] = OutlinedLevel(id, _name(feature) or f"Level {ordinal:g}", float(ordinal) * RISE_M)
    if not found:
        raise refuse("imdf.levels", str(path))
    problems.append(warn("imdf.heights", str(path), apart_m=RISE_M))
    return found


def _put_room(unit: Feature, levels: dict[str, OutlinedLevel], plane: _Plane) -> bool:
    properties = _properties(unit)
    category = str(properties.get("category") or "")[:60]
    level, shape = levels.get(str(properties.get("level_id", ""))), _shape(unit)
    if level is None or shape is None:
        return False
    if category in _NOT_ROOMS:
        return True
    flat = plane.flat(shape)
    plan = plan_outline.largest(shapely.make_valid(flat)) if flat is not None else None
    if plan is None or plan.area < 0.2:
        return False
    id = str(unit.get("id", ""))[:100]
    level.rooms.append(OutlinedRoom(id, _name(unit) or category.replace(".", " ").capitalize(), plan, usage=category))
    return True


def _put_door(opening: Feature, levels: dict[str, OutlinedLevel], plane: _Plane) -> bool:
    level, shape = levels.get(str(_properties(opening).get("level_id", ""))), _shape(opening)
    flat = plane.flat(shape) if shape is not None and not shape.is_empty else None
    if level is None or not isinstance(flat, shapely.LineString) or not 0.2 < flat.length < 50:
        return False
    level.doors.append(OutlinedDoor(str(opening.get("id", ""))[:100], flat))
    return True


def _properties(feature: Feature) -> dict[str, Any]:
    found = feature.get("properties")
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _name(feature: Feature) -> str:
    """The English name, else the first; IMDF 1.0.0 "LABELS"."""
    names = _properties(feature).get("name")
    if not isinstance(names, dict):
        return ""
    known = cast("dict[str, Any]", names)
    chosen = known.get("en") or next(iter(known.values()), "")
    return str(chosen)[:120] if isinstance(chosen, str) else ""
