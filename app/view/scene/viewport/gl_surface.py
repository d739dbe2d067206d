"""Render surface for machines with a GPU: VTK draws into Qt's own OpenGL context."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import override

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage, QOpenGLContext
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QSizePolicy, QWidget
from vtkmodules.vtkRenderingOpenGL2 import vtkGenericOpenGLRenderWindow

from app.view.scene.viewport.offscreen import route_messages, shut

_DRAW_FRAMEBUFFER, _FRAMEBUFFER, _SCISSOR, _COLOUR = 0x8CA9, 0x8D40, 0x0C11, 0x4000
_NEAREST, _LINEAR = 0x2600, 0x2601


class GlSurface(QOpenGLWidget):
    """OpenGL widget that implements `surface.RenderSurface`."""

    painted = Signal(float)
    refined = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUpdateBehavior(QOpenGLWidget.UpdateBehavior.NoPartialUpdate)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        route_messages()
        window = self.render_window = vtkGenericOpenGLRenderWindow()
        window.SetReadyForRendering(False)
        window.SetFrameBlitModeToNoBlit()
        window.SetOwnContext(0)
        window.SetMultiSamples(0)
        self._tags = [
            window.AddObserver("WindowMakeCurrentEvent", self._make_current),  # pyright: ignore[reportArgumentType]
            window.AddObserver("WindowIsCurrentEvent", self._is_current),  # pyright: ignore[reportArgumentType]
        ]
        self.prepare: Callable[[], None] = _nothing
        self.paints_children = False
        self.resolution, self.pixel_ms = 1.0, 0.0
        self._context: QOpenGLContext | None = None
        self._dirty = True

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
        self.update()

    def refine(self, factor: float, stripes: int) -> None:
        """Requests a finer frame; with a GPU it is rendered in one step."""
        del stripes
        self.resolution = factor
        self.request()
        self.refined.emit()

    def render_now(self) -> None:
        """Paints a new frame before returning."""
        self._dirty = True
        self.repaint()

    def still(self, width: int, height: int) -> QImage:
        """The framebuffer scaled to this size: a GL widget renders only in its own size."""
        self.render_now()
        return self.grabFramebuffer().scaled(width, height)

    def release(self) -> None:
        """Frees the render window and its observers; without it every view leaks 25 MB (research/view3d.md, 21)."""
        self._let_go()
        for tag in self._tags:
            self.render_window.RemoveObserver(tag)
        self._tags.clear()

    @override
    def initializeGL(self) -> None:
        context = self.context()
        self._context, self._target = context, context.surface()
        context.aboutToBeDestroyed.connect(self._let_go)
        self.render_window.OpenGLInitContext()
        self.render_window.OpenGLInit()
        self.render_window.GetState().Reset()
        self.render_window.SetReadyForRendering(True)

    @override
    def resizeGL(self, w: int, h: int) -> None:
        self._dirty = True

    @override
    def paintGL(self) -> None:
        if self._context is None:
            return
        state = self.render_window.GetState()
        state.Reset()
        state.Push()
        full = self.device_size()
        size = (max(1, round(full[0] * self.resolution)), max(1, round(full[1] * self.resolution)))
        if tuple(self.render_window.GetSize()) != size:
            self.render_window.SetSize(*size)
            self._dirty = True
        took = -1.0
        if self._dirty:
            self._dirty = False
            started = time.perf_counter()
            self.prepare()
            self.render_window.Render()
            took = (time.perf_counter() - started) * 1e3
        self._blit(size, full)
        state.Pop()
        if took >= 0:
            self.painted.emit(took)

    def _blit(self, size: tuple[int, int], full: tuple[int, int]) -> None:
        self.makeCurrent()
        gl = self.context().functions()
        target = self.defaultFramebufferObject()
        gl.glBindFramebuffer(_DRAW_FRAMEBUFFER, target)
        gl.glDisable(_SCISSOR)
        how = _NEAREST if size == full else _LINEAR
        self.render_window.BlitDisplayFramebuffer(0, 0, 0, *size, 0, 0, *full, _COLOUR, how)
        gl.glBindFramebuffer(_FRAMEBUFFER, target)
        # Qt composes with alpha, which VTK leaves as it happens to be
        gl.glColorMask(False, False, False, True)
        gl.glClearColor(0, 0, 0, 1)
        gl.glClear(_COLOUR)
        gl.glColorMask(True, True, True, True)

    def _make_current(self, _caller: object, _event: str) -> None:
        if self._context is not None:
            try:
                self._context.makeCurrent(self._target)
            except RuntimeError:  # Qt destroyed the context under us
                self._context = None

    def _is_current(self, _caller: object, _event: str) -> None:
        self.render_window.SetIsCurrent(self._context is not None and QOpenGLContext.currentContext() is self._context)

    def _let_go(self) -> None:
        if self._context is None:
            return
        with suppress(RuntimeError):
            self._context.makeCurrent(self._target)
        shut(self.render_window)
        self.render_window.SetReadyForRendering(False)
        self._context = None


def _nothing() -> None:
    pass
