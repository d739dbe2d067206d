"""What the building file says of rooms and devices: in the details, in the search, and to be shown alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from PySide6.QtWidgets import QLabel

from app.selection import VisibilityFilter
from app.view.panel.palette import CommandPalette
from app.view.panel.palette_entries import entries
from app.view.panel.stated_facts import device_facts, room_facts, size_facts
from app.view.window import MainWindow
from twin.model.ids import DoorId, PlaceholderId
from twin.model.space import Classified, Door, Placeholder, Room
from twin.model.twin import Twin


@pytest.fixture
def grouped(api: FakeDesk) -> Twin:
    """The home with zones, a system, classes, sizes that its file said, and a door that is disputed."""
    home = api.twin
    first, second, third, *rest = home.rooms
    uniclass = Classified("Uniclass", "SL_45_10", "Living")
    first = replace(
        first, zones=("Sleeping",), classes=(uniclass,), stated_sizes=(("NetFloorArea", first.area_m2 + 2),)
    )
    second = replace(second, zones=("Sleeping", "Wet"))
    lamp = home.devices[0]
    holder = Placeholder(
        id=PlaceholderId("p"), kind=lamp.kind, name="L1", storey=None, room=None, device=lamp.id,
        systems=("Circuit 4",), classes=(Classified("", "23-35", "Lamps"),),
    )  # fmt: skip
    door = Door(
        id=DoorId("d"), storey=first.storey, name="Door", rooms=(first.id, second.id), position_m=(0, 0, 0),
        stated_rooms=(first.id, third.id),
    )  # fmt: skip
    api.twin = replace(home, rooms=(first, second, third, *rest), placeholders=(holder,), doors=(door,))
    return api.twin


def test_the_size_of_the_shape_comes_first_and_the_files_own_behind_it(app: object) -> None:
    room = Room(
        id="r", storey="s", name="Hall", area_m2=14.23, stated_sizes=(("GrossFloorArea", 16.0), ("NetFloorArea", 14.5))
    )  # pyright: ignore[reportArgumentType]
    assert size_facts(room) == [("Area", "14.2 m² (file: 14.5)"), ("Height", "2.50 m")]


def test_a_room_shows_its_zones_classes_and_disputed_doors(app: object, grouped: Twin) -> None:
    first, second, third, *_ = grouped.rooms
    assert room_facts(grouped, first) == [
        ("Zones", "Sleeping"),
        ("Uniclass", "SL_45_10 Living"),
        ("Door", f"joins {first.title}, {second.title}; the file says {first.title}, {third.title}"),
    ]
    assert room_facts(grouped, second)[0] == ("Zones", "Sleeping, Wet")


def test_a_device_shows_the_system_of_the_planned_one_whose_place_it_took(app: object, grouped: Twin) -> None:
    assert device_facts(grouped, grouped.devices[0]) == [("System", "Circuit 4"), ("Class", "23-35 Lamps")]
    assert device_facts(grouped, grouped.devices[1]) == []


def test_the_inspector_shows_what_the_file_says(
    grouped: Twin, make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    window = make_window(api)
    window.feed.selection.pick_room(grouped.rooms[0].id)
    words = " ".join(label.toolTip() or label.text() for label in window.panel("inspector").findChildren(QLabel))
    assert "(file: " in words
    assert "SL_45_10" in words


def test_zones_and_systems_are_found_and_shown_alone(
    grouped: Twin, make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    window = make_window(api)
    effects, picked = window.effects, window.feed.selection
    found = {
        entry.text: entry
        for entry in entries(window.feed, effects.run, effects.fly_to, effects.isolate, effects.switches)
    }
    assert found["Sleeping"].hint == "Zone · 2 rooms"
    found["Sleeping"].do()
    rooms = frozenset(("room", room.id) for room in grouped.rooms[:2])
    assert picked.state.visibility == VisibilityFilter(only=rooms)
    found["Circuit 4"].do()
    assert picked.state.visibility == VisibilityFilter(only=frozenset({("device", grouped.devices[0].id)}))


def test_the_menu_of_a_room_or_device_offers_its_groups(
    grouped: Twin, make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    effects = make_window(api).effects
    words = [words for words, _, _ in effects.filter_entries("room", grouped.rooms[1].id)]
    assert words[-2:] == ["Show only the zone Sleeping", "Show only the zone Wet"]
    assert "Show only the system Circuit 4" in [
        words for words, _, _ in effects.filter_entries("device", grouped.devices[0].id)
    ]


def test_a_class_finds_its_room(grouped: Twin, make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> None:
    window = make_window(api)
    effects = window.effects
    palette = CommandPalette(
        entries(window.feed, effects.run, effects.fly_to, effects.isolate, effects.switches), window, ""
    )
    palette.field.setText("sl_45")
    assert palette.list.item(0).text() == grouped.rooms[0].title
    palette.close()
