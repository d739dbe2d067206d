"""What a real Zigbee2MQTT 2.14.1 said while devices joined and were updated, recorded with a radio in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from devices.protocols.mqtt.zigbee2mqtt_control import Zigbee2MqttControl
from twin.model.device_sharing import SoftwareState, UpdateAct, UpdatePhase
from twin.model.joining import JoiningDevice, JoinNetwork, JoinStage
from twin.model.problem import ProblemError
from twin.model.text import Text

CAPTURE = Path(__file__).parents[3] / "captures" / "mqtt" / "zigbee2mqtt_joining.jsonl"
BULB, DEAD, ODD, ROUTER = "0x000b57fffe000001", "0x000b57fffe000002", "0x000b57fffe000003", "0x00158d0100000004"
BASE = "zigbee2mqtt"


class Bridge:
    """A registry and control that hear a bridge, and what they send it."""

    def __init__(self) -> None:
        self.registry = DiscoveryRegistry()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.answer: Callable[[str, dict[str, Any]], None] = lambda topic, body: None
        self.control = Zigbee2MqttControl(self.registry, self._publish)

    async def _publish(self, topic: str, payload: str) -> None:
        self.sent.append((topic, json.loads(payload)))
        self.answer(topic, json.loads(payload))

    def hear(self, topic: str, body: object) -> None:
        payload = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.control.hear(topic, payload)
        if self.registry.is_announcement(topic):
            for one in self.registry.announcements(topic, payload):
                self.registry.store_config(*one)
            self.registry.rebuild_devices()

    def responds(self, **body: object) -> None:
        """Every request is answered with this body."""

        def answer(topic: str, asked: dict[str, Any]) -> None:
            where = topic.replace("/request/", "/response/")
            self.hear(where, {"data": {}, "transaction": asked["transaction"], **body})

        self.answer = answer

    @property
    def network(self) -> JoinNetwork:
        (found,) = self.control.join_networks()
        return found

    def software(self, address: str = BULB) -> SoftwareState:
        return self.control.software_states()[self.registry.uid_of(address)]


def played() -> Iterator[Bridge]:
    """The bridge after each recorded message, from the first on that tells of its network."""
    bridge = Bridge()
    for line in CAPTURE.read_text("utf-8").splitlines():
        row = json.loads(line)
        bridge.hear(row["topic"], row["payload"])
        if bridge.control.join_networks():
            yield bridge


@pytest.fixture
def bridge() -> Bridge:
    """The bridge as it was at the end of the recording."""
    return [*played()][-1]


def devices(network: JoinNetwork) -> dict[str, JoiningDevice]:
    return {one.address: one for one in network.devices}


def test_a_network_is_open_until_its_end_and_has_the_routers_that_let_devices_join() -> None:
    seen = [(bridge.network.is_open, bridge.network.ends_ms, bridge.control.log_topics) for bridge in played()]
    opened = [end for is_open, end, _ in seen if is_open]
    assert len(set(opened)) == 1
    assert all((end is not None) == is_open for is_open, end, _ in seen)
    assert {logs for is_open, _, logs in seen if is_open} == {frozenset((f"{BASE}/bridge/logging",))}
    assert seen[-1][:1] == (False,)
    assert seen[-1][2] == frozenset()


def test_each_joining_device_is_told_by_its_stages_and_the_failed_one_with_the_reason() -> None:
    stages: dict[str, list[JoinStage]] = {}
    for bridge in played():
        for one in bridge.network.devices:
            if stages.setdefault(one.address, [])[-1:] != [one.stage]:
                stages[one.address].append(one.stage)
    found = devices(bridge.network)
    begin = [JoinStage.JOINED, JoinStage.INTERVIEWING]
    assert stages[ODD] == [*begin, JoinStage.READY]
    assert stages[DEAD] == [*begin, JoinStage.FAILED]
    assert stages[BULB][:3] == [*begin, JoinStage.READY]
    assert found[BULB].product == "IKEA LED1732G11"
    assert found[BULB].reason is None
    assert found[ODD].reason == Text("join.unsupported")
    why = found[DEAD].reason
    assert why is not None
    assert "can not get node descriptor" in str(why.args["text"])


def test_a_device_that_joined_is_a_device_of_the_link(bridge: Bridge) -> None:
    assert devices(bridge.network)[BULB].uid == f"zigbee2mqtt_{BULB}"
    assert f"zigbee2mqtt_{BULB}" in {one.uid for one in bridge.registry.devices}
    assert {one.address for one in bridge.network.routers} >= {ROUTER, BULB}


def test_an_update_is_told_from_available_by_percent_to_the_new_version() -> None:
    told: list[tuple[UpdatePhase, str, float | None]] = []
    for bridge in played():
        if bridge.registry.uid_of(BULB):
            state = bridge.software()
            if (now := (state.phase, state.newer, state.percent)) not in told[-1:]:
                told.append(now)
    new = "805306368"
    phases = [phase for n, (phase, _, _) in enumerate(told) if n == 0 or told[n - 1][0] is not phase]
    assert phases == [
        UpdatePhase.UNKNOWN,
        UpdatePhase.AVAILABLE,
        UpdatePhase.SCHEDULED,
        UpdatePhase.AVAILABLE,
        UpdatePhase.UPDATING,
        UpdatePhase.IDLE,
    ]
    assert {newer for phase, newer, _ in told if phase is UpdatePhase.AVAILABLE} == {new}
    percents = [percent for phase, _, percent in told if phase is UpdatePhase.UPDATING and percent is not None]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert (bridge.software().installed, bridge.software().newer, bridge.software().acts) == (
        new,
        "",
        (UpdateAct.CHECK,),
    )


async def test_opening_by_one_router_asks_the_bridge_and_stopping_closes(bridge: Bridge) -> None:
    bridge.responds(status="ok")
    await bridge.control.permit_join(BASE, 120, ROUTER)
    await bridge.control.permit_join(BASE, 0, ROUTER)
    (topic, opened), (_, closed) = bridge.sent
    assert topic == f"{BASE}/bridge/request/permit_join"
    assert (opened["time"], opened["device"]) == (120, ROUTER)
    assert closed["time"] == 0
    assert "device" not in closed
    assert opened["transaction"] != closed["transaction"]
    assert bridge.network.through == ROUTER


@pytest.mark.parametrize(
    ("network", "seconds", "answer", "code"),
    [
        (BASE, 60, {"status": "error", "error": "Device 'x' does not exist"}, "join.refused"),
        (BASE, 255, {"status": "ok"}, "join.time"),
        ("elsewhere", 60, {"status": "ok"}, "join.no_network"),
    ],
)
async def test_what_a_bridge_refuses_is_one_problem(
    bridge: Bridge, network: str, seconds: int, answer: dict[str, Any], code: str
) -> None:
    bridge.responds(**answer)
    with pytest.raises(ProblemError) as caught:
        await bridge.control.permit_join(network, seconds, "")
    assert [one.code for one in caught.value.problems] == [code]


async def test_an_update_is_asked_for_by_address_and_ends_with_its_reason_when_it_fails(bridge: Bridge) -> None:
    uid = bridge.registry.uid_of(BULB)

    def begins(topic: str, body: dict[str, Any]) -> None:
        bridge.hear(f"{BASE}/{BULB}", {"update": {"state": "updating", "progress": 0.5, "remaining": 90}})

    bridge.answer = begins
    await bridge.control.change_software(uid, UpdateAct.INSTALL)
    ((topic, body),) = bridge.sent
    assert (topic, body["id"]) == (f"{BASE}/bridge/request/device/ota_update/update", BULB)
    assert (bridge.software().percent, bridge.software().remaining_s, bridge.software().acts) == (
        0.5,
        90,
        (UpdateAct.STOP,),
    )
    failed = {"status": "error", "error": "Device didn't respond", "data": {}, "transaction": body["transaction"]}
    bridge.hear(f"{BASE}/{BULB}", {"update": {"state": "available"}})
    bridge.hear(f"{BASE}/bridge/response/device/ota_update/update", failed)
    stage = bridge.software().stage
    assert stage is not None
    assert stage.code == "update.failed"
    bridge.responds(status="ok")
    await bridge.control.change_software(uid, UpdateAct.SCHEDULE)
    assert bridge.software().stage is None, "something new was asked: the failure is over"


async def test_a_device_without_updates_and_a_refusal_are_problems(bridge: Bridge) -> None:
    with pytest.raises(ProblemError) as caught:
        await bridge.control.change_software(bridge.registry.uid_of(ROUTER), UpdateAct.CHECK)
    assert [one.code for one in caught.value.problems] == ["update.unsupported"]
    bridge.responds(status="error", error="No OTA in progress")
    with pytest.raises(ProblemError) as caught:
        await bridge.control.change_software(bridge.registry.uid_of(BULB), UpdateAct.STOP)
    assert [one.code for one in caught.value.problems] == ["update.refused"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"data": 5}',
        b'{"type": "device_joined", "data": {"ieee_address": 7}}',
        b"[" * 5000,
        b'{"transaction": {}}',
    ],
)
def test_nonsense_of_a_bridge_changes_nothing(bridge: Bridge, body: bytes) -> None:
    before = bridge.network
    for end in ("event", "logging", "response/permit_join"):
        bridge.control.hear(f"{BASE}/bridge/{end}", body)
    assert bridge.network == before


async def test_a_bridge_that_does_not_answer_is_a_problem(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    from devices.protocols.mqtt import zigbee2mqtt_control

    monkeypatch.setattr(zigbee2mqtt_control, "ANSWER_S", 0.05)
    with pytest.raises(ProblemError) as caught:
        await asyncio.wait_for(bridge.control.permit_join(BASE, 60, ""), 60)
    assert [one.code for one in caught.value.problems] == ["join.no_answer"]


@pytest.mark.parametrize(
    "update",
    [
        {"state": ["a"]},
        {"state": {"a": 1}},
        {"state": "updating", "progress": "much", "remaining": float("inf")},
        {"state": "available", "installed_version": "\x1b[31m1\u202e", "latest_version": "\x1b[31m2", "latest_release_notes": "\x07n"},
    ],
)  # fmt: skip
def test_nonsense_about_software_is_unknown_for_one_device_and_shows_nothing_of_its_own(
    bridge: Bridge, update: dict[str, Any]
) -> None:
    known = bridge.control.software_states().keys()
    bridge.control.hear(f"{BASE}/{BULB}", json.dumps({"update": update}).encode())
    assert bridge.control.software_states().keys() == known
    said = bridge.software()
    assert said.remaining_s is None
    assert (said.installed + said.newer + said.notes).isprintable()
    assert said.installed.startswith("[31m1") == ("installed_version" in update)
