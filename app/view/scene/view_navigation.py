"""Navigation of the 3D view: camera side, storey, saved viewpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QBuffer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from app.selection import Selection
from app.view.scene.fine_picture import FinePicture
from app.view.scene.live.layers import Layers
from app.view.scene.sky.daylight_clock import SkyMode
from app.view.scene.tools.viewpoint import Viewpoint, seen
from app.view.scene.view_tools import ViewTools
from twin.model.ids import DeviceId, RoomId, StoreyId

_THUMBNAIL = (192, 120)


class ViewNavigation(ViewTools):
    """Navigation methods of the 3D view."""

    def __init__(
        self, selection: Selection, parent: QWidget | None = None, *, kind: str = "auto", layers: Layers | None = None
    ) -> None:
        super().__init__(selection, parent, kind=kind, layers=layers)
        self._fine: FinePicture | None = None
        self.north.clicked.connect(self.north_up)
        self.interaction.activated.connect(self._activate)
        self.interaction.crowd_clicked.connect(self.camera_input.approach)
        self.orbit_input.numbered.connect(self.viewpoint_wanted)
        self.orbit_input.turned.connect(self.camera_input.turn)
        self.orbit_input.slid.connect(self.camera_input.slide)
        self.orbit_input.zoomed.connect(self.camera_input.zoom)

    def fit(self) -> None:
        """Flies to the usual pose that shows everything in focus."""
        self.first_person.leave(back=False)
        self.camera_input.fit()

    def from_above(self) -> None:
        """Flies to the plan view, the longer side across the picture."""
        self.first_person.leave(back=False)
        self.camera_input.from_above()

    def fly_to(self, thing: str) -> None:
        """Flies to a device, room or storey by id."""
        self.first_person.leave(back=False)
        twin = self.scene.twin
        device = twin.device_of.get(DeviceId(thing))
        room = twin.room_of.get(RoomId(thing) if device is None else device.room or RoomId(""))
        if room is not None and not self.shows_storey(room.storey):
            self._selection.change(storey=room.storey)
        self.camera_input.fly_to(thing)

    def shows_storey(self, storey: StoreyId) -> bool:
        """Whether a storey's rooms are visible, not covered by storeys above."""
        building = self.scene.storey_stack
        return building.level_of(storey) in building.shown()

    def set_ghosts(self, on: bool) -> None:
        """Shows or hides the storeys around the one in focus as shells."""
        self.camera_input.set_ghosts(on)

    def set_parallel(self, on: bool) -> None:
        """Switches between parallel and perspective projection."""
        self.camera_input.set_parallel(on)

    def north_up(self) -> None:
        """Flies to a pose with true north up in the picture."""
        self.first_person.leave(back=False)
        self.camera_input.north_up()

    def viewpoint(self, name: str) -> Viewpoint:
        """The current viewpoint with a thumbnail, for saving."""
        small = self.picture(*_THUMBNAIL)
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        small.save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue]  # it takes words, not bytes
        return replace(self.here(name), thumbnail=buffer.data().toBase64().toStdString())

    def fine_picture(self, width: int, height: int, done: Callable[[QImage | None], None]) -> bool:
        """Makes a picture of print quality of the view as it stands now, in the background, and passes it to `done`, or
        None where its light was stopped. Returns False, and makes none, while another one is made.
        """
        if self._fine is not None and self._fine.is_running:
            return False
        self._fine = FinePicture(self, self, (width, height), done)
        self._fine.begin()
        return True

    def stop_fine_picture(self) -> bool:
        """Gives up the picture of print quality that is being made; returns whether there was one."""
        if self._fine is None or not self._fine.is_running:
            return False
        self._fine.stop()
        return True

    def here(self, name: str) -> Viewpoint:
        """The current viewpoint without a thumbnail."""
        return seen(self.scene, self._selection.state, self.first_person.walker, name)

    def visit(self, point: Viewpoint) -> None:
        """Shows a saved viewpoint: sets storey, cut and colours, then flies the camera."""
        self.first_person.leave(back=False)
        self._leave_section()
        storey = StoreyId(point.storey)
        known = storey if storey in self.scene.twin.storey_of else None
        self._selection.change(storey=known, colour_by=point.colour_by)
        self.set_ghosts(point.ghosts)
        self.set_exploded(point.exploded)
        self.cut(point.cut_m, exact=True)
        if point.walker is not None:
            self.first_person.stand(point.walker)
        else:
            self.camera_input.steered = True
            self.camera_input.fly(point.pose)
        self._place_tools()

    def set_sky(self, sky: str) -> None:
        """Sets the sky: `studio`, `auto` (sun by place and time), `day` or `night`."""
        self.daytime.choose(SkyMode(sky))

    def set_labels(self, on: bool) -> None:
        """Shows or hides the room pills."""
        self.overlay.shown.labels = on
        self.overlay.update()

    def _activate(self, thing: str) -> None:
        if DeviceId(thing) in self.scene.twin.device_of:
            self.device_activated.emit(thing)
        self.fly_to(thing)

    def come_back(self) -> None:
        """Fits everything into the view, unless the user chose the camera pose."""
        if not self.camera_input.steered:
            self.camera_input.fit()
