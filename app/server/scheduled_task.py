"""The engine of a project as a task of Windows' task scheduler that starts at logon: XML (Task Scheduler Schema 1.2) and
`schtasks`. Written from Microsoft's documentation: the tests of this program don't run on Windows."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from app.server import background_engine
from app.server.background_engine import command, environment
from app.server.problems import service_failed, service_missing
from app.server.project_service import CALL_S, ServiceStatus, run_manager, service_name, service_words
from devices.folders import home
from twin.files import atomic
from twin.files.errors import os_problem
from twin.model.problem import ProblemError

TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Oikos records {title}</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled><UserId>{user}</UserId></LogonTrigger></Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>255</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{command}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""
_WITH_ENVIRONMENT = "import os,runpy,sys;os.environ.update({given!r});sys.path[:0]={path!r};runpy.run_module('app',run_name='__main__',alter_sys=True)"
"""What Python runs: a task has no environment of its own."""


def task_text(project: Path, words: Sequence[str], user: str, listen: str = "") -> str:
    """The XML of a task that runs the command `words` with a project's verb when a user logs on."""
    program, *rest = [*words, *service_words(project, listen)]
    return TASK.format(
        title=escape(Path(os.path.realpath(project)).stem),
        user=escape(user),
        command=escape(program),
        arguments=escape(subprocess.list2cmdline(rest)),
        folder=escape(str(Path(os.path.realpath(project)).parent)),
    )


class ScheduledTask:
    """A ProjectService of Windows' task scheduler: runs while its user is logged on, needs no administrator."""

    def __init__(self, project: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._project, self._environ = project, environ
        self.name = f"Oikos\\{service_name(project)}"
        self.file = home() / "services" / f"{service_name(project)}.xml"

    def install(self, listen: str = "") -> None:
        """Registers the task and starts it; nothing stays where the scheduler refuses."""
        before = self.file.exists()
        text = task_text(self._project, self._words(), self._user(), listen)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(self.file, text.encode("utf-16"))
        except OSError as error:
            raise ProblemError(os_problem(error, self.file, code="service.unwritable")) from error
        try:
            self._schtasks("/Create", "/TN", self.name, "/XML", str(self.file), "/F")
        except ProblemError:
            if not before:
                self.file.unlink(missing_ok=True)
            raise
        self._schtasks("/Run", "/TN", self.name)

    def remove(self) -> bool:
        """Ends the engine and deletes the task; False where none is registered."""
        if not self._is_registered():
            self.file.unlink(missing_ok=True)
            return False
        self.stop()
        self._schtasks("/Delete", "/TN", self.name, "/F")
        self.file.unlink(missing_ok=True)
        return True

    def start(self) -> None:
        """Starts the registered task."""
        if not self._is_registered():
            raise ProblemError(service_missing(str(self._project)))
        self._schtasks("/Run", "/TN", self.name)

    def stop(self) -> None:
        """Asks the engine to end through its door: the scheduler would kill it."""
        background_engine.stop(self._project)

    def restart(self) -> None:
        """Ends the engine and starts the task."""
        self.stop()
        self.start()

    def status(self) -> ServiceStatus:
        """The task's status: active where the project's engine runs (the scheduler's own words depend on the language)."""
        if not self._is_registered():
            return ServiceStatus(installed=False)
        runs = background_engine.running(self._project) is not None
        return ServiceStatus(installed=True, enabled=True, active="active" if runs else "inactive")

    def _words(self) -> list[str]:
        """The command line that starts this program without a console, in its environment."""
        if getattr(sys, "frozen", False):
            return command()
        windowed = Path(sys.executable).with_name("pythonw.exe")
        program = str(windowed) if windowed.exists() else sys.executable
        given = {name: self._environ[name] for name in ("OIKOS_HOME",) if self._environ.get(name)}
        path = environment()["PYTHONPATH"].split(os.pathsep)
        return [program, "-c", _WITH_ENVIRONMENT.format(given=given, path=path)]

    def _user(self) -> str:
        domain, name = self._environ.get("USERDOMAIN", ""), self._environ.get("USERNAME", "")
        return f"{domain}\\{name}" if domain else name

    def _is_registered(self) -> bool:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            return run_manager(["schtasks", "/Query", "/TN", self.name], self._environ).returncode == 0
        return False

    def _schtasks(self, *words: str) -> None:
        try:
            done = run_manager(["schtasks", *words], self._environ, CALL_S)
        except (OSError, subprocess.SubprocessError) as error:
            raise ProblemError(service_failed(words[0].strip("/").lower(), self.name, str(error))) from error
        if done.returncode != 0:
            detail = done.stderr.strip() or done.stdout.strip()
            raise ProblemError(service_failed(words[0].strip("/").lower(), self.name, detail))
