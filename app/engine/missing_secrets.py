"""What of a project does not work without secrets that are not there: links, channels of notifications, pairing jobs."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.channel_secret import secret_id
from app.engine.pairing_codes import SETTING, read_queue, with_code
from devices.contract import Adapter, NeedsSecret, Secret
from twin.model.pairing_job import PairingJob, PairingState
from twin.model.problem import Problem, Severity
from twin.rules.definition_body import read_rules
from twin.store.project import Project
from twin.store.project.kept_settings import LINKS_WITH_LOGIN, ids_of


def without_secrets(
    project: Project, adapters: Mapping[str, Adapter], secrets: Mapping[str, Secret]
) -> tuple[Problem, ...]:
    """Warnings of what cannot work with these secrets (by name) alone: links that had a login, or always need one,
    channels with a login, and pairing jobs to be done.
    """
    twin, had = project.twin(), set(ids_of(project.setting(LINKS_WITH_LOGIN)) or ())
    links = [
        link.title or link.address
        for link in twin.links
        if str(link.id) not in secrets and (link.id in had or _always(adapters.get(link.protocol)))
    ]
    channels = [
        one.title or one.address
        for one in read_rules(twin.definitions).channels.values()
        if one.user and str(secret_id(one.id)) not in secrets
    ]
    todo, coded = jobs_with_codes(project, secrets)
    return (
        *(_warning("restore.no_secret", where=title) for title in links),
        *(_warning("restore.no_channel_secret", where=title) for title in channels),
        *((_warning("restore.no_codes", n=len(todo) - len(coded)),) if len(coded) < len(todo) else ()),
    )


def file_missing(title: str, file: str) -> Problem:
    """Problem: a file of a link or channel does not come back with the backup."""
    return Problem(code="restore.no_file", where=title, args={"file": file}, severity=Severity.WARNING)


def jobs_with_codes(
    project: Project, secrets: Mapping[str, Secret]
) -> tuple[tuple[PairingJob, ...], tuple[PairingJob, ...]]:
    """The pairing jobs that can still be done, and those of them whose code is among these secrets."""
    key, jobs = read_queue(str(project.setting(SETTING, "")))
    done = (PairingState.DONE, PairingState.CANCELLED)
    todo = tuple(
        job for job in jobs if job.state not in done and (job.can_retry or job.state is not PairingState.FAILED)
    )
    return todo, with_code(secrets, key, todo)


def _always(adapter: Adapter | None) -> bool:
    return isinstance(adapter, NeedsSecret) and adapter.needs_secret


def _warning(code: str, *, where: str = "", n: int | None = None) -> Problem:
    return Problem(code=code, where=where, args={} if n is None else {"n": n}, severity=Severity.WARNING)
