"""The software of all nodes of a server: what is installed, what is newer, and updates where they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from devices.protocols.matter.node_software import (
    VERSION,
    VERSION_TEXT,
    FoundSoftware,
    NewerSoftware,
    is_of_update,
    is_updatable,
    software_of,
    stage_of,
    update_state,
    version_number,
)
from devices.protocols.matter.node_updates import NodeUpdates
from devices.protocols.matter.nodes import MatterNodes
from devices.protocols.matter.server import ManagedServer
from devices.protocols.matter.server_client import ServerConnection, ServerError
from devices.protocols.matter.server_programs import MATTERJS
from twin.model.device_sharing import SoftwareState, UpdateAct
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.text import LIBRARY, Text

READ_S = 30.0
CHECK_S = 60.0
"""Time limit (seconds) for the search for newer software on the internet."""
LOAD_S = 120.0
"""Time limit (seconds) for the server to read and check an image."""
_REFUSALS = ("unreadable", "no_image", "damaged", "other_product", "not_newer", "not_applicable")
"""First words of the server's refusals of an image; part of a problem code, as in `matter.image.damaged`."""


class SoftwareControl:
    """Looks for newer software and installs it. Nothing is looked for or installed that was not asked for."""

    def __init__(
        self, wire: ServerConnection, nodes: MatterNodes, server: ManagedServer | None, *, online: bool
    ) -> None:
        self._wire, self._nodes, self.online = wire, nodes, online
        self._has_files = server is not None and server.program is MATTERJS
        self._can_install = server is None or self._has_files
        """python-matter-server has its images given by a program of its own, `chip-ota-provider-app`, which no package has for
        the one that Oikos runs; a server elsewhere may have it."""
        self._found: dict[int, FoundSoftware] = {}
        """What the last search has found, by node."""
        self._updates = NodeUpdates(wire, nodes)

    async def state(self, node: int, name: str) -> SoftwareState:
        """The node's software, read and looked for now. Raises ProblemError, OSError or TimeoutError."""
        read = dict(self._nodes.attributes(node))
        try:
            for path in (VERSION, VERSION_TEXT):
                read |= await self._read(node, path)
        except ServerError as error:
            raise ProblemError(_refused("share.no_answer", name, error)) from None
        self._found[node] = found = await self._search(node, version_number(read))
        if is_updatable(read) and (known := self._state(node)) is not None:
            return known
        newer = found.newer or NewerSoftware(number=0, text="")
        text = clean_name(read.get(VERSION_TEXT) or read.get(VERSION) or "", 64)
        return SoftwareState(
            installed=text,
            newer=newer.text,
            notes=newer.notes,
            from_file=newer.from_file,
            unchecked=found.unchecked,
            stage=stage_of(update_state(read)),
        )

    def states(self, nodes: Mapping[str, int]) -> dict[str, SoftwareState]:
        """The software of those nodes that can get a newer one, by uid, as they report it."""
        told = {uid: self._state(node) for uid, node in nodes.items()}
        return {uid: state for uid, state in told.items() if state is not None}

    async def change(self, node: int, name: str, act: UpdateAct) -> None:
        """Carries out an act; an update goes on after it has begun. Raises ProblemError, OSError or TimeoutError."""
        if act is UpdateAct.CHECK:
            await self.state(node, name)
            return
        if not self._can_install:
            raise ProblemError(Problem(code="matter.update_unsupported", where=name))
        state = self._state(node)
        if state is None or act not in state.acts:
            raise ProblemError(Problem(code="matter.update_not_now", where=name))
        if act is UpdateAct.INSTALL:
            newer = self._found[node].newer
            assert newer is not None  # noqa: S101 - else it could not be installed
            self._updates.install(node, newer)
            return
        try:
            await self._updates.cancel(node)
        except ServerError as error:
            raise ProblemError(_refused("matter.update_goes_on", name, error)) from None

    async def load(self, node: int, name: str, file: Path) -> None:
        """Takes newer software for a node from an image file. Raises ProblemError, OSError or TimeoutError."""
        if not self._has_files:
            raise ProblemError(Problem(code="matter.update_unsupported", where=name))
        try:
            found = await self._wire.call("load_update", timeout_s=LOAD_S, node_id=node, path=str(file))
        except ServerError as error:
            raise ProblemError(_image_refused(file, name, str(error))) from None
        self._found[node] = FoundSoftware(installed=self._version(node), newer=_newer(found))

    def attribute_changed(self, node: int, path: str) -> None:
        """Takes a change that `nodes` has stored."""
        if is_of_update(path):
            self._updates.attributes_changed(node)

    def node_changed(self, node: object) -> None:
        """Takes that a node was described anew, as it is when it comes or goes."""
        if isinstance(node, int):
            self._updates.attributes_changed(node)

    def hear_event(self, data: dict[str, object]) -> None:
        """Takes an event of a node."""
        self._updates.hear_event(data)

    def hear_progress(self, node: int, percent: int) -> None:
        """Takes how much of an image the server has transferred."""
        self._updates.hear_progress(node, percent)

    def forget(self, node: int) -> None:
        """Drops what is known of a node that is gone, and ends its update."""
        self._found.pop(node, None)
        self._updates.forget(node)

    async def close(self) -> None:
        """Ends what goes on."""
        await self._updates.close()

    def _state(self, node: int) -> SoftwareState | None:
        return software_of(
            self._nodes.attributes(node),
            self._found.get(node),
            self._updates.progress(node),
            can_install=self._can_install,
            takes_files=self._has_files,
        )

    def _version(self, node: int) -> int:
        return version_number(self._nodes.attributes(node))

    async def _search(self, node: int, installed: int) -> FoundSoftware:
        """The newest software in the server's files, and in the ledger of certified products where the internet may be used."""
        if not self.online and not self._has_files:
            return FoundSoftware(installed=installed, unchecked=Text("matter.update.offline"))
        try:
            found = _newer(await self._wire.call("check_node_update", timeout_s=CHECK_S, node_id=node))
        except (ServerError, TimeoutError):
            return FoundSoftware(installed=installed, unchecked=Text("matter.update.no_answer"))
        offline = None if self.online or found else Text("matter.update.offline")
        return FoundSoftware(installed=installed, newer=found, unchecked=offline)

    async def _read(self, node: int, path: str) -> dict[str, Any]:
        found = await self._wire.call("read_attribute", timeout_s=READ_S, node_id=node, attribute_path=path)
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _newer(found: object) -> NewerSoftware | None:
    told = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    number, text = told.get("software_version"), clean_name(told.get("software_version_string") or "", 64)
    if not isinstance(number, int):
        return None
    notes = clean_name(told.get("release_notes_url") or "", 2000)
    from_file = told.get("update_source") == "local"
    return NewerSoftware(number=number, text=text or str(number), notes=notes, from_file=from_file)


def _image_refused(file: Path, name: str, told: str) -> Problem:
    reason, _, words = told.partition(": ")
    if reason not in _REFUSALS:
        return Problem(code="matter.image", where=str(file), args={"name": name}, detail=told[:500])
    return Problem(
        code=f"matter.image.{reason}", where=str(file), args={"name": name, "found": Text(LIBRARY, text=words[:200])}
    )


def _refused(code: str, name: str, error: ServerError) -> Problem:
    return Problem(code=code, where=name, retry=True, detail=str(error)[:500])
