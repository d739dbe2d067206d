"""What is done to the imports of Qt and VTK changes how fast they are, and nothing else."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path

import vtkmodules

from app.view import import_hooks

TOP = Path(__file__).parents[3]

COMPARED = """
import os, vtkmodules
original = vtkmodules.find_lib_path
import app.view
folder = list(vtkmodules.__path__)
names = {file.partition(".")[0] for file in os.listdir(folder[0]) if file.startswith("vtk") and file.endswith((".so", ".pyd"))}
assert len(names) > 100, names
assert vtkmodules.find_lib_path is not original
for name in [*sorted(names)[::9], "vtkRenderingCore", "vtkNothing"]:
    assert vtkmodules.find_lib_path(folder, name) == original(folder, name), name
"""


def test_vtks_modules_are_found_where_vtk_finds_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPARED], cwd=TOP, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_qt_does_not_read_the_source_of_what_is_imported_after_it() -> None:
    assert builtins.__import__.__name__ != "__feature_import__"


def test_a_folder_that_has_no_such_module_is_passed_over(tmp_path: Path) -> None:
    found = import_hooks._extension_module([str(tmp_path), *vtkmodules.__path__], "vtkCommonCore")
    assert found is not None
    assert Path(found).name.startswith("vtkCommonCore.")
