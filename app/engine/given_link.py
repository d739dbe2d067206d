"""The link that a user gave: as a candidate or URL, with options, login and further passwords."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from app.engine.problems import no_adapter
from app.engine.session import ProjectSession
from devices.contract import Adapter, HasOptions, Secret
from devices.link_distinction import DistinguishesLinks
from devices.link_local import named_in_url
from twin.model.candidate import Candidate
from twin.model.device import Link
from twin.model.ids import LinkId, derived
from twin.model.link_option import LinkOption, checked_options, option_value, without_secrets
from twin.model.option_list import added, extended
from twin.model.problem import Problem, ProblemError, Severity

TRUST = ("ca", "pin")
"""Options of a link that define which peer it trusts; at most one of them is set."""


def joined(inside: Secret | None, given: Secret | None) -> Secret | None:
    """The login from the URL, overridden by the fields of the given one."""
    if inside is None or given is None:
        return given or inside
    return replace(given, user=given.user or inside.user, password=given.password or inside.password)


def with_passwords(
    adapter: Adapter | None, options: Sequence[tuple[str, str]], secret: Secret | None
) -> tuple[Sequence[tuple[str, str]], Secret | None]:
    """The options that are stored with the link, and the secret with the passwords that were among them."""
    if not isinstance(adapter, HasOptions):
        return options, secret
    plain, passwords = without_secrets(adapter.options, options)
    return plain, (secret or Secret()).with_further(passwords) if passwords else secret


def link_for(session: ProjectSession, target: Candidate | str, options: Sequence[tuple[str, str]] = ()) -> Link:
    """The link of a candidate or URL, with these options added. Raises ProblemError."""
    adapter = adapter_for(session, target)
    link = told_apart(adapter, adapter.link(target), options, session.twin.links)
    there = session.link(link.id)
    if there is None and isinstance(target, str):
        link = told_apart(adapter, adapter.link(named_in_url(target)), options, session.twin.links)
        there = session.link(link.id)
    given = (*link.options, *options)
    if isinstance(adapter, HasOptions):
        given = (*given, *with_lists(adapter.options, there, dict(given)))
    return with_options(adapter, link, (*(there.options if there else ()), *given))


def with_lists(schema: Sequence[LinkOption], there: Link | None, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The given values of options that are lists, added to those of the link that is there; none for an invalid one."""
    for one in schema:
        value, fault = option_value(one, given.get(one.name, ""))
        if one.is_list and value and fault is None:
            present = (there.option(one.name) or one.default) if there else ""
            yield one.name, extended(present, value)


def changed_lists(schema: Sequence[LinkOption], there: Link, link: Link) -> tuple[Problem, ...]:
    """A note for each option that is a list and has been extended or replaced."""
    notes = list[Problem]()
    for one in schema:
        before, now = (each.option(one.name) or one.default for each in (there, link))
        if not one.is_list or now == before:
            continue
        more = added(before, now)
        notes.append(
            Problem(
                code="link.list.extended" if more else "link.list.replaced",
                args={"option": one.title, "name": one.name, "added": more, "now": now, "before": before},
                where=link.title or link.address,
                severity=Severity.NOTE,
            )
        )
    return tuple(notes)


def told_apart(adapter: Adapter, link: Link, options: Sequence[tuple[str, str]], links: Sequence[Link]) -> Link:
    """The link with the id of the one in `links` at its address whose distinction these options give, else an id of its own.
    Without a distinction it is the first there; and the only one there is any link while it has none itself.
    """
    beside = [one for one in links if (one.protocol, one.address) == (link.protocol, link.address)]
    if not isinstance(adapter, DistinguishesLinks) or not beside:
        return link
    first = next((one for one in beside if one.id == link.id), beside[0])
    kept = first.options if first.id == link.id else ()
    wanted = adapter.distinction(with_options(adapter, link, (*kept, *link.options, *options)))
    known = {adapter.distinction(one): one for one in reversed(beside)}
    if not wanted or known.keys() == {""}:
        return replace(link, id=first.id)
    if (same := known.get(wanted)) is not None:
        return replace(link, id=same.id)
    if first.id != link.id:
        return link
    taken, words = {one.id for one in links}, ["beside", wanted]
    while (id := LinkId(derived("link", link.protocol, link.address, *words))) in taken:
        words.append("")
    return replace(link, id=id, title=f"{link.title} ({wanted})")


def adapter_for(session: ProjectSession, target: Candidate | str) -> Adapter:
    """The adapter of a candidate or URL. Raises ProblemError where there is none."""
    adapters = session.context.adapters
    if isinstance(target, Candidate):
        adapter = adapters.get(target.protocol)
    else:
        scheme = target.partition("://")[0].lower() if "://" in target else ""
        adapter = next((one for one in adapters.values() if scheme and scheme in one.schemes), None)
    if adapter is None:
        unknown = no_adapter(target.name if isinstance(target, Candidate) else target)
        raise ProblemError(unknown, *session.context.broken_adapters)  # one that could not be loaded may be the one
    return adapter


def with_options(adapter: Adapter, link: Link, options: Sequence[tuple[str, str]]) -> Link:
    """The link with these options; later ones win and an empty value restores the default. Raises ProblemError."""
    wanted = dict(options)
    trusted = {name: wanted.pop(name) for name in TRUST if wanted.get(name)}
    newest = [name for name, _ in options if name in trusted][-1:]  # one of them holds at a time
    wanted |= {name: trusted[name] for name in newest}
    if not isinstance(adapter, HasOptions):
        return replace(link, options=tuple(pair for pair in wanted.items() if pair[1]))
    kept, problems = checked_options(adapter.options, wanted.items(), link.address)
    if problems:
        raise ProblemError(*problems)
    return replace(link, options=kept)
