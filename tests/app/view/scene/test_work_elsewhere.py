"""What takes long for a picture is made on another thread: the window's own thread only draws it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import house
import numpy as np
import pytest
from other_thread import SIZE, Elsewhere, gone, made_view
from PySide6.QtWidgets import QApplication

from app.view import style
from app.view.scene import scene as scenes
from app.view.scene.camera.camera import smooth
from app.view.scene.devices.device_places import DevicePlaces
from app.view.scene.scene import Scene
from app.view.scene.structure import light_pool, storey_shapes, storey_stack
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.ghost_storey import sharp_edges
from app.view.scene.structure.storey_stack import EyePlace
from app.view.scene.tools import first_person
from app.view.scene.view import TwinView
from app.view.screenshot import wait_until
from app.view.theme import DARK, LIGHT
from twin.model.ids import StoreyId
from twin.model.observation import Observation

WORK: tuple[tuple[ModuleType, str], ...] = (
    (light_pool, "lamplight"),
    (storey_shapes, "ceiling_shape"),
    (storey_shapes, "ghost_shape"),
    (first_person, "standing_place"),
)


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def view(qapp: QApplication, elsewhere: Elsewhere) -> Iterator[TwinView]:
    style.apply_theme(qapp, LIGHT)
    made = made_view(elsewhere)
    made.set_mesh(house.house_mesh())
    yield made
    gone(made)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Each call of what takes long: its name, and whether the window's own thread made it."""
    here, seen = threading.get_ident(), list[tuple[str, bool]]()
    for module, name in WORK:
        monkeypatch.setattr(module, name, _told(getattr(module, name), name, seen, here))
    return seen


def _told(work: Callable[..., Any], name: str, seen: list[tuple[str, bool]], here: int) -> Callable[..., Any]:
    def told(*args: Any, **named: Any) -> Any:
        seen.append((name, threading.get_ident() == here))
        return work(*args, **named)

    return told


def settle(view: TwinView, elsewhere: Elsewhere) -> None:
    """All that is wanted for what is shown now is there."""
    elsewhere.settle(view)
    assert wait_until(lambda: elsewhere.answered() and not _wanting(view))


def _wanting(view: TwinView) -> bool:
    view.scene.prepare()
    if view.scene.storey_stack.next_work(ahead=False) is not None:
        view.governor.refresh()
        return True
    return False


def switch(view: TwinView, *, on: bool) -> None:
    """Every switch of the house says so."""
    state = house.house_state(view.scene.twin)
    points = [p.id for device in view.scene.twin.devices for p in device.points if p.info.capability == "on_off"]
    for point in points:
        state.apply(Observation(point=point, time_ms=5, value=float(on)))
    view.apply(state, np.array([state.index(point) for point in points]))


def test_pools_of_light_ceilings_ghosts_and_walls_to_walk_into_are_never_made_on_the_windows_own_thread(
    view: TwinView, elsewhere: Elsewhere, calls: list[tuple[str, bool]]
) -> None:
    switch(view, on=True)
    settle(view, elsewhere)
    view.scene.set_ghosts(True)
    settle(view, elsewhere)
    view.scene.look_at(StoreyId("upper"))
    settle(view, elsewhere)
    view.walk(True)
    settle(view, elsewhere)
    view.flight.land()
    settle(view, elsewhere)
    view.scene.look_at(StoreyId("ground"))
    view.first_person.climb(0)
    settle(view, elsewhere)
    assert view.first_person.active
    assert {name for name, _ in calls} == {name for _, name in WORK}
    assert [name for name, mine in calls if mine] == []


def test_pools_that_come_later_are_those_that_are_made_at_once(view: TwinView, elsewhere: Elsewhere) -> None:
    switch(view, on=True)
    settle(view, elsewhere)
    at_once = made_view(None)
    try:
        at_once.set_mesh(house.house_mesh())
        switch(at_once, on=True)
        at_once.scene.render(*SIZE)
        later, now = (one.scene.storey_stack.levels[0].pool.texture for one in (view, at_once))
        assert later is not None
        assert now is not None
        np.testing.assert_array_equal(later.pixels, now.pixels)
    finally:
        gone(at_once)


def test_a_pool_of_lamps_that_went_out_meanwhile_is_not_drawn(view: TwinView, elsewhere: Elsewhere) -> None:
    switch(view, on=False)
    settle(view, elsewhere)
    switch(view, on=True)
    view.scene.prepare()
    work = view.scene.storey_stack.next_work(ahead=False)
    assert work is not None
    put = work()
    switch(view, on=False)
    view.scene.prepare()
    put()
    assert "glow" not in view.scene.storey_stack.levels[0].actors


def test_lamps_that_only_say_again_what_they_are_bake_nothing(
    view: TwinView, elsewhere: Elsewhere, calls: list[tuple[str, bool]]
) -> None:
    switch(view, on=True)
    settle(view, elsewhere)
    calls.clear()
    view.scene.enter_room(view.scene.twin.rooms[0].id)
    view.scene.enter_room(None)
    settle(view, elsewhere)
    assert ("lamplight", False) not in calls


def test_who_waits_for_the_picture_gets_pools_of_light_without_another_thread(view: TwinView) -> None:
    switch(view, on=True)
    view.wait_painted()
    assert "glow" in view.scene.storey_stack.levels[0].actors


def test_a_ghost_appears_when_its_shape_comes_and_only_where_it_is_wanted_still(
    view: TwinView, elsewhere: Elsewhere
) -> None:
    settle(view, elsewhere)
    upper = view.scene.storey_stack.levels[1]
    upper._ghosts = ()  # pyright: ignore[reportPrivateUsage]  # as if nobody had been at rest to make it ahead
    view.scene.set_ghosts(True)
    assert upper.show is StoreyMode.GHOST
    assert "ghost" not in upper.actors
    work = view.scene.storey_stack.next_work(ahead=False)
    assert work is not None
    put = work()
    view.scene.set_ghosts(False)
    view.scene.step(smooth(1.0))
    put()
    assert "ghost" not in upper.actors
    view.scene.set_ghosts(True)
    assert "ghost" in upper.actors


def test_another_theme_gives_markers_its_colours_and_looks_at_no_device_again(
    view: TwinView, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(view, elsewhere)
    before, readings = view.scene.markers.colours.copy(), view.scene.readings
    monkeypatch.setattr(DevicePlaces, "place", None)
    view.set_theme(DARK)
    settle(view, elsewhere)
    monkeypatch.undo()
    assert view.scene.theme is DARK
    assert view.scene.readings is readings
    assert not np.array_equal(view.scene.markers.colours, before)
    at_once = Scene(DARK)
    try:
        at_once.set_twin(view.scene.twin)
        state = house.house_state(view.scene.twin)
        at_once.apply(state, np.arange(len(state)))
        np.testing.assert_array_equal(view.scene.markers.colours, at_once.markers.colours)
    finally:
        at_once.release()


def test_the_sharp_edges_of_a_box_are_its_twelve() -> None:
    corner = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    triangles = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int64)
    own = corner[triangles.ravel()]  # each triangle with corners of its own, as files have them
    found = own[sharp_edges(own, np.arange(len(own)).reshape(-1, 3), 40.0)]
    assert np.abs(found[:, 0] - found[:, 1]).sum(1).tolist() == [1.0] * 12
    assert len(np.unique(found.mean(1), axis=0)) == 12


def test_a_building_that_is_drawn_by_hand_is_made_elsewhere_and_comes_in_one_frame(
    view: TwinView, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(view, elsewhere)
    walls = set(view.scene.storey_stack.levels[0].actors)
    here, calls = threading.get_ident(), list[tuple[str, bool]]()
    first = view.scene.twin.rooms[0]
    wider = replace(first, outline=tuple((x * 1.1, y) for x, y in first.outline))
    twin = replace(view.scene.twin, rooms=(wider, *view.scene.twin.rooms[1:]))
    monkeypatch.setattr(scenes, "prepared", _told(scenes.prepared, "prepared", calls, here))
    view.grow(twin, house.house_mesh())
    assert view.is_behind
    assert view.scene.twin.rooms[0] is first  # nothing of the old building goes before the new one is there
    while view.is_behind:
        elsewhere.answer()
    assert view.scene.twin is twin
    assert set(view.scene.storey_stack.levels[0].actors) >= walls - {"glow"}
    assert calls == [("prepared", False)]


def test_of_two_strokes_the_later_one_stays(view: TwinView, elsewhere: Elsewhere) -> None:
    settle(view, elsewhere)
    one, two = (replace(view.scene.twin, name=name) for name in ("One", "Two"))
    view.grow(one, house.house_mesh())
    view.grow(two, house.house_mesh())
    while view.is_behind or elsewhere.asked:
        elsewhere.answer()
    assert view.scene.twin is two


def test_another_theme_in_the_middle_of_a_stroke_loses_nothing(view: TwinView, elsewhere: Elsewhere) -> None:
    settle(view, elsewhere)
    twin = replace(view.scene.twin, name="Drawn")
    view.grow(twin, house.house_mesh())
    view.set_theme(DARK)
    settle(view, elsewhere)
    assert view.scene.twin is twin
    assert view.scene.theme is DARK


def test_who_wants_to_walk_sees_the_picture_as_it_was_until_the_walls_are_known(
    view: TwinView, elsewhere: Elsewhere
) -> None:
    settle(view, elsewhere)
    before, walked = view.scene.pose, list[bool]()
    view.walked.connect(walked.append)
    view.walk(True)
    assert not view.first_person.active
    assert view.scene.pose == before
    assert view.scene.shown.stand is EyePlace.OUTSIDE
    settle(view, elsewhere)
    assert view.first_person.active
    assert walked == [True]


@pytest.mark.parametrize("happens", [lambda view: view.walk(False), lambda view: view.fit()])
def test_walls_that_come_after_one_went_on_lead_nobody_inside(
    view: TwinView, elsewhere: Elsewhere, happens: Callable[[TwinView], None]
) -> None:
    settle(view, elsewhere)
    walked = list[bool]()
    view.walked.connect(walked.append)
    view.walk(True)
    happens(view)
    settle(view, elsewhere)
    assert not view.first_person.active
    assert view.scene.shown.stand is EyePlace.OUTSIDE
    assert walked == [False]  # whoever pressed the button sees it come up again


def test_a_walk_begins_on_the_storey_that_is_in_focus_when_the_walls_are_known(
    view: TwinView, elsewhere: Elsewhere
) -> None:
    settle(view, elsewhere)
    view.walk(True)
    view._selection.change(storey=StoreyId("upper"))  # pyright: ignore[reportPrivateUsage]
    settle(view, elsewhere)
    walker, upper = view.first_person.walker, view.scene.storey_stack.levels[view.scene.storey_stack.focus]
    assert walker is not None
    assert upper.storey.id == "upper"
    assert walker.floor_m == pytest.approx(upper.floor_z)
    assert any(room.contains(walker.x, walker.y) for room in upper.rooms)


def test_walls_that_could_not_be_found_end_no_walk_that_was_asked_for_later(
    view: TwinView, elsewhere: Elsewhere
) -> None:
    settle(view, elsewhere)
    view.walk(True)
    _, _, failed = elsewhere.asked[-1]
    view.first_person.enter()
    failed()
    settle(view, elsewhere)
    assert view.first_person.active


def test_nobody_walks_through_the_walls_of_the_storey_that_was_left(view: TwinView, elsewhere: Elsewhere) -> None:
    settle(view, elsewhere)
    view.walk(True)
    settle(view, elsewhere)
    view.flight.land()
    walker = view.first_person.walker
    view._selection.change(storey=StoreyId("upper"))  # pyright: ignore[reportPrivateUsage]
    view.first_person._go(1.0, 0.0)  # pyright: ignore[reportPrivateUsage]
    assert view.first_person.walker is not None
    assert walker is not None
    assert (view.first_person.walker.x, view.first_person.walker.y) == (walker.x, walker.y)
    settle(view, elsewhere)
    view.first_person._go(0.1, 0.0)  # pyright: ignore[reportPrivateUsage]
    assert (view.first_person.walker.x, view.first_person.walker.y) != (walker.x, walker.y)


def test_doors_and_windows_are_found_once_a_building_and_never_on_the_windows_own_thread(
    view: TwinView, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, calls = threading.get_ident(), list[tuple[str, bool]]()
    find = storey_stack.find_openings
    monkeypatch.setattr(storey_stack, "find_openings", _told(find, "find_openings", calls, here))
    settle(view, elsewhere)
    assert view.scene.storey_stack.openings.elements
    assert calls == [("find_openings", False)]
    view.set_theme(DARK)
    settle(view, elsewhere)
    assert calls == [("find_openings", False)] * 2


def heights(view: TwinView) -> set[float]:
    """How high the walls of the ground floor are drawn, to the centimetre."""
    body = view.scene.storey_stack.levels[0].actors["body"].GetMapper().GetInputDataObject(0, 0)
    return {round(body.GetBounds()[5], 2)}


def test_a_storey_stays_as_it_was_until_its_new_cut_has_been_made_elsewhere(
    view: TwinView, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(view, elsewhere)
    here, calls = threading.get_ident(), list[tuple[str, bool]]()
    monkeypatch.setattr(storey_shapes, "cut_shape", _told(storey_shapes.cut_shape, "cut_shape", calls, here))
    before = heights(view)
    view.cut_by(0.4)
    view.scene.prepare()
    assert heights(view) == before
    settle(view, elsewhere)
    assert heights(view) == {round(view.scene.storey_stack.levels[0].cut_z, 2)}
    assert heights(view) != before
    view.set_section(True)
    settle(view, elsewhere)
    view.set_section(False)
    view.set_exploded(True)
    settle(view, elsewhere)
    assert calls
    assert [mine for _, mine in calls if mine] == []


def test_of_two_cuts_the_later_one_is_shown(view: TwinView, elsewhere: Elsewhere) -> None:
    settle(view, elsewhere)
    view.cut_by(0.4)
    view.scene.prepare()
    first = view.scene.storey_stack.next_work(ahead=False)
    assert first is not None
    put = first()
    view.cut_by(0.2)
    before = heights(view)
    put()
    assert heights(view) == before
    settle(view, elsewhere)
    assert heights(view) == {round(view.scene.storey_stack.levels[0].cut_z, 2)}


def test_a_cut_that_was_dragged_is_clipped_by_its_plane_until_the_exact_one_is_there(
    view: TwinView, elsewhere: Elsewhere
) -> None:
    settle(view, elsewhere)
    level = view.scene.storey_stack.levels[0]

    def planes() -> int:
        view.scene.prepare()
        found = level.actors["body"].GetMapper().GetClippingPlanes()
        return found.GetNumberOfItems() if found is not None else 0

    view.cut(1.9, exact=False)
    settle(view, elsewhere)
    assert (level.is_whole, planes()) == (True, 1)
    view.cut(2.0, exact=True)
    assert (level.is_whole, planes()) == (True, 1)
    settle(view, elsewhere)
    assert (level.is_whole, planes()) == (False, 0)


def test_leaves_and_blinds_are_cut_anew_when_the_cut_of_their_storey_has_come(
    view: TwinView, elsewhere: Elsewhere
) -> None:
    settle(view, elsewhere)
    places: list[float | None] = []

    class Witness:
        def build(self, scene: Scene) -> None: ...
        def apply(self, scene: Scene, touched: set[str]) -> None: ...
        def place(self, scene: Scene) -> None:
            places.append(scene.storey_stack.levels[0].cut_now)

        def tick(self, now_s: float) -> bool:
            return False

        def remove(self) -> None: ...

    layers = view.scene._layers  # pyright: ignore[reportPrivateUsage]
    layers.every = (*layers.every, Witness())
    view.cut_by(0.3)
    settle(view, elsewhere)
    view.scene.prepare()
    assert places[-1] == view.scene.storey_stack.levels[0].cut_z
    count = len(places)
    view.scene.prepare()
    assert len(places) == count
