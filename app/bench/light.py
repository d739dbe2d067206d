"""`light`: CPU seconds to bake the light of the demo home's ground floor, compared with its rays alone; also a storey of
the office, and the memory, a lamp's change and a frame in that light.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from app.bench.harness.result import Result, UnmeasurableError

HOME_S, OFFICE_S = 4.0, 10.0
MEMORY_MB, LAMP_MS, KEPT_MB = 150.0, 2.0, 2.5
FRAME = 1.05
"""A frame in baked light, relative to one with pools of light: no slower, but for what one run differs from the next."""


def run(quick: bool) -> Result:
    """CPU seconds to bake a storey, each in a child process on one core."""
    with tempfile.TemporaryDirectory() as home:
        found = _measured(_demo(home, "home"), 0)
        office = None if quick else _measured(_demo(home, "office"), 1)
    missed = [*_missed("home", found, HOME_S), *(_missed("office", office, OFFICE_S) if office else ())]
    more = [(f"home {name}", value) for name, value in found.items()]
    more += [(f"office {name}", value) for name, value in (office or {}).items()]
    return Result(
        figure=found["bake_s"],
        unit="CPU s",
        yardstick=found["rays_s"],
        ratio=found["bake_s"] / found["rays_s"],
        goal=f"≤ {HOME_S:g} s, office ≤ {OFFICE_S:g} s, + {MEMORY_MB:g} MB, kept ≤ {KEPT_MB:g} MB, "
        f"lamp ≤ {LAMP_MS:g} ms, frame ≤ {FRAME:g} ×",
        ok=not missed,
        note=", ".join(missed),
        more=tuple(more),
    )


def _missed(name: str, found: dict[str, float], bake_s: float) -> list[str]:
    """The goals that a storey misses."""
    goals = {"bake_s": bake_s, "memory_mb": MEMORY_MB, "kept_mb": KEPT_MB, "lamp_ms": LAMP_MS, "frame_ratio": FRAME}
    return [f"{name} {figure} {found[figure]:.2f}" for figure, most in goals.items() if found[figure] > most]


def _demo(home: str, which: str) -> Path:
    """Makes a demo project, as its first start does."""
    command = [sys.executable, "-m", "app", "demo", f"--{which}", "--headless", "--for", "0", "--json"]
    environment = {**os.environ, "OIKOS_HOME": home}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise UnmeasurableError(f"the demo cannot be made: {done.stdout[-300:]}")
    return Path(home) / "demo" / f"{which}.oikos"


def _measured(project: Path, storey: int) -> dict[str, float]:
    command = [sys.executable, "-m", "app.bench.scenes.light_measuring", str(project), str(storey)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        raise UnmeasurableError(f"light cannot be measured here: {done.stderr.strip()[-200:]}")
    return json.loads(done.stdout.splitlines()[-1])
