"""Tooltip of a device: room, values, online state and time last seen."""

from __future__ import annotations

import math

from PySide6.QtCore import QDateTime

from app.i18n import point_title, tr
from app.view.formatting import format_age, format_time, format_value
from app.view.scene.data.comparison import signed
from app.view.scene.overlay.tooltip_card import TooltipCard
from app.view.scene.scene import Scene
from twin.model.capability import ValueType
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, RoomId
from twin.model.kind import KINDS
from twin.model.observation import Quality, StringTable, decode
from twin.model.state import State

_MOST = 4
"""Maximum number of values on a card."""


class DeviceTooltip:
    """Formats the displayed state; the view keeps `state` and `strings` up to date."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.state: State | None = None
        self.strings = StringTable()

    def tooltip(self, id: str, moment_ms: int | None = None) -> TooltipCard | None:
        """The card of a device at a moment, UTC ms (None: now); None where there is no such device."""
        device = self._scene.twin.device_of.get(DeviceId(id))
        if device is None:
            return None
        kind = KINDS.get(device.kind)
        room = self._scene.twin.room_of.get(device.room or RoomId(""))
        where = (tr(kind.title, about="kind") if kind else "", room.title if room else "")
        online = self._scene.is_online(device.id)
        row = self._scene.placed.row_of.get(device.id)
        alarm = online and row is not None and row in self._scene.appearance.alarms
        return TooltipCard(
            device.name,
            " · ".join(part for part in where if part),
            self._values(device),
            self._state(device, QDateTime.currentMSecsSinceEpoch(), online=online)
            if moment_ms is None
            else tr("As it was: {moment}", moment=format_time(moment_ms)),
            "error" if alarm else "good" if online else "offline",
        )

    def _state(self, device: Device, now_ms: int, *, online: bool) -> str:
        state, last = self.state, 0
        if state is not None:
            rows = [row for point in device.points if (row := state.index(point.id)) is not None and state.time_ms[row]]
            spoke = [row for row in rows if state.quality[row] != Quality.UNCERTAIN]
            last = max((int(state.time_ms[row]) for row in spoke), default=0)
            if online and rows and not spoke:
                return tr("from memory")
        if online:
            return f"{tr('Online')} · {format_age(last, now_ms)}" if last else tr("Online")
        return f"{tr('Offline')} · {tr('last seen {ago}', ago=format_age(last, now_ms)) if last else tr('never seen')}"

    def _values(self, device: Device) -> tuple[tuple[str, str], ...]:
        if self.state is None:
            return ()
        found: list[tuple[str, str]] = []
        main = KINDS.get(device.kind, KINDS["device"]).primary
        for point in sorted(device.points, key=lambda point: point.info.capability != main):
            row = self.state.index(point.id)
            if row is None or self.state.quality[row] >= Quality.OFFLINE:
                continue
            text = format_value(point, decode(point, float(self.state.value[row]), self.strings))
            changed = self._changed(point, row, self.state)
            found.append((point_title(point.title), f"{text}{f'  ({changed})' if changed else ''}"))
        return tuple(found[:_MOST])

    def _changed(self, point: Point, row: int, state: State) -> str:
        """Text of the point's change between the two compared moments; empty where none are compared."""
        compared = self._scene.compared
        if compared is None or compared.state.quality[row] >= Quality.OFFLINE:
            return ""
        shown, other = float(state.value[row]), float(compared.state.value[row])
        if math.isnan(shown) or math.isnan(other):
            return ""
        before, after = (shown, other) if compared.backwards else (other, shown)
        if point.capability.type is ValueType.NUMBER:
            return signed(point.capability, after - before)
        texts = [format_value(point, decode(point, value, self.strings)) for value in (before, after)]
        return " → ".join(texts) if texts[0] != texts[1] else ""
