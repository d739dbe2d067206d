"""A user's session of its own with a real systemd manager, in namespaces: `oikos service` is played in it, and what was seen is
printed as JSON. Run as root by `unshare --mount --pid --fork --mount-proc python service_session.py PROJECT CGROUP`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

MANAGER = "/lib/systemd/systemd"
RUNTIME = Path("/run/user/0")
TURNS, TURN_S = 1200, 0.1
PAUSE = threading.Event()


def until(holds: Callable[[], object], what: str) -> None:
    """Waits until something holds, two minutes at most."""
    for _ in range(TURNS):
        if holds():
            return
        PAUSE.wait(TURN_S)
    raise SystemExit(f"never: {what}")


def session(cgroup: str) -> None:
    """Starts the manager of a user who has just logged in; tells why where that is not possible here."""
    for base in ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
        if (Path(base) / "cgroup.procs").exists():
            folder = Path(base) / cgroup
            folder.mkdir(exist_ok=True)
            (folder / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    Path("/run/systemd/system").mkdir(parents=True)
    RUNTIME.mkdir(parents=True, mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(RUNTIME)
    os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
    log = Path(os.environ["HOME"], "manager.log").open("w", encoding="utf-8")  # noqa: SIM115 - the manager's
    manager = subprocess.Popen([MANAGER, "--user", "--log-target=console"], stdout=log, stderr=log)
    for _ in range(TURNS // 4):
        asked = subprocess.run(
            ["systemctl", "--user", "is-system-running"], capture_output=True, text=True, check=False
        )
        if asked.stdout.strip() in ("running", "degraded"):
            return
        if manager.poll() is not None:
            break
        PAUSE.wait(TURN_S)
    said = Path(log.name).read_text("utf-8", "replace").splitlines()[-3:]
    print(json.dumps({"skip": f"no user manager of systemd runs here: {' '.join(said)}"}))
    raise SystemExit(0)


class Service:
    """The service of one project, by its command line."""

    def __init__(self, project: str) -> None:
        self.project = project
        self.seen: dict[str, Any] = {}

    def oikos(self, *words: str) -> Any:
        """A verb's exit code and document."""
        line = [sys.executable, "-m", "app", *words, "--json"]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        return {"code": done.returncode, **json.loads(done.stdout.splitlines()[-1])}

    def do(self, name: str, action: str) -> Any:
        """Carries out an action and notes what it said."""
        self.seen[name] = self.oikos("service", action, self.project)
        return self.seen[name]

    def property(self, name: str) -> str:
        """A property of the unit, as systemd tells it."""
        (unit,) = Path(os.environ["HOME"], ".config/systemd/user").glob("oikos-*.service")
        line = ["systemctl", "--user", "show", "--value", f"--property={name}", unit.name]
        return subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()

    def until_runs(self, but: int = 0) -> int:
        """Waits until systemd takes another process than `but` for ready; its number."""

        def ready() -> bool:
            return self.property("ActiveState") == "active" and self.property("MainPID") not in ("0", str(but))

        until(ready, "the service is ready")
        return int(self.property("MainPID"))


def play(project: str) -> dict[str, Any]:
    """Install, status, restart, kill, watchdog, stop, start, remove."""
    service = Service(project)
    service.do("install", "install")
    first = service.until_runs()
    service.do("status", "status")
    service.seen["first"], service.seen["notify"] = first, service.property("Type")
    until(lambda: service.oikos("get", project).get("points"), "the command line works beside it")
    service.do("again", "restart")
    second = service.until_runs(but=first)
    # quick restarts and a short watchdog, as a user sets them; the engine asks systemd for its interval
    (unit,) = Path(os.environ["HOME"], ".config/systemd/user").glob("oikos-*.service")
    own = unit.with_name(f"{unit.name}.d")
    own.mkdir()
    (own / "quick.conf").write_text("[Service]\nRestartSec=1\nWatchdogSec=20\nTimeoutAbortSec=5\n", encoding="ascii")
    subprocess.run(["systemctl", "--user", "daemon-reload"], check=True)
    os.kill(second, signal.SIGKILL)
    third = service.until_runs(but=second)
    service.seen["killed"] = service.property("NRestarts")
    service.seen["sound"] = service.oikos("check", project)
    os.kill(third, signal.SIGSTOP)  # its loop stands still
    until(lambda: int(service.property("NRestarts")) >= 2, "the watchdog has ended it")
    fourth = service.until_runs(but=third)
    service.seen["pids"] = [first, second, third, fourth]
    service.do("stop", "stop")
    service.seen["stopped"] = service.property("ActiveState")
    service.do("start", "start")
    service.do("remove", "remove")
    service.seen["left"] = [str(path) for path in unit.parent.rglob("oikos-*.service")]
    return service.seen


if __name__ == "__main__":
    session(sys.argv[2])
    print(json.dumps(play(sys.argv[1])))
