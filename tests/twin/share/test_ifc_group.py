"""Zones, classes and sizes of rooms go out into IFC and come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.validate

from twin.building.import_worker import read_building
from twin.model.space import Classified
from twin.share import ifc

from .house import mesh, twin

CLASSES = (Classified("Uniclass", "SL_45_10", "Living rooms"), Classified("", "000", "General"))


def test_zones_classes_and_sizes_come_back_from_a_drawn_file(tmp_path: Path) -> None:
    bare, out = twin(), tmp_path / "house.ifc"
    rooms = tuple(replace(room, zones=("Flat", room.name), classes=CLASSES) for room in bare.rooms)
    ifc.write(replace(bare, rooms=rooms), mesh(), out)
    log: Any = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(ifcopenshell.open(str(out)), log, express_rules=False)
    assert [str(one["message"]) for one in log.statements] == []
    back = read_building(out)
    for room, again in zip(rooms, back.rooms, strict=True):
        assert again.zones == tuple(sorted(room.zones))
        assert set(again.classes) == set(room.classes)
        assert ("Height", room.ceiling_m - room.floor_m) in again.stated_sizes
    assert not [problem for problem in back.problems if problem.code == "building.sizes" and "Area" in problem.detail]
