"""Controls for booleans, locks, buttons and events."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from app.i18n import tr
from app.view.control.base import Control
from app.view.control.widgets import StatusDot, ToggleSwitch
from app.view.formatting import format_age, format_value
from twin.model.capability import Group
from twin.model.observation import Value


class SwitchControl(Control):
    """On and off. A raw point nobody may command is only shown."""

    def build(self) -> None:
        """Toggle at the right of the title."""
        self.toggle = ToggleSwitch()
        self.toggle.setAccessibleName(tr(self.point.title))
        self.toggle.clicked.connect(self._clicked)
        self.head.addWidget(self.toggle)

    def commandable(self) -> tuple[QWidget, ...]:
        """The toggle."""
        return (self.toggle,)

    def show_value(self, value: Value) -> None:
        """Moves the knob."""
        self.toggle.setChecked(bool(value))
        self.toggle.set_known(value is not None)

    def pending_changed(self, pending: bool) -> None:
        """The knob waits in the middle."""
        self.toggle.set_pending(pending)

    def _clicked(self) -> None:
        wanted = not bool(self.shown.value)
        if "set" in self.point.capability.verbs or not self.point.capability.verbs:
            self.ask("set", wanted)
        else:
            self.ask("on" if wanted else "off")


class BinaryStateControl(Control):
    """A truth that can only be read: word and mark. An alarm that is true is red."""

    def build(self) -> None:
        """A mark before the word."""
        self.mark = StatusDot("offline")
        self.head.insertWidget(self.head.count() - 1, self.mark)

    def show_value(self, value: Value) -> None:
        """Colours the mark."""
        alarming = self.point.capability.group is Group.ALARM or self.point.capability.id == "battery_low"
        if value is None:
            self.mark.set_tone("offline")
        elif alarming:
            self.mark.set_tone("error" if value else "good")
        else:
            self.mark.set_tone("accent" if value else "offline")


class LockControl(Control):
    """Locked or not, and a button for what is not so already; both where the lock does not say."""

    def build(self) -> None:
        """The buttons stand at the right."""
        self.buttons = {"lock": QPushButton(tr("Lock it")), "unlock": QPushButton(tr("Unlock"))}
        for verb, button in self.buttons.items():
            button.setAccessibleName(button.text())
            button.clicked.connect(lambda _=False, verb=verb: self.ask(verb))
            self.head.addWidget(button)

    def commandable(self) -> tuple[QWidget, ...]:
        """The buttons."""
        return tuple(self.buttons.values())

    def show_value(self, value: Value) -> None:
        """Offers what would change something."""
        self.buttons["lock"].setVisible(value != "locked")
        self.buttons["unlock"].setVisible(value != "unlocked")


class ButtonControl(Control):
    """Something to be done once: identify."""

    def build(self) -> None:
        """The button stands at the right."""
        row = self.point.capability
        self.verb = row.verbs[0] if row.verbs else "set"
        self.button = QPushButton(tr("Blink") if row.id == "identify" else tr(row.title))
        self.button.setAccessibleName(tr(self.point.title))
        self.button.clicked.connect(self._clicked)
        self.head.addWidget(self.button)

    def _clicked(self) -> None:
        self.ask(self.verb)

    def commandable(self) -> tuple[QWidget, ...]:
        """The button."""
        return (self.button,)

    def note_text(self) -> str:
        """A button has no value."""
        return ""


class EventControl(Control):
    """What happened last and how long ago."""

    def note_text(self) -> str:
        """The last press and its age."""
        if self.shown.value is None or not self.shown.time_ms:
            return tr("not yet pressed")
        return f"{format_value(self.point, self.shown.value)} · {format_age(self.shown.time_ms, self.shown.now_ms)}"
