"""Makes assets/map/land.json, the outline of the land on the map of sites: `make_land.py COUNTRIES.shp`.

The source is the shapefile of countries at 1:110 million of Natural Earth (naturalearthdata.com, public domain), which the
PyPI package geopandas carried until 0.14 as `datasets/naturalearth_lowres`. Countries are joined: no borders are drawn.
"""

from __future__ import annotations

import json
import struct
import sys
from itertools import pairwise
from pathlib import Path

import shapely

OUT = Path(__file__).resolve().parents[2] / "assets" / "map" / "land.json"
POLYGON = 5  # ESRI Shapefile Technical Description, July 1998: shape types
HEADER = 100
GRID_DEG = 0.01


def rings(file: Path) -> list[list[tuple[float, float]]]:
    """Every ring of a shapefile of polygons, as (longitude, latitude)."""
    data, at, found = file.read_bytes(), HEADER, list[list[tuple[float, float]]]()
    while at < len(data):
        (words,) = struct.unpack_from(">i", data, at + 4)
        kind, *_ = struct.unpack_from("<i4d", data, at + 8)
        if kind == POLYGON:
            parts, points = struct.unpack_from("<2i", data, at + 44)
            begins = [*struct.unpack_from(f"<{parts}i", data, at + 52), points]
            numbers = struct.unpack_from(f"<{2 * points}d", data, at + 52 + 4 * parts)
            all_points = list(zip(numbers[::2], numbers[1::2], strict=True))
            found += [all_points[a:b] for a, b in pairwise(begins)]
        at += 8 + 2 * words
    return found


def main() -> None:
    """Writes the outlines, in hundredths of a degree, as rings of longitude and latitude in turn."""
    parts = [shapely.make_valid(shapely.Polygon(ring)) for ring in rings(Path(sys.argv[1]))]
    land = shapely.union_all(parts, grid_size=GRID_DEG).simplify(GRID_DEG)
    outlines = [
        [round(number * 100) for point in ring.coords for number in point]
        for part in shapely.get_parts(land)
        for ring in (part.exterior, *part.interiors)
    ]
    source = "Natural Earth, 1:110 million, countries joined (public domain)"
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"source": source, "unit": "0.01°", "rings": outlines}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
