"""The twin as glTF: whole, upright, with the twin's ids."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.model.twin import Twin
from twin.share import gltf

from .house import HALL, device, mesh, twin


def read(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    magic, version, length = struct.unpack_from("<III", data)
    assert (magic, version, length) == (0x46546C67, 2, len(data))
    size, kind = struct.unpack_from("<II", data, 12)
    assert (kind, size % 4) == (0x4E4F534A, 0)
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def points(document: dict[str, Any], data: bytes, mesh: int) -> np.ndarray:
    accessor = document["accessors"][document["meshes"][mesh]["primitives"][0]["attributes"]["POSITION"]]
    view = document["bufferViews"][accessor["bufferView"]]
    start = view["byteOffset"]
    return np.frombuffer(data[start : start + view["byteLength"]], np.float32).reshape(-1, 3)


def named(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [node for node in document["nodes"] if node["name"] == name]
    return found


def test_storeys_hold_rooms_and_elements_with_their_ids(tmp_path: Path) -> None:
    out = tmp_path / "house.glb"
    gltf.write(twin(), mesh(), out)
    document, _ = read(out)
    storey = named(document, "Ground")
    children = {document["nodes"][i]["name"] for i in storey["children"]}
    assert children == {"wall", "1 Hall"}
    assert named(document, "1 Hall")["extras"]["id"] == HALL
    assert named(document, "South wall")["extras"]["ifc_class"] == "IfcWall"


def test_the_house_stands_upright_in_metres(tmp_path: Path) -> None:
    out = tmp_path / "house.glb"
    gltf.write(twin(), mesh(), out)
    document, data = read(out)
    wall = points(document, data, named(document, "South wall")["mesh"])
    assert np.ptp(wall, axis=0).tolist() == [4.0, 2.5, 0.0]


def test_a_floor_covers_the_room_without_its_hole(tmp_path: Path) -> None:
    out = tmp_path / "house.glb"
    gltf.write(twin(), None, out)
    document, data = read(out)
    corners = points(document, data, named(document, "1 Hall")["mesh"]).reshape(-1, 3, 3)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    assert area == pytest.approx(11.0)
    up = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 1]
    assert (up > 0).all()


def test_a_device_stands_in_its_room_and_one_without_room_is_left_out(tmp_path: Path) -> None:
    out = tmp_path / "house.glb"
    lamp = device("lamp", "light", "on_off")
    gltf.write(twin(lamp, device("lost", "light", "on_off", room=None)), None, out)
    document, _ = read(out)
    x, y, z = named(document, "Lamp")["translation"]
    assert twin().rooms[0].contains(x, -z)
    assert y == pytest.approx(2.4)
    assert named(document, "Lamp")["extras"]["points"][0]["capability"] == "on_off"
    assert "Lost" not in {node["name"] for node in document["nodes"]}


def test_each_colour_is_a_material_and_glass_is_blended(tmp_path: Path) -> None:
    out = tmp_path / "house.glb"
    gltf.write(twin(), mesh(), out)
    document, _ = read(out)
    assert [one.get("alphaMode", "OPAQUE") for one in document["materials"][:2]].count("BLEND") == 1


def test_an_empty_twin_is_a_file_too(tmp_path: Path) -> None:
    out = tmp_path / "empty.glb"
    assert gltf.write(Twin(name="Nothing"), None, out) == 1
    document, data = read(out)
    assert (document["nodes"][0]["name"], data) == ("Nothing", b"")
