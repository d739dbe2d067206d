"""Everything with Qt, VTK and pyqtgraph."""

import builtins

import PySide6.QtCore  # noqa: F401  # pyright: ignore[reportUnusedImport]

# PySide wraps `__import__` to read the source of every module that is imported afterwards, for a `from __feature__
# import` that nobody here writes: 500 files, 40 ms of each start. The plain import is put back.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
