"""Session of one open project: its links, state, history, edits and command tracking."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.engine.audit_keeping import AuditKeeping
from app.engine.audit_log import AuditLog
from app.engine.command_approvals import BY_NO_RULE, ApprovalQueue, RuleCause
from app.engine.command_sending import send
from app.engine.context import EngineContext
from app.engine.damage_reports import DamageReports
from app.engine.device_presence import DevicePresence
from app.engine.edit_queue import EditQueue
from app.engine.event_bus import SubscriberRole, Unsubscribe
from app.engine.grant_book import GrantBook
from app.engine.history_recorder import HistoryRecorder
from app.engine.ingest import Ingest
from app.engine.known_values import known_values, show_last_recorded
from app.engine.link_events import LinkEvents
from app.engine.link_supervisor import LinkSupervisor
from app.engine.maintenance import run_maintenance
from app.engine.pending_reviews import PendingReviews
from app.engine.registration import DeviceRegistration, described_again
from app.engine.repeating import repeat
from devices.contract import Secret
from devices.link import LinkRunner, LinkState
from twin.model.batch import Batch
from twin.model.change import (
    ApprovalsChanged,
    Change,
    DeviceOnline,
    LinkChanged,
    LinkSkipped,
    ProjectOpened,
    TwinChanged,
)
from twin.model.command import Command, CommandResult
from twin.model.device import Link
from twin.model.ids import DeviceId, LinkId, PointId
from twin.model.observation import Quality, StringTable
from twin.model.problem import Problem, ProblemError
from twin.model.state import State
from twin.model.text import Text
from twin.model.twin import Twin
from twin.model.twin_diff import diff
from twin.store.history import History
from twin.store.project import Project
from twin.store.project.refusals import closed

if TYPE_CHECKING:
    from app.engine.rule_runner import RuleRunner

EXPIRY_ROUND_S = 1.0


class ProjectSession:
    """One open project. Constructed off the loop (reads both files); lives on the loop from `begin` to `close`."""

    def __init__(self, context: EngineContext, project: Project, history: History, path: Path) -> None:
        self.context, self.path, self.project, self.history = context, path, project, history
        self.strings = StringTable(history.strings())
        self.recording = HistoryRecorder(history, self.strings)
        self.state = State()
        self.ingest = Ingest(
            state=self.state,
            publish=context.bus.publish,
            strings=self.strings,
            now_ms=context.now_ms,
            raised=context.raise_problem,
            name_of=self._name_of,
        )
        self.presence = DevicePresence(self.ingest, context.bus.publish, self.recording.came_or_went)
        self.audit = AuditLog(history.events, context.now_ms, context.raise_problem)
        self.grants = GrantBook(project)
        self.approvals = ApprovalQueue(context, project, self.audit, self.grants)
        self.edits = EditQueue(project, context.pool, self._adopted)
        project.noted = self.audit.note
        online = bool(context.settings["internet"])
        self.links = LinkSupervisor(
            context.loop, context.adapter, context.home, self._keep_secret, online=online, project=path
        )
        self.registration = DeviceRegistration(self)
        self._meter_changes = self.edits.twin.meter_changes
        self.damage = DamageReports(history, context.raise_problem)
        self._rules: RuleRunner | None = None
        self._rules_act = False
        self._beginning_rules = asyncio.Lock()
        self.reviews = PendingReviews()
        self.audit_keeping = AuditKeeping(context, project, history, self.audit, self.grants)
        self.last_problem: dict[LinkId, Problem] = {}
        self._not_installed = set[LinkId]()
        self.unwritten: list[Problem] = []
        """What could not be written when the files were closed."""
        self.unsolved: dict[LinkId, dict[Problem, None]] = {}
        """By link: problems raised while it was not online, solved when it is."""
        self.changed = asyncio.Event()
        """Set and replaced whenever a link changes its state."""
        self._subscriptions: list[Unsubscribe] = []
        self.closing = False
        self.links_due = asyncio.Event()
        """Set when links start, or when they never will: the project is closed."""
        self.links_started = asyncio.Event()
        """Set when every link that may run has a runner, or never will: the project is closed."""
        self._repeated: list[asyncio.Task[object]] = []
        self._patience_s = 0.0
        self._later: asyncio.TimerHandle | None = None
        """Timer that starts the links while they wait for the first frame; else None."""
        self._tasks: set[asyncio.Task[object]] = set()
        self._wanted: frozenset[LinkId] | None = frozenset()
        """The links that may run; None for all."""

    @property
    def twin(self) -> Twin:
        """The newest snapshot."""
        return self.edits.twin

    @property
    def rules(self) -> RuleRunner:
        """The rules at work; RuntimeError before `begin_rules`."""
        if self._rules is None:
            raise RuntimeError("the rules have not begun")
        return self._rules

    async def begin(
        self, *, links: Iterable[LinkId] | None = None, patience_s: float = 0.0, automations: bool = True
    ) -> None:
        """Publishes the known state, then starts the links within `patience_s` seconds; rules act where all may run."""
        self._patience_s = patience_s
        twin = self.twin
        subscribe = self.context.bus.subscribe
        self._subscriptions += [
            subscribe(SubscriberRole.STATE, self.state.take),
            subscribe(SubscriberRole.RECORDER, self.recording.put),
            subscribe(SubscriberRole.COMMAND_TRACKER, lambda batch: self.links.observed(batch, self.strings)),
            subscribe(SubscriberRole.PRESENCE, self.presence.values_reported),
        ]
        self.state.extend(point.id for point in twin.points)
        self.recording.declare(twin.devices)
        self.history.set_exchanges(twin.exchanges_of)
        for link in twin.links:
            self.registration.route(link.id, tuple(device for device in twin.devices if device.link == link.id))
        self.context.bus.publish(TwinChanged(twin))
        await show_last_recorded(self.context, twin, self.history, self.ingest)
        self._rules_act = automations and links is None
        if not patience_s:
            await self.begin_rules()
        self.presence.watch(twin.devices)
        self._repeated.append(self.context.loop.spawn(self._expire(), name="expiry"))
        self._wanted = None if links is None else frozenset(links)
        for link in twin.links:
            if self._wanted is not None and link.id not in self._wanted:
                self.context.bus.publish(LinkChanged(link.id, LinkState.OFF.value))
        chores = run_maintenance(self, self.history, self.damage, self.audit_keeping.keep, lambda: self.project.failing)
        self._repeated.append(self.context.loop.spawn(chores, name="maintenance"))
        if self._patience_s:
            self._later = self.context.loop.asyncio.call_later(self._patience_s, self._match_links_soon)
        else:
            await self.match_links()

    async def begin_rules(self) -> RuleRunner:
        """Begins to judge alarms and rules, at the latest before the first link. ProblemError once the project closes."""

        def made() -> RuleRunner:
            from app.engine.rule_runner import RuleRunner  # no window needs it before its first frame

            return RuleRunner(self)

        async with self._beginning_rules:
            if self._rules is None:
                if self.closing:
                    raise ProblemError(closed(self.path))
                self._rules = rules = await self.context.run_blocking(made)
                try:
                    await rules.begin(acts=self._rules_act)
                except BaseException:
                    rules.close()
                    self._rules = None
                    raise
            return self._rules

    async def start_link(self, link: Link, *, asked: bool = False) -> LinkRunner | None:
        """Starts a link with its secret and known devices (`asked`: the user waits for it); None without its protocol."""
        await self.begin_rules()
        secret = await self.context.run_blocking(lambda: self._prepared(link))
        known = tuple(described_again(device, self.twin) for device in self.twin.devices if device.link == link.id)
        self.last_problem.pop(link.id, None)
        runner = self.links.start(link, secret, LinkEvents(self, link.id), known=known, asked=asked)
        if runner is None:
            self._not_installed.add(link.id)
            self.context.bus.publish(self._off(link))
        return runner

    def _off(self, link: Link) -> LinkChanged:
        """The change telling that a link is off because its protocol is not installed."""
        return LinkChanged(link.id, LinkState.OFF.value, Text("link.protocol", protocol=link.protocol))

    async def wait_for_link(self, link: LinkId, timeout_s: float) -> LinkState:
        """Waits until a link is neither connecting nor off, at most `timeout_s` seconds; returns its state."""
        runner = self.links.runner(link)
        if runner is None:
            return LinkState.OFF
        unsettled = (LinkState.CONNECTING, LinkState.OFF)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while runner.state in unsettled and self.links.runner(link) is runner and not self.closing:
                    await self.changed.wait()
        return runner.state

    async def wait_for_value(self, point: PointId, timeout_s: float) -> bool:
        """Waits at most `timeout_s` seconds for a value of a point; whether one arrived since the project was opened."""
        end = asyncio.get_running_loop().time() + timeout_s
        while asyncio.get_running_loop().time() < end:
            row = self.state.index(point)
            if row is not None and self.state.quality[row] < Quality.STALE:
                return True
            await asyncio.sleep(0.02)
        return False

    def _prepared(self, link: Link) -> Secret | None:
        """Creates the protocol's folder, checks its network keys, and returns the link's secret. Blocks."""
        from app.engine.key_backup import lost_network, note_login  # no link starts before the first frame

        self.links.adapter_context(link).folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        uids = {device.uid for device in self.twin.devices if device.link == link.id}
        adapter = self.context.adapter(link.protocol)
        self.context.raise_problem(*lost_network(adapter, link, uids, self.context.home))
        return note_login(self.project, link.id, self.context.secrets.get(link.id))

    async def _keep_secret(self, link: LinkId, secret: Secret) -> None:
        await self.context.run_blocking(lambda: self.context.keep_secret(link, secret))

    async def close(self) -> tuple[Problem, ...]:
        """Ends the links, writes everything and closes both files whatever fails; returns and raises the problems."""
        self.closing = True
        self.approvals.close()
        if self._rules is not None:
            self._rules.close()
        self.links_due.set()
        self.links_started.set()
        self.wake_waiting()
        if self._later is not None:
            self._later.cancel()
        for task in self._repeated:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self.links.stop_all()
        await self.registration.finish()
        while self._tasks:
            await asyncio.wait(self._tasks)
        self.damage.report_new()
        while self._subscriptions:
            self._subscriptions.pop()()
        await self.context.run_blocking(self.close_files)
        self.context.raise_problem(*self.unwritten)
        return tuple(self.unwritten)

    def close_files(self) -> None:
        """Writes everything and closes both files, whatever fails (`unwritten` lists it). Blocks; needs no loop."""
        for close in (self.audit.end, self.history.close, self.audit_keeping.close, self.project.close):
            try:
                close()
            except ProblemError as error:
                self.unwritten += error.problems

    def withdraw(self, commands: Iterable[int]) -> None:
        """Withdraws the commands with these ids that are still queued."""
        wanted = frozenset(commands)
        for runner in self.links.running:
            runner.withdraw(wanted)

    async def send_command(self, command: Command, cause: RuleCause = BY_NO_RULE) -> CommandResult:
        """Sends a command, for a rule with its cause, and waits for its final result; publishes every step."""
        return await send(self, command, cause)

    def link(self, id: LinkId) -> Link | None:
        """The link with this id; None where the twin has none."""
        return next((link for link in self.twin.links if link.id == id), None)

    def _name_of(self, device: DeviceId) -> str:
        """The name of a device; empty where the twin has none."""
        found = self.twin.device_of.get(device)
        return found.name if found else ""

    def state_of(self, link: LinkId) -> LinkState:
        """The state of a link; OFF where it does not run."""
        runner = self.links.runner(link)
        return runner.state if runner else LinkState.OFF

    def wake_waiting(self) -> None:
        """Wakes the tasks that wait for `changed`."""
        event, self.changed = self.changed, asyncio.Event()
        event.set()

    def spawn_task(self, work: Coroutine[Any, Any, object], *, name: str) -> None:
        """Starts a task; `close` waits for it."""
        task = self.context.loop.spawn(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _expire(self) -> None:
        """Removes expired values every EXPIRY_ROUND_S seconds, once the rules can hear of it; runs until cancelled."""
        await self.links_due.wait()
        await repeat(self, self._expire_values, EXPIRY_ROUND_S, name="expiry")

    async def _expire_values(self) -> None:
        self.presence.expire(self.context.now_ms())

    def _adopted(self, before: Twin, twin: Twin, label: Text | None) -> None:
        """Passes a new snapshot on to history and screen, with the last values of changed devices."""
        found = diff(before, twin)
        fresh = (*found.came, *(new for _, new in found.changed))
        if found.devices:
            self.state.extend(point.id for device in fresh for point in device.points)
            self.recording.declare(fresh)
        if twin.meter_changes is not self._meter_changes:
            self._meter_changes = twin.meter_changes
            self.history.set_exchanges(twin.exchanges_of)
        if found.devices:
            self.presence.watch(twin.devices)
        if found.points or found.links:
            self.registration.twin_changed(twin)
        self.context.bus.publish(TwinChanged(twin, label))
        if self._rules is not None and found.only_names:
            self.context.bus.publish(self._rules.standing())  # titles have names in them
        elif self._rules is not None:
            self._rules.twin_changed()
        if found.points:
            self.context.bus.publish(known_values(self.state, fresh))
        if self._later is None and found.links:
            self._match_links_soon()

    def hurry(self, patience_s: float) -> None:
        """Reschedules the pending start of links to `patience_s` seconds from now."""
        self._patience_s = patience_s
        if self._later is not None and not self.closing:
            self._later.cancel()
            self._later = self.context.loop.asyncio.call_later(patience_s, self._match_links_soon)

    def _match_links_soon(self) -> None:
        self._later = None
        if not self.closing:
            self.spawn_task(self.match_links(), name="match links")

    def show_again(self, show: Callable[[Batch | Change], None]) -> None:
        """Passes all that is currently known to `show`: every subscriber of the bus, or one new client."""
        show(TwinChanged(self.twin))
        show(ProjectOpened(str(self.path)))
        show(ApprovalsChanged(self.approvals.status))
        show(known_values(self.state, self.twin.devices))
        now = self.context.now_ms()
        for device, there in self.presence.there.items():
            show(DeviceOnline(device, there.online, now, assumed=there.assumed))
        for runner in self.links.running:
            show(LinkChanged(runner.link.id, runner.state.value, runner.reason))
            show(LinkSkipped(runner.link.id, runner.skipped))
        for link in self.twin.links:
            if link.id in self._not_installed:
                show(self._off(link))
        if self._rules is not None:
            show(self._rules.standing())

    async def match_links(self) -> None:
        """Starts the allowed links of the twin that do not run and stops those changed or removed."""
        try:
            await self.begin_rules()  # before a link can report anything
            self.links_due.set()
            self.audit.begin()
            there = {link.id: link for link in self.twin.links}
            for runner in self.links.running:
                if there.get(runner.link.id) != runner.link and not self.registration.on_trial(runner.link.id):
                    await self.links.stop(runner.link.id)
            for link in self.twin.links:
                allowed = self._wanted is None or link.id in self._wanted
                if allowed and not self.closing and self.links.runner(link.id) is None:
                    await self.start_link(link)
        except ProblemError:
            if not self.closing:
                raise
        finally:
            self.links_started.set()
