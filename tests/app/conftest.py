"""An engine with a protocol that lives in memory: its world is changed by hand, its peer can die and refuse."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from app.engine.engine import Engine
from devices.contract import AdapterContext, AuthError, Redescribed, RefusedError, Secret, Service, SessionEvent
from devices.event_columns import ParsedEvent, in_columns
from tests.english import plain, words
from twin.model.building import Building, Source
from twin.model.candidate import Candidate, CommissioningStage, StageState
from twin.model.device import DeviceInfo, Link, PointInfo
from twin.model.ids import LinkId, RoomId, StoreyId, derived
from twin.model.observation import Availability, Report, Value
from twin.model.problem import ProblemError
from twin.model.report_columns import ReportTable
from twin.model.skipped import Skipped
from twin.model.space import Room, Storey
from twin.store.file_lock import FileLock
from twin.store.history.session import BUILT_MS


def lamp(uid: str = "lamp", name: str = "Lamp") -> DeviceInfo:
    points = (
        PointInfo(key="on", capability="on_off", writable=True),
        PointInfo(key="level", capability="level", writable=True),
        PointInfo(key="t", capability="temperature"),
        PointInfo(key="say", capability="raw_text"),
    )
    return DeviceInfo(uid=uid, name=name, points=points, area="Kitchen")


@dataclass
class World:
    """What the pretended peer is: devices, whether it answers, which password it wants."""

    devices: list[DeviceInfo] = field(default_factory=lambda: [lamp()])
    alive: bool = True
    password: str = ""
    skipped: tuple[Skipped, ...] = ()
    deaf: bool = False
    """Takes commands and does nothing."""
    assumed: bool = False
    """Nobody says whether its devices are there."""
    first: list[ParsedEvent] = field(default_factory=list)
    """What it says the moment a session with it is open."""
    sent: list[tuple[str, str, str, Value]] = field(default_factory=list)
    sessions: list[PretendSession] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def say(self, event: ParsedEvent) -> None:
        for session in self.sessions:
            session.loop.call_soon_threadsafe(session.queue.put_nowait, event)

    def report(self, key: str, value: Value, uid: str = "lamp", time_ms: int | None = None) -> None:
        self.say(Report(uid, key, value, time_ms))

    def die(self) -> None:
        self.alive = False
        for session in self.sessions:
            session.loop.call_soon_threadsafe(session.queue.put_nowait, None)

    def describe(self, *devices: DeviceInfo) -> None:
        self.devices = list(devices)
        self.say(Redescribed())


class PretendSession:
    def __init__(self, world: World) -> None:
        self.world = world
        self.queue: asyncio.Queue[ParsedEvent | None] = asyncio.Queue()
        self.table = ReportTable()
        self.loop = asyncio.get_running_loop()
        world.sessions.append(self)

    async def describe(self) -> tuple[DeviceInfo, ...]:
        return tuple(self.world.devices)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return self.world.skipped

    async def events(self) -> AsyncIterator[SessionEvent]:
        for device in self.world.devices:
            yield Availability(device.uid, True, assumed=self.world.assumed)
        for one in in_columns(tuple(self.world.first), self.table):
            yield one
        while (event := await self.queue.get()) is not None:
            for one in in_columns((event,), self.table):
                yield one

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        self.world.sent.append((uid, key, verb, value))
        if key == "level" and value == 13.0:
            raise RefusedError("thirteen is unlucky")
        if not self.world.deaf:
            said = verb == "on" if key == "on" else value
            self.queue.put_nowait(Report(uid, key, said))

    async def close(self) -> None:
        if self in self.world.sessions:
            self.world.sessions.remove(self)

    def check(self, code: str) -> None:
        ADAPTER_CHECK(code)

    async def pair(self, code: str, stage: Callable[[CommissioningStage], None]) -> tuple[str, ...]:
        stage(CommissioningStage(stage="find", title=words("Looking"), state=StageState.STARTED, seconds=0.0))
        if code.endswith("0"):
            raise ProblemError(plain("Nothing answered", "Hold it nearer", code="pair.not_found"))
        stage(CommissioningStage(stage="find", title=words("Looking"), state=StageState.DONE, seconds=0.1))
        self.world.devices.append(lamp("new", "New lamp"))
        if code.endswith("9"):
            stage(CommissioningStage(stage="describe", title=words("Reading"), state=StageState.STARTED, seconds=0.0))
            await asyncio.sleep(0.5)
        return ("new",)

    async def remove(self, uid: str) -> None:
        self.world.removed.append(uid)
        self.world.devices = [device for device in self.world.devices if device.uid != uid]


def ADAPTER_CHECK(code: str) -> None:  # noqa: N802
    if not code.isdigit():
        raise ProblemError(plain("A code has digits only", "Read it again", code="code"))


class PlainSession:
    """A session that cannot commission."""

    def __init__(self, world: World) -> None:
        inner = PretendSession(world)
        self.describe, self.events, self.send, self.close = inner.describe, inner.events, inner.send, inner.close
        self.world = world

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return self.world.skipped


class PretendAdapter:
    protocol = "pretend"
    title = "Pretend"
    service_types: tuple[str, ...] = ()
    schemes = ("pretend",)

    def __init__(self, world: World, *, commissions: bool = False) -> None:
        self.world = world
        if commissions:
            self.check = ADAPTER_CHECK
            self.managed = lambda: self.link("pretend://managed")
        self.session: Any = PretendSession if commissions else PlainSession

    def claim(self, service: Service) -> Candidate | None:
        return None

    def link(self, target: str | Candidate) -> Link:
        address = target if isinstance(target, str) else target.key
        if "nonsense" in address:
            raise ProblemError(plain("No such address", "Look again", code="url"))
        return Link(id=LinkId(derived("link", address)), protocol="pretend", address=address, title=address)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> Any:
        if not self.world.alive:
            raise ConnectionRefusedError("nobody there")
        if self.world.password and (secret is None or secret.password != self.world.password):
            raise AuthError("wrong password")
        return self.session(self.world)


@dataclass
class Desk:
    """An engine, its pretended world and a clock."""

    engine: Engine
    world: World
    folder: Path
    now: list[int]
    changes: list[object] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "house.oikos"

    def drain(self) -> None:
        values, changes = self.engine.inbox.drain()
        self.values.update({one.point: one for batch in values for one in batch})
        self.changes += changes

    def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Waits until something holds; fails after a minute."""
        import threading

        pause = threading.Event()
        for _ in range(6000):
            self.drain()
            if holds():
                return
            pause.wait(0.01)
        raise AssertionError(f"never: {what or holds}; saw {self.changes[-6:]}")

    def seen(self, kind: type) -> list[Any]:
        self.drain()
        return [change for change in self.changes if isinstance(change, kind)]

    def point(self, key: str, device: str = "Lamp") -> str:
        found = self.engine.twin.find_point(f"{device}/{key}")
        assert found is not None, f"no {device}/{key}"
        return found.id


NOW_MS = BUILT_MS + 86_400_000
"""When tests play: a clock that says less than the program's own day is told as wrong after some seconds."""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_desk(tmp_path: Path, home: Path, world: World) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(*, commissions: bool = False, now_ms: int = NOW_MS, patience_s: float = 0.0) -> Desk:
        now = [now_ms]
        engine = Engine(home, now_ms=lambda: now[0], lived_ms=None, patience_s=patience_s)
        engine.context.adapters = {"pretend": PretendAdapter(world, commissions=commissions)}  # type: ignore[misc]
        engine.start()
        made.append(Desk(engine, world, tmp_path, now))
        return made[-1]

    yield make
    for api in made:
        api.engine.stop()


@pytest.fixture
def api(make_desk: Callable[..., Desk]) -> Desk:
    """A running engine with a new project open."""
    one = make_desk()
    one.engine.new_project(str(one.path)).result(60)
    return one


def rooms_building(*names: str) -> Building:
    """A building of square rooms side by side."""
    storey = Storey(id=StoreyId("s1"), name="Ground", elevation_m=0.0, height_m=2.5)
    rooms = tuple(
        Room(
            id=RoomId(f"room-{name}"),
            storey=storey.id,
            name=name,
            outline=((x := 4.0 * n, 0.0), (x + 4, 0.0), (x + 4, 4.0), (x, 4.0)),
            area_m2=16.0,
            volume_m3=40.0,
            source_id=f"src-{name}",
        )
        for n, name in enumerate(names)
    )
    return Building(source=Source(path="x.ifc", sha256="0" * 64, importer="test 1"), storeys=(storey,), rooms=rooms)


def renamed(info: DeviceInfo, **fields: Any) -> DeviceInfo:
    return replace(info, **fields)


@pytest.fixture
def mosquitto() -> None:
    """Skips where no real broker is installed."""
    if not (shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")):
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")


@pytest.fixture
def held(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], FileLock]]:
    """Opens the test's project `house` as another program, which was started by these words."""
    locks = list[FileLock]()

    def hold(words: str) -> FileLock:
        monkeypatch.setattr(sys, "argv", ["oikos", *words.split()])
        locks.append(FileLock(house))
        return locks[-1]

    yield hold
    for lock in locks:
        lock.release()
