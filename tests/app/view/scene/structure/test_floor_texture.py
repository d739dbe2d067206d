"""Floors show the textures of their file while nothing colours the rooms, and nothing of it while something does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.view.scene.structure.floor_texture import PREFIX
from app.view.scene.view import TwinView
from app.view.theme import DARK, LIGHT, Theme
from twin.model.mesh import FloorCovering, Mesh, Texture
from twin.model.twin import Twin

STRIPES = np.zeros((64, 64, 3), np.uint8)
STRIPES[:, ::2] = (230, 180, 120)
BOARD_M = 1.0


def covered(twin: Twin, mesh: Mesh) -> tuple[Twin, Mesh]:
    """The twin with striped boards in its first room."""
    rooms = (replace(twin.rooms[0], source_id="one"), *(replace(room, source_id="") for room in twin.rooms[1:]))
    pixels = np.repeat(STRIPES[:, :2], 32, 1)
    covering = FloorCovering(source_id="one", texture=0, uv_from_plan=(1 / BOARD_M, 0, 0, 0, 1 / BOARD_M, 0))
    return replace(twin, rooms=rooms), replace(mesh, textures=(Texture(pixels=pixels),), coverings=(covering,))


def textures(view: TwinView) -> list[bool]:
    return [
        bool(one.GetVisibility())
        for level in view.scene.storey_stack.levels
        for name, one in level.actors.items()
        if name.startswith(PREFIX)
    ]


def colour_by(view: TwinView, capability: str) -> None:
    view._selection.change(colour_by=capability)  # pyright: ignore[reportPrivateUsage]


def floor_pixels(view: TwinView) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return view.scene.render(400, 300)[..., :3].astype(np.int16)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_plain_rooms_show_the_pattern_and_values_cover_it(view: TwinView, theme: Theme) -> None:
    view.set_theme(theme)
    colour_by(view, "")
    bare = floor_pixels(view)
    twin, mesh = covered(view.scene.twin, view.scene.mesh)
    view.set_twin(twin)
    view.set_mesh(mesh)
    striped = floor_pixels(view)
    assert textures(view) == [True]
    changed = np.abs(striped - bare).max(2) > 12
    dark, bright = np.percentile(striped[changed].sum(1), (10, 90))
    assert changed.mean() > 0.01
    assert bright > 1.3 * dark  # boards, and not their mean
    colour_by(view, "temperature")
    floor_pixels(view)
    assert textures(view) == [False]
    colour_by(view, "")
    assert np.abs(floor_pixels(view) - striped).mean() < 1


def test_without_textures_there_is_no_actor_more(view: TwinView) -> None:
    colour_by(view, "")
    floor_pixels(view)
    assert textures(view) == []
    before = view.scene.renderer.GetViewProps().GetNumberOfItems()
    twin, mesh = covered(view.scene.twin, view.scene.mesh)
    view.set_twin(twin)
    view.set_mesh(mesh)
    floor_pixels(view)
    assert view.scene.renderer.GetViewProps().GetNumberOfItems() == before + 1
    view.set_mesh(replace(mesh, textures=(), coverings=()))
    floor_pixels(view)
    assert (textures(view), view.scene.renderer.GetViewProps().GetNumberOfItems()) == ([], before)


def test_far_from_the_origin_the_boards_are_as_wide(view: TwinView) -> None:
    twin, mesh = covered(view.scene.twin, view.scene.mesh)
    far = replace(mesh.coverings[0], uv_from_plan=(1 / BOARD_M, 0, 1e7, 0, 1 / BOARD_M, -1e7))
    colour_by(view, "")
    view.set_twin(twin)
    view.set_mesh(mesh)
    near = floor_pixels(view)
    view.set_mesh(replace(mesh, coverings=(far,)))
    assert np.abs(floor_pixels(view) - near).mean() < 1


def test_at_night_the_boards_are_darker_and_still_to_be_seen(view: TwinView) -> None:
    twin, mesh = covered(view.scene.twin, view.scene.mesh)
    colour_by(view, "")
    view.set_twin(twin)
    view.set_mesh(mesh)
    floor_pixels(view)

    def tones() -> set[float]:
        return {
            one.GetProperty().GetAmbient()
            for level in view.scene.storey_stack.levels
            for name, one in level.actors.items()
            if name.startswith(PREFIX) or name == "floor"
        }

    assert tones() == {1.0}
    view.set_sky("night")
    floor_pixels(view)
    assert textures(view) == [True]
    (tone,) = tones()
    assert tone < 1.0
    assert view.cutbar.theme() is view.scene.theme is DARK
