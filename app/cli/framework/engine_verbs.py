"""Carries out verbs of the command line inside the engine that has the project open, for clients of its door."""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, NoReturn, cast

from app.author import acting_for, author
from app.cli.framework.argparse_texts import asked_language
from app.cli.framework.beside_engine import BESIDE, FROM_AFAR, NEVER_FROM_AFAR, need_of
from app.cli.framework.named_files import kept_files, named_files, read_files, written_files
from app.cli.framework.running_engine import CURRENT, RunningEngine
from app.cli.framework.verb import Outcome, parser, verb
from app.engine.context import VERBS_AT_A_TIME
from app.i18n import set_context_language
from app.inbox import Inbox
from app.server.background_engine import STOP
from app.server.calls import REFUSALS
from app.server.file_references import KEPT, SENT, WRITTEN, renamed, renamed_problem, scheme_of
from app.server.grouped_presence import READING_VERBS, in_groups_only
from app.server.problems import blob_name, forbidden, in_a_window, only_here, scope_unsupported, unknown_method
from app.server.redacted_engine import redacted
from app.server.roles import NEED, Caller, Role
from twin.files.errors import unexpected
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.server.calls import Host
    from app.server.door import Verbs
    from app.server.verb_client import VerbClient

PATIENT = frozenset({"pair", "scene", "set"})
"""Verbs that wait for devices or for a second person: two of them at a time, so that others have their turns."""
SCOPED = frozenset({"confirm", "get", "set"})
"""Verbs for an access that is limited to rooms."""
PLACING_S = 60.0
"""Longest time (seconds) to copy the files that a verb names to their places."""


class UsageError(Exception):
    """The arguments do not fit the verb's grammar."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises UsageError instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise UsageError(message or f"exit {status}")


def verbs_of(engine: Engine, stop: Callable[[], object] | None = None) -> Verbs:
    """The door's function for verbs; `stop` ends the engine, None where it belongs to a window."""
    turns, patience = asyncio.Semaphore(VERBS_AT_A_TIME), asyncio.Semaphore(VERBS_AT_A_TIME // 2)

    async def carry_out(
        arguments: Sequence[str], given: Mapping[str, str], client: VerbClient
    ) -> AsyncGenerator[Mapping[str, object]]:
        name, caller = arguments[0], client.caller
        if name == STOP:
            yield _stopping(engine, caller, stop)
            if stop is not None:
                stop()  # the line is written by now
            return
        _check_offered(engine, caller, name)
        lines: asyncio.Queue[Mapping[str, object]] = asyncio.Queue()
        loop, inbox = asyncio.get_running_loop(), Inbox()

        def put(line: Mapping[str, object]) -> None:
            engine.context.loop.call(lines.put_nowait, line)

        async with patience if name in PATIENT else nullcontext(), turns:
            detach = await asyncio.wrap_future(engine.attach(inbox))
            inbox.drain()  # what was raised before is not this verb's
            seen = cast("Engine", redacted(cast("Host", engine), caller))
            here = RunningEngine(seen, inbox, given, lambda text: put({"line": text}), client)
            try:
                with acting_for(caller.person, here.client, caller.origin):
                    context = contextvars.copy_context()
                done = loop.run_in_executor(
                    engine.context.verb_pool, lambda: context.run(_carried, here, arguments, client, put, loop)
                )
                while "end" not in (line := await lines.get()):
                    yield line
                await done
                yield line
            finally:
                with acting_for(caller.person, here.client, caller.origin):
                    engine.discover(False)  # where the verb looked and was stopped
                detach()

    return carry_out


def _check_offered(engine: Engine, caller: Caller, name: str) -> None:
    """Raises ProblemError for a verb that is not carried out for this caller: an unknown one, or one that reads values of all
    points where the caller sees presence in groups only."""
    if name not in BESIDE and not (caller.remote and name in FROM_AFAR):
        raise ProblemError(unknown_method(name))
    if caller.remote and caller.role < Role.INSTALLER and name in READING_VERBS and engine.withheld_points():
        raise in_groups_only(name)


def _stopping(engine: Engine, caller: Caller, stop: Callable[[], object] | None) -> Mapping[str, object]:
    """The answer to a request to end the engine, which is a row of the event log. ProblemError where the role does not
    suffice, or a window ends it."""
    try:
        if caller.role < Role.ADMIN:
            raise ProblemError(forbidden(STOP, caller.role.name.lower(), Role.ADMIN.name.lower()))
        if stop is None:
            raise ProblemError(in_a_window(engine.project()))
    except ProblemError as error:
        engine.note_refusal(STOP, error.problems[0], caller.person or author(), caller.origin)
        raise
    with acting_for(caller.person, "", caller.origin):
        engine.session.audit.add("request", {"what": STOP, "result": "done"})
    return {"end": True, "document": {}, "lines": (), "problems": ()}


def _carried(
    here: RunningEngine,
    arguments: Sequence[str],
    client: VerbClient,
    put: Callable[[Mapping[str, object]], None],
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Runs a verb (blocking); its outcome is passed to `put` as the last line."""
    CURRENT.set(here)
    try:
        put({"end": True, **_outcome(here.engine, arguments, client, loop)})
    except UsageError as error:
        put({"end": True, "usage": str(error)})


def _check_role(name: str, args: argparse.Namespace, client: VerbClient) -> None:
    """ProblemError where the caller's role does not allow the verb with these arguments, or a client of another machine
    names a file otherwise than by a reference of the scheme that the argument takes."""
    caller = client.caller
    if caller.remote and name in NEVER_FROM_AFAR:
        raise ProblemError(only_here(f"oikos {name}"))
    if caller.grant is not None and caller.grant.scoped and name not in SCOPED:
        raise ProblemError(scope_unsupported(f"oikos {name}"))
    need = need_of(name, args)
    if not caller.may(need):
        raise ProblemError(forbidden(name, caller.role.name.lower(), NEED[need].name.lower()))
    if caller.remote:
        for scheme, names in (
            (SENT, read_files(args)), (KEPT, kept_files(args)), (WRITTEN, written_files(args).values()),
        ):  # fmt: skip
            for name in names:
                if scheme_of(name) != scheme:
                    raise ProblemError(blob_name(name))


def _outcome(
    engine: Engine, arguments: Sequence[str], client: VerbClient, loop: asyncio.AbstractEventLoop
) -> Mapping[str, object]:
    from app.cli.framework.output import dumped
    from app.cli.framework.reported_damage import with_noted

    name, caller = arguments[0], client.caller
    set_context_language(asked_language(arguments))
    args = parser([name], _Parser).parse_args(list(arguments))
    try:
        _check_role(name, args, client)
        client.check()
        if client.files is not None and (named := named_files(args)):  # only now: what is refused leaves no file behind
            placed = asyncio.run_coroutine_threadsafe(client.files.words(arguments, named), loop).result(PLACING_S)
            args = parser([name], _Parser).parse_args(placed)
        outcome = with_noted(verb(name).run(args))
    except ProblemError as error:
        if error.problems[0].code in REFUSALS:
            engine.note_refusal(f"oikos {name}", error.problems[0], caller.person or author(), caller.origin)
        outcome = Outcome(problems=error.problems)
    except UsageError:
        raise
    except Exception as error:
        outcome = Outcome(problems=(unexpected(error, f"oikos {name}"),))
    document = None if outcome.document is None else json.loads(dumped(outcome.document))
    lines, problems = outcome.lines, outcome.problems
    if client.files is not None and client.files.references:
        rename = client.files.rename
        document, lines = renamed(document, rename), tuple(map(rename, lines))
        problems = tuple(renamed_problem(problem, rename) for problem in problems)
    return {"document": document, "lines": lines, "problems": problems}
