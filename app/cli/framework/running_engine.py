"""The running engine that a verb works in, if it does not open the project's files itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from twin.files.free_space import check_free

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.inbox import Inbox
    from app.server.verb_client import VerbClient


_NUMBERS = itertools.count(1)
_SENDING = frozenset({"command", "command_many", "act_on_alarms", "run_rule", "set_scene", "put_back_scene"})
"""Methods whose commands have a sender."""


class RunningEngine:
    """The engine for a verb inside it: the same methods, with an inbox and client id of the verb's own."""

    def __init__(
        self,
        engine: Engine,
        inbox: Inbox,
        given: Mapping[str, str],
        print_line: Callable[[str], None],
        verb_client: VerbClient,
    ) -> None:
        """`given`: input read by the client (user, password); `print_line` prints a line at the client at once;
        `verb_client`: who it is."""
        self._engine, self._verb_client, self.caller = engine, verb_client, verb_client.caller
        self.inbox, self.given, self.print_line = inbox, given, print_line
        self.client = f"verb {next(_NUMBERS)}"

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the engine has
        self._verb_client.check()  # whoever was revoked while waiting does nothing more
        found = getattr(self._engine, name)
        return partial(found, sender=self.caller.name) if name in _SENDING else found

    def check(self, out: Path) -> None:
        """Raises ProblemError where the person who asked for a file has no access any more, or its disk is nearly full."""
        self._verb_client.check()
        if self.caller.remote:
            check_free(out.parent)

    @property
    def engine(self) -> Engine:
        """This object, typed as Engine."""
        return cast("Engine", self)


CURRENT: ContextVar[RunningEngine | None] = ContextVar("running engine", default=None)
"""The engine that the current verb works in; None where it opens the project itself."""


def running() -> RunningEngine | None:
    """The engine that the current verb works in; None where it opens the project itself."""
    return CURRENT.get()


def print_line(text: str) -> None:
    """Prints a line before the verb's answer, on the client's terminal."""
    if (here := running()) is not None:
        here.print_line(text)
    else:
        print(text, flush=True)
