"""Waits until links that the user asked for are online; a peer's button is a job that the user may give up."""

from __future__ import annotations

from app.engine.button_pairing import CANCELLED, while_button_is_awaited
from app.engine.problems import login_needed, unreachable
from app.engine.session import ProjectSession
from app.jobs import Jobs
from devices.contract import PairsByButton
from devices.link import LinkRunner, LinkState
from twin.model.problem import ProblemError

OPEN_S = 125.0
"""Longest time (seconds) for a new link to connect and describe its devices; the link's own limits are shorter."""


async def await_online(session: ProjectSession, runner: LinkRunner, timeout_s: float) -> None:
    """Waits until a link is online, at most `timeout_s` seconds. Raises ProblemError where it is not."""
    where = runner.link.title or runner.link.address
    state = await session.wait_for_link(runner.link.id, timeout_s)
    if state is LinkState.NEEDS_LOGIN:
        raise ProblemError(runner.login_problem or login_needed(where, runner.reason))
    if state is not LinkState.ONLINE:
        raise ProblemError(session.last_problem.get(runner.link.id) or unreachable(where, runner.reason))


async def opened(session: ProjectSession, runner: LinkRunner, jobs: Jobs | None) -> None:
    """Waits until a link that the user asked for is online. Raises ProblemError."""
    online = await_online(session, runner, OPEN_S)
    if jobs is None or not isinstance(session.context.adapter(runner.link.protocol), PairsByButton):
        await online
    else:
        where = runner.link.title or runner.link.address
        await while_button_is_awaited(session.context, jobs, where, online)


async def opened_again(session: ProjectSession, runner: LinkRunner, jobs: Jobs | None) -> None:
    """Waits until a link of the project is online; where the user gives up meanwhile, its peer's button is no longer waited
    for. Raises ProblemError.
    """
    try:
        await opened(session, runner, jobs)
    except ProblemError as error:
        if error.problems[0].code == CANCELLED and session.links.runner(runner.link.id) is runner:
            await session.links.stop(runner.link.id)
            await session.start_link(runner.link)
        raise
