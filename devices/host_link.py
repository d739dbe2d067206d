"""Links to one host, whose address is `scheme://host[:port][/uid]` with the link's options as its query."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from devices.contract import Service
from devices.link_local import has_number
from devices.local_name import addresses_of, find_service
from twin.model.candidate import Candidate
from twin.model.device import Link
from twin.model.ids import LinkId, derived
from twin.model.link_option import LinkOption, checked_options
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class HostScheme:
    """How the addresses of a protocol are written."""

    protocol: str
    title: str
    port: int
    """Port where an address names none."""
    options: tuple[LinkOption, ...] = ()
    uid: str = r"[0-9a-f]{12}"
    """Regular expression of a device's id, by default its hardware address."""

    def link(self, target: str | Candidate) -> Link:
        """The link to a URL or candidate; raises ProblemError for a URL that is none."""
        if isinstance(target, Candidate):
            if not target.addresses:
                raise ProblemError(self._no_address(Text("link.host_form", scheme=self.protocol)))
            uid = dict(target.facts).get("id", "")
            return self._link(target.addresses[0], target.port or self.port, uid, target.name, ())
        try:
            url = urlsplit(target.strip())
            host, port = url.hostname or "", url.port or self.port
        except ValueError:
            raise ProblemError(self._no_address(Text("url.port"))) from None
        uid = re.sub(r"[:-]", "", url.path.strip("/").lower())
        if url.scheme != self.protocol or not host or (uid and not re.fullmatch(self.uid, uid)):
            raise ProblemError(self._no_address(Text("link.host_form", scheme=self.protocol)))
        where = target.partition("?")[0]  # a password may stand in the rest
        options, problems = checked_options(self.options, parse_qsl(url.query, keep_blank_values=True), where)
        if problems:
            raise ProblemError(*problems)
        return self._link(host, port, uid, "", options)

    def _link(self, host: str, port: int, uid: str, title: str, options: tuple[tuple[str, str], ...]) -> Link:
        shown = f"[{host}]" if ":" in host else host
        where = f"{self.protocol}://{shown}:{port}" + (f"/{uid}" if uid else "")
        return Link(
            id=LinkId(derived("link", self.protocol, uid or where)),
            protocol=self.protocol,
            address=where,
            title=title or f"{self.title} {shown}",
            options=options,
        )

    def _no_address(self, why: Text) -> Problem:
        return Problem(code="link.host_address", args={"title": self.title, "scheme": self.protocol, "why": why})


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPlace:
    """Where a link's device may be: at the addresses that are known, else wherever it announces itself now. An address whose
    zone is a number may be on another interface by now: there it is looked for last.
    """

    hosts: tuple[str, ...]
    port: int
    service_type: str
    is_wanted: Callable[[Service], bool] | None
    """Whether an announced service is the device; None where its id is not known yet."""
    problem: Problem | None = None
    """Why there is no known address."""

    async def first[T](self, visit: Callable[[tuple[str, ...], int], Awaitable[T]]) -> T:
        """What `visit` returns at the known address, or, where that fails, at the one that the device announces. Raises
        what `visit` raises, and ProblemError where neither is there.
        """
        if self.problem is None and not any(map(has_number, self.hosts)):
            try:
                return await visit(self.hosts, self.port)
            except (OSError, TimeoutError):
                if (found := await self._announced()) is None:
                    raise
        elif (found := await self._announced()) is None:
            if self.problem is not None:
                raise ProblemError(self.problem)
            return await visit(self.hosts, self.port)
        return await visit(found.addresses, found.port)

    async def _announced(self) -> Service | None:
        """The device's announcement; None where there is none, or it has the known addresses."""
        if self.is_wanted is None:
            return None
        found = await find_service(self.service_type, self.is_wanted)
        is_known = found is not None and found.port == self.port and set(found.addresses) <= set(self.hosts)
        return None if is_known else found


def uid_of(link: Link) -> str:
    """The device's id in a link's address; empty where it has none."""
    return urlsplit(link.address).path.strip("/")


async def host_place(
    link: Link, service_type: str, names: Callable[[Service], str], *, uid: str | None = None
) -> HostPlace:
    """Where a link's device may be; `names` is the id in an announcement, `uid` the device's where the link's address
    does not name it. Raises OSError where the host has no address.
    """
    url = urlsplit(link.address)
    wanted = uid or uid_of(link)
    hosts, problem = tuple[str, ...](), None
    try:
        hosts = await addresses_of(url.hostname or "")
    except ProblemError as error:
        (problem,) = error.problems
    return HostPlace(
        hosts=hosts,
        port=url.port or 0,
        service_type=service_type,
        is_wanted=(lambda service: names(service) == wanted) if wanted else None,
        problem=problem,
    )
