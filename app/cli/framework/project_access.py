"""Access of a verb to a project: read-only beside an engine, as its only editor, or with a running engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from app.author import author
from app.cli.framework.reported_damage import note_problems
from app.cli.framework.running_engine import running
from app.settings import Settings, home
from twin.model.ids import LinkId
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.engine.reading import ProjectReader
    from app.server.door import Verbs
    from twin.model.twin import Twin
    from twin.store.project import Project, ProjectNote


@contextmanager
def reading(path: str) -> Generator[ProjectReader]:
    """The project, read-only; others may have it open. Damage found is reported after the verb's answer."""
    from app.engine.reading import ProjectReader

    if (here := running()) is not None:
        from app.cli.framework.engine_editor import LiveReader

        yield LiveReader(here.engine, here.caller.grant)
        return
    with ProjectReader.open(Path(path)) as project:
        yield project
        note_problems(project.damage)


@contextmanager
def editing(path: str) -> Generator[Project]:
    """The project for editing; ProblemError where another program has it open and has no door."""
    if (here := running()) is not None:
        from app.cli.framework.engine_editor import EngineEditor

        yield cast("Project", EngineEditor(here.engine))
        return
    from twin.store.project import Project

    with Project.open(Path(path)) as project:
        project.author = author()
        notes: list[ProjectNote] = []
        project.noted = notes.append
        try:
            yield project
        finally:
            _write_down(project, notes)


def _write_down(project: Project, notes: Sequence[ProjectNote]) -> None:
    """Adds what was edited to the event log of the history, where there is one: the first engine makes it."""
    from app.engine.audit_log import logged
    from app.engine.clock import utc_ms
    from twin.store.file_names import history_file
    from twin.store.history.event_log import append_to

    history, now_ms, who = history_file(Path(project.path)), utc_ms(), author()
    if notes and history.exists():
        rows = [logged(note.kind, {**note.body, "result": "done"}, time_ms=now_ms, who=who, place="") for note in notes]
        try:
            append_to(history, rows)
        except ProblemError as error:
            note_problems(error.problems)


@contextmanager
def working(
    path: str | None,
    *,
    links: Iterable[LinkId] | None = None,
    automations: bool = True,
    stop: threading.Event | None = None,
) -> Generator[Engine]:
    """A running engine with the project open (links: all, or only these; automations and schedules act where all run,
    unless `automations` is False), stopped afterwards with everything written;
    ProblemError at the end where something could not be. With `stop`, which is to end it, other programs reach it
    meanwhile, and verbs that have the project open are waited for."""
    if (here := running()) is not None:
        yield here.engine
        return
    from app.engine.engine import Engine

    engine = Engine(home(), settings=Settings.load(home()))
    engine.start()
    if stop is not None:

        def verbs() -> Verbs:
            from app.cli.framework.engine_verbs import verbs_of

            return verbs_of(engine, stop.set)

        engine.listen(verbs)
    engine.context.raise_problem(*engine.settings.problems)
    try:
        if path is not None:
            _open(partial(engine.open, Path(path), links=links, automations=automations), Path(path), stop)
        yield engine
    except BaseException:
        engine.stop()
        raise
    if unwritten := engine.stop():
        raise ProblemError(*unwritten)


def _open(opening: Callable[[], Future[None]], path: Path, stop: threading.Event | None) -> None:
    if stop is None:
        opening().result()
        return
    from app.cli.framework.project_race import open_after_verbs
    from twin.store.file_names import project_file

    open_after_verbs(project_file(path), opening, stop)


def raised(engine: Engine) -> tuple[Problem, ...]:
    """Problems that the engine raised since the inbox was last drained; each once."""
    from twin.model.change import ProblemRaised

    changes = engine.inbox.drain()[1]
    return tuple(dict.fromkeys(change.problem for change in changes if isinstance(change, ProblemRaised)))


def missing(what: str, name: str, twin: Twin) -> ProblemError:
    """Error: the project has nothing of this name, or several."""
    from app.engine.problems import ambiguous, several_points, unknown

    if what == "point" and (points := twin.points_called(name)):
        return ProblemError(several_points(name, points, twin))
    ids = twin.called(what, name)
    return ProblemError(ambiguous(what, name, ids) if len(ids) > 1 else unknown(what, name))
