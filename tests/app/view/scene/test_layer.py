"""Things that add themselves to the 3D picture."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from app.selection import Selection
from app.view.scene.scene import Scene
from app.view.scene.view import TwinView
from app.view.screenshot import wait_until
from app.view.theme import LIGHT

sys.path.insert(0, str(Path(__file__).parent))
import house

sys.path.pop(0)


class Witness:
    """A layer that writes down what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.more = False

    def build(self, scene: Scene) -> None:
        self.heard.append("build")

    def apply(self, scene: Scene, touched: set[str]) -> None:
        self.heard.append("apply")

    def place(self, scene: Scene) -> None:
        self.heard.append("place")

    def tick(self, now_s: float) -> bool:
        self.heard.append("tick")
        return self.more

    def remove(self) -> None:
        self.heard.append("leave")


def test_a_layer_hears_of_shape_values_and_storeys() -> None:
    witness = Witness()
    scene = Scene(LIGHT, layers=(witness,))
    scene.set_twin(house.house_twin())
    assert witness.heard[-2:] == ["build", "place"]
    state = house.house_state(scene.twin)
    before = len(witness.heard)
    scene.apply(state, np.arange(len(state)))
    scene.apply(state, np.arange(len(state)))
    assert len(witness.heard) == before
    scene.prepare()
    assert witness.heard[before:] == ["apply"], "many reports between two frames are one change"
    scene.release()
    assert witness.heard[-1] == "leave"


def test_the_clock_stands_where_nothing_moves(qapp: QApplication) -> None:
    witness = Witness()
    view = TwinView(Selection(), kind="image", layers=(witness,))
    view.show()
    view.motion.wake()
    assert not view.motion.running
    witness.more = True
    view.motion.wake()
    assert view.motion.running
    view.release()
    view.deleteLater()


def test_the_clock_stands_while_nobody_sees_the_view(qapp: QApplication) -> None:
    witness, host = Witness(), QWidget()
    view = TwinView(Selection(), parent=host, kind="image", layers=(witness,))
    witness.more = True
    view.motion.wake()
    assert not view.motion.running
    host.show()
    assert view.motion.running
    view.hide()
    assert not view.motion.running
    view.motion.wake()
    assert not view.motion.running
    view.show()
    assert view.motion.running
    host.showMinimized()
    assert wait_until(lambda: not view.motion.running)
    view.motion.wake()
    assert not view.motion.running
    host.showNormal()
    assert wait_until(lambda: view.motion.running)
    view.release()
    host.deleteLater()


def test_what_goes_on_for_ever_keeps_the_fine_picture(qapp: QApplication) -> None:
    turning, swinging = Witness(), Witness()
    turning.endless = True  # pyright: ignore[reportAttributeAccessIssue]
    view = TwinView(Selection(), kind="image", layers=(turning, swinging))
    view.show()
    view.governor.rest()
    turning.more = True
    view.motion.wake()
    assert view.motion.running
    assert not view.governor.moving, "the picture does not become coarse for it"
    view.governor._resting_ms = 20.0
    swinging.more = True
    view.motion.wake()
    assert not view.governor.moving, "nor for what ends, while the camera stands"
    view.governor._resting_ms = 500.0
    view.motion._tick()
    assert view.governor.moving, "unless that takes too long"
    turning.more = swinging.more = False
    view.scene.tick(0.0)
    view.motion.wake()
    assert not view.motion.running
    view.release()
    view.deleteLater()
