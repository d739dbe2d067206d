"""The part of EngineApi for the radio links between devices."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.radio_map import RadioMap


class RadioApi(Protocol):
    """Radio links between devices. Futures fail with ProblemError."""

    def radio_map(self) -> Future[RadioMap]:
        """The links as the devices measured them at the last survey, and the Wi-Fi strengths that they report by themselves."""
        ...

    def survey_radio(self) -> Future[RadioMap]:
        """Asks all devices for the links that they hear, which may take minutes and loads their network; progress arrives as
        Progress, and `cancel` of its job (`radio_map.JOB`) stops it: what was there before stays. Links that cannot be asked
        are problems of the result.
        """
        ...
