"""The engine: runs the whole twin without a screen and implements the interface of window and command line (EngineApi).

Every method returns at once; the work runs on the loop, and what blocks on the pool.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from app.actions import DEFAULT_SENDER, new_command
from app.api import NO_OPTIONS
from app.engine import commissioning, link_editing, meter_changes
from app.engine.bulk_commands import carry_all
from app.engine.client_inboxes import ClientInboxes
from app.engine.clock import utc_ms
from app.engine.context import EngineContext
from app.engine.discovery import DiscoveryRunner
from app.engine.door_opening import ProjectDoor
from app.engine.drawing_sketches import DrawingSketches
from app.engine.edit_queue import PUT_IN, TAKE_OUT
from app.engine.event_bus import Unsubscribe
from app.engine.jobs import Jobs
from app.engine.light_baking import LightBaking
from app.engine.link_status import link_statuses
from app.engine.opening_status import OpeningTracker
from app.engine.problems import nothing_open
from app.engine.session import ProjectSession
from app.inbox import Inbox, NewsSink
from app.settings import Settings
from devices.contract import Secret
from devices.link import LinkState, not_connected
from twin.light.model import StoreyModel
from twin.light.storey_light import StoreyLight
from twin.model.building import Building
from twin.model.candidate import Candidate
from twin.model.certificate import Certificate
from twin.model.command import Command, CommandResult
from twin.model.device import Device
from twin.model.document_page import DocumentPage
from twin.model.drawing import Drawing, DrawingWithPictures
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import DeviceId, LinkId, PlaceholderId, PointId, RoomId, StoreyId
from twin.model.import_review import Review
from twin.model.link_option import LinkOption
from twin.model.link_status import LinkStatus
from twin.model.mesh import Mesh
from twin.model.meter import Consumption
from twin.model.observation import StringTable, Value
from twin.model.problem import Problem, ProblemError
from twin.model.space import Position
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store.file_names import history_file
from twin.store.history import History, lived_ms
from twin.store.project import Project

if TYPE_CHECKING:
    from app.server.door import Verbs

STOP_S = 15.0
AFTER_FRAME_S = 0.3
"""How long links wait after a frame: what the screen still has to bake comes first."""
FRESH_S = 2.0
"""How long a command line waits for the value before its command: it tells a change from a repetition."""


class Engine:
    """Implements app.api.EngineApi. `start`, then `open` a project; `stop` writes everything down.

    Links start `patience_s` after a project is shown, or when `start_links` says so: loading protocols must not delay a
    window's first frame.
    """

    def __init__(
        self,
        home: Path,
        *,
        settings: Settings | None = None,
        inbox: Inbox | None = None,
        now_ms: Callable[[], int] = utc_ms,
        lived_ms: Callable[[], int] | None = lived_ms,
        patience_s: float = 0.0,
    ) -> None:
        self.settings = settings or Settings.load(home)
        self.inbox = inbox or Inbox()
        self.ground = EngineContext(home=home, settings=self.settings, now_ms=now_ms, lived_ms=lived_ms)
        self._clients = ClientInboxes(self.ground.bus)
        self._clients.subscribe(self.inbox)
        self.jobs = Jobs()
        self._light = LightBaking(self.ground, self.jobs)
        self._patience_s = patience_s
        self._session: ProjectSession | None = None
        self._looking = DiscoveryRunner(self.ground, lambda: self._session)
        self._switching = asyncio.Lock()
        self._drafts = DrawingSketches(self.ground)
        self._opening = OpeningTracker(self.ground.bus)
        self._door: ProjectDoor | None = None

    def listen(self, verbs: Verbs | None = None) -> None:
        """Whatever project is opened from now on has a door for other programs; `verbs` carries out what the command
        line asks there."""
        self._door = ProjectDoor(self.ground, self, verbs)

    def start(self) -> None:
        """Starts the loop thread."""
        self.ground.loop.start()

    def stop(self) -> tuple[Problem, ...]:
        """Ends every link, writes everything down, ends every thread; what could not be written. May be called twice."""
        try:
            with contextlib.suppress(RuntimeError, TimeoutError):
                return self._run(self._close(), "close").result(STOP_S)
            return ()
        finally:
            self.ground.loop.stop()
            self.ground.pool.shutdown(wait=True, cancel_futures=True)

    def open(self, path: Path, *, links: Iterable[LinkId] | None = None) -> Future[None]:
        """Opens a project and starts its links (all, or only these); ProblemError leaves open what was."""
        kept = None if links is None else tuple(links)
        work = self._opening.run(path, Text("job.opening", name=path.stem), lambda: self._open(path, kept))
        return self._run(work, "open")

    def open_again(self) -> Future[None]:
        """Tries once more to open what could not be opened."""
        return self._run(self._opening.again(), "open")

    @property
    def session(self) -> ProjectSession:
        """The open project; raises ProblemError where none is."""
        if self._session is None:
            raise ProblemError(nothing_open())
        return self._session

    @property
    def twin(self) -> Twin:
        """The newest snapshot of the structure; empty where no project is open."""
        return self._session.twin if self._session else Twin()

    def strings(self) -> StringTable:
        """The texts that enum and text points have used so far; read only."""
        return self._session.strings if self._session else StringTable()

    def project(self) -> str:
        """Path of the open project; empty where none is."""
        return str(self._session.path) if self._session else ""

    def open_project(self, path: str) -> Future[None]:
        """Closes what is open and opens this one."""
        return self.open(Path(path))

    def new_project(self, path: str, building: str = "") -> Future[None]:
        """Makes and opens a project, from a building file where one is given."""
        place, source = Path(path), Path(building) if building else None
        work = self._opening.run(place, Text("job.making", name=place.stem), lambda: self._new(place, source))
        return self._run(work, "new project")

    def open_demo(self, name: str) -> Future[None]:
        """Opens the living demo `home` or `office`, made on its first opening."""
        path = self.ground.home / "demo" / f"{name}.oikos"
        work = self._opening.run(path, Text("job.demo", name=name), lambda: self._open_demo(name, path))
        return self._run(work, "demo")

    def attach(self, inbox: NewsSink) -> Future[Unsubscribe]:
        """One more client: its inbox gets what is known now and then all news, until the function is called that is the
        answer."""

        async def work() -> Unsubscribe:
            self._clients.show_all(inbox, self._session, self._looking.candidates)
            return self._clients.subscribe(inbox)

        return self._run(work(), "attach")

    def resync(self, inbox: Inbox) -> Future[None]:
        """Tells a client's inbox everything that is known, after a Resync."""

        async def work() -> None:
            self._clients.show_all(inbox, self._session, self._looking.candidates)

        return self._run(work(), "resync")

    def start_links(self) -> None:
        """The screen has painted: links need not wait any longer, now or when another project is opened."""
        self._patience_s = min(self._patience_s, AFTER_FRAME_S)
        if self._session is not None:
            self.ground.loop.call(self._session.hurry, self._patience_s)

    def show_again(self) -> None:
        """Tells every inbox the whole twin, for a screen that comes later."""
        if self._session is not None:
            self.ground.loop.call(self._session.show_again, self.ground.bus.publish)

    def cancel(self, job: str) -> None:
        """Asks the job that Progress names to stop."""
        self.jobs.cancel(job)

    def now_ms(self) -> int:
        """The engine's clock, UTC milliseconds."""
        return self.ground.now_ms()

    def mesh(self) -> Future[Mesh | None]:
        """The building's shape, from the project's cache; None where no building, or no project, is open."""

        async def work() -> Mesh | None:
            return await self.ground.run_blocking(self._session.project.mesh) if self._session else None

        return self._run(work(), "mesh")

    def light(
        self, storey: StoreyId, make: Callable[[], StoreyModel | None], quality: str
    ) -> Future[tuple[StoreyLight, str] | None]:
        """The light of a storey and its quality, from the project or baked in a child process."""
        project = self._session.project if self._session else None
        return self._run(self._light.light(project, storey, make, quality), "light")

    def compute[T](self, work: Callable[[], T]) -> Future[T]:
        """Runs work on the pool that touches nothing but its own values."""
        return self._run(self.ground.run_blocking(work), "compute")

    def setting(self, name: str) -> Future[object]:
        """A setting of the open project; None where it was never set or none is open."""

        async def work() -> object:
            return self._session.project.setting(name) if self._session else None

        return self._run(work(), "setting")

    def keep_setting(self, name: str, value: object) -> Future[None]:
        """Keeps a setting with the project."""

        async def work() -> None:
            project = self.session.project
            await self.ground.run_blocking(lambda: project.set_setting(name, value))

        return self._run(work(), "keep")

    def command(
        self, point: PointId, verb: str, value: Value = None, *, sender: str = DEFAULT_SENDER
    ) -> Future[CommandResult]:
        """Sends a command; the answer is how it ended: confirmed by the device's own report, or failed."""

        async def work() -> CommandResult:
            return await self.session.send_command(new_command(point, verb, value, sender=sender))

        return self._run(work(), "command")

    def ready(self, point: PointId, timeout_s: float) -> Future[Text | None]:
        """Waits until a point can be commanded; empty, or why it cannot."""
        return self._run(self._ready(point, timeout_s), "ready")

    def command_many(
        self, orders: Sequence[tuple[PointId, str, Value]], *, sender: str = DEFAULT_SENDER
    ) -> Future[list[CommandResult]]:
        """Sends many commands side by side; progress comes as Progress, whose job `cancel` stops."""

        async def work() -> list[CommandResult]:
            commands = [new_command(*order, sender=sender) for order in orders]
            return await carry_all(self.session, self.jobs, commands)

        return self._run(work(), "commands")

    def send(self, commands: Sequence[Command]) -> Future[None]:
        """Takes commands on, side by side; what becomes of each is told by its id as Settled."""

        async def work() -> None:
            opened = self.session
            sent = opened.send_command(commands[0]) if len(commands) == 1 else carry_all(opened, self.jobs, commands)
            opened.spawn_task(sent, name="commands")

        return self._run(work(), "send")

    def bind(self, device: DeviceId, room: RoomId, position_m: Position | None = None) -> Future[None]:
        """Puts a device into a room."""
        return self._run(self._edit(lambda opened: opened.structure.bind([device], room, position_m)), "bind")

    def bind_all(self, places: Mapping[DeviceId, RoomId]) -> Future[None]:
        """Puts each device into its room, as one edit."""
        return self._run(self._edit(lambda opened: opened.structure.bind_all(places)), "bind all")

    def unbind(self, *devices: DeviceId) -> Future[None]:
        """Takes devices out of their rooms, as one edit."""
        return self._run(
            self._edit(lambda o: o.structure.edit(lambda project: project.unbind(*devices), label=TAKE_OUT)), "unbind"
        )

    def place_in_room(self, holder: PlaceholderId, room: RoomId) -> Future[None]:
        """Says which room a device of the building file is in."""
        return self._run(self._edit(lambda o: o.structure.edit(lambda p: p.place(holder, room), label=PUT_IN)), "put")

    def rename(self, thing: DeviceId | RoomId, name: str) -> Future[None]:
        """Gives a device or room the user's own name."""
        return self._run(
            self._edit(
                lambda o: o.structure.edit(lambda p: p.rename(thing, name), label=Text("edit.rename_to", name=name))
            ),
            "rename",
        )

    def remove(self, device: DeviceId) -> Future[None]:
        """Decommissions a device where it was commissioned, and forgets it."""
        return self._run(self._edit(lambda opened: commissioning.remove(opened, device)), "remove")

    def undo(self) -> Future[Text | None]:
        """Takes the last edit back."""
        return self._run(self._edited(lambda opened: opened.structure.undo()), "undo")

    def redo(self) -> Future[Text | None]:
        """Does again what was taken back."""
        return self._run(self._edited(lambda opened: opened.structure.redo()), "redo")

    def undo_labels(self) -> tuple[Text | None, Text | None]:
        """What undo and redo would do now, in words."""
        return self._session.structure.undo_labels() if self._session else (None, None)

    def links(self) -> Future[tuple[LinkStatus, ...]]:
        """Every link of the project: state, counts, what it could not read."""

        async def work() -> tuple[LinkStatus, ...]:
            return await link_statuses(self.session)

        return self._run(work(), "links")

    def discover(self, on: bool) -> None:
        """Starts or stops looking; candidates come as Found."""
        self.ground.loop.call(self._looking.start if on else self._looking.stop)

    def add(
        self,
        target: Candidate | str,
        user: str = "",
        password: str = "",
        room: RoomId | None = None,
        trust: Mapping[str, str] = NO_OPTIONS,
        options: Mapping[str, str] = NO_OPTIONS,
    ) -> Future[tuple[Device, ...]]:
        """Takes a candidate or URL in; its devices. `trust` names a `pin` (fingerprint) or a `ca` (file)."""
        secret = Secret(user=user, password=password) if user or password else None
        chosen = (*options.items(), *link_editing.trusted(trust))
        return self._run(self._edited(lambda opened: commissioning.add(opened, target, secret, room, chosen)), "add")

    def link_options(self, target: Candidate | LinkId | str) -> Future[tuple[LinkOption, ...]]:
        """What a person can choose of a link, candidate or URL."""
        return self._run(self._edited(lambda opened: link_editing.link_options(opened, target)), "link options")

    def certificate(self, target: Candidate | LinkId | str) -> Future[Certificate | None]:
        """What the peer of a link, candidate or URL shows."""
        return self._run(self._edited(lambda opened: link_editing.certificate(opened, target)), "certificate")

    def log_in(self, link: LinkId, user: str, password: str) -> Future[None]:
        """Another login of a link, tried at once."""
        secret = Secret(user=user, password=password)
        return self._run(self._edit(lambda opened: link_editing.log_in(opened, link, secret)), "log in")

    def trust(self, link: LinkId, trust: Mapping[str, str]) -> Future[None]:
        """Another CA file (`ca`) or pinned certificate (`pin`) of a link."""
        return self._run(self._edit(lambda opened: link_editing.trust(opened, link, trust)), "trust")

    def remove_link(self, link: LinkId) -> Future[None]:
        """Forgets a link, its devices and its secret; history stays."""
        return self._run(self._edit(lambda opened: link_editing.remove_link(opened, link)), "remove link")

    def check_code(self, code: str) -> Problem | None:
        """None where a pairing code can be right, else what is wrong with it."""
        try:
            commissioning.commissioning(self.ground.adapters)[1].check(code)
        except ProblemError as error:
            return error.problems[0]
        return None

    def pair(self, code: str, room: RoomId | None = None) -> Future[tuple[Device, ...]]:
        """Commissions a device by its code; stages come as Staged."""
        return self._run(self._edited(lambda opened: commissioning.pair(opened, code, room)), "pair")

    def export(self, path: str) -> Future[int]:
        """Writes the building and its devices as `.glb` or `.ifc`."""

        async def work(session: ProjectSession) -> int:
            exporting = await self.ground.run_blocking(lambda: import_module("app.engine.exporting"))
            return await self.ground.run_blocking(
                lambda: exporting.export(session.twin, session.structure.project, Path(path))
            )

        return self._run(self._edited(work), "export")

    def export_devices(self, path: str, devices: Collection[DeviceId]) -> Future[int]:
        """Writes a table of these devices and what they say now as CSV."""

        async def work(session: ProjectSession) -> int:
            exporting = await self.ground.run_blocking(lambda: import_module("app.engine.exporting"))
            return await self.ground.run_blocking(lambda: exporting.export_devices(session, devices, Path(path)))

        return self._run(self._edited(work), "export devices")

    def import_building(self, path: str) -> Future[None]:
        """Reads a building file into the project."""
        return self._run(self._edit(lambda opened: self._import(opened, Path(path))), "import")

    def review(self, what: str | Review, into: str = "") -> Future[Review]:
        """What importing a file would do; nothing changes."""

        async def work() -> Review:
            opened, importing = self.session, await self._importing()
            return await importing.review(opened, self.jobs, what, into)

        return self._run(work(), "review")

    def accept(self, review: Review, decisions: Mapping[RoomId, RoomId | None]) -> Future[None]:
        """Does what a review said, as one undo step."""

        async def work(session: ProjectSession) -> None:
            await (await self._importing()).accept(session, review, decisions)

        return self._run(self._edit(work), "import")

    def drawing(self) -> Future[DrawingWithPictures | None]:
        """The drawing that the building was made from; None where it came from a file, or nothing is open."""

        async def work() -> DrawingWithPictures | None:
            return await self.ground.run_blocking(self._session.project.drawing) if self._session else None

        return self._run(work(), "drawing")

    def sketch(self, drawing: Drawing, storey: int) -> Future[Building]:
        """One storey of a drawing, built on the pool."""
        return self._run(self._drafts.sketch(drawing, storey), "sketch")

    def page(self, path: str, number: int = 0, without: Collection[str] = ()) -> Future[DocumentPage]:
        """A page of a PDF or a DXF drawing as a picture, drawn by a child process."""

        async def work() -> DocumentPage:
            def read() -> DocumentPage:
                from twin.building.page_reader import read_page

                return read_page(Path(path), number, without=without)

            return await self.ground.run_blocking(read)

        return self._run(work(), "page")

    def set_drawing(self, drawn: DrawingWithPictures) -> Future[None]:
        """The drawing and its building into the project, as one undo step."""
        return self._run(self._edit(lambda opened: self._drafts.save_drawing(opened, drawn)), "draw")

    def columns(self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int) -> Future[list[ChartColumns]]:
        """What a chart draws, read on the pool."""

        async def work() -> list[ChartColumns]:
            opened = self.session
            found = await self.ground.run_blocking(lambda: opened.history.columns(points, from_ms, to_ms, columns))
            opened.damage.report_new()
            return found

        return self._run(work(), "columns")

    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        """Every point's value at past moments, read on the pool."""

        async def work() -> list[PastMoment]:
            opened = self.session
            points = [point.id for point in opened.twin.points]
            found = await self.ground.run_blocking(lambda: opened.history.moments(times_ms, points))
            opened.damage.report_new()
            return found

        return self._run(work(), "moments")

    def consumption(
        self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
    ) -> Future[list[Consumption]]:
        """What those of the points that are meters counted, read on the pool."""
        return self._run(
            self._edited(lambda opened: meter_changes.consumptions(opened, points, from_ms, to_ms, columns)),
            "consumption",
        )

    def mark_meter(
        self, point: PointId, time_ms: int, final: float | None = None, first: float | None = None
    ) -> Future[None]:
        """Marks a meter as replaced, with the readings that are known."""
        return self._run(
            self._edit(lambda opened: meter_changes.mark(opened, point, time_ms, final, first)), "mark meter"
        )

    def unmark_meter(self, id: str) -> Future[None]:
        """Takes a mark of a replaced meter back."""
        return self._run(self._edit(lambda opened: meter_changes.unmark(opened, id)), "unmark meter")

    async def switch(
        self, path: Path, make: Callable[[], Project], *, links: Iterable[LinkId] | None = None
    ) -> ProjectSession:
        """Opens the project that `make` gives for `path` (on the pool), then closes what was open: where that fails,
        what was open stays. Runs on the loop."""
        async with self._switching:
            old = self._session
            if old is not None and await self.ground.run_blocking(lambda: _same(old.path, path)):
                await self._close()  # its lock is ours
            project = await self.ground.run_blocking(make)
            try:
                history = await self.ground.run_blocking(lambda: _history_of(project, self.ground))
            except BaseException:
                await self.ground.run_blocking(project.close)
                raise
            await self._close()
            opened = await self.ground.run_blocking(
                lambda: ProjectSession(self.ground, project, history, Path(project.path))
            )
            self._session = opened
            await opened.begin(links=links, patience_s=self._patience_s)
            opened.spawn_task(self._look_at_files(opened), name="changed files")
            if self._door is not None:
                opened.spawn_task(self._door.open(opened), name="door")
            return opened

    async def _look_at_files(self, session: ProjectSession) -> None:
        """Looks whether building files changed, when links start: a first frame comes before both."""
        await session.links_due.wait()
        if not session.closing:
            watching = await self.ground.run_blocking(lambda: import_module("app.engine.source_changes"))
            await watching.check_source_files(self.ground, session.project, session.path)

    async def _open(self, path: Path, links: Iterable[LinkId] | None) -> None:
        await self.switch(path, lambda: Project.open(path), links=links)
        await self.ground.run_blocking(lambda: self.settings.opened(path))

    async def _open_demo(self, name: str, path: Path) -> None:
        if not await self.ground.run_blocking(path.exists):
            await self.ground.run_blocking(lambda: import_module("app.engine.demo"))  # brings the geometry libraries
            from app.engine.demo import make_demo

            await make_demo(self.ground, self.jobs, name, path)
        await self.switch(path, lambda: Project.open(path))

    async def _new(self, path: Path, building: Path | None) -> None:
        importing = await self._importing() if building else None
        # read first: a file that is none, or an import that is stopped, leaves no empty project behind
        read = await importing.read_building_file(self.ground, self.jobs, building, watched=True) if importing else None
        opened = await self.switch(path, lambda: Project.create(path, name=path.stem))
        await self.ground.run_blocking(lambda: self.settings.opened(path))
        if importing and read:
            await importing.import_first(opened, read)

    async def _import(self, session: ProjectSession, path: Path) -> None:
        await (await self._importing()).import_building(session, self.jobs, path)

    async def _importing(self) -> ModuleType:
        """The module that imports: it brings the geometry libraries, which take a while."""
        return await self.ground.run_blocking(lambda: import_module("app.engine.importing"))

    async def _close(self) -> tuple[Problem, ...]:
        self._looking.stop()
        opened, self._session = self._session, None
        self._clients.problems.clear()
        if opened is None:
            return ()
        if self._door is None:
            return await opened.close()
        await self._door.close()
        met = await opened.close()
        await self._door.close()  # where it was just being opened
        return met

    async def _ready(self, point: PointId, timeout_s: float) -> Text | None:
        opened = self.session
        link = opened.twin.device_of[opened.twin.point_of[point].device].link
        state = await opened.wait_for_link(link, timeout_s)
        if state is not LinkState.ONLINE:
            runner = opened.links.runner(link)
            return not_connected(state, runner.reason) if runner else Text("reason.no_protocol")
        await opened.wait_for_value(point, FRESH_S)
        return None

    async def _edit(self, work: Callable[[ProjectSession], Coroutine[Any, Any, object]]) -> None:
        await self._edited(work)

    async def _edited[T](self, work: Callable[[ProjectSession], Coroutine[Any, Any, T]]) -> T:
        answer = await work(self.session)
        self._looking.publish()
        return answer

    def _run[T](self, work: Coroutine[Any, Any, T], name: str) -> Future[T]:
        return self.ground.loop.submit(work, name=name)


def _history_of(project: Project, context: EngineContext) -> History:
    return History.open(history_file(Path(project.path)), now_ms=context.now_ms, lived_ms=context.lived_ms)


def _same(one: Path, other: Path) -> bool:
    """Whether both name the same file."""
    try:
        return one.samefile(other)
    except OSError:
        return False
