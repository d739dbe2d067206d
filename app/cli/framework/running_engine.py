"""Where a verb works: in files that it opens itself, or inside the engine that has the project open."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.inbox import Inbox


_NUMBERS = itertools.count(1)


class RunningEngine:
    """The engine as a verb inside it sees it: the same methods, an inbox of the verb's own, and who asked."""

    def __init__(self, engine: Engine, inbox: Inbox, given: Mapping[str, str], tell: Callable[[str], None]) -> None:
        """`given` is what the other side read for us (a password); `tell` prints a line there at once."""
        self._engine = engine
        self.inbox, self.given, self.tell = inbox, given, tell
        self.client = f"verb {next(_NUMBERS)}"

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the engine has
        return getattr(self._engine, name)

    @property
    def engine(self) -> Engine:
        """This, for who takes an engine."""
        return cast("Engine", self)


CURRENT: ContextVar[RunningEngine | None] = ContextVar("running engine", default=None)
"""The engine that the verb of this thread works in; None where it opens the project itself."""


def running() -> RunningEngine | None:
    """The engine that this verb works in."""
    return CURRENT.get()


def tell_line(text: str) -> None:
    """Prints a line before the verb's answer, to whoever asked for the verb."""
    if (here := running()) is not None:
        here.tell(text)
    else:
        print(text, flush=True)
