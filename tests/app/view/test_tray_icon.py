"""The icon of an engine in the background: what it says of the engine, and what its menu does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fake_api import NOW_MS, FakeDesk
from PySide6.QtWidgets import QApplication

from app.settings import ALARM_NOTIFICATION, Settings
from app.view.feed import SLOW_FRAMES
from app.view.tray_icon import TrayIcon
from tests.english import words
from twin.model.alarm import AlarmStatus
from twin.model.change import AlarmsChanged, DeviceOnline, ProblemRaised, ProblemsSolved
from twin.model.problem import Problem

SMOKE = AlarmStatus(id="smoke", title=words("Smoke"), phase="unack", priority=1, since_ms=NOW_MS, raised_ms=NOW_MS)


def beat(tray: TrayIcon) -> None:
    """As many frames as texts wait for."""
    for _ in range(SLOW_FRAMES):
        tray.feed.tick()


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def open_windows() -> list[str]:
    return []


def rung(tray: TrayIcon, api: FakeDesk, *alarms: AlarmStatus, whole: bool = False) -> None:
    """Alarms come, and the time has passed in which they are gathered."""
    api.inbox.put_change(AlarmsChanged(alarms, (), whole))
    beat(tray)
    tray.signals.signal()


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def tray(
    app: QApplication, api: FakeDesk, done: list[str], shown: list[str], open_windows: list[str], settings: Settings
) -> Iterator[TrayIcon]:
    made = TrayIcon(
        api,
        api.inbox,
        open_window=lambda: done.append("open"),
        stop_engine=lambda: done.append("stop"),
        settings=lambda: settings,
        is_window_open=lambda: bool(open_windows),
    )
    made.signals.notifications.send = lambda asked: shown.append(asked.title)  # type: ignore[method-assign]
    made.feed._timer.stop()
    beat(made)
    yield made
    made.release()


def test_it_says_how_many_devices_there_are_and_how_many_are_away(tray: TrayIcon, api: FakeDesk) -> None:
    said = tray.icon.toolTip()
    assert f"{len(api.twin.devices)} devices, 1 offline" in said
    assert api.twin.name in said or said.startswith("Oikos")


def test_many_devices_that_go_at_once_are_counted_once(
    tray: TrayIcon, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    is_online = tray.feed.is_online
    monkeypatch.setattr(tray.feed, "is_online", lambda device: counted.append(device) or is_online(device))
    many = len(api.twin.devices)
    for n, device in enumerate(api.twin.devices):
        api.inbox.put_change(DeviceOnline(device.id, online=False, time_ms=n))
    beat(tray)
    assert f"{many} offline" in tray.icon.toolTip()
    assert len(counted) <= many


def test_its_menu_opens_a_window_and_ends_the_engine(tray: TrayIcon, done: list[str]) -> None:
    tray.open.trigger()
    tray.end.trigger()
    assert done == ["open", "stop"]


def test_an_engine_that_is_gone_is_said_so_until_it_is_back(tray: TrayIcon, api: FakeDesk) -> None:
    gone = Problem(code="engine.gone", retry=True)
    api.inbox.put_change(ProblemRaised(gone))
    beat(tray)
    assert "does not answer" in tray.icon.toolTip()
    assert not tray.end.isEnabled()
    assert tray._given_up.isActive(), "it goes, too, where the engine does not come back"
    api.inbox.put_change(ProblemsSolved((gone,)))
    beat(tray)
    assert "devices" in tray.icon.toolTip()
    assert not tray._given_up.isActive()


def test_an_alarm_is_told_to_the_desktop_while_no_window_is_open(
    tray: TrayIcon, api: FakeDesk, shown: list[str], done: list[str]
) -> None:
    rung(tray, api, whole=True)
    rung(tray, api, SMOKE)
    assert len(shown) == 1
    rung(tray, api, SMOKE)
    assert len(shown) == 1, "it is told once"
    tray.signals.clicked.emit()
    assert done == ["open"]


def test_a_window_that_is_open_tells_it_alone(
    tray: TrayIcon, api: FakeDesk, shown: list[str], open_windows: list[str]
) -> None:
    open_windows.append("window")
    rung(tray, api, whole=True)
    rung(tray, api, SMOKE)
    assert shown == []


def test_the_setting_of_notifications_holds_as_a_window_last_changed_it(
    tray: TrayIcon, api: FakeDesk, shown: list[str], settings: Settings
) -> None:
    rung(tray, api, whole=True)
    settings.values[ALARM_NOTIFICATION] = False
    rung(tray, api, SMOKE)
    assert shown == []
    settings.values[ALARM_NOTIFICATION] = True
    rung(tray, api, replace(SMOKE, id="again"))
    assert len(shown) == 1
