"""The house at night, whose light is baked when the test says so."""

from __future__ import annotations

import sys
from pathlib import Path

import house
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from lit_house import NIGHT, SIZE, Baker

sys.path.pop(0)

from app.view.scene.camera.camera import PictureFrame
from app.view.scene.scene import Scene
from app.view.scene.sky.daylight import daylight
from app.view.theme import DARK
from twin.model.ids import StoreyId


@pytest.fixture
def baker() -> Baker:
    return Baker()


@pytest.fixture
def scene(baker: Baker):
    """The house at night, its lamps as they report."""
    made = Scene(DARK)
    made.lights.baker = baker
    twin = house.house_twin()
    made.set_twin(twin)
    made.set_mesh(house.house_mesh())
    state = house.house_state(twin)
    made.apply(state, range(len(state)))
    made.look_at(StoreyId("ground"))
    made.colour_by("")
    made.set_daylight(daylight(NIGHT))
    made.step(1.0)
    made.stand(made.fitting(PictureFrame(SIZE[0] / SIZE[1])))
    yield made
    made.release()
