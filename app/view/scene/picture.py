"""Still pictures of the twin with its labels, in any size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from app.view.scene.overlay.overlay import SceneOverlay
from app.view.scene.scene import Scene
from app.view.scene.viewport.surface import RenderSurface


def picture_of(
    surface: RenderSurface, scene: Scene, overlay: SceneOverlay, size: tuple[int, int], shown_width: int
) -> QImage:
    """Renders (width, height) pixels at twice the resolution, with labels as large as in a view of `shown_width`
    pixels.
    """
    width, height = size
    factor = max(0.2, width / max(1, shown_width))
    inner = QSize(round(width / factor), round(height / factor))
    _set_scale(surface, 2.0 * factor)
    fine = surface.still(width * 2, height * 2)
    return overlay.drawn_over(fine, size, inner, factor)


_SAMPLES = 16


def antialiased_picture_of(
    surface: RenderSurface, scene: Scene, overlay: SceneOverlay, size: tuple[int, int], shown_width: int
) -> QImage:
    """Renders (width, height) pixels from sixteen places within each pixel and takes the mean; labels as `picture_of`."""
    width, height = size
    factor = max(0.2, width / max(1, shown_width))
    _set_scale(surface, factor)
    total = np.zeros((height, width, 3), np.uint16)
    # the R2 low-discrepancy sequence (Roberts 2018), moved to the middle of a pixel
    places = (0.5 + np.arange(_SAMPLES)[:, None] * (0.7548776662, 0.5698402910)) % 1 - 0.5
    try:
        for x, y in places.tolist():
            scene.camera.SetWindowCenter(2 * x / width, 2 * y / height)
            _add(total, surface.still(width, height))
    finally:
        scene.camera.SetWindowCenter(0, 0)
    mean = ((total + _SAMPLES // 2) // _SAMPLES).astype(np.uint8).tobytes()  # which the image does not keep alive
    fine = QImage(mean, width, height, 3 * width, QImage.Format.Format_RGB888)
    return overlay.drawn_over(fine, size, QSize(round(width / factor), round(height / factor)), factor)


def _set_scale(surface: RenderSurface, scale: float) -> None:
    """Sets the pixels per logical pixel of the next frames, by which each sizes its markers, until the next rest."""
    surface.resolution = scale / surface.widget().devicePixelRatioF()


def _add(total: NDArray[np.uint16], image: QImage) -> None:
    """Adds the RGB of an image to (height, width, 3) sums."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)  # whose memory ends with it
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    total += rows[:, : 3 * plain.width()].reshape(total.shape)
