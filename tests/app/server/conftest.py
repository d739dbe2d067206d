"""A running engine with a door, and clients of it."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.cli.framework.engine_verbs import verbs_of
from app.engine.clock import utc_ms
from app.server.door_address import DoorAddress, door_of
from app.server.remote_engine import RemoteEngine
from tests.app.conftest import Desk, rooms_building
from tests.english import words


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("oikos", timeout=400)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(20)
        self.sock.connect(self._path)


class OpenDoor:
    """An engine with its world, and where its door is."""

    def __init__(self, desk: Desk, address: DoorAddress) -> None:
        self.desk, self.address = desk, address

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """One HTTP request; its status and JSON."""
        with contextlib.closing(UnixConnection(self.address.socket)) as wire:
            data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            wire.request(method, path, data, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = wire.getresponse()
            said = answer.read()
            return answer.status, json.loads(said) if said else None

    def codes(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, list[str]]:
        """Status and the codes of the problems of a request that is refused."""
        status, said = self.ask(method, path, body, **headers)
        return status, [problem["code"] for problem in said["problems"]]


def opened(desk: Desk) -> DoorAddress:
    """The address, once the lock file says it."""
    found: list[DoorAddress] = []

    def there() -> bool:
        address = door_of(desk.path)
        if address is not None:
            found.append(address)
        return bool(found)

    desk.until(there, "a door")
    return found[0]


@pytest.fixture
def door(make_desk: Callable[..., Desk]) -> OpenDoor:
    """An engine with two rooms and a lamp, and its door."""
    desk = make_desk(commissions=True)
    desk.engine.listen(lambda: verbs_of(desk.engine))
    desk.engine.new_project(str(desk.path)).result(60)
    project = desk.engine.session.edits
    building = rooms_building("Kitchen", "Hall")

    async def build() -> None:
        await project.edit(lambda one: one.set_building(building), label=words("Import"))

    desk.engine.context.loop.submit(build(), name="build").result(60)
    desk.engine.add("pretend://house").result(60)
    desk.until(lambda: [runner.state.value for runner in desk.engine.session.links.running] == ["online"])
    return OpenDoor(desk, opened(desk))


@pytest.fixture
def attach() -> Iterator[Callable[[OpenDoor], RemoteEngine]]:
    """Attaches clients; each is detached at the end."""
    made: list[RemoteEngine] = []

    def one(door: OpenDoor) -> RemoteEngine:
        made.append(RemoteEngine(lambda: door_of(door.desk.path), utc_ms))
        made[-1].start().result(60)
        return made[-1]

    yield one
    for remote in made:
        remote.stop()
