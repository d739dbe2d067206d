"""Shows an offscreen VTK window by painting its picture: where there is no GPU, or no GL that Qt can share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import override

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

from app.view.scene.surface import offscreen_window, shut


class ImageView(QWidget):
    """See `surface.Surface`."""

    painted = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.window: object = offscreen_window()  # pyright: ignore[reportIncompatibleMethodOverride]
        self.prepare: Callable[[], None] = _nothing
        self.resolution = 1.0
        self._pixels = vtkUnsignedCharArray()
        self._image: QImage | None = None
        self._dirty = True
        self._gone = False

    def widget(self) -> QWidget:
        """Itself."""
        return self

    def device_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def request(self) -> None:
        """Wants a new frame; many wishes are one frame."""
        self._dirty = True
        self.update()

    def render_now(self) -> None:
        """Paints a new frame before returning."""
        self._dirty = True
        self.repaint()

    def still(self, width: int, height: int) -> QImage:
        """A picture of another size, not shown."""
        image = self._render(width, height).flipped(Qt.Orientation.Vertical)
        self._image, self._dirty = None, True
        return image

    def release(self) -> None:
        """Frees the render window; the widget paints nothing afterwards."""
        if not self._gone:
            self._gone = True
            self._image = None
            shut(self.window)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._gone:
            return
        took = -1.0
        if self._dirty or self._image is None:
            self._dirty = False
            started = time.perf_counter()
            width, height = self.device_size()
            self._image = self._render(max(1, round(width * self.resolution)), max(1, round(height * self.resolution)))
            took = (time.perf_counter() - started) * 1e3
        painter = QPainter(self)
        painter.translate(0, self.height())
        painter.scale(1, -1)  # VTK's rows run bottom-up
        if self.resolution != 1.0:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), self._image)
        painter.end()
        if took >= 0:
            self.painted.emit(took)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._dirty = True
        super().resizeEvent(event)

    def _render(self, width: int, height: int) -> QImage:
        window = self.window
        if tuple(window.GetSize()) != (width, height):  # pyright: ignore[reportAttributeAccessIssue]
            window.SetSize(width, height)  # pyright: ignore[reportAttributeAccessIssue]
        self.prepare()
        window.Render()  # pyright: ignore[reportAttributeAccessIssue]
        window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels)  # pyright: ignore[reportAttributeAccessIssue]
        # the picture shares memory with the array, which the next frame overwrites
        return QImage(memoryview(self._pixels), width, height, width * 4, QImage.Format.Format_RGBX8888)  # pyright: ignore[reportArgumentType]


def _nothing() -> None:
    pass
