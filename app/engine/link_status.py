"""Status of every link of the open project, for the links page and `oikos links`."""

from __future__ import annotations

from dataclasses import replace

from app.engine.problems import login_needed, not_running, still_described, unreachable
from app.engine.session import ProjectSession
from devices.contract import PairsByButton
from devices.link import LinkState
from twin.model.device import Link
from twin.model.link_status import LinkStatus
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.text import Text


async def link_statuses(session: ProjectSession) -> tuple[LinkStatus, ...]:
    """Every link of the project with its state, counts, login name and skipped entries."""
    users = await session.context.run_blocking(lambda: {link.id: _user(session, link) for link in session.twin.links})
    return tuple(_status(session, link, users[link.id]) for link in session.twin.links if link.id in users)


def link_problems(session: ProjectSession) -> tuple[Problem, ...]:
    """One problem for each link that is not online now, with the reason that its own system gave last, or whose devices
    are not all described yet."""
    found = (_not_online(session, link) or _incomplete(session, link) for link in session.twin.links)
    return tuple(problem for problem in found if problem is not None)


def _incomplete(session: ProjectSession, link: Link) -> Problem | None:
    runner = session.links.runner(link.id)
    if runner is None or runner.complete:
        return None
    return still_described(link.address, len(session.registration.devices_of(link.id)))


def _not_online(session: ProjectSession, link: Link) -> Problem | None:
    runner, where = session.links.runner(link.id), link.address
    if runner is None:
        return not_running(where, link.protocol)
    if runner.state is LinkState.ONLINE:
        return None
    if runner.state is LinkState.NEEDS_LOGIN:
        return runner.login_problem or login_needed(where, runner.reason)
    problem = session.last_problem.get(link.id) or unreachable(where, runner.reason or Text("reason.no_answer_yet"))
    return replace(problem, severity=Severity.ERROR)


def _user(session: ProjectSession, link: Link) -> str:
    """The user name of the link's login. Blocks: runs on the pool."""
    try:
        secret = session.context.secrets.get(link.id)
    except ProblemError:
        return ""  # said where the link starts
    return secret.user if secret else ""


def _status(session: ProjectSession, link: Link, user: str) -> LinkStatus:
    runner = session.links.runner(link.id)
    devices = session.registration.devices_of(link.id)
    return LinkStatus(
        link=link,
        state=session.state_of(link.id).value,
        reason=runner.reason if runner else None,
        user=user,
        devices=len(devices),
        online=sum(session.presence.is_online(device.id) for device in devices),
        points=sum(len(device.points) for device in devices),
        skipped=runner.skipped if runner else (),
        complete=runner.complete if runner else True,
        has_button=isinstance(session.context.adapter(link.protocol), PairsByButton),
    )
