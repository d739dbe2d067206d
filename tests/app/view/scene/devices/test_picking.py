"""Picking with cameras as damaged files make them."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkCamera

from app.view.scene.devices.picking import Projection


@pytest.mark.parametrize("far", [(0.01, 1e300), (1e24, 1e27), (1.0, 1.0)])
def test_a_camera_that_looks_endlessly_far_still_has_a_projection(far: tuple[float, float]) -> None:
    camera = vtkCamera()
    camera.SetPosition(5.0, -5.0, 9.0)
    camera.SetFocalPoint(0.0, 0.0, 0.0)
    camera.SetClippingRange(*far)
    made = Projection.of(camera, 640, 400)
    assert np.isfinite(made.inverse).all()


def test_a_camera_of_which_nothing_is_a_number_still_has_a_projection() -> None:
    camera = vtkCamera()
    camera.SetClippingRange(float("nan"), float("nan"))
    camera.SetPosition(float("nan"), 0.0, 1.0)
    assert Projection.of(camera, 640, 400).width == 640
