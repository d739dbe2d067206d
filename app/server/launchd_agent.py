"""The engine of a project as an agent of launchd, macOS' service manager: property list and `launchctl` (launchd.plist(5),
launchctl(1)). Written from the manual pages: the tests of this program don't run on macOS."""

from __future__ import annotations

import contextlib
import os
import plistlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from app.server.background_engine import command, environment
from app.server.problems import service_failed, service_missing
from app.server.project_service import CALL_S, ServiceStatus, run_manager, service_name, service_words
from twin.files import atomic
from twin.files.errors import os_problem
from twin.model.problem import ProblemError

RESTART_S = 15
"""Seconds between restarts, also while a window has the project open."""
STOP_S = 90
"""Seconds for the engine to end before it is killed."""


def agent_file(project: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Path of a project's property list, in the folder that launchd reads at login."""
    home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - a text of the environment
    return Path(home) / "Library" / "LaunchAgents" / f"{service_name(project)}.plist"


def agent_list(project: Path, given: Mapping[str, str], listen: str = "") -> bytes:
    """The property list of an agent that runs a project's engine in this environment, from login on and again after
    each end."""
    return plistlib.dumps(
        {
            "Label": service_name(project),
            "ProgramArguments": [*command(), *service_words(project, listen)],
            "WorkingDirectory": str(Path(os.path.realpath(project)).parent),
            "EnvironmentVariables": dict(given),
            "RunAtLoad": True,
            "KeepAlive": True,
            "ThrottleInterval": RESTART_S,
            "ExitTimeOut": STOP_S,
        }
    )


class LaunchdAgent:
    """A ProjectService of launchd, in the user's graphical session."""

    def __init__(self, project: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._project, self._environ = project, environ
        self.name, self.file = service_name(project), agent_file(project, environ)
        self._session = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
        self._target = f"{self._session}/{self.name}"

    def install(self, listen: str = "") -> None:
        """Writes the property list and loads it, which starts the engine; nothing stays where launchd refuses."""
        before = self.file.exists()
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(self.file, agent_list(self._project, _given(self._environ), listen))
        except OSError as error:
            raise ProblemError(os_problem(error, self.file, code="service.unwritable")) from error
        try:
            if self._is_loaded():
                self._launchctl("bootout", self._target, seconds=STOP_S)
            self._launchctl("enable", self._target)
            self._launchctl("bootstrap", self._session, str(self.file))
        except ProblemError:
            if not before:
                self.file.unlink(missing_ok=True)
            raise

    def remove(self) -> bool:
        """Unloads the agent and deletes its property list; False where there is neither."""
        loaded = self._is_loaded()
        if not loaded and not self.file.exists():
            return False
        if loaded:
            self._launchctl("bootout", self._target, seconds=STOP_S)
        self.file.unlink(missing_ok=True)
        return True

    def start(self) -> None:
        """Loads the agent, or starts it where it is loaded."""
        self._check_installed()
        if self._is_loaded():
            self._launchctl("kickstart", self._target)
        else:
            self._launchctl("bootstrap", self._session, str(self.file))

    def stop(self) -> None:
        """Unloads the agent, as launchd would start it again at once; it is loaded again at the next login."""
        if self._is_loaded():
            self._launchctl("bootout", self._target, seconds=STOP_S)

    def restart(self) -> None:
        """Ends the engine and starts it again."""
        self._check_installed()
        if self._is_loaded():
            self._launchctl("kickstart", "-k", self._target, seconds=STOP_S)
        else:
            self.start()

    def status(self) -> ServiceStatus:
        """The agent's status: active where launchd prints a process for it."""
        if not self.file.exists():
            return ServiceStatus(installed=False)
        printed = self._printed()
        active = "active" if "state = running" in printed else "activating" if printed else "inactive"
        return ServiceStatus(installed=True, enabled=True, active=active)

    def _check_installed(self) -> None:
        if not self.file.exists():
            raise ProblemError(service_missing(str(self._project)))

    def _is_loaded(self) -> bool:
        return bool(self._printed())

    def _printed(self) -> str:
        """What launchd prints about the agent; empty where it is not loaded."""
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            done = run_manager(["launchctl", "print", self._target], self._environ)
            return done.stdout if done.returncode == 0 else ""
        return ""

    def _launchctl(self, *words: str, seconds: float = 0.0) -> None:
        try:
            done = run_manager(["launchctl", *words], self._environ, CALL_S + seconds)
        except (OSError, subprocess.SubprocessError) as error:
            raise ProblemError(service_failed(words[0], self.name, str(error))) from error
        if done.returncode != 0:
            raise ProblemError(service_failed(words[0], self.name, done.stderr.strip() or done.stdout.strip()))


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    """Variables of the environment that the engine needs: launchd gives it none of the terminal's."""
    given = {name: environ[name] for name in ("OIKOS_HOME",) if environ.get(name)}
    if not getattr(sys, "frozen", False):
        given["PYTHONPATH"] = environment()["PYTHONPATH"]
    return given
