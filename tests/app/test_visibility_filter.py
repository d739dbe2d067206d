"""What a veil leaves out of the picture."""

from __future__ import annotations

import pytest

from app.selection import VisibilityFilter
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room, Storey

_GROUND = Storey(id=StoreyId("g"), name="Ground", elevation_m=0.0, height_m=3.0)
_ROOMS = tuple(
    Room(id=RoomId(id), storey=StoreyId("g"), name=id, outline=((0, 0), (1, 0), (1, 1)), floor_m=0.0, ceiling_m=2.5)
    for id in ("a", "b")
)


def test_nothing_hidden_shows_everything() -> None:
    assert not VisibilityFilter()
    assert VisibilityFilter().shows_storey(_GROUND, _ROOMS)
    assert all(VisibilityFilter().shows_room(room) for room in _ROOMS)


def test_a_room_alone_keeps_its_storey_and_leaves_other_rooms_and_storeys_out() -> None:
    visibility = VisibilityFilter(only=frozenset({("room", "a")}))
    assert visibility.shows_storey(_GROUND, _ROOMS)
    assert not visibility.shows_storey(Storey(id=StoreyId("u"), name="Up", elevation_m=3.0, height_m=3.0), ())
    assert [visibility.shows_room(room) for room in _ROOMS] == [True, False]


def test_a_kind_alone_leaves_rooms_and_storeys_as_they_are() -> None:
    visibility = VisibilityFilter(only=frozenset({("kind", "light")}))
    assert visibility.shows_storey(_GROUND, _ROOMS)
    assert all(visibility.shows_room(room) for room in _ROOMS)


@pytest.mark.parametrize("thing", [("storey", "g"), ("room", "a")])
def test_what_is_hidden_takes_its_rooms_with_it(thing: tuple[str, str]) -> None:
    visibility = VisibilityFilter(hidden=frozenset({thing}))
    assert not visibility.shows_room(_ROOMS[0])
    assert visibility.shows_storey(_GROUND, _ROOMS) is (thing[0] == "room")
