"""`oikos lab` says for people what to add and what to pair with; scripts read its JSON."""

from __future__ import annotations

import asyncio
import threading

import pytest

from app.cli.lab import _unless_stopped, lines
from tests.english import plain
from twin.model.problem import ProblemError

BROKER = {
    "url": "mqtts://127.0.0.1:8883?ca=/lab/ca.crt", "user": "oikos", "password": "secret",
    "devices": [{"id": "light-1", "name": "Lab dimmable light 1"}],
}  # fmt: skip
GATEWAY = {
    "url": "modbus://127.0.0.1:502?units=1", "rtu_url": "modbus+rtu://127.0.0.1:503?units=1",
    "devices": [{"id": "sdm630-1", "name": "Lab main meter 1"}],
}  # fmt: skip
LIGHT = {"name": "Lab light 1", "manual": "00054912336", "code": "MT:Y.K90AFN00YZ.548G00"}


def test_each_peer_is_told_with_what_a_user_types_to_add_it() -> None:
    assert lines({"mqtt": BROKER, "modbus": GATEWAY, "matter": [LIGHT]}) == [
        'MQTT broker: "mqtts://127.0.0.1:8883?ca=/lab/ca.crt"',
        "  user oikos, password secret",
        "  Lab dimmable light 1",
        'Modbus gateway: "modbus://127.0.0.1:502?units=1", frames of RTU at "modbus+rtu://127.0.0.1:503?units=1"',
        "  Lab main meter 1",
        "Matter devices, with their pairing codes:",
        "  Lab light 1  0005-491-2336  MT:Y.K90AFN00YZ.548G00",
    ]


def test_a_broker_without_a_login_asks_for_none() -> None:
    assert lines({"mqtt": BROKER | {"user": "", "password": ""}})[1:] == ["  Lab dimmable light 1"]


def test_a_lab_that_is_stopped_while_its_packages_are_fetched_ends_at_once() -> None:
    stop, begun = threading.Event(), list[str]()

    async def fetching() -> str:
        begun.append("npm")
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            begun.append("ended")
        return "facts"

    assert asyncio.run(_unless_stopped(fetching(), stop)) is None
    assert begun == ["npm", "ended"]


def test_what_fails_while_it_starts_is_told() -> None:
    async def fails() -> None:
        raise ProblemError(plain("No network", "Look at the cable", code="node.packages"))

    with pytest.raises(ProblemError, match=r"node\.packages"):
        asyncio.run(_unless_stopped(fails(), threading.Event()))
