"""The engine of a project as a service of the user: what systemd, launchd and Windows' task scheduler have in common."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

CALL_S = 90.0
"""Seconds for the service manager to answer; calls that wait for the service add that time."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """Status of a service: installed, started at login, running now."""

    installed: bool
    enabled: bool = False
    active: str = "inactive"
    """State as systemd calls it, e.g. active, activating, inactive, failed."""
    lingers: bool | None = None
    """Whether it also runs while the user is not logged in; None where that is unknown."""


class ProjectService(Protocol):
    """The service of one project. Every method blocks; raises ProblemError where the manager is missing or refuses."""

    def install(self, listen: str = "") -> None:
        """Installs and starts the service, without waiting until it is ready; with `listen` it lets other machines in."""
        ...

    def remove(self) -> bool:
        """Stops the service and deletes its files; False where none was installed."""
        ...

    def start(self) -> None:
        """Starts the installed service."""
        ...

    def stop(self) -> None:
        """Stops the installed service; it starts again at the next login."""
        ...

    def restart(self) -> None:
        """Stops and starts the installed service."""
        ...

    def status(self) -> ServiceStatus:
        """The service's status; never raises."""
        ...


def service_name(project: Path) -> str:
    """Name of a project's service, the same for every path or link to the project."""
    real = os.path.realpath(project)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(real).stem).strip("-")[:_LONGEST_NAME] or "project"
    return f"oikos-{stem}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:8]}"


def service_words(project: Path, listen: str = "") -> tuple[str, ...]:
    """The verb that a service runs and its arguments."""
    real = os.path.realpath(project)
    return ("serve", real, "--listen", listen) if listen else ("run", real)


def run_manager(
    words: Sequence[str], environ: Mapping[str, str], seconds: float = CALL_S
) -> subprocess.CompletedProcess[str]:
    """Runs a command of the service manager. Raises OSError or subprocess.SubprocessError."""
    return subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False, env=dict(environ)
    )
