"""What samples throw back to each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rooms_of_boxes import QUICK, box, lamp, one_room

from twin.light.bake import bake
from twin.light.bounce import Gathered, thrown_back
from twin.light.light_samples import LightSamples


def facing() -> tuple[LightSamples, Gathered]:
    """Two white samples whose rays all meet each other, each of which was cast alone."""
    points = np.zeros((2, 3), np.float32)
    samples = LightSamples(
        points, points, points, np.full((2, 3), 255, np.uint8), np.empty((0, 3), np.int32), np.zeros(2, np.bool_),
        np.zeros(2, np.int32),
    )  # fmt: skip
    met = [(np.array([at]), np.full((1, 4), 1 - at, np.int32)) for at in (0, 1)]
    return samples, Gathered(met, *np.zeros((3, 2), np.float32))


def test_light_goes_to_and_fro_and_some_is_lost_each_time() -> None:
    samples, gathered = facing()
    direct = np.array([[1.0], [0.0]], np.float32)
    once = thrown_back(direct, samples, gathered, 1, np.zeros(2, np.bool_))
    twice = thrown_back(direct, samples, gathered, 2, np.zeros(2, np.bool_))
    assert once[:, 0, 0].tolist() == [0.0, pytest.approx(0.92)]
    assert twice[:, 0, 0].tolist() == [pytest.approx(0.92**2), pytest.approx(0.92)]


def test_samples_inside_of_others_neither_get_nor_throw_light_though_none_of_their_batch_is_left() -> None:
    samples, gathered = facing()
    bad = np.array([False, True])
    gathered.drop(bad)
    assert [len(rows) for rows, _ in gathered.met] == [1, 0]
    light = thrown_back(np.array([[1.0, 0.0], [1.0, 0.0]], np.float32), samples, gathered, 2, bad)
    assert not light.any()


def test_what_lies_beyond_a_storey_throws_no_light_of_the_shades_that_are_left_out_of_the_tracer() -> None:
    shade = box((1.4, 1.4, 1.9), (1.6, 1.6, 2.1))
    model = replace(one_room(lamp("a", 1.5, 1.5), things=shade), beyond=box((-9, -9, -1.2), (9, 9, -1)))
    light = bake(model, replace(QUICK, smooth=0))
    (layer,) = light.lamps
    rows = layer.rows[layer.rows < light.floor_at]
    outer = (abs(light.positions[rows, 0] + 0.2) < 1e-3) & (light.normals[rows, 0] < -0.9)
    assert len(rows) > 100
    assert not outer.any()
