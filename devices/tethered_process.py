"""Runs a program that ends with Oikos: `python tethered_process.py PARENT PROGRAM ARGUMENT...`.

It ends when the process PARENT ends, for whatever reason; not on Windows, where the Python of a virtual environment runs as a
child of its python.exe, so that PARENT is never its parent. For programs of others that do not watch their parent, such
as the broker. Started as a file, so that it needs no package and no folder.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType

_PARENT_DIED = 1
"""PR_SET_PDEATHSIG of <linux/prctl.h>; kept through execve."""
_LOOK_S = 1.0


def command(program: str, *arguments: str) -> list[str]:
    """Command line that runs a program tethered to this process; on Windows that of the program alone."""
    if sys.platform == "win32":
        return [program, *arguments]
    return [sys.executable, "-I", __file__, str(os.getpid()), program, *arguments]


def main(arguments: list[str]) -> int:
    """Replaces itself by the program where the kernel watches the parent (Linux), else watches it while the program
    runs.
    """
    parent, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGTERM)
        if os.getppid() != parent:
            return 0
        os.execv(program[0], program)  # noqa: S606 - the caller's own command line
    with subprocess.Popen(program) as child:

        def forward(_number: int, _frame: FrameType | None) -> None:
            child.terminate()

        signal.signal(signal.SIGTERM, forward)
        while child.poll() is None and os.getppid() == parent:
            time.sleep(_LOOK_S)  # noqa: TID251 - a process of its own, which nothing waits for
        if child.poll() is None:
            child.terminate()
        return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
