"""The part of EngineApi for the care of persons."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future

from app.engine.care_memory import read_consents
from app.engine.engine_core import EngineCore
from twin.model.care import CareConsent, CareSetup, CareStatus
from twin.store.project.kept_settings import CARE


class PersonCareApi(EngineCore):
    """The part of EngineApi that looks after persons who have agreed to it."""

    def care_persons(self) -> Mapping[str, str]:
        """Names of the persons in care (any thread), by the key that the ids of their alarms have."""
        return {one.key: one.setup.person for one in self.care_consents()}

    def care_consents(self) -> tuple[CareConsent, ...]:
        """The consents of the persons in care (any thread)."""
        return read_consents(self._session.project.setting(CARE)) if self._session else ()

    def care(self) -> Future[tuple[CareStatus, ...]]:
        """What is known now of each person; nothing is looked at without a consent."""
        return self._run(self._status_of_care(), "care")

    def agree_to_care(self, setup: CareSetup) -> Future[None]:
        """Records the consent of a person."""
        return self._run(self._agree_to_care(setup), "care")

    def withdraw_care(self, person: str = "", *, recordings: bool = False) -> Future[None]:
        """Ends the care of a person and deletes what was learned, with `recordings` what the sensors recorded, too."""
        return self._run(self._withdraw_care(person, recordings=recordings), "care")

    def pause_care(self, until_ms: int, person: str = "") -> Future[None]:
        """Looks at nothing until a time (UTC ms); a past one ends the pause."""
        return self._run(self._pause_care(until_ms, person), "care")

    def answer_care(self, person: str = "") -> Future[None]:
        """Takes a person's answer that she is well."""
        return self._run(self._answer_care(person), "care")

    async def _status_of_care(self) -> tuple[CareStatus, ...]:
        return await (await self.care_watch()).look()

    async def _agree_to_care(self, setup: CareSetup) -> None:
        await (await self.care_watch()).agree(setup)

    async def _withdraw_care(self, person: str, *, recordings: bool) -> None:
        await (await self.care_watch()).withdraw(person, recordings=recordings)

    async def _pause_care(self, until_ms: int, person: str) -> None:
        await (await self.care_watch()).pause(person, until_ms)

    async def _answer_care(self, person: str) -> None:
        await (await self.care_watch()).answer(person)
