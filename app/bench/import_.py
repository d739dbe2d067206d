"""`import`: the whole twin out of an IFC file, beside ifcopenshell's own geometry iterator alone. CPU seconds."""

from __future__ import annotations

import resource
import tempfile
import time
from functools import partial
from pathlib import Path

from app.bench.frame.models import NAMES, in_child, models, plain
from app.bench.frame.result import Result
from app.bench.frame.timing import interleaved

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
"""The yardstick with the library's defaults; starting Python and importing it is not counted (ours is)."""


def run(quick: bool) -> Result:
    """Sum over the files; ours includes the child's start, the zip, rooms, doors, places and the mesh."""
    files = models(*(NAMES[:1] if quick else NAMES))
    rounds = 1 if quick else 3
    ours = yard = 0.0
    more: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            bare = plain(file, Path(folder))
            found = interleaved({"ours": partial(_ours, file), "yard": partial(_yardstick, bare)}, rounds)
            ours, yard = ours + found["ours"], yard + found["yard"]
            more.append((file.stem, found["ours"] / found["yard"]))
    ok = ours / yard <= GOAL
    return Result(
        figure=ours,
        unit="CPU s",
        yardstick=yard,
        ratio=ours / yard,
        goal=f"≤ {GOAL} ×",
        ok=ok,
        note="" if ok else "most is the child's start and what needs the slow lane of the kernel",
        more=tuple(more),
    )


def _ours(file: Path) -> float:
    from twin.building.worker import read_building

    def spent() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime + time.process_time()

    before = spent()
    read_building(file)
    return spent() - before


def _yardstick(file: Path) -> float:
    return in_child(ITERATOR, str(file))
