"""A building enters a window bit by bit, its shapes made elsewhere; whatever happens meanwhile, the picture is right."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import house
import numpy as np
import pytest
from numpy.typing import NDArray
from other_thread import SIZE, Elsewhere, gone, made_view
from PySide6.QtWidgets import QApplication

from app.view import style
from app.view.scene import scene as scenes
from app.view.scene.scene import Scene
from app.view.scene.structure import storey_shapes
from app.view.scene.structure.storey_shape import base_of
from app.view.scene.view import TwinView
from app.view.screenshot import wait_until
from app.view.theme import DARK, LIGHT
from twin.model.ids import StoreyId
from twin.model.mesh import Mesh
from twin.model.space import Storey

FEW = 60
"""Triangles a turn: the house has many times as many."""


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def view(qapp: QApplication, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwinView]:
    style.apply_theme(qapp, LIGHT)
    monkeypatch.setattr(scenes, "TURN_TRIANGLES", FEW)
    made = made_view(elsewhere)
    yield made
    gone(made)


@pytest.fixture
def at_once(qapp: QApplication, view: TwinView) -> Iterator[TwinView]:
    """The same view, everything done at once."""
    made = made_view(None)
    made.set_mesh(house.house_mesh())
    yield made
    gone(made)


def pixels(view: TwinView) -> NDArray[np.int16]:
    """What is seen, with the same camera for each view."""
    view.wait_painted()
    scene = view.scene
    scene.set_draft_quality(False)
    return scene.render(*SIZE)[..., :3].astype(np.int16)


def drawn(scene: Scene) -> set[str]:
    """The parts of the mesh that are in the picture."""
    found = {base_of(name) for level in scene.storey_stack.levels for name in level.actors}
    return found & {"body", "caps", "glass", "soft", "exterior"}


def triangles(scene: Scene) -> int:
    parts = (
        one.GetMapper().GetInput().GetNumberOfPolys()
        for level in scene.storey_stack.levels
        for name, one in level.actors.items()
        if base_of(name) in {"body", "caps", "glass", "soft", "exterior"}
    )
    return sum(parts)


def test_nothing_of_a_building_is_shown_before_it_is_made_but_its_floors(view: TwinView, elsewhere: Elsewhere) -> None:
    view.set_mesh(house.house_mesh())
    assert wait_until(lambda: not view.governor.moving)
    assert drawn(view.scene) == set()
    assert view.scene.storey_stack.levels[0].floor is not None
    assert view.scene.shown_rooms().size > 0  # they can be met
    assert view.loader.busy


def test_each_turn_draws_a_few_triangles_and_the_next_waits_for_its_frame(
    view: TwinView, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[int] = []
    fill_in = Scene.fill_in

    def counted(scene: Scene) -> bool:
        before = triangles(scene)
        more = fill_in(scene)
        turns.append(triangles(scene) - before)
        return more

    monkeypatch.setattr(Scene, "fill_in", counted)
    view.set_mesh(house.house_mesh())
    elsewhere.answer_building(view)
    assert drawn(view.scene) == set()  # the turn in which it enters draws its floors
    assert turns == []
    elsewhere.settle(view)
    largest = max(
        one.GetMapper().GetInput().GetNumberOfPolys()
        for level in view.scene.storey_stack.levels
        for one in level.actors.values()
    )
    whole = sum(turns)
    assert whole == triangles(view.scene) > 4 * FEW
    assert len([turn for turn in turns if turn]) >= 3
    assert max(turns) <= FEW + largest
    assert len(turns) <= whole // FEW + 4  # and no turn is wasted


def test_a_small_building_enters_whole_in_one_turn(
    view: TwinView, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenes, "TURN_TRIANGLES", 10**6)
    frames: list[set[str]] = []
    view.surface.painted.connect(lambda _: frames.append(drawn(view.scene)))
    view.set_mesh(house.house_mesh())
    elsewhere.answer_building(view)
    assert not view.loader.busy
    whole = drawn(view.scene)
    assert whole
    elsewhere.settle(view)
    assert drawn(view.scene) == whole
    assert all(frame == whole for frame in frames)


def test_the_first_building_is_shown_before_its_light_is_baked_and_the_next_comes_with_it(
    view: TwinView, elsewhere: Elsewhere
) -> None:
    view.set_mesh(house.house_mesh())
    elsewhere.answer_building(view)
    assert view.scene.storey_stack.levels[0].light is None
    assert wait_until(lambda: elsewhere.answered() and view.scene.storey_stack.levels[0].light is not None)
    view.set_theme(DARK)
    elsewhere.answer_building(view)
    assert view.scene.storey_stack.levels[0].light is not None


def test_a_large_mesh_comes_in_slices_that_together_are_the_mesh(
    view: TwinView, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.view.scene.structure import storey_shape

    whole = storey_shape.cut_shape(view.scene.storey_stack.source_of(0), None, 0.0)
    big = make_source()
    monkeypatch.setattr(storey_shape, "SLICE", 50)
    found = storey_shape.cut_shape(big, 1.35, 0.0)
    monkeypatch.setattr(storey_shape, "SLICE", 10**9)
    one = storey_shape.cut_shape(big, 1.35, 0.0)
    assert whole == {}
    assert {base_of(name) for name in found} == set(one)
    assert len(found) > len(one)
    for name, mesh in one.items():
        slices = [piece for key, piece in found.items() if base_of(key) == name]
        assert all(len(piece) <= 50 for piece in slices)
        for field in ("positions", "normals", "colours"):
            if getattr(mesh, field) is not None:
                got = np.concatenate([getattr(piece, field)[piece.triangles] for piece in slices])
                assert np.array_equal(got, getattr(mesh, field)[mesh.triangles])
        if mesh.elements is not None:
            assert np.array_equal(np.concatenate([piece.elements for piece in slices]), mesh.elements)


def make_source() -> Any:
    from app.view.scene.structure.storey_mesh import sort_parts

    return sort_parts(house.house_mesh(), house.house_twin().storeys, LIGHT)[0]


def test_the_finished_picture_is_the_one_that_is_made_at_once(
    view: TwinView, at_once: TwinView, elsewhere: Elsewhere
) -> None:
    markers, readings = view.scene.markers, view.scene.readings
    view.set_mesh(house.house_mesh())
    elsewhere.settle(view)
    assert (view.scene.markers, view.scene.readings) == (markers, readings)  # devices are read no second time
    view.fit()
    at_once.fit()
    assert close(pixels(view), pixels(at_once))


def close(a: NDArray[np.int16], b: NDArray[np.int16]) -> bool:
    """The same but for a breath: what one sees through is blended in the order in which it came."""
    return float((np.abs(a - b).max(2) > 24).mean()) < 0.002


def other_mesh() -> Mesh:
    mesh = house.house_mesh()
    return replace(mesh, parts=tuple(part for part in mesh.parts if part.category != "furniture"))


def raised(view: TwinView) -> None:
    view.cut_by(0.6)


def walked(view: TwinView) -> None:
    view.walk(True)


def to_the_upper_storey(view: TwinView) -> None:
    view._selection.change(storey=StoreyId("upper"))


def to_a_room_upstairs(view: TwinView) -> None:
    view.fly_to(house.PLANS[1][0][0])


def another_building(view: TwinView) -> None:
    view.set_mesh(other_mesh())


def another_name(view: TwinView) -> None:
    rooms = (replace(view.scene.twin.rooms[0], name="Elsewhere"), *view.scene.twin.rooms[1:])
    view.set_twin(replace(view.scene.twin, rooms=rooms))


def fewer_devices(view: TwinView) -> None:
    view.set_twin(replace(view.scene.twin, devices=view.scene.twin.devices[:2]))


MEANWHILE: tuple[Callable[[TwinView], object], ...] = (
    to_the_upper_storey, to_a_room_upstairs, raised, another_building, another_name, fewer_devices,
    lambda view: view.set_ghosts(True), lambda view: view.set_exploded(True), lambda view: view.set_theme(DARK),
    lambda view: view._selection.change(colour_by=""), lambda view: view._selection.change(smooth=True),
    lambda view: view.set_section(True), walked,
)  # fmt: skip


@pytest.mark.parametrize("turns", [0, 2])
@pytest.mark.parametrize("happens", MEANWHILE)
def test_whatever_happens_meanwhile_the_picture_becomes_the_same(
    view: TwinView, at_once: TwinView, elsewhere: Elsewhere, happens: Callable[[TwinView], object], turns: int
) -> None:
    view.set_mesh(house.house_mesh())
    for turn in range(turns):
        if turn == 0:
            elsewhere.answer_building(view)
        elif view.loader.busy:
            view.loader._draw()
    happens(view)
    happens(at_once)
    elsewhere.settle(view)
    if turns == 0 and happens in (raised, walked):
        return  # there was nothing to cut, and no wall to stand before
    for one in (view, at_once):
        one.flight.land()
        if not one.first_person.active:
            one.fit()
        one.flight.land()
    assert close(pixels(view), pixels(at_once))
    assert drawn(view.scene) == drawn(at_once.scene)


def test_who_walks_meanwhile_walks_into_the_walls_that_come(
    view: TwinView, at_once: TwinView, elsewhere: Elsewhere
) -> None:
    view.set_mesh(house.house_mesh())
    view.walk(True)
    elsewhere.settle(view)
    at_once.walk(True)
    spots = [(x / 4, y / 4) for x in range(52) for y in range(40)]
    for one in (view, at_once):
        assert one.first_person._walls is not None
    free = [[one.first_person._walls.free(*spot) for spot in spots] for one in (view, at_once)]  # type: ignore[union-attr]
    assert free[0] == free[1]


def test_a_newer_building_takes_the_place_of_one_that_is_being_made(view: TwinView, elsewhere: Elsewhere) -> None:
    built: list[int] = []
    view.built.connect(lambda: built.append(1))
    view.set_mesh(house.house_mesh())
    first = len(elsewhere.asked)
    view.set_mesh(other_mesh())
    for _ in range(first):
        elsewhere.answer()  # too late: another one is wanted
    assert drawn(view.scene) == set()
    elsewhere.settle(view)
    assert "soft" not in drawn(view.scene)
    assert "body" in drawn(view.scene)
    assert len(built) == 1


def test_a_cut_that_comes_after_its_building_has_gone_draws_nothing(view: TwinView, elsewhere: Elsewhere) -> None:
    view.set_mesh(house.house_mesh())
    elsewhere.settle(view)
    before = list(view.scene.storey_stack.levels)
    view.cut_by(0.6)
    assert wait_until(lambda: any(level.awaits_shape for level in before) and len(elsewhere.asked) > 0)
    late = [elsewhere.asked.pop() for _ in range(len(elsewhere.asked))]
    view.set_mesh(other_mesh())
    elsewhere.answer_building(view)
    assert all(level not in before for level in view.scene.storey_stack.levels)
    for work, done, _ in late:
        done(work())
    for level in before:  # whoever else still holds one of its works
        level.keep_ghost(None)
        level._take_shape(level.cut_z, level.shaping(level.cut_z)())
    assert [level.actors for level in before] == [{}] * len(before)
    elsewhere.settle(view)
    assert "body" in drawn(view.scene)


def test_other_spaces_are_never_shown_with_the_walls_of_the_ones_before(view: TwinView, elsewhere: Elsewhere) -> None:
    view.set_mesh(house.house_mesh())
    elsewhere.settle(view)
    assert "body" in drawn(view.scene)
    barn = Storey(id=StoreyId("barn"), name="Barn", elevation_m=0.0, height_m=4.0)
    rooms = tuple(replace(room, storey=barn.id) for room in view.scene.twin.rooms[:2])
    view.set_twin(replace(view.scene.twin, name="Barn", storeys=(barn,), rooms=rooms, devices=()))
    assert drawn(view.scene) == set()
    view.set_mesh(house.house_mesh())
    elsewhere.settle(view)
    assert "body" in drawn(view.scene)


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_view_that_is_closed_meanwhile_takes_nothing_more(
    qapp: QApplication, elsewhere: Elsewhere, turns: int
) -> None:
    view = made_view(elsewhere)
    view.set_mesh(house.house_mesh())
    for turn in range(turns):
        elsewhere.answer_building(view) if turn == 0 else view.loader._draw()
    view.release()
    while elsewhere.asked:
        elsewhere.answer()
    QApplication.processEvents()
    assert not view.scene.storey_stack.levels
    gone(view)


def test_what_could_not_be_made_is_given_up_and_told(view: TwinView, elsewhere: Elsewhere) -> None:
    built: list[int] = []
    view.built.connect(lambda: built.append(1))
    view.set_mesh(house.house_mesh())
    elsewhere.asked.pop()[2]()
    assert built == [1]
    assert not view.loader.busy


def test_who_waits_for_the_picture_gets_all_of_it_without_another_thread(view: TwinView) -> None:
    view.set_mesh(house.house_mesh())
    view.wait_painted()
    assert drawn(view.scene) >= {"body", "caps", "glass", "soft"}
    assert not view.loader.busy
    assert view.scene.storey_stack.levels[0].floor.light is not None  # type: ignore[union-attr]


def test_light_and_cuts_are_never_made_on_the_windows_own_thread(
    view: TwinView, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = threading.get_ident()
    seen: list[tuple[str, bool]] = []
    for name in ("floor_light", "cut_shape", "floor_shape"):
        work = getattr(storey_shapes, name)

        def told(*args: Any, name: str = name, work: Callable[..., Any] = work, **named: Any) -> Any:
            seen.append((name, threading.get_ident() == here))
            return work(*args, **named)

        monkeypatch.setattr(storey_shapes, name, told)
    view.set_mesh(house.house_mesh())
    elsewhere.settle(view)
    assert wait_until(lambda: elsewhere.answered() and view.scene.storey_stack.next_work(ahead=True) is None)
    to_the_upper_storey(view)
    elsewhere.settle(view)
    assert wait_until(lambda: elsewhere.answered() and view.scene.storey_stack.levels[1].light is not None)
    assert {name for name, _ in seen} == {"floor_light", "cut_shape", "floor_shape"}
    assert [name for name, mine in seen if mine] == []
