"""`import`: the whole twin from an IFC file, compared with ifcopenshell's geometry iterator alone. CPU seconds."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.bench.harness.model_files import NAMES, in_child, models, plain
from app.bench.harness.result import Result
from app.bench.harness.timing import interleaved

GOAL = 0.25

ITERATOR = """
import sys, time
import ifcopenshell, ifcopenshell.geom
begun = time.process_time()
file = ifcopenshell.open(sys.argv[1])
iterator = ifcopenshell.geom.iterator(ifcopenshell.geom.settings(), file, 1)
if iterator.initialize():
    while True:
        iterator.get()
        if not iterator.next():
            break
print(time.process_time() - begun)
"""
"""The yardstick with the library's defaults; starting Python and importing the library is not counted, on either side."""

START = """
import os, sys
sys.modules["lark"] = None
import twin.building.import_worker, twin.building.ifc.read
os._exit(0)
"""
"""Script of our import process up to opening the file, and its end."""


def run(quick: bool) -> Result:
    """The worst of the files; ours includes unzipping, parsing, rooms, doors, places, the mesh and the return from the
    child.
    """
    files = models(*(NAMES[:1] if quick else NAMES))
    ours = yard = start = 0.0
    more: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            bare = plain(file, Path(folder))
            works = {"ours": partial(_ours, file), "start": _start, "yard": partial(_yardstick, bare)}
            found = interleaved(works, 1 if quick else 5)
            work, start = found["ours"] - found["start"], found["start"]
            ours, yard = ours + work, yard + found["yard"]
            more.append((file.stem, work / found["yard"]))
    worst = max(ratio for _, ratio in more)
    return Result(
        figure=ours,
        unit="CPU s",
        yardstick=yard,
        ratio=worst,
        goal=f"≤ {GOAL} ×",
        ok=worst <= GOAL,
        note="" if worst <= GOAL else "most is parsing, and what needs the slow lane of the kernel",
        more=(*more, ("start of the child, CPU s", start)),
    )


def _ours(file: Path) -> float:
    from twin.building.import_worker import read_building

    return _spent(lambda: read_building(file))


def _start() -> float:
    return _spent(
        lambda: subprocess.run([sys.executable, "-c", START], stderr=subprocess.DEVNULL, check=True, timeout=60)
    )


def _spent(work: Callable[[], object]) -> float:
    """CPU seconds of this process and of child processes that ended during the work."""

    def now() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime + time.process_time()

    before = now()
    work()
    return now() - before


def _yardstick(file: Path) -> float:
    return in_child(ITERATOR, str(file))
