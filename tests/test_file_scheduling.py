"""A test that crashes its worker process costs its own verdict and not the run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
SCHEDULER = """from tests.file_scheduling import FileScheduling

def pytest_xdist_make_scheduler(config, log):
    return FileScheduling(config, log)
"""
CRASH = "import os\n\ndef test_crash():\n    os.abort()\n\ndef test_behind_it():\n    pass\n"
PLUGINS = [f"-pno:{name}" for name in ("randomly", "asyncio", "pytest-qt", "socket", "timeout", "faulthandler")]


def test_every_other_test_is_run_once_where_one_crashes_its_worker(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(SCHEDULER, encoding="utf-8")
    for number in range(20):
        passing = "\n".join(f"def test_{one}():\n    pass\n" for one in range(1 + number % 3))
        (tmp_path / f"test_file_{number:02}.py").write_text(passing, encoding="utf-8")
    (tmp_path / "test_file_10.py").write_text(CRASH, encoding="utf-8")
    asked = [sys.executable, "-m", "pytest", "-q", "-n2", "--dist=loadfile", "--no-loadscope-reorder", "-pno:cacheprovider", *PLUGINS]  # fmt: skip
    ended = subprocess.run(
        [*asked, "--rootdir", str(tmp_path), "-c", "/dev/null", str(tmp_path)],
        cwd=TOP, env={"PYTHONPATH": str(TOP)}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1].startswith("1 failed, 38 passed"), ended.stdout
    assert "crashed while running" in ended.stdout
    assert "test_file_10.py::test_crash" in ended.stdout
