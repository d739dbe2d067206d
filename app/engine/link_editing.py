"""What a person changes at a link: its login, whom it trusts, and whether it is there at all."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from app.engine.arrivals import link_for
from app.engine.opened import Opened
from app.engine.problems import unknown
from devices.contract import Secret, ShowsCertificate
from devices.secrets import split_url
from twin.model.candidate import Candidate
from twin.model.certificate import Certificate
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.model.problem import ProblemError

TRUST = ("ca", "pin")
"""Options of a link that say whom it trusts; one of them holds at a time."""


async def certificate(opened: Opened, target: Candidate | LinkId | str) -> Certificate | None:
    """What the peer of a link, candidate or URL shows now; None where it shows none."""
    adapters = await opened.ground.off_loop(lambda: opened.ground.adapters)
    if isinstance(target, Candidate):
        link = link_for(opened, target)
    else:
        link = opened.link(LinkId(target)) or link_for(opened, split_url(target)[0])
    adapter = adapters.get(link.protocol)
    return await adapter.certificate(link) if isinstance(adapter, ShowsCertificate) else None


async def log_in(opened: Opened, id: LinkId, secret: Secret) -> None:
    """Keeps another login of a link and tries it at once."""
    link = _known(opened, id)
    await opened.ground.off_loop(lambda: opened.ground.keep_secret(link.id, secret))
    runner = opened.links.runner(id)
    if runner is not None:
        runner.login(secret)


async def trust(opened: Opened, id: LinkId, options: Mapping[str, str]) -> None:
    """Another CA file or pinned certificate; neither means the system's own certificates. One undo step."""
    link = _known(opened, id)
    kept = tuple(pair for pair in link.options if pair[0] not in TRUST)
    changed = replace(link, options=(*kept, *trusted(options)))
    if changed != link:
        await opened.structure.add_link(changed)


async def remove_link(opened: Opened, id: LinkId) -> None:
    """Forgets a link, its devices and its secret. Their history stays; an undo brings back all but the secret."""
    link = _known(opened, id)
    await opened.links.stop(id)
    await opened.structure.remove_link(link.id)
    with contextlib.suppress(ProblemError):
        await opened.ground.off_loop(lambda: opened.ground.secrets.delete(id))


def trusted(options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The options among these that say whom a link trusts; a pinned certificate before a CA file."""
    found = [(name, options[name]) for name in reversed(TRUST) if options.get(name)]
    return tuple(found[:1])


def _known(opened: Opened, id: LinkId) -> Link:
    link = opened.link(id)
    if link is None:
        raise ProblemError(unknown("link", id, "`oikos links` lists what there is"))
    return link
