"""Aggregated values of the devices in a room or in the building."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout

from app.i18n import tr
from app.view.control.safe_text import set_tip
from app.view.control.widgets import text_label
from app.view.feed import Feed
from app.view.formatting import format_number
from app.view.panel.panel_base import CardFrame
from twin.model.aggregation import AggregationRule, aggregate, aggregation_rule, counted_points
from twin.model.capability import CAPABILITIES
from twin.model.device import Device, Point
from twin.model.ids import PointId
from twin.model.observation import Quality

_CHARTED = 8
"""Maximum number of points that a click on a value adds to the trends."""
_SHOWN = ("temperature", "humidity", "co2", "illuminance", "occupancy", "power", "pm25", "voc", "noise")
_UNMETERED = frozenset(id for id in _SHOWN if id != "power")
"""Capabilities read from devices whose power a meter already counts."""

type CountedRows = dict[str, tuple[int, ...]]
"""Rows of State by capability id, in the order of display."""


def counted_rows(devices: Sequence[Device], row_of: Callable[[PointId], int | None]) -> CountedRows:
    """The rows of State behind each aggregated value of these devices."""
    metered = any(device.kind == "meter" and device.point("power") for device in devices)
    found: dict[str, list[int]] = {id: [] for id in _SHOWN}
    for device in devices:
        capabilities = found.keys() if device.kind == "meter" or not metered else _UNMETERED
        own: dict[str, list[Point]] = {}
        for point in device.points:
            if (id := point.info.capability) in capabilities:
                own.setdefault(id, []).append(point)
        for id, points in own.items():
            counted = points if len(points) == 1 else counted_points(device, id)
            found[id] += (row for point in counted if (row := row_of(point.id)) is not None)
    return {id: tuple(rows) for id, rows in found.items() if rows}


class RoomValues(CardFrame):
    """Card of aggregated values; a click opens their points in the trends."""

    def __init__(self, feed: Feed, rows: CountedRows, chart: Callable[[str], None], *, one_room: bool) -> None:
        super().__init__()
        self._feed, self._one_room = feed, one_room
        self._rows = {id: np.array(those, np.intp) for id, those in rows.items()}
        self._values = {id: self._big_value(those, chart) for id, those in rows.items()}
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(10)
        for i, (id, value) in enumerate(self._values.items()):
            cell = QVBoxLayout()
            cell.setSpacing(0)
            cell.addWidget(value)
            cell.addWidget(text_label(tr(CAPABILITIES[id].title), "faint"))
            grid.addLayout(cell, i // 2, i % 2)
        self.column.addLayout(grid)

    def refresh(self) -> None:
        """Updates the values from the displayed State."""
        for id, value in self._values.items():
            value.setText(_together(self._feed, id, self._rows[id], one_room=self._one_room))
            value.setAccessibleName(f"{tr(CAPABILITIES[id].title)}: {value.text()}")

    def _big_value(self, rows: Sequence[int], chart: Callable[[str], None]) -> QPushButton:
        made = QPushButton("–")
        made.setObjectName("big")
        set_tip(made, tr("Open in trends"))
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.clicked.connect(lambda: [chart(self._feed.live.points[row]) for row in rows[:_CHARTED]])
        return made


def _together(feed: Feed, id: str, rows: NDArray[np.intp], *, one_room: bool) -> str:
    values = feed.state.value[rows]
    good = values[np.isfinite(values) & (feed.state.quality[rows] < Quality.OFFLINE)]
    if not len(good):
        return "–"
    if id == "occupancy":
        taken = int((good > 0).sum())
        return (tr("Occupied") if taken else tr("Vacant")) if len(rows) == 1 else f"{taken} / {len(rows)}"
    rule = aggregation_rule(CAPABILITIES[id])
    if not one_room and rule is not AggregationRule.SUM:
        rule = AggregationRule.MEAN
    return format_number(CAPABILITIES[id], float(aggregate(rule, good, np.zeros(len(good), np.intp), 1)[0]))


def all_rows(rows: Mapping[str, Sequence[int]]) -> set[int]:
    """All rows of State in these groups."""
    return set[int]().union(*rows.values())
