"""How the links of the open project stand, for a page or a verb."""

from __future__ import annotations

from dataclasses import replace

from app.engine.opened import Opened
from app.engine.problems import login_needed, not_running, unreachable
from devices.link import LinkState
from twin.model.device import Link
from twin.model.link_status import LinkStatus
from twin.model.problem import Problem, ProblemError, Severity


async def link_statuses(opened: Opened) -> tuple[LinkStatus, ...]:
    """Every link of the project with its state, counts, login name and what it could not read."""
    users = await opened.ground.off_loop(lambda: {link.id: _user(opened, link) for link in opened.twin.links})
    return tuple(_status(opened, link, users[link.id]) for link in opened.twin.links if link.id in users)


def link_problems(opened: Opened) -> tuple[Problem, ...]:
    """One problem for each link that is not online now, with the reason that its own system gave last."""
    return tuple(
        _not_online(opened, link) for link in opened.twin.links if opened.state_of(link.id) != LinkState.ONLINE
    )


def _not_online(opened: Opened, link: Link) -> Problem:
    runner, where = opened.links.runner(link.id), link.address
    if runner is None:
        return not_running(where, link.protocol)
    if runner.state is LinkState.NEEDS_LOGIN:
        return login_needed(where, runner.reason)
    said = opened.last_problem.get(link.id) or unreachable(where, runner.reason or "no answer yet")
    return replace(said, severity=Severity.ERROR)


def _user(opened: Opened, link: Link) -> str:
    """The user name of the link's login. Blocks: runs on the pool."""
    try:
        secret = opened.ground.secrets.get(link.id)
    except ProblemError:
        return ""  # said where the link starts
    return secret.user if secret else ""


def _status(opened: Opened, link: Link, user: str) -> LinkStatus:
    runner = opened.links.runner(link.id)
    devices = opened.takein.of(link.id)
    return LinkStatus(
        link=link,
        state=opened.state_of(link.id).value,
        reason=runner.reason if runner else "",
        user=user,
        devices=len(devices),
        online=sum(opened.presence.is_online(device.id) for device in devices),
        points=sum(len(device.points) for device in devices),
        skipped=runner.skipped if runner else (),
    )
