"""Everything in sight means everything, whatever the building is made of; what one flies to is in the middle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.storey_shapes import CUT_M
from app.view.scene.view import TwinView
from twin.model.ids import StoreyId
from twin.model.mesh import Element, Mesh, MeshPart
from twin.model.space import Storey
from twin.model.twin import Twin

SIZES = [(632, 636), (1272, 916), (400, 900), (1400, 300)]
"""Of the view in windows of 1280x800 and 1920x1080, upright and flat."""


def whole(view: TwinView) -> None:
    """No storey is asked for."""
    view._selection.change(storey=None)  # pyright: ignore[reportPrivateUsage]


def spots(view: TwinView) -> np.ndarray:
    """(n, 2) pixels of every corner that is drawn: cut walls, what stands in rooms and outside."""
    building = view.scene.storey_stack
    points = []
    for level in building.levels:
        if level.show is StoreyMode.HIDDEN:
            continue
        for name, actor in level.actors.items():
            if name in ("body", "glass", "soft", "exterior", "caps") and actor.GetVisibility():
                data = actor.GetMapper().GetInput()
                points.append(np.array([data.GetPoint(i) for i in range(data.GetNumberOfPoints())]))
    return view.scene.projections.at(view.width(), view.height()).pixels(np.concatenate(points))


def assert_in_sight(view: TwinView) -> None:
    seen = spots(view)
    assert (seen[:, :2] > -0.5).all()
    assert (seen[:, 0] < view.width() + 0.5).all()
    assert (seen[:, 1] < view.height() + 0.5).all()
    wide, high = np.ptp(seen[:, 0]) / view.width(), np.ptp(seen[:, 1]) / view.height()
    assert max(wide, high) > 0.6, "it is small"


@pytest.mark.parametrize("size", SIZES)
def test_a_furnished_house_is_whole_in_the_picture(view: TwinView, size: tuple[int, int]) -> None:
    view.resize(*size)
    whole(view)
    view.camera_input.fit()
    view.flight.land()
    assert_in_sight(view)


def beams(storeys: int, *, category: str = "column", kind: str = "IfcBeam", low_m: float = 2.6) -> tuple[Twin, Mesh]:
    """A grid of long boxes far over the floor of each storey, and not around the origin."""
    levels = tuple(
        Storey(id=StoreyId(f"s{n}"), name=f"S{n}", elevation_m=3.0 * n, height_m=3.0) for n in range(storeys)
    )
    parts: list[MeshPart] = []
    for level in levels:
        corners, triangles = [], []
        for n in range(6):
            x, y, z = (
                (40.0, 60.0),
                (-30.0 + 3 * n, -29.8 + 3 * n),
                (level.elevation_m + low_m, level.elevation_m + low_m + 0.3),
            )
            corners += [(x[k & 1], y[(k >> 1) & 1], z[(k >> 2) & 1]) for k in range(8)]
            faces = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])
            triangles.append(np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]]) + 8 * n)
        count = 12 * 6
        parts.append(
            MeshPart(
                storey=level.id, category=category, positions=np.array(corners, np.float32),
                triangles=np.concatenate(triangles).astype(np.uint32), colours=np.full((count, 4), 200, np.uint8),
                elements=np.zeros(count, np.uint32),
            )
        )  # fmt: skip
    return Twin(storeys=levels), Mesh(parts=tuple(parts), elements=(Element(name="Beam", ifc_class=kind),))


@pytest.mark.parametrize("category", ["column", "fixture", "other", "window", "slab"])
@pytest.mark.parametrize("storeys", [1, 3])
def test_a_building_without_rooms_is_whole_and_in_the_picture(view: TwinView, category: str, storeys: int) -> None:
    twin, mesh = beams(storeys, category=category)
    whole(view)
    view.set_twin(twin)
    view.set_mesh(mesh)
    view.camera_input.fit()
    view.flight.land()
    assert_in_sight(view)
    drawn = [level for level in view.scene.storey_stack.levels if level.show is not StoreyMode.HIDDEN]
    assert any(level.top > level.floor_z + CUT_M or category == "fixture" for level in drawn)
    assert view.scene.storey_stack.cut_m == pytest.approx(view.scene.storey_stack.most_cut())


def test_an_empty_storey_on_top_is_not_what_one_looks_at(view: TwinView) -> None:
    twin, mesh = beams(2)
    attic = Storey(id=StoreyId("attic"), name="Attic", elevation_m=9.0, height_m=3.0)
    whole(view)
    view.set_twin(replace(twin, storeys=(*twin.storeys, attic)))
    view.set_mesh(mesh)
    assert view.scene.storey_stack.focus == 1


def test_a_few_strays_far_away_do_not_make_the_picture_small(view: TwinView) -> None:
    twin, mesh = beams(1)
    (part,) = mesh.parts
    many = np.concatenate([part.positions + np.array([0, 0, 0.01 * n], np.float32) for n in range(60)])
    triangles = np.concatenate([part.triangles + len(part.positions) * n for n in range(60)])
    many[0] = (9000.0, 9000.0, 3.0)
    wide = replace(
        part, positions=many, triangles=triangles.astype(np.uint32), colours=np.tile(part.colours, (60, 1)),
        elements=np.zeros(len(triangles), np.uint32),
    )  # fmt: skip
    whole(view)
    view.set_twin(twin)
    view.set_mesh(replace(mesh, parts=(wide,)))
    low, high = view.scene.storey_stack.bounds()
    assert np.hypot(*(high - low)[:2]) < 60


def test_a_cut_that_was_asked_for_is_kept_where_there_are_no_rooms(view: TwinView) -> None:
    twin, mesh = beams(1)
    whole(view)
    view.set_twin(twin)
    view.set_mesh(mesh)
    view.scene.set_cut(1.0, exact=True)
    view.set_mesh(replace(mesh))
    assert view.scene.storey_stack.cut_m == 1.0


@pytest.mark.parametrize("size", SIZES[:2])
def test_what_one_flies_to_is_in_the_middle(view: TwinView, size: tuple[int, int]) -> None:
    view.resize(*size)
    twin = view.scene.twin
    for device in twin.devices:
        row = view.scene.placed.row_of.get(device.id)
        if row is None:
            continue
        view.camera_input.fly_to(device.id)
        view.flight.land()
        spot = view.scene.device_pick.positions[row]
        x, y = view.scene.projections.at(view.width(), view.height()).pixels(spot[None])[0][:2]
        assert (x, y) == (pytest.approx(view.width() / 2, abs=1), pytest.approx(view.height() / 2, abs=1))


def test_a_roof_is_whole_and_the_storeys_under_it_are_looked_into(view: TwinView) -> None:
    twin, mesh = view.scene.twin, view.scene.mesh
    high = max(storey.elevation_m + storey.height_m for storey in twin.storeys)
    roof = Storey(id=StoreyId("roof"), name="Roof", elevation_m=high, height_m=3.0)
    _, gable = beams(1, category="roof", kind="IfcRoof", low_m=high + 2.0)
    added = replace(gable.parts[0], storey=roof.id, elements=gable.parts[0].elements + np.uint32(len(mesh.elements)))
    view.set_twin(replace(twin, storeys=(*twin.storeys, roof)))
    view.set_mesh(Mesh(parts=(*mesh.parts, added), elements=(*mesh.elements, *gable.elements)))
    cuts = {level.storey.name: level.cut_m for level in view.scene.storey_stack.levels}
    assert cuts.pop("Roof") >= 2.3
    assert set(cuts.values()) == {CUT_M}
