"""Runs a script inside a private network with virtual devices, and reads what it wrote down; skips where that cannot be."""

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

from devices.lab.loopback import LOOPBACK
from devices.protocols.matter.server import unfit
from devices.protocols.matter.server_programs import MATTERJS, MATTERJS_PROGRAM, PROGRAMS
from twin.model.problem import ProblemError

TOP = Path(__file__).parents[4]
HOME = platformdirs.user_cache_path("oikos-tests", appauthor=False)
"""The virtual devices' packages are fetched once per machine, not once per test."""


def lived(script: str, folder: Path, server: str) -> dict[str, Any]:
    """What the script of this folder wrote down; the homes in it are run by this server."""
    from devices.lab.node_programs import MATTER
    from devices.node_runtime import installed

    try:
        asyncio.run(installed(MATTER, HOME / "lab" / "matter"))
        if server == MATTERJS.name:
            asyncio.run(installed(MATTERJS_PROGRAM, HOME / "matter-server"))
    except ProblemError as error:
        pytest.skip(str(error))
    problem = unfit(PROGRAMS[server])
    if problem is not None and problem.code != "matter.interface":
        pytest.skip(str(problem))
    alone = ["--ipv6-alone"] if ":" in LOOPBACK else []  # as the network that this runs in
    network = [sys.executable, "-m", "devices.lab.netlab", *alone, "--"]
    tried = subprocess.run([*network, "true"], cwd=TOP, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(tried.stderr.strip())
    story = folder / "story.json"
    command = [
        *network,
        sys.executable,
        str(Path(__file__).with_name(script)),
        str(story),
        str(folder / "nodes.json"),
        server,
    ]
    environment = {**os.environ, "OIKOS_HOME": str(HOME), "PYTHONPATH": str(TOP)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(story.read_text())
