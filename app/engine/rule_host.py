"""Interface of the project session for alarms and automations."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from app.engine.context import EngineContext
from app.engine.device_presence import DevicePresence
from devices.link import LinkState
from twin.model.command import Command, CommandResult
from twin.model.ids import LinkId
from twin.model.observation import StringTable
from twin.model.state import State
from twin.model.twin import Twin
from twin.store.history import History


class RuleHost(Protocol):
    """The open project, as its alarms and automations use it."""

    @property
    def context(self) -> EngineContext: ...
    @property
    def history(self) -> History: ...
    @property
    def state(self) -> State: ...
    @property
    def strings(self) -> StringTable: ...
    @property
    def presence(self) -> DevicePresence: ...
    @property
    def twin(self) -> Twin: ...
    @property
    def links_started(self) -> asyncio.Event: ...

    async def send_command(self, command: Command) -> CommandResult: ...
    async def wait_for_link(self, link: LinkId, timeout_s: float) -> LinkState: ...
    def spawn_task(self, work: Coroutine[Any, Any, object], *, name: str) -> None: ...
    def state_of(self, link: LinkId) -> LinkState: ...
