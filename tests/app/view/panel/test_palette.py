"""Ctrl+K: the field is ready at once, sentences and one typing mistake find something, and nothing says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import cast

import pytest
from fake_api import FakeDesk
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.i18n import current_language, tr
from app.view.panel import palette as palette_dialog
from app.view.panel.building_tree_nodes import walk
from app.view.panel.palette import SHOWN, CommandPalette
from app.view.panel.palette_entries import PaletteEntry, entries, point_entries
from app.view.panel.palette_search import Haystack, Needle
from app.view.panel.tree import TreePanel
from app.view.window import MainWindow
from twin.model.definition import Definitions
from twin.model.problem import Problem
from twin.rules.automation import Automation
from twin.rules.definition_body import definition_of
from twin.rules.scene import Scene

LETTERS = "abcdefghijklmnopqrstuvwxyzäéœбд灯"


def matches(needle: str, words: str, more: str = "") -> int:
    return Needle(needle).matches(Haystack.of(words, more))


def nearly(needle: str, words: str, more: str = "") -> int:
    return Needle(needle).nearly(Haystack.of(words, more))


@pytest.fixture
def palette(window: MainWindow) -> CommandPalette:
    window.effects.palette()
    return window.findChildren(CommandPalette)[-1]


def shown(palette: CommandPalette) -> list[str]:
    return [palette.list.item(row).text() for row in range(palette.list.count())]


@pytest.mark.parametrize(
    ("needle", "words", "better"),
    [("kit", "Kitchen", "Upper kitchen"), ("light kit", "Kitchen light", "Kitchen")],
)
def test_the_palette_finds_by_any_part_of_the_name(needle: str, words: str, better: str) -> None:
    assert matches(needle, words) > matches(needle, better)


def test_it_can_be_typed_into_at_once(palette: CommandPalette, qtbot: QtBot) -> None:
    assert palette.focusWidget() is palette.field
    assert palette.windowType() is Qt.WindowType.Dialog  # a Popup gets no keyboard under a window manager
    qtbot.keyClicks(palette.focusWidget(), "kit")
    assert shown(palette)[0] == "Kitchen"


def test_the_palette_goes_to_devices_and_does_actions(palette: CommandPalette, api: FakeDesk, qtbot: QtBot) -> None:
    palette.field.setText("switch floor lamp")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    assert api.asked[-1] == ("command", (lamp.points[0].id, "off", None))


@pytest.mark.parametrize(
    ("needle", "first"),
    [
        ("turn on floor lamp", "Turn on Floor lamp"),
        ("floor lamp on", "Turn on Floor lamp"),
        ("turn the floor lamp off", "Turn off Floor lamp"),
        ("floor lmap", "Floor lamp"),
        ("flor lamp off", "Turn off Floor lamp"),
        ("all lights off", "Lights off"),
        ("turn off all the lights", "Lights off"),
        ("lihgts off", "Lights off"),
        ("kichen", "Kitchen"),
    ],
)
def test_a_sentence_or_one_typing_mistake_finds_what_is_meant(palette: CommandPalette, needle: str, first: str) -> None:
    palette.field.setText(needle)
    assert shown(palette)[0] == first


@pytest.mark.parametrize(
    ("needle", "first"),
    [
        ("lights off", "Lights off"),
        ("all lights off", "Lights off"),
        ("lihgts off", "Lights off"),
        ("关灯", "Lights off"),
        ("turn off floor lamp", "Turn off {name}"),
        ("settings", "Settings…"),
    ],
)
def test_english_words_find_actions_in_every_language(window: MainWindow, needle: str, first: str) -> None:
    window.set_language("zh_CN")
    window.effects.palette()
    palette = window.findChildren(CommandPalette)[-1]
    palette.field.setText(needle)
    assert tr(first) != first
    assert shown(palette)[0] == tr(first, name="Floor lamp")
    assert current_language() == "zh_CN"


@pytest.mark.parametrize("needle", ["temperature", "温度"])
def test_values_are_found_by_their_name_in_english_and_in_the_language_in_force(
    window: MainWindow, needle: str
) -> None:
    window.set_language("zh_CN")
    palette = CommandPalette(point_entries(window.feed, print), window, "Add a value")
    palette.field.setText(needle)
    assert shown(palette)
    assert all("温度" in text or "色温" in text for text in shown(palette))


@pytest.mark.parametrize("typed", ["co2", "CO₂", "Co2", "ＣＯ２"])
def test_letters_that_no_keyboard_has_are_found_by_those_that_it_has(window: MainWindow, typed: str) -> None:
    palette = CommandPalette(point_entries(window.feed, print), window, "Add a value")
    palette.field.setText(typed)
    assert all("CO₂" in text for text in shown(palette))


def test_offline_devices_are_found_in_the_palette_and_in_the_tree(window: MainWindow, palette: CommandPalette) -> None:
    away = {device.name for device in window.feed.twin.devices if not window.feed.is_online(device.id)}
    assert away
    palette.field.setText("offline")
    assert set(shown(palette)) == away
    tree = cast("TreePanel", window.parts["tree"])
    for text in ("offline", "Offl"):
        tree.search.setText(text)
        assert {node.title for node in walk(tree.model.root) if node.kind == "device"} == away


def test_enter_in_the_trees_search_goes_to_the_best_title_and_to_a_device_where_no_title_says_it(
    window: MainWindow,
) -> None:
    tree = cast("TreePanel", window.parts["tree"])
    room = next(room for room in window.feed.twin.rooms if window.feed.twin.devices_in.get(room.id))
    tree.search.setText(room.title)
    tree.go_to_hit()
    assert window.feed.selection.state.room == room.id
    tree.search.setText("offline")
    tree.go_to_hit()
    (picked,) = window.feed.selection.state.devices
    assert not window.feed.is_online(picked)


def test_the_trees_search_says_that_nothing_was_found(window: MainWindow) -> None:
    tree = cast("TreePanel", window.parts["tree"])
    tree.search.setText("xyzzy")
    assert tree.pages.currentWidget() is tree.none_found
    assert "xyzzy" in tree.none_found.sentence.text()
    tree.search.setText("")
    assert tree.pages.currentWidget() is tree.view


def test_what_is_typed_while_the_palette_loads_goes_into_it_and_into_nothing_else(
    window: MainWindow, api: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Callable[[], object]] = []
    monkeypatch.setattr(window.modules, "when", lambda _names, then, _failed=None: loaded.append(then))
    window.activateWindow()
    window.effects.palette()
    labels = window.actions_by_id["labels"].isChecked()
    other = cast("TreePanel", window.parts["tree"]).search
    qtbot.keyClicks(other, "all lights off")
    qtbot.keyClick(other, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert other.text() == ""
    assert window.actions_by_id["labels"].isChecked() is labels
    loaded[0]()
    assert len(loaded) == 1
    assert window.findChildren(CommandPalette)[-1].field.text() == "all lights off"
    window.findChildren(CommandPalette)[-1].close()
    qtbot.keyClicks(other, "k")
    assert other.text() == "k"


def test_a_palette_that_cannot_load_gives_the_keyboard_back(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = Problem(code="package.missing", args={"package": "x"})
    monkeypatch.setattr(window.modules, "when", lambda _names, _then, failed=None: failed(problem))
    window.effects.palette()
    other = cast("TreePanel", window.parts["tree"]).search
    qtbot.keyClicks(other, "k")
    assert other.text() == "k"


def test_a_click_into_the_list_leaves_the_keyboard_to_the_field(palette: CommandPalette, qtbot: QtBot) -> None:
    palette.field.setText("xyzzy")
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton)
    assert palette.focusWidget() is palette.field


def test_all_lights_off_means_those_of_the_whole_building(palette: CommandPalette, api: FakeDesk, qtbot: QtBot) -> None:
    palette.field.setText("all lights off")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    lights = [one for one in api.twin.devices if one.kind == "light" and one.point("on_off")]
    said = [(what, how) for what, how in api.asked if what.startswith("command")]
    assert said
    assert all(str(point.id) in str(said) for one in lights if (point := one.point("on_off")))
    assert "'on'" not in str(said)


@pytest.mark.parametrize("activity", ["Gateways", "Alarms", "Trends"])
def test_a_page_of_the_activity_bar_is_found_first_by_its_title(palette: CommandPalette, activity: str) -> None:
    palette.field.setText(activity)
    assert shown(palette)[0] == activity


def test_nothing_found_is_said_and_enter_does_nothing(palette: CommandPalette, api: FakeDesk, qtbot: QtBot) -> None:
    before = list(api.asked)
    palette.field.setText("xyzzy")
    assert shown(palette) == ["Nothing found for “xyzzy”"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert api.asked == before
    palette.field.setText("kit")
    assert shown(palette)[0] == "Kitchen"


@pytest.mark.parametrize("needle", ["lamp on", "on", "floor lamp on", "lmap on"])
def test_on_never_finds_what_switches_off(needle: str) -> None:
    words, more = "Turn off Floor lamp", "On turn switch toggle London"
    assert matches(needle, words, more) == nearly(needle, words, more) == 0


@given(st.text(LETTERS, min_size=4, max_size=12), st.data())
def test_any_one_mistake_in_a_word_is_forgiven(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    other = data.draw(st.sampled_from(LETTERS))
    wrong = data.draw(
        st.sampled_from([
            word[:at] + other + word[at + 1 :],
            word[:at] + other + word[at:],
            word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
        ])
    )  # fmt: skip
    assert matches(wrong, word) or nearly(wrong, word)


def test_what_can_be_checked_is_switched_and_a_storey_is_gone_to(window: MainWindow) -> None:
    def do(title: str) -> None:
        found = entries(window.feed, window.trigger, lambda _: None, lambda _: None, lambda _: [])
        next(entry for entry in found if entry.text == title).do()

    before = window.actions_by_id["labels"].isChecked()
    do("Labels")
    assert window.actions_by_id["labels"].isChecked() is not before
    do("Labels")
    assert window.actions_by_id["labels"].isChecked() is before
    storey = window.feed.twin.storeys[-1]
    do(storey.name)
    assert window.feed.selection.state.storey == storey.id


def many(made: list[int]) -> Iterator[PaletteEntry]:
    for number in range(2000):
        made.append(number)
        yield PaletteEntry(f"Lamp {number}", "", "device", lambda: None)


def test_of_thousands_only_what_is_shown_is_made_at_once_and_the_rest_in_turns(
    window: MainWindow, qtbot: QtBot
) -> None:
    made: list[int] = []
    palette = CommandPalette(many(made), window, "")
    qtbot.addWidget(palette)
    assert len(made) == SHOWN == palette.list.count()
    qtbot.waitUntil(lambda: len(made) == 2000, timeout=60_000)
    palette.field.setText("lamp 1999")
    assert shown(palette) == ["Lamp 1999"]


def test_who_types_before_all_is_made_finds_all_of_it(window: MainWindow, qtbot: QtBot) -> None:
    palette = CommandPalette(many([]), window, "")
    qtbot.addWidget(palette)
    palette.field.setText("lamp 1999")
    qtbot.waitUntil(lambda: shown(palette) == ["Lamp 1999"], timeout=60_000)
    palette.field.setText("")
    assert shown(palette)[0] == "Lamp 0"


def test_enter_before_all_is_made_does_the_best_of_all(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(palette_dialog, "TURN_S", 0.0)
    done = list[str]()
    early = PaletteEntry("Zeppelin hall 7", "", "device", lambda: done.append("the hall"))
    late = PaletteEntry("Zeppelin 7", "", "device", lambda: done.append("the zeppelin"))
    palette = CommandPalette(chain([early], many([]), [late]), window, "")
    qtbot.addWidget(palette)
    palette.show()
    palette.field.setText("zeppelin 7")
    assert shown(palette) == ["Zeppelin hall 7"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == []
    qtbot.waitUntil(lambda: done == ["the zeppelin"], timeout=60_000)


def test_the_palette_sets_scenes_starts_automations_and_says_that_nobody_is_home(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    known = Definitions(
        scenes=(definition_of(Scene(id="night", title="Good night")), definition_of(Scene(id="off", title="Good off"))),
        automations=(definition_of(Automation(id="light", title="Good light")),),
    )
    off = replace(known.scenes[1], enabled=False)
    api.change(replace(api.twin, definitions=replace(known, scenes=(known.scenes[0], off))), "Define")
    live(window)
    for typed, at, asked in (
        ("good night", 0, ("set_scene", ("night",))),
        ("good light", 0, ("run_rule", ("light",))),
        ("away", 0, ("set_home_presence", ("away",))),
        ("asleep", 0, ("set_home_presence", ("asleep",))),
        ("presence of the home automatic", 0, ("set_home_presence", ("auto",))),
    ):
        window.effects.palette()
        palette = window.findChildren(CommandPalette)[-1]
        palette.field.setText(typed)
        assert "Good off" not in shown(palette)
        palette._do(at)
        live(window)
        assert asked in [(what, args) for what, args in api.asked]
