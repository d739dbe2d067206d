"""Tools of the 3D view: only one is active at a time, and conflicting ones are closed."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from app.selection import Selection
from app.view.control.slots import taking
from app.view.scene.live.layers import Layers
from app.view.scene.overlay.key_hints import band_hint, measure_hint, section_hint, walk_hint
from app.view.scene.view_parts import ViewParts
from twin.model.ids import RoomId, StoreyId


class ViewTools(ViewParts):
    """The view with its tools: section box, rubber band, ruler, walk, and the height of the cut."""

    def __init__(
        self, selection: Selection, parent: QWidget | None = None, *, kind: str = "auto", layers: Layers | None = None
    ) -> None:
        super().__init__(selection, parent, kind=kind, layers=layers)
        self.cutbar.moved.connect(partial(self.cut, exact=False))
        self.cutbar.settled.connect(partial(self.cut, exact=True))
        self.section.moved.connect(self.governor.touch)
        self.first_person.changed.connect(self._walk_changed)
        self.first_person.storey_wanted.connect(taking(str, lambda storey: selection.change(storey=StoreyId(storey))))
        self.band.chosen.connect(self.devices_banded)
        self.band.toggled.connect(self.device_toggled)
        self.band.ended.connect(partial(self._tool_ended, "band"))
        self.measure.ended.connect(partial(self._tool_ended, "measure"))

    def set_section(self, on: bool) -> None:
        """Turns the section box with draggable faces on or off; off restores the cut."""
        if on == (self.section.box is not None) or not self.scene.twin.storeys:
            return
        self.first_person.leave(back=False)
        self._put_tools_away()
        self.set_exploded(False)
        if not on:
            self.section.close_box()
        self.camera_input.shift(self.scene.set_sectioned(on))
        self.flight.land()
        if on:
            self.section.open()
        self.overlay.shown.indoors = on
        self.hint.show_hint(section_hint if on else None)
        self._place_tools()
        self.camera_input.fit()
        self._refresh()

    def set_band(self, on: bool) -> None:
        """Turns rubber-band selection by plain drags on or off; Shift and Ctrl always work."""
        self._put_tools_away()
        self.band.tool = on
        self.hint.show_hint(band_hint if on else None)

    def set_measure(self, on: bool) -> None:
        """Turns distance measurement on or off; off discards the measured chain."""
        self._put_tools_away()
        if on and self.scene.twin.storeys:
            self._leave_section()
            self.first_person.leave(back=False)
            self.measure.start()
            self.hint.show_hint(measure_hint)
        elif on:
            self.tool_left.emit("measure")

    def set_exploded(self, on: bool) -> None:
        """Starts or ends the exploded view."""
        if on:
            self._leave_section()
        self.first_person.leave(back=False)
        self.camera_input.set_exploded(on)

    def walk(self, on: bool) -> None:
        """Enters first-person view in the selected room, else the largest in focus; or leaves it."""
        self._leave_section()
        if on and not self.first_person.active:
            room = self.scene.twin.room_of.get(self._selection.state.room or RoomId(""))
            if room is not None:
                self._selection.change(storey=room.storey)
            self.first_person.enter(room.id if room else None)
        elif not on:
            self.first_person.leave()

    def cut_by(self, metres: float) -> None:
        """Raises (or lowers, if negative) the cut by metres; ignored in first-person view."""
        if not self.first_person.active:
            self.cut(self.scene.storey_stack.cut_m + metres, exact=True)
            self._place_tools()

    def cut(self, height_m: float, *, exact: bool) -> None:
        """Cuts storeys at this height over their floors; approximately while it is changing."""
        self.camera_input.cut(height_m, exact=exact)
        self.overlay.update()

    def _leave_section(self) -> None:
        if self.section.box is not None:
            self.set_section(False)
            self.sectioned.emit(False)

    def _put_tools_away(self) -> None:
        """Closes rubber band and distance measurement, because other tools need the mouse."""
        if self.band.tool:
            self.band.tool = False
            self._tool_ended("band")
        if self.measure.on:
            self.measure.stop()
            self._tool_ended("measure")

    def _tool_ended(self, action: str) -> None:
        self.hint.show_hint(None)
        self.tool_left.emit(action)

    def _walk_changed(self, on: bool) -> None:
        self.overlay.shown.indoors = on
        self._put_tools_away()
        self.hint.show_hint(walk_hint if on else None)
        self._place_tools()
        self.walked.emit(on)
        self._refresh()

    def _place_tools(self) -> None:
        there = bool(self.scene.twin.storeys)
        self.north.setVisible(there)
        plain = not self.first_person.active and self.section.box is None
        self.cutbar.setVisible(there and plain and bool(self.scene.mesh.parts))
        self.cutbar.show_height(self.scene.storey_stack.cut_m, self.scene.storey_stack.most_cut())
        for tool in (self.north, self.cutbar, self.hint, self.section):
            tool.place()
