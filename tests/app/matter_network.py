"""Runs a story of real Matter nodes in a private network, and gives what it wrote down; skips where that cannot be."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from devices.protocols.matter.server import unfit
from twin.model.problem import ProblemError

TOP = Path(__file__).parents[2]
HOME = platformdirs.user_cache_path("oikos-tests", appauthor=False)
"""The virtual devices' packages are fetched once per machine, not once per test."""


def told_by(story: str, out: Path, limit_s: float = 400) -> dict[str, Any]:
    """Runs `story` (a file beside this one, called with HOME and `out`); the JSON that it left in `out`. It may take `limit_s` seconds."""
    from devices.lab.node_programs import MATTER
    from devices.node_runtime import installed

    try:
        asyncio.run(installed(MATTER, HOME / "lab" / "matter"))
    except ProblemError as error:
        pytest.skip(str(error))
    problem = unfit()
    if problem is not None and problem.code != "matter.interface":
        pytest.skip(str(problem))
    network = [sys.executable, "-m", "devices.lab.netlab", "--"]
    tried = subprocess.run([*network, "true"], cwd=TOP, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(tried.stderr.strip())
    command = [*network, sys.executable, str(Path(__file__).with_name(story)), str(HOME), str(out)]
    environment = {**os.environ, "OIKOS_HOME": str(HOME), "PYTHONPATH": str(TOP)}
    environment.pop("OIKOS_PASSPHRASE", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=limit_s, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(out.read_text())
