"""Ten protocols in one project, each with a peer in a process of its own; `-s` prints the times.

Shows: every device online, one command each confirmed, a wrong secret asks for a login, and a peer that is killed is noticed and
found again, with all others online meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from app.engine.engine import Engine
from app.loop import Loop
from devices.contract import Secret
from devices.lab.loopback import LOOPBACK
from devices.link import LinkState
from devices.protocol_registry import adapters
from tests.devices.protocols.test_every_protocol import PEERS, Peer
from twin.model.command import CommandState
from twin.model.device import Device, Link
from twin.model.ids import device_id

pytestmark = [pytest.mark.waits, pytest.mark.blocks, pytest.mark.timeout(900)]
WAIT_S = 120.0
PAIRED = {"homekit"}
"""Its code counts only while it is paired with: test_every_protocol.py tries a wrong one then."""


class Peers:
    """The peers of all protocols that can run here, on a loop of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, AsyncExitStack()
        self.missing: dict[str, str] = {}
        self.loop = Loop(lambda error, where: None)
        self.loop.start()
        self.by_protocol: dict[str, Peer] = self.call(self._start())

    async def _start(self) -> dict[str, Peer]:
        found: dict[str, Peer] = {}
        for protocol, begin in PEERS.items():
            try:
                found[protocol] = await self._stack.enter_async_context(begin(self._folder / protocol))
            except pytest.skip.Exception as skipped:
                self.missing[protocol] = str(skipped)
        return found

    def call(self, work: Any) -> Any:
        return self.loop.submit(work, name="peers").result(600)

    def stop(self) -> None:
        self.call(self._stack.aclose())
        self.loop.stop()


@pytest.fixture
def peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peers]:
    monkeypatch.setenv("OIKOS_MDNS_INTERFACES", LOOPBACK)
    one = Peers(tmp_path)
    yield one
    one.stop()


@pytest.fixture
def engine(home: Path, tmp_path: Path) -> Iterator[Engine]:
    one = Engine(home)
    one.start()
    one.new_project(str(tmp_path / "house.oikos")).result(60)
    yield one
    one.stop()


def until(good: Callable[[], object]) -> float:
    """Seconds until it is so."""
    began_s = time.perf_counter()
    while not good():
        assert time.perf_counter() < began_s + WAIT_S
        time.sleep(0.01)
    return time.perf_counter() - began_s


def added(engine: Engine, protocol: str, peer: Peer) -> Link:
    link = adapters()[protocol].link(peer.url)
    if peer.secret is not None and peer.secret.data:  # keys of an earlier pairing
        engine.context.keep_secret(link.id, peer.secret)
    given = peer.secret or Secret()
    patient = {"timeout": "3"} if "timeout" in peer.options else {}  # the machine is busy with ten peers
    engine.add(peer.url, given.user, given.password, options=peer.options | patient).result(WAIT_S)
    return next(one for one in engine.twin.links if one.protocol == protocol)


def device_of(engine: Engine, protocol: str, peer: Peer) -> Device:
    id = device_id(protocol, peer.uid)
    return next(one for one in engine.twin.devices if one.id == id)


def state(engine: Engine, link: Link) -> str:
    return next(one.state for one in engine.links().result(WAIT_S) if one.link.id == link.id)


def commanded(engine: Engine, protocol: str, peer: Peer) -> CommandState:
    point = device_of(engine, protocol, peer).point(peer.key)
    assert point is not None
    verb, value, _ = peer.commands[0]
    return engine.command(point.id, verb, value).result(WAIT_S).state


def logged_in(engine: Engine, link: Link, secret: Secret) -> None:
    runner = engine.session.links.runner(link.id)
    assert runner is not None
    engine.context.loop.call(runner.login, secret)


def others_are_online(engine: Engine, link: Link) -> bool:
    return all(one.state == LinkState.ONLINE for one in engine.links().result(WAIT_S) if one.link.id != link.id)


def test_ten_protocols_at_once(peers: Peers, engine: Engine) -> None:
    began_s = time.perf_counter()
    links = {protocol: added(engine, protocol, peer) for protocol, peer in peers.by_protocol.items()}
    until(lambda: all(one.state == LinkState.ONLINE for one in engine.links().result(WAIT_S)))
    statuses = {one.link.protocol: one for one in engine.links().result(WAIT_S)}
    until(lambda: all(one.online == one.devices for one in engine.links().result(WAIT_S)))
    online_s = time.perf_counter() - began_s
    print(
        f"\n{len(links)} protocols, {sum(one.devices for one in statuses.values())} devices added and online within {online_s:.1f} s"
    )
    for protocol, peer in peers.by_protocol.items():
        assert commanded(engine, protocol, peer) is CommandState.CONFIRMED, protocol

    for protocol, peer in peers.by_protocol.items():
        link, kill, restart = links[protocol], peer.kill, peer.restart
        if kill is None or restart is None:
            continue
        peers.call(kill())
        gone_s = until(lambda link=link: state(engine, link) != LinkState.ONLINE)
        until(lambda link=link: others_are_online(engine, link))
        if peer.wrong_secret is not None and peer.secret is not None and protocol not in PAIRED:
            logged_in(engine, link, peer.wrong_secret)
            peers.call(restart())
            refused_s = until(lambda link=link: state(engine, link) == LinkState.NEEDS_LOGIN)
            print(f"{protocol:>10}: a wrong secret asks for a login {refused_s:.2f} s after the restart")
            logged_in(engine, link, peer.secret)
        else:
            peers.call(restart())
        back_s = until(lambda link=link: state(engine, link) == LinkState.ONLINE)
        assert commanded(engine, protocol, peer) is CommandState.CONFIRMED, protocol
        print(f"{protocol:>10}: offline {gone_s:.2f} s after it was killed, online {back_s:.2f} s after it could be")
    assert [state(engine, link) for link in links.values()] == [LinkState.ONLINE] * len(links)
    for protocol, why in peers.missing.items():
        print(f"{protocol:>10}: left out, {why}")
