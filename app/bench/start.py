"""`start`: from the process's start to the first painted 3D frame of the demo home, compared with a script with one
cube.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from app.bench.harness.result import Result, UnmeasurableError
from app.bench.harness.timing import interleaved

GOAL = 1.2
LIMIT_S = 60.0

CUBE = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
import vtkmodules.vtkInteractionStyle, vtkmodules.vtkRenderingOpenGL2
from vtkmodules.qt.QVTKRenderWindowInteractor import QVTKRenderWindowInteractor
from vtkmodules.vtkFiltersSources import vtkCubeSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer
app = QApplication(sys.argv)
window = QMainWindow()
view = QVTKRenderWindowInteractor(window)
window.setCentralWidget(view)
renderer = vtkRenderer()
view.GetRenderWindow().AddRenderer(renderer)
cube = vtkCubeSource()
mapper = vtkPolyDataMapper()
mapper.SetInputConnection(cube.GetOutputPort())
actor = vtkActor()
actor.SetMapper(mapper)
renderer.AddActor(actor)
window.resize(1280, 800)
window.show()
view.Initialize()
app.processEvents()
view.GetRenderWindow().Render()
print('oikos-first-frame', time.time(), time.process_time(), flush=True)
QTimer.singleShot(0, app.quit)
app.exec()
"""


def run(quick: bool) -> Result:
    """Wall seconds; the demo exists already, and files and compiled Python are in the system's cache."""
    with tempfile.TemporaryDirectory() as home, display() as shown:
        environment = {**os.environ, **shown, "OIKOS_HOME": home, "OIKOS_START_MARK": "quit"}
        environment["PYTHONPYCACHEPREFIX"] = str(Path(home, "compiled"))  # a source tree may be read-only
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # no start is warm that compiles every module anew
        _prepared(environment)
        commands = {"ours": [sys.executable, "-m", "app", "demo", "--home"], "yard": [sys.executable, "-c", CUBE]}
        cpu_s: dict[str, list[float]] = {name: [] for name in commands}

        def start(name: str) -> float:
            wall_s, used_s = _first_frame(commands[name], environment)
            cpu_s[name].append(used_s)
            return wall_s

        found = interleaved({name: partial(start, name) for name in commands}, 2 if quick else 7)
    ratio = found["ours"] / found["yard"]
    ours_s, yard_s = (statistics.median(cpu_s[name][1:]) for name in ("ours", "yard"))
    return Result(
        figure=found["ours"],
        unit="s",
        yardstick=found["yard"],
        ratio=ratio,
        goal=f"≤ {GOAL} ×",
        ok=ratio <= GOAL,
        note=f"CPU of all threads {ours_s:.2f} s beside {yard_s:.2f} s, {ours_s / yard_s:.2f} ×",
    )


def _prepared(environment: dict[str, str]) -> None:
    """Creates the demo project in advance, as its first start does; UnmeasurableError on failure."""
    command = [sys.executable, "-m", "app", "demo", "--home", "--headless", "--for", "0", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise UnmeasurableError(f"the demo cannot be made: {done.stdout[-300:]}")


def _first_frame(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall seconds from the process's start to its first frame, and the CPU seconds that it had used by then."""
    started = time.time()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("oikos-first-frame"):
            _, painted, used = line.split()
            return float(painted) - started, float(used)
    raise UnmeasurableError(f"no frame was painted: {(done.stderr or done.stdout)[-300:]}")


@contextmanager
def display() -> Generator[dict[str, str]]:
    """Environment with the existing display, or with a temporary Xvfb."""
    clean = {"QT_QPA_PLATFORM": "xcb"} if sys.platform == "linux" else {}
    if sys.platform != "linux" or os.environ.get("DISPLAY"):
        yield clean
        return
    program = shutil.which("Xvfb")
    if program is None:
        raise UnmeasurableError("there is no display; install Xvfb")
    read, write = os.pipe()
    command = [program, "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL) as process:
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        try:
            yield clean | {"DISPLAY": f":{number}"}
        finally:
            process.terminate()
            process.wait(10)
