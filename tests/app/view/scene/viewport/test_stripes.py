"""A fine picture that is rendered in stripes is the one that is rendered at once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.view.scene.view import TwinView
from app.view.theme import DARK


def pixels(image: QImage) -> NDArray[np.int64]:
    """(height, width, 3) of the picture as the surface keeps it."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return rows[..., :3].astype(np.int64)


@pytest.mark.parametrize("stripes", [7, 61])
def test_no_marker_or_halo_is_cut_where_two_stripes_meet(view: TwinView, qtbot: QtBot, stripes: int) -> None:
    view.set_theme(DARK)
    view.wait_painted()
    assert view.scene.appearance.lit.any()
    surface = view.surface
    surface.resolution = 2.0
    whole = pixels(surface._render(1280, 800).copy())
    with qtbot.waitSignal(surface.refined, timeout=60_000):
        surface.refine(2.0, stripes)
    off = np.abs(pixels(surface._image) - whole).max(2)
    assert (off > 6).mean() < 0.0006  # edges, by less than a pixel; cut halos and markers are 0.003 and more


def test_a_fine_picture_that_falls_due_after_the_view_was_closed_is_left(view: TwinView) -> None:
    view.surface.release()
    view.surface.refine(2.0, 7)
    assert view.surface._stripes is None
