"""Who may enter a door: programs of the engine's own user, or persons with a token from other machines."""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from aiohttp import web

from app.server import problems
from app.server.roles import Caller
from twin.model.grant import Grant
from twin.model.problem import Problem, ProblemError

WRONG_TOKENS = 5
"""Wrong or expired tokens from one address after which it has to pause."""
PAUSE_S = 60.0
"""Time (seconds) for which an address has to pause."""
MOST_ADDRESSES = 10_000
"""Most addresses whose wrong tokens are counted; beyond it the oldest are forgotten."""


class Gate(Protocol):
    """Decides who the client of a request is."""

    def caller(self, request: web.Request) -> Caller:
        """The client of a request. Raises ProblemError where it may not enter."""
        ...

    def still(self, caller: Caller) -> bool:
        """Whether a client that was let in may stay."""
        ...

    def stands(self, grant: str) -> bool:
        """Whether the grant with this id was neither revoked nor has expired; empty for the engine's own user."""
        ...


class Grants(Protocol):
    """The grants of the open project, in memory."""

    def of_token(self, token: str) -> Grant | None:
        """The grant of a token; None where there is none."""
        ...

    def known(self, grant: Grant) -> bool:
        """Whether the grant was not revoked."""
        ...

    def expired(self, grant: Grant, now_ms: int) -> bool:
        """Whether the access has ended, now or at an earlier look."""
        ...

    def stands(self, grant: str, now_ms: int) -> bool:
        """Whether there is a grant with this id whose access has not ended."""
        ...


class LocalGate:
    """For a private unix socket, which only the user can reach, or a port of loopback with a token."""

    def __init__(self, token: str = "") -> None:
        """With an empty `token` every client is the user."""
        self._token = token

    def caller(self, request: web.Request) -> Caller:
        """The engine's own user. Raises ProblemError for a wrong token."""
        if self._token and not hmac.compare_digest(bearer(request).encode("utf-8", "replace"), self._token.encode()):
            raise ProblemError(problems.wrong_token())
        return Caller()

    def still(self, caller: Caller) -> bool:
        """Always: the user may stay."""
        del caller
        return True

    def stands(self, grant: str) -> bool:
        """Always: the user needs no grant."""
        del grant
        return True


class TokenGate:
    """For other machines: a token names a grant; five wrong or expired ones make an address pause for a minute.

    Valid tokens are let in during a pause: guesses do not shut out the other persons behind an address. The pause
    bounds work and rows of the event log; it is not what makes guessing hopeless: tokens are 32 random bytes.
    """

    def __init__(
        self,
        grants: Grants,
        now_ms: Callable[[], int],
        refused: Callable[[Problem, str, str], object] = lambda problem, who, origin: None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`refused` is told of each refusal, which may be a thousand a second: problem, person, address."""
        self._grants, self._now_ms, self._refused, self._clock = grants, now_ms, refused, monotonic_s
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()
        """By network of origin: number of wrong tokens, and the time of the last."""

    def caller(self, request: web.Request) -> Caller:
        """The person whose token the request has. Raises ProblemError: wrong token, expired, or paused after too many of
        them."""
        origin, token = origin_of(request), bearer(request)
        grant = self._grants.of_token(token) if token else None
        over = grant is not None and self._grants.expired(grant, self._now_ms())
        if grant is not None and not over:
            return Caller.of(grant, origin)  # whoever else guesses at this address
        key = network_of(origin)
        count, last = self._wrong.get(key, (0, 0.0))
        left = PAUSE_S - (self._clock() - last)
        if count >= WRONG_TOKENS and left > 0:
            raise self._told(problems.paused(WRONG_TOKENS, left), "", origin)
        self._count(key, 1 if left <= 0 else count + 1)
        if grant is not None:
            raise self._told(problems.access_expired(grant.name), grant.name, origin)
        raise self._told(problems.unknown_token(), "", origin)

    def still(self, caller: Caller) -> bool:
        """Whether the grant is neither revoked nor expired."""
        grant = caller.grant
        return grant is not None and self._grants.known(grant) and not self._grants.expired(grant, self._now_ms())

    def stands(self, grant: str) -> bool:
        """Whether the grant with this id was neither revoked nor has expired; True for the engine's own user (no id)."""
        return not grant or self._grants.stands(grant, self._now_ms())

    def _count(self, key: str, count: int) -> None:
        self._wrong[key] = (count, self._clock())
        self._wrong.move_to_end(key)
        while len(self._wrong) > MOST_ADDRESSES:
            self._wrong.popitem(last=False)

    def _told(self, problem: Problem, who: str, origin: str) -> ProblemError:
        self._refused(problem, who, origin)
        return ProblemError(problem)


def bearer(request: web.Request) -> str:
    """The token of a request; empty where it has none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def origin_of(request: web.Request) -> str:
    """The network address that a request comes from; an IPv4 address also where an IPv6 socket accepted it."""
    return plain_address(request.remote or "")


def plain_address(text: str) -> str:
    """An address without zone; `::ffff:192.0.2.1` as `192.0.2.1`."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def network_of(origin: str) -> str:
    """What is counted together: an IPv4 address, or the /64 of an IPv6 address, which one machine has whole."""
    try:
        address = ip_address(origin)
    except ValueError:
        return origin
    return origin if address.version == 4 else str(IPv6Address(int(address) >> 64 << 64))
