"""The rubber band: what it selects, what it leaves to the camera."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.view.scene.view import TwinView

_SHIFT, _CONTROL, _NONE = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.NoModifier,
)
_LEFT = Qt.MouseButton.LeftButton


def drag(view: TwinView, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier) -> None:
    widget = view.surface.widget()
    QTest.mousePress(widget, _LEFT, keys, start)
    QTest.mouseMove(widget, (start + end) / 2)
    QTest.mouseMove(widget, end)
    QTest.mouseRelease(widget, _LEFT, keys, end)


def everything(view: TwinView) -> set[str]:
    return {id for id, shown in zip(view.scene.placed.ids, view.scene.shown_devices(), strict=True) if shown}


def spot(view: TwinView, row: int) -> QPoint:
    x, y, _ = view.scene.device_pick.seen(view.scene.projections.at(view.width(), view.height()))[row]
    return QPoint(round(x), round(y))


def test_a_rectangle_with_shift_selects_the_shown_devices_inside_and_leaves_the_camera(view: TwinView) -> None:
    told: list[tuple[frozenset[str], bool]] = []
    view.devices_banded.connect(lambda ids, add: told.append((ids, add)))
    before = view.scene.pose
    drag(view, QPoint(2, 2), QPoint(view.width() - 3, view.height() - 3), _SHIFT)
    assert len(told) == 1
    assert told[0] == (frozenset(everything(view)), False)
    assert len(told[0][0]) > 3
    assert view.scene.pose == before


def test_ctrl_adds_and_a_small_rectangle_takes_only_its_own(view: TwinView) -> None:
    told: list[tuple[frozenset[str], bool]] = []
    view.devices_banded.connect(lambda ids, add: told.append((ids, add)))
    row = view.scene.placed.ids.index(next(iter(sorted(everything(view)))))
    at = spot(view, row)
    drag(view, at - QPoint(6, 6), at + QPoint(6, 6), _CONTROL)
    assert told[0][1]
    assert view.scene.placed.ids[row] in told[0][0]
    assert len(told[0][0]) < len(everything(view))


def test_a_plain_drag_still_turns_the_camera(view: TwinView) -> None:
    told: list[object] = []
    view.devices_banded.connect(lambda *_: told.append(1))
    before = view.scene.pose
    drag(view, QPoint(4, 4), QPoint(90, 60), _NONE)
    assert not told
    assert view.scene.pose != before


def test_a_click_with_ctrl_toggles_the_device_and_commands_nothing(view: TwinView) -> None:
    toggled: list[str] = []
    clicked: list[str] = []
    view.device_toggled.connect(toggled.append)
    view.device_clicked.connect(clicked.append)
    row = view.scene.placed.ids.index(next(iter(sorted(everything(view)))))
    QTest.mouseClick(view.surface.widget(), _LEFT, _CONTROL, spot(view, row))
    assert len(toggled) == 1
    assert not clicked


def test_the_tool_lets_plain_drags_select_until_esc(view: TwinView) -> None:
    told: list[object] = []
    left: list[str] = []
    view.devices_banded.connect(lambda *_: told.append(1))
    view.tool_left.connect(left.append)
    view.set_band(True)
    drag(view, QPoint(2, 2), QPoint(90, 60), _NONE)
    assert told
    QTest.keyClick(view.surface.widget(), Qt.Key.Key_Escape)
    assert left == ["band"]
    assert not view.band.tool
    assert view.hint.isHidden()


def test_esc_gives_a_rectangle_up_that_is_being_drawn(view: TwinView) -> None:
    told: list[object] = []
    view.devices_banded.connect(lambda *_: told.append(1))
    widget = view.surface.widget()
    QTest.mousePress(widget, _LEFT, _SHIFT, QPoint(2, 2))
    QTest.mouseMove(widget, QPoint(200, 200))
    QTest.keyClick(widget, Qt.Key.Key_Escape)
    QTest.mouseRelease(widget, _LEFT, _SHIFT, QPoint(200, 200))
    assert not told


def test_somebody_who_walks_may_run_with_shift(view: TwinView) -> None:
    told: list[object] = []
    view.devices_banded.connect(lambda *_: told.append(1))
    view.walk(True)
    drag(view, QPoint(2, 2), QPoint(300, 200), _SHIFT)
    assert not told
