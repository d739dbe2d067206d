"""The mark of a window on a project tells the tray icon that it need not notify."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.cli.framework.window_mark import is_window_open, marked_open

_WINDOW = """
import sys
from pathlib import Path
from app.cli.framework.window_mark import marked_open
with marked_open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def window(project: Path, *, breaks_off: bool = False) -> Iterator[None]:
    """A window of another process."""
    with subprocess.Popen(
        [sys.executable, "-c", _WINDOW, str(project)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield
        if breaks_off:
            process.kill()
        process.communicate("\n")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "run").mkdir(parents=True)
    return tmp_path / "house.oikos"


def test_of_two_windows_the_second_counts_when_the_first_is_closed(project: Path) -> None:
    assert not is_window_open(project)
    with ExitStack() as first, window(project):
        first.enter_context(window(project))
        assert is_window_open(project)
        first.close()
        assert is_window_open(project)
        assert not is_window_open(project.with_name("other.oikos"))
    assert not is_window_open(project)


def test_a_window_that_broke_off_is_closed_and_its_mark_goes_with_the_next_one(project: Path) -> None:
    with window(project, breaks_off=True):
        pass
    assert not is_window_open(project)
    folder = project.parent / "home" / "run"
    for left in folder.iterdir():
        os.utime(left, (0, 0))
    with marked_open(project):
        assert is_window_open(project)
        assert len([*folder.iterdir()]) == 1
    assert [*folder.iterdir()] == []
