"""What a client reads before it attaches: whether the engine accepts it, its version, and the client's role."""

from __future__ import annotations

import aiohttp
import msgspec

from app.server.listening import version
from app.server.method_table import fingerprint
from app.server.problems import another_version, not_understood
from app.server.roles import Role
from twin.model.problem import Problem, ProblemError


async def greet(session: aiohttp.ClientSession) -> Role:
    """The client's role. Raises ProblemError where the engine refuses the client or their versions are incompatible."""
    async with session.get("/hello") as response:
        body = await response.read()
    if response.status != 200:
        raise ProblemError(*problems_in(body))
    hello = msgspec.json.decode(body, type=_Hello)
    if hello.api != fingerprint():
        raise ProblemError(another_version(hello.version, version()))
    return Role[hello.role.upper()]


def problems_in(body: bytes) -> tuple[Problem, ...]:
    """The problems in the answer to a refused request."""
    try:
        return msgspec.json.decode(body, type=_Refused).problems
    except msgspec.DecodeError:
        return (not_understood(body[:80].decode("utf-8", "replace")),)


class _Hello(msgspec.Struct):
    version: str = ""
    api: str = ""
    role: str = Role.ADMIN.name


class _Refused(msgspec.Struct):
    problems: tuple[Problem, ...]
