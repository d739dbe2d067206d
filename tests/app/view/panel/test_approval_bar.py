"""A command that needs a second person: it waits visibly, another person decides, and the switch says who could."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_api import NOW_MS, FakeDesk, done
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QDialog, QLabel, QPushButton
from turns import run_turns

from app.actions import new_command
from app.view.control.base import Control
from app.view.i18n import set_language
from app.view.panel.approval_bar import SHOWN, ApprovalBar, ApprovalRow
from app.view.panel.inspector import InspectorPanel
from app.view.panel.second_person import SecondPersonSwitch, second_person_entries
from app.view.window import MainWindow
from twin.model.change import ApprovalsChanged, CommandUpdated
from twin.model.command import CommandResult, CommandState
from twin.model.command_approval import CommandApproval, CommandApprovals
from twin.model.device import Device
from twin.model.text import Text


def settle(window: MainWindow) -> None:
    for _ in range(3):
        run_turns(window)
        window.feed.tick()
    run_turns(window)


@pytest.fixture
def lock(window: MainWindow) -> Device:
    """A device that can be commanded."""
    return next(device for device in window.feed.twin.devices if (point := device.point("on_off")) and point.writable)


def approval(device: Device, id: int = 1, by: str = "Ada", verb: str = "on") -> CommandApproval:
    point = device.point("on_off")
    assert point is not None
    return CommandApproval(
        id=id, command=new_command(point.id, verb), device=device.id, asked_by=by, asked_ms=NOW_MS,
        until_ms=NOW_MS + 300_000,
    )  # fmt: skip


def publish(window: MainWindow, api: FakeDesk, *waiting: CommandApproval, devices: tuple[Device, ...] = ()) -> None:
    """As the engine would: the change, and the answer to who asks."""
    found = CommandApprovals(waiting=waiting, devices=tuple(one.id for one in devices))
    api.answers["approvals"] = done(replace(found, person="Ben"))
    api.inbox.put_change(ApprovalsChanged(found))
    settle(window)


def bar(window: MainWindow) -> ApprovalBar:
    found = window.panel("approvals")
    assert isinstance(found, ApprovalBar)
    return found


def rows(window: MainWindow) -> list[ApprovalRow]:
    return list(bar(window).rows.values())


def click(button: QPushButton, window: MainWindow) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(window)


def said(panel: ApprovalBar | Control) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel))


def test_nothing_is_shown_while_nothing_waits(window: MainWindow) -> None:
    assert not bar(window).isVisible()


@pytest.mark.parametrize("approve", [True, False])
def test_another_person_decides_in_the_bar(window: MainWindow, api: FakeDesk, lock: Device, approve: bool) -> None:
    publish(window, api, approval(lock))
    assert bar(window).isVisible()
    (shown,) = rows(window)
    assert "Ada" in said(bar(window))
    assert lock.name in said(bar(window))
    click(shown.approve if approve else shown.refuse, window)
    assert ("decide_command", (1, approve)) in api.asked
    assert not shown.approve.isEnabled(), "not twice"
    publish(window, api)
    assert not bar(window).isVisible()


def test_nobody_can_approve_an_own_command_and_the_button_says_why(
    window: MainWindow, api: FakeDesk, lock: Device
) -> None:
    publish(window, api, approval(lock, by="BEN"))
    (shown,) = rows(window)
    assert not shown.approve.isEnabled()
    assert "yourself" in shown.approve.toolTip()
    assert "yourself" in said(bar(window))
    assert shown.refuse.text() == "Take back"
    click(shown.refuse, window)
    assert ("decide_command", (1, False)) in api.asked


def test_a_row_keeps_its_place_while_the_mouse_is_over_the_bar(
    window: MainWindow, api: FakeDesk, lock: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = approval(lock, 1), approval(lock, 2, verb="off")
    publish(window, api, first, second)
    monkeypatch.setattr(bar(window).frame, "underMouse", lambda: True)
    publish(window, api, second)
    assert [(shown.approval.id, shown.approve.isEnabled()) for shown in rows(window)] == [(1, False), (2, True)]
    monkeypatch.setattr(bar(window).frame, "underMouse", lambda: False)
    publish(window, api, second)
    assert [shown.approval.id for shown in rows(window)] == [2]


def test_many_commands_leave_room_for_the_building(window: MainWindow, api: FakeDesk, lock: Device) -> None:
    many = [approval(lock, id) for id in range(1, 12)]
    publish(window, api, *many)
    assert [shown.approval.id for shown in rows(window)] == list(range(1, SHOWN + 1))
    assert bar(window).more.text() == "and 7 more"
    publish(window, api, *many[2:])
    assert [shown.approval.id for shown in rows(window)] == [3, 4, 5, 6]


def test_the_control_says_that_its_command_waits_and_not_that_the_device_is_asked(
    window: MainWindow, api: FakeDesk, lock: Device
) -> None:
    window.feed.selection.pick_device(lock.id)
    settle(window)
    inspector = window.panel("inspector")
    assert isinstance(inspector, InspectorPanel)
    control = next(one for one in inspector.findChildren(Control) if one.point == lock.point("on_off"))
    held = approval(lock)
    window.feed.sent.settle(CommandResult(command=held.command, state=CommandState.PENDING))
    settle(window)
    assert control.shown.pending
    publish(window, api, held)
    assert not control.shown.pending
    assert "another person has to approve it" in said(control)
    publish(window, api)
    assert control.shown.pending, "approved: now the device is asked"
    assert "another person" not in said(control)


def test_a_lapse_is_told_to_who_could_have_approved(window: MainWindow, api: FakeDesk, lock: Device) -> None:
    told: list[str] = []
    bar(window).told.connect(told.append)
    for held in (approval(lock, 1), approval(lock, 2, by="Ben")):
        publish(window, api, held)
        publish(window, api)
        reason = Text("reason.approval_lapsed", minutes=5)
        api.inbox.put_change(
            CommandUpdated(CommandResult(command=held.command, state=CommandState.FAILED, reason=reason))
        )
        settle(window)
    assert len(told) == 1, "the sender is told by its own command"
    assert "within 5 minutes" in told[0]


def test_the_switch_of_a_device_says_who_could_approve(window: MainWindow, api: FakeDesk, lock: Device) -> None:
    api.answers["approvals"] = done(CommandApprovals(person="Ben"))

    def asked() -> tuple[QDialog, str]:
        window.feed.selection.pick_room(None)
        window.feed.selection.pick_device(lock.id)
        settle(window)
        box = next(one for one in window.panel("inspector").findChildren(QCheckBox) if one.isVisible())
        box.click()
        settle(window)
        assert not box.isChecked(), "not before the engine has done it"
        (dialog,) = [one for one in window.findChildren(QDialog) if one.isVisible()]
        return dialog, "\n".join(label.text() for label in dialog.findChildren(QLabel))

    dialog, text = asked()
    assert "Nobody else has access" in text
    dialog.reject()
    settle(window)
    assert not [one for one in api.asked if one[0] == "require_approval"]
    api.add_grant("Vera", "viewer")
    api.add_grant("Olga", "operator")
    api.add_grant("Gone", "operator", expires_ms=1)
    dialog, text = asked()
    assert "Can approve: Olga." in text
    dialog.accept()
    settle(window)
    assert ("require_approval", (lock.id, True)) in api.asked
    publish(window, api, devices=(lock,))
    box = next(one for one in window.panel("inspector").findChildren(QCheckBox) if one.isVisible())
    assert box.isChecked()
    ((text, _, off),) = second_person_entries(window, window.feed, lock)
    assert "no second person" in text
    off()
    assert ("require_approval", (lock.id, False)) in api.asked


def test_the_bar_speaks_chinese(window: MainWindow, api: FakeDesk, lock: Device) -> None:
    publish(window, api, approval(lock))
    set_language("zh_CN")
    try:
        bar(window).retranslate()
        assert [rows(window)[0].approve.text(), rows(window)[0].refuse.text()] == ["批准", "拒绝"]
    finally:
        set_language("en")


def test_who_may_not_set_the_switch_finds_it_disabled_with_the_reason(
    window: MainWindow, api: FakeDesk, lock: Device
) -> None:
    switch = SecondPersonSwitch(window.feed, lock)
    assert switch.box.isEnabled()
    assert "another person approves" in switch.box.toolTip()
    api.forbidden = {"require_approval"}
    switch.refresh()
    assert not switch.box.isEnabled()
    assert switch.box.toolTip() == "Only installers and admins may change this"
    assert second_person_entries(window, window.feed, lock) == []
    switch.deleteLater()
