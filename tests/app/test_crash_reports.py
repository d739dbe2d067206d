"""A crash outside Python is written down as it happens and told once, at the next start."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app import crash_reports

CRASH = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
CRASH_OF_A_CHILD = """import os, signal
from twin.building import child_lifetime
if (pid := child_lifetime.fork()) == 0:
    os.kill(os.getpid(), signal.SIGSEGV)
os.waitpid(pid, 0)
os.kill(os.getpid(), signal.SIGKILL)"""
LEFT_BY_A_KILL = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def ended(script: str) -> int:
    """The exit code of an Oikos that does this."""
    lines = "".join(f"    {line}\n" for line in script.splitlines())
    program = f"from app import crash_reports\nwith crash_reports.kept():\n{lines}"
    done = subprocess.run([sys.executable, "-c", program], timeout=120, check=False, stderr=subprocess.DEVNULL)
    return done.returncode


def files(home: Path) -> list[str]:
    return sorted(file.name for file in (home / "log").iterdir())


def test_a_crash_is_told_once_and_its_report_has_the_stacks(home: Path) -> None:
    assert ended(CRASH) == -signal.SIGSEGV
    (told,) = crash_reports.found()
    assert told.code == "crash.found"
    report = Path(told.where).read_text(encoding="utf-8")
    assert "Segmentation fault" in report
    assert 'File "<string>", line 3 in <module>' in report
    assert crash_reports.found() == ()
    assert files(home) == [Path(told.where).name]


@pytest.mark.parametrize("script", ["pass", LEFT_BY_A_KILL, CRASH_OF_A_CHILD])
def test_an_end_that_is_no_crash_of_the_program_leaves_nothing(home: Path, script: str) -> None:
    ended(script)
    assert crash_reports.found() == ()
    assert files(home) == []


def test_the_report_of_a_program_that_runs_is_left_to_it(home: Path) -> None:
    program = "from app import crash_reports\nwith crash_reports.kept():\n    print('runs', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"runs\n"
        assert crash_reports.found() == ()
        assert f"running-{running.pid}" in files(home)
        running.communicate(b"\n", timeout=120)
    assert files(home) == []


def test_what_fails_inside_is_not_swallowed(home: Path) -> None:
    assert ended("raise OSError('inside')") == 1
    assert files(home) == []


def test_a_folder_that_takes_no_report_ends_nothing(home: Path) -> None:
    home.mkdir()
    (home / "log").write_text("no folder", encoding="utf-8")
    assert ended("pass") == 0
    assert crash_reports.found() == ()


def test_the_newest_reports_are_kept(home: Path) -> None:
    (home / "log").mkdir(parents=True)
    for hour in range(9):
        (home / "log" / f"crash-20261130-0{hour}0000.txt").write_text("old", encoding="utf-8")
    crash_reports.found()
    assert files(home) == [f"crash-20261130-0{hour}0000.txt" for hour in range(9 - crash_reports.KEPT, 9)]
