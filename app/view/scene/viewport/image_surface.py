# pyright: reportUnknownMemberType=false
"""Render surface for machines without a GPU: paints the picture of an off-screen VTK window."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import override

import numpy as np
from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkRecti
from vtkmodules.vtkCommonTransforms import vtkTransform
from vtkmodules.vtkRenderingCore import vtkCamera, vtkRenderWindow

from app.view.scene.viewport.offscreen import offscreen_window, shut
from app.view.scene.viewport.point_reach import point_reach_px

PIXEL_MS = 1e-4
"""Milliseconds in which two cores without a GPU render one pixel of a house."""


class _Stripes:
    """A finer picture rendered in stripes, to keep each step short.

    The window is a band around the stripe, higher by `reach` rows on either side: a marker or halo whose centre is in
    another stripe would not be drawn at all. Only the stripe itself is rendered in it.
    """

    def __init__(self, width: int, height: int, count: int, reach: int) -> None:
        self.width, self.height = width, height
        self.stripe = -(-height // count)
        self.band = min(height, self.stripe + 2 * reach)
        self._reach = reach
        self.pixels = np.empty((height, width, 4), np.uint8)
        self.done = 0

    @property
    def first(self) -> int:
        """First row of the next stripe; the last stripe overlaps the one before."""
        return min(self.done, self.height - self.stripe)

    @property
    def inside(self) -> int:
        """The stripe's first row in the band."""
        return self.first - self._band_first

    @property
    def _band_first(self) -> int:
        return min(max(0, self.first - self._reach), self.height - self.band)

    def aim(self, camera: vtkCamera) -> None:
        """Makes the camera's next picture the band, rendered in the rows of the stripe only."""
        grown = self.height / self.band
        shift = grown - (2 * self._band_first + self.band) / self.band
        made = vtkTransform()
        made.SetMatrix([grown, 0, 0, 0, 0, grown, 0, shift, 0, 0, 1, 0, 0, 0, 0, 1])
        camera.SetUserTransform(made)
        camera.SetScissorRect(vtkRecti(0, self.inside, self.width, self.stripe))
        camera.SetUseScissor(True)  # for one picture

    def take(self, pixels: vtkUnsignedCharArray) -> bool:
        """Stores the rendered stripe; returns whether it was the last."""
        rows = np.frombuffer(memoryview(pixels), np.uint8).reshape(self.stripe, self.width, 4)  # pyright: ignore[reportArgumentType]
        self.pixels[self.first : self.first + self.stripe] = rows
        self.done += self.stripe
        return self.done >= self.height


class ImageSurface(QWidget):
    """Widget that paints images rendered off screen; implements `surface.RenderSurface`."""

    painted = Signal(float)
    refined = Signal()

    def __init__(self, parent: QWidget | None = None, *, window: vtkRenderWindow | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.render_window = window or offscreen_window()
        self.prepare: Callable[[], None] = _nothing
        self.paints_children = True
        self.resolution, self.pixel_ms = 1.0, PIXEL_MS
        self._pixels, self._stripe_pixels = vtkUnsignedCharArray(), vtkUnsignedCharArray()
        self._image: QImage | None = None
        self._fitted: QPixmap | None = None
        """The image scaled to the widget, cached from its second painting on: overlays repaint more often."""
        self._shown: QImage | None = None
        """The image painted last."""
        self._dirty = True
        self._resized = False
        """Whether the image is of another size than the widget and the next one is rendered in a later turn."""
        self._gone = False
        self._stripes: _Stripes | None = None
        self._kept: object = None
        self._next = QTimer(self)
        self._next.setInterval(0)
        self._next.timeout.connect(self._stripe)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._render_resized)

    def widget(self) -> QWidget:
        """The surface's widget."""
        return self

    def device_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def request(self) -> None:
        """Requests a new frame; several requests are merged."""
        self._dirty = True
        self._give_up()
        self.update()

    def refine(self, factor: float, stripes: int) -> None:
        """Renders at `factor` times the resolution in `stripes` steps between other events; then emits `refined`;
        does nothing once released."""
        if self._gone:
            return
        width, height = self.device_size()
        self._give_up()
        self.resolution = factor
        width, height = max(1, round(width * factor)), max(1, round(height * factor))
        self.prepare()  # with the size of markers in this resolution
        reach = point_reach_px(self.render_window.GetRenderers().GetFirstRenderer(), height)
        self._stripes = _Stripes(width, height, max(1, stripes), reach)
        self._next.start()

    def render_now(self) -> None:
        """Paints a new frame before returning."""
        self._dirty, self._resized = True, False
        self._give_up()
        self.repaint()

    def still(self, width: int, height: int) -> QImage:
        """An image rendered in another size, not shown."""
        image = self._render(width, height).flipped(Qt.Orientation.Vertical)
        self._image, self._dirty = None, True
        return image

    def release(self) -> None:
        """Frees the render window; the widget paints nothing afterwards."""
        if not self._gone:
            self._gone = True
            self._image = self._kept = self._shown = self._fitted = None
            self._give_up()
            shut(self.render_window)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._gone:
            return
        if self._resized and self._image is not None:
            self._paint_old(self._image)
            self._later.start(0)
            return
        took = -1.0
        if self._dirty or self._image is None:
            self._dirty = False
            started = time.perf_counter()
            width, height = self.device_size()
            self._image = self._render(max(1, round(width * self.resolution)), max(1, round(height * self.resolution)))
            took = (time.perf_counter() - started) * 1e3
        self._paint(self._image)
        if took >= 0:
            self.painted.emit(took)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._dirty = self._resized = True
        self._give_up()
        super().resizeEvent(event)

    def _render_resized(self) -> None:
        """Requests the frame of the new size: rendered after the turn of the event loop that laid out the window."""
        self._resized = False
        self.update()

    def _paint_old(self, image: QImage) -> None:
        """Paints an image of another size: scaled evenly to cover the widget, and cropped around its centre."""
        self._shown = self._fitted = None
        scale = max(self.width() / image.width(), self.height() / image.height())
        covering = QRectF(0, 0, image.width() * scale, image.height() * scale)
        covering.moveCenter(QRectF(self.rect()).center())
        self._draw(self, image, covering)

    def _paint(self, image: QImage) -> None:
        """Paints the image, scaled if its resolution differs from the widget's."""
        if image is not self._shown:
            self._shown, self._fitted = image, None
            self._draw(self, image)
            return
        if self._fitted is None:
            self._fitted = QPixmap(*self.device_size())
            self._fitted.setDevicePixelRatio(self.devicePixelRatioF())
            self._draw(self._fitted, image)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._fitted)
        painter.end()

    def _draw(self, onto: QWidget | QPixmap, image: QImage, area: QRectF | None = None) -> None:
        painter = QPainter(onto)
        painter.translate(0, self.height())
        painter.scale(1, -1)  # VTK's rows run bottom-up
        if (image.width(), image.height()) != self.device_size():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area or QRectF(self.rect()), image)
        painter.end()

    def _give_up(self) -> None:
        self._next.stop()
        self._stripes = None

    def _stripe(self) -> None:
        stripes = self._stripes
        if stripes is None or self._gone:
            self._next.stop()
            return
        window = self.render_window
        window.SetSize(stripes.width, stripes.band)
        self.prepare()
        camera = window.GetRenderers().GetFirstRenderer().GetActiveCamera()
        stripes.aim(camera)
        window.Render()
        camera.SetUserTransform(None)
        first, last = stripes.inside, stripes.inside + stripes.stripe - 1
        # not into the pixels of the picture that is shown meanwhile
        window.GetRGBACharPixelData(0, first, stripes.width - 1, last, 0, self._stripe_pixels)  # pyright: ignore[reportArgumentType, reportCallIssue]
        if stripes.take(self._stripe_pixels):
            self._give_up()
            self._kept = stripes.pixels
            height, width = stripes.pixels.shape[:2]
            self._image = QImage(stripes.pixels.data, width, height, width * 4, QImage.Format.Format_RGBX8888)
            self._dirty = False
            self.update()
            self.refined.emit()

    def _render(self, width: int, height: int) -> QImage:
        window = self.render_window
        if tuple(window.GetSize()) != (width, height):
            window.SetSize(width, height)
        self.prepare()
        window.Render()
        window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels)  # pyright: ignore[reportArgumentType, reportCallIssue]
        # the picture shares memory with the array, which the next frame overwrites
        return QImage(memoryview(self._pixels), width, height, width * 4, QImage.Format.Format_RGBX8888)  # pyright: ignore[reportArgumentType]


def _nothing() -> None:
    pass
