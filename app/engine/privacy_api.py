"""The part of EngineApi for the privacy of a shared building."""

from __future__ import annotations

from concurrent.futures import Future

from app.engine.engine_core import EngineCore
from twin.model.privacy import PrivacyStatus


class BuildingPrivacyApi(EngineCore):
    """The part of EngineApi that sets what is kept of values that tell of people."""

    def privacy(self) -> Future[PrivacyStatus]:
        """What applies to the building."""
        return self._run(self._privacy(), "privacy")

    def set_privacy(self, hours: int, *, shared: bool) -> Future[PrivacyStatus]:
        """Sets whether the building is shared, and after how many hours is deleted what tells of people."""
        return self._run(self._set_privacy(hours, shared=shared), "privacy")

    async def _privacy(self) -> PrivacyStatus:
        return (await self.privacy_watch()).status

    async def _set_privacy(self, hours: int, *, shared: bool) -> PrivacyStatus:
        return await (await self.privacy_watch()).choose(shared=shared, hours=hours)
