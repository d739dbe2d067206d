"""Work that an open project repeats in the background. Every endless loop of the engine is `repeat`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from app.engine.context import EngineContext
from twin.model.problem import ProblemError


class Repeating(Protocol):
    """What `repeat` needs of the open project."""

    closing: bool

    @property
    def context(self) -> EngineContext:
        """What all parts of the engine use."""
        ...


async def repeat(
    session: Repeating, look: Callable[[], Awaitable[object]], every_s: float, *, name: str, told: bool = True
) -> None:
    """Looks every `every_s` seconds until the project is closed, whatever a look fails of. Its problems are raised if `told`;
    an unexpected exception is reported, once until a look succeeds again."""
    lost = ""
    while not session.closing:
        try:
            await look()
            lost = ""
        except ProblemError as error:
            if told and not session.closing:
                session.context.raise_problem(*error.problems)
        except Exception as error:
            if repr(error) != lost:
                lost = repr(error)
                session.context.report_unhandled(error, name)
        await asyncio.sleep(every_s)
