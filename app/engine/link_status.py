"""How the links of the open project stand, for a page or a verb."""

from __future__ import annotations

from app.engine.opened import Opened
from twin.model.device import Link
from twin.model.link_status import LinkStatus
from twin.model.problem import ProblemError


async def link_statuses(opened: Opened) -> tuple[LinkStatus, ...]:
    """Every link of the project with its state, counts, login name and what it could not read."""
    users = await opened.ground.off_loop(lambda: {link.id: _user(opened, link) for link in opened.twin.links})
    return tuple(_status(opened, link, users[link.id]) for link in opened.twin.links if link.id in users)


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
        online=sum(opened.presence.online.get(device.id, False) for device in devices),
        points=sum(len(device.points) for device in devices),
        skipped=runner.skipped if runner else (),
    )
