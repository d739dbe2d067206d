"""IMDF archives: levels, units and openings on the globe become storeys, rooms and doors in metres."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import what
from twin.building.imdf.read import _Plane
from twin.building.import_worker import read_building
from twin.model.building import Building
from twin.model.problem import ProblemError

LON, LAT = 13.4, 52.5
EAST, NORTH = 1 / 67_888.0, 1 / 111_267.0
"""Degrees per metre there, to a part in ten thousand (WGS 84)."""


def ring(x: float, y: float, width: float, height: float) -> dict[str, Any]:
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    return {"type": "Polygon", "coordinates": [[(LON + a * EAST, LAT + b * NORTH) for a, b in corners]]}


def feature(kind: str, id: str, geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "feature_type": kind, "id": id, "geometry": geometry, "properties": properties}


def venue() -> dict[str, list[dict[str, Any]]]:
    """Two floors; below a lobby and a shop with a door between them."""
    line = {"type": "LineString", "coordinates": [(LON + 10 * EAST, LAT + y * NORTH) for y in (4, 5)]}
    return {
        "venue": [feature("venue", "v", ring(0, 0, 20, 10), name={"de": "Kaufhaus", "en": "Mall"})],
        "level": [
            feature("level", "l1", ring(0, 0, 20, 10), ordinal=1, name={"en": "Upstairs"}),
            feature("level", "l0", ring(0, 0, 20, 10), ordinal=0, name={"en": "Downstairs"}),
            feature("level", "out", ring(0, 0, 90, 90), ordinal=0, outdoor=True, name=None),
        ],
        "unit": [
            feature("unit", "u1", ring(0, 0, 10, 10), level_id="l0", category="lobby", name={"en": "Lobby"}),
            feature("unit", "u2", ring(10, 0, 10, 10), level_id="l0", category="retail.store", name=None),
            feature("unit", "u3", ring(0, 0, 20, 10), level_id="l1", category="room", name={"en": "Hall"}),
            feature("unit", "u4", ring(1, 1, 1, 1), level_id="l1", category="column", name=None),
        ],
        "opening": [feature("opening", "o", line, level_id="l0", category="pedestrian")],
    }


def packed(path: Path, files: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps({"version": "1.0.0", "language": "en"}))
        for kind, features in files.items():
            text = (
                features
                if isinstance(features, str)
                else json.dumps({"type": "FeatureCollection", "features": features})
            )
            archive.writestr(f"{kind}.geojson", text)
    return path


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Building:
    return read_building(packed(tmp_path_factory.mktemp("imdf") / "mall.imdf", venue()))


def test_levels_stand_in_the_order_of_their_ordinals(mall: Building) -> None:
    assert [(storey.name, storey.elevation_m) for storey in mall.storeys] == [("Downstairs", 0.0), ("Upstairs", 3.0)]


def test_units_are_rooms_in_true_metres_and_columns_are_none(mall: Building) -> None:
    areas = {room.name: room.area_m2 for room in mall.rooms}
    assert areas == pytest.approx({"Lobby": 100.0, "Retail store": 100.0, "Hall": 200.0}, rel=1e-3)
    assert mall.rooms[1].usage == "retail.store"


def test_an_opening_joins_the_rooms_on_its_sides(mall: Building) -> None:
    (door,) = mall.doors
    names = {room.id: room.name for room in mall.rooms}
    assert {names[room] for room in door.rooms} == {"Lobby", "Retail store"}
    assert door.width_m == pytest.approx(1.0, rel=1e-3)


def test_the_site_keeps_its_place_and_name(mall: Building) -> None:
    assert mall.site.name == "Mall"
    assert (mall.site.latitude, mall.site.longitude) == pytest.approx((LAT, LON), abs=1e-3)
    assert [problem.code for problem in mall.problems] == ["imdf.heights"]


def test_features_without_shape_or_level_are_counted(tmp_path: Path) -> None:
    files = venue()
    files["unit"] += [feature("unit", "x", None, level_id="l0"), feature("unit", "y", ring(0, 0, 1, 1), level_id="?")]
    found = read_building(packed(tmp_path / "mall.zip", files))
    assert "2 features" in next(what(p) for p in found.problems if p.code == "imdf.features")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit": []}, "imdf.empty"),
        ({"level": "{"}, "imdf.unreadable"),
        ({"level": '{"features": 5}'}, "imdf.huge"),
        ({"level": [{"properties": {}}]}, "imdf.levels"),
        ({"unit": [{}], "level": [{"id": "a", "properties": {"ordinal": 1}}]}, "imdf.nowhere"),
        ({"unit": "[" * 100_000}, "imdf.unreadable"),
    ],
)
def test_what_is_no_venue_says_why(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read_building(packed(tmp_path / "mall.imdf", venue() | change))
    assert caught.value.problems[0].code == code


@given(st.floats(-179, 179), st.floats(-80, 80))
def test_a_hundred_metres_are_a_hundred_metres_anywhere(longitude: float, latitude: float) -> None:
    import shapely

    place = feature("unit", "u", {"type": "Point", "coordinates": (longitude, latitude)})
    plane = _Plane([place], Path("x"))
    flat = plane.flat(shapely.Point(longitude, latitude + 100 / 111_132.9))
    assert flat is not None
    assert shapely.get_y(flat) == pytest.approx(100, rel=0.006)
