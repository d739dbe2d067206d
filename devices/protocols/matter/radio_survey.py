"""The neighbours that Thread nodes hear: cluster Thread Network Diagnostics (Matter core specification 11.14), and by which
extended address each node is known (11.14.6.64, else its Thread interface in General Diagnostics, 11.12.5.4).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, cast

from devices.protocols.matter.clusters import Attributes
from devices.protocols.matter.server_client import ServerError
from twin.model.radio_map import Radio, RadioLink, RadioNode, RadioRole, RadioSurvey

READ_S = 10.0
"""How long a node is waited for; a sleeping one does not answer sooner."""
TOGETHER = 8
"""Nodes that are asked at a time."""
THREAD = "0/53/"
_ROLE, _NEIGHBOURS, _ROUTES, _ADDRESS, _INTERFACES = "0/53/1", "0/53/7", "0/53/8", "0/53/63", "0/51/0"
_THREAD_INTERFACE = 4
_ROLES = {
    2: RadioRole.END_DEVICE,
    3: RadioRole.END_DEVICE,
    4: RadioRole.END_DEVICE,
    5: RadioRole.ROUTER,
    6: RadioRole.ROUTER,
}
"""RoutingRoleEnum (11.14.5.2): sleepy and other end devices, those that may become routers, routers, the leader."""


class Server(Protocol):
    """What is needed of the connection to the Matter server."""

    async def call(self, command: str, *, timeout_s: float = ..., **args: object) -> Any: ...  # noqa: ANN401 - its JSON


async def survey(
    wire: Server, nodes: Mapping[int, tuple[str, str, Attributes]], progress: Callable[[float], None]
) -> RadioSurvey | None:
    """The Thread neighbours of nodes (id to uid, name, attributes); None where none of them uses Thread. Nodes that do not
    answer are marked so."""
    asked = {id: one for id, one in nodes.items() if any(path.startswith(THREAD) for path in one[2])}
    if not asked:
        return None
    gate, done = asyncio.Semaphore(TOGETHER), 0

    async def read(id: int) -> dict[str, object]:
        nonlocal done
        async with gate:
            found: dict[str, object] = {}
            for path in (_ROLE, _NEIGHBOURS, _ROUTES):
                found |= await _read(wire, id, path)
                if not found:
                    break
        done += 1
        progress(done / len(asked))
        return found

    answers = dict(zip(asked, await asyncio.gather(*(read(id) for id in asked)), strict=True))
    now_ms = time.time_ns() // 1_000_000
    by_address = {address: uid for uid, _, attributes in asked.values() if (address := extended_address(attributes))}
    made = {
        uid: RadioNode(key=uid, name=name, role=_role(answers[id].get(_ROLE)), answered=bool(answers[id]))
        for id, (uid, name, _) in asked.items()
    }
    links = [link for id, (uid, _, _) in asked.items() for link in neighbours(uid, answers[id], by_address, now_ms)]
    for key in dict.fromkeys(end for link in links for end in (link.start, link.end)):
        made.setdefault(key, RadioNode(key=key, name=key, role=RadioRole.UNKNOWN))
    return RadioSurvey(nodes=tuple(made.values()), links=tuple(links))


def extended_address(attributes: Attributes) -> int | None:
    """A node's IEEE 802.15.4 extended address; None where it does not tell."""
    told = attributes.get(_ADDRESS)
    if isinstance(told, int):
        return told
    for row in _structs(attributes.get(_INTERFACES)):
        if row.get("7") == _THREAD_INTERFACE and isinstance(hardware := row.get("4"), str):
            try:
                return int.from_bytes(base64.b64decode(hardware, validate=True)) or None
            except binascii.Error:
                return None
    return None


def neighbours(
    uid: str, answer: Mapping[str, object], by_address: Mapping[int, str], now_ms: int
) -> Iterator[RadioLink]:
    """The links in a node's neighbour and route tables. A neighbour that is no node is named by its extended address."""
    for row in _structs(answer.get(_NEIGHBOURS)):
        if (address := row.get("0")) is None or not isinstance(address, int):
            continue
        age_s = row.get("1")
        yield RadioLink(
            radio=Radio.THREAD,
            start=by_address.get(address, f"{address:016x}"),
            end=uid,
            heard_ms=now_ms - 1000 * age_s if isinstance(age_s, int) else None,
            lqi=_within(row.get("5"), 0, 3),
            rssi_dbm=_within(row.get("6") if row.get("6") is not None else row.get("7"), -127, -1),
        )
    for row in _structs(answer.get(_ROUTES)):
        address, age_s = row.get("0"), row.get("7")
        if not isinstance(address, int) or row.get("9") is not True:
            continue
        yield RadioLink(
            radio=Radio.THREAD,
            start=by_address.get(address, f"{address:016x}"),
            end=uid,
            heard_ms=now_ms - 1000 * age_s if isinstance(age_s, int) else None,
            lqi=min((lqi for key in ("5", "6") if (lqi := _within(row.get(key), 1, 3)) is not None), default=None),
        )


async def _read(wire: Server, node: int, path: str) -> dict[str, object]:
    try:
        found = await wire.call("read_attribute", timeout_s=READ_S, node_id=node, attribute_path=path)
    except (ServerError, TimeoutError):
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _role(value: object) -> RadioRole:
    return _ROLES.get(value, RadioRole.UNKNOWN) if isinstance(value, int) else RadioRole.UNKNOWN


def _structs(rows: object) -> list[dict[str, object]]:
    found = cast("list[object]", rows) if isinstance(rows, list) else []
    return [cast("dict[str, object]", row) for row in found if isinstance(row, dict)]


def _within(value: object, low: int, high: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high else None
