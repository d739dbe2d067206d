"""`oikos service`: a project's engine in the background, once or as a service that starts at login."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.problem import Problem, ProblemError, Severity

if TYPE_CHECKING:
    from app.server.project_service import ProjectService, ServiceStatus


INSTALL = "install"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the action and the project."""
    parser.add_argument("action", choices=(INSTALL, *ACTIONS), help="install starts it at every login, too")
    parser.add_argument("project")
    help = "with install: let other machines in, too, at [::]:8443, ..."
    parser.add_argument("--listen", default="", metavar="ADDRESS", help=help)


def run(args: argparse.Namespace) -> Outcome:
    """Carries out the action, then prints the status of engine and service."""
    from app.server.system_service import system_service
    from twin.store.file_names import project_file

    path = project_file(Path(args.project))
    service = system_service(path)
    install = args.action == INSTALL
    problems = _install(path, service, args.listen) if install else ACTIONS[args.action](path, service)
    return _status_outcome(path, service.status(), problems)


def _install(path: Path, service: ProjectService, listen: str) -> tuple[Problem, ...]:
    from twin.store.project import Project

    if not path.is_file():
        with Project.open(path):  # its problem says what is wrong with the name
            pass
    if listen:
        from app.server.network_listening import parsed_address

        parsed_address(listen)
    service.install(listen)
    if service.status().lingers is False:
        return (Problem(code="service.linger", where=str(path), severity=Severity.NOTE),)
    return ()


def _remove(path: Path, service: ProjectService) -> tuple[Problem, ...]:
    from app.server.problems import service_missing

    if not service.remove():
        raise ProblemError(service_missing(str(path)))
    return ()


def _start(path: Path, service: ProjectService) -> tuple[Problem, ...]:
    from app.cli.framework.project_race import wait_for_lock
    from app.server import background_engine

    wait_for_lock(path, threading.Event())
    if service.status().installed:
        service.start()
    else:
        background_engine.start(path)
    return ()


def _stop(path: Path, service: ProjectService) -> tuple[Problem, ...]:
    from app.server import background_engine

    if _runs(service):
        service.stop()
    background_engine.stop(path)
    return ()


def _restart(path: Path, service: ProjectService) -> tuple[Problem, ...]:
    if service.status().installed:
        service.restart()
        return ()
    _stop(path, service)
    return _start(path, service)


def _status(path: Path, service: ProjectService) -> tuple[Problem, ...]:
    del path, service
    return ()


def _runs(service: ProjectService) -> bool:
    status = service.status()
    return status.installed and status.active not in ("inactive", "failed", "unknown")


ACTIONS: dict[str, Callable[[Path, ProjectService], tuple[Problem, ...]]] = {
    "remove": _remove,
    "start": _start,
    "stop": _stop,
    "restart": _restart,
    "status": _status,
}


def _status_outcome(path: Path, status: ServiceStatus, problems: tuple[Problem, ...]) -> Outcome:
    from app.server.background_engine import running
    from twin.store.file_lock import read_holder

    reached, held = running(path), read_holder(path)
    engine = reached or (held if held is not None and held.here and held.alive else None)
    document = {
        "project": str(path),
        "running": reached is not None,
        "pid": engine.pid if engine else None,
        "program": engine.program if engine else None,
        "installed": status.installed,
        "enabled": status.enabled,
        "active": status.active,
        "lingers": status.lingers,
    }
    if engine is None:
        lines = [translate("cli.service.stopped")]
    else:
        lines = [translate("cli.service.running" if reached else "cli.service.closed", holder=engine.text)]
    lines.append(
        translate("cli.service.installed", active=status.active) if status.installed else translate("cli.service.none")
    )
    return Outcome(document, tuple(lines), problems)


VERB = Verb(
    sentence="the engine in the background: start, stop, or install it as a service", arguments=arguments, run=run
)
