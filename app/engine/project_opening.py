"""Opens, makes and closes projects, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from app.engine.context import EngineContext
from app.engine.engine_core import EngineCore
from app.engine.pairing_queue import PairingQueue
from app.engine.session import ProjectSession
from twin.model.ids import LinkId
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.project import Project
from twin.store.project.kept_settings import CARE_ENDED, CARE_RENAMED

AFTER_FRAME_S = 0.3
"""How long (seconds) links wait after the first frame, while the screen still bakes light."""


class ProjectOpening(EngineCore):
    """The part of EngineApi that opens projects."""

    def open(self, path: Path, *, links: Iterable[LinkId] | None = None, automations: bool = True) -> Future[None]:
        """Opens a project and starts its links (all, or only these). ProblemError leaves the former project open.
        Automations and
        schedules act only where all links run, and not with `automations` False (another engine runs them).
        """
        kept = None if links is None else tuple(links)
        work = self._opening.run(path, Text("job.opening", name=path.stem), lambda: self._open(path, kept, automations))
        return self._run(work, "open")

    def open_again(self) -> Future[None]:
        """Repeats the opening that failed."""
        return self._run(self._opening.again(), "open")

    def open_project(self, path: str) -> Future[None]:
        """Closes the open project and opens the one at `path`."""
        return self.open(Path(path))

    def new_project(self, path: str, building: str = "") -> Future[None]:
        """Makes and opens a project, from a building file where one is given."""
        place, source = Path(path), Path(building) if building else None
        work = self._opening.run(place, Text("job.making", name=place.stem), lambda: self._new(place, source))
        return self._run(work, "new project")

    def open_demo(self, name: str) -> Future[None]:
        """Opens the demo `home` or `office`, which is made on its first opening."""
        path = self.context.home / "demo" / f"{name}.oikos"
        work = self._opening.run(path, Text("job.demo", name=name), lambda: self._open_demo(name, path))
        return self._run(work, "demo")

    def start_links(self) -> None:
        """Called when the screen has painted: links start soon, now or when another project is opened."""
        self._patience_s = min(self._patience_s, AFTER_FRAME_S)
        if self._session is not None:
            self.context.loop.call(self._session.hurry, self._patience_s)

    async def switch(
        self,
        path: Path,
        make: Callable[[], Project],
        *,
        links: Iterable[LinkId] | None = None,
        automations: bool = True,
    ) -> ProjectSession:
        """Opens the project made by `make` (on the pool), then closes the former one, which stays open on failure.
        Runs on the loop.
        """
        async with self._switching:
            old = self._session
            if old is not None and await self.context.run_blocking(lambda: _same(old.path, path)):
                await self._close()  # its lock is ours
            project = await self._made(path, make)
            try:
                history = await self.context.run_blocking(lambda: _history_of(project, self.context))
            except BaseException:
                await self.context.run_blocking(project.close)
                raise
            await self._close()
            session = await self.context.run_blocking(
                lambda: ProjectSession(self.context, project, history, Path(project.path))
            )
            self._session = session
            self._pairing = await self.context.run_blocking(lambda: PairingQueue(session))
            self._pairing.setup_codes.begin()
            await session.begin(links=links, patience_s=self._patience_s, automations=automations)
            session.spawn_task(self._look_at_files(session), name="changed files")
            if links is None:
                session.spawn_task(self._pair_on(session, self._pairing), name="pairing queue")
                session.spawn_task(self._watch_on(session, reports=automations), name="early warnings")
            if self._door is not None:
                session.spawn_task(self._door.open(session), name="door")
            return session

    async def _made(self, path: Path, make: Callable[[], Project]) -> Project:
        """The project made by `make`, after the verbs that have it open where these are waited for."""
        if self._verb_wait is None:
            return await self.context.run_blocking(make)
        return await self._verb_wait.opened(path, lambda: self.context.run_blocking(make))

    async def _pair_on(self, session: ProjectSession, queue: PairingQueue) -> None:
        """Goes on with the pairing queue once the links have started."""
        await session.links_started.wait()
        queue.resume()

    async def _watch_on(self, session: ProjectSession, *, reports: bool) -> None:
        """Begins to look for early warnings and signs of an intrusion once the links start, and to make scheduled reports."""
        await session.links_started.wait()
        with suppress(ProblemError):  # the project is being closed
            if session is self._session:
                await self.warning_watch()
                await self.security_watch()
                await self.care_watch()
                await self.home_watch()
                await self.alarm_mirror()
                await self.privacy_watch()
                if reports:
                    (await self.report_watch()).begin()

    async def _look_at_files(self, session: ProjectSession) -> None:
        """Checks whether building files changed, when links start."""
        await session.links_due.wait()
        if not session.closing:
            watching = await self.context.imported("app.engine.source_changes")
            await watching.check_source_files(self.context, session.project, session.path)

    async def _open(self, path: Path, links: Iterable[LinkId] | None, automations: bool) -> None:
        await self.switch(path, lambda: Project.open(path), links=links, automations=automations)
        await self.context.run_blocking(lambda: self.settings.opened(path))

    async def _open_demo(self, name: str, path: Path) -> None:
        if not await self.context.run_blocking(path.exists):
            await self.context.imported("app.engine.demo")  # brings the geometry libraries
            from app.engine.demo import make_demo

            await make_demo(self.context, self.jobs, name, path)
        await self.switch(path, lambda: Project.open(path))
        await self.context.run_blocking(lambda: self.settings.opened(path, demo=True))

    async def _new(self, path: Path, building: Path | None) -> None:
        importing = await self._importing() if building else None
        # read first: a file that is none, or an import that is stopped, leaves no empty project behind
        read = (
            await importing.read_building_file(self.context, self.jobs, building, watched=True) if importing else None
        )
        session = await self.switch(path, lambda: Project.create(path, name=path.stem))
        await self.context.run_blocking(lambda: self.settings.opened(path))
        if importing and read:
            await importing.import_first(session, read)

    async def _close(self) -> tuple[Problem, ...]:
        self._discovery.stop_for_all()
        self._light.stop()
        session, self._session = self._session, None
        queue, self._pairing = self._pairing, None
        watches, self._watches = self._watches, {}
        if session is not None and queue is not None:
            session.closing = True
            queue.setup_codes.close()
            await queue.close()
        for watch in watches.values():
            if session is not None:
                session.closing = True
                await watch.close()
        self._clients.problems.clear()
        if session is None:
            return ()
        if self._door is None:
            return await session.close()
        await self._door.close()
        met = await session.close()
        await self._door.close()  # where it was just being opened
        return met


def _history_of(project: Project, context: EngineContext) -> History:
    history = History.open(history_file(Path(project.path)), now_ms=context.now_ms, lived_ms=context.lived_ms)
    if project.setting(CARE_RENAMED) or project.setting(CARE_ENDED) is not None:
        _mend_care(project, history)
    return history


def _mend_care(project: Project, history: History) -> None:
    from app.engine.care_ending import end_care, rename_care  # hardly any project needs it

    with suppress(ProblemError):  # at the next opening
        if project.setting(CARE_RENAMED):  # once, of a project made before care had keys of its own
            rename_care(project, history)
        if project.setting(CARE_ENDED) is not None:  # what a withdrawal could not finish
            end_care(project, history)


def _same(one: Path, other: Path) -> bool:
    """Whether both paths are the same file; False where one does not exist."""
    try:
        return one.samefile(other)
    except OSError:
        return False
