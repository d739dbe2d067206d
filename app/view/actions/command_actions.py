"""Command actions of the window: toggling on click, confirmation of risky commands, the device table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtWidgets import QFileDialog, QMainWindow

from app.i18n import sentence, tr
from app.view.command_log import LoggedCommand
from app.view.feed import Feed
from app.view.menu_entry import MenuEntry
from app.view.panel.panel_base import Panel
from app.view.panel.prompts import ask_user
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, PointId
from twin.model.kind import KINDS

if TYPE_CHECKING:
    from app.view.panel.devices import DevicesPanel

_NAMED = 5
"""Maximum number of devices that a confirmation question names."""


class CommandHost(Protocol):
    """The attributes and methods of the window that command actions use."""

    @property
    def feed(self) -> Feed: ...
    @property
    def main(self) -> QMainWindow: ...
    def with_panel(self, name: str, then: Callable[[Panel], object]) -> None: ...
    def show_panel(self, name: str, on: bool) -> None: ...
    def is_panel_shown(self, name: str) -> bool: ...
    def notify(self, text: str) -> None: ...


class CommandActions[S: CommandHost]:
    """Command actions; a mixin of `ActionEffects`."""

    host: S

    def devices(self, on: bool) -> None:
        """Shows or hides the table of all devices; when shown, its search field gets the focus."""
        self.host.show_panel("devices", on)
        if on:
            self.host.with_panel("devices", lambda panel: cast("DevicesPanel", panel).type_here())

    def find_devices(self, text: str) -> None:
        """Shows the device table filtered by this search text."""
        self.devices(on=True)
        self.host.with_panel("devices", lambda panel: cast("DevicesPanel", panel).search.setText(text))

    def save_devices(self, devices: Sequence[DeviceId]) -> None:
        """Asks for a file name and saves a CSV table of these devices."""
        path, _ = QFileDialog.getSaveFileName(self.host.main, tr("Save table"), "devices.csv", "CSV (*.csv)")
        if path:
            whole = path if path.lower().endswith(".csv") else path + ".csv"
            done = self.host.feed.api.export_devices(whole, devices)
            self.host.feed.when(done, lambda _: self.host.notify(tr("Saved {name}", name=Path(whole).name)))

    def commands(self, on: bool) -> None:
        """Shows or hides the command log panel."""
        self.host.show_panel("commands", on)

    def confirm(self, points: Sequence[Point], send: Callable[[], None]) -> None:
        """Asks for confirmation before unlocking doors or opening gates and valves; calls `send` if confirmed."""
        devices = self.host.feed.twin.device_of
        names = [devices[point.device].name for point in points[:_NAMED] if point.device in devices]
        more = f" … (+{len(points) - _NAMED})" if len(points) > _NAMED else ""
        locks = all(point.capability.id == "lock" for point in points)
        question = (
            tr("Unlock {name}?", name=", ".join(names) + more)
            if locks
            else tr("Open {name}?", name=", ".join(names) + more)
        )
        explanation = tr("It can let somebody in, or water or gas out.")
        ask_user(self.host.main, question, explanation, tr("Unlock") if locks else tr("Open"), send)

    def show_failure(self, failed: LoggedCommand) -> None:
        """Notifies the user that a command failed, unless the inspector shows its device and so the reason."""
        device = self.host.feed.twin.device_of.get(failed.point.device)
        seen = self.host.is_panel_shown("inspector") and self.host.feed.selection.state.devices == frozenset(
            (failed.point.device,)
        )
        if device is not None and not seen:
            self.host.notify(f"{device.name} · {tr('Not done: {reason}', reason=sentence(failed.reason))}")

    def click_device(self, id: str) -> None:
        """Selects the clicked device; toggles it too if its kind allows that, it is online, the present is shown and the
        click is no answer to a question."""
        device = self.host.feed.twin.device_of.get(DeviceId(id))
        if device is None:
            return
        asked = self.host.feed.pick.is_open
        self.host.feed.selection.pick_device(device.id)
        kind = KINDS.get(device.kind)
        if (
            not asked
            and kind is not None
            and kind.click_toggles
            and self.host.feed.past is None
            and self.host.feed.is_online(device.id)
        ):
            self._toggle(device)

    def _toggle(self, device: Device) -> None:
        points = [point for point in device.points_of("on_off") if point.writable]
        if points:
            shines = any(self.host.feed.value(point)[0] is True for point in points)
            self._all([point.id for point in points], "off" if shines else "on")

    def switches(self, devices: Sequence[Device]) -> list[MenuEntry]:
        """Menu entries that switch all lights on or off, and every other switchable kind off by its name."""
        by_kind: dict[str, list[PointId]] = {}
        for device in devices:
            points = [point.id for point in device.points_of("on_off") if point.writable]
            if points and device.kind in KINDS:
                group = "light" if KINDS[device.kind].click_toggles else device.kind
                by_kind.setdefault(group, []).extend(points)
        lights = by_kind.pop("light", [])
        entries: list[MenuEntry] = []
        if lights:
            entries.append((tr("Lights on"), "light", lambda: self._all(lights, "on")))
            entries.append((tr("Lights off"), "light", lambda: self._all(lights, "off")))
        for kind, points in by_kind.items():
            text = tr("Off: {kind}", kind=tr(KINDS[kind].title, about="kind"))
            entries.append((text, KINDS[kind].glyph, lambda points=points: self._all(points, "off")))
        return entries

    def _all(self, points: Sequence[PointId], verb: str) -> None:
        self.host.feed.order_many([(point, verb, None) for point in points])
