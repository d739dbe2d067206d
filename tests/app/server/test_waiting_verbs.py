"""A verb that waits at an engine of another machine, and whose access or connection ends meanwhile."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.engine.context import VERBS_AT_A_TIME
from app.engine.machine_secrets import open_secrets
from app.server.known_engines import keep_engine
from devices.link import LinkState
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far

pytestmark = pytest.mark.timeout(300)


class Waiting(Far):
    """An engine whose link is awaited until `release`."""

    def __init__(self, door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(door)
        self._released, self._begun = asyncio.Event(), threading.Event()
        monkeypatch.setattr(self.engine.session, "wait_for_link", self._wait)

    async def _wait(self, link: str, timeout_s: float) -> LinkState:
        del link, timeout_s
        self._begun.set()
        await self._released.wait()
        return LinkState.ONLINE

    def until_it_waits(self) -> Any:
        """Waits for one verb to be in the engine; its client."""
        assert self._begun.wait(120)
        network = self.engine._door._network
        assert network is not None
        (client,) = network._asking
        return client

    def release(self) -> None:
        """Lets the verb go on and waits until it has ended."""
        loop, pool = self.engine.context.loop, self.engine.context.verb_pool
        loop.call(self._released.set)
        free = threading.Barrier(VERBS_AT_A_TIME + 1)
        for _ in range(VERBS_AT_A_TIME):  # all at a time, once every thread of verbs is free
            pool.submit(free.wait)
        free.wait(120)


@pytest.fixture
def far(door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """An engine with a lamp whose link is awaited, and a door on the network."""
    return Waiting(door, monkeypatch)


@pytest.mark.parametrize("ends", ["revoked", "expired"])
def test_a_verb_that_waits_ends_with_its_access_at_once_and_does_nothing(
    far: Waiting, ends: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = far.door.desk.now
    made = far.grant("Olga", "operator", expires_ms=now[0] + 60_000)
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "far"))
    keep_engine(far.address(made.token), tmp_path / "far", open_secrets)
    ended: list[int] = []
    line = ["set", far.url, far.door.desk.point("on"), "on", "--json"]
    thread = threading.Thread(target=lambda: ended.append(main(line)))
    thread.start()
    far.until_it_waits()
    if ends == "revoked":
        far.engine.revoke_grant("Olga").result(60)
    else:
        now[0] += 60_000
    thread.join(120)
    said: Any = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (ended, [one["code"] for one in said["problems"]]) == ([1], ["door.ended"]), "before the link is there"
    far.release()
    assert far.door.desk.world.sent == []


def test_a_verb_whose_command_line_was_interrupted_does_nothing_later(far: Waiting) -> None:
    token = far.grant("Olga", "operator").token
    body = json.dumps({"words": ["set", far.url, far.door.desk.point("on"), "on"], "given": {}}).encode()
    with far.raw() as wire:
        head = f"POST /verb HTTP/1.1\r\nHost: o\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
        wire.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        client = far.until_it_waits()
    far.door.desk.until(client._gone, "its connection is gone")
    far.release()
    assert far.door.desk.world.sent == []


def test_a_verb_that_waited_and_may_still_ask_is_carried_out(far: Waiting) -> None:
    token, answers = far.grant("Olga", "operator").token, list[Any]()
    body = {"words": ["set", far.url, far.door.desk.point("on"), "on"], "given": {}}
    thread = threading.Thread(target=lambda: answers.append(far.ask(token, "POST", "/verb", body)[1]))
    thread.start()
    far.until_it_waits()
    far.release()
    thread.join(120)
    assert [one["document"]["state"] for one in answers] == ["confirmed"]
    assert len(far.door.desk.world.sent) == 1
