"""The Install page lets devices join a network, says who joins, and offers newer software without ever installing unasked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest
from fake_api import LINK, FakeDesk
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton
from turns import run_turns

from app.view.panel.discover import DiscoverPanel
from app.view.panel.joining import JoinCard, JoiningSection, countdown
from app.view.panel.software_sheet import SoftwareSheet
from app.view.window import MainWindow
from tests.english import plain, words
from twin.model.device_sharing import DeviceSoftware, SoftwareState, UpdateAct, UpdatePhase
from twin.model.joining import JoiningDevice, JoinNetwork, JoinRouter, JoinStage
from twin.model.problem import ProblemError

NETWORK = JoinNetwork(
    id="zigbee", name="zigbee", link=LINK.id, routers=(JoinRouter(address="0x1", name="Plug"), JoinRouter(address="0x2", name="Lamp"))
)  # fmt: skip
NEWER = SoftwareState(installed="1", newer="2", phase=UpdatePhase.AVAILABLE, acts=(UpdateAct.INSTALL, UpdateAct.CHECK))
BUSY = SoftwareState(
    installed="1", newer="2", phase=UpdatePhase.UPDATING, percent=40.0, remaining_s=90, acts=(UpdateAct.STOP,)
)


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    api.networks = (NETWORK,)
    made = make_window(api)
    made.show_activity("install")
    settled(made)
    return made


def settled(window: MainWindow) -> None:
    for _ in range(3):
        run_turns(window)
        window.feed.tick()


def section(window: MainWindow) -> JoiningSection:
    found = window.panel("install")
    assert isinstance(found, DiscoverPanel)
    return found.joining


def card(window: MainWindow) -> JoinCard:
    section(window).refresh()
    settled(window)
    (found,) = section(window).cards.values()
    return found


def click(button: QPushButton, window: MainWindow) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settled(window)


def confirm(parent: QDialog, window: MainWindow) -> None:
    question = next(one for one in parent.findChildren(QDialog))
    click(next(one for one in question.findChildren(QPushButton) if one.objectName() == "primary"), window)


def test_a_network_is_opened_by_one_router_for_a_time_counts_down_and_is_closed(
    window: MainWindow, api: FakeDesk
) -> None:
    one = card(window)
    one.through.setCurrentIndex(one.through.findData("0x2"))
    click(one.open, window)
    assert ("permit_join", (LINK.id, "zigbee", 120, "0x2")) in api.asked
    api.networks = (replace(NETWORK, is_open=True, ends_ms=api.now_ms() + 65_000, through="0x2"),)
    one = card(window)
    assert "1:05" in one.state.text()
    assert not one.through.isEnabled()
    click(one.open, window)
    assert [args[2] for what, args in api.asked if what == "permit_join"] == [120, 0]


def test_who_joins_is_told_with_the_reason_of_a_failure_and_a_ready_one_waits_for_its_room(
    window: MainWindow, api: FakeDesk
) -> None:
    device = next(one for one in api.twin.devices if one.link == LINK.id)
    window.feed.twin = replace(
        api.twin, devices=tuple(replace(one, room=None) if one.id == device.id else one for one in api.twin.devices)
    )
    ready = JoiningDevice(address="0x3", name="0x3", stage=JoinStage.READY, uid=device.uid, product="Acme A1")
    failed = JoiningDevice(address="0x4", name="0x4", stage=JoinStage.FAILED, reason=words("no answer"))
    api.networks = (replace(NETWORK, is_open=True, devices=(ready, failed)),)
    one = card(window)
    assert [row.stage.text() for row in one.rows] == ["ready", "failed"]
    assert "Acme A1" in one.rows[0].name.text()
    assert one.rows[1].reason.text() == "no answer"
    found = window.panel("install")
    assert isinstance(found, DiscoverPanel)
    assert device.id in found.fresh


def test_a_refusal_is_said_on_the_card(window: MainWindow, api: FakeDesk) -> None:
    answer: Future[None] = Future()
    answer.set_exception(ProblemError(plain("The bridge is off", "Start it", code="join.no_answer")))
    api.answers["permit_join"] = answer
    one = card(window)
    click(one.open, window)
    assert "The bridge is off" in one.reason.text()
    assert one.open.isEnabled()


def test_newer_software_is_offered_and_installed_only_after_a_yes(window: MainWindow, api: FakeDesk) -> None:
    device, other = api.twin.devices[:2]
    api.software = (DeviceSoftware(device=device.id, state=NEWER), DeviceSoftware(device=other.id, state=BUSY))
    section(window).refresh()
    settled(window)
    assert "2 devices have newer software" in section(window).newer.text()
    sheet = SoftwareSheet(window.feed, window)
    sheet.open()
    settled(window)
    assert list(sheet.cards) == [other.id, device.id], "what is under way comes first"
    assert sheet.cards[other.id].bar.value() == 400
    assert "2 minutes left" in sheet.cards[other.id].version.text()
    click(sheet.cards[device.id].buttons[UpdateAct.INSTALL], window)
    assert "change_software" not in [what for what, _ in api.asked], "it was updated unasked"
    confirm(sheet, window)
    assert ("change_software", (device.id, UpdateAct.INSTALL)) in api.asked
    sheet.search.setText("nothing is called so")
    assert sheet.cards == {}
    assert sheet.none.text() == "No device is called so."
    api.software = ()
    sheet.refresh()
    settled(window)
    assert sheet.none.text() == "No device here tells of its software."
    sheet.reject()


def test_the_buttons_of_a_device_fit_into_the_sheet(window: MainWindow, api: FakeDesk) -> None:
    most = replace(NEWER, acts=(UpdateAct.CHECK, UpdateAct.INSTALL, UpdateAct.SCHEDULE), takes_files=True)
    api.software = (DeviceSoftware(device=api.twin.devices[0].id, state=most),)
    sheet = SoftwareSheet(window.feed, window)
    sheet.open()
    settled(window)
    (card,) = sheet.cards.values()
    assert card.minimumSizeHint().width() < sheet.minimumWidth() - 60
    assert card.file.mapTo(card, card.file.rect().topRight()).x() < card.width()
    sheet.reject()


def test_newer_software_may_come_from_a_file_that_is_dropped_on_its_device_and_a_refusal_is_said(
    window: MainWindow, api: FakeDesk
) -> None:
    device, other = api.twin.devices[:2]
    takes = replace(NEWER, newer="", phase=UpdatePhase.UNKNOWN, acts=(UpdateAct.CHECK,), takes_files=True)
    api.software = (DeviceSoftware(device=device.id, state=takes), DeviceSoftware(device=other.id, state=BUSY))
    refused: Future[None] = Future()
    refused.set_exception(ProblemError(plain("The file is no image", "Choose another", code="matter.image.no_image")))
    api.answers["load_software"] = refused
    sheet = SoftwareSheet(window.feed, window)
    sheet.open()
    settled(window)
    card = sheet.cards[device.id]
    assert card.file.isVisible()
    assert not sheet.cards[other.id].file.isVisible(), "one that is updating takes none"
    dragged = QMimeData()
    dragged.setUrls([QUrl.fromLocalFile("/pictures/image.ota")])
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, dragged, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    card.dropEvent(drop)
    settled(window)
    assert ("load_software", (device.id, "/pictures/image.ota")) in api.asked
    assert "change_software" not in [what for what, _ in api.asked], "nothing is installed"
    assert "The file is no image" in card.reason.text()
    assert card.file.isEnabled()
    sheet.reject()


def test_a_countdown_has_minutes_and_seconds() -> None:
    assert [countdown(seconds) for seconds in (254, 60, 5.4, -3)] == ["4:14", "1:00", "0:05", "0:00"]


def test_a_device_that_is_ready_before_the_building_has_it_waits_for_its_room_as_soon_as_it_is_there(
    window: MainWindow, api: FakeDesk
) -> None:
    device = next(one for one in api.twin.devices if one.link == LINK.id)
    unplaced = tuple(replace(one, room=None) if one.id == device.id else one for one in api.twin.devices)
    window.feed.twin = replace(api.twin, devices=tuple(one for one in unplaced if one.id != device.id))
    ready = JoiningDevice(address="0x3", name="0x3", stage=JoinStage.READY, uid=device.uid, product="Acme A1")
    api.networks = (replace(NETWORK, is_open=True, devices=(ready,)),)
    card(window)
    found = window.panel("install")
    assert isinstance(found, DiscoverPanel)
    assert device.id not in found.fresh
    window.feed.twin = replace(api.twin, devices=unplaced)
    card(window)
    assert device.id in found.fresh


def test_who_may_not_see_networks_does_not_ask_for_them(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(api, "may", lambda method: method not in ("join_networks", "software_states"), raising=False)
    monkeypatch.setattr(api, "join_networks", lambda: asked.append("join_networks"))
    monkeypatch.setattr(api, "software_states", lambda: asked.append("software_states"))
    section(window).refresh()
    settled(window)
    assert asked == []
