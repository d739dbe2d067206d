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
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.actions import new_command
from app.api import EngineApi
from app.inbox import Inbox, bound
from app.selection import Selection, SelectionState
from app.settings import Settings
from app.view.command_fates import CommandFates
from app.view.command_log import CommandLog, LoggedCommand, not_confirmed
from app.view.history_cursor import HistoryCursor, MomentSlot, PastState
from app.view.scene.data.comparison import ComparedMoment
from app.view.turn_queue import TurnQueue, is_alive
from twin.model.alarm import AlarmStatus
from twin.model.batch import Batch, RowMap
from twin.model.candidate import Candidate
from twin.model.change import (
    AlarmsChanged,
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
from twin.model.command import Command, CommandResult, CommandState, asks_first
from twin.model.device import Point
from twin.model.history_series import PastMoment
from twin.model.ids import DeviceId, LinkId, PointId, RoomId
from twin.model.observation import Quality, Value, decode
from twin.model.problem import Problem, ProblemError, mistake
from twin.model.skipped import Skipped
from twin.model.state import State
from twin.model.twin import Twin
from twin.model.twin_diff import TwinDiff, diff

_LOG = logging.getLogger(__name__)

FRAME_MS = 16
SLOW_FRAMES = 15
CHANGES_S, LEAST_CHANGES, MOST_CHANGES_S = 0.008, 50, 0.05
"""CPU seconds per frame for changes, number taken even if that is exceeded, and CPU seconds for these at most."""
MAX_PROBLEMS = 500

type Rows = NDArray[np.intp]
type CommandOrder = tuple[PointId, str, Value]
"""Point, verb and value of a command."""


@dataclass(slots=True)
class _PendingCall:
    future: Future[Any]
    done: Callable[[Any], None]
    failed: Callable[[Problem], None] | None


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
    _answered = Signal()
    """A pending call has been answered; emitted on any thread."""

    def __init__(self, api: EngineApi, inbox: Inbox, selection: Selection) -> None:
        super().__init__()
        self.api, self.inbox, self.selection = api, inbox, selection
        self.twin: Twin = api.twin
        self.diff = TwinDiff()
        """Differences between the newest structure and the one before it."""
        self.strings = api.strings()
        self.live = State(point.id for point in self.twin.points)
        self._rows = RowMap(self.live.index)
        self.past: State | None = None
        self.compared: ComparedMoment | None = None
        """The second past moment while two moments are compared."""
        self._then, self._other = PastState(), PastState()
        self.moments = HistoryCursor(self, self._show_moment, self.raise_problem)
        self.online: dict[DeviceId, bool] = {}
        self.assumed: set[DeviceId] = set()
        """Devices assumed to be online that have not reported yet."""
        self.links: dict[LinkId, LinkChanged] = {}
        self.skipped: dict[LinkId, tuple[Skipped, ...]] = {}
        self.fates = CommandFates()
        self.commands = CommandLog()
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
        self._waiting: list[_PendingCall] = []
        self._slow_mask = np.zeros(len(self.live), np.bool_)
        self._frame = 0
        self._woken = False
        self._answered.connect(self._come_early, Qt.ConnectionType.QueuedConnection)
        self.turns = TurnQueue(self)
        """Work of views that is deferred to turns of the event loop of its own."""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._stop_watching = selection.observe(self._picked)

    def start(self) -> None:
        """Starts the frame timer, which drains the inbox."""
        self._timer.start(FRAME_MS)

    def stop(self) -> None:
        """Stops for good; pending calls and deferred work are dropped."""
        self._timer.stop()
        self.turns.clear()
        self._waiting.clear()
        self._stop_watching()

    @property
    def state(self) -> State:
        """The displayed State: the live one, or the past moment's."""
        return self.live if self.past is None else self.past

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
            self._emit_slow()

    def _catch_up(self) -> None:
        """Shows all news since the last call, then answers pending calls, which may refer to the news."""
        self._woken = False
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
        self._answer()

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
        project = self.api.project()
        if project == self._project:
            return
        before, self._project = self._project, project
        self._another_project = True
        if before:
            self.problems.clear()
            self.commands.clear()
            self.fates.clear()
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
        risky = [point for id, verb, value in orders if (point := self._risky(id, verb, value)) is not None]
        if not risky:
            self._send(orders)
        elif self.confirm is not None:
            self.confirm(risky, lambda: self._send(orders))

    def _risky(self, id: PointId, verb: str, value: Value) -> Point | None:
        point = self.twin.point_of.get(id)
        device = self.twin.device_of.get(point.device) if point is not None else None
        return point if point is not None and device and asks_first(device.kind, point, verb, value) else None

    def _send(self, orders: Sequence[CommandOrder]) -> None:
        commands = [new_command(*order) for order in orders]
        self._log(commands)
        for command in commands:
            self._show_fate(CommandResult(command=command, state=CommandState.PENDING))

        def failed(problem: Problem) -> None:
            for command in commands:
                self._settle(CommandResult(command=command, state=CommandState.FAILED, reason=problem.what))

        self.when(self.api.send(commands), lambda _: None, failed)

    def _log(self, commands: Sequence[Command]) -> None:
        known = ((self.twin.point_of.get(command.point), command) for command in commands)
        self.commands.begin(
            self.now_ms(),
            [LoggedCommand(point, command, self._live_value(point)) for point, command in known if point is not None],
        )
        self.commanded.emit()

    def _live_value(self, point: Point) -> Value:
        row = self.live.index(point.id)
        if row is None or self.live.quality[row] >= Quality.OFFLINE:
            return None
        return decode(point, float(self.live.value[row]), self.strings)

    def when[T](
        self, future: Future[T], done: Callable[[T], None], failed: Callable[[Problem], None] | None = None
    ) -> None:
        """Calls `done` or `failed` on the GUI thread when the future completes; without `failed`, problems are raised.
        If a widget of a callback has been deleted by then, a result is dropped and a problem is raised."""
        self._waiting.append(_PendingCall(future, done, failed))
        if not future.done():
            future.add_done_callback(self._wake)

    def _wake(self, _future: Future[Any]) -> None:
        """Answers a completed call before the next frame; called on any thread."""
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the window has closed, and this object went with it
                self._answered.emit()

    def _come_early(self) -> None:
        if self._waiting:
            self._catch_up()

    def raise_problem(self, problem: Problem) -> None:
        """Shows a problem to the user."""
        self._take(ProblemRaised(problem))

    def show_progress(self, progress: Progress) -> None:
        """Shows the progress of a job of the screen itself; the engine cannot cancel it."""
        self.own_jobs.add(progress.job)
        self._take(progress)

    def value(self, point: Point) -> tuple[Value, Quality, int]:
        """The displayed value of a point (states as words), its quality, and its time (UTC ms, 0 for never)."""
        row = self.state.index(point.id)
        if row is None:
            return None, Quality.OFFLINE, 0
        quality = Quality(int(self.state.quality[row]))
        value = decode(point, float(self.state.value[row]), self.strings)
        return value, quality, int(self.state.time_ms[row])

    def is_quiet(self) -> bool:
        """Whether no call is pending and no work is deferred."""
        return not self._waiting and not self._changes and self.turns.is_empty and self.moments.idle

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
            case AlarmsChanged():
                self._keep_alarms(change)
            case Progress(job=job, done=done):
                self.jobs.pop(job, None) if done else self.jobs.update({job: change})
            case ProjectOpening() | ProjectOpened() | ProjectOpenFailed():
                self._follow_opening(change)
            case CommandUpdated(result=result):
                self._settle(result)
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
        for command in self.commands.open():
            self._settle(CommandResult(command=command, state=CommandState.SENT))
        self.fates.clear()
        self.when(self.api.resync(self.inbox), lambda _: None)

    def _keep_problems(self, change: ProblemRaised | ProblemsSolved) -> None:
        if isinstance(change, ProblemRaised):
            self.problems.append(change.problem)
            return
        left = [problem for problem in self.problems if problem not in change.problems]
        self.problems.clear()
        self.problems.extend(left)

    def _keep_alarms(self, change: AlarmsChanged) -> None:
        known = {} if change.whole else self.alarms
        alarms = {one.id: one for one in change.alarms}
        left = {id: one for id, one in (known | alarms).items() if not one.at_rest and id not in change.gone}
        self.alarms = left

    def _take_twin(self, twin: Twin) -> None:
        self.diff, self.twin = diff(self.twin, twin), twin
        self.strings = self.api.strings()
        if self.diff.points or self._another_project:
            self._another_project = False
            self.live.extend(point.id for point in twin.points)
            self._look_again()

    def _settle(self, result: CommandResult) -> None:
        """Records the begin or end of a command, sent from here or by others."""
        if result.state is CommandState.PENDING:
            if not self.commands.knows(result.command):
                self._log([result.command])
        else:
            gesture = self.commands.end(result)
            self.commanded.emit()
            if gesture is not None and len(gesture.commands) > 1 and gesture.failed:
                self.raise_problem(not_confirmed(gesture, self.twin))
        self._show_fate(result)

    def _show_fate(self, result: CommandResult) -> None:
        point, before = result.command.point, self.fates.get(result.command.point)
        self.fates.update(result)
        if self.fates.get(point) == before:
            return
        if result.state is not CommandState.PENDING:
            self.changed.emit(CommandUpdated(result))
        row = self.live.index(point)
        if row is not None:
            self._mark(np.array([row], np.intp))
            self.rows.emit(np.array([row], np.intp))

    def _answer(self) -> None:
        if not self._waiting:
            return
        ready = [one for one in self._waiting if one.future.done()]
        self._waiting = [one for one in self._waiting if not one.future.done()] if ready else self._waiting
        for one in ready:
            try:
                self._give(one)
            except Exception as error:  # the others are answered all the same
                _LOG.exception("an answer was lost")
                self.raise_problem(mistake(error))

    def _give(self, call: _PendingCall) -> None:
        """Calls `done` or `failed` of a completed call; a cancelled call gets neither."""
        failed = call.failed if call.failed is not None and is_alive(call.failed) else self.raise_problem
        try:
            result = call.future.result(0)
        except CancelledError:
            return
        except ProblemError as error:
            for problem in error.problems:
                failed(problem)
        except Exception as error:
            failed(mistake(error))
        else:
            if is_alive(call.done):
                call.done(result)

    def save_settings(self, settings: Settings, failed: Callable[[Problem], None] | None = None) -> None:
        """Writes changed settings to their file on another thread, since that waits for the disk."""
        self.when(self.api.compute(settings.save), lambda _: None, failed)

    def _mark(self, rows: Rows) -> None:
        if len(self._slow_mask) < len(self.live):
            self._slow_mask = np.concatenate(
                [self._slow_mask, np.zeros(len(self.live) - len(self._slow_mask), np.bool_)]
            )
        self._slow_mask[rows] = True

    def _emit_slow(self) -> None:
        rows = np.flatnonzero(self._slow_mask)
        self._slow_mask[rows] = False
        self.slow.emit(rows)

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

    def _picked(self, old: SelectionState, new: SelectionState) -> None:
        if old.moment_ms != new.moment_ms:
            self.moments.request(MomentSlot.SHOWN, new.moment_ms)
        if old.compare_ms != new.compare_ms:
            self.moments.request(MomentSlot.COMPARED, new.compare_ms)
        back = new.moment_ms is None and self.past is not None
        if back:
            self.past = None
        if back or (new.compare_ms is None and self.compared is not None):
            self._pair_up()
            self._all_rows()

    def _show_moment(self, slot: MomentSlot, moment: PastMoment) -> None:
        if slot is MomentSlot.SHOWN:
            rows = self._then.show(self.live, moment)
            if self.past is None:
                self.past, rows = self._then.state, np.arange(len(self.live), dtype=np.intp)
        else:
            self._other.show(self.live, moment)
            rows = np.empty(0, np.intp)
        self._pair_up()
        self.rows.emit(rows)
        self._mark(rows)

    def _pair_up(self) -> None:
        """Updates `compared` from the selection and the past moments that are loaded."""
        wanted, there = self.selection.state.compare_ms, self._other.time_ms
        if wanted is None or there is None:
            self.compared = None
            self._other.time_ms = None
        else:
            self.compared = ComparedMoment(self._other.state, there, None if self.past is None else self._then.time_ms)

    def _look_again(self) -> None:
        """Requests the past moments again after points were added or removed; extends their rows until then."""
        self.moments.forget()
        for past, slot, wanted in (
            (self._then, MomentSlot.SHOWN, self.selection.state.moment_ms),
            (self._other, MomentSlot.COMPARED, self.selection.state.compare_ms),
        ):
            past.state.extend(self.live.points)
            self.moments.request(slot, wanted)

    def _all_rows(self) -> None:
        everything = np.arange(len(self.live), dtype=np.intp)
        self.rows.emit(everything)
        self._mark(everything)
