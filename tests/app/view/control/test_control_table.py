"""Controls show what devices said and ask for what users want."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_api import FakeDesk, device
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.actions import new_command
from app.i18n import sentence, tr
from app.view.control.base import Control, ControlState
from app.view.control.choice_controls import ColourControl, rgb_from_xy, xy_from_rgb
from app.view.control.control_table import WIDGETS, control_for
from app.view.control.numeric_controls import SetpointControl
from app.view.i18n import set_language
from app.view.window import MainWindow
from tests.english import words
from twin.model.capability import CAPABILITIES, ROWS
from twin.model.command import CommandState
from twin.model.device import Point, PointInfo
from twin.model.ids import DeviceId, PointId
from twin.model.observation import Quality, Value

type Live = Callable[..., None]


def point(capability: str, **more: object) -> Point:
    """A writable point of a capability."""
    info = PointInfo(key=capability, capability=capability, **({"writable": True} | more))  # type: ignore[arg-type]
    return Point(id=PointId("p"), device=DeviceId("d"), info=info)


def control(qtbot: QtBot, p: Point, value: Value) -> tuple[Control, list[tuple[str, object]]]:
    """The control of a point showing a value, and what it asks for."""
    made = control_for(p)
    qtbot.addWidget(made)
    asked: list[tuple[str, object]] = []
    made.asked.connect(lambda verb, wanted: asked.append((verb, wanted)))
    made.show()
    made.show_state(ControlState(value=value, time_ms=1, now_ms=2))
    return made, asked


def test_every_control_word_of_the_capability_table_has_its_widget() -> None:
    assert {row.control for row in ROWS} <= set(WIDGETS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
@pytest.mark.parametrize("writable", [True, False])
def test_every_capability_can_be_shown_with_and_without_a_value(app: object, row: object, writable: bool) -> None:
    made = control_for(point(row.id, writable=writable))  # type: ignore[attr-defined]
    for value in (None, True, 3.5, "word", (0.3, 0.3)):
        made.show_state(ControlState(value=value if made.point.capability.type != "number" or value == 3.5 else None))
    assert made.accessibleName()
    made.deleteLater()


def test_a_click_on_a_switch_asks_and_the_knob_waits_for_the_device(app: object, qtbot: QtBot) -> None:
    made, asked = control(qtbot, point("on_off"), False)
    qtbot.mouseClick(made.toggle, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    assert asked == [("on", None)]
    assert not made.toggle.isChecked()  # type: ignore[attr-defined]
    made.show_state(ControlState(value=False, pending=True))
    assert made.spinner.busy
    assert not made.toggle.isChecked()  # type: ignore[attr-defined]
    made.show_state(ControlState(value=True))
    assert made.toggle.isChecked()  # type: ignore[attr-defined]
    assert not made.spinner.busy


def test_a_failed_command_says_why_and_goes_back(app: object, qtbot: QtBot) -> None:
    made, _ = control(qtbot, point("level"), 40.0)
    made.slider.setValue(80)  # type: ignore[attr-defined]
    made.show_state(ControlState(value=40.0, pending=True))
    assert made.slider.value() == 80  # type: ignore[attr-defined]
    assert made.note.text() == "40 % → 80 %"
    made.show_state(ControlState(value=40.0, reason=words("it did not answer")))
    assert made.slider.value() == 40  # type: ignore[attr-defined]
    assert made.reason.text() == "Not done: it did not answer"
    assert made.reason.isVisible()


def test_an_offline_device_takes_no_command_and_says_since_when(app: object, qtbot: QtBot) -> None:
    made, _ = control(qtbot, point("on_off"), True)
    made.show_state(ControlState(value=True, quality=8, time_ms=1, now_ms=14 * 60_000 + 1, online=False))  # type: ignore[arg-type]
    assert not made.toggle.isEnabled()  # type: ignore[attr-defined]
    assert made.note.text() == "On · last seen 14 min ago"


def test_a_switch_that_does_not_know_stands_in_the_middle_and_says_so(app: object, qtbot: QtBot) -> None:
    made, asked = control(qtbot, point("on_off"), True)
    made.show_state(ControlState(value=None, quality=Quality.BAD))
    assert not made.toggle.is_known  # type: ignore[attr-defined]
    assert made.note.text() == "Unknown"
    qtbot.mouseClick(made.toggle, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    assert asked == [("on", None)]
    made.show_state(ControlState(value=False))
    assert made.toggle.is_known  # type: ignore[attr-defined]


def test_a_value_that_was_only_repeated_says_so_beside_it(app: object, qtbot: QtBot) -> None:
    made, _ = control(qtbot, point("on_off"), True)
    made.show_state(ControlState(value=True, quality=Quality.UNCERTAIN, time_ms=1, now_ms=2))
    assert made.note.text() == "On · from memory"
    assert made.toggle.isEnabled()  # type: ignore[attr-defined]
    made.show_state(ControlState(value=True, quality=Quality.STALE, time_ms=1, now_ms=14 * 60_000 + 1))
    assert made.note.text() == "On · last seen 14 min ago", "an online device that has not said this again"


def test_the_past_takes_no_command(app: object, qtbot: QtBot) -> None:
    made, _ = control(qtbot, point("setpoint_heat"), 21.0)
    made.show_state(ControlState(value=20.0, live=False))
    assert not made.more.isEnabled()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("shown", "said"),
    [(ControlState(value=True, live=False), "past"), (ControlState(value=True, online=False), "offline")],
)
def test_a_dead_switch_says_why(app: object, qtbot: QtBot, shown: ControlState, said: str) -> None:
    made, _ = control(qtbot, point("on_off"), True)
    made.show_state(shown)
    assert said in made.toggle.toolTip()  # type: ignore[attr-defined]
    made.show_state(ControlState(value=True))
    assert made.toggle.isEnabled()  # type: ignore[attr-defined]
    assert not made.toggle.toolTip()  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("capability", ["setpoint_heat", "setpoint_cool", "setpoint_humidity"])
def test_what_a_setpoint_sets_is_never_cut_off(app: object, qtbot: QtBot, language: str, capability: str) -> None:
    set_language(language)
    made, _ = control(qtbot, point(capability), 21.0)
    made.show()
    for width in range(400, 199, -3):  # the panel is made narrower by its user
        made.resize(width, made.heightForWidth(width) if made.hasHeightForWidth() else 80)
        QApplication.processEvents()
        assert made.title.width() >= made.title.fontMetrics().horizontalAdvance(tr(made.point.title))
        assert made.isAncestorOf(made.more)
        assert made.rect().contains(made.more.mapTo(made, made.more.rect().bottomRight()))


def test_what_a_setpoint_sets_is_not_cut_off_by_a_note_beside_it(app: object, qtbot: QtBot) -> None:
    made, _ = control(qtbot, point("setpoint_heat"), 21.0)
    made.show()
    made.note.setText("now 21.0 °C")
    for width in range(400, 259, -3):
        made.resize(width, 80)
        QApplication.processEvents()
        assert made.title.width() >= made.title.fontMetrics().horizontalAdvance(tr(made.point.title))


def test_a_setpoint_steps_by_half_degrees_and_stops_at_its_end(app: object, qtbot: QtBot) -> None:
    made, asked = control(qtbot, point("setpoint_heat", maximum=22.0), 21.0)
    for _ in range(4):
        made.more.click()  # type: ignore[attr-defined]
    assert [value for _, value in asked] == [21.5, 22.0, 22.0, 22.0]
    assert made.target.text() == "22.0 °C"  # type: ignore[attr-defined]


def test_a_cover_opens_stops_and_closes(app: object, qtbot: QtBot) -> None:
    made, asked = control(qtbot, point("position"), 40.0)
    for button in made.buttons:  # type: ignore[attr-defined]
        button.click()
    assert asked == [("open", None), ("stop", None), ("close", None)]


def test_a_lock_offers_what_it_is_not_and_both_where_it_does_not_say(app: object, qtbot: QtBot) -> None:
    made, asked = control(qtbot, point("lock"), "locked")
    buttons = made.buttons  # type: ignore[attr-defined]
    assert [verb for verb, button in buttons.items() if button.isVisible()] == ["unlock"]
    buttons["unlock"].click()
    made.show_state(ControlState(value="unlocked"))
    assert [verb for verb, button in buttons.items() if button.isVisible()] == ["lock"]
    buttons["lock"].click()
    made.show_state(ControlState(value=None))
    assert all(button.isVisible() for button in buttons.values())
    assert asked == [("unlock", None), ("lock", None)]


def test_a_choice_offers_the_points_own_words(app: object, qtbot: QtBot) -> None:
    made, asked = control(qtbot, point("hvac_mode", options=("eco", "fan_only")), "eco")
    actions = made._menu.actions()  # type: ignore[attr-defined]
    assert [action.text() for action in actions] == ["Eco", "Fan only"]
    actions[1].trigger()
    assert asked == [("set", "fan_only")]


def test_a_colour_is_asked_for_as_chromaticity(app: object, qtbot: QtBot) -> None:
    made, asked = control(qtbot, point("color"), (0.3127, 0.329))
    assert isinstance(made, ColourControl)
    made.strength.setValue(100)
    made.hue.setValue(120)
    verb, value = asked[-1]
    assert verb == "set"
    assert isinstance(value, tuple)
    assert value == pytest.approx((0.30, 0.60), abs=0.02)


def test_media_shows_pause_while_it_plays(app: object, qtbot: QtBot) -> None:
    made, asked = control(qtbot, point("media_state"), "playing")
    assert made.buttons["pause"].isVisible()  # type: ignore[attr-defined]
    assert not made.buttons["play"].isVisible()  # type: ignore[attr-defined]
    made.buttons["next"].click()  # type: ignore[attr-defined]
    assert asked == [("next", None)]


@given(st.floats(0.02, 1), st.floats(0.02, 1), st.floats(0.02, 1))
def test_colour_to_chromaticity_and_back_keeps_the_hue(red: float, green: float, blue: float) -> None:
    top = max(red, green, blue)
    back = rgb_from_xy(xy_from_rgb(red, green, blue))

    # brightness is not part of a chromaticity: compare in linear light
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    want = [linear(part) / linear(top) for part in (red, green, blue)]
    assert [linear(part) for part in back] == pytest.approx(want, abs=0.01)


def pending(window: MainWindow, point: PointId) -> bool:
    """Whether the window shows that something asked of the point has not come about yet."""
    fate = window.feed.command_statuses.get(point)
    return fate is not None and fate.state is CommandState.PENDING


def test_in_the_window_a_command_is_pending_until_the_report_and_then_confirmed(
    window: MainWindow, api: FakeDesk, live: Live
) -> None:
    api.prompt = False
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    switch = lamp.points[0].id
    window.feed.order(switch, "off")
    assert pending(window, switch)
    window.feed.tick()
    assert window.feed.value(lamp.points[0])[0] is True
    api.end(api.open_commands[0])
    window.feed.tick()
    assert window.feed.command_statuses.get(switch) is None
    assert window.feed.value(lamp.points[0])[0] is False


def test_in_the_window_a_failed_command_keeps_its_reason(window: MainWindow, api: FakeDesk) -> None:
    api.prompt = False
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    window.feed.order(lamp.points[0].id, "off")
    api.end(api.open_commands[0], CommandState.FAILED, "no answer within 10 s")
    window.feed.tick()
    fate = window.feed.command_statuses.get(lamp.points[0].id)
    assert fate is not None
    assert sentence(fate.reason) == "no answer within 10 s"


def test_in_the_window_the_first_of_two_commands_that_is_confirmed_leaves_the_second_pending(
    window: MainWindow, api: FakeDesk, live: Live
) -> None:
    api.prompt = False
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    switch = lamp.points[0].id
    window.feed.order(switch, "on")
    window.feed.order(switch, "off")
    first, second = api.open_commands
    api.end(first)
    window.feed.tick()
    assert pending(window, switch)
    assert [gesture.pending for gesture in window.feed.commands] == [1, 0]
    api.end(second, CommandState.FAILED, "no answer within 10 s")
    window.feed.tick()
    fate = window.feed.command_statuses.get(switch)
    assert fate is not None
    assert fate.state is CommandState.FAILED
    window.feed.order(switch, "off")
    assert pending(window, switch)
    api.end(api.open_commands[0])
    window.feed.tick()
    assert window.feed.command_statuses.get(switch) is None


def test_in_the_window_an_older_command_that_fails_late_does_not_speak_for_the_newer_one(
    window: MainWindow, api: FakeDesk
) -> None:
    api.prompt = False
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    switch = lamp.points[0].id
    window.feed.order(switch, "on")
    window.feed.order(switch, "off")
    older, newer = api.open_commands
    api.end(newer)
    window.feed.tick()
    assert pending(window, switch)
    api.end(older, CommandState.FAILED, "no answer within 10 s")
    window.feed.tick()
    assert window.feed.command_statuses.get(switch) is None
    assert [len(gesture.failed) for gesture in window.feed.commands] == [0, 1]


def test_in_the_window_a_command_of_somebody_else_is_pending_too_and_the_log_says_whose_it_is(
    window: MainWindow, api: FakeDesk, live: Live
) -> None:
    api.prompt = False
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    api.send([new_command(lamp.points[0].id, "off", sender="rule:Night")])
    window.effects.commands(True)
    live(window)
    assert pending(window, lamp.points[0].id)
    assert "by rule:Night" in [label.text() for label in window.parts["commands"].findChildren(QLabel)]
    api.end(api.open_commands[0])
    live(window)
    assert window.feed.command_statuses.get(lamp.points[0].id) is None
    assert [gesture.pending for gesture in window.feed.commands] == [0]


def test_one_gesture_commands_many_devices(window: MainWindow, api: FakeDesk, live: Live) -> None:
    lamps = [d for name in ("Ceiling light", "Kitchen light", "Bedroom light") if (d := api.twin.find_device(name))]
    window.feed.selection.change(devices=frozenset(d.id for d in lamps))
    live(window)
    switches = [c for c in window.parts["inspector"].findChildren(Control) if c.point.capability.id == "on_off"]
    assert len(switches) == 1
    switches[0].toggle.click()  # type: ignore[attr-defined]
    sent = [args for what, args in api.asked if what == "command"]
    assert {args[0] for args in sent} == {d.point("on_off").id for d in lamps}  # type: ignore[union-attr]


def test_a_device_of_the_home_has_a_control_for_every_point(window: MainWindow, api: FakeDesk, live: Live) -> None:
    for one in api.twin.devices:
        window.feed.selection.pick_device(one.id)
        shown = {c.point.capability.id for c in window.parts["inspector"].findChildren(Control) if not c.isHidden()}
        assert {p.capability.id for p in one.points} <= shown
    assert CAPABILITIES["on_off"]
    assert device("X", "lamp", "", ("on_off",)).kind == "lamp"


def test_a_raw_number_that_can_be_set_is_set_by_its_own_steps_and_shows_its_unit(app: object, qtbot: QtBot) -> None:
    span = {"unit": "min", "minimum": 0.0, "maximum": 60.0, "step": 5.0}
    made, asked = control(qtbot, point("raw_number", **span), 20.0)
    assert isinstance(made, SetpointControl)
    assert made.target.text() == "20 min"
    qtbot.mouseClick(made.more, Qt.MouseButton.LeftButton)
    assert asked == [("set", 25.0)]
    assert not isinstance(control(qtbot, point("raw_number", writable=False, **span), 20.0)[0], SetpointControl)


def test_a_command_that_nothing_can_confirm_says_so(app: object, qtbot: QtBot) -> None:
    made, _ = control(qtbot, point("on_off"), False)
    made.show_state(ControlState(value=None, sent=True))
    assert made.unsure.isVisible()
    assert not made.reason.isVisible(), "nothing went wrong"
    made.show_state(ControlState(value=None))
    assert not made.unsure.isVisible()
