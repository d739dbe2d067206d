"""`oikos service` with a real user manager of systemd, in namespaces of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.server.background_engine import environment
from tests.app.server import service_session
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.store.project import Project

pytestmark = [pytest.mark.waits, pytest.mark.timeout(900)]


@pytest.fixture
def cgroup() -> Iterator[str]:
    """The name of a control group for the session, removed with all below it."""
    name = f"oikos-test-{os.getpid()}"
    yield name
    for base in ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
        folders = sorted((Path(base) / name).rglob("*"), reverse=True) if (Path(base) / name).exists() else []
        for folder in (*(one for one in folders if one.is_dir()), Path(base) / name):
            with contextlib.suppress(OSError):
                folder.rmdir()


def test_a_service_is_installed_watched_restarted_and_removed_by_systemd(tmp_path: Path, cgroup: str) -> None:
    missing = [name for name in ("unshare", "systemctl", "mount") if shutil.which(name) is None]
    if sys.platform != "linux" or missing or not Path(service_session.MANAGER).exists() or os.getuid() != 0:
        pytest.skip(f"a user manager of systemd in its own namespaces needs Linux, root and {missing or 'systemd'}")
    project = tmp_path / "house.oikos"
    with Project.create(project, name="House") as made:
        made.add_link(Link(id=LinkId("l"), protocol="simulated", address="simulated://office"))
    given = environment() | {"HOME": str(tmp_path), "OIKOS_HOME": str(tmp_path / "home")}
    for name in ("XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"):
        given.pop(name, None)
    line = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", sys.executable, service_session.__file__]
    done = subprocess.run([*line, str(project), cgroup], capture_output=True, text=True, env=given, check=False)
    if "Operation not permitted" in done.stderr or "unshare failed" in done.stderr:
        pytest.skip(f"namespaces cannot be made here: {done.stderr.strip()[-120:]}")
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    if "skip" in seen:
        pytest.skip(seen["skip"])
    assert [seen[name]["code"] for name in ("install", "status", "again", "stop", "start", "remove")] == [0] * 6
    status = seen["status"]
    assert (status["pid"], status["enabled"], status["active"]) == (seen["first"], True, "active")
    assert (status["program"], seen["notify"]) == ("oikos run", "notify")
    assert int(seen["killed"]) >= 1, "it came back after a kill"
    assert (seen["sound"]["code"], seen["sound"]["problems"]) == (0, [])
    assert len(set(seen["pids"])) == 4, "restarted, killed, ended by the watchdog: each time another process"
    assert (seen["stopped"], seen["start"]["active"]) == ("inactive", "active")
    assert seen["left"] == []
