"""Keeps one adapter session alive (connect, describe, retry) and carries commands over it.

States: connecting -> online -> waiting -> connecting ...; needs login until `login`; off when `run` ended. Times are
those of the event loop, and randomness is passed in, so that tests control both.
"""

from __future__ import annotations

import asyncio
import contextlib
import random as chance
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

from devices.command_tracker import NO_REPORT, CommandTracker, Met
from devices.contract import (
    Adapter,
    AdapterContext,
    AdapterSession,
    AuthError,
    DescribesInParts,
    Redescribed,
    RefusedError,
    ReportsSkipped,
    Secret,
    SkippedChanged,
)
from devices.link_presence import LinkPresence
from devices.meeting import MEETING, MeetsDevices
from twin.model.batch import Batch
from twin.model.command import Command, CommandResult, CommandState, refusal
from twin.model.device import DeviceInfo, Link, Point
from twin.model.ids import DeviceId, LinkId, device_id, own_device_id
from twin.model.observation import Availability, StringTable, Value
from twin.model.problem import Problem, ProblemError, mistake
from twin.model.report_columns import ReportColumns
from twin.model.skipped import Skipped, bounded
from twin.model.text import Text, why

OPEN_S = 20.0
DESCRIBE_S = 60.0
"""Time-out of describing, seconds; long enough for a thousand devices on a slow line."""
CLOSE_S = 3.0
BACKOFF_S = 0.5
BACKOFF_CAP_S = 60.0
STEADY_S = 10.0
"""Seconds after which a session counts as stable, so that the back-off restarts."""


class LinkState(StrEnum):
    """The states of a link, worded as the status bar shows them."""

    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"
    NEEDS_LOGIN = "needs login"
    OFF = "off"


class LinkSink(Protocol):
    """Receiver of a link's events; called on the event loop, must not block."""

    def described(self, link: LinkId, devices: tuple[DeviceInfo, ...]) -> None:
        """The complete list of the link's devices."""
        ...

    def reported(self, link: LinkId, reports: ReportColumns) -> None:
        """Reports of devices, in their own units and spelling."""
        ...

    def available(self, link: LinkId, availability: Availability) -> None:
        """A device went online or offline."""
        ...

    def state(self, link: LinkId, state: LinkState, reason: Text | None) -> None:
        """The link's state changed."""
        ...

    def skipped(self, link: LinkId, skipped: tuple[Skipped, ...]) -> None:
        """The complete list of entries that the link could not read; called when it changes."""
        ...

    def problem(self, problem: Problem) -> None:
        """A problem to show to the user."""
        ...


LOST = Text("reason.connection_lost")


def state_text(state: LinkState) -> Text:
    """A link's state as a translatable text."""
    return Text("reason.link_state", state=state.value)


def not_connected(state: LinkState, reason: Text | None) -> Text:
    """Reason for a request that fails because the link is not online."""
    return Text("reason.not_connected", why=reason or state_text(state))


class LinkRunner:
    """One link: `await run()` until cancelled; commands may be given at any time on the same loop."""

    def __init__(
        self,
        adapter: Adapter,
        link: Link,
        secret: Secret | None,
        adapter_context: AdapterContext,
        sink: LinkSink,
        *,
        known: tuple[DeviceInfo, ...] = (),
        asked: bool = False,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self.link = link
        self.devices = known
        self.state = LinkState.OFF
        self.reason: Text | None = None
        self.skipped: tuple[Skipped, ...] = ()
        self.complete = True
        """Whether the peer has described all its devices; while False, more follow."""
        self._adapter = adapter
        self._secret = secret
        self._adapter_context = replace(adapter_context, keep_secret=self._keep_secret, allow_s=self._allow_s)
        self._asked = asked
        """Whether the user asked for the next opening."""
        self.login_problem: Problem | None = None
        """The problem that explains the last refused login, beyond the link's reason; None where there is none."""
        self._opening: asyncio.Timeout | None = None
        self._store_secret = adapter_context.keep_secret
        self._sink = sink
        self._random = random
        self._session: AdapterSession | None = None
        self._woken = asyncio.Event()
        self._reported: set[str] = set()
        self._commands = CommandTracker()
        self._presence = LinkPresence(lambda availability: sink.available(link.id, availability))
        self._uids = uids_by_id(link, known)
        self._presence.set_devices(known)

    @property
    def session(self) -> AdapterSession | None:
        """The open session, for features of one protocol (commissioning); None while there is none."""
        return self._session

    def wake(self) -> None:
        """Ends the back-off, because the peer was seen on the network; ignored in other states than waiting."""
        if self.state is LinkState.WAITING:
            self._try_again()

    def login(self, secret: Secret) -> None:
        """Sets a new secret: used at once where the link waits for one, else at the next connection."""
        self._secret = secret
        self.ask()

    def ask(self) -> None:
        """Tries again because the user asks for it, also where the link waits for a login."""
        self._asked = True
        self._woken.set()
        if self.state in (LinkState.WAITING, LinkState.NEEDS_LOGIN):
            self._try_again()

    def _try_again(self) -> None:
        """Ends a pause. The state changes at once, so that a caller that waits for the outcome does not see the last one."""
        self._woken.set()
        self._set_state(LinkState.CONNECTING)

    async def _keep_secret(self, secret: Secret) -> None:
        await self._store_secret(secret)
        self._secret = secret

    def _allow_s(self, seconds: float) -> None:
        if self._opening is not None and not self._opening.expired():
            self._opening.reschedule(asyncio.get_running_loop().time() + seconds)

    async def run(self) -> None:
        """Keeps the link connected until cancelled; then closes the session, fails open commands and sets the state to
        off.
        """
        try:
            await self._keep()
        finally:
            self._set_state(LinkState.OFF)

    async def _keep(self) -> None:
        attempt = 0
        while True:
            self._woken.clear()
            self._set_state(LinkState.CONNECTING)
            started = asyncio.get_running_loop().time()
            state, reason = await self._once()
            if asyncio.get_running_loop().time() - started >= STEADY_S and state is LinkState.WAITING:
                attempt = 0
            self._set_state(state, reason)
            delay = self._random() * min(BACKOFF_CAP_S, BACKOFF_S * 2 ** min(attempt, 16))
            attempt += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if state is LinkState.NEEDS_LOGIN else delay):
                    await self._woken.wait()

    async def _once(self) -> tuple[LinkState, Text]:
        """One session from open to its end; the state to go to and why."""
        adapter_context, self._asked = replace(self._adapter_context, asked=self._asked), False
        self.login_problem = None
        try:
            async with asyncio.timeout(OPEN_S) as self._opening:
                self._session = await self._adapter.open(self.link, self._secret, adapter_context)
            await self._describe_in_time(self._session)
            self._reported.clear()
            self._set_state(LinkState.ONLINE)
            await self._listen(self._session)
        except AuthError as error:
            self.login_problem = error.problem
            self._report(*([error.problem] if error.problem else ()))
            return LinkState.NEEDS_LOGIN, why(error) if error.args else Text("reason.login_needed")
        except ProblemError as error:
            self._report(*error.problems)
            return LinkState.WAITING, error.problems[0].what if error.problems else Text("reason.refused")
        except TimeoutError:
            return LinkState.WAITING, Text("reason.no_answer")
        except OSError as error:
            return LinkState.WAITING, why(error)
        except Exception as error:
            self._report(mistake(error, self.link.title or self.link.address))
            return LinkState.WAITING, Text("oikos.mistake")
        finally:
            await self._close_session()
        return LinkState.WAITING, Text("reason.connection_ended")

    async def _describe_in_time(self, session: AdapterSession) -> None:
        """Raises ConnectionError where the peer, which has answered, has not told all its devices in DESCRIBE_S."""
        limit = asyncio.timeout(DESCRIBE_S)
        try:
            async with limit:
                await self._describe(session)
        except TimeoutError:
            if not limit.expired():
                raise
            raise ConnectionError(Text("reason.long_description", seconds=DESCRIBE_S)) from None

    async def _describe(self, session: AdapterSession) -> None:
        before, self.devices = self.devices, await session.describe()
        if [one.uid for one in before] != [one.uid for one in self.devices]:
            self._uids = uids_by_id(self.link, self.devices)
        self._presence.set_devices(self.devices)
        self._sink.described(self.link.id, self.devices)
        self._count_skipped(session)

    def _count_skipped(self, session: AdapterSession) -> None:
        skipped = bounded(session.skipped) if isinstance(session, ReportsSkipped) else ()
        complete = session.complete if isinstance(session, DescribesInParts) else True
        if (skipped, complete) != (self.skipped, self.complete):
            self.skipped, self.complete = skipped, complete
            self._sink.skipped(self.link.id, skipped)

    async def _listen(self, session: AdapterSession) -> None:
        watch = asyncio.ensure_future(self._presence.watch())  # noqa: TID251 - the link owns it, awaited below
        try:
            async for event in session.events():
                match event:
                    case ReportColumns():
                        for uid in event.reporting_devices():
                            self._presence.device_reported(uid)
                        self._sink.reported(self.link.id, event)
                    case Availability(uid=""):
                        self._presence.link_available(event.online, event.reason)
                    case Availability():
                        self._presence.availability_reported(event)
                    case Redescribed():
                        async with asyncio.timeout(DESCRIBE_S):
                            await self._describe(session)
                    case SkippedChanged():
                        self._count_skipped(session)
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _close_session(self) -> None:
        session, self._session = self._session, None
        self._commands.drop(LOST)
        if session is not None:
            try:
                async with asyncio.timeout(CLOSE_S):
                    await session.close()
            except Exception as error:
                self._report(mistake(error, f"closing {self.link.title or self.link.address}"))

    def _set_state(self, state: LinkState, reason: Text | None = None) -> None:
        if (state, reason) == (self.state, self.reason):
            return
        self.state, self.reason = state, reason
        if state not in (LinkState.ONLINE, LinkState.CONNECTING):
            self._presence.link_available(online=False, reason=reason or state_text(state))
        self._sink.state(self.link.id, state, reason)

    def _report(self, *problems: Problem) -> None:
        """Each kind of problem once per outage: a link that retries for a night must not fill the panel."""
        for problem in problems:
            if problem.code not in self._reported:
                self._reported.add(problem.code)
                self._sink.problem(problem)

    def observed(self, batch: Batch, strings: StringTable) -> None:
        """Processes a published batch: observations of this link's devices confirm its commands."""
        self._commands.observed(batch, strings)

    def withdraw(self, commands: Collection[int]) -> None:
        """Cancels the commands with these ids that are not sent yet."""
        self._commands.withdraw(commands)

    async def command(
        self,
        command: Command,
        point: Point,
        before: Value = None,
        waits: Callable[[Text | None], object] = lambda reason: None,
    ) -> CommandResult:
        """Executes a command and returns its outcome: confirmed by the device's report, sent, or failed with a reason;
        never raises for the connection.

        `before` is the last value that the device reported, canonical; None where unknown. `waits` is called with the
        reason why the command is not sent yet, and with None once it is.
        """
        reason = refusal(point, command.verb, command.value)
        uid = self._uids.get(point.device)
        if reason is None and uid is None:
            reason = Text("reason.unknown_device")
        if reason is None and self._session is None:
            reason = not_connected(self.state, self.reason)
        if reason is not None or uid is None:
            return CommandResult(command=command, state=CommandState.FAILED, reason=reason)
        met = self._meeting(uid, waits)
        result = await self._commands.give(command, point, uid=uid, before=before, send=self._send, met=met)
        if result.state is CommandState.FAILED and result.reason == NO_REPORT and self._presence.is_offline(uid):
            return CommandResult(
                command=command, state=result.state, seconds=result.seconds, reason=Text("reason.offline")
            )
        return result

    def _meeting(self, uid: str, waits: Callable[[Text | None], object]) -> Met | None:
        """What a command waits for before it is sent: that the peer has reached the device; None where it has."""
        session = self._session
        if not isinstance(session, MeetsDevices) or session.is_met(uid):
            return None

        async def met() -> None:
            await session.met(uid)
            waits(None)

        waits(MEETING)
        return met

    async def _send(self, uid: str, key: str, verb: str, value: Value) -> None:
        if self._session is None:
            raise RefusedError(LOST)
        try:
            await self._session.send(uid, key, verb, value)
        except (RefusedError, ProblemError, OSError):
            raise
        except Exception as error:
            self._report(mistake(error, self.link.title or self.link.address))
            raise RefusedError(Text("oikos.mistake")) from None


def uids_by_id(link: Link, devices: Iterable[DeviceInfo]) -> dict[DeviceId, str]:
    """The uids of a link's devices by the ids that these may have in the twin."""
    return {
        id: one.uid
        for one in devices
        for id in (device_id(link.protocol, one.uid), own_device_id(link.id, link.protocol, one.uid))
    }
