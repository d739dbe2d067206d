"""Loads and links the graphics libraries while Python imports: takes 0.1 s without holding the interpreter lock."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import threading
from collections.abc import Sequence
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

LINKED = {
    "numpy": ("_core/_multiarray_umath",),
    "PySide6": ("QtCore", "QtGui", "QtWidgets", "QtSvg"),
    "vtkmodules": (
        "vtkCommonCore",
        "vtkCommonDataModel",
        "vtkCommonExecutionModel",
        "vtkFiltersCore",
        "vtkFiltersGeneral",
        "vtkRenderingCore",
        "vtkRenderingOpenGL2",
        "vtkRenderingLabel",
    ),
}
"""Extension modules by package, in the order in which a window imports them; loading one also loads the libraries that it
depends on. While one is loaded, an import of another waits: the earlier they begin, the less."""
WINDOW_VERBS = ("open", "demo", "shot")
"""Verbs that show the 3D view."""
SURFACELESS = 0x31DD
"""EGL_PLATFORM_SURFACELESS_MESA: platform of Mesa's driver without a display server (EGL_MESA_platform_surfaceless)."""


def preload_for(arguments: Sequence[str]) -> None:
    """Calls `preload` and `import_msgspec` if a command line (its verb first) opens a window."""
    if arguments[0] in WINDOW_VERBS and not {"--headless", "--help", "-h"} & set(arguments):
        preload()
        import_msgspec()


@cache
def preload() -> None:
    """Starts a thread that loads the libraries and ends; once in a process. Failures are ignored here: the later import
    reports them."""
    if sys.platform == "linux":
        threading.Thread(target=_load, name="oikos-preload").start()  # noqa: TID251 - ends before the first frame


def import_msgspec() -> None:
    """Imports msgspec without typing_extensions, which takes 18 ms to load.

    msgspec asks it for three names and takes them from `typing` where it is missing; since Python 3.12 they are the same.
    """
    if "msgspec" in sys.modules or "typing_extensions" in sys.modules:
        return
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # makes an import of it fail
    try:
        importlib.import_module("msgspec")
    finally:
        del sys.modules["typing_extensions"]


def _load() -> None:
    # called as a foreign function, dlopen releases the interpreter lock; ctypes.CDLL(path) and import keep it
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    for package, names in LINKED.items():
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            return
        for name in names:
            for suffix in EXTENSION_SUFFIXES:
                file = os.fsencode(Path(found.origin).parent / (name + suffix))
                dlopen(file, os.RTLD_NOW)  # what is not there is not loaded
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
