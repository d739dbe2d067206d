"""A session over a server of recorded nodes: described, heard, commanded, paired, removed; refusals and sudden ends in words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.i18n import remedy, sentence
from devices.contract import Commissioner, RecognisesOwn, Redescribed, RefusedError, Service, UpdatesSoftware
from devices.event_columns import ParsedEvent
from devices.meeting import MeetsDevices
from devices.protocols.matter import matter_session as part
from devices.protocols.matter import node_updates
from devices.protocols.matter.adapter import ADAPTER
from devices.protocols.matter.matter_session import MatterSession
from devices.protocols.matter.nodes import GONE
from devices.protocols.matter.server_client import ServerAddress, ServerConnection
from devices.protocols.matter.setup_code import manual_text, parse, qr_text
from tests.devices.conftest import spread
from tests.devices.protocols.matter.peer import HELLO, Peer
from tests.english import refused
from twin.model.candidate import CommissioningStage
from twin.model.device_sharing import UpdateAct, UpdatePhase
from twin.model.observation import Availability, Report
from twin.model.problem import ProblemError

CODE = "MT:Y.K904QI148-.548G00"
LIGHT = "FFF1-8000-LAB-dimmable-light-1"
"""As the lab's light calls itself."""
PLUG = "FFF1-8000-LAB-plug-1"


class Listener:
    """Takes a session's events as the link would."""

    def __init__(self, session: MatterSession) -> None:
        self.heard: list[ParsedEvent] = []
        self.end: BaseException | None = None
        self._task = asyncio.ensure_future(self._listen(session))

    async def _listen(self, session: MatterSession) -> None:
        try:
            async for event in session.events():
                self.heard += spread(event)
        except OSError as error:
            self.end = error

    async def until(self, event: ParsedEvent) -> None:
        """Returns when this was heard."""
        async with asyncio.timeout(60):
            while event not in self.heard:  # noqa: ASYNC110 - the list is filled by the code under test
                await asyncio.sleep(0.005)

    async def ended(self) -> None:
        """Returns when the events ended."""
        await asyncio.wait_for(self._task, 60)

    async def stop(self) -> None:
        """Listens no longer."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@asynccontextmanager
async def talking(peer: Peer) -> AsyncGenerator[tuple[MatterSession, Listener]]:
    """A session with this server, and who listens to it."""
    async with peer.serving() as url:
        session = MatterSession(await ServerConnection.open(ServerAddress(url)), None, url)
        await session.begin()
        listener = Listener(session)
        try:
            yield session, listener
        finally:
            await session.close()
            await listener.stop()


async def test_every_node_is_described_and_its_values_come_first() -> None:
    async with talking(Peer()) as (session, listener):
        devices = await session.describe()
        assert len(devices) == 26  # twenty-two, and a bridge with three behind it
        await listener.until(Report("FFF1-8000-LAB-temperature-1", "temperature", 21.5))
        await listener.until(Availability(LIGHT, online=True))


@pytest.mark.parametrize(
    ("fabric", "node", "mine"),
    [(0, 0, True), (1, 0, False), (0, 999_999, False)],
)
async def test_a_session_recognises_its_own_nodes_on_the_network(fabric: int, node: int, mine: bool) -> None:
    async with talking(Peer()) as (session, _):
        id = session._nodes.probe_targets[0][0] + node
        name = f"{HELLO['compressed_fabric_id'] + fabric:016X}-{id:016X}"
        seen = ADAPTER.claim(
            Service(type="_matter._tcp", name=name, host="x.local.", port=5540, addresses=("fd00::1",))
        )
        assert seen is not None
        assert isinstance(session, RecognisesOwn)
        assert session.owns(seen) is mine


async def test_a_session_is_one_that_commissions() -> None:
    async with talking(Peer("plug")) as (session, _):
        assert isinstance(session, Commissioner)


async def test_a_command_reaches_the_right_endpoint_and_its_effect_is_read_from_the_device() -> None:
    peer = Peer("dimmable-light")
    async with talking(peer) as (session, listener):
        await listener.until(Report(LIGHT, "on_off", True))
        await session.send(LIGHT, "on_off", "off", None)
        await listener.until(Report(LIGHT, "on_off", False))
    told = next(args for command, args in peer.asked if command == "device_command")
    assert (told["endpoint_id"], told["cluster_id"], told["command_name"]) == (1, 6, "Off")


async def test_a_charger_may_charge_or_not_and_a_water_heater_is_boosted_for_an_hour() -> None:
    peer, charger, heater = Peer("charger", "water-heater"), "FFF1-8000-LAB-charger-1", "FFF1-8000-LAB-water-heater-1"
    async with talking(peer) as (session, _):
        for uid, key, verb in (
            (charger, "on_off", "toggle"),
            (charger, "on_off", "on"),
            (heater, "boost", "toggle"),
            (heater, "boost", "off"),
        ):
            await session.send(uid, key, verb, None)
    told = [args for command, args in peer.asked if command == "device_command"]
    assert [(one["cluster_id"], one["command_name"], one["payload"]) for one in told] == [
        (153, "Disable", {}),
        (153, "EnableCharging", {"chargingEnabledUntil": None, "minimumChargeCurrent": 6000, "maximumChargeCurrent": 16_000}),
        (148, "Boost", {"boostInfo": {"duration": 3600}}),
        (148, "CancelBoost", {}),
    ]  # fmt: skip
    assert [one.get("timed_request_timeout_ms", 0) > 0 for one in told] == [True, True, False, False]


async def test_a_lock_s_command_carries_its_time_limit() -> None:
    peer = Peer("door-lock")
    async with talking(peer) as (session, _):
        await session.send("FFF1-8000-LAB-door-lock-1", "lock", "unlock", None)
    assert next(args for command, args in peer.asked if command == "device_command")["timed_request_timeout_ms"] > 0


async def test_a_setpoint_that_the_device_refuses_says_why() -> None:
    peer = Peer("thermostat")
    peer.status = 135
    async with talking(peer) as (session, _):
        with refused("range", RefusedError):
            await session.send("FFF1-8000-LAB-thermostat-1", "setpoint_heat", "set", 21.5)


async def test_a_device_that_says_no_is_a_refusal_and_one_that_says_nothing_a_time_out() -> None:
    peer = Peer("plug")
    async with talking(peer) as (session, _):
        for details, error in (
            ("InteractionModelError: UnsupportedCluster (0xc3)", RefusedError),
            ("CHIP Error 0x00000032: Timeout", TimeoutError),
        ):
            peer.refusals["device_command"] = (0, details)
            with pytest.raises(error):
                await session.send("FFF1-8000-LAB-plug-1", "on_off", "on", None)


async def test_a_device_or_point_that_is_not_there_is_refused() -> None:
    async with talking(Peer("plug")) as (session, _):
        for uid, key in (("nobody", "on_off"), ("FFF1-8000-LAB-plug-1", "level")):
            with pytest.raises(RefusedError):
                await session.send(uid, key, "on", None)


async def test_what_a_device_says_is_reported_and_a_server_s_nonsense_is_left_out() -> None:
    peer = Peer("temperature", "switch")
    async with talking(peer) as (_, listener):
        for data in (
            None,
            [],
            [2],
            ["2", "1/1026/0", 5],
            [2, "1/1026/0", "warm"],
            [2, "1/1026/0", [1]],
            {"node_id": {}},
        ):
            for event in ("attribute_updated", "node_event", "node_updated", "node_removed", "endpoint_added", "news"):
                await peer.say(event, data)
        await peer.say("attribute_updated", [2, "1/1026/0", 1975])
        await listener.until(Report("FFF1-8000-LAB-temperature-1", "temperature", 19.75))


async def test_a_server_that_goes_ends_the_events() -> None:
    peer = Peer("plug")
    async with talking(peer) as (_, listener):
        await asyncio.sleep(0.01)
        await peer.die()
        await listener.ended()
        assert isinstance(listener.end, ConnectionError)


def staged(into: list[tuple[str, str]]) -> Any:
    def stage(one: CommissioningStage) -> None:
        into.append((one.stage, one.state.value))

    return stage


async def test_pairing_hands_the_server_the_code_in_its_shortest_form_and_returns_the_new_device() -> None:
    peer = Peer("contact")
    stages: list[tuple[str, str]] = []
    async with talking(peer) as (session, listener):
        uids = await session.pair(f" {CODE.lower()} ", staged(stages))
        await listener.until(Redescribed())
        assert uids == ("FFF1-8000-LAB-plug-1",)
        assert uids[0] in {device.uid for device in await session.describe()}
        await session.pair(manual_text(parse(CODE)), staged([]))
    asked = [args for command, args in peer.asked if command == "commission_with_code"]
    assert [args["code"] for args in asked] == [CODE, manual_text(parse(CODE))]
    assert all(args["network_only"] for args in asked)
    assert [stage for stage, state in stages if state == "done"] == ["find", "secure", "trust", "join", "describe"]


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ("wrong_code: Commissioning failed for node 4.", "matter.wrong_code"),
        ("not_found: Commissioning failed for node 4.", "matter.not_found"),
        ("not_trusted: x", "matter.not_trusted"),
        ("busy: x", "matter.busy"),
        ("no_network: x", "matter.no_network"),
        ("failed_at_SendNOC: x", "matter.failed_at"),
        ("Discovery timed out", "matter.not_found"),
        ("Invalid checksum", "matter.invalid_code"),
        ("something nobody knows", "matter.failed"),
    ],
)
async def test_a_pairing_that_fails_says_why_and_its_stage_failed(details: str, code: str) -> None:
    peer = Peer("contact")
    peer.refusals["commission_with_code"] = (1, details)
    stages: list[tuple[str, str]] = []
    async with talking(peer) as (session, _):
        with pytest.raises(ProblemError) as error:
            await session.pair(CODE, staged(stages))
    assert error.value.problems[0].code == code
    assert remedy(error.value.problems[0])
    assert stages[-1][1] == "failed"


async def test_a_server_that_dies_while_it_pairs_is_a_problem_too() -> None:
    peer = Peer("contact")

    async def die(command: str, args: dict[str, Any]) -> object:
        del command, args
        await peer.die()
        return None

    async with talking(peer) as (session, _):
        peer._result = die  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(ProblemError) as error:
            await session.pair(CODE, staged([]))
    assert error.value.problems[0].code == "matter.gone"


async def test_a_mistyped_code_never_reaches_the_server() -> None:
    peer = Peer("contact")
    async with talking(peer) as (session, _):
        with pytest.raises(ProblemError):
            await session.pair("34970112333", staged([]))
        with pytest.raises(ProblemError):
            session.check("34970112333")
    assert not [command for command, _ in peer.asked if command.startswith("commission")]


async def test_a_removed_device_is_gone_and_one_behind_a_bridge_cannot_be_removed_alone() -> None:
    peer = Peer("plug", "bridge")
    async with talking(peer) as (session, listener):
        attic = next(device for device in await session.describe() if device.via)
        with refused("bridge"):
            await session.remove(attic.uid)
        await session.remove("FFF1-8000-LAB-plug-1")
        await listener.until(Redescribed())
        assert "FFF1-8000-LAB-plug-1" not in {device.uid for device in await session.describe()}
        await session.remove("FFF1-8000-LAB-plug-1")


async def test_a_device_that_falls_silent_after_a_command_is_asked_at_once_and_called_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(part, "COMMAND_S", 0.05)
    monkeypatch.setattr("devices.protocols.matter.node_probe.ANSWER_S", 0.02)
    monkeypatch.setattr("devices.protocols.matter.node_probe.AGAIN_S", 0.02)
    monkeypatch.setattr("devices.protocols.matter.node_probe._ROUND_S", 0.01)
    peer = Peer("dimmable-light")
    async with talking(peer) as (session, listener):
        await listener.until(Availability(LIGHT, online=True))
        peer.silent.add(1)
        with pytest.raises(TimeoutError):
            await session.send(LIGHT, "on_off", "off", None)
        await listener.until(Availability(LIGHT, online=False, reason=GONE))
        listener.heard.clear()
        peer.silent.clear()
        await listener.until(Availability(LIGHT, online=True))


async def test_a_node_that_the_server_has_not_met_yet_is_unknown_until_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("devices.protocols.matter.node_probe.AGAIN_S", 0.02)
    monkeypatch.setattr("devices.protocols.matter.node_probe._ROUND_S", 0.01)
    peer = Peer("dimmable-light")
    peer.nodes[1]["available"] = False
    peer.refusals["read_attribute"] = (3, "Node 1 is not (yet) available.")
    async with talking(peer) as (session, listener):
        assert isinstance(session, MeetsDevices)
        waiting = asyncio.ensure_future(session.met(LIGHT))
        async with asyncio.timeout(60):
            while len(peer.asked) < 6:  # noqa: ASYNC110 - the server is asked by the code under test
                await asyncio.sleep(0.01)
        assert (session.is_met(LIGHT), waiting.done(), listener.heard) == (False, False, [])
        await peer.say("node_updated", peer.nodes[1] | {"available": True})
        await asyncio.wait_for(waiting, 60)
        await listener.until(Availability(LIGHT, online=True))
        await listener.until(Report(LIGHT, "on_off", True))


async def test_a_node_that_a_server_does_not_meet_while_it_meets_no_other_one_either_is_absent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("devices.protocols.matter.node_probe.AGAIN_S", 0.02)
    monkeypatch.setattr("devices.protocols.matter.node_probe._ROUND_S", 0.01)
    monkeypatch.setattr("devices.protocols.matter.node_probe.MEETING_S", 0.1)
    peer = Peer("dimmable-light")
    peer.nodes[1]["available"] = False
    peer.refusals["read_attribute"] = (3, "Node 1 is not (yet) available.")
    async with talking(peer) as (session, listener):
        await asyncio.wait_for(session.met(LIGHT), 60)
        await listener.until(Availability(LIGHT, online=False, reason=GONE))


async def test_a_url_becomes_a_session_and_a_stranger_a_problem(tmp_path: Any) -> None:
    from devices.contract import AdapterContext

    adapter_context = AdapterContext(folder=tmp_path)
    async with Peer("plug").serving() as url:
        session = await ADAPTER.open(ADAPTER.link(url), None, adapter_context)
        assert len(await session.describe()) == 1
        await session.close()
        await session.close()
        with pytest.raises(ProblemError) as error:
            await ADAPTER.open(replace(ADAPTER.link(url), address=url + "x"), None, adapter_context)
    assert error.value.problems[0].code == "matter.stranger"
    assert qr_text(parse(CODE)) == CODE


async def test_a_device_is_opened_for_another_home_and_its_homes_are_those_that_it_names() -> None:
    peer = Peer("onoff-light")
    attributes = next(iter(peer.nodes.values()))["attributes"]
    attributes["0/62/1"] = [{"2": 65521, "5": "Ours", "254": 1}, {"2": 4937, "5": "", "254": 3}, "nonsense"]
    attributes["0/62/5"] = 1
    async with talking(peer) as (session, _):
        (info,) = await session.describe()
        window = await session.share(info.uid)
        assert (window.manual_code, window.qr_text[:3]) == ("34970112332", "MT:")
        homes = await session.memberships(info.uid)
        assert [(one.index, one.vendor, one.label, one.own) for one in homes] == [
            (1, "Test Vendor", "Ours", True),
            (3, "0x1349", "", False),
        ]
        await session.end_membership(info.uid, 3)
        assert peer.asked[-1][1]["payload"] == {"fabricIndex": 3}
        for index, code in ((1, "matter.own_fabric"), (2, "matter.no_fabric")):
            with pytest.raises(ProblemError) as refused:
                await session.end_membership(info.uid, index)
            assert refused.value.problems[0].code == code
        peer.answers["RemoveFabric"] = {"statusCode": 11, "debugText": "no such index"}
        with pytest.raises(ProblemError) as refused:
            await session.end_membership(info.uid, 3)
        assert [(one.code, one.detail) for one in refused.value.problems] == [
            ("matter.fabric_stays", "11 no such index")
        ]
        peer.refusals["open_commissioning_window"] = (0, "busy")
        with pytest.raises(ProblemError) as refused:
            await session.share(info.uid)
        assert refused.value.problems[0].code == "matter.not_shared"


async def test_newer_software_is_looked_for_only_where_the_internet_may_be_used() -> None:
    peer = Peer("onoff-light")
    async with talking(peer) as (session, _):
        (info,) = await session.describe()
        found = await session.software_state(info.uid)
        assert (found.newer, found.unchecked and found.unchecked.code) == ("", "matter.update.offline")
        assert all(command != "check_node_update" for command, _ in peer.asked)
        session._software.online = True
        assert (await session.software_state(info.uid)).newer == "2.0"
        peer.refusals["check_node_update"] = (0, "no answer")
        found = await session.software_state(info.uid)
        assert (found.newer, found.unchecked and found.unchecked.code) == ("", "matter.update.no_answer")


def updatable(*products: str) -> tuple[Peer, dict[str, Any]]:
    """A server with nodes, and the plug among them, which takes updates."""
    peer = Peer("plug", *products)
    plug = next(node for node in peer.nodes.values() if node["attributes"]["0/40/3"] == "plug")
    plug["attributes"] |= {"2/42/2": 1, "2/42/3": None, "0/40/9": 1, "0/51/1": 7}
    return peer, plug


async def until(true: Callable[[], bool]) -> None:
    """Waits until it is so: the software of nodes has no event."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


async def test_software_of_a_node_that_takes_updates_is_told_and_looked_for_only_where_asked() -> None:
    peer, plug = updatable("onoff-light")
    async with talking(peer) as (session, _):
        assert isinstance(session, UpdatesSoftware)
        ((uid, state),) = session.software_states().items()
        assert (uid, state.installed, state.phase) == (PLUG, "1.0.0", UpdatePhase.UNKNOWN)
        assert all(command != "check_node_update" for command, _ in peer.asked)
        session._software.online = True
        await session.change_software(uid, UpdateAct.CHECK)
        assert (session.software_states()[uid].newer, session.software_states()[uid].phase) == (
            "2.0",
            UpdatePhase.AVAILABLE,
        )
        for act in set(UpdateAct) - {UpdateAct.CHECK, UpdateAct.INSTALL}:
            with refused("like this now"):
                await session.change_software(uid, act)
        with refused("cannot install software"):
            await session.load_software(uid, Path("image.ota"))
        await peer.say("attribute_updated", [plug["node_id"], "2/42/3", 40])
        await peer.say("attribute_updated", [plug["node_id"], "2/42/2", 4])
        await until(lambda: session.software_states()[uid].percent == 40.0)
        assert session.software_states()[uid].phase is UpdatePhase.UPDATING
        assert session.software_states()[uid].acts == (), "another home's update is not ours to stop"


async def test_a_managed_server_without_a_provider_of_images_installs_nothing_and_says_so() -> None:
    peer, _ = updatable()
    async with talking(peer) as (session, _listener):
        session._software._can_install, session._software.online = False, True
        await session.change_software(PLUG, UpdateAct.CHECK)
        assert session.software_states()[PLUG].acts == (UpdateAct.CHECK,)
        with refused("chip-ota-provider-app"):
            await session.change_software(PLUG, UpdateAct.INSTALL)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting where a node has said all."""
    for pause in ("SETTLE_S", "LOOK_S"):
        monkeypatch.setattr(node_updates, pause, 0.01)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ([2, 1], "did not take it"),
        ([2, 4, 1], "broke off"),
        ([2, 4, (9, 2), 1], "after 9 bytes"),
        ([2, 4, 5, "restart"], "software that it had"),
        (["refusal"], "the ledger is away"),
    ],
)
async def test_an_update_that_fails_is_told_with_its_reason_and_withdrawn(
    told: list[int | tuple[int, int] | str], reason: str
) -> None:
    peer, plug = updatable()
    async with talking(peer) as (session, _):
        session._software.online = True
        await session.change_software(PLUG, UpdateAct.CHECK)
        if told == ["refusal"]:
            peer.refusals["update_node"] = (0, "the ledger is away")
        await session.change_software(PLUG, UpdateAct.INSTALL)
        assert session.software_states()[PLUG].phase is UpdatePhase.SCHEDULED
        for one in told:
            if one == "restart":
                plug["attributes"]["0/51/1"] += 1
                continue
            event, body = (2, {"bytesDownloaded": one[0]}) if isinstance(one, tuple) else (0, {"newState": one})
            said = {"node_id": plug["node_id"], "cluster_id": 42, "event_id": event, "data": body}
            await peer.say("node_event", said)
        await until(lambda: session.software_states()[PLUG].stage is not None)
        await until(lambda: session.software_states()[PLUG].phase is UpdatePhase.AVAILABLE)
        stage = session.software_states()[PLUG].stage
        assert stage is not None
        assert reason in sentence(stage)
        await until(lambda: "cancel_update" in [command for command, _ in peer.asked])


@pytest.mark.usefixtures("quick")
async def test_an_update_is_over_only_when_the_node_itself_has_the_new_version() -> None:
    peer, plug = updatable()
    version = {"node_id": plug["node_id"], "attribute_path": "0/40/9"}
    async with talking(peer) as (session, _):
        session._software.online = True
        await session.change_software(PLUG, UpdateAct.CHECK)
        await session.change_software(PLUG, UpdateAct.INSTALL)
        await until(lambda: ("update_node", {"node_id": plug["node_id"], "software_version": 2}) in peer.asked)
        for state in (2, 4, 5, 1):
            said = {"node_id": plug["node_id"], "cluster_id": 42, "event_id": 0, "data": {"newState": state}}
            await peer.say("node_event", said)
        await until(lambda: session.software_states()[PLUG].phase is UpdatePhase.UPDATING)
        looks = len(peer.asked)
        await until(lambda: ("read_attribute", version) in peer.asked[looks:])
        assert session.software_states()[PLUG].phase is UpdatePhase.UPDATING
        plug["attributes"] |= {"0/40/9": 2, "0/40/10": "2.0", "0/51/1": 8}
        await until(lambda: session.software_states()[PLUG].phase is UpdatePhase.UNKNOWN)
        state = session.software_states()[PLUG]
        assert (state.installed, state.newer, state.stage) == ("2.0", "", None)


async def test_an_update_that_is_withdrawn_before_the_node_has_asked_leaves_no_failure() -> None:
    peer, _ = updatable()
    async with talking(peer) as (session, _listener):
        session._software.online = True
        await session.change_software(PLUG, UpdateAct.CHECK)
        await session.change_software(PLUG, UpdateAct.INSTALL)
        await session.change_software(PLUG, UpdateAct.UNSCHEDULE)
        state = session.software_states()[PLUG]
        assert (state.phase, state.stage) == (UpdatePhase.AVAILABLE, None)
        assert "cancel_update" in [command for command, _ in peer.asked]


async def test_an_update_ends_with_the_node_that_is_removed_and_none_is_kept_once_it_is_over() -> None:
    peer, plug = updatable()
    async with talking(peer) as (session, _listener):
        session._software.online = True
        await session.change_software(PLUG, UpdateAct.CHECK)
        await session.change_software(PLUG, UpdateAct.INSTALL)
        updates = session._software._updates
        assert [*updates._tasks] == [plug["node_id"]]
        assert await session.remove(PLUG) is None
        await until(lambda: not updates._tasks)
        assert not updates._asked


async def test_a_newer_software_from_a_file_is_told_as_one() -> None:
    peer, _ = updatable()
    async with talking(peer) as (session, _listener):
        session._software.online = True
        await session.change_software(PLUG, UpdateAct.CHECK)
        assert sentence(session.software_states()[PLUG].newer_text) == "2.0"
        peer.update_source = "local"
        await session.change_software(PLUG, UpdateAct.CHECK)
        assert sentence(session.software_states()[PLUG].newer_text) == "2.0 (image from a file)"
        assert (await session.software_state(PLUG)).from_file
