"""One click never does harm: what it switches, what asks first, what can be put back, and what failed by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from fake_api import device as made
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.view.device_commands import offered_commands
from app.view.icon import device_glyph
from app.view.panel.palette import CommandPalette
from app.view.panel.palette_entries import entries, point_entries
from app.view.window import MainWindow
from twin.model.batch import Batch
from twin.model.command import CommandState, asks_first, refusal, undoing
from twin.model.device import Device, Point, PointInfo
from twin.model.ids import DeviceId, PointId
from twin.model.kind import KINDS
from twin.model.observation import Value


def with_devices(api: FakeDesk, *more: Device) -> None:
    """The test home with some devices more, all of them online and known."""
    api.change(replace(api.twin, devices=(*api.twin.devices, *more)))


def sent(api: FakeDesk) -> list[tuple[object, ...]]:
    """The commands that reached the engine."""
    return [args for what, args in api.asked if what == "command"]


def question(window: MainWindow) -> QDialog | None:
    """The dialog that waits for an answer."""
    return next((d for d in window.findChildren(QDialog) if d.isVisible()), None)


def answer(window: MainWindow, qtbot: QtBot, text: str) -> None:
    """Presses one of its buttons."""
    dialog = question(window)
    assert dialog is not None
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_click_switches_lamps_and_only_selects_every_other_kind(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], kind: str
) -> None:
    thing = made("Thing", kind, "Kitchen", ("on_off", "position", "valve", "lock", "setpoint_heat"))
    with_devices(api, thing)
    live(window)
    window.effects.click_device(thing.id)
    assert window.feed.selection.state.devices == {thing.id}
    assert bool(sent(api)) == (kind in ("light", "lamp"))


def test_a_room_offers_its_lights_apart_from_what_else_can_be_switched(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    fridge, lamp = made("Fridge", "plug", "Kitchen", ("on_off", "power")), made("Spot", "lamp", "Kitchen", ("on_off",))
    with_devices(api, fridge, lamp)
    live(window)
    room = fridge.room
    assert room is not None
    offers = {text: do for text, _, do in window.effects._entries("room", room)}
    offers["Lights off"]()
    switched = {point for point, _, _ in sent(api)}
    assert lamp.points[0].id in switched
    assert fridge.points[0].id not in switched
    offers["Off: Plug"]()
    assert fridge.points[0].id in {point for point, _, _ in sent(api)}


@pytest.mark.parametrize(
    ("kind", "capability", "verb", "value", "asks"),
    [
        ("lock", "lock", "unlock", None, True),
        ("lock", "lock", "unlatch", None, True),
        ("lock", "lock", "lock", None, False),
        ("garage_door", "position", "open", None, True),
        ("garage_door", "position", "set", 30.0, True),
        ("garage_door", "position", "close", None, False),
        ("valve", "valve", "open", None, True),
        ("valve", "valve", "set", 0.0, False),
        ("cover", "position", "open", None, False),
        ("radiator", "valve", "open", None, False),
        ("light", "on_off", "on", None, False),
    ],
)
def test_what_opens_the_house_or_a_pipe_is_asked_first(
    kind: str, capability: str, verb: str, value: Value, asks: bool
) -> None:
    point = Point(id=PointId("p"), device=DeviceId("d"), info=PointInfo(key=capability, capability=capability))
    assert asks_first(kind, point, verb, value) is asks


@pytest.mark.parametrize(("answered", "commands"), [("Unlock", 1), ("Cancel", 0)])
def test_unlocking_waits_for_an_answer_from_wherever_it_was_asked(
    window: MainWindow, api: FakeDesk, qtbot: QtBot, live: Callable[..., None], answered: str, commands: int
) -> None:
    lock = made("Front door", "lock", "Hall", ("lock",))
    with_devices(api, lock)
    live(window)
    window.feed.order(lock.points[0].id, "unlock")
    assert sent(api) == []
    answer(window, qtbot, answered)
    assert len(sent(api)) == commands


def test_without_anybody_to_ask_nothing_is_unlocked(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    lock = made("Front door", "lock", "Hall", ("lock",))
    with_devices(api, lock)
    live(window)
    window.feed.confirm = None
    window.feed.order(lock.points[0].id, "unlock")
    assert sent(api) == []


def test_a_command_in_the_log_puts_the_former_value_back(
    window: MainWindow, api: FakeDesk, qtbot: QtBot, live: Callable[..., None]
) -> None:
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    window.feed.order(lamp.points[0].id, "off")
    window.effects.commands(True)
    live(window)
    panel = window.parts["commands"]
    back = [b for b in panel.findChildren(QPushButton) if b.text() == "Put back" and b.isVisible()]
    assert len(back) == 1
    qtbot.mouseClick(back[0], Qt.MouseButton.LeftButton)
    assert sent(api)[-1] == (lamp.points[0].id, "on", None)


def test_what_a_command_cannot_bring_back_is_not_offered() -> None:
    def point(capability: str) -> Point:
        return Point(id=PointId("p"), device=DeviceId("d"), info=PointInfo(key=capability, capability=capability))

    assert undoing(point("on_off"), "on", None) is None
    assert undoing(point("on_off"), "toggle", True) == ("on", None)
    assert undoing(point("level"), "set", 40.0) == ("set", 40.0)
    assert undoing(point("position"), "stop", 40.0) is None
    assert undoing(point("lock"), "lock", "unlocked") == ("unlock", None)
    assert undoing(point("identify"), "identify", "x") is None


@pytest.mark.parametrize("selected", [True, False])
def test_a_command_that_fails_is_told_where_no_inspector_shows_its_device(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], *, selected: bool
) -> None:
    lamp, other = [d for d in api.twin.devices if d.kind == "light" and d.point("on_off")][:2]
    window.feed.selection.pick_device((lamp if selected else other).id)
    live(window)
    api.prompt = False
    window.feed.order(lamp.points[0].id, "off")
    assert not window.toast.isVisible()
    api.end(api.open_commands[0], CommandState.FAILED, "no report")
    live(window)
    assert window.toast.isVisible() is not selected
    assert selected or lamp.name in window.toast.label.text()


def test_the_failed_ones_of_many_are_named_in_the_log(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    lamps = [d for d in api.twin.devices if d.kind == "light" and d.point("on_off")][:3]
    orders = [(lamp.points[0].id, "off", None) for lamp in lamps]
    api.prompt = False
    window.feed.order_many(orders)
    for command in api.open_commands[:2]:
        api.end(command)
    live(window)
    assert not window.feed.problems
    api.end(api.open_commands[0], CommandState.FAILED, "no report")
    live(window)
    assert [problem.code for problem in window.feed.problems] == ["commands.not_confirmed"]
    gesture = next(iter(window.feed.commands))
    assert [one.point.device for one in gesture.failed] == [lamps[-1].id]
    assert len(gesture.undoing()) == len([one for one in gesture.commands if one.before is not None])


@pytest.mark.parametrize(
    ("value", "icon"),
    [
        ("locked", "lock"),
        ("unlocked", "unlock"),
        ("jammed", "unlock"),
        ("unknown", "lock_unknown"),
        (None, "lock_unknown"),
    ],
)
def test_a_padlock_is_closed_only_where_the_lock_says_so(value: Value, icon: str) -> None:
    assert device_glyph("lock", value) == icon


@pytest.mark.parametrize(
    ("typed", "first", "verb"),
    [
        ("unlock", "Unlock Back door", "unlock"),
        ("lock back door", "Lock Back door", "lock"),
        ("open the north blind", "Open North blind", "open"),
        ("stop north blind", "Stop North blind", "stop"),
        ("close water", "Close Water", "close"),
    ],
)
def test_the_palette_commands_locks_blinds_and_valves_and_what_lets_in_asks_first(
    window: MainWindow, api: FakeDesk, qtbot: QtBot, live: Callable[..., None], typed: str, first: str, verb: str
) -> None:
    home = [one for one in api.twin.devices if one.kind not in ("lock", "cover")]
    doors = made("Back door", "lock", "Hall", ("lock",)), made("North blind", "cover", "Kitchen", ("position",))
    api.change(replace(api.twin, devices=(*home, *doors, made("Water", "valve", "Kitchen", ("valve",)))))
    live(window)
    window.effects.palette()
    palette = window.findChildren(CommandPalette)[-1]
    palette.field.setText(typed)
    assert palette.list.item(0).text() == first
    palette._do(0)
    if verb == "unlock":
        assert sent(api) == []
        answer(window, qtbot, "Unlock")
    assert [args[1] for args in sent(api)] == [verb]


@given(st.sampled_from(sorted(KINDS)), st.booleans())
def test_every_command_that_is_offered_for_a_device_is_one_that_its_point_takes(kind: str, writable: bool) -> None:
    thing = made("Thing", kind, "Kitchen", ("on_off", "lock", "position", "valve", "temperature"))
    points = tuple(replace(point, info=replace(point.info, writable=writable)) for point in thing.points)
    thing = replace(thing, points=points)
    for one in offered_commands(thing):
        point = next(point for point in points if point.id == one.point)
        assert refusal(point, one.verb, None) is None
        assert thing.name in one.sentence
    assert bool([*offered_commands(thing)]) == writable


GANGS = ("left", "right")


def two_gangs(kind: str = "light") -> Device:
    """A device with two switches of its own."""
    thing = made("Hall", kind, "Kitchen", ())
    infos = (PointInfo(key=gang, capability="on_off", label=gang, writable=True) for gang in GANGS)
    points = tuple(Point(id=PointId(f"{thing.id}.{one.key}"), device=thing.id, info=one) for one in infos)
    return replace(thing, points=points)


def test_each_gang_of_a_switch_is_offered_by_its_name() -> None:
    offered = [(one.label, one.sentence) for one in offered_commands(two_gangs())]
    assert offered == [
        ("On · left", "Turn on Hall · left"), ("Off · left", "Turn off Hall · left"),
        ("On · right", "Turn on Hall · right"), ("Off · right", "Turn off Hall · right"),
    ]  # fmt: skip


def test_lights_off_and_a_click_command_every_gang(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    hall = two_gangs()
    gangs = {point.id for point in hall.points}
    with_devices(api, hall)
    live(window)
    offers = {text: do for text, _, do in window.effects.switches((hall,))}
    offers["Lights off"]()
    assert {args[:2] for args in sent(api)} == {(gang, "off") for gang in gangs}
    window.effects.click_device(hall.id)
    assert {args[:2] for args in sent(api)[2:]} == {(gang, "on") for gang in gangs}


def test_in_the_past_no_menu_and_no_palette_commands_anything_and_the_window_says_why(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    live(window)
    window.feed._past.state = window.feed.live
    window.feed.order(lamp.points[0].id, "off")
    window.feed.order_many([(lamp.points[0].id, "on", None)])
    assert sent(api) == []
    assert any("This is the past" in label.text() for label in window.toast.findChildren(QLabel))
    window.feed._past.state = None
    window.feed.order(lamp.points[0].id, "off")
    assert len(sent(api)) == 1


@pytest.mark.parametrize(("value", "glyph"), [("locked", "lock"), ("unlocked", "unlock"), (None, "lock_unknown")])
def test_the_palette_shows_a_lock_as_it_is(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], value: Value, glyph: str
) -> None:
    lock = made("Back door", "lock", "Hall", ("lock",))
    with_devices(api, lock)
    if value is not None:
        api.inbox.put(Batch.of([api.report(lock.points[0], value, api.clock_ms)]))
    live(window)
    found = entries(window.feed, window.trigger, lambda _: None, lambda _: None, lambda _: [])
    assert next(entry for entry in found if entry.text == "Back door").icon == glyph
    assert next(e for e in point_entries(window.feed, print) if e.text.startswith("Back door")).icon == glyph
