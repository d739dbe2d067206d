"""Chooses how VTK's picture is shown in the window, and sets what must be set before the first window exists."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication, Qt, SignalInstance
from PySide6.QtGui import QGuiApplication, QImage, QOffscreenSurface, QOpenGLContext, QSurfaceFormat
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:  # VTK itself is loaded when the window is already on the screen
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "gdi generic", "microsoft basic", "software rasterizer")
"""Renderers without a GPU: there the picture of an offscreen window is cheaper than a shared context."""

_OFFSCREEN_PLATFORMS = ("offscreen", "minimal", "vnc", "linuxfb")


class RenderSurface(Protocol):
    """A widget that shows a VTK render window on demand. `painted` emits the duration of each new frame in ms."""

    render_window: vtkRenderWindow
    resolution: float
    """Pixels rendered per device pixel; below 1 while moving, above 1 at rest if time permits."""
    pixel_ms: float
    """Expected milliseconds to render one pixel, until the first frame has been measured."""
    prepare: Callable[[], None]
    """Called before each render to update what depends on size and camera."""
    paints_children: bool
    """Whether painting a frame also repaints the widgets on it: Qt does this, except over an OpenGL widget."""

    @property
    def painted(self) -> SignalInstance: ...
    @property
    def refined(self) -> SignalInstance: ...
    def refine(self, factor: float, stripes: int) -> None: ...
    def device_size(self) -> tuple[int, int]: ...
    def request(self) -> None: ...
    def render_now(self) -> None: ...
    def still(self, width: int, height: int) -> QImage: ...
    def release(self) -> None: ...
    def widget(self) -> QWidget: ...


def install_surface_format() -> None:
    """Before QApplication and the first window: desktop GL 3.2 core, alpha, no multisampling, shared contexts."""
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    wanted = QSurfaceFormat()
    wanted.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    wanted.setVersion(3, 2)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setDepthBufferSize(24)
    wanted.setStencilBufferSize(8)
    wanted.setAlphaBufferSize(8)
    wanted.setSamples(0)
    wanted.setSwapInterval(1)
    QSurfaceFormat.setDefaultFormat(wanted)


def probe_gl() -> str:
    """The name of the OpenGL renderer, empty if no OpenGL context can be created. Takes about 30 ms."""
    context = QOpenGLContext()
    if not context.create():
        return ""
    surface = QOffscreenSurface()
    surface.setFormat(context.format())
    surface.create()
    if not surface.isValid() or not context.makeCurrent(surface):
        return ""
    try:
        name = context.functions().glGetString(0x1F01)  # GL_RENDERER
        return str(name or "")
    except (AttributeError, TypeError):
        return ""
    finally:
        context.doneCurrent()


def choose() -> str:
    """`gl` with a GPU and shared contexts, else `image`; the variable OIKOS_VIEW=gl|image overrides this."""
    if (chosen := os.environ.get("OIKOS_VIEW", "")) in ("gl", "image"):
        return chosen
    if QGuiApplication.platformName() in _OFFSCREEN_PLATFORMS:
        return "image"
    if not QCoreApplication.testAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts):
        return "image"
    return "auto"


def make_surface(kind: str = "auto", parent: QWidget | None = None) -> RenderSurface:
    """A surface of the kind `gl`, `image` or `auto`, with a render window and no renderer yet."""
    from app.view.scene.viewport.image_surface import ImageSurface
    from app.view.scene.viewport.offscreen import offscreen_window, renderer_name, shut

    kind = choose() if kind == "auto" else kind
    if kind == "image":
        return ImageSurface(parent)  # pyright: ignore[reportReturnType]  # a Signal is a SignalInstance once it has an owner
    if kind == "auto":
        # the window without a GPU is needed anyway where there is none; asking Qt first would make one context more
        window = offscreen_window()
        if is_software(renderer_name(window)) or is_software(probe_gl()):
            return ImageSurface(parent, window=window)  # pyright: ignore[reportReturnType]
        shut(window)
    from app.view.scene.viewport.gl_surface import GlSurface

    return GlSurface(parent)  # pyright: ignore[reportReturnType]


def is_software(renderer: str) -> bool:
    """Whether a renderer of this name draws without a GPU, or there is none."""
    return not renderer or any(word in renderer.casefold() for word in SOFTWARE)
