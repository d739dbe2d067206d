"""Updates the screen: a timer drains the inbox into the screen's State and notifies the views. Never blocks.

Views read `feed.state` (live, or the past moment that the selection names), ask with `order` and `when`, and listen
to three signals: `rows` (which rows of State changed, at most once a frame), `slow` (the same four times a second,
for texts and charts) and `changed` (each Change, in order, none lost).
"""

from __future__ import annotations

import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.api import EngineApi
from app.inbox import Inbox, bound
from app.selection import Selection
from app.settings import Settings
from app.view.building_pick import BuildingPick
from app.view.displayed_moments import DisplayedMoments
from app.view.pending_calls import PendingCalls
from app.view.scene.data.comparison import ComparedMoment
from app.view.sent_commands import CommandOrder, SentCommands
from app.view.site_clock import set_site
from app.view.turn_queue import TurnQueue
from twin.model.alarm import AlarmStatus
from twin.model.batch import Batch, RowMap
from twin.model.candidate import Candidate
from twin.model.change import (
    AlarmsChanged,
    ApprovalsChanged,
    CandidatesChanged,
    Change,
    CommandUpdated,
    DeviceOnline,
    LinkChanged,
    LinkSkipped,
    ProblemRaised,
    ProblemsSolved,
    Progress,
    ProjectOpened,
    ProjectOpenFailed,
    ProjectOpening,
    Resync,
    TwinChanged,
)  # fmt: skip
from twin.model.command import CommandResult, CommandState
from twin.model.device import Point
from twin.model.history_series import PastMoment
from twin.model.ids import DeviceId, LinkId, PointId, RoomId
from twin.model.observation import Quality, Value, decode
from twin.model.problem import Problem
from twin.model.skipped import Skipped
from twin.model.state import State
from twin.model.twin import Twin
from twin.model.twin_diff import TwinDiff, diff

_LOG = logging.getLogger(__name__)

FRAME_MS, SLOW_FRAMES = 16, 15
CHANGES_S, LEAST_CHANGES, MOST_CHANGES_S = 0.008, 50, 0.05
"""CPU seconds per frame for changes, number taken even if that is exceeded, and CPU seconds for these at most."""
MAX_PROBLEMS = 500

type Rows = NDArray[np.intp]


class Feed(QObject):
    """Data model of the screen: the only reader of the inbox and the only writer of the screen's State."""

    rows = Signal(object)
    slow = Signal(object)
    changed = Signal(object)
    project_left = Signal()
    """Another project or none is open; data of the previous project has been cleared."""
    commanded = Signal()
    """The command log has a new entry, or one of its commands ended."""
    refused_in_past = Signal()
    """A command was not sent because a past moment is shown."""
    command_failed = Signal(object)
    """A command that this window sent alone failed: its LoggedCommand."""

    def __init__(self, api: EngineApi, inbox: Inbox, selection: Selection) -> None:
        super().__init__()
        self.api, self.inbox, self.selection = api, inbox, selection
        self.twin: Twin = api.twin
        set_site(self.twin.site)
        self.diff = TwinDiff()
        """Differences between the newest structure and the one before it."""
        self.strings = api.strings()
        self.live = State(point.id for point in self.twin.points)
        self._rows = RowMap(self.live.index)
        self._past = DisplayedMoments(self, selection, self.live, self._rows_shown, self.raise_problem)
        self.moments = self._past.cursor
        """Requests past moments."""
        self.online: dict[DeviceId, bool] = {}
        self.assumed: set[DeviceId] = set()
        """Devices assumed to be online that have not reported yet."""
        self.links: dict[LinkId, LinkChanged] = {}
        self.skipped: dict[LinkId, tuple[Skipped, ...]] = {}
        self.sent = SentCommands(self, self.commanded.emit, self._fate_changed, self.command_failed.emit)
        self.command_statuses, self.commands = self.sent.command_statuses, self.sent.log
        self._project, self._another_project = api.project(), False
        self.confirm: Callable[[Sequence[Point], Callable[[], None]], None] | None = None
        """Asks the user before risky points are commanded and calls back on consent; if None, nothing risky is sent."""
        self.candidates: tuple[Candidate, ...] = ()
        self.problems: deque[Problem] = deque(maxlen=MAX_PROBLEMS)
        self.alarms: dict[str, AlarmStatus] = {}
        """Alarms that are not at rest, by id."""
        self.jobs: dict[str, Progress] = {}
        self.own_jobs: set[str] = set()
        """Jobs of the screen itself, which the engine cannot cancel."""
        self.opening: ProjectOpening | None = None
        """The project that is being created or opened; None if none."""
        self.open_failed: ProjectOpenFailed | None = None
        """The project that could not be opened, until the user dismisses it."""
        self._changes: deque[Change] = deque()
        self._values: list[Batch] = []
        """Value batches that wait until the structure that belongs to them has been taken over."""
        self._calls = PendingCalls(self, self._catch_up, self.raise_problem)
        self._slow_mask = np.zeros(len(self.live), np.bool_)
        self._frame = 0
        self.turns = TurnQueue(self)
        """Work of views that is deferred to turns of the event loop of its own."""
        self.pick = BuildingPick(selection, self.turns)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Starts the frame timer, which drains the inbox."""
        self._timer.start(FRAME_MS)

    def stop(self) -> None:
        """Stops for good; pending calls and deferred work are dropped."""
        self._timer.stop()
        self.turns.clear()
        self._calls.clear()
        self._past.close()

    @property
    def state(self) -> State:
        """The displayed State: the live one, or the past moment's."""
        return self.live if self.past is None else self.past

    @property
    def past(self) -> State | None:
        """The past moment that is shown instead of the live State; None for the live one."""
        return self._past.state

    def preview(self, values: Mapping[PointId, float] | None) -> None:
        """Shows these values of points instead of the reported ones, and sends nothing; None shows the live State."""
        self._past.preview(values)

    @property
    def is_previewing(self) -> bool:
        """Whether the shown values are those of a preview, neither reported nor recorded."""
        return self.past is not None and self.selection.state.moment_ms is None

    @property
    def compared(self) -> ComparedMoment | None:
        """The second past moment while two moments are compared."""
        return self._past.compared

    @property
    def alarmed_rooms(self) -> frozenset[RoomId]:
        """Rooms with a grave active alarm."""
        found = (one.room for one in self.alarms.values() if one.grave and one.active and one.standing)
        return frozenset(room for room in found if room is not None)

    def tick(self) -> None:
        """Processes one frame; called by the timer."""
        self._catch_up()
        self._frame += 1
        if self._frame % SLOW_FRAMES == 0:
            rows = np.flatnonzero(self._slow_mask)
            self._slow_mask[rows] = False
            self.slow.emit(rows)

    def _catch_up(self) -> None:
        """Shows all news since the last call, then answers pending calls, which may refer to the news."""
        self._follow_project()
        values, changes = self.inbox.drain()
        self._changes.extend(changes)
        self._values += values
        if bound(self._changes):  # more comes than there is time for: as for one who slept
            self._values.clear()
        self._take_changes()
        if self._values and not any(isinstance(change, TwinChanged) for change in self._changes):
            values, self._values = self._values, []  # they may be of points that came with the newest twin
            for batch in values:
                self._show(batch)
        dirty = self.live.take_dirty()
        if len(dirty):
            self._mark(dirty)
            if self.past is None:
                self.rows.emit(dirty)
        self.moments.tick()
        self._calls.answer()

    def _take_changes(self) -> None:
        """Takes over as many changes as the time limit of a frame allows; the rest waits for the next frame."""
        begun_s = time.thread_time()
        for done in itertools.count():
            spent_s = time.thread_time() - begun_s
            if not self._changes or spent_s > (CHANGES_S if done >= LEAST_CHANGES else MOST_CHANGES_S):
                break
            change = self._changes.popleft()
            while isinstance(change, TwinChanged) and self._changes and isinstance(self._changes[0], TwinChanged):
                change = self._changes.popleft()  # the newer snapshot says all that the older one did
            self._take(change)

    def _follow_project(self) -> None:
        """Clears problems, commands and alarms when another project is open."""
        if (project := self.api.project()) == self._project:
            return
        before, self._project = self._project, project
        self._another_project = True
        if before:
            self.problems.clear()
            self.sent.clear()
            self.alarms = {}
            self.project_left.emit()

    def order(self, point: PointId, verb: str, value: Value = None) -> None:
        """Sends a command; it is pending until the device reports or the command fails."""
        self.order_many([(point, verb, value)])

    def order_many(self, orders: Sequence[CommandOrder]) -> None:
        """Sends the commands of one gesture; asks the user first if a command is risky. Sends none in the past."""
        if self.past is not None:
            self.refused_in_past.emit()
            return
        if not (risky := self.sent.risky(orders)):
            self.sent.send(orders)
        elif self.confirm is not None:
            self.confirm(risky, lambda: self.sent.send(orders))

    def when[T](
        self, future: Future[T], done: Callable[[T], None], failed: Callable[[Problem], None] | None = None
    ) -> None:
        """Calls `done` or `failed` on the GUI thread when the future completes; without `failed`, problems are raised.
        If a widget of a callback has been deleted by then, a result is dropped and a problem is raised."""
        self._calls.add(future, done, failed)

    def raise_problem(self, problem: Problem) -> None:
        """Shows a problem to the user."""
        self._take(ProblemRaised(problem))

    def show_progress(self, progress: Progress) -> None:
        """Shows the progress of a job of the screen itself; the engine cannot cancel it."""
        self.own_jobs.add(progress.job)
        self._take(progress)

    def value(self, point: Point) -> tuple[Value, Quality, int]:
        """The displayed value of a point (states as words), its quality, and its time (UTC ms, 0 for never)."""
        if (row := self.state.index(point.id)) is None:
            return None, Quality.OFFLINE, 0
        value = decode(point, float(self.state.value[row]), self.strings)
        return value, Quality(int(self.state.quality[row])), int(self.state.time_ms[row])

    def is_quiet(self) -> bool:
        """Whether no call is pending and no work is deferred."""
        return self._calls.is_empty and not self._changes and self.turns.is_empty and self.moments.idle

    def is_online(self, device: DeviceId) -> bool:
        """Whether the device is online; True if nothing is known."""
        return self.online.get(device, True)

    def last_seen_ms(self, device: DeviceId) -> int:
        """Time of the newest report of any point of the device, UTC ms; 0 for never."""
        found = self.twin.device_of.get(device)
        rows = [row for point in (found.points if found else ()) if (row := self.live.index(point.id)) is not None]
        silent = (Quality.UNCERTAIN, Quality.BAD) if device in self.assumed else (Quality.UNCERTAIN,)
        spoke = [row for row in rows if self.live.quality[row] not in silent]
        return int(self.live.time_ms[spoke].max()) if spoke else 0

    def _show(self, batch: Batch) -> None:
        """Writes a batch of values into the live State, mapping its rows."""
        rows = self._rows.of(batch)
        if len(rows) and rows.min() < 0:
            batch, rows = batch.only(rows >= 0), rows[rows >= 0]
        self.live.apply_rows(rows, batch.value, batch.time_ms, batch.quality)

    def _take(self, change: Change) -> None:
        match change:
            case TwinChanged(twin=twin):
                self._take_twin(twin)
            case DeviceOnline(device=device, online=online, assumed=assumed):
                self.online[device] = online
                (self.assumed.add if assumed else self.assumed.discard)(device)
            case LinkChanged(link=link):
                self.links[link] = change
            case LinkSkipped(link=link, skipped=skipped):
                self.skipped[link] = skipped
            case CandidatesChanged(candidates=candidates):
                self.candidates = candidates
            case ProblemRaised() | ProblemsSolved():
                self._keep_problems(change)
            case AlarmsChanged() | ApprovalsChanged():
                self._keep_waiting(change)
            case Progress(job=job, done=done):
                self.jobs.pop(job, None) if done else self.jobs.update({job: change})
            case ProjectOpening() | ProjectOpened() | ProjectOpenFailed():
                self._follow_opening(change)
            case CommandUpdated(result=result):
                self.sent.settle(result)
                return
            case Resync():
                self._forget_news()
            case _:
                pass
        self.changed.emit(change)

    def _follow_opening(self, change: ProjectOpening | ProjectOpened | ProjectOpenFailed) -> None:
        self.opening = change if isinstance(change, ProjectOpening) else None
        self.open_failed = None if isinstance(change, ProjectOpening) else self.open_failed
        if isinstance(change, ProjectOpenFailed):
            stopped = change.problems[0].code == "import.cancelled"  # by the user: there is nothing to say
            self.open_failed = None if stopped else change

    def _forget_news(self) -> None:
        """Clears everything known and requests it again after news was dropped; open commands end as SENT."""
        self.problems.clear()
        for known in (self.online, self.assumed, self.links, self.skipped):
            known.clear()
        for job in [job for job in self.jobs if job not in self.own_jobs]:
            del self.jobs[job]
        self.opening = self.open_failed = None
        self.sent.give_up()
        self.when(self.api.resync(self.inbox), lambda _: None)

    def _keep_problems(self, change: ProblemRaised | ProblemsSolved) -> None:
        if isinstance(change, ProblemRaised):
            self.problems.append(change.problem)
            return
        left = [problem for problem in self.problems if problem not in change.problems]
        self.problems.clear()
        self.problems.extend(left)

    def _keep_waiting(self, change: AlarmsChanged | ApprovalsChanged) -> None:
        if isinstance(change, ApprovalsChanged):
            self.sent.approvals = change.approvals
            return
        known = {} if change.whole else self.alarms
        found = known | {one.id: one for one in change.alarms}
        self.alarms = {id: one for id, one in found.items() if not one.at_rest and id not in change.gone}

    def _take_twin(self, twin: Twin) -> None:
        self.diff, self.twin = diff(self.twin, twin), twin
        set_site(twin.site)
        self.strings = self.api.strings()
        if self.diff.points or self._another_project:
            self._another_project = False
            self.live.extend(point.id for point in twin.points)
            self._past.points_changed()

    def _fate_changed(self, result: CommandResult) -> None:
        """Shows a point anew whose command began or ended."""
        if result.state is not CommandState.PENDING:
            self.changed.emit(CommandUpdated(result))
        if (row := self.live.index(result.command.point)) is not None:
            self._rows_shown(np.array([row], np.intp))

    def save_settings(self, settings: Settings, failed: Callable[[Problem], None] | None = None) -> None:
        """Writes changed settings to their file on another thread, since that waits for the disk."""
        self.when(self.api.compute(settings.save), lambda _: None, failed)

    def _mark(self, rows: Rows) -> None:
        if (more := len(self.live) - len(self._slow_mask)) > 0:
            self._slow_mask = np.concatenate([self._slow_mask, np.zeros(more, np.bool_)])
        self._slow_mask[rows] = True

    def ask_moments(
        self, times_ms: Sequence[int], done: Callable[[list[PastMoment]], None], failed: Callable[[Problem], None]
    ) -> None:
        """Requests the values of all points at past moments; the callbacks run on the GUI thread."""
        self.when(self.api.moments(times_ms), done, failed)

    def ask_moment(self, time_ms: int, done: Callable[[PastMoment], None], failed: Callable[[Problem], None]) -> None:
        """Requests one past moment; answers at once from the cache if a near moment is there."""
        if (found := self.moments.nearest_cached(time_ms)) is not None:
            done(found)
        else:
            self.ask_moments([time_ms], lambda found: done(found[0]), failed)

    def now_ms(self) -> int:
        """The engine's current time, UTC milliseconds."""
        return self.api.now_ms()

    def _rows_shown(self, rows: Rows) -> None:
        """Tells the views that these rows of the displayed State changed."""
        self._mark(rows)
        self.rows.emit(rows)
