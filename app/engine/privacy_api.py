"""The part of EngineApi for the privacy of a shared building."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress

from app.engine.engine_core import EngineCore
from app.engine.privacy_setup import SETTING, PrivacySetup
from app.engine.session import ProjectSession
from twin.insight.presence_groups import withheld_points
from twin.insight.use_groups import withheld_use
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.privacy import PresenceHours, PrivacyStatus
from twin.model.problem import ProblemError
from twin.model.twin import Twin
from twin.rules.home_key import HOME_IDS


class BuildingPrivacyApi(EngineCore):
    """The part of EngineApi that sets what is kept of values that tell of people, and who sees them."""

    _withheld: tuple[tuple[object, ...], object, frozenset[PointId]] | None = None
    """What is withheld, and the parts of the snapshot and the setting that it was found for."""

    def privacy(self) -> Future[PrivacyStatus]:
        """What applies to the building."""
        return self._run(self._privacy(), "privacy")

    def set_privacy(
        self, hours: int, *, shared: bool, grouped: bool | None = None, places: Mapping[RoomId, int] | None = None
    ) -> Future[PrivacyStatus]:
        """Sets whether the building is shared, after how many hours is deleted what tells of people, and whether presence is
        shown in groups."""

        async def work() -> PrivacyStatus:
            return await (await self.privacy_watch()).choose(shared=shared, hours=hours, grouped=grouped, places=places)

        return self._run(work(), "privacy")

    def presence_hours(self, from_ms: int, to_ms: int) -> Future[PresenceHours]:
        """The published table of presence by hour and group of rooms."""

        async def work() -> PresenceHours:
            return await (await self.privacy_watch()).hours(from_ms, to_ms)

        return self._run(work(), "presence")

    def withheld_points(self) -> frozenset[PointId]:
        """Points whose values are not for viewers and operators on other machines: the one place where that is decided, by what
        their capabilities reveal and for how many people their rooms are meant. On the engine's loop."""
        session = self._session
        if session is None:
            return frozenset()
        chosen: object = session.project.setting(SETTING)
        known = self._withheld
        parts = _parts(session.twin)
        if known is None or known[1] != chosen or any(a is not b for a, b in zip(known[0], parts, strict=True)):
            places = PrivacySetup.of(chosen).told_places
            found = frozenset[PointId]() if places is None else self._found_withheld(session, places)
            known = self._withheld = parts, chosen, found
        return known[2]

    @staticmethod
    def _found_withheld(session: ProjectSession, places: Mapping[RoomId, int]) -> frozenset[PointId]:
        from app.engine.energy_reports import kept_setup
        from twin.insight.meter_tree import meter_places  # no window needs it before its first frame

        twin = session.twin
        mains = frozenset[DeviceId]()
        with suppress(ProblemError):  # a setup that cannot be read makes no meter the main one
            mains = frozenset(one.device for one in meter_places(twin, kept_setup(session.project)) if one.main)
        found = withheld_points(twin, places) | withheld_use(twin, places, mains)
        return found | HOME_IDS if found else found

    async def _privacy(self) -> PrivacyStatus:
        return (await self.privacy_watch()).status


def _parts(twin: Twin) -> tuple[object, ...]:
    """What decides which points are withheld: the same objects in snapshots between which it did not change."""
    return twin.storeys, twin.rooms, twin.devices, next(iter(twin.definitions.energy_setups), None)
