"""The switch of a device whose commands need a second person, and the text of a command that waits for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.safe_text import set_tip
from app.view.feed import Feed
from app.view.formatting import format_clock
from app.view.panel.prompts import ask_user
from app.view.site_clock import site_moment
from twin.model.command_approval import CommandApproval
from twin.model.device import Device
from twin.model.grant import ROLES, Grant

_LEAST_ROLE = ROLES.index("operator")
_METHOD = "require_approval"


def waiting_text(approval: CommandApproval) -> str:
    """What a command waits for, who sent it, and when it lapses (local time)."""
    return tr(
        "Waits: {name} asked for it, another person has to approve it by {time}",
        name=approval.asked_by,
        time=until(approval),
    )


def until(approval: CommandApproval) -> str:
    """Local time of day at which a command lapses."""
    return format_clock(site_moment(approval.until_ms), seconds=True)


class SecondPersonSwitch(QWidget):
    """Check box of one device: whether each command to it needs a second person; shows the state of the engine."""

    def __init__(self, feed: Feed, device: Device) -> None:
        super().__init__()
        self._feed, self._device = feed, device
        self.box = QCheckBox(tr("Commands need a second person"))
        self.box.clicked.connect(self._clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 0, 0)
        column.addWidget(self.box)
        self.refresh()

    def refresh(self) -> None:
        """Shows the state of the engine."""
        may = self._feed.api.may(_METHOD)
        self.box.setChecked(self._device.id in self._feed.sent.approvals.devices)
        self.box.setEnabled(may)
        tip = tr("Each command to this device waits until another person approves it")
        set_tip(self.box, tip if may else tr("Only installers and admins may change this"))

    def _clicked(self, on: bool) -> None:
        self.refresh()  # it changes when the engine has changed it
        switch_second_person(self.window(), self._feed, self._device, on)


def second_person_entries(window: QWidget, feed: Feed, device: Device) -> list[tuple[str, str, Callable[[], object]]]:
    """Menu entry that turns the need for a second person on or off; none for a device that takes no commands,
    nor for a role that may not change it."""
    if not any(point.writable for point in device.points) or not feed.api.may(_METHOD):
        return []
    on = device.id not in feed.sent.approvals.devices
    text = tr("Commands need a second person…") if on else tr("Commands need no second person any more")
    return [(text, "lock", lambda: switch_second_person(window, feed, device, on))]


def switch_second_person(window: QWidget, feed: Feed, device: Device, on: bool) -> None:
    """Sets whether commands to a device need a second person; before it is turned on, the user sees who could approve."""
    if not on:
        feed.when(feed.api.require_approval(device.id, False), lambda _: None)
        return

    def ask(names: Sequence[str] | None) -> None:
        ask_user(
            window,
            tr("Shall each command to {name} need a second person?", name=device.name),
            _explanation(names),
            tr("Turn on anyway") if names is not None and not names else tr("Turn on"),
            lambda: feed.when(feed.api.require_approval(device.id, True), lambda _: None),
        )

    def ask_grants(person: str) -> None:
        feed.when(
            feed.api.grants(),
            lambda grants: ask(approvers(feed, device, grants, person)),
            lambda _: ask(None),  # only admins see who has access
        )

    feed.when(feed.api.approvals(), lambda found: ask_grants(found.person))


def approvers(feed: Feed, device: Device, grants: Sequence[Grant], person: str) -> list[str]:
    """Names of the persons other than `person` who may command a device."""
    now_ms, twin = feed.api.now_ms(), feed.twin
    may = [
        grant
        for grant in grants
        if ROLES.index(grant.role) >= _LEAST_ROLE
        and not grant.expired(now_ms)
        and (not grant.scoped or device.room in grant.rooms_in(twin))
    ]
    me = person.casefold()
    names = [grant.name for grant in may if grant.name.casefold() != me]
    if any(grant.name.casefold() == me for grant in grants):  # attached from another machine
        names.append(tr("the user of the engine's own computer"))
    return names


def _explanation(names: Sequence[str] | None) -> str:
    """What the switch does and who could approve; `names` is None where that is not known."""
    does = tr("Every command to it, also one of a rule, then waits until another person approves it, or lapses.")
    if names is None:
        return f"{does} {tr('Whoever else may command this device can approve.')}"
    if names:
        return f"{does} {tr('Can approve: {names}.', names=', '.join(names))}"
    alone = tr(
        "Nobody else has access to this project, so nobody could approve, and every command would lapse. Give another"
        " person access first: File → Users."
    )
    return f"{does} {alone}"
