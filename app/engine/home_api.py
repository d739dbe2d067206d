"""The part of EngineApi for the presence of the home."""

from __future__ import annotations

from concurrent.futures import Future

from app.engine.engine_core import EngineCore
from twin.model.home_presence import HomeStatus


class HomePresenceApi(EngineCore):
    """The part of EngineApi that tells whether the home is empty."""

    def home_presence(self) -> Future[HomeStatus]:
        """Whether the home is empty, as far as known."""
        return self._run(self._home_presence(), "home presence")

    def set_home_presence(self, mode: str) -> Future[HomeStatus]:
        """Sets `home`, `away` or `asleep` by hand, or `auto`."""
        return self._run(self._set_home_presence(mode), "home presence")

    async def _home_presence(self) -> HomeStatus:
        return await (await self.home_watch()).look()

    async def _set_home_presence(self, mode: str) -> HomeStatus:
        return await (await self.home_watch()).choose(mode)
