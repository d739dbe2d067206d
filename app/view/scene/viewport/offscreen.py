# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""A VTK render window that needs no display, its release, and the routing of VTK's messages."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderWindow

log = logging.getLogger("oikos.scene")


def offscreen_window() -> vtkRenderWindow:
    """A render window that needs no display: EGL on Linux, the platform's own elsewhere."""
    if sys.platform.startswith("linux"):
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    import_module("vtkmodules.vtkRenderingOpenGL2")  # registers the implementation
    route_messages()
    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetShowWindow(False)
    window.SetUseOffScreenBuffers(True)
    window.SetMultiSamples(0)
    return window


def renderer_name(window: vtkRenderWindow) -> str:
    """OpenGL renderer string of the window; empty if there is none."""
    window.Initialize()
    for line in window.ReportCapabilities().splitlines():
        if line.startswith("OpenGL renderer string:"):
            return line.partition(":")[2].strip()
    return ""


def shut(window: vtkRenderWindow) -> None:
    """Removes every renderer from the window and releases its graphics resources."""
    for renderer in tuple(window.GetRenderers()):  # pyright: ignore[reportArgumentType]
        window.RemoveRenderer(renderer)
    window.Finalize()


_routed: list[object] = []
_HARMLESS = ("red color buffer size", "EGL device index")
"""Warnings of VTK on Wayland and without a display that have no consequence (research/view3d.md, pitfall 12)."""


def route_messages() -> None:
    """Sends VTK's errors and warnings to logging instead of the terminal; once."""
    if _routed:
        return
    from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow

    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    output = vtkOutputWindow.GetInstance()
    output.SetDisplayMode(vtkOutputWindow.NEVER)

    def error(_caller: object, _event: str, text: str) -> None:
        log.error("VTK: %s", text.strip()[:2000])

    def warning(_caller: object, _event: str, text: str) -> None:
        if not any(part in text for part in _HARMLESS):
            log.warning("VTK: %s", text.strip()[:2000])

    error.CallDataType = "string0"  # pyright: ignore[reportFunctionMemberAccess]
    warning.CallDataType = "string0"  # pyright: ignore[reportFunctionMemberAccess]
    output.AddObserver("ErrorEvent", error)  # pyright: ignore[reportArgumentType]
    output.AddObserver("WarningEvent", warning)  # pyright: ignore[reportArgumentType]
    _routed.append(output)


def pixels_of(window: vtkRenderWindow, width: int, height: int) -> NDArray[np.uint8]:
    """(height, width, 4) RGBA of what a window has rendered, first row on top."""
    pixels = vtkUnsignedCharArray()
    window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return np.frombuffer(memoryview(pixels), np.uint8).reshape(height, width, 4)[::-1].copy()  # pyright: ignore[reportArgumentType]
