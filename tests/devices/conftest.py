"""A loop whose clock is moved by hand, and peers made of a script."""

from __future__ import annotations

import asyncio
import selectors
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.engine.event_bus import EventBus, SubscriberRole
from app.engine.ingest import Ingest
from devices.contract import AdapterContext, Secret, Service, SessionEvent
from devices.event_columns import ParsedEvent, in_columns
from devices.link import LinkRunner, LinkState
from twin.model.batch import Batch
from twin.model.candidate import Candidate
from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, device_id
from twin.model.observation import Availability, Report, StringTable, Value
from twin.model.problem import Problem
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.skipped import Skipped
from twin.model.state import State
from twin.model.text import Text

NOW_MS = 1_763_894_400_000
"""The clock of whoever hears a link; it stands."""
LINK = Link(id=LinkId("link"), protocol="fake", address="fake://peer", title="The peer")


class _Jumping(selectors.DefaultSelector):
    """Never waits: moves the loop's clock to the next timer instead."""

    loop: HandLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits for something that never comes")
        if not ready and timeout and timeout > 0:
            self.loop.now += timeout
        return ready


class HandLoop(asyncio.SelectorEventLoop):
    """Time passes only when nobody has anything else to do."""

    def __init__(self) -> None:
        selector = _Jumping()
        self.now = 1000.0
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def warm() -> None:
    """uuid5 imports inside itself; with PySide6 loaded the first import of a module reads its source from disk."""
    device_id("warm", "up")


@pytest.fixture
def by_hand() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine on a loop whose time is moved by hand."""

    def run(main: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=HandLoop) as runner:
            return runner.run(main)

    return run


def _failed(error: BaseException, where: str) -> None:
    raise AssertionError(where) from error


@dataclass
class Ears:
    """A sink that remembers, and hands what is reported back to the link's commands as the engine does."""

    states: list[tuple[LinkState, str]] = field(default_factory=list)
    devices: tuple[DeviceInfo, ...] = ()
    reports: list[Report] = field(default_factory=list)
    comings: list[Availability] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: tuple[Skipped, ...] = ()
    runner: LinkRunner | None = None
    """Whose commands are confirmed by what is reported."""

    def __post_init__(self) -> None:
        self._taken: list[Device] = []
        state, bus = State(), EventBus(_failed)
        bus.subscribe(SubscriberRole.STATE, state.take)
        bus.subscribe(SubscriberRole.COMMAND_TRACKER, self._observed)
        self.ingest = Ingest(
            state=state,
            publish=bus.publish,
            strings=StringTable(),
            now_ms=lambda: NOW_MS,
            raised=lambda problem: None,
        )

    def _observed(self, batch: Batch) -> None:
        if self.runner is not None:
            self.runner.observed(batch, self.ingest.strings)

    def described(self, link: LinkId, devices: tuple[DeviceInfo, ...]) -> None:
        self.devices = devices
        if self.runner is not None:
            former, self._taken = self._taken, [device_from_description(info, self.runner.link) for info in devices]
            self.ingest.route(link, self._taken, former)

    def reported(self, link: LinkId, reports: ReportColumns) -> None:
        self.reports += reports
        self.ingest.report(link, reports)

    def available(self, link: LinkId, availability: Availability) -> None:
        self.comings.append(availability)

    def state(self, link: LinkId, state: LinkState, reason: Text | None) -> None:
        self.states.append((state, reason))

    def skipped(self, link: LinkId, skipped: tuple[Skipped, ...]) -> None:
        self.left_out = skipped

    def problem(self, problem: Problem) -> None:
        self.problems.append(problem)

    @property
    def words(self) -> list[str]:
        return [state.value for state, _ in self.states]

    @property
    def online(self) -> dict[str, bool]:
        return {one.uid: one.online for one in self.comings}


LAMP = DeviceInfo(
    uid="lamp",
    name="Lamp",
    points=(
        PointInfo(key="on_off", capability="on_off", writable=True),
        PointInfo(key="level", capability="level", writable=True),
        PointInfo(key="position", capability="position", writable=True),
        PointInfo(key="press", capability="identify", writable=True, reports=False),
    ),
)


class FakeSession:
    """A peer whose lines are put in by the test."""

    def __init__(self, devices: tuple[DeviceInfo, ...]) -> None:
        self.devices = devices
        self.queue: asyncio.Queue[ParsedEvent | Exception | None] = asyncio.Queue()
        self.table = ReportTable()
        self.sent: list[tuple[str, str, str, Value]] = []
        self.obeys: Callable[[str, str, str, Value], None] | None = None
        self.closed = 0

    async def describe(self) -> tuple[DeviceInfo, ...]:
        return self.devices

    async def events(self) -> AsyncIterator[SessionEvent]:
        while (event := await self.queue.get()) is not None:
            if isinstance(event, Exception):
                raise event
            for one in in_columns((event,), self.table):
                yield one

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        self.sent.append((uid, key, verb, value))
        if self.obeys is not None:
            self.obeys(uid, key, verb, value)

    async def close(self) -> None:
        self.closed += 1


class FakeAdapter:
    """Opens what the script says: a session, or an exception to raise."""

    protocol = "fake"
    title = "Fake"
    service_types = ("_fake._tcp",)
    schemes = ("fake",)

    def __init__(self, *script: FakeSession | Exception) -> None:
        self.script = list(script)
        self.opened: list[float] = []
        self.secrets: list[Secret | None] = []

    def claim(self, service: Service) -> Candidate | None:
        return None

    def link(self, target: str | Candidate) -> Link:
        return LINK

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> FakeSession:
        self.opened.append(asyncio.get_running_loop().time())
        self.secrets.append(secret)
        step = self.script.pop(0) if self.script else OSError("nobody there")
        if isinstance(step, Exception):
            raise step
        return step


def spread(event: SessionEvent) -> Iterable[ParsedEvent]:
    """An event, the reports of columns one by one."""
    return event if isinstance(event, ReportColumns) else (event,)


def columns_of(*reports: Report) -> ReportColumns:
    """Columns of reports."""
    return ReportColumns.of(reports, ReportTable())


def lamp() -> Device:
    """The lamp as the twin knows it."""
    return device_from_description(LAMP, LINK)


def runner(adapter: FakeAdapter, ears: Ears, **more: Any) -> LinkRunner:
    """A link runner whose chance is always the whole delay."""
    adapter_context = AdapterContext(folder=Path("/nonexistent"))
    ears.runner = LinkRunner(adapter, LINK, None, adapter_context, ears, **({"random": lambda: 1.0} | more))
    return ears.runner


@pytest.fixture
def mosquitto() -> None:
    """Skips where no real broker is installed."""
    if not (shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")):
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
