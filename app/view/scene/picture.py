"""Still pictures of the twin with its labels, in any size."""

from __future__ import annotations

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
    scene.set_pixel_scale(2.0 * factor)
    fine = surface.still(width * 2, height * 2)
    return overlay.drawn_over(fine, size, inner, factor)
