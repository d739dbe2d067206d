"""Interface of the project session for alarms and automations."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Protocol

from app.engine.context import EngineContext
from app.engine.device_presence import DevicePresence
from devices.link import LinkState
from twin.model.command import Command, CommandResult
from twin.model.command_approval import BY_NO_RULE, RuleCause
from twin.model.ids import LinkId
from twin.model.observation import StringTable
from twin.model.state import State
from twin.model.twin import Twin
from twin.store.history import History


class RuleHost(Protocol):
    """The open project as used by alarms and automations."""

    @property
    def context(self) -> EngineContext:
        """Services of the engine."""
        ...

    @property
    def history(self) -> History:
        """The history, which stores alarm states and logs."""
        ...

    @property
    def state(self) -> State:
        """Last values of all points."""
        ...

    @property
    def strings(self) -> StringTable:
        """Texts of enum and text points."""
        ...

    @property
    def presence(self) -> DevicePresence:
        """Online states of the devices."""
        ...

    @property
    def twin(self) -> Twin:
        """The newest snapshot."""
        ...

    @property
    def path(self) -> Path:
        """The project's file."""
        ...

    @property
    def closing(self) -> bool:
        """Whether the project closes: nothing begins any more."""
        ...

    @property
    def links_started(self) -> asyncio.Event:
        """Set when every link that may run has a runner."""
        ...

    async def send_command(self, command: Command, cause: RuleCause = BY_NO_RULE) -> CommandResult:
        """Sends a command and waits for its final result."""
        ...

    async def wait_for_link(self, link: LinkId, timeout_s: float) -> LinkState:
        """Waits at most `timeout_s` seconds until a link is neither connecting nor off; returns its state."""
        ...

    def spawn_task(self, work: Coroutine[Any, Any, object], *, name: str) -> None:
        """Starts a task; closing the project waits for it."""
        ...

    def state_of(self, link: LinkId) -> LinkState:
        """The state of a link; OFF where it does not run."""
        ...
