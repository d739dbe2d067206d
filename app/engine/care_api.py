"""The part of EngineApi for the care of a person."""

from __future__ import annotations

from concurrent.futures import Future

from app.engine.care_memory import read_consent
from app.engine.engine_core import EngineCore
from twin.model.care import CareSetup, CareStatus
from twin.store.project.kept_settings import CARE


class PersonCareApi(EngineCore):
    """The part of EngineApi that looks after a person who has agreed to it."""

    def care_person(self) -> str:
        """Name of the person in care (any thread); empty for none."""
        consent = read_consent(self._session.project.setting(CARE)) if self._session else None
        return consent.setup.person if consent is not None else ""

    def care(self) -> Future[CareStatus]:
        """What is known now; nothing is looked at without a consent."""
        return self._run(self._status_of_care(), "care")

    def agree_to_care(self, setup: CareSetup) -> Future[None]:
        """Records the consent of a person."""
        return self._run(self._agree_to_care(setup), "care")

    def withdraw_care(self, *, recordings: bool = False) -> Future[None]:
        """Ends the care and deletes what was learned, with `recordings` what the sensors recorded, too."""
        return self._run(self._withdraw_care(recordings=recordings), "care")

    def pause_care(self, until_ms: int) -> Future[None]:
        """Looks at nothing until a time (UTC ms); a past one ends the pause."""
        return self._run(self._pause_care(until_ms), "care")

    def answer_care(self) -> Future[None]:
        """Takes the person's answer that she is well."""
        return self._run(self._answer_care(), "care")

    async def _status_of_care(self) -> CareStatus:
        return await (await self.care_watch()).status()

    async def _agree_to_care(self, setup: CareSetup) -> None:
        await (await self.care_watch()).agree(setup)

    async def _withdraw_care(self, *, recordings: bool) -> None:
        await (await self.care_watch()).withdraw(recordings=recordings)

    async def _pause_care(self, until_ms: int) -> None:
        await (await self.care_watch()).pause(until_ms)

    async def _answer_care(self) -> None:
        await (await self.care_watch()).answer()
