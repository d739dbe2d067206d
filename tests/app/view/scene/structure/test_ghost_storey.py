"""Storeys around the one in focus, as shells."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.view.scene.camera.camera import PictureFrame
from app.view.scene.scene import Scene
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.theme import LIGHT
from twin.model.ids import StoreyId

sys.path.insert(0, str(Path(__file__).parent))
import house

sys.path.pop(0)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene(LIGHT)
    made.set_twin(house.house_twin())
    made.set_mesh(house.house_mesh())
    made.look_at(StoreyId("ground"))
    made.step(1.0)
    yield made
    made.release()


def ways(scene: Scene) -> list[StoreyMode]:
    return [level.show for level in scene.storey_stack.levels]


def test_the_storey_above_is_left_out_until_ghosts_are_wanted(scene: Scene) -> None:
    assert ways(scene)[:2] == [StoreyMode.CUT, StoreyMode.HIDDEN]
    assert scene.set_ghosts(True)
    scene.step(1.0)
    assert ways(scene)[:2] == [StoreyMode.CUT, StoreyMode.GHOST]
    scene.set_ghosts(False)
    scene.step(1.0)
    assert ways(scene)[:2] == [StoreyMode.CUT, StoreyMode.HIDDEN]


def test_a_ghost_changes_the_picture_but_hides_nothing(scene: Scene) -> None:
    scene.stand(scene.fitting(PictureFrame(1.6)))
    before = scene.render(320, 200).astype(int)
    scene.set_ghosts(True)
    scene.step(1.0)
    after = scene.render(320, 200).astype(int)
    away = np.abs(after - before)[..., :3].max(2)
    assert (away > 3).mean() > 0.02
    assert np.percentile(away, 95) < 60


def test_pulled_apart_only_the_storey_that_was_asked_for_is_solid(scene: Scene) -> None:
    scene.set_ghosts(True)
    scene.explode(True)
    scene.step(1.0)
    assert ways(scene)[:2] == [StoreyMode.CUT, StoreyMode.GHOST]
    scene.look_at(None)
    scene.step(1.0)
    assert ways(scene)[:2] == [StoreyMode.CUT, StoreyMode.CUT]


def test_everything_in_sight_includes_the_ghosts(scene: Scene) -> None:
    near = scene.fitting(PictureFrame(1.6)).distance_m
    scene.set_ghosts(True)
    scene.step(1.0)
    assert scene.fitting(PictureFrame(1.6)).distance_m > near


def test_another_theme_keeps_the_ghosts(scene: Scene) -> None:
    scene.set_ghosts(True)
    scene.step(1.0)
    scene.set_theme(LIGHT)
    assert ways(scene)[1] is StoreyMode.GHOST
