"""Hidden and isolated things in the 3D view: devices that cannot be met, storeys that are not drawn."""

from __future__ import annotations

import numpy as np

from app.selection import VisibilityFilter
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.view import TwinView
from twin.model.ids import RoomId, StoreyId


def visibility(view: TwinView, **fields: frozenset[tuple[str, str]]) -> None:
    view._selection.change(visibility=VisibilityFilter(**fields))
    view.wait_painted()


def test_a_room_alone_shows_only_its_devices_where_they_were(view: TwinView) -> None:
    before = dict(zip(view.scene.placed.ids, view.scene.placed.positions.tolist(), strict=True))
    visibility(view, only=frozenset({("room", "Kitchen")}))
    placed = view.scene.placed
    assert placed.ids
    assert set(placed.room) == {"Kitchen"}
    assert all(before[id] == spot for id, spot in zip(placed.ids, placed.positions.tolist(), strict=True))
    assert len(view.scene.appearance.lit) == len(placed.ids)


def test_a_kind_can_be_hidden_and_comes_back(view: TwinView) -> None:
    before = view.scene.placed.ids
    lit = np.count_nonzero(view.scene.appearance.lit)
    kind = view.scene.placed.kind[0]
    visibility(view, hidden=frozenset({("kind", kind)}))
    assert kind not in view.scene.placed.kind
    visibility(view)
    assert view.scene.placed.ids == before
    assert np.count_nonzero(view.scene.appearance.lit) == lit


def test_a_hidden_storey_is_not_drawn_and_another_takes_the_focus(view: TwinView) -> None:
    view._selection.change(storey=None)
    top = view.scene.storey_stack.focus
    id = view.scene.twin.storeys[top].id
    visibility(view, hidden=frozenset({("storey", id)}))
    building = view.scene.storey_stack
    assert building.levels[top].show is StoreyMode.HIDDEN
    assert building.focus != top
    assert building.levels[building.focus].show is StoreyMode.CUT
    view.set_theme(view._theme)
    assert view.scene.storey_stack.levels[top].show is StoreyMode.HIDDEN


def test_the_whole_building_covers_all_storeys_but_one_and_pulled_apart_none(view: TwinView) -> None:
    storeys = [storey.id for storey in view.scene.twin.storeys]
    view._selection.change(storey=None)
    view.wait_painted()
    assert [view.shows_storey(storey) for storey in storeys] == [
        i == view.scene.storey_stack.main for i in range(len(storeys))
    ]
    view.set_exploded(True)
    view.wait_painted()
    assert all(view.shows_storey(storey) for storey in storeys)


def test_an_isolated_storey_stands_alone(view: TwinView) -> None:
    view._selection.change(storey=StoreyId("upper"), visibility=VisibilityFilter(only=frozenset({("storey", "upper")})))
    view.wait_painted()
    shown = [level.storey.id for level in view.scene.storey_stack.levels if level.show is not StoreyMode.HIDDEN]
    assert shown == ["upper"]


def test_a_veil_over_everything_breaks_nothing(view: TwinView) -> None:
    visibility(view, only=frozenset({("room", "nowhere")}))
    assert not view.scene.placed.ids
    view.set_exploded(True)
    view.wait_painted()
    view.fit()
    view.set_exploded(False)
    visibility(view)
    assert view.scene.placed.ids


def test_floors_of_rooms_left_out_lose_their_colour(view: TwinView) -> None:
    before = view.scene.room_colours.copy()
    visibility(view, only=frozenset({("room", "Kitchen")}))
    row = view.scene.room_row[RoomId("Kitchen")]
    other = view.scene.room_row[RoomId("Study")]
    assert (view.scene.room_colours[row] == before[row]).all()
    assert (view.scene.room_colours[other] != before[other]).any()


def test_flying_to_a_device_on_a_storey_that_is_not_shown_goes_to_that_storey(view: TwinView) -> None:
    view._selection.change(storey=StoreyId("ground"))
    device = next(one for one in view.scene.twin.devices if one.room == "Nursery")
    view.fly_to(device.id)
    view.wait_painted()
    assert view._selection.state.storey == "upper"
    row = view.scene.placed.row_of[device.id]
    x, y, _ = view.scene.device_pick.seen(view.scene.projections.at(view.width(), view.height()))[row]
    assert 0 < x < view.width()
    assert 0 < y < view.height()


def test_a_hidden_ground_floor_leaves_no_shadow_behind(view: TwinView) -> None:
    visibility(view)
    shadow = view.scene.storey_stack.shadow
    assert shadow is not None
    assert shadow.GetVisibility()
    lowest = view.scene.twin.storeys[0]
    visibility(view, hidden=frozenset({("storey", lowest.id)}))
    assert view.scene.storey_stack.shadow is not None
    assert not view.scene.storey_stack.shadow.GetVisibility()
