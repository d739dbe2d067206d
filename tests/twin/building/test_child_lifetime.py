"""Children that read files end with the program that started them, also where that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

IMPORT = """
import sys
from pathlib import Path
from twin.building.import_worker import read_building
read_building(Path(sys.argv[1]), progress=lambda title, part: print(title, flush=True))
"""
HELD = """
import subprocess, sys
from twin.building import child_lifetime
child = "from twin.building import child_lifetime; child_lifetime.follow(); print('followed', flush=True); import time; time.sleep(600)"
with child_lifetime.held() as stdin:
    subprocess.run([sys.executable, "-c", child], stdin=stdin)
"""
FORKED = """
import os, sys, time
from twin.building import child_lifetime
if child_lifetime.fork() == 0:
    print("followed", flush=True)
time.sleep(600)
"""


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def ended(pid: int, within_s: float = 60.0) -> bool:
    """Whether a process is gone, or only waits to be counted."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("how", ["held", "forked"])
def test_a_child_ends_with_its_parent_that_was_killed(how: str) -> None:
    script = {"held": HELD, "forked": FORKED}[how]
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "followed\n"
        (child,) = children(parent.pid)
        parent.kill()
        assert ended(child)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_an_import_ends_with_its_program_that_was_killed_even_where_it_hangs(shared_data: Path) -> None:
    file = shared_data / "building-models" / "AC20-FZK-Haus.ifc"
    with subprocess.Popen([sys.executable, "-c", IMPORT, str(file)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()  # the child reads
        (child,) = children(parent.pid)
        os.kill(child, signal.SIGSTOP)  # busy in a library, it hears nothing
        parent.kill()
        assert ended(child)
