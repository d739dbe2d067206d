"""A device that may belong to several homes: its dialog shares it, and takes it out of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import zxingcpp
from fake_api import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton
from turns import run_turns

from app.label_reading import codes_in
from app.view.actions.sharing import sharing_entries
from app.view.label.label_picture import grey
from app.view.panel.sharing_sheet import SharingSheet
from app.view.window import MainWindow
from devices.contract import SharesDevices
from devices.protocol_registry import found_adapters
from twin.model.device_sharing import SHARING_PROTOCOLS
from twin.share.qr_code import qr_lines, qr_modules

TEXT = "MT:Y.K9042C00KA0648G00"


def opened(window: MainWindow, api: FakeDesk) -> SharingSheet:
    sheet = SharingSheet(window.feed, api.twin.devices[0], window)
    sheet.open()
    window.feed.tick()
    run_turns(window)
    return sheet


def test_the_code_for_another_home_can_be_scanned_and_typed(window: MainWindow, api: FakeDesk) -> None:
    sheet = opened(window, api)
    QTest.mouseClick(sheet.share, Qt.MouseButton.LeftButton)
    for _ in range(3):
        window.feed.tick()
        run_turns(window)
    assert codes_in(grey(sheet.code.pixmap().toImage())) == (TEXT,)
    assert sheet.code.height() >= sheet.code.pixmap().height(), "the margin of the code is a part of it"
    assert "3497-011-2332" in sheet.told.text()
    assert ("share_device", (api.twin.devices[0].id,)) in api.asked
    sheet.reject()


def test_a_text_that_is_longer_than_the_one_before_is_not_cut(window: MainWindow, api: FakeDesk) -> None:
    sheet = opened(window, api)
    sheet.software.setText("What is known of newer software is told in this sentence. " * 6)
    run_turns(window)
    assert sheet.software.height() >= sheet.software.heightForWidth(sheet.software.width())
    sheet.reject()


def test_the_device_is_taken_out_of_another_home_after_a_question_and_never_of_its_own(
    window: MainWindow, api: FakeDesk
) -> None:
    sheet = opened(window, api)
    assert set(sheet.leave) == {2}
    assert "1.2" in sheet.software.text()
    assert "1.3" in sheet.software.text()
    QTest.mouseClick(sheet.leave[2], Qt.MouseButton.LeftButton)
    question = next(one for one in sheet.findChildren(QDialog))
    yes = next(one for one in question.findChildren(QPushButton) if one.objectName() == "primary")
    QTest.mouseClick(yes, Qt.MouseButton.LeftButton)
    window.feed.tick()
    run_turns(window)
    assert sheet.leave == {}
    assert [one.index for one in api.homes] == [1]
    sheet.reject()


def test_only_devices_that_can_be_shared_have_the_entry(window: MainWindow, api: FakeDesk) -> None:
    device = api.twin.devices[0]
    link = next(one for one in api.twin.links if one.id == device.link)
    for protocol, many in (("mqtt", 0), ("matter", 1)):
        links = tuple(replace(one, protocol=protocol) if one.id == link.id else one for one in api.twin.links)
        window.feed.twin = replace(api.twin, links=links)
        assert len(sharing_entries(window, window.feed, device)) == many


def test_protocols_that_share_are_there() -> None:
    from devices.protocols.matter.matter_session import MatterSession

    assert found_adapters().adapters.keys() >= SHARING_PROTOCOLS
    assert issubclass(MatterSession, SharesDevices)


def test_a_terminal_shows_a_code_that_can_be_scanned() -> None:
    modules = qr_modules(TEXT)
    assert len(qr_lines(TEXT)) == (len(modules) + 1) // 2
    picture = np.kron(np.where(modules, 0, 255).astype(np.uint8), np.ones((4, 4), np.uint8))
    assert [one.text for one in zxingcpp.read_barcodes(picture)] == [TEXT]
