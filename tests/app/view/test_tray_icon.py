"""The icon of an engine in the background: what it says of the engine, and what its menu does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake_api import FakeDesk
from PySide6.QtWidgets import QApplication

from app.view.tray_icon import TrayIcon
from twin.model.change import ProblemRaised, ProblemsSolved
from twin.model.problem import Problem


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def tray(app: QApplication, api: FakeDesk, done: list[str]) -> Iterator[TrayIcon]:
    made = TrayIcon(api, api.inbox, open_window=lambda: done.append("open"), stop_engine=lambda: done.append("stop"))
    made.feed._timer.stop()
    made.feed.tick()
    yield made
    made.release()


def test_it_says_how_many_devices_there_are_and_how_many_are_away(tray: TrayIcon, api: FakeDesk) -> None:
    said = tray.icon.toolTip()
    assert f"{len(api.twin.devices)} devices, 1 offline" in said
    assert api.twin.name in said or said.startswith("Oikos")


def test_its_menu_opens_a_window_and_ends_the_engine(tray: TrayIcon, done: list[str]) -> None:
    tray.open.trigger()
    tray.end.trigger()
    assert done == ["open", "stop"]


def test_an_engine_that_is_gone_is_said_so_until_it_is_back(tray: TrayIcon, api: FakeDesk) -> None:
    gone = Problem(code="engine.gone", retry=True)
    api.inbox.tell(ProblemRaised(gone))
    tray.feed.tick()
    assert "does not answer" in tray.icon.toolTip()
    assert not tray.end.isEnabled()
    assert tray._given_up.isActive(), "it goes, too, where the engine does not come back"
    api.inbox.tell(ProblemsSolved((gone,)))
    tray.feed.tick()
    assert "devices" in tray.icon.toolTip()
    assert not tray._given_up.isActive()
