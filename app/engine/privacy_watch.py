"""Deletes once an hour what tells of people in a shared building, with all roll-ups. At home nothing is deleted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from app.engine.presence_table import PresenceTable
from app.engine.privacy_setup import SETTING, PrivacySetup
from app.engine.repeating import repeat
from app.engine.session import ProjectSession
from twin.insight.presence_groups import presence_groups, presence_points, room_places
from twin.model.capability import Reveals
from twin.model.ids import PointId, RoomId
from twin.model.observation import Quality
from twin.model.privacy import HOUR_MS, LEAST_PLACES, SEES_PEOPLE, PresenceGroup, PresenceHours, PrivacyStatus
from twin.model.problem import Problem, ProblemError
from twin.rules.home_key import HOME_IDS

DELETED = frozenset({Reveals.PRESENCE, Reveals.IDENTITY, Reveals.HEALTH})
LOOK_S = 3600.0
LONGEST_HOURS = 24 * 365
MOST_PLACES = 10_000


class PrivacyWatch:
    """The privacy of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._swept_ms = 0
        self._table, self._sweeping = PresenceTable(session), asyncio.Lock()
        self._task: asyncio.Task[object] | None = None

    def begin(self) -> None:
        """Starts deleting, in the background."""
        self._task = self._context.loop.spawn(self._run(), name="privacy")

    async def close(self) -> None:
        """Ends the deleting."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        # not told: a wrong clock, which the maintenance tells
        await repeat(self._session, self.sweep, LOOK_S, name="privacy", told=False)

    @property
    def setup(self) -> PrivacySetup:
        """What was chosen."""
        return PrivacySetup.of(self._session.project.setting(SETTING))

    @property
    def groups(self) -> tuple[PresenceGroup, ...]:
        """The groups in which presence is shown; none where it is shown by room."""
        setup = self.setup
        return presence_groups(self._session.twin, setup.places) if setup.in_groups else ()

    @property
    def status(self) -> PrivacyStatus:
        """What applies now."""
        setup, twin = self.setup, self._session.twin
        counted = Counter(point.capability.reveals.value for point in twin.points)
        return PrivacyStatus(
            shared=setup.shared, hours=setup.hours, swept_ms=self._swept_ms, points=tuple(sorted(counted.items())),
            grouped=setup.grouped, places=tuple(setup.places.items()),
            groups=tuple(replace(group, present=self._present(group)) for group in self.groups),
        )  # fmt: skip

    def _present(self, group: PresenceGroup) -> bool | None:
        """Whether any sensor of a group sees a person now; None where it is known of rooms for too few people."""
        state, twin, seen = self._session.state, self._session.twin, dict[RoomId, bool]()
        for room, point in presence_points(twin):
            mine = room is not None and room in group.rooms and point.capability.id in SEES_PEOPLE
            at = state.index(point.id) if mine else None
            if room is not None and at is not None and state.quality[at] < Quality.STALE:
                seen[room] = seen.get(room, False) or bool(state.value[at] == 1.0)
        meant = room_places(twin, self.setup.places)
        return any(seen.values()) if sum(meant[room] for room in seen) >= LEAST_PLACES else None

    async def choose(
        self, *, shared: bool, hours: int, grouped: bool | None = None, places: Mapping[RoomId, int] | None = None
    ) -> PrivacyStatus:
        """Sets what applies; None keeps what is set. ProblemError for hours or numbers of people out of range."""
        if not 1 <= hours <= LONGEST_HOURS:
            raise ProblemError(Problem(code="privacy.hours", args={"hours": hours, "most": LONGEST_HOURS}))
        known = self._session.twin.room_of
        for room, number in (places or {}).items():
            if room not in known:
                raise ProblemError(Problem(code="unknown.room", args={"name": room}))
            if not 0 <= number <= MOST_PLACES:
                raise ProblemError(Problem(code="privacy.places", args={"places": number, "most": MOST_PLACES}))
        before = self.setup
        setup = PrivacySetup(
            shared=shared, hours=hours, grouped=before.grouped if grouped is None else grouped,
            places=before.places if places is None else places,
        )  # fmt: skip
        await self._session.edits.remember(SETTING, setup.stored())
        self._session.audit.add("request", {"what": "set_privacy", **setup.stored(), "result": "done"})
        await self.sweep()
        return self.status

    async def hours(self, from_ms: int, to_ms: int) -> PresenceHours:
        """The published table of the hours that begin in [from, to), UTC ms."""
        return await self._context.run_blocking(lambda: self._table.read(from_ms, to_ms))

    async def sweep(self) -> None:
        """Publishes presence by hour where it is shown in groups, then deletes what is older than the building keeps, but values
        of hours that are not over. ProblemError while the clock is wrong: then nothing is published or deleted."""
        async with self._sweeping:
            if self.setup.shared:
                await self._sweep(self.setup.hours, self._context.now_ms())

    async def _sweep(self, hours: int, now_ms: int) -> None:
        history, groups = self._session.history, self.groups
        if (wrong := await self._context.run_blocking(history.wrong_clock)) is not None:
            raise ProblemError(wrong)
        points = frozenset[PointId](
            point.id for point in self._session.twin.points if point.capability.reveals in DELETED
        )
        needed_ms = now_ms
        try:
            needed_ms = await self._context.run_blocking(lambda: self._table.publish(groups, now_ms, hours))
        finally:
            cutoff_ms = min(now_ms - hours * HOUR_MS, needed_ms)
            await self._context.run_blocking(lambda: history.retain(cutoff_ms, points | HOME_IDS, roll_ups=True))
            self._swept_ms = now_ms
