"""The part of EngineApi for the radio links between devices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from types import ModuleType

from app.engine.engine_core import EngineCore
from twin.model.radio_map import RadioMap


class RadioMapApi(EngineCore):
    """Implements app.radio_interface.RadioApi."""

    def radio_map(self) -> Future[RadioMap]:
        """The links of the last survey, and what devices report by themselves."""
        return self._run(self._with_surveys(lambda surveys: surveys.radio_map(self.session)), "radio map")

    def survey_radio(self) -> Future[RadioMap]:
        """Asks all devices for their links."""
        work = self._with_surveys
        return self._run(
            self._logged(lambda: work(lambda surveys: surveys.survey(self.session, self.jobs)), "survey_radio"),
            "radio survey",
        )

    async def _with_surveys(self, ask: Callable[[ModuleType], Awaitable[RadioMap]]) -> RadioMap:
        """The module's answer; it is imported on the pool, for few need it."""
        return await ask(await self.context.imported("app.engine.radio_surveys"))
