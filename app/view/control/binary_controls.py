"""Controls for booleans, locks, buttons and events."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from app.i18n import point_title, tr
from app.view.control.base import Control
from app.view.control.widgets import StatusDot, ToggleSwitch
from app.view.formatting import format_age, format_value
from twin.model.capability import Group
from twin.model.observation import Value


class SwitchControl(Control):
    """Toggle switch for an on/off point; disabled if the point is not writable."""

    def build(self) -> None:
        """Adds the toggle at the right of the title."""
        self.toggle = ToggleSwitch()
        self.toggle.setAccessibleName(point_title(self.point.title))
        self.toggle.clicked.connect(self._clicked)
        self.head.addWidget(self.toggle)

    def commandable(self) -> tuple[QWidget, ...]:
        """The toggle switch."""
        return (self.toggle,)

    def show_value(self, value: Value) -> None:
        """Sets the toggle to the reported value; None shows it as unknown."""
        self.toggle.setChecked(bool(value))
        self.toggle.set_known(value is not None)

    def pending_changed(self, pending: bool) -> None:
        """Shows the knob in the middle while a command is pending."""
        self.toggle.set_pending(pending)

    def _clicked(self) -> None:
        wanted = not bool(self.shown.value)
        if "set" in self.point.capability.verbs or not self.point.capability.verbs:
            self.ask("set", wanted)
        else:
            self.ask("on" if wanted else "off")


class BinaryStateControl(Control):
    """Read-only boolean as a word and a coloured dot; an alarm that is true is red."""

    def build(self) -> None:
        """Adds the dot before the word."""
        self.mark = StatusDot("offline")
        self.head.insertWidget(self.head.count() - 1, self.mark)

    def show_value(self, value: Value) -> None:
        """Sets the colour of the dot from the value."""
        alarming = self.point.capability.group is Group.ALARM or self.point.capability.id == "battery_low"
        if value is None:
            self.mark.set_tone("offline")
        elif alarming:
            self.mark.set_tone("error" if value else "good")
        else:
            self.mark.set_tone("accent" if value else "offline")


class LockControl(Control):
    """State of a lock with buttons to lock and unlock; both are shown if the state is unknown."""

    def build(self) -> None:
        """Adds the buttons at the right of the title."""
        self.buttons = {"lock": QPushButton(tr("Lock it")), "unlock": QPushButton(tr("Unlock"))}
        for verb, button in self.buttons.items():
            button.setAccessibleName(button.text())
            button.clicked.connect(lambda _=False, verb=verb: self.ask(verb))
            self.head.addWidget(button)

    def commandable(self) -> tuple[QWidget, ...]:
        """The lock and unlock buttons."""
        return tuple(self.buttons.values())

    def show_value(self, value: Value) -> None:
        """Hides the button whose state the lock already has."""
        self.buttons["lock"].setVisible(value != "locked")
        self.buttons["unlock"].setVisible(value != "unlocked")


class ButtonControl(Control):
    """Button for a one-time command, for example identify."""

    def build(self) -> None:
        """Adds the button at the right of the title."""
        row = self.point.capability
        self.verb = row.verbs[0] if row.verbs else "set"
        self.button = QPushButton(tr("Blink") if row.id == "identify" else tr(row.title))
        self.button.setAccessibleName(point_title(self.point.title))
        self.button.clicked.connect(self._clicked)
        self.head.addWidget(self.button)

    def _clicked(self) -> None:
        self.ask(self.verb)

    def commandable(self) -> tuple[QWidget, ...]:
        """The button."""
        return (self.button,)

    def note_text(self) -> str:
        """Empty: a button has no value."""
        return ""


class EventControl(Control):
    """Shows the last event of a button and its age."""

    def note_text(self) -> str:
        """The last event and its age as text."""
        if self.shown.value is None or not self.shown.time_ms:
            return tr("not yet pressed")
        return f"{format_value(self.point, self.shown.value)} · {format_age(self.shown.time_ms, self.shown.now_ms)}"
