"""Tray icon of an engine that works in the background: state, menu to open a window or stop recording, and notifications of
alarms while no window is open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from app.api import EngineApi
from app.i18n import tr
from app.inbox import Inbox
from app.selection import Selection
from app.settings import Settings
from app.stop_signals import handling
from app.view import style
from app.view.alarm_signals import AlarmSignals
from app.view.control.safe_text import one_line, set_tray_tip
from app.view.feed import Feed
from app.view.icon import pixmap
from twin.model.change import Change, DeviceOnline, ProblemRaised, ProblemsSolved, TwinChanged

GONE_MS = 60_000
"""Time in ms without an answer of the engine after which the icon is removed."""
TITLE_LETTERS = 40
ICON_PX = 64


def is_tray_there() -> bool:
    """Whether the desktop has a tray."""
    return QSystemTrayIcon.isSystemTrayAvailable()


class TrayIcon(QObject):
    """Shows the state of an engine; the menu calls `open_window` and `stop_engine`."""

    def __init__(
        self,
        api: EngineApi,
        inbox: Inbox,
        *,
        open_window: Callable[[], object],
        stop_engine: Callable[[], object],
        settings: Callable[[], Settings],
        is_window_open: Callable[[], bool],
    ) -> None:
        super().__init__()
        self.feed = Feed(api, inbox, Selection())
        self.signals = AlarmSignals(
            self.feed, settings(), self, is_window_open, beep=lambda: None, settings_now=settings
        )
        self.signals.clicked.connect(self._clicked)
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu()
        self.status = self.menu.addAction("")
        self.status.setEnabled(False)
        self.menu.addSeparator()
        self.open = self._entry(tr("Open Oikos"), open_window)
        self.end = self._entry(tr("Stop recording"), stop_engine)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self._open_window = open_window
        self._given_up = QTimer(self)
        self._given_up.setSingleShot(True)
        self._given_up.setInterval(GONE_MS)
        self._given_up.timeout.connect(QApplication.quit)
        self.feed.changed.connect(self._changed)
        self.feed.slow.connect(self._show_news)  # thousands of devices may go at once
        self._show()
        self.feed.start()
        self.icon.show()

    def _entry(self, text: str, do: Callable[[], object]) -> QAction:
        action = self.menu.addAction(text)
        action.triggered.connect(lambda: do())
        return action

    @property
    def is_gone(self) -> bool:
        """Whether the engine does not answer."""
        return any(problem.code == "engine.gone" for problem in self.feed.problems)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self._open_window()

    def _clicked(self) -> None:
        """A notification was clicked: queued to this thread, as the desktop's answer comes on another one."""
        self._open_window()

    def _changed(self, change: Change) -> None:
        self._stale |= isinstance(change, TwinChanged | DeviceOnline | ProblemRaised | ProblemsSolved)

    def _show_news(self) -> None:
        if self._stale:
            self._show()

    def _show(self) -> None:
        self._stale = False
        twin, gone = self.feed.twin, self.is_gone
        offline = sum(not self.feed.is_online(device.id) for device in twin.devices)
        if gone:
            said = tr("The engine does not answer")
        else:
            said = ", ".join((tr("%n devices", len(twin.devices)), *([tr("%n offline", offline)] if offline else ())))
        name = one_line(twin.name, TITLE_LETTERS) or "Oikos"
        self.status.setText(said)
        set_tray_tip(self.icon, f"{name}: {said}")
        theme = style.current_theme()
        self.icon.setIcon(pixmap("live", theme.muted if gone else theme.accent, ICON_PX, 1.0))
        self.end.setEnabled(not gone)
        if gone and not self._given_up.isActive():
            self._given_up.start()
        elif not gone:
            self._given_up.stop()

    def release(self) -> None:
        """Hides the icon and stops following the engine."""
        self.icon.hide()
        self.signals.close()
        self.feed.stop()
        self.menu.deleteLater()


def run(
    api: EngineApi,
    inbox: Inbox,
    *,
    open_window: Callable[[], object],
    stop_engine: Callable[[], object],
    settings: Callable[[], Settings],
    is_window_open: Callable[[], bool],
) -> int:
    """Shows the tray icon until the engine is gone; returns Qt's exit code, 0 at once without a tray."""
    app = QApplication.instance()
    if not isinstance(app, QApplication) or not is_tray_there():
        return 0
    app.setQuitOnLastWindowClosed(False)
    tray = TrayIcon(
        api, inbox, open_window=open_window, stop_engine=stop_engine, settings=settings, is_window_open=is_window_open
    )
    with handling(app.quit):
        code = app.exec()
    tray.release()
    return code
