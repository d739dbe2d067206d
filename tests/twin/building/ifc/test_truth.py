"""What is read of IFC files, beside the truth: ifcopenshell's own geometry, and houses whose every size is known."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import numpy as np
import pytest
import shapely

from tests.twin.building.ifc.plain import FOOT_M, House
from twin.building.ifc import spatial_structure
from twin.building.ifc.ifc_file import _LEGACY, open_ifc, rescued  # pyright: ignore[reportPrivateUsage]
from twin.building.import_worker import read_building

ROOMY = (
    "AC11-Institute-Var-2.ifczip", "AC20-FZK-Haus.ifc", "Duplex_A.ifc", "Duplex_Electrical.ifc", "House-Renga.ifc",
    "TestModel_IFC4Add2.ifc", "bSI_Building-Architecture.ifc", "bimwhale_LargeBuilding.ifc",
    "bimwhale_TallBuilding.ifc", "revit_quantities.ifc", "xbim_SampleHouse4.ifc",
)  # fmt: skip
"""Every file of the collection that has rooms."""


def truth(path: Path) -> dict[str, float]:
    """The plan area of every space by GlobalId: its triangles as the library's own kernel makes them, flattened."""
    opened = open_ifc(path)
    file = rescued(opened) if path.name == "House-Renga.ifc" else opened.file
    settings: Any = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    iterator: Any = ifcopenshell.geom.iterator(settings, file, 1, include=file.by_type("IfcSpace"))
    areas: dict[str, float] = {}
    assert iterator.initialize()
    while True:
        made = iterator.get()
        points = np.array(made.geometry.verts).reshape(-1, 3)[:, :2]
        corners = points[np.array(made.geometry.faces).reshape(-1, 3)]
        flat = [one for one in np.atleast_1d(np.asarray(shapely.polygons(corners))) if one.area > 1e-9]
        areas[made.guid] = float(shapely.union_all(flat, grid_size=1e-5).area)
        if not iterator.next():
            return areas


@pytest.mark.parametrize("name", ROOMY)
def test_the_area_of_every_room_is_that_of_its_mesh(name: str, shared_data: Path) -> None:
    path = shared_data / "building-models" / name
    areas, rooms = truth(path), read_building(path).rooms
    assert rooms
    for room in rooms:
        assert room.area_m2 == pytest.approx(areas[room.source_id], rel=0.01), room.title


def test_every_file_with_rooms_is_measured(shared_data: Path) -> None:
    roomy: set[str] = set()
    for path in (shared_data / "building-models").glob("*.ifc*"):
        if path.suffix == ".ifcxml":
            continue
        data = path.read_bytes()
        if data[:2] == b"PK":
            with zipfile.ZipFile(path) as archive:
                data = b"".join(archive.read(name) for name in archive.namelist())
        if b"IFCSPACE(" in data:
            roomy.add(path.name)
    assert roomy == set(ROOMY)


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3"])
@pytest.mark.parametrize("unit_m", [1.0, 0.001, FOOT_M])
def test_sizes_are_metres_whatever_the_schema_and_the_unit(schema: str, unit_m: float, tmp_path: Path) -> None:
    house = House(schema, unit_m)
    house.room("Kitchen", (10, 20, 3), (4, 3, 2.5))
    house.storey.Elevation = 3.0 / unit_m
    house.thing("IfcWall", "Wall", (10, 23, 3), (4, 0.2, 2.5))
    building = read_building(house.write(tmp_path))
    (room,) = building.rooms
    assert (room.area_m2, room.volume_m3) == pytest.approx((12.0, 30.0), rel=1e-5)
    assert (room.floor_m, room.ceiling_m) == pytest.approx((3.0, 5.5), abs=1e-5)
    assert building.storeys[0].elevation_m == pytest.approx(3.0, abs=1e-4)
    points = np.concatenate([part.positions for part in building.mesh.parts])
    assert np.allclose([points.min(0), points.max(0)], [(10, 23, 3), (14, 23.2, 5.5)], atol=1e-4)
    assert not building.problems


@pytest.mark.parametrize("legacy", sorted(_LEGACY))
def test_files_of_old_and_early_schemas_are_read_as_their_successors(legacy: str, tmp_path: Path) -> None:
    newer = "IFC2X3" if _LEGACY[legacy] == "IFC2X3" else "IFC4X3"
    house = House(newer)
    house.room("Kitchen", (0, 0, 0), (4, 3, 2.5))
    path = house.write(tmp_path)
    text = path.read_text(encoding="latin-1")
    schema = house.file.schema_identifier
    path.write_text(text.replace(f"FILE_SCHEMA(('{schema}'))", f"FILE_SCHEMA(('{legacy}'))"), encoding="latin-1")
    building = read_building(path)
    assert [room.area_m2 for room in building.rooms] == [pytest.approx(12.0)]
    (problem,) = building.problems
    assert (problem.code, problem.detail) == ("ifc.legacy", f"schema {legacy} read as {_LEGACY[legacy]}")


def test_asterisks_that_derive_nothing_are_mended_and_no_product_is_lost(shared_data: Path) -> None:
    building = read_building(shared_data / "building-models" / "House-Renga.ifc")
    assert len(building.mesh.elements) + len(building.rooms) >= 147
    assert any("`*`" in problem.detail for problem in building.problems)


@pytest.mark.parametrize(("said", "is_"), [(300.0, 3.0), (-4.0, 3.0), (3.2, 3.2)])
def test_a_storey_whose_height_is_wrong_is_where_its_rooms_are(said: float, is_: float, tmp_path: Path) -> None:
    house = House()
    house.storey.Elevation = said
    house.room("Kitchen", (0, 0, 3), (4, 3, 2.5))
    building = read_building(house.write(tmp_path))
    assert building.storeys[0].elevation_m == pytest.approx(is_)


def test_place_and_true_north_come_with_the_building(tmp_path: Path) -> None:
    house = House()
    house.room("Kitchen", (0, 0, 0), (4, 3, 2.5))
    house.site.RefLatitude, house.site.RefLongitude = (49, 6, 1, 566000), (-8, -26, -11, -540400)
    house.site.RefElevation = 110.0
    house.context.TrueNorth = house.make("IfcDirection", DirectionRatios=(0.5, 0.8660254))
    site = read_building(house.write(tmp_path)).site
    assert (site.latitude, site.longitude) == pytest.approx((49.1004350, -8.4365390), abs=1e-6)
    assert (site.elevation_m, site.north_deg) == pytest.approx((110.0, 30.0), abs=1e-3)


def test_the_north_of_a_map_counts_where_no_other_is_told(shared_data: Path) -> None:
    file = ifcopenshell.open(str(shared_data / "building-models" / "geolocation-mapconversion-angle.ifc"))
    assert spatial_structure.site(file, 1.0).north_deg == pytest.approx(-30.0)


def test_the_place_of_a_real_house_is_its_own(shared_data: Path) -> None:
    site = read_building(shared_data / "building-models" / "AC20-FZK-Haus.ifc").site
    assert (site.latitude, site.longitude) == pytest.approx((49.100435, 8.436539), abs=1e-5)


@pytest.mark.parametrize(
    "name", ["Duplex_A.ifc", "BIMcollab_STR.ifc", "AC11-Institute-Var-2.ifczip", "AC20-FZK-Haus.ifc"]
)
def test_everything_that_has_a_body_is_in_the_picture(name: str, shared_data: Path) -> None:
    path = shared_data / "building-models" / name
    there = {element.source_id for element in read_building(path).mesh.elements}
    file = open_ifc(path).file
    bodies = {
        product.GlobalId
        for product in file.by_type("IfcProduct")
        if product.Representation
        and not any(product.is_a(kind) for kind in ("IfcSpace", "IfcOpeningElement", "IfcAnnotation", "IfcGrid"))
        and any(part.RepresentationIdentifier == "Body" for part in product.Representation.Representations)
    }
    assert not bodies - there
