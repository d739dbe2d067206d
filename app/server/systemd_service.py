"""The engine of a project as a service of systemd's user manager: unit file and `systemctl --user`."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.server.background_engine import command, environment
from app.server.problems import service_failed, service_unsupported
from app.server.project_service import CALL_S, ServiceStatus, run_manager, service_name, service_words
from twin.files import atomic
from twin.files.errors import os_problem
from twin.model.problem import ProblemError

RESTART_S = 15
"""Seconds between restarts, also while a window has the project open: the service takes over when it closes."""
WATCHDOG_S = 60
START_S = 600
"""Seconds to start: opening a large project of an older schema takes minutes; systemd's 90 s would stop it
repeatedly."""
STOP_S = 90
_AT_WORK = ("active", "activating", "deactivating", "reloading")

UNIT = """\
[Unit]
Description=Oikos records {title}
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
WorkingDirectory={folder}
{environment}Restart=always
RestartSec={restart}
SuccessExitStatus=1
WatchdogSec={watchdog}
TimeoutStartSec={start}
TimeoutStopSec={stop}

[Install]
WantedBy=default.target
"""


def unit_name(project: Path) -> str:
    """Name of a project's unit, the same for every path or link to the project."""
    return f"{service_name(project)}.service"


def unit_file(project: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Path of a project's unit file (systemd.unit(5), user unit search path)."""
    config = environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 - a text of the environment
    return Path(config) / "systemd" / "user" / unit_name(project)


def unit_text(project: Path, words: Sequence[str], given: Mapping[str, str], listen: str = "") -> str:
    """The text of a unit that runs the command `words` with `run` and the project, in this environment; with `serve` where
    it is to listen for other machines at an address."""
    real = os.path.realpath(project)
    return UNIT.format(
        title=_plain(Path(real).stem),
        command=" ".join(_quoted(word, command=True) for word in (*words, *service_words(project, listen))),
        folder=_plain(str(Path(real).parent)),
        environment="".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in sorted(given.items())),
        restart=RESTART_S,
        watchdog=WATCHDOG_S,
        start=START_S,
        stop=STOP_S,
    )


def _quoted(word: str, *, command: bool = False) -> str:
    """A quoted word by the rules of systemd.syntax(7) and systemd.service(5)."""
    escaped = (
        word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("%", "%%")
    )
    return f'"{escaped.replace("$", "$$") if command else escaped}"'


def _plain(text: str) -> str:
    """A value for a unit file that is not split into words: one line, `%` escaped."""
    return " ".join(text.split("\n")).replace("%", "%%")


class SystemdService:
    """A ProjectService of systemd's user manager. Raises ProblemError where systemd is missing or refuses."""

    def __init__(self, project: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._project, self._environ = project, environ
        self.name, self.file = unit_name(project), unit_file(project, environ)

    def install(self, listen: str = "") -> None:
        """Writes and enables the unit and starts it without waiting: opening a large project takes minutes, and one
        that a window
        has open starts when that closes.
        """
        _check_supported()
        given = {name: self._environ[name] for name in ("OIKOS_HOME",) if self._environ.get(name)}
        if not getattr(sys, "frozen", False):
            given["PYTHONPATH"] = environment()["PYTHONPATH"]
        before = self.file.exists()
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(self.file, unit_text(self._project, command(), given, listen))
        except OSError as error:
            raise ProblemError(os_problem(error, self.file, code="service.unwritable")) from error
        try:
            self._systemctl("daemon-reload")
            self._systemctl("enable", self.name)
            self._systemctl("start", "--no-block", self.name)
        except ProblemError:
            if not before:  # nothing half installed
                with contextlib.suppress(ProblemError):
                    self._stop_and_disable()
                self._unlink()
                with contextlib.suppress(ProblemError):
                    self._systemctl("daemon-reload")
            raise

    def remove(self) -> bool:
        """Stops and disables the service and deletes its files, also leftovers; False where none was installed."""
        _check_supported()
        if (
            not self.file.exists()
            and not self._wanted.is_symlink()
            and self._systemctl_answer("is-active") not in _AT_WORK
        ):
            return False
        self._stop_and_disable()
        self._unlink()
        self._systemctl("daemon-reload")
        return True

    def _stop_and_disable(self) -> None:
        if self.file.exists():
            self._systemctl("disable", "--now", self.name, seconds=STOP_S)
        else:  # disable does not know a unit without a file
            self._systemctl("stop", self.name, seconds=STOP_S)

    def _unlink(self) -> None:
        for path in (self._wanted, self.file):
            path.unlink(missing_ok=True)

    @property
    def _wanted(self) -> Path:
        """Path of the symbolic link that starts the unit at login."""
        return self.file.parent / "default.target.wants" / self.name

    def start(self) -> None:
        """Starts the installed service and waits until it is ready."""
        self._systemctl("start", self.name, seconds=START_S)

    def stop(self) -> None:
        """Stops the installed service and waits until it has ended."""
        self._systemctl("stop", self.name, seconds=STOP_S)

    def restart(self) -> None:
        """Stops and starts the installed service."""
        self._systemctl("restart", self.name, seconds=STOP_S + START_S)

    def status(self) -> ServiceStatus:
        """The service's status; never raises: unknown parts are False, `unknown` or None."""
        if not sys.platform.startswith("linux") or not self.file.exists():
            return ServiceStatus(installed=False)
        enabled, active = (self._systemctl_answer("is-enabled"), self._systemctl_answer("is-active"))
        return ServiceStatus(
            installed=True, enabled=enabled == "enabled", active=active or "unknown", lingers=self.lingers()
        )

    def lingers(self) -> bool | None:
        """Whether the user's services run without a login; None where loginctl does not report it."""
        with contextlib.suppress(OSError, subprocess.SubprocessError, KeyError):
            done = run_manager(
                ["loginctl", "show-user", getpass.getuser(), "--property=Linger", "--value"], self._environ
            )
            if done.returncode == 0:
                return done.stdout.strip() == "yes"
        return None

    def _systemctl_answer(self, question: str) -> str:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            return run_manager(["systemctl", "--user", question, self.name], self._environ).stdout.strip()
        return ""

    def _systemctl(self, *words: str, seconds: float = 0.0) -> None:
        """Runs `systemctl --user`; `seconds` is added to the time limit for calls that wait for the service."""
        _check_supported()
        try:
            done = run_manager(["systemctl", "--user", *words], self._environ, CALL_S + seconds)
        except (OSError, subprocess.SubprocessError) as error:
            raise ProblemError(service_failed(words[0], self.name, str(error))) from error
        if done.returncode != 0:
            raise ProblemError(service_failed(words[0], self.name, done.stderr.strip() or done.stdout.strip()))


def _check_supported() -> None:
    if not sys.platform.startswith("linux") or shutil.which("systemctl") is None:
        raise ProblemError(service_unsupported(sys.platform))
