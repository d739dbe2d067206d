"""Removes the extra work that the bindings of Qt and VTK add to every import."""

from __future__ import annotations

import builtins
import os
from collections.abc import Iterable
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES

import PySide6.QtCore  # noqa: F401  # pyright: ignore[reportUnusedImport]
import vtkmodules


def quicken() -> None:
    """Makes imports faster; must be called once before Qt or VTK is imported."""
    # PySide wraps `__import__` to read the source of every module that is imported afterwards, for a `from __feature__
    # import` that nobody here writes: 500 files, 40 ms of each start. The plain import is put back.
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
    # VTK goes through its folder of 540 files for each of its modules, 1 ms each. Once is enough.
    if hasattr(vtkmodules, "find_lib_path"):
        vtkmodules.find_lib_path = _extension_module  # pyright: ignore[reportAttributeAccessIssue]


def _extension_module(folders: Iterable[str], name: str) -> str | None:
    """The file of VTK's module `name`, as `vtkmodules.find_lib_path` answers it."""
    for folder in folders:
        for suffix in EXTENSION_SUFFIXES:
            if (name + suffix) in _names(folder):
                return os.path.realpath(f"{folder}/{name}{suffix}")
    return None


@cache
def _names(folder: str) -> frozenset[str]:
    return frozenset(os.listdir(folder))  # noqa: PTH208 - names only, of hundreds of files
