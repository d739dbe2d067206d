"""A DXF drawing is traced: to scale, layer by layer, with corners to draw to; what cannot be traced is said."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from ezdxf.document import Drawing
from ezdxf.filemanagement import new

from twin.building import dxf
from twin.building.page_reader import read_page
from twin.model.problem import ProblemError


def house(unit_m: float, *, header: int = 0, doors: int = 3) -> Drawing:
    """Two rooms of 4 by 5 metres with walls of 0.2 m drawn as two lines, and doors as quarter circles of 0.9 m."""
    document = new(setup=True)
    document.header["$INSUNITS"] = header
    space = document.modelspace()
    for x0, y0, x1, y1 in ((0.0, 0.0, 8.2, 5.2), (0.2, 0.2, 4.0, 5.0), (4.2, 0.2, 8.0, 5.0)):
        ring = [(x / unit_m, y / unit_m) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
        space.add_lwpolyline(ring, close=True, dxfattribs={"layer": "WALLS"})
    for n in range(doors):
        space.add_arc((1 / unit_m + n, 2 / unit_m), 0.9 / unit_m, 0, 90, dxfattribs={"layer": "DOORS"})
    space.add_text("KITCHEN", height=0.2 / unit_m, dxfattribs={"layer": "NOTES"}).set_placement(
        (2 / unit_m, 2 / unit_m)
    )
    return document


def everything() -> Drawing:
    """A small drawing with each kind of thing that is traced, or left out; blocks in blocks, turned and mirrored."""
    document = new("R2010")
    space = document.modelspace()
    leaf, flat = document.blocks.new("LEAF"), document.blocks.new("FLAT")
    leaf.add_arc((0, 0), 0.9, 0, 90)
    leaf.add_line((0, 0), (0.9, 0))
    flat.add_lwpolyline([(0, 0, 0, 0, 0), (6, 0, 0, 0, 0.4), (6, 4, 0, 0, 0), (0, 4, 0, 0, 0)], close=True)
    for n in range(3):
        flat.add_blockref("LEAF", (2 * n, 1), dxfattribs={"rotation": 90 * n, "xscale": -1 if n else 1})
    for n in range(2):
        space.add_blockref("FLAT", (7 * n, 0), dxfattribs={"rotation": 30 * n, "layer": "FLATS"})
    space.add_circle((1, 1), 0.3)
    space.add_ellipse((3, 2), (1, 0), 0.5)
    space.add_spline([(0, 0), (1, 2, 0), (3, 1), (5, 3)])
    space.add_polyline2d([(0, 5), (3, 5), (3, 6)])
    space.add_solid([(8, 0), (8.2, 0), (8, 0.2), (8.2, 0.2)])
    space.add_text("HALL", height=0.2).set_placement((2, 2))
    space.add_mtext("KITCHEN\\P12 m2", dxfattribs={"insert": (4, 2), "char_height": 0.2})
    space.add_hatch().paths.add_polyline_path([(0, 0), (1, 0), (1, 1)])
    space.add_linear_dim(base=(0, 7), p1=(0, 5), p2=(3, 5)).render()
    return document


def saved(document: Drawing, path: Path) -> Path:
    """The drawing as a file."""
    document.saveas(path)
    return path


@pytest.mark.parametrize(("unit", "header"), [("mm", 4), ("cm", 5), ("m", 6), ("in", 1), ("ft", 2)])
@pytest.mark.parametrize("said", ["rightly", "wrongly", "not"])
def test_the_unit_is_found_by_the_width_of_doors_whatever_the_header_says(
    tmp_path: Path, unit: str, header: int, said: str
) -> None:
    told = {"rightly": header, "wrongly": 6 if unit != "m" else 4, "not": 0}[said]
    lines = dxf.read_lines(saved(house(dxf.UNITS_M[unit], header=told), tmp_path / "plan.dxf"))
    assert lines.unit == unit
    left, _, right, _ = lines.box
    assert (right - left) * dxf.UNITS_M[unit] == pytest.approx(8.2, rel=0.02)


def test_without_doors_the_header_is_believed_where_the_house_is_as_large_as_houses_are(tmp_path: Path) -> None:
    assert dxf.read_lines(saved(house(0.001, header=4, doors=0), tmp_path / "mm.dxf")).unit == "mm"
    assert dxf.read_lines(saved(house(0.001, header=6, doors=0), tmp_path / "m.dxf")).unit == "mm"


def test_clicks_can_be_drawn_to_faces_and_to_the_axes_of_walls(tmp_path: Path) -> None:
    page = read_page(saved(house(1.0), tmp_path / "plan.dxf"))
    left, top = -0.02 * 8.2, 5.2 + 0.02 * 8.2
    spots = page.corners * (page.m_per_px, -page.m_per_px) + (left, top)
    for wanted in ((0.0, 0.0), (0.2, 0.2), (0.1, 0.1), (8.1, 5.1)):
        assert np.hypot(*(spots - wanted).T).min() < 0.02, wanted


def test_layers_can_be_left_out_and_the_rest_stays_where_it_is(tmp_path: Path) -> None:
    path = saved(house(1.0), tmp_path / "plan.dxf")
    whole = read_page(path)
    part = read_page(path, without=("WALLS", "NOTES"))
    assert set(whole.layers) == {"WALLS", "DOORS"}
    assert (part.width_px, part.height_px, part.m_per_px) == (whole.width_px, whole.height_px, whole.m_per_px)
    assert np.frombuffer(part.rgb, np.uint8).mean() > np.frombuffer(whole.rgb, np.uint8).mean()


def test_a_real_plan_whose_header_lies_is_traced_in_inches(shared_data: Path) -> None:
    page = read_page(shared_data / "building-models" / "dxf_floorplan.dxf")
    assert page.unit == "in"
    assert 15 < page.width_px * page.m_per_px < 30


@pytest.mark.parametrize(("far", "code"), [(None, "page.empty"), (1e300, "page.size"), (1e7, "page.size"), (1e-300, "page.size")])  # fmt: skip
def test_a_drawing_that_is_no_plan_says_why(tmp_path: Path, far: float | None, code: str) -> None:
    document = new()
    if far is not None:
        document.modelspace().add_line((0, 0), (far, 0))
        document.modelspace().add_line((0, 0), (-far, 0))
    with pytest.raises(ProblemError) as error:
        read_page(saved(document, tmp_path / "plan.dxf"))
    assert [problem.code for problem in error.value.problems] == [code]


def test_what_a_block_has_on_layer_0_is_on_the_layer_that_the_block_was_put_on(tmp_path: Path) -> None:
    document = new()
    block = document.blocks.new("UNIT")
    block.add_line((0, 0), (5, 0))
    block.add_line((0, 0), (0, 5), dxfattribs={"layer": "INNER"})
    document.modelspace().add_blockref("UNIT", (0, 0), dxfattribs={"layer": "FLATS"})
    lines = dxf.read_lines(saved(document, tmp_path / "plan.dxf"))
    assert set(lines.layers) == {"FLATS", "INNER"}
    assert len(dxf.read_lines(tmp_path / "plan.dxf", without=("FLATS",)).segments) == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("broken.dxf", b"0\nSECTION\n2\nnonsense", "page.broken"),
        ("empty.dxf", b"", "page.broken"),
        ("plan.dwg", b"AC1032", "page.dwg"),
    ],
)
def test_what_cannot_be_traced_is_said(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ProblemError) as error:
        read_page(tmp_path / name)
    assert error.value.problems[0].code == code


def test_damaged_drawings_are_a_page_or_a_problem(tmp_path: Path) -> None:
    whole = saved(house(1.0), tmp_path / "plan.dxf").read_bytes()
    for seed in range(4):
        rng = random.Random(seed)
        torn = bytearray(whole)
        for _ in range(rng.randrange(1, 40)):
            torn[rng.randrange(len(torn))] = rng.randrange(256)
        path = tmp_path / f"{seed}.dxf"
        path.write_bytes(bytes(torn[: rng.randrange(len(torn) // 2, len(torn))]))
        codes = ["page.drawn"]
        try:
            assert read_page(path).width_px > 0
        except ProblemError as error:
            codes = [problem.code for problem in error.problems]
        assert all(code.startswith("page.") for code in codes), seed
