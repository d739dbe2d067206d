"""The part of EngineApi for the privacy of a shared building."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future

from app.engine.engine_core import EngineCore
from app.engine.privacy_setup import SETTING, PrivacySetup
from twin.insight.presence_groups import withheld_points
from twin.model.ids import PointId, RoomId
from twin.model.privacy import PresenceHours, PrivacyStatus
from twin.model.twin import Twin
from twin.rules.home_key import HOME_IDS


class BuildingPrivacyApi(EngineCore):
    """The part of EngineApi that sets what is kept of values that tell of people, and who sees them."""

    _withheld: tuple[Twin, object, frozenset[PointId]] | None = None
    """What is withheld, and the snapshot and setting that it was found for."""

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
        """Points whose values are not for viewers and operators on other machines. On the engine's loop."""
        session = self._session
        if session is None:
            return frozenset()
        chosen: object = session.project.setting(SETTING)
        known = self._withheld
        if known is None or known[0] is not session.twin or known[1] != chosen:
            setup = PrivacySetup.of(chosen)
            found = withheld_points(session.twin, setup.places) if setup.in_groups else frozenset[PointId]()
            found |= HOME_IDS if found else frozenset()
            known = self._withheld = session.twin, chosen, found
        return known[2]

    async def _privacy(self) -> PrivacyStatus:
        return (await self.privacy_watch()).status
