"""What the tools for working with many things at once do; part of the effects."""

from __future__ import annotations

from typing import Protocol

from app.view.feed import Feed
from twin.model.ident import DeviceId


class Working(Protocol):
    """What these effects need of the 3D view."""

    def set_band(self, on: bool) -> None: ...
    def set_measure(self, on: bool) -> None: ...


class Stage(Protocol):
    """What these effects need of the window."""

    @property
    def scene(self) -> Working | None: ...
    @property
    def feed(self) -> Feed: ...
    def check(self, action: str, on: bool) -> None: ...


class Tools[S: Stage]:
    """Mixed into `Effects`, which has the stage."""

    stage: S

    def band(self, on: bool) -> None:
        """Drags select devices, or turn the camera."""
        if self.stage.scene:
            self.stage.scene.set_band(on)

    def measure(self, on: bool) -> None:
        """Clicks measure, or choose."""
        if self.stage.scene:
            self.stage.scene.set_measure(on)

    def tool_left(self, action: str) -> None:
        """The menu follows a tool that was put away."""
        self.stage.check(action, on=False)

    def pick_many(self, devices: frozenset[DeviceId], add: bool) -> None:
        """Selects what was inside a rectangle."""
        selection = self.stage.feed.selection
        selection.change(devices=selection.picked.devices | devices if add else devices, room=None)

    def pick_also(self, device: str) -> None:
        """Adds a device to the selection, or takes it out."""
        if DeviceId(device) in self.stage.feed.twin.device_of:
            self.stage.feed.selection.pick_device(DeviceId(device), add=True)
