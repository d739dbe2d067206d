"""An open connection to a Matter server: nodes as devices, changes as reports, and commissioning."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, cast

from devices.contract import Redescribed, RefusedError, SessionEvent
from devices.event_columns import ParsedEvent, in_columns, waiting
from devices.protocols.matter import radio_survey, sharing
from devices.protocols.matter.attribute_table import ON_OFF
from devices.protocols.matter.charge_limits import ChargeLimits
from devices.protocols.matter.clusters import FEATURES
from devices.protocols.matter.command_encoding import TIMED_MS, EncodedCommand, encode_command
from devices.protocols.matter.leaving import leaving
from devices.protocols.matter.node_probe import MEETING_LIMIT_S, NOT_READY, NodeProber
from devices.protocols.matter.nodes import MatterNodes
from devices.protocols.matter.pairing import CommissioningStages, failure
from devices.protocols.matter.server import ManagedServer, ServerFact
from devices.protocols.matter.server_client import ServerConnection, ServerError, ServerEvent
from devices.protocols.matter.setup_code import SetupCode, manual_text, parse, qr_text
from devices.protocols.matter.software_control import SoftwareControl
from twin.model.candidate import Candidate, CommissioningStage
from twin.model.device import DeviceInfo
from twin.model.device_sharing import Membership, PairingWindow, SoftwareState, UpdateAct
from twin.model.observation import Value
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.radio_map import RadioSurvey
from twin.model.report_columns import ReportTable
from twin.model.text import LIBRARY, Text

COMMAND_S = 12.0
LOOK_S = 3.0
SETTLE_S = 5.0
PAIR_S = 90.0
READY_S = 34.0
AGAIN_S = 1.0
REMOVE_S = 25.0
FORGET_S = 4.0
"""Seconds to wait for an offline device to leave; after that the managed server tells it when it returns."""
WAKE_S = 8.0
MET_S = 0.1


type JsonObject = dict[str, object]
"""A JSON object from the server; fields are checked where they are read."""


class MatterSession:
    """A connection to a Matter server; implements AdapterSession and Commissioner."""

    def __init__(
        self, wire: ServerConnection, server: ManagedServer | None, address: str, *, online: bool = False
    ) -> None:
        self._wire, self._server = wire, server
        self._nodes = MatterNodes(address)
        self._out: asyncio.Queue[ParsedEvent | None] = asyncio.Queue()
        self._table = ReportTable()
        self._prober = NodeProber(wire, self._nodes, self._out.put_nowait)
        self._tasks: list[asyncio.Future[Any]] = []
        self._pairing = asyncio.Lock()
        self._added_s: dict[Any, float] = {}
        self._software = SoftwareControl(wire, self._nodes, server, online=online)
        self._charge_limits = ChargeLimits()
        self._closed = False

    async def begin(self) -> None:
        """Reads every node and starts listening. Raises ServerError, OSError or TimeoutError."""
        for node in await self._wire.call("start_listening"):
            self._nodes.node_known(node)
        self._tasks = [asyncio.ensure_future(work) for work in (self._pump(), self._prober.run())]  # noqa: TID251 - ended in close()
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The devices of all nodes."""
        return self._nodes.devices

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Reports and availability until the server is gone; then raises ConnectionError."""
        for event in in_columns(self._nodes.all_events(), self._table):
            yield event
        heard: list[ParsedEvent | None] = []
        while None not in heard:
            heard = await waiting(self._out)
            for event in in_columns((one for one in heard if one is not None), self._table):
                yield event
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error
        raise ConnectionError(Text("matter.server_gone"))

    async def _pump(self) -> None:
        async for event in self._wire.events():
            for one in await self._handle_event(event):
                self._out.put_nowait(one)

    def _ended(self, task: asyncio.Future[Any]) -> None:
        """Ends the stream of events when one of the session's tasks has ended."""
        del task
        self._out.put_nowait(None)

    async def _handle_event(self, event: ServerEvent) -> tuple[ParsedEvent, ...]:
        match event.name, event.data:
            case "attribute_updated", [int(node), str(path), value]:
                self._charge_limits.note(node, path, self._nodes.attributes(node))
                changed = self._nodes.attribute_changed(node, path, value)
                self._software.attribute_changed(node, path)
                return changed
            case "node_event", dict():
                self._software.hear_event(cast("JsonObject", event.data))
                return self._nodes.button_event(cast("JsonObject", event.data))
            case (("node_added" | "node_updated"), dict()):
                changed = self._nodes.node_updated(cast("JsonObject", event.data))
                self._software.node_changed(cast("JsonObject", event.data).get("node_id"))
                return changed
            case "node_removed", int(node):
                self._software.forget(node)
                return self._nodes.node_removed(node)
            case "update_progress", {"node_id": int(node), "percent": int(percent)}:
                self._software.hear_progress(node, percent)
            case (("endpoint_added" | "endpoint_removed"), {"node_id": int(node)}):
                with contextlib.suppress(ServerError, TimeoutError):
                    return self._nodes.node_updated(await self._wire.call("get_node", node_id=node))
            case _:
                pass
        return ()

    def _settling(self, data: dict[str, Any]) -> dict[str, Any]:
        """The node's data, `available` for SETTLE_S after it was added (the server reports it absent until subscribed)."""
        id, now = data.get("node_id"), asyncio.get_running_loop().time()
        if isinstance(id, int) and not self._nodes.attributes(id):
            self._added_s[id] = now
        return {**data, "available": True} if now - self._added_s.get(id, -SETTLE_S) < SETTLE_S else data

    def is_met(self, uid: str) -> bool:
        """Whether the server has reached the device's node since it started, or counts it as absent."""
        thing = self._nodes.thing(uid)
        return thing is None or thing.node not in self._nodes.unmet

    async def met(self, uid: str) -> None:
        """Returns once `is_met`: the prober ends the state of nodes that the server does not reach. RefusedError where it
        does not within MEETING_LIMIT_S."""
        until = asyncio.get_running_loop().time() + MEETING_LIMIT_S
        while not self.is_met(uid):
            if asyncio.get_running_loop().time() > until:
                raise RefusedError(Text("reason.offline"))
            await asyncio.sleep(MET_S)

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Sends a command; returns when the device accepted it. Raises RefusedError, TimeoutError or OSError."""
        thing = self._nodes.thing(uid)
        spot = thing.spots.get(key) if thing else None
        if thing is None or spot is None:
            raise RefusedError(Text("reason.gone_point"))
        attributes = self._nodes.attributes(thing.node)
        if verb == "toggle" and spot.cluster != ON_OFF and (now := spot.value(attributes)) is not None:
            verb = "off" if now else "on"
        features = attributes.get(f"{spot.endpoint}/{spot.cluster}/{FEATURES}")
        features = features if isinstance(features, int) else 0
        asked = encode_command(spot.info.capability, verb, value, features=features, cluster=spot.cluster)
        asked = self._charge_limits.within(asked, thing.node, spot.endpoint, attributes)
        try:
            await self._send_when_ready(thing.node, spot.endpoint, asked)
        except ServerError as error:
            if "Timeout" in str(error) or error.code in NOT_READY:
                self._prober.probe_soon(thing.node)
                raise TimeoutError(Text("reason.silent_device")) from None
            raise RefusedError(Text(LIBRARY, text=str(error)[:200])) from None
        except TimeoutError:
            self._prober.probe_soon(thing.node)
            raise
        await self._read_back(thing.node, spot.paths)

    async def _send_when_ready(self, node: int, endpoint: int, asked: EncodedCommand) -> None:
        """A node that is there may be met anew at this moment; a command waits for that."""
        until = asyncio.get_running_loop().time() + WAKE_S
        while True:
            try:
                return await self._send_encoded(node, endpoint, asked)
            except ServerError as error:
                if error.code not in NOT_READY or asyncio.get_running_loop().time() > until:
                    raise
            await asyncio.sleep(0.25)

    async def _read_back(self, node: int, paths: tuple[str, ...]) -> None:
        """Reads the attributes changed by a command: the device's own report may come up to a second later."""
        for path in paths:
            with contextlib.suppress(ServerError, OSError):
                read = await self._wire.call("read_attribute", timeout_s=LOOK_S, node_id=node, attribute_path=path)
                values = cast("JsonObject", read) if isinstance(read, dict) else {}
                if path in values:
                    for event in self._nodes.attribute_changed(node, path, values[path]):
                        self._out.put_nowait(event)

    async def _send_encoded(self, node: int, endpoint: int, asked: EncodedCommand) -> None:
        if not asked.command:
            path = f"{endpoint}/{asked.cluster}/{asked.attribute}"
            written = await self._wire.call(
                "write_attribute", timeout_s=COMMAND_S, node_id=node, attribute_path=path, value=asked.value
            )
            for result in cast("list[object]", written) if isinstance(written, list) else ():
                status = cast("JsonObject", result).get("Status") if isinstance(result, dict) else None
                if isinstance(status, int) and status:
                    told = Text(_STATUS[status]) if status in _STATUS else Text("matter.status", status=status)
                    raise RefusedError(told)
            return
        await self._wire.call(
            "device_command",
            timeout_s=COMMAND_S,
            node_id=node,
            endpoint_id=endpoint,
            cluster_id=asked.cluster,
            command_name=asked.command,
            payload=dict(asked.payload),
            **({"timed_request_timeout_ms": TIMED_MS} if asked.timed else {}),
        )

    def owns(self, candidate: Candidate) -> bool:
        """Whether the candidate is a node of this server's fabric (`<compressed fabric>-<node>`, section 4.3.2.1)."""
        facts = dict(candidate.facts)
        try:
            fabric, node = int(facts["fabric"], 16), int(facts["node"], 16)
        except (KeyError, ValueError):
            return False
        return candidate.protocol == "matter" and fabric == self._wire.hello.fabric and bool(self._nodes.of(node))

    def check(self, code: str) -> None:
        """Raises ProblemError for an invalid setup code."""
        parse(code)

    async def pair(self, code: str, stage: Callable[[CommissioningStage], None]) -> tuple[str, ...]:
        """Commissions the device in pairing mode that has this code; returns the uids of its devices. Raises
        ProblemError.
        """
        setup_code = parse(code)
        async with self._pairing:
            stages = CommissioningStages(stage, asyncio.get_running_loop().time)
            stages.begin("find")
            before = {device.uid for device in self._nodes.devices}
            with self._listening_to_server(lambda fact: stages.step(str(fact.get("step", "")))):
                try:
                    node = await self._commission(setup_code)
                except (ServerError, OSError) as error:
                    text = str(error) if isinstance(error, ServerError) else f"gone: {error}"
                    text = "slow: no answer" if isinstance(error, TimeoutError) else text
                    problem = failure(text)
                    stages.failed(problem)
                    raise ProblemError(problem) from None
            self._nodes.node_updated(self._settling(node))
            self._out.put_nowait(Redescribed())
            for event in self._nodes.all_events(node["node_id"]):
                self._out.put_nowait(event)
            stages.done()
            fresh = tuple(thing.info.uid for thing in self._nodes.of(node["node_id"]))
            return tuple(uid for uid in fresh if uid not in before) or fresh

    async def _commission(self, code: SetupCode) -> dict[str, Any]:
        """Commissions by setup code and returns the new node; chip's other method would take any device that answers.

        After a failure chip is not ready until its own search has ended, which takes half a minute.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + READY_S
        while True:
            try:
                return await self._wire.call(
                    "commission_with_code",
                    timeout_s=PAIR_S,
                    code=manual_text(code) if code.short else qr_text(code),
                    network_only=True,
                )
            except ServerError as error:
                if not str(error).startswith("not_ready") or loop.time() > end:
                    raise
            await asyncio.sleep(AGAIN_S)

    @contextlib.contextmanager
    def _listening_to_server(self, listener: Callable[[ServerFact], None]) -> Any:  # noqa: ANN401 - a context manager
        if self._server is None:
            yield
            return
        self._server.on_fact = listener
        try:
            yield
        finally:
            self._server.on_fact = lambda fact: None

    async def remove(self, uid: str) -> Problem | None:
        """Removes the device from the fabric.

        An offline one is forgotten here and told to leave when it returns, which the returned note states. Raises
        ProblemError for a device behind a bridge, or where removal fails.
        """
        thing = self._nodes.thing(uid)
        if thing is None:
            return None
        if thing.endpoint:
            raise ProblemError(_behind(thing.info))
        try:
            wait_s = REMOVE_S if self._nodes.is_there(thing.node) else FORGET_S
            await self._wire.call("remove_node", timeout_s=wait_s, node_id=thing.node)
        except (ServerError, OSError) as error:
            if not await self._is_leaving(thing.node):
                raise ProblemError(_not_removed(thing.info, str(error))) from None
        for event in self._nodes.node_removed(thing.node):
            self._out.put_nowait(event)
        return _removed_later(thing.info) if await self._is_leaving(thing.node) else None

    async def share(self, uid: str) -> PairingWindow:
        """Opens the device's commissioning window for another controller."""
        return await sharing.open_window(self._wire, *self._shared(uid))

    async def memberships(self, uid: str) -> tuple[Membership, ...]:
        """The fabrics that the device is in."""
        return await sharing.fabrics(self._wire, *self._shared(uid))

    async def end_membership(self, uid: str, index: int) -> None:
        """Takes the device out of another fabric."""
        await sharing.remove_fabric(self._wire, *self._shared(uid), index)

    async def software_state(self, uid: str) -> SoftwareState:
        """The device's software; a newer one is looked for in the server's files, and where the internet may be used."""
        return await self._software.state(*self._shared(uid))

    def software_states(self) -> Mapping[str, SoftwareState]:
        """The software of the nodes that can get a newer one, as they report it."""
        things = [thing for one in self._nodes.devices if (thing := self._nodes.thing(one.uid)) and not thing.endpoint]
        return self._software.states({one.info.uid: one.node for one in things})

    async def change_software(self, uid: str, act: UpdateAct) -> None:
        """Looks for newer software, begins an update or breaks it off."""
        await self._software.change(*self._shared(uid), act)

    async def load_software(self, uid: str, file: Path) -> None:
        """Takes newer software for a device from an image file."""
        await self._software.load(*self._shared(uid), file)

    async def survey_radio(self, progress: Callable[[float], None]) -> RadioSurvey | None:
        """The Thread neighbours of all nodes, a few of which are asked at a time."""
        nodes = {
            thing.node: (thing.info.uid, thing.info.name, self._nodes.attributes(thing.node))
            for device in self._nodes.devices
            if (thing := self._nodes.thing(device.uid)) is not None and not thing.endpoint
        }
        return await radio_survey.survey(self._wire, nodes, progress)

    def _shared(self, uid: str) -> tuple[int, str]:
        """The device's node and name. Raises ProblemError for one behind a bridge, which only the bridge's node can share."""
        thing = self._nodes.thing(uid)
        if thing is None:
            raise ProblemError(Problem(code="share.no_device", where=uid))
        if thing.endpoint:
            raise ProblemError(Problem(code="matter.share_bridge", where=thing.info.name))
        return thing.node, thing.info.name

    async def _is_leaving(self, node: int) -> bool:
        """Whether the managed server has removed the node but the node was not yet told to leave."""
        store = self._server.store if self._server is not None else None
        return store is not None and node in await asyncio.to_thread(leaving, store)

    async def close(self) -> None:
        """Closes the connection and stops a managed server; may be called twice."""
        if self._closed:
            return
        self._closed = True
        await self._software.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._wire.close()
        finally:
            if self._server is not None:
                await self._server.stop()


_STATUS = {
    126: "matter.not_allowed",
    135: "matter.out_of_range",
    136: "matter.not_writable",
    139: "matter.not_known",
    156: "matter.device_busy",
}
"""Status codes of the interaction model (8.10.1) to the codes of their texts."""


def _behind(info: DeviceInfo) -> Problem:
    return Problem(code="matter.behind_bridge", args={"name": info.name})


def _removed_later(info: DeviceInfo) -> Problem:
    return Problem(code="matter.told_later", args={"name": info.name}, severity=Severity.NOTE)


def _not_removed(info: DeviceInfo, detail: str) -> Problem:
    return Problem(code="matter.not_removed", args={"name": info.name}, retry=True, detail=detail)
