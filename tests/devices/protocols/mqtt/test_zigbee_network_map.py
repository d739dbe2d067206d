"""Network maps of Zigbee bridges: a recorded answer read, the own answer told from others', refusals, nothing asked in vain."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from devices.protocols.mqtt.zigbee_network_map import NetworkMaps, survey_of
from twin.model.problem import ProblemError
from twin.model.radio_map import RadioRole, RadioSurvey, merged

RECORDED = Path(__file__).parents[3] / "captures" / "mqtt" / "zigbee2mqtt_networkmap.json"
"""Answer of Zigbee2MQTT 2.14.1 with eight routers on a simulated radio, one of which does not answer."""
ANSWER = "zigbee2mqtt/bridge/response/networkmap"


class Registry:
    """A bridge and the devices that it has, by identifier."""

    bridges: tuple[str, ...] = ("zigbee2mqtt",)
    devices = (object(),) * 9

    def uid_of(self, address: str) -> str:
        return "" if address.endswith("000007") else f"zigbee2mqtt_{address}"


class Broker:
    """Remembers what was asked of it; `answer` hands a bridge's answer over."""

    def __init__(self) -> None:
        self.published: list[tuple[str, dict[str, object]]] = []
        self.topics: set[str] = set()
        self.asked = asyncio.Event()

    async def subscribe(self, topics: tuple[str, ...]) -> tuple[str, ...]:
        self.topics |= set(topics)
        return ()

    async def unsubscribe(self, topics: tuple[str, ...]) -> None:
        self.topics -= set(topics)

    async def publish(self, topic: str, payload: str) -> None:
        self.published.append((topic, json.loads(payload)))
        self.asked.set()


def recorded(**changes: object) -> bytes:
    return json.dumps({**json.loads(RECORDED.read_bytes()), **changes}).encode()


def test_a_recorded_answer_is_read_whole() -> None:
    found = survey_of(RECORDED.read_bytes(), "zigbee2mqtt", Registry(), 5)
    assert [node.role for node in found.nodes].count(RadioRole.ROUTER) == 8
    assert found.nodes[0].key == "zigbee2mqtt_bridge_0x00124b00120144ae"
    assert [node.name for node in found.nodes if not node.answered] == ["Office/TS0601_dimmer_2 3"]
    assert {node.key for node in found.nodes if not node.key.startswith("zigbee2mqtt_")} == {"0x00158d0100000007"}
    links = merged(found.links)
    assert len(links) == 18
    assert {link.heard_ms for link in links} == {5}
    assert (links[0].lqi, links[0].strength) == (30, "weak")


def test_a_quality_of_zero_or_of_nonsense_is_not_known() -> None:
    body = json.loads(RECORDED.read_bytes())
    for row, lqi in zip(body["data"]["value"]["links"], (0, None, "83", -1, 256, True), strict=False):
        row["lqi"] = lqi
    found = survey_of(json.dumps(body).encode(), "zigbee2mqtt", Registry(), 5)
    assert [link.lqi for link in found.links[:6]] == [None] * 6


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "mqtt.map_unreadable"),
        (b"[" * 100_000, "mqtt.map_unreadable"),
        (b'{"status":"error","error":"no\\u0000 way","data":{}}', "mqtt.map_refused"),
        (b"[]", "mqtt.map_refused"),
    ],
)
def test_an_answer_that_is_none_is_one_problem(payload: bytes, code: str) -> None:
    with pytest.raises(ProblemError) as refused:
        survey_of(payload, "zigbee2mqtt", Registry(), 5)
    assert [one.code for one in refused.value.problems] == [code]


@pytest.mark.parametrize(
    "value", [None, [], {"nodes": 3, "links": {}}, {"nodes": [3, {}], "links": [None, {"source": 1}]}]
)
def test_an_answer_of_another_shape_has_no_links(value: object) -> None:
    payload = recorded(data={"value": value})
    assert survey_of(payload, "zigbee2mqtt", Registry(), 5) == RadioSurvey()


async def test_only_the_answer_to_the_own_request_ends_the_wait_and_nothing_stays_subscribed() -> None:
    broker = Broker()
    maps = NetworkMaps(broker, Registry())
    work = asyncio.create_task(maps.survey(lambda _: None))
    await broker.asked.wait()
    ((topic, request),) = broker.published
    assert (topic, request["type"], request["routes"]) == ("zigbee2mqtt/bridge/request/networkmap", "raw", False)
    assert maps.take(ANSWER, recorded(transaction="of another program"))
    assert not maps.take("zigbee2mqtt/lamp", b"{}")
    assert not work.done()
    assert maps.take(ANSWER, recorded(transaction=request["transaction"]))
    found = await work
    assert found is not None
    assert len(found.nodes) == 9
    assert broker.topics == set()
    assert not maps.take(ANSWER, recorded())


async def test_a_survey_that_is_cancelled_leaves_nothing_behind() -> None:
    broker = Broker()
    maps = NetworkMaps(broker, Registry())
    work = asyncio.create_task(maps.survey(lambda _: None))
    await broker.asked.wait()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert broker.topics == set()
    assert not maps.take(ANSWER, recorded())


async def test_an_answer_that_is_too_long_for_the_connection_is_a_problem() -> None:
    broker = Broker()
    maps = NetworkMaps(broker, Registry())
    work = asyncio.create_task(maps.survey(lambda _: None))
    await broker.asked.wait()
    maps.left_out(ANSWER)
    with pytest.raises(ProblemError):
        await work


async def test_without_a_bridge_nothing_is_asked() -> None:
    registry = Registry()
    registry.bridges = ()
    broker = Broker()
    assert await NetworkMaps(broker, registry).survey(lambda _: None) is None
    assert broker.published == []
