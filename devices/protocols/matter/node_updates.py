"""Updates of nodes that were asked for: offered by the server, followed by what the nodes report (Matter core specification
11.20.7), and told as failed where a node ends up with the software that it had."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import cast

from devices.protocols.matter.node_software import (
    APPLYING,
    IDLE,
    LOADING,
    QUERYING,
    ROLLING_BACK,
    VERSION,
    VERSION_TEXT,
    NewerSoftware,
    UpdateProgress,
    update_state,
    version_number,
)
from devices.protocols.matter.nodes import MatterNodes
from devices.protocols.matter.server_client import ServerConnection, ServerError
from twin.model.text import LIBRARY, Text, why

UPDATE_S = 7200.0
"""Time limit (seconds) of the server's call; it answers once the image is offered, or (python-matter-server) the update is over."""
ASK_S = 3600.0
"""How long (seconds) an offer stands: devices ask within ten minutes, those that sleep later."""
SILENT_S = 3600.0
"""How long (seconds) an update may go on without a word of the node."""
SETTLE_S = 5.0
"""How long (seconds) a node that is idle again may take to tell why."""
BACK_S = 600.0
"""How long (seconds) a node may take to install an image and to be back."""
LOOK_S = 3.0
"""Pause (seconds) between looks at the version of a node that installs."""
READ_S = 8.0
CANCEL_S = 15.0
_OTA_REQUESTOR = 42
_REBOOTS = "0/51/1"
_STATE_TRANSITION, _DOWNLOAD_ERROR = 0, 2
"""Events of the cluster (11.20.7.7)."""
_AT_WORK = (QUERYING, LOADING)
"""States after which an idle node has given up; after the delays it asks again."""


@dataclass(slots=True, eq=False)
class _Update:
    """One update that was asked for, until it is over."""

    newer: NewerSoftware
    reboots: object = None
    """RebootCount of the node when it was asked for."""
    state: int = IDLE
    """The last UpdateStateEnum besides IDLE; IDLE as long as the node has not asked."""
    now: int = IDLE
    """UpdateStateEnum as last told, by an event or the attribute: that may lag behind the events."""
    attribute: int = IDLE
    percent: int | None = None
    """How much the server has transferred."""
    failed_bytes: int | None = None
    """How many bytes the node had when it told that loading failed."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class NodeUpdates:
    """All updates of one server's nodes."""

    def __init__(self, wire: ServerConnection, nodes: MatterNodes) -> None:
        self._wire, self._nodes = wire, nodes
        self._asked: dict[int, _Update] = {}
        self._tasks: dict[int, asyncio.Future[None]] = {}
        self._failures: dict[int, tuple[int, Text]] = {}
        """By node: the version that it did not get, and why."""

    def progress(self, node: int) -> UpdateProgress:
        """What is known of a node's update beside what it reports."""
        if (update := self._asked.get(node)) is not None:
            return UpdateProgress(is_asked=True, state=update.state, percent=update.percent)
        target, failure = self._failures.get(node, (0, None))
        has_it = failure is not None and version_number(self._nodes.attributes(node)) >= target
        return UpdateProgress(failure=None if has_it else failure)

    def install(self, node: int, newer: NewerSoftware) -> None:
        """Begins an update, which goes on by itself."""
        self._failures.pop(node, None)
        attributes = self._nodes.attributes(node)
        state = update_state(attributes)
        update = _Update(newer, reboots=attributes.get(_REBOOTS), now=state, attribute=state)
        self._asked[node] = update
        task = self._tasks[node] = asyncio.ensure_future(self._run(node, update))  # noqa: TID251 - ended in cancel() and close()
        task.add_done_callback(lambda ended: self._tasks.get(node) is ended and self._tasks.pop(node))

    async def cancel(self, node: int) -> None:
        """Withdraws an update. Raises ServerError, OSError or TimeoutError where the server does not."""
        await self._withdraw(node)
        if (task := self._tasks.pop(node, None)) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def forget(self, node: int) -> None:
        """Ends the update of a node that is gone, and drops why its last one failed."""
        self._failures.pop(node, None)
        if (task := self._tasks.get(node)) is not None:
            task.cancel()

    async def close(self) -> None:
        """Ends following; updates end with their server."""
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def attributes_changed(self, node: int) -> None:
        """Takes what a node has reported of its software, or that it comes or goes."""
        update, attributes = self._asked.get(node), self._nodes.attributes(node)
        if update is None:
            return
        if (state := update_state(attributes)) != update.attribute:
            update.attribute = state
            self._reached(update, state)
        elif version_number(attributes) >= update.newer.number:
            update.changed.set()

    def hear_event(self, data: dict[str, object]) -> None:
        """Takes an event of any cluster of a node: states that are left again within a second are told by events alone."""
        node, body = data.get("node_id"), data.get("data")
        update = self._asked.get(node) if isinstance(node, int) else None
        if update is None or data.get("cluster_id") != _OTA_REQUESTOR or not isinstance(body, dict):
            return
        told = cast("dict[str, object]", body)
        if data.get("event_id") == _DOWNLOAD_ERROR:
            size = told.get("bytesDownloaded")
            update.failed_bytes = size if isinstance(size, int) else 0
        elif data.get("event_id") == _STATE_TRANSITION and isinstance(state := told.get("newState"), int):
            self._reached(update, state)

    def hear_progress(self, node: int, percent: int) -> None:
        """Takes how much of an image the server has transferred."""
        if (update := self._asked.get(node)) is not None:
            update.percent = percent
            update.changed.set()

    def _reached(self, update: _Update, state: int) -> None:
        update.now = state
        if state > IDLE:
            update.state = state
        update.changed.set()

    async def _withdraw(self, node: int) -> None:
        await self._wire.call("cancel_update", timeout_s=CANCEL_S, node_id=node)

    async def _run(self, node: int, update: _Update) -> None:
        try:
            failure = await self._ended(node, update)
            if failure is not None:
                self._failures[node] = update.newer.number, Text("update.failed", why=failure)
                with contextlib.suppress(ServerError, OSError):
                    await self._withdraw(node)
        finally:
            if self._asked.get(node) is update:
                del self._asked[node]

    async def _ended(self, node: int, update: _Update) -> Text | None:
        """Returns once the update is over: None where the node has the software, else the reason why not."""
        target = update.newer.number
        offer = asyncio.ensure_future(  # noqa: TID251 - ended below
            self._wire.call("update_node", timeout_s=UPDATE_S, node_id=node, software_version=target)
        )
        offer.add_done_callback(lambda _: update.changed.set())
        try:
            while version_number(self._nodes.attributes(node)) < target:
                update.changed.clear()
                if offer.done() and (error := offer.exception()) is not None:
                    return Text(LIBRARY, text=str(error)[:200]) if isinstance(error, ServerError) else why(error)
                if update.state in (APPLYING, ROLLING_BACK):
                    return await self._back(node, update)
                over = update.now == IDLE and update.state in _AT_WORK
                try:
                    async with asyncio.timeout(SETTLE_S if over else ASK_S if update.state == IDLE else SILENT_S):
                        await update.changed.wait()
                except TimeoutError:
                    return _reason(update, over=over)
            return None
        finally:
            offer.cancel()
            await asyncio.gather(offer, return_exceptions=True)

    async def _back(self, node: int, update: _Update) -> Text | None:
        """Looks at the version of a node that installs until it has the new one, has started again without it, or BACK_S are over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BACK_S):
                while True:
                    await asyncio.sleep(LOOK_S)
                    reboots = await self._read(node, _REBOOTS)
                    for path in (VERSION_TEXT, VERSION):
                        await self._read(node, path)
                    if version_number(self._nodes.attributes(node)) >= update.newer.number:
                        return None
                    if reboots is not None and reboots != update.reboots:
                        return Text("matter.update.old_again")
        return Text("matter.update.not_back")

    async def _read(self, node: int, path: str) -> object:
        """An attribute read from the node and stored; None where it does not answer, as while it starts."""
        try:
            read = await self._wire.call("read_attribute", timeout_s=READ_S, node_id=node, attribute_path=path)
        except (ServerError, OSError):
            return None
        value = cast("dict[str, object]", read).get(path) if isinstance(read, dict) else None
        if value is not None:
            self._nodes.attribute_changed(node, path, value)
        return value


def _reason(update: _Update, *, over: bool) -> Text:
    if not over:
        return Text("matter.update.never_asked" if update.state == IDLE else "matter.update.silent")
    if update.failed_bytes is not None:
        return Text("matter.update.load_failed", bytes=update.failed_bytes)
    if update.state == QUERYING:
        return Text("matter.update.not_taken")
    return Text("matter.update.broke_off")
