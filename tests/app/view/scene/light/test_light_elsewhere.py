"""Baked light is made ready on another thread: what changes meanwhile loses none of it, and shows no light of before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lit_house import DAY, NIGHT, SIZE, Baker, lit_names
from other_thread import Elsewhere

from app.view.scene.light.lit_storey import LitStorey
from app.view.scene.scene import Scene
from app.view.scene.sky.daylight import daylight
from app.view.scene.structure.storey_shapes import HungRectangle
from app.view.theme import LIGHT
from twin.model.ids import PlaceholderId
from twin.model.space import Placeholder


@pytest.fixture
def pool(scene: Scene) -> Elsewhere:
    made = Elsewhere()
    scene.lights.compute = made
    return made


def settle(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    """All that is asked for comes, and is shown."""
    scene.render(*SIZE)
    while baker.waiting or pool.asked:
        pool.answered()
        if baker.waiting:
            baker.answer()
        scene.render(*SIZE)


def lit_storey(scene: Scene) -> LitStorey:
    """The storey in focus."""
    return scene.lights._storeys[scene.storey_stack.focus]


def is_exact(lit: LitStorey) -> bool:
    """Whether its colours are those of its base and its lamps as they are now."""
    before = lit.mix.colours.copy()
    lit.mix.set_base(lit.model.ambient.base(lit.around))
    return bool((np.abs(before.astype(int) - lit.mix.colours) <= 1).all())


@pytest.mark.parametrize("when", ["baking", "answered before a frame", "making", "making, made before a frame"])
def test_another_theme_at_any_time_loses_no_light(scene: Scene, baker: Baker, pool: Elsewhere, when: str) -> None:
    scene.set_daylight(daylight(DAY))
    scene.render(*SIZE)
    assert baker.asked == [("ground", "normal")]
    if when.startswith("making"):
        baker.answer()
    scene.set_theme(LIGHT)
    if when == "answered before a frame":
        baker.answer()
    if when == "making, made before a frame":
        pool.answer()
    settle(scene, baker, pool)
    assert lit_names(scene)
    assert baker.asked[-1] == ("ground", "normal")
    assert not scene.lights.is_baking


def test_another_theme_does_not_bake_again_what_is_being_baked(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    scene.render(*SIZE)
    scene.set_theme(LIGHT)
    scene.render(*SIZE)
    assert baker.asked == [("ground", "draft")]


def test_one_light_is_made_ready_before_the_next_is_asked_for(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    scene.render(*SIZE)
    baker.answer()
    scene.render(*SIZE)
    assert len(baker.asked) == 1
    assert scene.lights.is_baking
    pool.answered()
    scene.render(*SIZE)
    assert baker.asked[1:] == [("ground", "normal")]


def test_light_that_cannot_be_made_ready_is_given_up(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    scene.render(*SIZE)
    baker.answer()
    _, _, failed = pool.asked.pop(0)
    failed()
    scene.render(*SIZE)
    assert len(baker.asked) == 1
    assert not scene.lights.is_baking


def test_lamps_have_the_strength_of_the_hour_that_comes(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    twin = scene.twin
    room = next(one for one in twin.rooms if one.name == "Kitchen")
    bare = tuple(one for one in twin.devices if not (one.kind in {"light", "lamp"} and one.room == room.id))
    planned = Placeholder(
        id=PlaceholderId("planned"), kind="light", name="Planned", storey=room.storey, room=room.id,
        position_m=(8.0, 2.0, 2.5), power=0.4, colour="#ff8040", source_id="guid",
    )  # fmt: skip
    scene.set_twin(replace(twin, devices=bare, placeholders=(planned,)))
    settle(scene, baker, pool)
    night = dict(lit_storey(scene).mix._lamps)
    assert len(night) > 1
    scene.set_daylight(daylight(DAY))
    settle(scene, baker, pool)
    lit = lit_storey(scene)
    assert lit.around is not None
    assert lit.around.lamps < 1
    day = dict(lit.mix._lamps)
    assert "planned" not in day
    for id, colour in day.items():
        assert colour == pytest.approx([part * lit.around.lamps for part in night[id]])
    scene.set_daylight(daylight(NIGHT))
    settle(scene, baker, pool)
    assert lit_storey(scene).mix._lamps == night


def test_a_bake_that_is_stopped_leaves_the_light_that_is_there(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    settle(scene, baker, pool)
    scene.lights.clock = lambda: 10.0
    scene.set_daylight(daylight(DAY))
    scene.storey_stack.levels[scene.storey_stack.focus].ajar = frozenset({1})
    settle_pool(scene, pool)
    assert scene.lights.is_moving
    baker.answer(light=False)
    scene.render(*SIZE)
    scene.lights.finish()
    assert lit_names(scene)
    assert not baker.waiting


def test_light_without_surfaces_ends_the_transition_too(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    settle(scene, baker, pool)
    light = lit_storey(scene).light
    scene.lights.clock = lambda: 10.0
    scene.set_daylight(daylight(DAY))
    scene.storey_stack.levels[scene.storey_stack.focus].ajar = frozenset({1})
    settle_pool(scene, pool)
    assert scene.lights.is_moving
    _, quality, done = baker.waiting.pop()
    done((replace(light, triangles=light.triangles[:0]), quality))
    scene.render(*SIZE)
    assert not lit_names(scene)
    assert not scene.lights.is_moving


def settle_pool(scene: Scene, pool: Elsewhere) -> None:
    """What is asked of the pool comes, and is shown."""
    scene.render(*SIZE)
    while pool.asked:
        pool.answered()
        scene.render(*SIZE)


def test_a_blind_at_another_window_is_baked_anew(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    glass = level.source.glass.positions
    front = glass[np.abs(glass[:, 1] - glass[:, 1].min()) < 0.3]
    (west, south, foot), (east, _, head) = front.min(0).tolist(), front.max(0).tolist()
    here = HungRectangle(((west + east) / 2, south), (1.0, 0.0), (east - west) / 2, foot, head)
    level.blinds = {"blind": here}
    settle(scene, baker, pool)
    asked = len(baker.asked)
    level.blinds = {"blind": replace(here)}
    settle(scene, baker, pool)
    assert len(baker.asked) == asked
    level.blinds = {"blind": replace(here, half_m=here.half_m + 0.1)}
    settle(scene, baker, pool)
    assert baker.asked[asked:] == [("ground", "normal")]


def test_ceilings_that_come_while_a_base_is_made_get_their_shading(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    settle(scene, baker, pool)
    lit = lit_storey(scene)
    assert lit.model.ambient.lacks_ceiling
    scene.set_daylight(daylight(DAY))
    scene.render(*SIZE)
    work, done, _ = pool.asked.pop(0)
    made = work()
    hang_ceilings(scene)
    scene.render(*SIZE)
    done(made)
    settle(scene, baker, pool)
    assert not lit.model.ambient.lacks_ceiling
    assert is_exact(lit)


def test_lamps_keep_the_strength_of_the_hour_while_ceilings_come(scene: Scene, baker: Baker, pool: Elsewhere) -> None:
    settle(scene, baker, pool)
    lit = lit_storey(scene)
    hang_ceilings(scene)
    scene.render(*SIZE)
    assert pool.asked
    assert lit.around is not None
    assert lit.around.day == 0
    settle(scene, baker, pool)
    assert is_exact(lit)


def hang_ceilings(scene: Scene) -> None:
    """Those of the storey in focus come."""
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    make = level.ceiling_making()
    assert make is not None
    level.keep_ceiling(make())
