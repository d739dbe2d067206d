"""Colours out of layers of light."""

from __future__ import annotations

import numpy as np
import pytest

from app.view.scene.geometry.mesh_cut import slice_below
from app.view.scene.light.light_mix import LightMix, toned, untoned
from app.view.scene.light.lit_cut import lit_mesh
from twin.light.model import PlanExtent
from twin.light.storey_light import LightLayer, StoreyLight

PAINT = (0.9, 0.9, 0.9)


def storey(count: int = 2000) -> StoreyLight:
    """Two lamps that light different halves of a wall, and its middle both."""
    rng = np.random.default_rng(3)
    rows = np.arange(count, dtype=np.int32)

    def layer(id: str, part: slice) -> LightLayer:
        return LightLayer(id, rows[part], rng.uniform(0.05, 0.6, (len(rows[part]), 3)).astype(np.float32))

    return StoreyLight(
        positions=rng.uniform(0, 3, (count, 3)).astype(np.float32),
        normals=np.tile(np.float32([0, 0, 1]), (count, 1)), colours=np.full((count, 3), 220, np.uint8),
        triangles=rng.integers(0, count, (count, 3)).astype(np.int32), part=np.zeros(count, np.uint8),
        elements=np.zeros(count, np.int32), glows=np.full(count, -1, np.int16), extent=PlanExtent((0, 0), (1, 1)),
        floor=(2, 2), ceiling=(1, 1), openness=np.ones(count + 5, np.float32), skies=(layer("", slice(0, 10)),),
        lamps=(layer("red", slice(0, 1200)), layer("blue", slice(800, count))),
    )  # fmt: skip


def dim(mix: LightMix) -> LightMix:
    """With a little light that no lamp gives."""
    mix.set_base(np.full_like(mix.albedo, 0.05))
    return mix


def test_red_and_blue_are_magenta_where_they_meet() -> None:
    mix = LightMix(storey(), PAINT)
    mix.set_lamps({"red": (1.0, 0.0, 0.0)})
    red = mix.colours[800:1200].copy()
    mix.set_lamps({"blue": (0.0, 0.0, 1.0)})
    blue = mix.colours[800:1200].copy()
    mix.set_lamps({"red": (1.0, 0.0, 0.0), "blue": (0.0, 0.0, 1.0)})
    both = mix.colours[800:1200]
    assert (red[:, 1:] == 0).all()
    assert (blue[:, :2] == 0).all()
    assert (both[:, 0] == red[:, 0]).all()
    assert (both[:, 2] == blue[:, 2]).all()


def test_a_lamp_changes_only_what_it_lights() -> None:
    mix = dim(LightMix(storey(), PAINT))
    mix.set_lamps({"red": (1.0, 1.0, 1.0)})
    before = mix.colours.copy()
    assert mix.set_lamps({"red": (1.0, 1.0, 1.0), "blue": (0.4, 0.4, 0.4)})
    changed = (mix.colours != before).any(1)
    assert not changed[:800].any()
    assert changed[800:2000].all()
    assert not mix.set_lamps({"red": (1.0, 1.0, 1.0), "blue": (0.4, 0.4, 0.4)})


def test_many_changes_one_by_one_come_to_the_same_as_all_anew() -> None:
    light = storey()
    mix, rng = dim(LightMix(light, PAINT)), np.random.default_rng(4)
    for _ in range(400):
        given = {id: tuple(rng.uniform(0, 3, 3).tolist()) for id in ("red", "blue") if rng.random() < 0.7}
        mix.set_lamps(given)
    anew = dim(LightMix(light, PAINT))
    anew.set_lamps(given)
    assert np.abs(mix.colours.astype(int) - anew.colours).max() <= 1


def test_a_lamp_that_was_never_baked_changes_nothing() -> None:
    mix = LightMix(storey(), PAINT)
    mix.set_lamps({})
    assert not mix.set_lamps({"new": (1.0, 1.0, 1.0)})


@pytest.mark.parametrize("z", [0.5, 1.3507, 2.9])
def test_the_light_on_a_cut_is_between_that_of_its_edges_ends(z: float) -> None:
    light = storey(300)
    rng = np.random.default_rng(1)
    colours = rng.integers(0, 255, (300, 3)).astype(np.uint8)
    mesh = lit_mesh(light.positions, light.triangles, z)
    plain = slice_below(light.positions, light.triangles.astype(np.int64), z)
    assert np.allclose(mesh.positions[mesh.triangles], plain.positions[plain.triangles])
    shown = mesh.colours(colours)
    a, b = colours[mesh.samples[:, 0]].astype(int), colours[mesh.samples[:, 1]].astype(int)
    assert (shown >= np.minimum(a, b)).all()
    assert (shown <= np.maximum(a, b)).all()
    ends = light.positions[mesh.samples]
    between = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * mesh.share[:, None]
    assert np.allclose(between, mesh.positions, atol=1e-4)


def test_light_that_looks_like_a_colour_looks_like_it() -> None:
    every = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    assert np.abs(toned(untoned(every)).astype(int) - every).max() <= 1
