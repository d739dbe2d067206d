"""Cutting and closing meshes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.view.scene.geometry.mesh_cut import divide, fill, ring_lines, slice_below

_FACES = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])


def box(x0: float, y0: float, z0: float, x1: float, y1: float, z1: float):
    corners = np.array([[(x0, x1)[k & 1], (y0, y1)[(k >> 1) & 1], (z0, z1)[k >> 2]] for k in range(8)], np.float32)
    return corners, np.array([(f[0], f[1], f[2]) for f in _FACES] + [(f[0], f[2], f[3]) for f in _FACES])


def plan_area(triangles) -> float:
    a, b = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return float(0.5 * np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum())


def surface(positions, triangles) -> float:
    corner = positions[triangles].astype(np.float64)
    across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    return float(0.5 * np.linalg.norm(across, axis=1).sum())


def volume(positions, triangles) -> float:
    corner = positions[triangles].astype(np.float64)
    return float(np.einsum("ij,ij->i", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])).sum() / 6)


def test_a_cut_wall_is_closed_by_a_cap_of_its_own_section() -> None:
    positions, triangles = box(0, 0, 0, 4, 0.3, 2.6)
    cut = slice_below(positions, triangles, 1.35)
    caps, _ = fill(cut.lines, np.zeros(len(cut.lines), np.int64))
    assert abs(plan_area(caps) - 1.2) < 0.01
    assert cut.positions[cut.triangles.ravel(), 2].max() <= 1.3501


def test_what_the_plane_does_not_meet_stays_as_it_is() -> None:
    positions, triangles = box(0, 0, 0, 4, 0.3, 1.0)
    cut = slice_below(positions, triangles, 1.35)
    assert len(cut.triangles) == 12
    assert len(cut.lines) == 0


def test_what_lies_above_the_plane_goes() -> None:
    positions, triangles = box(0, 0, 2, 4, 0.3, 3.0)
    assert len(slice_below(positions, triangles, 1.35).triangles) == 0


@given(st.floats(0.05, 2.4), st.floats(0.1, 5), st.floats(0.1, 5))
def test_a_cut_keeps_the_faces_turned_as_they_were(z: float, wide: float, deep: float) -> None:
    positions, triangles = box(0, 0, 0, wide, deep, 2.5)
    cut = slice_below(positions, triangles, z)
    top = wide * deep * z / 3 * 1  # the missing cap's share of the divergence sum
    assert abs(volume(cut.positions, cut.triangles) + top - wide * deep * z) < 1e-3 * max(1, wide * deep)


@given(st.floats(-0.5, 3.0))
def test_dividing_changes_no_surface(z: float) -> None:
    positions, triangles = box(0, 0, 0, 3, 1, 2.5)
    new, pieces, source = divide(positions, triangles, z)
    assert abs(surface(new, pieces) - surface(positions, triangles)) < 1e-3
    assert source.max() <= 11


def test_a_polygon_with_a_hole_is_filled_around_the_hole() -> None:
    lines = ring_lines([((0, 0), (4, 0), (4, 3), (0, 3)), ((1, 1), (1, 2), (2, 2), (2, 1))])
    triangles, owner = fill(lines, np.zeros(len(lines), np.int64))
    assert abs(plan_area(triangles) - 11) < 0.03
    assert set(owner) == {0}
    inside = triangles.mean(1)
    assert not ((inside > 1.01).all(1) & (inside < 1.99).all(1)).any()


def test_neighbours_are_filled_each_for_itself() -> None:
    one, other = ring_lines([((0, 0), (1, 0), (1, 1), (0, 1))]), ring_lines([((1, 0), (3, 0), (3, 1), (1, 1))])
    triangles, owner = fill(np.concatenate([one, other]), np.repeat([0, 1], 4))
    assert abs(plan_area(triangles[owner == 0]) - 1) < 0.01
    assert abs(plan_area(triangles[owner == 1]) - 2) < 0.01


def test_a_section_with_wrongly_turned_faces_is_still_filled() -> None:
    lines = np.array([[0, 0, 2, 0], [2, 0, 2, 1], [0, 1, 2, 1], [0, 1, 0, 0]], np.float64)
    triangles, _ = fill(lines, np.zeros(4, np.int64))
    assert abs(plan_area(triangles) - 2) < 0.01


def test_a_nearly_upright_line_does_not_shoot_out_of_its_wall() -> None:
    ring = ((0.0, 0.0), (0.3, 0.0), (0.3001, 9.0), (0.0, 9.0))
    triangles, _ = fill(ring_lines([ring]), np.zeros(4, np.int64))
    assert triangles[..., 1].max() < 9.01
    assert triangles[..., 1].min() > -0.01


def test_nothing_gives_nothing() -> None:
    triangles, owner = fill(np.empty((0, 4)), np.empty(0, np.int64))
    assert len(triangles) == len(owner) == 0
