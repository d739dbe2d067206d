"""Law 8: the twin, the devices and the engine live where PySide6, VTK and pyqtgraph are not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]

BLOCKED = """
import importlib, pkgutil, sys
for name in ("PySide6", "vtkmodules", "vtk", "pyqtgraph"):
    sys.modules[name] = None
import app.__main__
failed = []
for package in ("twin", "devices", "app"):
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        if found.name.startswith(("app.view", "app.bench.scenes.")) or found.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(found.name)
        except ImportError as error:
            failed.append(f"{found.name}: {error}")
print("\\n".join(failed))
sys.exit(bool(failed))
"""


def test_everything_but_the_view_imports_without_qt_vtk_and_pyqtgraph() -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKED], cwd=TOP, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_project_is_made_recorded_and_read_without_a_screen(tmp_path: Path) -> None:
    project = tmp_path / "plain.oikos"
    script = (
        "import sys\n"
        "for name in ('PySide6', 'vtkmodules', 'vtk', 'pyqtgraph'): sys.modules[name] = None\n"
        "from app.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    for words in (["new", str(project)], ["run", str(project), "--for", "0.2"], ["info", str(project), "--json"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *words], cwd=TOP, capture_output=True, text=True, timeout=400
        )
        assert done.returncode == 0, done.stdout + done.stderr
