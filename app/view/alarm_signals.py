"""Sound and desktop notification at alarms that wait for an acknowledgement."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from app.desktop_notification import DesktopNotification, NotificationService
from app.i18n import sentence, tr, translate
from app.settings import ALARM_NOTIFICATION, ALARM_SOUND, Settings
from app.view.control.safe_text import one_line
from app.view.feed import Feed
from app.view.icon import pixmap
from app.view.style import current_theme
from twin.model.alarm import AlarmStatus, listed
from twin.model.change import AlarmsChanged, Change

AGAIN_MS = 10_000
"""Time in ms after which the sound of an alarm of priority 1 is repeated until it is acknowledged or silenced."""
GATHER_MS = 1000
"""Alarms of this time in ms make one sound and one notification."""
LETTERS = 160
_CRITICAL = 1
_ICON_PX = 64


class AlarmSignals(QObject):
    """Follows the alarms: a sound at grave ones, repeated for those of priority 1, and a notification of the desktop
    while the window is not in front. Alarms that were there when the project was opened are not new; those raised while
    the engine could not be reached are."""

    clicked = Signal()
    """The user clicked on a notification; may be emitted on another thread."""
    sounding = Signal(bool)
    """Whether the sound is being repeated."""

    def __init__(
        self,
        feed: Feed,
        settings: Settings,
        parent: QObject,
        is_in_front: Callable[[], bool],
        beep: Callable[[], object] = QApplication.beep,
        settings_now: Callable[[], Settings] | None = None,
    ) -> None:
        super().__init__(parent)
        self._feed, self._settings, self._is_in_front, self._beep = feed, settings, is_in_front, beep
        self._settings_now = settings_now or (lambda: settings)
        """The settings in force; another process may have changed them."""
        self.notifications = _notifications(self)
        self._calling: dict[str, AlarmStatus] = {}
        """Alarms that wait, by id."""
        self._new: dict[str, AlarmStatus] = {}
        """Alarms that began to wait since the last signal, by id."""
        self._silenced = False
        self._listed = False
        """Whether the alarms that were there when the project was opened are known."""
        self._gather, self._again = QTimer(self), QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHER_MS)
        self._gather.timeout.connect(self.signal)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._repeat)
        feed.changed.connect(self._follow)
        feed.project_left.connect(self._forget)

    def close(self) -> None:
        """Ends sound and notifications."""
        self._forget()
        self.notifications.close()

    def silence(self) -> None:
        """Ends the repeated sound until another alarm comes."""
        self._silenced = True
        self._update_repeat()

    def _follow(self, change: Change) -> None:
        if not isinstance(change, AlarmsChanged):
            return
        calling = {one.id: one for one in listed(self._feed.alarms) if one.standing and one.needs_ack}
        if self._listed or not change.whole:
            self._new |= {id: one for id, one in calling.items() if _is_new(one, self._calling.get(id))}
        self._listed |= change.whole
        self._new = {id: one for id, one in self._new.items() if id in calling}
        self._calling = calling
        if self._new and not self._gather.isActive():
            self._gather.start()
        self._update_repeat()

    def signal(self) -> None:
        """Sounds and notifies because of the alarms that are new."""
        new, self._new = list(self._new.values()), {}
        if not new:
            return
        if any(self._sounds(one) for one in new):
            self._silenced = False
            self._beep()
        self._update_repeat()
        if not self._is_in_front() and self._settings_now()[ALARM_NOTIFICATION]:
            self.notifications.send(notification(new))

    def _sounds(self, alarm: AlarmStatus) -> bool:
        kind = self._settings[ALARM_SOUND]
        return kind == "all" or (kind == "urgent" and alarm.grave)

    def _update_repeat(self) -> None:
        urgent = any(one.priority == _CRITICAL and self._sounds(one) for one in self._calling.values())
        on = urgent and not self._silenced
        if on is self._again.isActive():
            return
        self._again.start() if on else self._again.stop()
        self.sounding.emit(on)

    def _repeat(self) -> None:
        """Sounds again while the setting allows it."""
        self._update_repeat()
        if self._again.isActive():
            self._beep()

    def _forget(self) -> None:
        self._calling, self._new, self._silenced, self._listed = {}, {}, False, False
        self._gather.stop()
        self._update_repeat()


def _is_new(one: AlarmStatus, before: AlarmStatus | None) -> bool:
    """Whether an alarm that waits did not wait before, or was raised once more since."""
    return before is None or one.raised_ms != before.raised_ms


def notification(new: list[AlarmStatus]) -> DesktopNotification:
    """The notification of alarms that came together: the first one in full and the number of the others."""
    first = new[0]
    title = f"{sentence(first.title)} · {translate(f'alarm.priority.{first.priority}')}"
    parts = [sentence(first.what_to_do)] if first.what_to_do is not None else []
    if len(new) > 1:
        parts.append(tr("%n more alarms", len(new) - 1))
    urgent = first.priority == _CRITICAL
    return DesktopNotification(
        one_line(title, LETTERS), one_line(" · ".join(parts), LETTERS), tr("Open Oikos"), urgent=urgent
    )


class TrayNotifications:
    """Notifications of the tray, where the platform has no notification service of its own."""

    def __init__(self, signals: AlarmSignals) -> None:
        self._signals = signals
        self._icon: QSystemTrayIcon | None = None

    def send(self, asked: DesktopNotification) -> None:
        """Shows a notification; nothing happens without a tray."""
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._icon is None:
            self._icon = QSystemTrayIcon(pixmap("alarm", current_theme().accent, _ICON_PX, 1.0), self._signals)
            self._icon.messageClicked.connect(self._signals.clicked)
            self._icon.show()
        self._icon.showMessage(asked.title, asked.text)

    def close(self) -> None:
        """Hides the icon."""
        if self._icon is not None:
            self._icon.hide()


def _notifications(signals: AlarmSignals) -> NotificationService | TrayNotifications:
    if NotificationService.is_supported():
        return NotificationService(signals.clicked.emit)
    return TrayNotifications(signals)
