"""A view of the house of boxes, painted once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app.selection import Selection
from app.view import style
from app.view.scene.view import TwinView
from app.view.theme import LIGHT
from twin.model.ids import StoreyId

sys.path.insert(0, str(Path(__file__).parent))
import house
import other_thread as other_thread

sys.path.pop(0)


@pytest.fixture
def view(qapp: QApplication) -> Iterator[TwinView]:
    style.apply_theme(qapp, LIGHT)
    selection = Selection()
    selection.change(storey=StoreyId("ground"))
    made = TwinView(selection, kind="image")
    made.resize(640, 400)
    twin = house.house_twin()
    made.set_twin(twin)
    made.set_mesh(house.house_mesh())
    state = house.house_state(twin)
    made.apply(state, np.arange(len(state)))
    made.show()
    made.wait_painted()
    yield made
    made.release()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
