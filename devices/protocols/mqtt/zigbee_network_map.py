"""The neighbours that Zigbee devices hear, asked of their bridge: `<base>/bridge/request/networkmap` of Zigbee2MQTT (2.14), type
`raw`. The bridge asks the coordinator and each router for its neighbour table (Zigbee 2.4.4.3.2), at least a second apart.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.radio_map import Radio, RadioLink, RadioNode, RadioRole, RadioSurvey

ANSWER_S = 900.0
"""Longest time until a bridge has asked all its routers."""
ROUTER_S = 2.0
"""Usual time for one router, by which progress is estimated."""
ROUND_S = 0.5
MOST_NODES, MOST_LINKS = 5_000, 50_000
_ROLES = {"Coordinator": RadioRole.COORDINATOR, "Router": RadioRole.ROUTER, "EndDevice": RadioRole.END_DEVICE}

type Json = Any
"""Any value decoded from a payload."""


class Broker(Protocol):
    """What is needed of the connection to the broker."""

    async def subscribe(self, topics: tuple[str, ...]) -> tuple[str, ...]: ...
    async def unsubscribe(self, topics: tuple[str, ...]) -> None: ...
    async def publish(self, topic: str, payload: str) -> None: ...


class KnownDevices(Protocol):
    """What is needed of the registry of devices."""

    @property
    def bridges(self) -> tuple[str, ...]: ...
    @property
    def devices(self) -> tuple[object, ...]: ...
    def uid_of(self, address: str) -> str: ...  # from any thread


class NetworkMaps:
    """Asks the bridges behind one broker for their network maps."""

    def __init__(self, broker: Broker, devices: KnownDevices) -> None:
        self._broker, self._devices = broker, devices
        self._asked: dict[str, tuple[str, asyncio.Future[bytes]]] = {}
        """By the topic of the answer: the transaction, and who waits."""

    def take(self, topic: str, payload: bytes) -> bool:
        """Whether a message is an answer that is waited for; it is passed on if it is the one that was asked for."""
        asked = self._asked.get(topic)
        if asked is None:
            return False
        if asked[0].encode() in payload and not asked[1].done():
            asked[1].set_result(payload)
        return True

    def left_out(self, topic: str) -> None:
        """Ends the wait for an answer that the connection left out, for it was too long."""
        if (asked := self._asked.get(topic)) is not None and not asked[1].done():
            asked[1].set_exception(ProblemError(Problem(code="mqtt.map_unreadable", where=topic.partition("/")[0])))

    async def survey(self, progress: Callable[[float], None]) -> RadioSurvey | None:
        """The networks of all bridges, asked at once; None where there is no bridge. Raises ProblemError, OSError."""
        bases = self._devices.bridges
        if not bases:
            return None
        shares = dict.fromkeys(bases, 0.0)

        def step(base: str, share: float) -> None:
            shares[base] = share
            progress(sum(shares.values()) / len(shares))

        found = await asyncio.gather(*(self._map(base, lambda share, base=base: step(base, share)) for base in bases))
        nodes = tuple(node for one in found for node in one.nodes)
        return RadioSurvey(nodes=nodes, links=tuple(link for one in found for link in one.links))

    async def _map(self, base: str, progress: Callable[[float], None]) -> RadioSurvey:
        topic, transaction = f"{base}/bridge/response/networkmap", secrets.token_hex(8)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[topic] = transaction, answer
        try:
            if await self._broker.subscribe((topic,)):
                raise ProblemError(Problem(code="mqtt.map_refused", where=base))
            request = {"type": "raw", "routes": False, "transaction": transaction}
            await self._broker.publish(f"{base}/bridge/request/networkmap", json.dumps(request))
            payload, now_ms = await self._waited(answer, progress, base), time.time_ns() // 1_000_000
            return await asyncio.to_thread(survey_of, payload, base, self._devices, now_ms)
        finally:
            self._asked.pop(topic, None)
            with contextlib.suppress(OSError):
                await self._broker.unsubscribe((topic,))

    async def _waited(self, answer: asyncio.Future[bytes], progress: Callable[[float], None], base: str) -> bytes:
        """The answer; progress comes near its end as the usual time passes, for the bridge tells none."""
        loop = asyncio.get_running_loop()
        began, usual_s = loop.time(), max(5.0, ROUTER_S * len(self._devices.devices))
        while not (await asyncio.wait((answer,), timeout=ROUND_S))[0]:
            took_s = loop.time() - began
            if took_s > ANSWER_S:
                raise ProblemError(Problem(code="mqtt.map_late", where=base, retry=True))
            progress(took_s / (took_s + usual_s / 2))
        return answer.result()


def survey_of(payload: bytes, base: str, devices: KnownDevices, now_ms: int) -> RadioSurvey:
    """The nodes and links of an answer. Raises ProblemError where the bridge refuses, or its answer cannot be read."""
    try:
        body = _mapping(json.loads(payload))
    except (ValueError, RecursionError):
        raise ProblemError(Problem(code="mqtt.map_unreadable", where=base, retry=True)) from None
    if body.get("status") != "ok":
        detail = clean_name(str(body.get("error") or ""))[:500]
        raise ProblemError(Problem(code="mqtt.map_refused", where=base, retry=True, detail=detail))
    value = _mapping(_mapping(body.get("data")).get("value"))
    nodes = dict(_nodes(value.get("nodes"), devices))
    links = tuple(_links(value.get("links"), nodes, now_ms))
    return RadioSurvey(nodes=tuple(nodes.values()), links=links)


def _nodes(rows: Json, devices: KnownDevices) -> Iterator[tuple[str, RadioNode]]:
    for row in _list(rows)[:MOST_NODES]:
        address = row.get("ieeeAddr")
        if not isinstance(address, str):
            continue
        role = _ROLES.get(str(row.get("type")), RadioRole.UNKNOWN)
        owner = f"bridge_{address}" if role is RadioRole.COORDINATOR else address
        failed = row.get("failed")
        yield (
            address,
            RadioNode(
                key=devices.uid_of(owner) or address,
                name=clean_name(str(row.get("friendlyName") or address)),
                role=role,
                answered=not (isinstance(failed, list) and "lqi" in failed),
            ),
        )


def _links(rows: Json, nodes: dict[str, RadioNode], now_ms: int) -> Iterator[RadioLink]:
    """The links; those with an end that is not listed are with a device that has left, which stays in tables for a while."""
    for row in _list(rows)[:MOST_LINKS]:
        ends = [nodes.get(str(_mapping(row.get(end)).get("ieeeAddr"))) for end in ("source", "target")]
        lqi = row.get("lqi", row.get("linkquality"))
        if ends[0] is None or ends[1] is None:
            continue
        known = isinstance(lqi, int) and not isinstance(lqi, bool) and 0 < lqi <= 255
        yield RadioLink(
            radio=Radio.ZIGBEE, start=ends[0].key, end=ends[1].key, heard_ms=now_ms, lqi=lqi if known else None
        )


def _list(rows: Json) -> list[dict[str, Json]]:
    return [_mapping(row) for row in cast("list[Json]", rows)] if isinstance(rows, list) else []


def _mapping(value: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", value) if isinstance(value, dict) else {}
