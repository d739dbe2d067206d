"""`reopen`: the cached building from the project to VTK's polydata, compared with ifcopenshell.open of its file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from app.bench.harness.model_files import NAMES, in_child, models, plain
from app.bench.harness.result import Result, UnmeasurableError
from app.bench.harness.timing import interleaved

GOAL = 0.5

OURS = """
import sys, time
from pathlib import Path
from app.view.scene.structure.storey_mesh import sort_parts
from app.view.scene.geometry.vtk_meshes import polydata
from app.view.theme import LIGHT
from twin.store.project import Project
begun = time.perf_counter()
with Project.open(Path(sys.argv[1]), readonly=True) as project:
    twin, mesh = project.twin(), project.mesh()
for source in sort_parts(mesh, twin.storeys, LIGHT):
    for stuff in (source.frame, source.glass, source.soft):
        polydata(stuff.positions, stuff.triangles)
print(time.perf_counter() - begun)
"""

OPEN = """
import sys, time
import ifcopenshell
begun = time.perf_counter()
ifcopenshell.open(sys.argv[1])
print(time.perf_counter() - begun)
"""


def run(quick: bool) -> Result:
    """Wall seconds, sum over the files; importing the libraries is counted on neither side."""
    ours = yard = 0.0
    more: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in models(*(NAMES[:1] if quick else NAMES)):
            project, bare = _project(file, folder), plain(file, folder)
            works = {"ours": partial(in_child, OURS, str(project)), "yard": partial(in_child, OPEN, str(bare))}
            found = interleaved(works, 1 if quick else 5)
            ours, yard = ours + found["ours"], yard + found["yard"]
            more.append((f"{file.stem} s", found["ours"]))
    ratio = ours / yard
    return Result(
        figure=ours,
        unit="s",
        yardstick=yard,
        ratio=ratio,
        goal=f"≤ {GOAL} ×",
        ok=ratio <= GOAL,
        note="" if ratio <= GOAL else "store the mesh as it is drawn, and read only the storey in focus first",
        more=tuple(more),
    )


def _project(file: Path, folder: Path) -> Path:
    out = folder / f"{file.stem}.oikos"
    command = [sys.executable, "-m", "app", "new", str(out), "--from", str(file), "--json"]
    done = subprocess.run(command, env={**os.environ, "OIKOS_HOME": str(folder)}, capture_output=True, text=True, timeout=600, check=False)  # fmt: skip
    if done.returncode:
        raise UnmeasurableError(str(json.loads(done.stdout)["problems"][0]["what"]))
    return out
