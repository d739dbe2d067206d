"""Measurements of the 3D view: in a child process, so that this one never loads Qt or VTK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import cast

from app.bench.harness.result import UnmeasurableError

SIZES = ("home", "office", "campus")
"""18 rooms and 40 devices, 630 and 5,000, 6,300 and 100,000."""


def sized(what: str, size: str, *, quick: bool, draws: bool) -> tuple[dict[str, float], tuple[tuple[str, float], ...]]:
    """Figures at the size for which the goal is set, and those of the other sizes by name."""
    main = measured(what, size, quick=quick, draws=draws)
    more: list[tuple[str, float]] = []
    for other in SIZES:
        found = main if other == size else measured(what, other, quick=True, draws=draws)
        more += [(f"{other} figure", found["figure"]), (f"{other} ratio", found["figure"] / found["yardstick"])]
    return main, tuple(more)


def measured(what: str, size: str, *, quick: bool, draws: bool) -> dict[str, float]:
    """Figures printed by app.bench.scenes.measuring; without `draws` Mesa counts submission only (GALLIUM_NOOP)."""
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow"}
    if not draws:
        surroundings["GALLIUM_NOOP"] = "1"
    command = [sys.executable, "-m", "app.bench.scenes.measuring", what, size, *(["quick"] if quick else [])]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        tail = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise UnmeasurableError(f"the 3D view cannot be measured here: {tail[0][:200]}")
    return cast("dict[str, float]", json.loads(done.stdout.splitlines()[-1]))
