"""The service of a project in this system's manager of the user's services."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from app.server.project_service import ProjectService


def system_service(project: Path, environ: Mapping[str, str] = os.environ) -> ProjectService:
    """The service of a project: launchd's on macOS, the task scheduler's on Windows, systemd's elsewhere."""
    if sys.platform == "darwin":
        from app.server.launchd_agent import LaunchdAgent

        return LaunchdAgent(project, environ)
    if sys.platform == "win32":
        from app.server.scheduled_task import ScheduledTask

        return ScheduledTask(project, environ)
    from app.server.systemd_service import SystemdService

    return SystemdService(project, environ)
