"""The textures of floors: which image, how it lies, and that a stranger's images stay small."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from twin.building import importer_protocol
from twin.building.import_worker import read_building
from twin.building.sh3d import covering
from twin.model.mesh import LONGEST_TEXTURE, Mesh, joined

from .homes import home

ROOM = "<room id='r{0}' name='Room {0}' {2}><texture attribute='floorTexture' name='Tiles' image='{1}' {3}/>\
<point x='0' y='0'/><point x='400' y='0'/><point x='400' y='300'/><point x='0' y='300'/></room>"


def image(width: int = 8, height: int = 4, colour: tuple[int, ...] = (200, 100, 50), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


def uv(mesh: Mesh, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = mesh.coverings[0].uv_from_plan
    return a * x + b * y + c, d * x + e * y + f


def test_a_floor_has_the_image_of_its_file_in_the_size_that_the_file_says(tmp_path: Path) -> None:
    mesh = home(tmp_path, ROOM.format(1, "t", "", "width='50' height='25'"), {"t": image()}).mesh
    (texture,), (one,) = mesh.textures, mesh.coverings
    assert texture.pixels.shape == (4, 8, 3)
    assert texture.pixels[0, 0].tolist() == [200, 100, 50]
    assert (one.source_id, one.texture) == ("r1", 0)
    assert uv(mesh, 1.0, 0.0) == pytest.approx((2.0, 0.0))
    assert uv(mesh, 0.0, 1.0) == pytest.approx((0.0, 4.0))


def test_it_is_scaled_turned_and_moved_as_the_file_says(tmp_path: Path) -> None:
    said = f"width='100' height='100' scale='2' angle='{math.pi / 2}' xOffset='0.25'"
    mesh = home(tmp_path, ROOM.format(1, "t", "", said), {"t": image()}).mesh
    assert uv(mesh, 2.0, 0.0) == pytest.approx((0.0, 0.75))  # a quarter turn clockwise: its height runs along x
    assert uv(mesh, 0.5, 2.0) == pytest.approx((-1.0, 0.0))


def test_an_image_that_fits_its_room_is_laid_once(tmp_path: Path) -> None:
    mesh = home(tmp_path, ROOM.format(1, "t", "", "width='9' height='9' fittingArea='true'"), {"t": image()}).mesh
    assert uv(mesh, 0.0, -3.0) == pytest.approx((0.0, 0.0))
    assert uv(mesh, 4.0, 0.0) == pytest.approx((1.0, 1.0))


def test_one_image_on_many_floors_is_kept_once_and_different_ones_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covering, "MOST_TEXTURES", 2)
    body = "".join(ROOM.format(i, f"t{i % 3}", "", "width='50' height='50'") for i in range(6))
    mesh = home(tmp_path, body, {f"t{i}": image(colour=(60 * i, 0, 0)) for i in range(3)}).mesh
    assert len(mesh.textures) == 2
    assert [one.texture for one in mesh.coverings] == [0, 1, 0, 1]


@pytest.mark.parametrize(
    "data",
    [b"", b"no image at all", image()[:40], image(9000, 5000), image(colour=(1, 2, 3, 0)), image(kind="TIFF")],
    ids=["empty", "text", "cut off", "45 megapixels", "clear", "of another kind"],
)
def test_an_image_that_is_none_leaves_the_floor_its_colour(tmp_path: Path, data: bytes) -> None:
    mesh = home(tmp_path, ROOM.format(1, "t", "floorColor='FF336699'", "width='50' height='50'"), {"t": data}).mesh
    assert (mesh.textures, mesh.coverings) == ((), ())
    (slab,) = (part for part in mesh.parts if part.category == "slab")
    assert slab.colours[0].tolist() == [0x33, 0x66, 0x99, 255]


@pytest.mark.parametrize("said", ["width='0' height='-1'", "width='NaN'", "scale='0' width='1e9'", "", "angle='x'"])
def test_absurd_sizes_still_give_numbers(tmp_path: Path, said: str) -> None:
    mesh = home(tmp_path, ROOM.format(1, "t", "", said), {"t": image(900, 700)}).mesh
    assert np.isfinite(mesh.coverings[0].uv_from_plan).all()
    assert max(mesh.textures[0].pixels.shape) == LONGEST_TEXTURE


def test_textures_cross_the_process_and_move_and_join_with_their_building(tmp_path: Path) -> None:
    there = home(tmp_path, ROOM.format(1, "t", "", "width='50' height='25' angle='0.3'"), {"t": image()})
    here = importer_protocol.unpack(importer_protocol.pack(there)).mesh
    assert here.coverings == there.mesh.coverings
    assert (here.textures[0].pixels == there.mesh.textures[0].pixels).all()
    moved = replace(here, coverings=tuple(one.moved(7.0, -2.0) for one in here.coverings))
    assert uv(moved, 8.0, -1.0) == pytest.approx(uv(here, 1.0, 1.0))
    both = joined([here, moved])
    assert [one.texture for one in both.coverings] == [0, 1]
    assert len(both.textures) == 2


@pytest.mark.parametrize(("name", "floors", "images"), [("andijcr_home", 6, 2), ("rtreffer_home", 9, 2)])
def test_real_homes_of_both_forms_bring_their_floors(name: str, floors: int, images: int, shared_data: Path) -> None:
    mesh = read_building(shared_data / "building-models" / f"{name}.sh3d").mesh
    assert (len(mesh.coverings), len(mesh.textures)) == (floors, images)
    assert max(one.pixels.nbytes for one in mesh.textures) <= LONGEST_TEXTURE**2 * 3
