"""Light of a storey is kept within a size however many lamps there are."""

from __future__ import annotations

from dataclasses import replace
from zlib import compress

import numpy as np
import pytest
from numpy.typing import NDArray
from rooms_of_boxes import QUICK, lamp, one_room

from twin.light.bake import bake
from twin.light.light_size import packed_within
from twin.light.storey_light import LightLayer, StoreyLight, pack, unpack


def size(data: bytes) -> int:
    return len(compress(data))


@pytest.fixture(scope="module")
def crowded() -> StoreyLight:
    """A room with the light of 200 lamps, which are alike but for a little noise."""
    light = bake(one_room(lamp("a", 1.1, 0.9), lamp("b", 3.0, 2.0)), replace(QUICK, floor_m=0.1))
    rng = np.random.default_rng(3)

    def like(number: int) -> LightLayer:
        one = light.lamps[number % 2]
        noise = rng.uniform(0.9, 1.1, one.light.shape).astype(np.float32)
        return LightLayer(f"{number}", one.rows, one.light * noise / 100)

    return replace(light, lamps=tuple(map(like, range(200))))


def all_on(light: StoreyLight) -> NDArray[np.float32]:
    made = np.zeros((light.samples, 3), np.float32)
    for one in light.lamps:
        made[one.rows] += one.light
    return made[light.floor_at :]


def test_light_that_is_small_enough_is_packed_as_finely_as_may_be(crowded: StoreyLight) -> None:
    assert packed_within(crowded, size, 100 << 20) == pack(crowded)
    assert packed_within(crowded, size, size(pack(crowded))) == pack(crowded)


@pytest.mark.parametrize("share", [0.8, 0.5, 0.3])
def test_light_of_many_lamps_is_packed_within_the_limit_and_all_of_them_are_as_bright(
    crowded: StoreyLight, share: float
) -> None:
    most = round(size(pack(crowded)) * share)
    packed = packed_within(crowded, size, most)
    assert size(packed) <= most
    light = unpack(packed)
    assert [one.id for one in light.lamps] == [one.id for one in crowded.lamps]
    assert all_on(light).mean() == pytest.approx(all_on(crowded).mean(), rel=0.03)


@pytest.mark.parametrize("share", [0.9, 0.6])
def test_light_that_cannot_be_compressed_is_measured_too_and_gets_coarser_until_it_fits(
    crowded: StoreyLight, share: float
) -> None:
    most = round(len(pack(crowded)) * share)
    assert len(packed_within(crowded, len, most)) <= most


def test_light_that_no_step_makes_small_enough_is_as_coarse_as_may_be(crowded: StoreyLight) -> None:
    assert 10 < size(packed_within(crowded, size, 10)) < 0.3 * size(pack(crowded))
