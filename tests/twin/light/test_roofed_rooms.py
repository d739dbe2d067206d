"""Storeys with a roof that is lower than the ceilings of their rooms, and what lies beyond a storey."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rooms_of_boxes import HIGH_M, QUICK, box, joined, lamp, one_room, shell

from twin.light.bake import bake
from twin.light.model import StoreyModel, Surface
from twin.light.refinement import refined, storey_tracer
from twin.light.roofed_rooms import without_ceilings_over_roofs
from twin.light.storey_light import StoreyLight

ROOF_M = 1.3


def roofed(*, covered: bool) -> StoreyModel:
    """A room whose lid lies at half the height of its ceiling, under the open sky or a roof over all."""
    model = one_room(lamp("a", 2.0, 1.5, 0.9))
    walls = [box((-0.2, -0.2, -0.2), (4.2, 3.2, 0.0)), box((-0.2, -0.2, ROOF_M), (4.2, 3.2, ROOF_M + 0.2))]
    beyond = box((-2, -2, HIGH_M + 0.5), (6, 5, HIGH_M + 0.6)) if covered else Surface()
    return replace(model, walls=joined(*walls), beyond=beyond)


def openness_of_the_lid(light: StoreyLight) -> float:
    lid = (light.normals[:, 2] > 0.9) & (abs(light.positions[:, 2] - ROOF_M - 0.2) < 1e-3)
    assert lid.any()
    return float(light.openness[: light.floor_at][lid].min())


def test_a_roof_below_the_ceiling_of_its_room_is_under_the_open_sky() -> None:
    assert openness_of_the_lid(bake(roofed(covered=False), QUICK)) > 0.95


def test_ceilings_stay_where_the_building_goes_on_above_and_over_rooms_that_are_open_up_to_them() -> None:
    for model in (roofed(covered=True), one_room(), replace(one_room(), walls=joined(*shell(0, 0, 4, 3)[2:]))):
        storey = refined(model, QUICK)
        assert without_ceilings_over_roofs(storey, storey_tracer(storey, model, None)) is storey


def test_a_cupboard_under_the_ceiling_is_no_roof() -> None:
    walls = joined(*shell(0, 0, 4, 3)[2:])
    model = replace(one_room(things=box((0.1, 0.1, 1.0), (3.9, 2.9, 2.0))), walls=walls)
    storey = refined(model, QUICK)
    assert without_ceilings_over_roofs(storey, storey_tracer(storey, model, None)) is storey


def test_what_lies_beyond_the_storey_does_not_shine_as_the_shade_of_a_lamp() -> None:
    shade = box((1.9, 1.4, 2.05), (2.1, 1.6, 2.25), 7)
    yard = box((-9, -9, -1.0), (13, 12, -0.5))
    light = bake(replace(one_room(lamp("a", 2.0, 1.5, 2.15), things=shade), beyond=yard), QUICK)
    fall = np.zeros((light.samples, 3), np.float32)
    fall[light.lamps[0].rows] = light.lamps[0].light
    outer = (light.positions[:, 0] < -0.19) & (light.normals[:, 0] < -0.9)
    assert outer.any()
    assert fall[: light.floor_at][outer].max() == pytest.approx(0, abs=1e-3)
