"""The twin as IFC: valid, in the building's own coordinates, with GlobalIds that stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.element
import ifcopenshell.util.placement
import ifcopenshell.validate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.english import refused
from twin.building.import_worker import read_building
from twin.model.space import Placeholder
from twin.model.twin import Twin
from twin.share import ifc
from twin.share.ifc_building import compound
from twin.share.ifc_class import DEVICES

from .house import device, mesh, twin


def complaints(path: Path) -> list[str]:
    log: Any = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(ifcopenshell.open(str(path)), log, express_rules=False)
    return [str(one["message"]) for one in log.statements]


def furnished() -> Twin:
    return twin(*(device(kind, kind, "temperature") for kind in DEVICES))


def test_a_drawn_file_is_valid_and_holds_every_device_kind(tmp_path: Path) -> None:
    out = tmp_path / "house.ifc"
    assert ifc.write(furnished(), mesh(), out) == len(DEVICES)
    assert complaints(out) == []
    file: Any = ifcopenshell.open(str(out))
    (site,) = file.by_type("IfcSite")
    assert (site.RefLatitude, site.RefLongitude) == ((48, 6, 0, 0), (-11, -30, 0, 0))
    assert [one.Name for one in file.by_type("IfcWall")] == ["South wall"]


def test_a_device_is_in_its_space_at_its_spot_in_the_files_own_coordinates(tmp_path: Path) -> None:
    out = tmp_path / "house.ifc"
    sensor = replace(device("air", "air_sensor", "co2"), position_m=(3.0, 2.5, 1.5))
    ifc.write(twin(sensor), None, out)
    file: Any = ifcopenshell.open(str(out))
    (element,) = file.by_type("IfcSensor")
    assert element.PredefinedType == "CO2SENSOR"
    assert ifcopenshell.util.element.get_container(element).is_a("IfcSpace")
    place = ifcopenshell.util.placement.get_local_placement(element.ObjectPlacement)[:3, 3]
    assert place.tolist() == pytest.approx([103.0, 2.5, 1.5])
    assert ifcopenshell.util.element.get_pset(element, ifc.PSET, "DeviceId") == sensor.id


def test_exporting_twice_gives_the_same_global_ids(tmp_path: Path) -> None:
    found: list[set[str]] = []
    for name in ("a.ifc", "b.ifc"):
        ifc.write(furnished(), mesh(), tmp_path / name)
        file: Any = ifcopenshell.open(str(tmp_path / name))
        found.append({one.GlobalId for one in file.by_type("IfcRoot")})
    assert found[0] == found[1]


def test_the_drawn_file_comes_back_as_the_same_rooms_and_devices(tmp_path: Path) -> None:
    out = tmp_path / "house.ifc"
    ifc.write(twin(device("lamp", "light", "on_off"), device("air", "air_sensor", "co2")), mesh(), out)
    again = read_building(out)
    (room,) = again.rooms
    assert (room.name, room.area_m2) == ("Hall", pytest.approx(11.0, rel=0.01))
    assert {holder.name for holder in again.placeholders} == {"Lamp", "Air"}
    assert {holder.room for holder in again.placeholders} == {room.id}


@pytest.mark.parametrize("name", ["Duplex_A.ifc", "AC20-FZK-Haus.ifc"])
def test_devices_go_into_a_copy_of_the_buildings_own_file(shared_data: Path, tmp_path: Path, name: str) -> None:
    original = shared_data / "building-models" / name
    before = original.read_bytes()
    building = read_building(original)
    kinds = ("temperature_sensor", "contact_sensor", "light", "thermostat", "lock")
    lamps = [device(f"{kind} {i}", kind, "temperature", room=building.rooms[i].id) for i, kind in enumerate(kinds)]
    one = Twin(name="x", site=building.site, storeys=building.storeys, rooms=building.rooms, devices=tuple(lamps))
    out = tmp_path / "with.ifc"
    known = len(complaints(original))
    assert ifc.write(one, None, out, original) == len(kinds)
    assert original.read_bytes() == before
    assert len(complaints(out)) == known
    again = read_building(out)
    at = {holder.name: holder.room for holder in again.placeholders}
    assert all(at[lamp.name] == lamp.room for lamp in lamps)
    # once more, onto the export itself: nothing is there twice
    ifc.write(one, None, tmp_path / "twice.ifc", out)
    assert len(read_building(tmp_path / "twice.ifc").placeholders) == len(again.placeholders)


def test_a_device_that_took_a_placeholder_is_that_element_of_the_file(tmp_path: Path) -> None:
    first = tmp_path / "first.ifc"
    ifc.write(twin(device("lamp", "light", "on_off")), None, first)
    (holder,) = read_building(first).placeholders
    real = device("real lamp", "light", "on_off")
    taken = Placeholder(
        id=holder.id, kind="light", name="Lamp", storey=None, room=None, source_id=holder.source_id, device=real.id
    )
    ifc.write(replace(twin(real), placeholders=(taken,)), None, tmp_path / "second.ifc", first)
    file: Any = ifcopenshell.open(str(tmp_path / "second.ifc"))
    assert len(file.by_type("IfcLightFixture")) == 1


def test_an_original_that_is_no_ifc_is_a_problem_and_writes_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ifc"
    broken.write_text("not a model")
    with refused("cannot be added to"):
        ifc.write(twin(), None, tmp_path / "out.ifc", broken)
    assert not (tmp_path / "out.ifc").exists()


@given(st.floats(-180, 180))
def test_an_angle_in_four_parts_is_the_angle(degrees: float) -> None:
    d, m, s, rest = compound(degrees)
    assert d + m / 60 + s / 3600 + rest / 3.6e9 == pytest.approx(degrees, abs=1e-9)
    assert len({part < 0 for part in (d, m, s, rest) if part}) <= 1
