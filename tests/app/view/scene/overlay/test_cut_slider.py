"""The height of the cut: by the slider, by keys, coarse under the hand and exact after it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.view.scene.overlay.cut_slider import LOWEST_M, STEP_M
from app.view.scene.structure.storey_shapes import CUT_M
from app.view.scene.view import TwinView


def top_of(view: TwinView) -> float:
    level = view.scene.storey_stack.levels[0]
    return level.actors["body"].GetBounds()[5] - level.floor_z


def pixels(view: TwinView) -> np.ndarray:
    image = view.picture(320, 200)
    return np.frombuffer(image.constBits(), np.uint8).reshape(200, 320, 4)[..., :3].astype(int)


def test_keys_move_the_cut(view: TwinView) -> None:
    view.cut_by(-0.5)
    assert top_of(view) == pytest.approx(CUT_M - 0.5, abs=0.01)
    assert view.cutbar.value() == round((CUT_M - 0.5) / STEP_M)


@pytest.mark.parametrize("metres", [-9.0, 9.0])
def test_the_cut_stays_between_floor_and_ceiling(view: TwinView, metres: float) -> None:
    view.cut_by(metres)
    assert LOWEST_M <= view.scene.storey_stack.cut_m <= view.scene.storey_stack.most_cut()


def test_a_drag_of_the_slider_cuts_coarsely_and_its_end_exactly(view: TwinView) -> None:
    view.scene._cut.exact_ms = 99.0
    bar = view.cutbar
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() - 14, bar.height() // 2))
    QTest.mouseMove(bar, QPoint(bar.width() - 14, bar.height() // 3))
    level = view.scene.storey_stack.levels[0]
    assert level.is_whole
    coarse = pixels(view)
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() - 14, bar.height() // 3))
    assert not level.is_whole
    exact = pixels(view)
    assert (np.abs(coarse - exact).max(2) > 40).mean() < 0.04
    assert level.actors["body"].GetMapper().GetClippingPlanes() is None


def test_many_cuts_keep_few_shapes(view: TwinView) -> None:
    for _ in range(12):
        view.cut_by(-0.05)
    assert len(view.scene.storey_stack.levels[0]._shapes) <= 7


def test_the_cut_outlives_another_theme(view: TwinView) -> None:
    from app.view.theme import DARK

    view.cut_by(-0.5)
    view.set_theme(DARK)
    assert top_of(view) == pytest.approx(CUT_M - 0.5, abs=0.01)


def test_the_slider_is_named_and_hides_while_somebody_walks(view: TwinView) -> None:
    assert view.cutbar.accessibleName() == "Height of the cut"
    view.walk(True)
    assert not view.cutbar.isVisible()
    view.walk(False)
    assert view.cutbar.isVisible()
