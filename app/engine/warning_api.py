"""The part of EngineApi for early warnings and the security watch."""

from __future__ import annotations

from concurrent.futures import Future

from app.engine.engine_core import EngineCore
from twin.model.early_warning import WarningChart, WarningReport
from twin.model.ids import PointId
from twin.model.security_event import SecurityStatus


class WarningApi(EngineCore):
    """The part of EngineApi that warns early, and watches for signs of an intrusion."""

    def warnings(self) -> Future[WarningReport]:
        """Early warnings of now; computed on the pool."""
        return self._run(self._warnings(), "warnings")

    async def _warnings(self) -> WarningReport:
        return await (await self.warning_watch()).look()

    def warning_chart(self, point: PointId, rule: str = "") -> Future[WarningChart]:
        """The last days of a point, and what its peers or the rule of a warning suggest."""
        return self._run(self._warning_chart(point, rule), "warning chart")

    async def _warning_chart(self, point: PointId, rule: str) -> WarningChart:
        return await (await self.warning_watch()).chart(point, rule)

    def dismiss_warning(self, id: str) -> Future[None]:
        """Calls a warning normal; one undo step."""
        return self._run(self._edit(lambda _: self._dismiss(id)), "dismiss warning")

    def restore_warning(self, id: str) -> Future[None]:
        """Removes a mark of what is normal; one undo step."""
        return self._run(self._edit(lambda _: self._restore(id)), "restore warning")

    async def _dismiss(self, id: str) -> None:
        await (await self.warning_watch()).dismiss(id)

    async def _restore(self, id: str) -> None:
        await (await self.warning_watch()).restore(id)

    def security_events(self, from_ms: int) -> Future[SecurityStatus]:
        """What the security watch noticed since a time, and what it does not watch."""
        return self._run(self._security_events(from_ms), "security events")

    async def _security_events(self, from_ms: int) -> SecurityStatus:
        return await (await self.security_watch()).status(from_ms)

    def watch_security(self, kind: str, *, on: bool) -> Future[None]:
        """Switches one kind of the security watch on or off."""
        return self._run(self._watch_security(kind, on=on), "security watch")

    async def _watch_security(self, kind: str, *, on: bool) -> None:
        watch = await self.security_watch()
        from app.engine.security_watch import kind_of

        await watch.switch(kind_of(kind), on=on)
