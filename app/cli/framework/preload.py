"""Loads and links the graphics libraries while Python imports: takes 0.1 s without holding the interpreter lock."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import threading
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

LINKED = (
    "vtkCommonCore",
    "vtkCommonDataModel",
    "vtkCommonExecutionModel",
    "vtkFiltersCore",
    "vtkFiltersGeneral",
    "vtkRenderingCore",
    "vtkRenderingOpenGL2",
    "vtkRenderingLabel",
)
"""VTK modules that the 3D view imports; loading one also loads the libraries that it depends on."""
SURFACELESS = 0x31DD
"""EGL_PLATFORM_SURFACELESS_MESA: platform of Mesa's driver without a display server (EGL_MESA_platform_surfaceless)."""


def preload() -> None:
    """Starts a thread that loads the libraries and ends. Failures are ignored here: the later import reports them."""
    if sys.platform == "linux":
        threading.Thread(target=_load, name="oikos-preload").start()  # noqa: TID251 - ends before the first frame


def _load() -> None:
    found = importlib.util.find_spec("vtkmodules")
    if found is None or found.origin is None:
        return
    # called as a foreign function, dlopen releases the interpreter lock; ctypes.CDLL(path) and import keep it
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    folder = Path(found.origin).parent
    for name in LINKED:
        for suffix in EXTENSION_SUFFIXES:
            dlopen(os.fsencode(folder / (name + suffix)), os.RTLD_NOW)  # what is not there is not loaded
    _start_driver()


def _start_driver() -> None:
    """Initialises Mesa's driver and the compiler for drawing without a GPU; other drivers refuse and are not loaded."""
    try:
        egl = ctypes.CDLL("libEGL.so.1")
        display_of, initialize = egl.eglGetPlatformDisplay, egl.eglInitialize
    except (OSError, AttributeError):
        return
    display_of.argtypes, display_of.restype = [ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p], ctypes.c_void_p
    initialize.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    if display := display_of(SURFACELESS, None, None):
        initialize(display, None, None)
