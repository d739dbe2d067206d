# pyright: reportUnknownMemberType=false
"""Builds storeys and rooms from Home Assistant's floors and areas; rooms are laid out as blocks, because no shapes are
known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import available_timezones

import shapely
import shapely.affinity

from twin.building.hass.device_fittings import DeviceFitting, fittings
from twin.building.hass.registry import HassArea, HassFloor, HassHome, read_home
from twin.building.hass.room_blocks import block
from twin.building.limits import refuse, warn
from twin.building.outline_rooms import RISE_M, OutlinedDevice, OutlinedLevel, OutlinedRoom, build_outlined
from twin.model.building import Building, Source
from twin.model.ids import clean_name
from twin.model.problem import Problem
from twin.model.space import Site

SMALLEST_M2, LARGEST_M2, EACH_M2 = 9.0, 40.0, 2.5
"""Area of a room without devices, of the largest room, and per device, m²."""
_EDGE_M = 0.6
"""Distance of devices from walls where the room allows it, metres."""


def read_hass(path: Path, source: Source, on_progress: Callable[[str, float | None], None]) -> Building:
    """The building of the registry at `path` and those beside it. Raises ProblemError.

    `on_progress` receives the step's code and its progress.
    """
    on_progress("job.reading", None)
    home = read_home(path)
    if not home.areas:
        raise refuse("hass.empty", str(path))
    on_progress("job.shapes", None)
    inside, homeless = fittings(home)
    problems = [_scheme(path)]
    levels = _levels(home, inside, path, problems)
    if homeless:
        problems.append(warn("hass.no_area", str(path), n=homeless))
    return build_outlined(source, levels, problems, site=_site(home))


def _levels(
    home: HassHome, inside: dict[str, list[DeviceFitting]], path: Path, problems: list[Problem]
) -> list[OutlinedLevel]:
    """One storey for each floor that has areas, lowest first."""
    known = {floor.id for floor in home.floors}
    by_floor: dict[str, list[HassArea]] = defaultdict(list)
    for area in home.areas:
        by_floor[area.floor if area.floor in known else ""].append(area)
    floors = sorted((floor for floor in home.floors if floor.id in by_floor), key=_height)
    if loose := by_floor[""]:
        if not floors:
            floors = [HassFloor("", "Ground", 0.0)]
        else:
            ground = floors[_ground_floor(floors)]
            by_floor[ground.id] += loose
            problems.append(warn("hass.no_floor", str(path), storey=ground.name, n=len(loose)))
    below = _ground_floor(floors)
    plans = _plans([[len(inside.get(area.id, ())) for area in by_floor[floor.id]] for floor in floors])
    return [
        _level(floor, list(zip(by_floor[floor.id], plans[number], strict=True)), inside, (number - below) * RISE_M)
        for number, floor in enumerate(floors)
    ]


def _plans(counts: Sequence[Sequence[int]]) -> list[list[shapely.Polygon]]:
    """The rooms of each storey by how many devices are in them; storeys lie centred on each other, and are as large as
    the largest where their rooms allow it."""
    sizes = [[min(LARGEST_M2, SMALLEST_M2 + EACH_M2 * count) for count in storey] for storey in counts]
    whole = max(map(sum, sizes))
    plans: list[list[shapely.Polygon]] = []
    for storey in sizes:
        wider = min(whole / sum(storey), LARGEST_M2 / max(storey))
        rooms = block([size * wider for size in storey])
        x0, y0, x1, y1 = shapely.total_bounds(rooms)
        x, y = round((x0 + x1) / 2, 3), round((y0 + y1) / 2, 3)
        plans.append([shapely.affinity.translate(room, -x, -y) for room in rooms])
    return plans


def _height(floor: HassFloor) -> float:
    """Level of a floor in storeys; 0 (ground floor) where it is not set."""
    return 0.0 if floor.level is None else floor.level


def _ground_floor(floors: Sequence[HassFloor]) -> int:
    """Which of the floors, bottom to top, lies on the ground: the lowest at or above it, else the highest."""
    return next((i for i, floor in enumerate(floors) if _height(floor) >= 0), len(floors) - 1)


def _level(
    floor: HassFloor,
    areas: Sequence[tuple[HassArea, shapely.Polygon]],
    inside: dict[str, list[DeviceFitting]],
    elevation_m: float,
) -> OutlinedLevel:
    level = OutlinedLevel(floor.id or "ground", floor.name, elevation_m)
    for area, plan in areas:
        level.rooms.append(OutlinedRoom(area.id, area.name, plan))
        found = inside.get(area.id, [])
        for fitting, (x, y) in zip(found, _spots(plan, len(found)), strict=True):
            level.devices.append(OutlinedDevice(fitting.source_id, fitting.kind, fitting.name, x, y))
    return level


def _spots(plan: shapely.Polygon, count: int) -> list[tuple[float, float]]:
    """Spots for that many devices in a rectangle, spread over it row by row."""
    x0, y0, x1, y1 = plan.bounds
    width, depth = x1 - x0, y1 - y0
    columns = max(1, min(count, round((count * width / depth) ** 0.5)))
    rows = -(-count // columns)
    edge = min(_EDGE_M, width / 4, depth / 4)
    spots: list[tuple[float, float]] = []
    for row in range(rows):
        here = min(columns, count - row * columns)
        y = y1 - edge - (depth - 2 * edge) * (row + 0.5) / rows
        spots += [(round(x0 + edge + (width - 2 * edge) * (i + 0.5) / here, 3), round(y, 3)) for i in range(here)]
    return spots


def _site(home: HassHome) -> Site:
    """The site: name, position and time zone from Home Assistant's configuration."""
    latitude, longitude = (home.place.get(name) for name in ("latitude", "longitude"))
    numbers = [float(one) for one in (latitude, longitude) if isinstance(one, int | float) and abs(one) <= 180]
    name, zone = home.place.get("location_name"), home.place.get("time_zone")
    located = len(numbers) == 2 and abs(numbers[0]) <= 90 and any(numbers)
    return Site(
        name=clean_name(name) if isinstance(name, str) else "",
        latitude=numbers[0] if located else None,
        longitude=numbers[1] if located else None,
        time_zone=zone if isinstance(zone, str) and zone in available_timezones() else "",
    )


def _scheme(path: Path) -> Problem:
    return warn("hass.scheme", str(path))
