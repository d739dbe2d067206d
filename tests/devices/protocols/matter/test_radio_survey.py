"""Thread neighbours of Matter nodes, in the shape of Thread Network Diagnostics: who hears whom, how well, since when."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from devices.protocols.matter.radio_survey import extended_address, neighbours, survey
from devices.protocols.matter.server_client import ServerError
from twin.model.radio_map import RadioRole, merged

LAMP, PLUG, STRANGER = 0x1122334455667788, 0x99AABBCCDDEEFF00, 0x0102030405060708


def thread_interface(address: int) -> list[dict[str, Any]]:
    """General Diagnostics' NetworkInterfaces of a Thread node, as the server tells it."""
    return [
        {"0": "ieee802154", "1": True, "4": base64.b64encode(address.to_bytes(8)).decode(), "5": [], "6": [], "7": 4}
    ]


def neighbour(address: int, *, lqi: int, rssi: int | None, age_s: int = 5, child: bool = False) -> dict[str, Any]:
    return {"0": address, "1": age_s, "2": 0x4400, "3": 1, "4": 1, "5": lqi, "6": rssi, "7": rssi, "8": 0, "9": 0,
            "10": True, "11": not child, "12": True, "13": child}  # fmt: skip


NODES = {
    1: ("lamp", "Lamp", {"0/53/1": 5, "0/51/0": thread_interface(LAMP)}),
    2: ("plug", "Plug", {"0/53/1": 6, "0/53/63": PLUG}),
    3: ("wifi", "Camera", {"0/54/4": -60}),
    4: ("sleeper", "Door", {"0/53/1": 2}),
}


class Wire:
    """Answers reads as the server does; node 4 sleeps."""

    def __init__(self) -> None:
        self.read: list[tuple[int, str]] = []

    async def call(self, command: str, *, timeout_s: float = 0, **args: object) -> dict[str, object]:
        node, path = args["node_id"], str(args["attribute_path"])
        assert command == "read_attribute"
        assert isinstance(node, int)
        self.read.append((node, path))
        tables: dict[tuple[int, str], object] = {
            (1, "0/53/7"): [
                neighbour(PLUG, lqi=3, rssi=-61, age_s=20),
                neighbour(STRANGER, lqi=1, rssi=-88),
                "nonsense",
                {"0": None},
            ],
            (2, "0/53/7"): [neighbour(LAMP, lqi=2, rssi=None)],
            (2, "0/53/8"): [
                {"0": LAMP, "1": 1, "2": 1, "3": 0, "4": 1, "5": 3, "6": 0, "7": 2, "8": True, "9": True},
                {"0": STRANGER, "1": 1, "2": 1, "3": 0, "4": 1, "5": 3, "6": 3, "7": 2, "8": True, "9": False},
            ],
        }
        if node == 4:
            raise ServerError(5, "node not available")
        attributes = NODES[node][2]
        return {path: tables.get((node, path), attributes.get(path))}


async def test_neighbours_that_are_nodes_are_named_by_them_and_others_by_their_address() -> None:
    wire, shares = Wire(), list[float]()
    found = await survey(wire, NODES, shares.append)
    assert found is not None
    roles = {node.key: (node.role, node.answered) for node in found.nodes}
    assert roles == {
        "lamp": (RadioRole.ROUTER, True),
        "plug": (RadioRole.ROUTER, True),
        "sleeper": (RadioRole.UNKNOWN, False),
        "0102030405060708": (RadioRole.UNKNOWN, True),
    }
    links = {frozenset((one.start, one.end)): one for one in merged(found.links)}
    assert links[frozenset(("lamp", "plug"))].lqi == 2
    assert links[frozenset(("lamp", "plug"))].rssi_dbm == -61
    stranger = links[frozenset(("lamp", "0102030405060708"))]
    assert (stranger.lqi, stranger.rssi_dbm, stranger.strength) == (1, -88, "weak")
    assert len(links) == 2
    assert shares[-1] == 1.0
    assert [path for node, path in wire.read if node == 4] == ["0/53/1"]
    assert all(node != 3 for node, _ in wire.read)


async def test_the_age_that_a_node_tells_is_the_age_of_the_link() -> None:
    found = await survey(Wire(), {1: NODES[1]}, lambda _: None)
    assert found is not None
    heard = sorted(one.heard_ms for one in found.links)
    assert heard[1] - heard[0] == 15_000


def test_an_age_that_a_node_does_not_tell_is_not_known() -> None:
    (link,) = neighbours("lamp", {"0/53/7": [{"0": 7, "5": 3}]}, {}, 1000)
    assert link.heard_ms is None


async def test_nodes_without_thread_are_not_asked() -> None:
    assert await survey(Wire(), {3: NODES[3]}, lambda _: None) is None


@pytest.mark.parametrize(
    "attributes",
    [{}, {"0/51/0": None}, {"0/51/0": [{"7": 4, "4": "?"}]}, {"0/51/0": [{"7": 1, "4": "ESIzRFVmd4g="}]}],
)
def test_a_node_that_does_not_tell_its_address_has_none(attributes: dict[str, Any]) -> None:
    assert extended_address(attributes) is None
