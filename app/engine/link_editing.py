"""User edits of a link: login, trusted certificate, removal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.api import NO_OPTIONS
from app.engine import commissioning
from app.engine.given_link import TRUST, link_for, with_passwords
from app.engine.link_opening import opened_again
from app.engine.problems import unknown
from app.engine.session import ProjectSession
from app.jobs import Jobs
from devices.contract import HasLogin, HasOptions, PairsByButton, RemovesAtPeer, Secret, ShowsCertificate
from devices.secrets import split_url
from twin.model.candidate import Candidate
from twin.model.certificate import Certificate
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.model.link_option import LinkSchema
from twin.model.problem import ProblemError
from twin.model.text import Text


async def certificate(session: ProjectSession, target: Candidate | LinkId | str) -> Certificate | None:
    """The certificate that the peer of a link, candidate or URL presents now; None where it presents none."""
    adapters = await session.context.run_blocking(lambda: session.context.adapters)
    if isinstance(target, Candidate):
        link = link_for(session, target)
    else:
        link = session.link(LinkId(target)) or link_for(session, split_url(target)[0])
    adapter = adapters.get(link.protocol)
    return await adapter.certificate(link) if isinstance(adapter, ShowsCertificate) else None


async def log_in(
    session: ProjectSession,
    id: LinkId,
    secret: Secret,
    passwords: Mapping[str, str] = NO_OPTIONS,
    jobs: Jobs | None = None,
) -> None:
    """Saves another login of a link, with the passwords of its options, and tries it at once. A peer with a button is
    paired with anew where it needs that, waited for as one of the `jobs`, which the user may cancel. Raises ProblemError.
    """
    link = _known(session, id)
    _, given = with_passwords(session.context.adapter(link.protocol), tuple(passwords.items()), secret)
    kept = await session.context.run_blocking(lambda: session.context.keep_secret(link.id, given or secret))
    runner = session.links.runner(id)
    if runner is not None:
        runner.login(kept)
        if isinstance(session.context.adapter(link.protocol), PairsByButton):
            await opened_again(session, runner, jobs)


async def trust(session: ProjectSession, id: LinkId, options: Mapping[str, str]) -> None:
    """Sets another CA file or pinned certificate; neither means the system's certificates. One undo step."""
    link = _known(session, id)
    kept = tuple(pair for pair in link.options if pair[0] not in TRUST)
    changed = replace(link, options=(*kept, *trusted(options)))
    if changed != link:
        label = Text("edit.trust", name=link.title or link.address)
        await session.edits.add_link(changed, label=label)


async def link_options(session: ProjectSession, target: Candidate | LinkId | str) -> LinkSchema:
    """What the protocol of a link, candidate or URL takes from the user; the empty schema for an unknown protocol."""
    adapters = await session.context.run_blocking(lambda: session.context.adapters)
    if isinstance(target, Candidate):
        adapter = adapters.get(target.protocol)
    elif (link := session.link(LinkId(target))) is not None:
        adapter = adapters.get(link.protocol)
    else:
        scheme = target.partition("://")[0].strip().lower()
        adapter = next((one for one in adapters.values() if scheme in one.schemes), None)
    return LinkSchema(
        has_login=isinstance(adapter, HasLogin) and adapter.has_login,
        options=adapter.options if isinstance(adapter, HasOptions) else (),
        removal=adapter.removal if isinstance(adapter, RemovesAtPeer) else None,
        has_button=isinstance(adapter, PairsByButton),
    )


async def remove_link(session: ProjectSession, id: LinkId) -> None:
    """Removes a link, its devices, its pairing and its secret. History stays; undo restores all but the last two."""
    await commissioning.remove_link(session, _known(session, id))


def trusted(options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """At most one of the options that define the trusted peer; a pinned certificate before a CA file."""
    found = [(name, options[name]) for name in reversed(TRUST) if options.get(name)]
    return tuple(found[:1])


def _known(session: ProjectSession, id: LinkId) -> Link:
    link = session.link(id)
    if link is None:
        raise ProblemError(unknown("link", id))
    return link
