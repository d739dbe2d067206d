"""One call of a client on the engine, however it came: checked against the table, carried out, its problems as values."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, cast

import msgspec

from app.api import EngineApi
from app.author import acting_for
from app.inbox import NewsSink
from app.log import topic
from app.server.method_table import arguments_decoder, table
from app.server.problems import bad_arguments, forbidden, unknown_method
from app.server.roles import NEED, Caller
from twin.model.problem import Problem, ProblemError, mistake

_LOG = topic("door")


class Host(EngineApi, Protocol):
    """The engine as its door sees it."""

    def attach(self, inbox: NewsSink) -> Future[Callable[[], None]]:
        """One more client: its inbox gets what is known now and then all news, until the answer is called."""
        ...


async def perform(
    host: Host, caller: Caller, name: str, arguments: bytes | msgspec.Raw, *, json: bool = False
) -> object:
    """The answer of a method. ProblemError: no such method, not for this caller, wrong arguments, or what it raised.

    What was begun goes on when the client goes away: a command that is on its way cannot be called back.
    """
    row = table().get(name)
    if row is None:
        raise ProblemError(unknown_method(name))
    if not caller.may(name):
        raise ProblemError(forbidden(name, caller.role.name.lower(), NEED[name].name.lower()))
    try:
        asked = arguments_decoder(name, json=json).decode(arguments)
    except (msgspec.DecodeError, ValueError) as error:
        raise ProblemError(bad_arguments(name, str(error))) from error
    with acting_for(caller.person, caller.client):
        found = row.call(host, asked, caller.name)
    return await asyncio.shield(asyncio.wrap_future(cast("Future[object]", found))) if row.awaited else found


def problems_of(error: BaseException, where: str) -> tuple[Problem, ...]:
    """What a call failed of; what nobody expected is logged."""
    if isinstance(error, ProblemError):
        return error.problems
    _LOG.error("a call of %s failed", where[:40], exc_info=error)
    return (mistake(error, where[:40]),)
