"""Watches whether the home is empty: by points of the capability presence, by outer doors and motion where those do not
tell, or by hand. Away by presence needs every such point known. Asleep by hand, or by rules and schedules, until it is ended or the
home is empty.

Rules read it as `HOME_KEY` and `ASLEEP_KEY`; it is recorded under the same ids. The state outlives a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import msgspec

from app.engine.event_bus import SubscriberRole, Unsubscribe
from app.engine.repeating import repeat
from app.engine.session import ProjectSession
from twin.insight.care_activity import AWAY_MS
from twin.insight.care_sources import device_sources
from twin.model.batch import Batch
from twin.model.care import CareRole
from twin.model.device import Device
from twin.model.home_presence import HomeMode, HomeStatus
from twin.model.ids import DeviceId, PointId
from twin.model.observation import Observation, Quality
from twin.model.problem import Problem, ProblemError
from twin.model.space import Door, Room
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.automation import CommandValue
from twin.rules.home_key import ASLEEP_KEY, HOME_KEY, HOME_POINTS
from twin.store.history.rule_records import RuleRecord

LOOK_S = 20.0
MEMORY = "home"
"""Name of the part of the rule memory that has the status."""
_INSIDE = frozenset({"motion", "occupancy"})
"""Capabilities whose truth shows that a person is inside."""


@dataclass(frozen=True, slots=True)
class _DeviceSigns:
    """The points of a device, in a room, that tell whether a person is at home."""

    device: Device
    room: Room | None
    doors: tuple[PointId, ...]
    inside: tuple[PointId, ...]
    presence: tuple[PointId, ...]

    @classmethod
    def of(cls, device: Device, room: Room | None, doors: Iterable[Door]) -> _DeviceSigns:
        roles = {source.point: source.role for source, _ in device_sources(device, room, doors)}
        of = {point.id: point.capability.id for point in device.points}
        return cls(
            device,
            room,
            doors=tuple(point for point, role in roles.items() if role is CareRole.DOOR),
            inside=tuple(point for point in roles if of[point] in _INSIDE),
            presence=tuple(point for point, capability in of.items() if capability == "presence"),
        )


class HomeWatch:
    """The presence of the home of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self.status = HomeStatus()
        self._twin: Twin | None = None
        self._signs: dict[DeviceId, _DeviceSigns] = {}
        self._doors = self._inside = self._presence = self._watched = frozenset[PointId]()
        self._values: dict[PointId, float] = {}
        self._door_ms = 0
        """When an outer door moved last without a sign from inside since, UTC ms; 0: none did."""
        self._task: asyncio.Task[object] | None = None
        self._unsubscribe: Unsubscribe | None = None
        self._saved = HomeStatus()
        self._recorded: dict[str, float] = {}
        """By key, the value that was recorded last since the project was opened."""
        self._remembering, self._remembered = asyncio.Lock(), False

    def begin(self) -> None:
        """Starts watching."""
        self._unsubscribe = self._context.bus.subscribe(SubscriberRole.WATCH, self._batch)
        self._task = self._context.loop.spawn(self._run(), name="home presence")

    async def close(self) -> None:
        """Ends the watching."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await repeat(self._session, self.look, LOOK_S, name="home presence", told=False)

    async def choose(self, mode: str) -> HomeStatus:
        """Sets who decides, or what is the case. ProblemError for another word."""
        if mode not in [*HomeMode]:
            raise ProblemError(Problem(code="unknown.home_mode", args={"name": mode}))
        await self._remember()
        self.status = replace(self.status, mode=HomeMode(mode))
        if mode != HomeMode.AUTO:
            self._set(mode != HomeMode.AWAY, asleep=mode == HomeMode.ASLEEP)
        elif self.status.asleep:
            self._set(self.status.at_home, asleep=False)
        return await self.look()

    async def look(self) -> HomeStatus:
        """Judges whether the home is empty now, and lets the rules read it."""
        await self._remember()
        if self.status.mode is HomeMode.AUTO:
            self._update_points()
            present = self._by_presence()
            if present is not None:
                self._set(present)
            elif self._door_ms and self._inside and self._context.now_ms() - self._door_ms > AWAY_MS:
                self._set(False)
        if self.status != self._saved:
            self._saved = self.status
            body = msgspec.json.encode(self.status).decode()
            await asyncio.wrap_future(self._session.history.rules.keep(RuleRecord(memory={MEMORY: body})))
        runner = await self._session.begin_rules()
        runner.commands.home = self.command
        await runner.settled()
        now_ms, values = self._context.now_ms(), self._values_now()
        self._record(values, now_ms)
        known = runner.compiled.view.value
        if changed := [(key, value, now_ms) for key, value in values.items() if known.get(key) != value]:
            runner.show_raised((), changed)
        return self.status

    async def command(self, key: str, verb: str, value: CommandValue) -> Text | None:
        """Carries out what a rule or schedule sets; the reason where it does not."""
        on = bool(value) if verb == "set" else verb == "on" if verb in ("on", "off") else None
        if key != ASLEEP_KEY or on is None:
            return Text("home.only_asleep")
        await self._remember()
        if self.status.mode is not HomeMode.AUTO:
            return Text("home.by_hand")
        if on and self.status.at_home is False:
            return Text("home.nobody")
        self._set(self.status.at_home, asleep=on)
        await self.look()
        return None

    def _values_now(self) -> dict[str, float]:
        """By key, the values that rules read and the history keeps, as far as anything is known."""
        found = {ASLEEP_KEY: float(self.status.asleep)} if self.status.since_ms else {}
        if self.status.at_home is not None:
            found[HOME_KEY] = float(self.status.at_home)
        return found

    def _record(self, values: Mapping[str, float], now_ms: int) -> None:
        """Writes what has changed to the history, and what holds once after a start."""
        recording = self._session.recording
        if not self._recorded:
            self._session.history.declare(HOME_POINTS)
        fresh = {key: value for key, value in values.items() if self._recorded.get(key) != value}
        self._recorded.update(fresh)
        if fresh:
            recording.put([Observation(PointId(key), now_ms, value) for key, value in fresh.items()])

    def _by_presence(self) -> bool | None:
        """Whether a presence point is at home; None where none is and not all are known, or there are none."""
        state = self._session.state
        rows = [state.index(point) for point in self._presence]
        known = [row for row in rows if row is not None and state.quality[row] < Quality.STALE]
        if any(state.value[row] == 1.0 for row in known):
            return True
        return False if rows and len(known) == len(rows) else None

    async def _remember(self) -> None:
        """Reads the last status, once."""
        async with self._remembering:
            if self._remembered:
                return
            records = self._session.history.rules
            body = await self._context.run_blocking(lambda: records.memory().get(MEMORY, ""))
            self._remembered = True
            if self.status == HomeStatus():  # else something was seen meanwhile
                with suppress(msgspec.DecodeError):
                    self.status = self._saved = msgspec.json.decode(body, type=HomeStatus) if body else HomeStatus()

    def _set(self, at_home: bool | None, asleep: bool | None = None) -> None:
        """Sets the state; `asleep` None keeps it; an empty home is never asleep."""
        asleep = (self.status.asleep if asleep is None else asleep) and at_home is not False
        if (self.status.at_home, self.status.asleep) != (at_home, asleep):
            self.status = replace(self.status, at_home=at_home, asleep=asleep, since_ms=self._context.now_ms())

    def _update_points(self) -> None:
        """Takes over the points of the newest snapshot; devices that are the same as before are not looked at again."""
        if self._twin is (twin := self._session.twin):
            return
        before, self._twin = self._twin, twin
        known, self._signs = self._signs if before is not None and before.doors is twin.doors else {}, {}
        for device in twin.devices:
            room = twin.room_of.get(device.room) if device.room is not None else None
            signs = known.get(device.id)
            if signs is None or signs.device is not device or signs.room is not room:
                signs = _DeviceSigns.of(device, room, twin.doors)
            self._signs[device.id] = signs
        found = self._signs.values()
        self._doors = frozenset(point for one in found for point in one.doors)
        self._inside = frozenset(point for one in found for point in one.inside)
        self._presence = frozenset(point for one in found for point in one.presence)
        self._watched = self._doors | self._inside | self._presence

    def _batch(self, batch: Batch) -> None:
        self._update_points()
        watched = self._watched
        points = self._session.state.points
        rows: list[int] = batch.row.tolist()
        for at, row in enumerate(rows):
            point = points[row]
            if point not in watched or batch.late[at] or batch.quality[at] >= Quality.STALE:
                continue
            value = float(batch.value[at])
            before, self._values[point] = self._values.get(point), value
            if point in self._doors:
                if before is not None and before != value:
                    self._door_ms = self._context.now_ms()
            elif point in self._inside and value == 1.0:
                self._door_ms = 0
                if self.status.mode is HomeMode.AUTO and self._by_presence() is None:
                    self._came_home()

    def _came_home(self) -> None:
        if self.status.at_home is not True:
            self._set(True)
            self._session.spawn_task(self._look(), name="home presence")

    async def _look(self) -> None:
        with suppress(ProblemError):  # the project is being closed
            await self.look()
