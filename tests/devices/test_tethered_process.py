"""Programs that the lab starts end with the lab, also where it was killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devices import tethered_process

PARENT = """
import subprocess, sys
from devices import tethered_process
subprocess.run(tethered_process.command(sys.executable, "-c", "print('begun', flush=True); import time; time.sleep(600)"))
"""
LAB = """
import asyncio, sys
from pathlib import Path
from devices.lab.mosquitto import Mosquitto

async def main():
    await Mosquitto(Path(sys.argv[1]), tls=False).start()
    print("begun", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def _ended(pid: int, within_s: float = 60.0) -> bool:
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
@pytest.mark.parametrize("script", [PARENT, LAB], ids=["program", "broker"])
def test_a_program_ends_with_the_lab_that_was_killed(script: str, tmp_path: Path) -> None:
    if script is LAB and not (Path("/usr/sbin/mosquitto").exists()):
        pytest.skip("mosquitto is not installed")
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "begun\n"
        (child,) = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text("ascii").split()
        parent.kill()
        assert _ended(int(child))


@pytest.mark.parametrize("platform", ["linux", "darwin"])
async def test_a_tethered_program_ends_when_it_is_asked_to(platform: str) -> None:
    elsewhere = f"import sys; sys.platform = {platform!r}; sys.path.insert(0, {str(Path(tethered_process.__file__).parent)!r}); "
    begun = "import tethered_process; sys.exit(tethered_process.main(sys.argv[1:]))"
    program = [sys.executable, "-c", "print('begun', flush=True); import time; time.sleep(600)"]
    parent = tethered_process.command("")[3]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", elsewhere + begun, parent, *program, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    process.terminate()
    async with asyncio.timeout(60):
        await process.wait()
    async with asyncio.timeout(60):
        assert await process.stdout.read() == b""  # nobody holds the pipe any more


def test_on_windows_a_program_runs_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of a virtual environment is a child of its python.exe there: it would end its program at once."""
    monkeypatch.setattr(tethered_process.sys, "platform", "win32")
    assert tethered_process.command("npm", "ci") == ["npm", "ci"]
