"""Freed memory that the C library keeps: glibc holds on to what numpy's temporary arrays took, tens to hundreds of MB."""

from __future__ import annotations

import ctypes
import sys

_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def give_back_freed() -> None:
    """Returns freed memory to the system, where the C library can (glibc's malloc_trim). Takes milliseconds: not for the GUI
    thread."""
    if _TRIM is not None:
        _TRIM(0)
