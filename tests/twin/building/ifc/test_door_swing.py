"""Doors of IFC files swing: the leaf is the panel of the mesh, its hinge where the type says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from twin.building.import_worker import read_building
from twin.model.space import leaf_source

LEAVES = {"Duplex_A.ifc": 14, "AC11-Institute-Var-2.ifczip": 85, "AC20-FZK-Haus.ifc": 3, "xbim_SampleHouse4.ifc": 4}


@pytest.mark.parametrize("name", LEAVES)
def test_every_swinging_leaf_is_known_and_can_be_turned(name: str, shared_data: Path) -> None:
    building = read_building(shared_data / "building-models" / name)
    number = {element.source_id: i for i, element in enumerate(building.mesh.elements)}
    (found,) = [sum(len(door.swing) for door in building.doors)]
    assert found == LEAVES[name]
    points = {
        int(i): part.positions[np.unique(part.triangles[part.elements == i])]
        for part in building.mesh.parts
        if part.category == "door"
        for i in np.unique(part.elements)
    }
    for door in building.doors:
        for n, leaf in enumerate(door.swing):
            shape = points[number[leaf_source(door.source_id, n)]]
            angle = math.radians(leaf.closed_deg)
            along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
            u, v = (shape[:, :2] - leaf.hinge) @ along, (shape[:, :2] - leaf.hinge) @ across
            assert -0.03 < u.min() < 0.12
            assert leaf.width_m - 0.12 < u.max() < leaf.width_m + 0.03
            assert np.abs(v).max() < 0.2
            assert abs(leaf.open_deg) == 90
            away = abs(leaf.closed_deg - door.angle_deg) % 180
            assert min(away, 180 - away) < 0.5  # shut it lies in its wall
