"""Devices that are gone are seen and told as such."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.selection import Selection
from app.view.scene.overlay.offline_markers import draw_offline
from app.view.scene.view import TwinView
from twin.model.ids import DeviceId
from twin.model.observation import Observation

sys.path.insert(0, str(Path(__file__).parent))
import house

sys.path.pop(0)


@pytest.fixture
def view(qapp: QApplication) -> Iterator[TwinView]:
    made = TwinView(Selection(), kind="image")
    made.resize(640, 400)
    made.set_twin(house.house_twin())
    state = house.house_state(made.scene.twin)
    made.apply(state, np.arange(len(state)))
    made.show()  # a view that is hidden has no camera yet
    yield made
    made.release()
    made.deleteLater()


def shown(view: TwinView) -> list[DeviceId]:
    return [view.scene.placed.ids[row] for row in np.flatnonzero(view.scene.shown_devices()).tolist()]


def painted(view: TwinView, told: tuple[DeviceId, ...] = ()) -> int:
    image = QImage(640, 400, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    count = draw_offline(painter, view.scene, view.scene.projections.at(640, 400), told)
    painter.end()
    return count


def test_dots_of_devices_that_are_gone_are_struck_through_until_they_come_back(view: TwinView) -> None:
    assert painted(view) == 0
    one, other = shown(view)[:2]
    view.set_online(one, False)
    view.set_online(other, False)
    assert painted(view) == 2
    assert painted(view, (one,)) == 1, "its badge says it already"
    view.set_online(one, True)
    assert painted(view) == 1


def test_a_mark_that_stands_for_a_device_speaks_for_it(view: TwinView) -> None:
    one = shown(view)[0]
    view.set_online(one, False)
    merged = np.zeros(len(view.scene.placed.ids), np.bool_)
    merged[view.scene.placed.row_of[one]] = True
    view.scene.markers.hide_merged(merged)
    assert painted(view) == 0


def test_devices_of_other_storeys_are_not_struck_through(view: TwinView) -> None:
    hidden = next(id for id in view.scene.placed.ids if id not in shown(view))
    view.set_online(hidden, False)
    assert painted(view) == 0


def words(view: TwinView, device: str) -> str:
    card = view.interaction.tooltip(device)
    assert card is not None
    return card.text


def test_what_is_under_the_mouse_tells_since_when_it_is_gone(view: TwinView) -> None:
    one = next(device for device in view.scene.twin.devices if device.name == "Bed climate")
    assert view.interaction.device_tooltip.state is not None
    view.interaction.device_tooltip.state.apply(
        Observation(point=one.points[0].id, time_ms=round(time.time() * 1000) - 2 * 3_600_000 - 5_000, value=20.0)
    )
    assert "seen" not in words(view, one.id)
    view.set_online(one.id, False)
    assert words(view, one.id).split("\n")[-1].endswith("· last seen 2 h ago")
